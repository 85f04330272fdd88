import type { InstrumentBody, OrderBody, OrderState } from '../../events/index.js';
import { NO_SUCH_ORDER, type OrderQuery, type VenueFact } from '../../execution/index.js';
import type { PlaceOrder } from '../../risk/index.js';
import type { SimReason } from '../reasons.data.js';

/** Why an order is where it is; empty when its state says it all. */
export type Reason = SimReason | typeof NO_SUCH_ORDER | '';

/** An order at the exchange, from its acceptance on for ever: it may be asked for. */
export interface Entry {
  /** With the terms in force. */
  order: PlaceOrder;
  readonly venueOrderId: string;
  leaves: number;
  state: OrderState;
  reason: Reason;
  readonly fills: VenueFact[];
}

/** Whether mantissas of one declaration mean the same under the other. */
export function sameUnits(a: InstrumentBody, b: InstrumentBody): boolean {
  return a.priceExponent === b.priceExponent && a.qtyExponent === b.qtyExponent;
}

/** State of an order that works. */
export function openState(entry: Entry): OrderState {
  return entry.leaves < entry.order.qty ? 'partiallyFilled' : 'acked';
}

/** The report of an order's state. */
export function orderReport(
  order: PlaceOrder,
  report: Pick<OrderBody, 'state' | 'reason' | 'remaining' | 'venueOrderId'>,
): OrderBody {
  const { clientOrderId, inst, orderId, price, qty, riskDecisionId, side, tif, type } = order;
  return {
    cause: 0,
    clientOrderId,
    inst,
    orderId,
    price,
    qty,
    reason: report.reason,
    remaining: report.remaining,
    riskDecisionId,
    side,
    state: report.state,
    tif,
    type,
    venueOrderId: report.venueOrderId,
  };
}

/** The report on an order that is not known: nothing but its ids can be said. */
export function unknownReport({ clientOrderId, inst, orderId }: OrderQuery): OrderBody {
  return {
    cause: 0,
    clientOrderId,
    inst,
    orderId,
    price: null,
    qty: 0,
    reason: NO_SUCH_ORDER,
    remaining: 0,
    riskDecisionId: '',
    side: 'buy',
    state: 'rejected',
    tif: 'gtc',
    type: 'limit',
    venueOrderId: '',
  };
}
