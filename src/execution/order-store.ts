/**
 * All own orders of a run, by id, by intent and by what still works.
 * @module
 */
import { QuantlaxmiError } from '../core/index.js';
import type { FillBody, OrderBody } from '../events/index.js';
import type { PlaceOrder, Working, WorkingOrder } from '../risk/index.js';
import { doubtedByFill, doubtedByReport } from './internal/contradiction.js';
import { LiveOrders, type OrderEntry } from './internal/live-orders.js';
import {
  amendingOrder,
  cancellingOrder,
  doubtedOrder,
  fillOrder,
  type OrderOutcome,
  reportOrder,
  submittedOrder,
} from './own-order.js';
import { isOpenState, transitionError } from './transitions.js';
import type { OrderTerms, OwnOrder } from './types.js';

/** Finished orders kept for late facts; the oldest are forgotten beyond it. */
export const CLOSED_ORDERS_KEPT = 4096;

/** Own orders; see {@link createOrderStore}. */
export interface OrderStore {
  /**
   * Takes in a new order, `submitted` from here on.
   * @throws QL_ORDER_DUPLICATE when one of its ids or its intent was used before
   */
  submit(order: PlaceOrder): OwnOrder;
  /**
   * Marks an order as asked to be cancelled.
   * @throws QL_ORDER_UNKNOWN, QL_ORDER_TRANSITION
   */
  requestCancel(orderId: string): OwnOrder;
  /**
   * Marks an order as asked to be amended. Until the venue answers, `pending` holds the new terms
   * and what works is counted by the worse of both.
   * @param terms - new price and new total quantity, what has executed included
   * @throws QL_ORDER_UNKNOWN; QL_ORDER_TRANSITION when the order is over or unknown, waits for
   *   another answer, or has executed as much already
   */
  requestAmend(orderId: string, terms: OrderTerms): OwnOrder;
  /**
   * Marks an order as one whose state nobody knows: its answer is overdue, or the venue is gone. It
   * counts as working until the venue tells.
   * @param reason - code of what made it so
   * @throws QL_ORDER_UNKNOWN; QL_ORDER_TRANSITION when it is over
   */
  markUnknown(orderId: string, reason: string): OwnOrder;
  /**
   * A venue's report, found by `clientOrderId` where it carries no `orderId`.
   * @throws QL_ORDER_UNKNOWN, QL_ORDER_TRANSITION
   */
  onOrder(body: OrderBody): OrderOutcome;
  /**
   * A venue's fill; one seen before is a `duplicate`, also where it was refused then and where its
   * order is long forgotten.
   * @throws QL_ORDER_UNKNOWN, QL_ORDER_TRANSITION
   */
  onFill(body: FillBody): OrderOutcome;
  /** The order with this id; null when it is not ours. */
  get(orderId: string): OwnOrder | null;
  /** The order an intent made, or null. */
  byIntent(intentId: string): OwnOrder | null;
  /** The order with this client order id, or null. */
  byClientOrderId(clientOrderId: string): OwnOrder | null;
  /** True when the intent made an order, also one long forgotten. */
  usedIntent(intentId: string): boolean;
  /** Orders that can still execute, oldest first; of one instrument, or of all. */
  open(inst?: string): readonly OwnOrder[];
  /** Quantities that may still come, also of ended orders whose fills are on their way. */
  working(inst: string): Working;
  /**
   * Orders of an instrument that can still execute, oldest first, each at the worse of its two
   * terms while an amend is not answered. O(orders working there).
   */
  workingOrders(inst: string): readonly WorkingOrder[];
  /** The order an intent made while it can still execute, or null. O(1). */
  workingOrder(intentId: string): WorkingOrder | null;
  /** How many orders can still execute: of an instrument, or of all for null. O(1). */
  openCount(inst: string | null): number;
  /** How many orders are in the state `unknown`. */
  readonly unknownCount: number;
  /** Orders taken in so far. */
  readonly count: number;
  /** Every order that still matters, as plain JSON, oldest first. */
  snapshot(): readonly OwnOrder[];
}

class Orders implements OrderStore {
  count = 0;
  readonly #entries = new Map<string, OrderEntry>();
  readonly #live = new LiveOrders();
  readonly #byIntent = new Map<string, string>();
  readonly #byClient = new Map<string, string>();
  /** Fills of orders that are not known. */
  readonly #strange = new Set<string>();
  /** Fills of forgotten orders: a venue may tell one of them again at any time. */
  readonly #forgottenFills = new Map<string, Set<string>>();
  readonly #closed: string[] = [];
  #forgotten = 0;

  get unknownCount(): number {
    return this.#live.unknownCount;
  }

  submit(order: PlaceOrder): OwnOrder {
    const { clientOrderId, intentId, orderId } = order;
    const used = this.#entries.has(orderId) || this.#byIntent.has(intentId);
    if (used || this.#byClient.has(clientOrderId)) {
      throw new QuantlaxmiError(
        'QL_ORDER_DUPLICATE',
        `Order ${orderId} (client order id ${clientOrderId}) of intent ${intentId} was submitted ` +
          'before; ids are used once in a run.',
        { context: { clientOrderId, intentId, orderId } },
      );
    }
    const entry: OrderEntry = { order: submittedOrder(order), fillIds: new Set() };
    this.#entries.set(orderId, entry);
    this.#live.add(entry);
    this.#byIntent.set(intentId, orderId);
    this.#byClient.set(clientOrderId, orderId);
    this.count += 1;
    return entry.order;
  }

  requestCancel(orderId: string): OwnOrder {
    const entry = this.#entry(orderId, 'a cancel');
    return this.#replace(entry, cancellingOrder(entry.order));
  }

  requestAmend(orderId: string, terms: OrderTerms): OwnOrder {
    const entry = this.#entry(orderId, 'an amend');
    return this.#replace(entry, amendingOrder(entry.order, terms));
  }

  markUnknown(orderId: string, reason: string): OwnOrder {
    const entry = this.#entry(orderId, 'a doubt');
    return this.#replace(entry, doubtedOrder(entry.order, reason));
  }

  onOrder(body: OrderBody): OrderOutcome {
    const { clientOrderId } = body;
    const named = body.orderId === '' ? this.#byClient.get(clientOrderId) : body.orderId;
    const entry = this.#entry(named ?? clientOrderId, `state ${body.state}`);
    const before = entry.order;
    const doubted = doubtedByReport(before, body);
    if (doubted !== null) this.#doubt(entry, doubted);
    const { order, outcome } = reportOrder(before, body);
    this.#replace(entry, order);
    return outcome;
  }

  onFill(body: FillBody): OrderOutcome {
    const { fillId, orderId } = body;
    const forgotten = this.#forgottenFills.get(orderId) ?? this.#strange;
    const seen = this.#entries.get(orderId)?.fillIds ?? forgotten;
    if (seen.has(fillId)) return 'duplicate';
    // Also one that cannot be true is said once: who books it all the same must not book it twice.
    seen.add(fillId);
    const entry = this.#entry(orderId, `fill ${fillId}`);
    const before = entry.order;
    const doubted = doubtedByFill(before, body);
    if (doubted !== null) {
      this.#replace(this.#doubt(entry, doubted), fillOrder(doubted, body));
      const why = `fill ${fillId} came after an end that was concluded`;
      throw transitionError(orderId, before.state, { to: 'partiallyFilled', why });
    }
    this.#replace(entry, fillOrder(before, body));
    return 'applied';
  }

  get(orderId: string): OwnOrder | null {
    return this.#entries.get(orderId)?.order ?? null;
  }

  byIntent(intentId: string): OwnOrder | null {
    const orderId = this.#byIntent.get(intentId);
    return orderId === undefined ? null : this.get(orderId);
  }

  byClientOrderId(clientOrderId: string): OwnOrder | null {
    const orderId = this.#byClient.get(clientOrderId);
    return orderId === undefined ? null : this.get(orderId);
  }

  usedIntent(intentId: string): boolean {
    return this.#byIntent.has(intentId);
  }

  open(inst?: string): readonly OwnOrder[] {
    return this.#live.open(inst);
  }

  working(inst: string): Working {
    return this.#live.working(inst);
  }

  workingOrders(inst: string): readonly WorkingOrder[] {
    return this.#live.workingOrders(inst);
  }

  workingOrder(intentId: string): WorkingOrder | null {
    const orderId = this.#byIntent.get(intentId);
    return orderId === undefined ? null : this.#live.workingOrder(orderId);
  }

  openCount(inst: string | null): number {
    return this.#live.openCount(inst);
  }

  snapshot(): readonly OwnOrder[] {
    return this.#live.all();
  }

  #entry(orderId: string, what: string): OrderEntry {
    const entry = this.#entries.get(orderId);
    if (entry !== undefined) return entry;
    throw new QuantlaxmiError(
      'QL_ORDER_UNKNOWN',
      `A fact (${what}) names order ${orderId}, which this run did not send or ended more than ` +
        `${CLOSED_ORDERS_KEPT} orders ago. Stop trading and reconcile with the venue.`,
      { context: { orderId } },
    );
  }

  #replace(entry: OrderEntry, order: OwnOrder): OwnOrder {
    this.#live.replace(entry, order);
    if (isOpenState(order.state) || order.remaining > 0) return order;
    if (this.#live.remove(entry)) this.#close(order.orderId);
    return order;
  }

  /** What a contradiction shows to be alive counts again, also when it was over. */
  #doubt(entry: OrderEntry, order: OwnOrder): OrderEntry {
    const closed = this.#closed.indexOf(order.orderId, this.#forgotten);
    if (closed >= 0) this.#closed.splice(closed, 1);
    this.#live.replace(entry, order);
    this.#live.restore(entry);
    return entry;
  }

  #close(orderId: string): void {
    this.#closed.push(orderId);
    if (this.#closed.length - this.#forgotten <= CLOSED_ORDERS_KEPT) return;
    const oldest = this.#closed[this.#forgotten] as string;
    this.#byClient.delete(this.get(oldest)?.clientOrderId ?? '');
    const fillIds = this.#entries.get(oldest)?.fillIds;
    if (fillIds !== undefined && fillIds.size > 0) this.#forgottenFills.set(oldest, fillIds);
    this.#entries.delete(oldest);
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
