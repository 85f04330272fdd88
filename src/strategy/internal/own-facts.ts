import { isQuantlaxmiError } from '../../core/index.js';
import type { EventInputOf } from '../../events/index.js';
import type { EngineState } from './engine-state.js';
import type { Journal } from './journal.js';
import type { OrderWatch } from './order-watch.js';

const hasTexts = (list: unknown, fields: readonly string[]): boolean =>
  Array.isArray(list) &&
  list.every((row: Record<string, unknown> | null) =>
    fields.every((field) => typeof row?.[field] === 'string'),
  );

/** Whether the body is one: a venue's adapter may have a fault. */
function isAccount(body: unknown): boolean {
  if (typeof body !== 'object' || body === null) return false;
  const { account, balances, positions } = body as Record<string, unknown>;
  return (
    typeof account === 'string' &&
    hasTexts(balances, ['currency', 'free', 'total']) &&
    hasTexts(positions, ['entryPrice', 'inst', 'qty'])
  );
}

/** Whether an instrument of this class can trade at a price: a value of 0 or less is no price. */
function priced(kind: string, price: number): boolean {
  if (kind === 'spot' || kind === 'equity' || kind === 'perp') return price > 0;
  return kind !== 'option' || price >= 0;
}

/**
 * Facts about own orders, fills, cash and the account. One that cannot be true stops trading; what
 * executed or was paid is booked all the same.
 */
export class OwnFacts {
  readonly #engine: EngineState;
  readonly #journal: Journal;
  readonly #watch: OrderWatch;

  constructor(engine: EngineState, journal: Journal, watch: OrderWatch) {
    this.#engine = engine;
    this.#journal = journal;
    this.#watch = watch;
  }

  /** True when the fact says something new, so that the strategy is to see it. */
  onOrder(event: EventInputOf<'Order'>): boolean {
    const { orders } = this.#engine;
    const { clientOrderId, orderId, state } = event.body;
    const before = orders.get(orderId) ?? orders.byClientOrderId(clientOrderId);
    const fresh = this.#guarded(orderId, () => orders.onOrder(event.body) === 'applied');
    this.#watch.onChange(before, before === null ? null : orders.get(before.orderId));
    if (fresh && state === 'rejected') this.#engine.incidents.rejected(this.#engine.nowUs);
    return fresh;
  }

  onFill(event: EventInputOf<'Fill'>): boolean {
    const engine = this.#engine;
    const { inst, orderId } = event.body;
    const before = engine.orders.get(orderId);
    const fresh = this.#guarded(orderId, () => engine.orders.onFill(event.body) === 'applied');
    if (!fresh) return false;
    engine.use(inst);
    if (before?.filled === 0) {
      engine.counts = { ...engine.counts, filledOrders: engine.counts.filledOrders + 1 };
    }
    this.#watch.onChange(before, engine.orders.get(orderId));
    const instrument = engine.instruments.get(inst);
    if (instrument === undefined) {
      this.#journal.halt('QL_INSTRUMENT_UNKNOWN', { orderId });
      return true;
    }
    if (!priced(instrument.class, event.body.price)) {
      this.#journal.halt('QL_PORTFOLIO_FILL', { orderId });
    }
    return this.#guarded(orderId, () => {
      engine.book(event.body, instrument);
      return true;
    });
  }

  onAccount({ body }: EventInputOf<'Account'>): void {
    if (!isAccount(body)) {
      this.#journal.halt('QL_RECONCILE_INCOMPLETE', {});
      return;
    }
    this.#engine.report = body;
    this.#engine.account = body.account;
  }

  onCashFlow(event: EventInputOf<'CashFlow'>): boolean {
    const engine = this.#engine;
    const { flowId, inst } = event.body;
    const instrument = inst === null ? null : (engine.instruments.get(inst) ?? null);
    if (inst !== null && instrument === null) {
      this.#journal.halt('QL_INSTRUMENT_UNKNOWN', { flowId });
      return true;
    }
    try {
      return engine.bookFlow(event.body, instrument) === 'applied';
    } catch (error) {
      if (!isQuantlaxmiError(error)) throw error;
      this.#journal.halt(error.code, { flowId });
      return true;
    }
  }

  /** Runs what may find a contradiction; one stops trading, and the fact counts as new. */
  #guarded(orderId: string, take: () => boolean): boolean {
    try {
      return take();
    } catch (error) {
      if (!isQuantlaxmiError(error)) throw error;
      this.#journal.halt(error.code, { orderId });
      return true;
    }
  }
}
