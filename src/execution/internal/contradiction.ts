import type { FillBody, OrderBody } from '../../events/index.js';
import { isOpenState } from '../transitions.js';
import type { OwnOrder } from '../types.js';
import { NO_SUCH_ORDER } from '../venue.js';

/** Reason of the Order fact with which a run ends an own order that the venue no longer has. */
export const MISSING_ORDER = 'QL_RECONCILE_MISSING_ORDER';

/** A venue that does not know an order does not know its terms either. */
export function denies(body: OrderBody): boolean {
  return body.state === 'rejected' && body.reason === NO_SUCH_ORDER;
}

/** True for an end that nobody reported: it was concluded from the venue not knowing it. */
export function endInferred({ reason, state }: OwnOrder): boolean {
  return !isOpenState(state) && (reason === NO_SUCH_ORDER || reason === MISSING_ORDER);
}

/** True when the venue denies an order that it confirmed or executed: it may be working still. */
export function deniesConfirmed(order: OwnOrder, body: OrderBody): boolean {
  if (!denies(body) || !isOpenState(order.state)) return false;
  return order.venueOrderId !== '' || order.reportedFilled > 0;
}

/** The order in doubt, with the largest quantity that any of what was said leaves open. */
function doubted(order: OwnOrder, said: OrderBody | null): OwnOrder {
  const qty = Math.max(order.qty, order.pending?.qty ?? 0);
  const other = said !== null && !denies(said) && said.qty !== order.qty;
  const pending = other ? { price: said.price, qty: said.qty } : order.pending;
  const most = Math.max(qty, pending?.qty ?? 0);
  return {
    ...order,
    pending,
    reason: 'QL_ORDER_TRANSITION',
    remaining: Math.max(0, most - order.filled),
    requests: order.requests + 1,
    state: 'unknown',
    venueOrderId: order.venueOrderId === '' ? (said?.venueOrderId ?? '') : order.venueOrderId,
  };
}

/**
 * The order as it has to count from here on, when a report shows that its end was concluded wrongly
 * or that the venue lost it: working, nobody knows how far. Null where the report does neither.
 */
export function doubtedByReport(order: OwnOrder, body: OrderBody): OwnOrder | null {
  if (body.inst !== order.inst) return null;
  if (deniesConfirmed(order, body)) return doubted(order, null);
  const alive = isOpenState(body.state) && !body.state.endsWith('Requested');
  if (!endInferred(order) || !alive || body.side !== order.side) return null;
  const { price, qty } = body;
  const known = [order, ...order.former].some((t) => t.price === price && t.qty === qty);
  return doubted(order, known ? body : null);
}

/** The same for a fill of an order whose end was concluded; the fill is still to be taken. */
export function doubtedByFill(order: OwnOrder, fill: FillBody): OwnOrder | null {
  if (!endInferred(order) || order.reportedFilled >= order.filled + fill.qty) return null;
  if (fill.inst !== order.inst || fill.side !== order.side) return null;
  const reopened = doubted(order, null);
  return fill.qty > 0 && fill.qty <= reopened.remaining ? reopened : null;
}
