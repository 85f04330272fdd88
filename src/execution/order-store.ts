/**
 * All own orders of a run, by id, by intent and by what still works.
 * @module
 */
import { QuantlaxmiError } from '../core/index.js';
import type { FillBody, OrderBody } from '../events/index.js';
import type { PlaceOrder, Working } from '../risk/index.js';
import { fillOrder, type OrderOutcome, reportOrder, submittedOrder } from './own-order.js';
import { canTransition, isOpenState, transitionError } from './transitions.js';
import type { OwnOrder } from './types.js';

/** Finished orders kept for late facts; the oldest are forgotten beyond it. */
export const CLOSED_ORDERS_KEPT = 4096;

const NOTHING_WORKING: Working = { buyQty: 0, sellQty: 0 };

interface Entry {
  order: OwnOrder;
  readonly fillIds: Set<string>;
}

/** Own orders; see {@link createOrderStore}. */
export interface OrderStore {
  /**
   * Takes in a new order, `submitted` from here on.
   * @throws QL_ORDER_DUPLICATE when its id or its intent was used before
   */
  submit(order: PlaceOrder): OwnOrder;
  /**
   * Marks an order as asked to be cancelled.
   * @throws QL_ORDER_UNKNOWN, QL_ORDER_TRANSITION
   */
  requestCancel(orderId: string): OwnOrder;
  /** A venue's report. @throws QL_ORDER_UNKNOWN, QL_ORDER_TRANSITION */
  onOrder(body: OrderBody): OrderOutcome;
  /**
   * A venue's fill; one seen before is a `duplicate`.
   * @throws QL_ORDER_UNKNOWN, QL_ORDER_TRANSITION
   */
  onFill(body: FillBody): OrderOutcome;
  /** The order with this id; null when it is not ours. */
  get(orderId: string): OwnOrder | null;
  /** The order an intent made, or null. */
  byIntent(intentId: string): OwnOrder | null;
  /** True when the intent made an order, also one long forgotten. */
  usedIntent(intentId: string): boolean;
  /** Orders that can still execute, oldest first; of one instrument, or of all. */
  open(inst?: string): readonly OwnOrder[];
  /** Quantities that may still come, also of ended orders whose fills are on their way. */
  working(inst: string): Working;
  /** Orders taken in so far. */
  readonly count: number;
  /** Every order that still matters, as plain JSON, oldest first. */
  snapshot(): readonly OwnOrder[];
}

class Orders implements OrderStore {
  count = 0;
  readonly #entries = new Map<string, Entry>();
  /** Orders with something still to come. Insertion order is order of submission. */
  readonly #live = new Map<string, Entry>();
  readonly #byIntent = new Map<string, string>();
  /** Sums of `remaining` by instrument, kept along: risk asks for them with every intent. */
  readonly #working = new Map<string, { buyQty: number; sellQty: number }>();
  readonly #closed: string[] = [];
  #forgotten = 0;

  submit(order: PlaceOrder): OwnOrder {
    const { intentId, orderId } = order;
    if (this.#entries.has(orderId) || this.#byIntent.has(intentId)) {
      throw new QuantlaxmiError(
        'QL_ORDER_DUPLICATE',
        `Order ${orderId} of intent ${intentId} was submitted before; ids are used once in a run.`,
        { context: { intentId, orderId } },
      );
    }
    const entry: Entry = { order: submittedOrder(order), fillIds: new Set() };
    this.#entries.set(orderId, entry);
    this.#live.set(orderId, entry);
    this.#count(entry.order, order.qty);
    this.#byIntent.set(intentId, orderId);
    this.count += 1;
    return entry.order;
  }

  requestCancel(orderId: string): OwnOrder {
    const entry = this.#entry(orderId, 'a cancel');
    const { state } = entry.order;
    if (state !== 'cancelRequested' && !canTransition(state, 'cancelRequested')) {
      throw transitionError(orderId, state, { to: 'cancelRequested', why: 'it is over' });
    }
    entry.order = { ...entry.order, state: 'cancelRequested' };
    return entry.order;
  }

  onOrder(body: OrderBody): OrderOutcome {
    const entry = this.#entry(body.orderId, `state ${body.state}`);
    const { order, outcome } = reportOrder(entry.order, body);
    this.#replace(entry, order);
    return outcome;
  }

  onFill(body: FillBody): OrderOutcome {
    const entry = this.#entry(body.orderId, `fill ${body.fillId}`);
    if (entry.fillIds.has(body.fillId)) return 'duplicate';
    const order = fillOrder(entry.order, body);
    entry.fillIds.add(body.fillId);
    this.#replace(entry, order);
    return 'applied';
  }

  get(orderId: string): OwnOrder | null {
    return this.#entries.get(orderId)?.order ?? null;
  }

  byIntent(intentId: string): OwnOrder | null {
    const orderId = this.#byIntent.get(intentId);
    return orderId === undefined ? null : this.get(orderId);
  }

  usedIntent(intentId: string): boolean {
    return this.#byIntent.has(intentId);
  }

  open(inst?: string): readonly OwnOrder[] {
    const found: OwnOrder[] = [];
    for (const { order } of this.#live.values()) {
      if (inst !== undefined && order.inst !== inst) continue;
      if (isOpenState(order.state)) found.push(order);
    }
    return found;
  }

  working(inst: string): Working {
    const { buyQty, sellQty } = this.#working.get(inst) ?? NOTHING_WORKING;
    return { buyQty, sellQty };
  }

  snapshot(): readonly OwnOrder[] {
    return [...this.#live.values()].map((entry) => entry.order);
  }

  #entry(orderId: string, what: string): Entry {
    const entry = this.#entries.get(orderId);
    if (entry !== undefined) return entry;
    throw new QuantlaxmiError(
      'QL_ORDER_UNKNOWN',
      `A fact (${what}) names order ${orderId}, which this run did not send or ended more than ` +
        `${CLOSED_ORDERS_KEPT} orders ago. Stop trading and reconcile with the venue.`,
      { context: { orderId } },
    );
  }

  #count({ inst, side }: OwnOrder, change: number): void {
    let sums = this.#working.get(inst);
    if (sums === undefined) {
      sums = { buyQty: 0, sellQty: 0 };
      this.#working.set(inst, sums);
    }
    if (side === 'buy') sums.buyQty += change;
    else sums.sellQty += change;
  }

  #replace(entry: Entry, order: OwnOrder): void {
    this.#count(order, order.remaining - entry.order.remaining);
    entry.order = order;
    if (isOpenState(order.state) || order.remaining > 0) return;
    if (!this.#live.delete(order.orderId)) return;
    this.#closed.push(order.orderId);
    if (this.#closed.length - this.#forgotten <= CLOSED_ORDERS_KEPT) return;
    this.#entries.delete(this.#closed[this.#forgotten] as string);
    this.#forgotten += 1;
    if (this.#forgotten < CLOSED_ORDERS_KEPT) return;
    this.#closed.splice(0, this.#forgotten);
    this.#forgotten = 0;
  }
}

/**
 * Makes an empty store of own orders.
 *
 * @returns the store; facts and `working` are O(1), `open` is linear in the orders still working
 * @example
 * ```ts
 * import { createOrderStore } from 'quantlaxmi/execution';
 *
 * const orders = createOrderStore();
 * orders.submit({
 *   action: 'place', clientOrderId: 'c-1', decisionId: 'd-1', inst: 'SIM:X:A', intentId: 'a',
 *   orderId: 'o-1', price: 100, qty: 5, reduceOnly: false, riskDecisionId: 'r-1', side: 'buy',
 *   tif: 'gtc', type: 'limit',
 * });
 * orders.working('SIM:X:A');
 * // => { buyQty: 5, sellQty: 0 }
 * ```
 */
export function createOrderStore(): OrderStore {
  return new Orders();
}
