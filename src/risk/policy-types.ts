/**
 * The parts of a policy besides its checks, as data.
 * @module
 */

export type { AccountSpec, RateSource } from '../portfolio/index.js';

/** Limits, prices and pace of closing positions. */
export interface FlattenSpec {
  /** Largest part of the position in one order, ppm, rounded up to a lot. */
  readonly slicePpm: number;
  /** Logged time between two orders of an instrument, µs. */
  readonly everyUs: number;
  /** Limit price this far through the touch, bps, rounded to the tick against us. */
  readonly throughBps: number;
  /** Orders sent per instrument before giving up with a logged fact. */
  readonly ordersMax: number;
}

/** When an order that is not answered counts as unknown. */
export interface OrderLifeSpec {
  /** No answer to a new order for so long: `unknown`, and the venue is asked; µs. */
  readonly ackTimeoutUs: number;
  /** No answer to a cancel or an amend for so long: `unknown`, and the venue is asked; µs. */
  readonly changeTimeoutUs: number;
  /** Time between two questions about an order that stays unknown, µs. */
  readonly queryEveryUs: number;
}

/** What to do with a difference: the venue is right, end it, or stop trading. */
export interface ReconcileSpec {
  /** Ask before the first order, and after each reconnect of the venue. */
  readonly before: 'firstOrder' | 'firstOrderAndReconnect';
  /** Open orders at the venue that this run does not know. */
  readonly foreignOrders: 'cancel' | 'halt';
  /** Own open orders that the venue does not know. */
  readonly missingOrders: 'adopt' | 'halt';
  /** Positions that differ. */
  readonly positions: 'adopt' | 'halt';
  /** Balances that differ by more than `balanceTolerance` (decimal text, in their currency). */
  readonly balances: 'adopt' | 'halt';
  readonly balanceTolerance: string;
  /** No complete answer for so long is a difference as well, µs. */
  readonly timeoutUs: number;
}
