import type {
  AmendOrder,
  Approved,
  CancelOrder,
  KnownOrder,
  OrderIntent,
  PlaceOrder,
  RiskView,
  WorkingOrder,
} from '../types.js';
import { seal } from './seal.js';

/** The new order of an intent, with the quantity that was judged. */
export function placeOrder(order: OrderIntent, qty: number): PlaceOrder {
  const { inst, intentId, price, reduceOnly, side, tif, type } = order.intent;
  const { clientOrderId, decisionId, orderId, riskDecisionId } = order;
  return {
    action: 'place',
    clientOrderId,
    decisionId,
    inst,
    intentId,
    orderId,
    price,
    qty,
    reduceOnly,
    riskDecisionId,
    side,
    tif,
    type,
  };
}

/** The cancel of a known order: its ids, not new ones. */
export function cancelOrder(order: OrderIntent, known: KnownOrder | null): CancelOrder {
  return {
    action: 'cancel',
    clientOrderId: known?.clientOrderId ?? '',
    decisionId: order.decisionId,
    inst: order.intent.inst,
    intentId: order.intent.intentId,
    orderId: known?.orderId ?? '',
    riskDecisionId: order.riskDecisionId,
  };
}

/** The amend of a working order; `remaining` is what may execute from now on. */
export function amendOrder(
  order: OrderIntent,
  target: WorkingOrder,
  remaining: number,
): AmendOrder {
  const { inst, intentId, price, side } = order.intent;
  return {
    action: 'amend',
    clientOrderId: target.clientOrderId,
    decisionId: order.decisionId,
    inst,
    intentId,
    orderId: target.orderId,
    price: price ?? 0,
    qty: target.filled + remaining,
    riskDecisionId: order.riskDecisionId,
    side,
  };
}

/** Cancels of own orders by their intents; null when one of them is not open. */
export function cancelsFirst(
  order: OrderIntent,
  intents: readonly string[],
  view: RiskView,
): readonly Approved<CancelOrder>[] | null {
  const cancels: CancelOrder[] = [];
  for (const intentId of new Set(intents)) {
    const known = view.order(intentId);
    if (known === null || !known.open) return null;
    const { inst } = known;
    cancels.push(cancelOrder({ ...order, intent: { ...order.intent, inst, intentId } }, known));
  }
  // Sealed when all are known to be open: no approval exists for a set that is not sent.
  return cancels.map((cancel) => seal(cancel));
}
