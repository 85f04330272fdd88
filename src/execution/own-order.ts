/**
 * One order and the facts that change it: pure functions.
 * @module
 */
import type { FillBody, OrderBody, OrderState } from '../events/index.js';
import type { PlaceOrder } from '../risk/index.js';
import { canTransition, isOpenState, transitionError } from './transitions.js';
import type { OwnOrder } from './types.js';

/**
 * What a fact did: `applied`; `duplicate` (said before, ignored); `late` (overtaken by a later one,
 * ignored).
 */
export type OrderOutcome = 'applied' | 'duplicate' | 'late';

/** The order after a fact. */
export interface OrderChange {
  readonly order: OwnOrder;
  readonly outcome: OrderOutcome;
}

/** How far an open order has come; a fact about an earlier point is late. */
const PROGRESS: Readonly<Partial<Record<OrderState, number>>> = {
  submitted: 0,
  acked: 1,
  partiallyFilled: 2,
};

/** The order as it is once its `submitted` record is written. */
export function submittedOrder(order: PlaceOrder): OwnOrder {
  const { clientOrderId, inst, intentId, orderId, price, qty } = order;
  const { reduceOnly, riskDecisionId, side, tif, type } = order;
  return {
    clientOrderId,
    filled: 0,
    inst,
    intentId,
    orderId,
    price,
    qty,
    reason: '',
    reduceOnly,
    remaining: qty,
    reportedFilled: 0,
    riskDecisionId,
    side,
    state: 'submitted',
    tif,
    type,
    venueOrderId: '',
  };
}

function refuse(order: OwnOrder, to: OrderState, why: string): never {
  throw transitionError(order.orderId, order.state, { to, why });
}

function checkIdentity(order: OwnOrder, body: OrderBody): void {
  if (body.inst !== order.inst || body.side !== order.side || body.qty !== order.qty) {
    const found = `${body.side} ${body.qty} ${body.inst}`;
    refuse(order, body.state, `it is reported as ${found}, not ${order.side} ${order.qty}`);
  }
  if (body.venueOrderId !== '' && order.venueOrderId !== '') {
    if (body.venueOrderId !== order.venueOrderId) {
      refuse(order, body.state, `its venue id changed to ${body.venueOrderId}`);
    }
  }
  if (!(body.remaining >= 0 && body.remaining <= order.qty)) {
    refuse(order, body.state, `remaining ${body.remaining} of ${order.qty} is impossible`);
  }
}

/** State after a report, or null when it says nothing new. */
function stateAfter(order: OwnOrder, body: OrderBody): OrderState | null {
  const from = order.state;
  const to = body.state;
  if (!isOpenState(from)) {
    // A final state stands; an earlier point of the same life may still arrive behind it.
    if (isOpenState(to)) return null;
    return refuse(order, to, 'its state is final');
  }
  if (to === 'partiallyFilled' && from === to) return to;
  if (from === 'cancelRequested' && (to === 'acked' || to === 'partiallyFilled')) {
    // With a reason it is the venue's refusal of the cancel; without, a report overtaken by it.
    return body.reason === '' ? from : to;
  }
  const progress = PROGRESS[from];
  const reported = PROGRESS[to];
  if (progress !== undefined && reported !== undefined && reported < progress) return null;
  if (to === 'rejected' && order.filled > 0) {
    return refuse(order, to, `it has ${order.filled} filled`);
  }
  if (to === 'cancelRequested' || !canTransition(from, to)) {
    return refuse(order, to, 'no such transition');
  }
  return to;
}

/** What may still execute or still has to be booked. */
function remainingOf(order: OwnOrder, state: OrderState, reportedFilled: number): number {
  const expected = isOpenState(state) ? order.qty : reportedFilled;
  return Math.max(0, expected - order.filled);
}

/**
 * The order after a venue's report of its state. Duplicates and overtaken reports are harmless;
 * contradictions are errors.
 *
 * @throws QL_ORDER_TRANSITION
 */
export function reportOrder(order: OwnOrder, body: OrderBody): OrderChange {
  checkIdentity(order, body);
  const venueOrderId = order.venueOrderId === '' ? body.venueOrderId : order.venueOrderId;
  if (order.state === body.state && body.state !== 'partiallyFilled') {
    return { order: { ...order, venueOrderId }, outcome: 'duplicate' };
  }
  const state = stateAfter(order, body);
  const done = body.state === 'rejected' ? 0 : order.qty - body.remaining;
  const reportedFilled = Math.max(order.reportedFilled, done);
  if (state === null) return { order: { ...order, venueOrderId }, outcome: 'late' };
  if (!isOpenState(state) && done < order.filled) {
    refuse(order, body.state, `it reports ${done} executed, ${order.filled} were received`);
  }
  const remaining = remainingOf(order, state, reportedFilled);
  const reason = body.reason === '' ? order.reason : body.reason;
  const same = state === order.state && reportedFilled === order.reportedFilled;
  return {
    order: { ...order, state, remaining, reportedFilled, reason, venueOrderId },
    outcome: same ? 'duplicate' : 'applied',
  };
}

/**
 * The order after a fill that was not seen before. A fill may overtake the report of its state, and
 * may arrive behind the report that ended the order.
 *
 * @throws QL_ORDER_TRANSITION when more is filled than can be
 */
export function fillOrder(order: OwnOrder, fill: FillBody): OwnOrder {
  const filled = order.filled + fill.qty;
  const to: OrderState = filled >= order.qty ? 'filled' : 'partiallyFilled';
  if (fill.inst !== order.inst || fill.side !== order.side) {
    refuse(order, to, `fill ${fill.fillId} is for ${fill.side} ${fill.inst}`);
  }
  const open = isOpenState(order.state);
  const most = open ? order.qty : order.reportedFilled;
  if (!Number.isSafeInteger(filled) || filled > most) {
    refuse(order, to, `fill ${fill.fillId} takes it to ${filled} of at most ${most}`);
  }
  let { state } = order;
  if (open && filled === order.qty) state = 'filled';
  else if (state === 'submitted' || state === 'acked') state = 'partiallyFilled';
  const reportedFilled = Math.max(order.reportedFilled, filled);
  const after = { ...order, filled, reportedFilled, state };
  return { ...after, remaining: remainingOf(after, state, reportedFilled) };
}
