import type { OrderBody, OrderState } from '../../events/index.js';
import type { OwnOrder, VenueEffects, VenueFact } from '../../execution/index.js';
import type { SendAction } from '../types.js';
import { orderBody } from './order-body.js';

/** Reason of what the kill switch holds back. */
export const KILL_SWITCH_REASON = 'QL_RISK_KILL_SWITCH';

const ENVELOPE = { sv: 1, rx: 0, ts: null, src: 'OPERATOR' } as const;

/** State an order is in when a change of it was never sent. */
function unchanged(order: OwnOrder, kind: 'amend' | 'cancel'): OrderState {
  // The amend in front of a cancel did go out: its terms count until the venue answers it.
  if (kind === 'cancel' && order.pending !== null) return 'unknown';
  if (order.filled > 0) return 'partiallyFilled';
  // One that the venue never confirmed is as uncertain as it was.
  return order.venueOrderId === '' ? 'unknown' : 'acked';
}

function bodyOf(action: SendAction, reason: string, order: OwnOrder | null): OrderBody | null {
  if (order === null) return null;
  if (action.kind === 'submit') {
    const as = { riskDecisionId: action.order.riskDecisionId };
    return { ...orderBody(order, 0, as), reason, state: 'rejected' };
  }
  if (action.kind !== 'amend' && action.kind !== 'cancel') return null;
  const { filled, qty } = order;
  const remaining = Math.max(0, qty - filled);
  return { ...orderBody(order, 0), reason, remaining, state: unchanged(order, action.kind) };
}

/**
 * Facts that stand in for a request that was held back after it was logged: a new order is
 * rejected, an amend leaves the order on the terms it has, a cancel on those and on the terms of an
 * amend that is on its way.
 */
export function heldBack(action: SendAction, reason: string, order: OwnOrder | null): VenueEffects {
  const events: VenueFact[] = [];
  if (reason === KILL_SWITCH_REASON) {
    const details = { by: 'killSwitch', engaged: 1 };
    const body = { code: reason, details, inst: null, kind: 'killSwitch' } as const;
    events.push({ ...ENVELOPE, t: 'Session', body });
  }
  const body = bodyOf(action, reason, order);
  if (body !== null) events.push({ ...ENVELOPE, t: 'Order', body });
  return { events, timers: [] };
}
