/**
 * An own order as the run knows it.
 * @module
 */
import type { OrderKind, OrderState, Side, TimeInForce } from '../events/index.js';

/** One own order. Prices and quantities are mantissas of the instrument. */
export interface OwnOrder {
  readonly clientOrderId: string;
  /** Sum of the fills received so far. */
  readonly filled: number;
  readonly inst: string;
  readonly intentId: string;
  readonly orderId: string;
  readonly price: number | null;
  readonly qty: number;
  /** Reason code of the last reject, cancel or expiry; empty otherwise. */
  readonly reason: string;
  readonly reduceOnly: boolean;
  /**
   * What may still come: `qty - filled` while open; after the end, what the venue reported as
   * executed and no fill was received for, so normally 0.
   */
  readonly remaining: number;
  /** Most that the venue has reported as executed, by state or by fills. */
  readonly reportedFilled: number;
  readonly riskDecisionId: string;
  readonly side: Side;
  readonly state: OrderState;
  readonly tif: TimeInForce;
  readonly type: OrderKind;
  readonly venueOrderId: string;
}
