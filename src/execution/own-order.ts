/**
 * One order and the facts that change it: pure functions.
 * @module
 */
import type { FillBody, OrderBody, OrderState } from '../events/index.js';
import type { PlaceOrder } from '../risk/index.js';
import { denies, deniesConfirmed, endInferred } from './internal/contradiction.js';
import { canTransition, isOpenState, transitionError } from './transitions.js';
import type { OrderTerms, OwnOrder } from './types.js';
import { STATE_TOLD } from './venue.js';

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

/** Former terms remembered, for reports that arrive behind later ones. */
const FORMER_KEPT = 16;
const NO_TERMS: readonly OrderTerms[] = Object.freeze([]);

/** The order as it is once its `submitted` record is written. */
export function submittedOrder(order: PlaceOrder): OwnOrder {
  const { clientOrderId, inst, intentId, orderId, price, qty } = order;
  const { reduceOnly, riskDecisionId, side, tif, type } = order;
  return {
    cancels: 0,
    clientOrderId,
    filled: 0,
    former: NO_TERMS,
    inst,
    intentId,
    orderId,
    pending: null,
    price,
    qty,
    reason: '',
    reduceOnly,
    remaining: qty,
    reportedFilled: 0,
    requests: 1,
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

function same(a: OrderTerms | null, b: OrderTerms): boolean {
  return a !== null && a.qty === b.qty && a.price === b.price;
}

/** Which of the order's terms a report names; null for terms it never had. */
function termsOf(order: OwnOrder, body: OrderBody): 'pending' | 'now' | 'former' | null {
  if (same(order.pending, body)) return 'pending';
  if (same(order, body)) return 'now';
  return order.former.some((terms) => same(terms, body)) ? 'former' : null;
}

type Terms = NonNullable<ReturnType<typeof termsOf>>;

function checkIdentity(order: OwnOrder, body: OrderBody): Terms {
  if (denies(body) && body.inst === order.inst) return 'now';
  const terms = termsOf(order, body);
  if (body.inst !== order.inst || body.side !== order.side || terms === null) {
    const found = `${body.side} ${body.qty} ${body.inst} at ${body.price}`;
    const known = `${order.side} ${order.qty} ${order.inst} at ${order.price}`;
    return refuse(order, body.state, `it is reported as ${found}, not ${known}`);
  }
  // Where an amend is a cancel and a new order at the venue, the id changes with the terms.
  const moved = terms === 'pending' && !same(order, body);
  if (body.venueOrderId !== '' && order.venueOrderId !== '' && terms !== 'former' && !moved) {
    if (body.venueOrderId !== order.venueOrderId) {
      refuse(order, body.state, `its venue id changed to ${body.venueOrderId}`);
    }
  }
  if (!(body.remaining >= 0 && body.remaining <= body.qty)) {
    refuse(order, body.state, `remaining ${body.remaining} of ${body.qty} is impossible`);
  }
  return terms;
}

/** Cancels that are not answered yet, after a report of an order that is alive. */
function cancelsAfter(order: OwnOrder, body: OrderBody, terms: Terms): number {
  if (body.reason === STATE_TOLD) return 0;
  // Requests of one order are answered in order, so the first refusal is the amend's.
  // In doubt with a reason, the cancel was not sent: the amend before it is open still.
  const amendOpen = order.pending !== null && terms !== 'pending' && body.state !== 'unknown';
  const ofCancel = body.reason !== '' && !amendOpen;
  return ofCancel ? Math.max(0, order.cancels - 1) : order.cancels;
}

/** State of an order that is alive, by what it was asked for and is not answered yet. */
function aliveState(order: OwnOrder, body: OrderBody, terms: Terms): OrderState {
  if (cancelsAfter(order, body, terms) > 0) return 'cancelRequested';
  // The old terms: with a reason the amend is refused, without, a report overtaken by it.
  const asked = order.pending !== null && terms === 'now' && body.reason === '';
  if (asked) return 'amendRequested';
  return body.state === 'partiallyFilled' || order.filled > 0 ? 'partiallyFilled' : 'acked';
}

/** State after a report, or null when it says nothing new. */
function stateAfter(order: OwnOrder, body: OrderBody, terms: Terms): OrderState | null {
  const from = order.state;
  const to = body.state;
  if (!isOpenState(from)) {
    // A final state stands; an earlier point of the same life may still arrive behind it. An end
    // that nobody reported does not stand against a report of life.
    if (isOpenState(to) && !endInferred(order)) return null;
    if (isOpenState(to)) return refuse(order, to, 'its end was concluded, not reported');
    return refuse(order, to, 'its state is final');
  }
  if (deniesConfirmed(order, body)) {
    return refuse(order, to, 'the venue had confirmed it and now does not know it');
  }
  const alive = to === 'acked' || to === 'partiallyFilled';
  if (terms === 'former') {
    return alive ? null : refuse(order, to, `its quantity is ${order.qty}, not ${body.qty}`);
  }
  if (alive && (order.pending !== null || order.cancels > 0)) {
    return aliveState(order, body, terms);
  }
  if ((to === 'partiallyFilled' || to === 'unknown') && from === to) return to;
  const progress = PROGRESS[from];
  const reported = PROGRESS[to];
  if (progress !== undefined && reported !== undefined && reported < progress) return null;
  if (to === 'rejected' && order.filled > 0) {
    return refuse(order, to, `it has ${order.filled} filled`);
  }
  if (to === 'cancelRequested' || to === 'amendRequested' || !canTransition(from, to)) {
    return refuse(order, to, 'no such transition');
  }
  return to === 'acked' && order.filled > 0 ? 'partiallyFilled' : to;
}

/** What may still execute or still has to be booked. */
function remainingOf(order: OwnOrder): number {
  const { filled, pending, qty, reportedFilled, state } = order;
  const most = isOpenState(state) ? Math.max(qty, pending?.qty ?? 0) : reportedFilled;
  return Math.max(0, most - filled);
}

function withFormer(order: OwnOrder, terms: OrderTerms): readonly OrderTerms[] {
  const kept = order.former.filter((known) => !same(known, terms));
  const { price, qty } = terms;
  return [...kept.slice(1 - FORMER_KEPT), { price, qty }];
}

/** The order with its pending terms in force. */
function amended(order: OwnOrder): OwnOrder {
  const { pending } = order;
  if (pending === null) return order;
  const { price, qty } = pending;
  const former = same(order, pending) ? order.former : withFormer(order, order);
  return { ...order, former: former.filter((t) => !same(t, pending)), pending: null, price, qty };
}

/** The order with its pending terms given up. */
function notAmended(order: OwnOrder): OwnOrder {
  if (order.pending === null) return order;
  return { ...order, former: withFormer(order, order.pending), pending: null };
}

/** Where the question of an open amend stands after a report. */
function settled(order: OwnOrder, body: OrderBody, terms: Terms): OwnOrder {
  if (terms === 'pending') return amended(order);
  const over = !isOpenState(body.state) || body.reason !== '';
  return over && body.state !== 'unknown' ? notAmended(order) : order;
}

/**
 * The order after a venue's report of its state. Duplicates and overtaken reports are harmless;
 * contradictions are errors.
 *
 * @throws QL_ORDER_TRANSITION
 */
export function reportOrder(order: OwnOrder, body: OrderBody): OrderChange {
  const terms = checkIdentity(order, body);
  const known = terms === 'former' || order.venueOrderId !== '' ? order.venueOrderId : '';
  const venueOrderId = known === '' && terms !== 'former' ? body.venueOrderId : known;
  const named = { ...order, venueOrderId };
  const repeated = order.state === body.state && body.state !== 'partiallyFilled';
  // A doubt with a reason may take back a cancel, and there may be several of them.
  const open = order.pending !== null || (body.state === 'unknown' && order.cancels > 0);
  if (repeated && !open) return { order: named, outcome: 'duplicate' };
  const to = stateAfter(order, body, terms);
  if (to === null) return { order: named, outcome: 'late' };
  const done = body.state === 'rejected' ? 0 : body.qty - body.remaining;
  if (terms === 'pending' && body.qty < order.filled) {
    refuse(order, body.state, `amended to ${body.qty}, with ${order.filled} filled`);
  }
  if (!isOpenState(to) && done < order.filled) {
    refuse(order, body.state, `it reports ${done} executed, ${order.filled} were received`);
  }
  if (to === 'filled' && body.remaining !== 0) {
    refuse(order, to, `it reports ${body.remaining} remaining`);
  }
  const reportedFilled = Math.max(order.reportedFilled, done);
  const reason = body.reason === '' ? order.reason : body.reason;
  const taken = settled(named, body, terms);
  const moved = terms === 'pending' && body.venueOrderId !== '' ? body.venueOrderId : venueOrderId;
  const cancels = isOpenState(to) ? cancelsAfter(order, body, terms) : 0;
  const after = { ...taken, cancels, reason, reportedFilled, state: to, venueOrderId: moved };
  return finish(order, isOpenState(to) && after.filled === after.qty ? full(after) : after);
}

/** An open order that has nothing left to execute. */
function full(order: OwnOrder): OwnOrder {
  return order.pending === null ? { ...order, state: 'filled' } : order;
}

function finish(before: OwnOrder, order: OwnOrder): OrderChange {
  const waits = order.state === 'unknown' || order.state.endsWith('Requested');
  const requests = waits && order.state !== before.state ? order.requests + 1 : order.requests;
  const after = { ...order, remaining: remainingOf(order), requests };
  const unchanged =
    after.state === before.state &&
    after.reportedFilled === before.reportedFilled &&
    after.cancels === before.cancels &&
    after.pending === before.pending;
  return { order: after, outcome: unchanged ? 'duplicate' : 'applied' };
}

/**
 * The order after a fill that was not seen before. A fill may overtake the report of its state, and
 * may arrive behind the report that ended the order. One beyond the quantity in force shows that an
 * amend to more was taken.
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
  const most = open ? Math.max(order.qty, order.pending?.qty ?? 0) : order.reportedFilled;
  if (!Number.isSafeInteger(filled) || fill.qty <= 0 || filled > most) {
    refuse(order, to, `fill ${fill.fillId} takes it to ${filled} of at most ${most}`);
  }
  const reportedFilled = Math.max(order.reportedFilled, filled);
  const after = { ...order, filled, reportedFilled };
  const now = open ? filledOpen(after, most) : after;
  return { ...now, remaining: remainingOf(now) };
}

function filledOpen(order: OwnOrder, most: number): OwnOrder {
  if (order.filled === most) {
    const done = order.filled > order.qty ? amended(order) : notAmended(order);
    return { ...done, state: 'filled' };
  }
  if (order.filled > order.qty) {
    const state = order.state === 'amendRequested' ? 'partiallyFilled' : order.state;
    return { ...amended(order), state };
  }
  if (order.state !== 'submitted' && order.state !== 'acked') return order;
  return { ...order, state: 'partiallyFilled' };
}

/**
 * The order once an amend of it is asked for.
 *
 * @throws QL_ORDER_TRANSITION when it is over, waits for another answer, or would end by it
 */
export function amendingOrder(order: OwnOrder, terms: OrderTerms): OwnOrder {
  const to: OrderState = 'amendRequested';
  const idle = order.state !== 'unknown' && order.pending === null;
  if (!idle || !canTransition(order.state, to)) {
    refuse(order, to, 'it is over, unknown or waits for another answer');
  }
  const { price, qty } = terms;
  if (!Number.isSafeInteger(qty) || qty <= order.filled) {
    refuse(order, to, `a quantity of ${qty} leaves nothing, with ${order.filled} filled`);
  }
  const pending = { price, qty };
  const after = { ...order, pending, requests: order.requests + 1, state: to };
  return { ...after, remaining: remainingOf(after) };
}

/** The order once its cancel is asked for. @throws QL_ORDER_TRANSITION when it is over */
export function cancellingOrder(order: OwnOrder): OwnOrder {
  const to: OrderState = 'cancelRequested';
  if (order.state !== to && !canTransition(order.state, to)) refuse(order, to, 'it is over');
  const { cancels, requests } = order;
  return { ...order, cancels: cancels + 1, requests: requests + 1, state: to };
}

/** The order once nobody knows its state. @throws QL_ORDER_TRANSITION when it is over */
export function doubtedOrder(order: OwnOrder, reason: string): OwnOrder {
  if (order.state === 'unknown') return order;
  if (!canTransition(order.state, 'unknown')) refuse(order, 'unknown', 'it is over');
  return { ...order, reason, requests: order.requests + 1, state: 'unknown' };
}
