import type { OrderState } from '../../events/index.js';
import type { OrderQuery, VenueFact } from '../../execution/index.js';
import type { PlaceOrder } from '../../risk/index.js';
import type { SimReason } from '../reasons.data.js';
import { type Entry, orderReport, type Reason, unknownReport } from './entry.js';

const NO_FACTS: readonly VenueFact[] = Object.freeze([]);

/** Every order of the run, those that rest in the order of their priority, and every execution. */
export class OrderRegister {
  readonly #id: string;
  readonly #resting = new Map<string, Entry[]>();
  readonly #orders = new Map<string, Entry>();
  readonly #byClientOrderId = new Map<string, Entry>();
  /** Every execution, in order. */
  readonly #fills: VenueFact[] = [];

  constructor(id: string) {
    this.#id = id;
  }

  /** Executions so far. */
  get fillCount(): number {
    return this.#fills.length;
  }

  enter(order: PlaceOrder, venueOrderId = `${this.#id}-${this.#orders.size + 1}`): Entry {
    const { clientOrderId, orderId, qty } = order;
    const start = { leaves: qty, state: 'submitted', reason: '' } as const;
    const entry: Entry = { order, venueOrderId, ...start, fills: [] };
    this.#orders.set(orderId, entry);
    this.#byClientOrderId.set(clientOrderId, entry);
    return entry;
  }

  addFill(entry: Entry, fact: VenueFact): void {
    this.#fills.push(fact);
    entry.fills.push(fact);
  }

  /** Resting orders of an instrument, first in priority first; undefined when there are none. */
  resting(inst: string): Entry[] | undefined {
    const resting = this.#resting.get(inst);
    return resting === undefined || resting.length === 0 ? undefined : resting;
  }

  /** Puts an order last. */
  rest(entry: Entry): void {
    const { inst } = entry.order;
    const resting = this.#resting.get(inst);
    if (resting === undefined) this.#resting.set(inst, [entry]);
    else resting.push(entry);
  }

  remove(entry: Entry): void {
    const resting = this.#resting.get(entry.order.inst);
    const at = resting?.indexOf(entry) ?? -1;
    if (at >= 0) resting?.splice(at, 1);
  }

  /** The order, when it rests. */
  working(orderId: string): Entry | null {
    const entry = this.#orders.get(orderId);
    if (entry === undefined) return null;
    return this.#resting.get(entry.order.inst)?.includes(entry) === true ? entry : null;
  }

  /** Ends all that rests of an instrument. */
  endAll(inst: string, reason: SimReason, nowUs: number): readonly VenueFact[] {
    const resting = this.#resting.get(inst) ?? [];
    this.#resting.delete(inst);
    return resting.map((entry) => this.state(entry, 'expired', reason, nowUs));
  }

  /** Brings an order to a state, and reports it. */
  state(entry: Entry, state: OrderState, reason: Reason, nowUs: number): VenueFact {
    entry.state = state;
    entry.reason = reason;
    return this.#report(entry, reason, nowUs);
  }

  /** A request was refused: the terms still in force, and why. */
  stays(entry: Entry, reason: SimReason, nowUs: number): readonly VenueFact[] {
    return [this.#report(entry, reason, nowUs)];
  }

  /** Fills and state of an order; nothing when it never arrived. */
  query(query: OrderQuery, nowUs: number): readonly VenueFact[] {
    const entry = this.#byClientOrderId.get(query.clientOrderId);
    if (entry === undefined) return NO_FACTS;
    return [...entry.fills, this.#report(entry, entry.reason, nowUs)];
  }

  /** Says that an order is not known and never will be. */
  unknown(query: OrderQuery, nowUs: number): readonly VenueFact[] {
    const body = unknownReport(query);
    return [{ t: 'Order', sv: 1, rx: 0, ts: nowUs, src: this.#id, body }];
  }

  /** All executions, and the state of every open order. */
  everything(nowUs: number): { readonly facts: VenueFact[]; readonly open: number } {
    const facts: VenueFact[] = [...this.#fills];
    for (const resting of this.#resting.values()) {
      for (const entry of resting) facts.push(this.#report(entry, '', nowUs));
    }
    return { facts, open: facts.length - this.#fills.length };
  }

  #report(entry: Entry, reason: Reason, nowUs: number): VenueFact {
    const { leaves: remaining, order, state, venueOrderId } = entry;
    const body = orderReport(order, { state, reason, remaining, venueOrderId });
    return { t: 'Order', sv: 1, rx: 0, ts: nowUs, src: this.#id, body };
  }
}
