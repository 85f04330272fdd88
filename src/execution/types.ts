/**
 * An own order as the run knows it.
 * @module
 */
import type { OrderKind, OrderState, Side, TimeInForce } from '../events/index.js';

/** Price and total quantity of an order, mantissas of its instrument. */
export interface OrderTerms {
  /** Null for market orders. */
  readonly price: number | null;
  /** What has executed included. */
  readonly qty: number;
}

/** One own order. Prices and quantities are mantissas of the instrument. */
export interface OwnOrder {
  /** Cancels that are not answered yet. */
  readonly cancels: number;
  readonly clientOrderId: string;
  /** Sum of the fills received so far. */
  readonly filled: number;
  /** Terms that were in force or were refused before, newest last: reports of them are late. */
  readonly former: readonly OrderTerms[];
  readonly inst: string;
  readonly intentId: string;
  readonly orderId: string;
  /** Terms of an amend that is not answered yet; null while there is none. */
  readonly pending: OrderTerms | null;
  /** Limit price in force, as the venue confirmed it last; null for market orders. */
  readonly price: number | null;
  /** Total quantity in force, as the venue confirmed it last. */
  readonly qty: number;
  /** Reason code of the last reject, cancel, expiry or refusal; empty otherwise. */
  readonly reason: string;
  readonly reduceOnly: boolean;
  /**
   * What may still come: quantity less `filled` while open, by the larger quantity while an amend
   * is not answered; after the end, what the venue reported as executed and no fill was received
   * for, so normally 0.
   */
  readonly remaining: number;
  /** Most that the venue has reported as executed, by state or by fills. */
  readonly reportedFilled: number;
  /** Waits begun so far: 1 for the order itself, one more for each amend, cancel and doubt. */
  readonly requests: number;
  readonly riskDecisionId: string;
  readonly side: Side;
  readonly state: OrderState;
  readonly tif: TimeInForce;
  readonly type: OrderKind;
  readonly venueOrderId: string;
}
