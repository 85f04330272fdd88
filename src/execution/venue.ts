/**
 * The port between a run and a place that executes orders.
 * @module
 */
import type { Event, EventInput } from '../events/index.js';
import type { AmendOrder, Approved, CancelOrder, PlaceOrder } from '../risk/index.js';

/** Wakes its owner when the log's time reaches `dueUs`. */
export interface TimerRequest {
  /** Unique among the owner's pending timers. */
  readonly id: string;
  /** When to fire, µs since the epoch. */
  readonly dueUs: number;
}

/** Facts a venue may report. */
export type VenueFact = Extract<
  EventInput,
  { readonly t: 'Order' | 'Fill' | 'Account' | 'CashFlow' | 'Session' }
>;

/**
 * What a venue tells back: facts to log now, in order, and timers to be called at. `cause` of the
 * bodies is stamped by the runner.
 */
export interface VenueEffects {
  readonly events: readonly VenueFact[];
  readonly timers: readonly TimerRequest[];
}

/** Nothing to tell. */
export const NO_EFFECTS: VenueEffects = Object.freeze({
  events: Object.freeze([]),
  timers: Object.freeze([]),
});

/** An order whose state is asked for. Asking changes nothing, so it needs no approval. */
export interface OrderQuery {
  readonly clientOrderId: string;
  readonly inst: string;
  readonly orderId: string;
}

/** Code of the Session fact (kind `resync`) that ends the answer to {@link Venue.reconcile}. */
export const RECONCILED_CODE = 'QL_VENUE_RECONCILED';

/** Reason with which a venue rejects a query for an order it will never execute. */
export const NO_SUCH_ORDER = 'QL_VENUE_NO_SUCH_ORDER';

/**
 * Reason of the Order fact that answers a query about an open order: none of the changes that were
 * asked for is under way any more, so what is reported is what they came to.
 */
export const STATE_TOLD = 'QL_VENUE_STATE_TOLD';

/**
 * Executes approved orders. A venue never throws for a market reason: a refused order is an Order
 * fact with state `rejected` and a reason code.
 *
 * Rules that every venue keeps (the suite `venueContract` of `quantlaxmi/testing` checks them):
 * facts of one order come in an order the state machine allows; the quantities of its fills add up
 * to `qty - remaining` of its last state; a `clientOrderId` seen before is not executed twice;
 * what is not an approved object is refused with `QL_ORDER_NOT_APPROVED`.
 */
export interface Venue {
  /** Stands in `src` of the facts, e.g. `SIM`. */
  readonly id: string;
  /** Sends a new order. Called only when the order's record is durable. */
  submit(order: Approved<PlaceOrder>, nowUs: number): VenueEffects;
  /** Asks for the cancel of an order. Called only when the request's record is durable. */
  cancel(order: Approved<CancelOrder>, nowUs: number): VenueEffects;
  /**
   * Asks for another price and total quantity of a working order. Called only when the request's
   * record is durable. Answered by an Order fact, `acked` or `partiallyFilled`, with the terms now
   * in force: the new ones, or the old ones with a reason. A venue without amends refuses so.
   */
  amend(order: Approved<AmendOrder>, nowUs: number): VenueEffects;
  /**
   * Asks what became of an order. Answered by its Fill facts and its Order fact. An order the venue
   * does not know and will never execute from now on is `rejected` with {@link NO_SUCH_ORDER};
   * where it may still arrive, the venue says nothing yet. An open order is reported with
   * {@link STATE_TOLD} where every amend and cancel asked for has been answered or is lost for
   * good; without a reason where one is still under way.
   */
  query(order: OrderQuery, nowUs: number): VenueEffects;
  /**
   * Asks for everything the venue knows of the account: all fills of this run's orders, an Order
   * fact for each open order (`orderId` empty where it is not one of this run), one Account fact,
   * and last a Session fact of kind `resync`, code {@link RECONCILED_CODE}, details
   * `{ orders: <number of open orders>, question }`. Nothing else is said between the first and the
   * last.
   * @param question - number of the question, echoed: the end of another's answer is not its end
   */
  reconcile(nowUs: number, question: number): VenueEffects;
  /** Sees a fact of the session log; a live venue ignores it. */
  onMarket(event: Event | EventInput): VenueEffects;
  /** A timer it asked for is due, at `nowUs` of the log's time. */
  onTimer(id: string, nowUs: number): VenueEffects;
}
