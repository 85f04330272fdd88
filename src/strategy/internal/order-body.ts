import type { OrderBody } from '../../events/index.js';
import type { OrderTerms, OwnOrder } from '../../execution/index.js';

/** Record of an order as it is now; of the terms asked for where an amend is recorded. */
export function orderBody(
  order: OwnOrder,
  cause: number,
  as: { readonly riskDecisionId?: string; readonly terms?: OrderTerms } = {},
): OrderBody {
  const { clientOrderId, filled, inst, orderId, reason, side, state, tif, type } = order;
  const { price, qty } = as.terms ?? order;
  return {
    cause,
    clientOrderId,
    inst,
    orderId,
    price,
    qty,
    reason,
    remaining: as.terms === undefined ? order.remaining : Math.max(0, qty - filled),
    riskDecisionId: as.riskDecisionId ?? order.riskDecisionId,
    side,
    state,
    tif,
    type,
    venueOrderId: order.venueOrderId,
  };
}
