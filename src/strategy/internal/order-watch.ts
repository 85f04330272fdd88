import {
  isOpenState,
  orderTimer,
  overdue,
  type OwnOrder,
  timedOrderId,
} from '../../execution/index.js';
import type { EngineState } from './engine-state.js';
import type { Journal } from './journal.js';
import { orderBody } from './order-body.js';

/** Reason of an order whose answer is overdue. */
export const ORDER_TIMEOUT = 'QL_ORDER_TIMEOUT';

/** Calls orders unknown whose answer is overdue, and asks the venue about them until it tells. */
export class OrderWatch {
  readonly #engine: EngineState;
  readonly #journal: Journal;

  constructor(engine: EngineState, journal: Journal) {
    this.#engine = engine;
    this.#journal = journal;
  }

  /** True when the timer is one of an order. */
  onTimer(id: string): boolean {
    const orderId = timedOrderId(id);
    if (orderId === null) return false;
    const order = this.#engine.orders.get(orderId);
    const late = overdue(order, id);
    if (order === null || late === null) return true;
    this.#ask(late === 'unknown' ? this.#doubt(order, ORDER_TIMEOUT) : order);
    return true;
  }

  /**
   * Calls every order unknown that waits for an answer, and asks for all that are unknown. Where no
   * reconciliation follows, every open one is asked for: fills that were missed are told by query.
   */
  doubtAll(reason: string): void {
    const all = this.#engine.policy.reconcile === null;
    for (const order of this.#engine.orders.open()) {
      const waits = order.state === 'submitted' || order.state.endsWith('Requested');
      if (waits) this.#ask(this.#doubt(order, reason));
      else if (order.state === 'unknown' || all) this.#ask(order);
    }
  }

  /** A fact began another wait of the order. */
  onChange(before: OwnOrder | null, after: OwnOrder | null): void {
    if (after === null || !isOpenState(after.state)) return;
    if (before !== null && before.requests === after.requests) return;
    this.#wait(after);
  }

  #doubt(order: OwnOrder, reason: string): OwnOrder {
    const { cause, orders } = this.#engine;
    const now = orders.markUnknown(order.orderId, reason);
    this.#journal.record('Order', orderBody(now, cause));
    return now;
  }

  #ask(order: OwnOrder): void {
    // After the stop nothing is sent; the order stays unknown.
    if (this.#engine.closed) return;
    const { clientOrderId, inst, orderId } = order;
    this.#journal.act({ kind: 'query', order: { clientOrderId, inst, orderId } });
    this.#wait(order);
  }

  #wait(order: OwnOrder): void {
    const spec = this.#engine.policy.orders;
    const timer = spec === null ? null : orderTimer(order, spec, this.#engine.nowUs);
    if (timer !== null) this.#journal.timer(timer.id, timer.dueUs);
  }
}
