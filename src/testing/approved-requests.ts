/**
 * Requests that risk approved, made the regular way, for tests of venues.
 * @module
 */
import type { InstrumentBody, IntentBody } from '../events/index.js';
import {
  type AmendOrder,
  type Approved,
  type CancelOrder,
  evaluateIntent,
  maxOrderRate,
  type OrderRequest,
  type PlaceOrder,
  type RiskView,
  riskPolicy,
  sanitizeIntent,
  UNKNOWN_VIEW,
} from '../risk/index.js';
import { testInstrument } from './action-arbitraries.js';

const ask = 1_001;
const bid = 1_000;

function viewOf(instrument: InstrumentBody, position: number): RiskView {
  return {
    ...UNKNOWN_VIEW,
    log: 'ok',
    reconcile: 'none',
    killSwitch: 'released',
    instrument: () => instrument,
    touch: () => ({ ask, askQty: 1, bid, bidQty: 1, rx: 0 }),
    bookState: () => 'none',
    sweepPrice: (_, side) => (side === 'buy' ? ask : bid),
    position: () => position,
    working: () => ({ buyQty: 0, sellQty: 0 }),
    order: () => null,
  };
}

type Ids = Pick<PlaceOrder, 'clientOrderId' | 'decisionId' | 'orderId' | 'riskDecisionId'>;

function approve(ids: Ids, intent: Partial<IntentBody>, view: RiskView): Approved<OrderRequest> {
  const { clientOrderId, decisionId, orderId, riskDecisionId } = ids;
  const decision = evaluateIntent(
    riskPolicy({ checks: [maxOrderRate({ orders: 1_000, perUs: 1_000_000 })] }),
    { ...sanitizeIntent(intent), clientOrderId, decisionId, orderId, riskDecisionId },
    view,
  );
  if (decision.approved !== null) return decision.approved;
  const failed = decision.checks.filter((check) => !check.ok).map((check) => check.code);
  throw new Error(`the request of this test is not approved: ${failed.join(', ')}`);
}

/** Approves an order the regular way, against a policy that minds only the rate. */
export function approvedOrder(
  part: Partial<PlaceOrder>,
  instrument: InstrumentBody = testInstrument(),
): Approved<PlaceOrder> {
  const { clientOrderId, decisionId, orderId, riskDecisionId, ...intent } = {
    action: 'place' as const,
    clientOrderId: 'c-1',
    decisionId: 'd-1',
    inst: instrument.instrumentId,
    intentId: 'i-1',
    orderId: 'o-1',
    price: bid,
    qty: 5,
    reduceOnly: false,
    riskDecisionId: 'r-1',
    side: 'buy' as const,
    tif: 'gtc' as const,
    type: 'limit' as const,
    ...part,
  };
  const ids = { clientOrderId, decisionId, orderId, riskDecisionId };
  // A reduce-only order is given a position to reduce.
  const position = part.reduceOnly === true ? (part.side === 'sell' ? 1e9 : -1e9) : 0;
  return approve(ids, intent, viewOf(instrument, position)) as Approved<PlaceOrder>;
}

/** Approves the cancel of an order the regular way. */
export function approvedCancel(order: PlaceOrder): Approved<CancelOrder> {
  const { clientOrderId, inst, intentId, orderId, side } = order;
  const rest = { price: null, qty: 0, reduceOnly: false, tif: 'gtc', type: 'limit' } as const;
  const view: RiskView = {
    ...viewOf(testInstrument(), 0),
    order: () => ({ clientOrderId, inst, open: true, orderId }),
  };
  const intent: IntentBody = { action: 'cancel', inst, intentId, side, ...rest };
  return approve(order, intent, view) as Approved<CancelOrder>;
}

/**
 * Approves an amend of an order the regular way.
 *
 * @param order - the order to amend, nothing of it known to have executed
 * @param terms - new limit price and new total quantity, mantissas
 */
export function approvedAmend(
  order: PlaceOrder,
  terms: { readonly price: number; readonly qty: number },
): Approved<AmendOrder> {
  const { clientOrderId, inst, intentId, orderId, price, qty, reduceOnly, side, tif } = order;
  const view: RiskView = {
    ...viewOf(testInstrument(), 0),
    order: () => ({ clientOrderId, inst, open: true, orderId }),
    workingOrder: () => ({
      clientOrderId,
      filled: 0,
      inst,
      intentId,
      orderId,
      price,
      reduceOnly,
      remaining: qty,
      side,
      state: 'acked',
    }),
  };
  const rest = { reduceOnly, side, tif, type: 'limit' } as const;
  const intent: IntentBody = { action: 'amend', inst, intentId, ...terms, ...rest };
  return approve(order, intent, view) as Approved<AmendOrder>;
}
