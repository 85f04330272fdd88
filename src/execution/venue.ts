/**
 * The port between a run and a place that executes orders.
 * @module
 */
import type { Event, EventInput } from '../events/index.js';
import type { Approved, CancelOrder, PlaceOrder } from '../risk/index.js';

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
  { readonly t: 'Order' | 'Fill' | 'Account' | 'Session' }
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
  /** Sees a fact of the session log; a live venue ignores it. */
  onMarket(event: Event | EventInput): VenueEffects;
  /** A timer it asked for is due, at `nowUs` of the log's time. */
  onTimer(id: string, nowUs: number): VenueEffects;
}
