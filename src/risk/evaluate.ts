/**
 * The decision on one intent.
 * @module
 */
import type { RiskCheckBody, RiskVerdict } from '../events/index.js';
import { basicInput, CANCEL_CHECKS, PLACE_CHECKS } from './checks/basic.js';
import { refuses } from './checks/result.js';
import { seal } from './internal/seal.js';
import type {
  CancelOrder,
  CheckResult,
  OrderIntent,
  PlaceOrder,
  RiskDecision,
  RiskMemory,
  RiskPolicy,
  RiskView,
} from './types.js';

const NO_STATE: readonly number[] = Object.freeze([]);

/** Runs a check so that a throw counts as a denial. */
function run(id: string, check: () => CheckResult): RiskCheckBody {
  let result: CheckResult;
  try {
    result = check();
  } catch (error) {
    const reason = (error as { code?: unknown } | null)?.code;
    result = refuses('QL_RISK_CHECK_FAILED', typeof reason === 'string' ? reason : '', '');
  }
  const { code, limit, observed } = result;
  return { code, id, limit, observed, ok: code === '' };
}

function verdictOf(checks: readonly RiskCheckBody[], view: RiskView): RiskVerdict {
  let failed = 0;
  let throttled = false;
  let stopped = false;
  for (const check of checks) {
    if (check.ok) continue;
    failed += 1;
    if (check.code === 'QL_RISK_ORDER_RATE') throttled = true;
    if (check.id === 'killSwitch' || check.id === 'halted') stopped = true;
  }
  if (failed === 0) return 'allow';
  if (stopped && isStopped(view)) return 'halt';
  return throttled && failed === 1 ? 'throttle' : 'reject';
}

function isStopped(view: RiskView): boolean {
  return view.halted !== '' || view.killSwitch !== 'released';
}

function placeOrder(order: OrderIntent): PlaceOrder {
  const { inst, intentId, price, qty, reduceOnly, side, tif, type } = order.intent;
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

function cancelOrder(order: OrderIntent, view: RiskView): CancelOrder {
  const { inst, intentId } = order.intent;
  const known = view.order(intentId);
  return {
    action: 'cancel',
    // The ids of the order to cancel, not new ones.
    clientOrderId: known?.clientOrderId ?? '',
    decisionId: order.decisionId,
    inst,
    intentId,
    orderId: known?.orderId ?? '',
    riskDecisionId: order.riskDecisionId,
  };
}

function spent(policy: RiskPolicy, view: RiskView, order: OrderIntent): RiskMemory {
  const memory: Record<string, readonly number[]> = { ...view.memory };
  for (const check of policy.checks) {
    if (check.spend === undefined) continue;
    memory[check.id] = check.spend(view, view.memory[check.id] ?? NO_STATE, order.intent);
  }
  return memory;
}

/**
 * Decides on one intent. Every check runs, also after the first refusal, and all are reported, also
 * for an allowed intent. Anything unknown, missing or not a number is a refusal, and so is a check
 * that throws.
 *
 * @param policy - the limits
 * @param order - the intent with the ids its order would carry
 * @param view - what is known now
 * @returns the verdict, the whole set of checks, and the approved request when it may go out;
 *   `halt` when trading is stopped, `throttle` when only a rate stands against it. Never throws.
 *   O(checks); position and working quantities are the view's to keep.
 * @example
 * ```ts
 * import { evaluateIntent, quoteAge, riskPolicy, sanitizeIntent, UNKNOWN_VIEW } from 'quantlaxmi/risk';
 *
 * const { intent, problem } = sanitizeIntent({ qty: Number.NaN });
 * const decision = evaluateIntent(
 *   riskPolicy({ checks: [quoteAge({ ageMaxUs: 1_000_000 })] }),
 *   { intent, problem, decisionId: 'd', riskDecisionId: 'r', orderId: 'o', clientOrderId: 'c' },
 *   {
 * XX
 * );
 * decision.verdict;
 * // => 'reject'
 * ```
 */
export function evaluateIntent(
  policy: RiskPolicy,
  order: OrderIntent,
  view: RiskView,
): RiskDecision {
  const cancels = order.intent.action === 'cancel';
  const input = basicInput(order, policy, view);
  const checks: RiskCheckBody[] = [];
  for (const [id, check] of cancels ? CANCEL_CHECKS : PLACE_CHECKS) {
    checks.push(run(id, () => check(input)));
  }
  if (!cancels) {
    for (const check of policy.checks) {
      const state = view.memory[check.id] ?? NO_STATE;
      checks.push(run(check.id, () => check.evaluate(order.intent, view, state)));
    }
  }
  const verdict = verdictOf(checks, view);
  const ladder = isStopped(view) ? 'halt' : 'normal';
  const cancelFirst: RiskDecision['cancelFirst'] = [];
  const denied: RiskDecision = {
    verdict,
    ladder,
    checks,
    cancelFirst,
    approved: null,
    memory: view.memory,
  };
  if (verdict !== 'allow') return denied;
  return cancels
    ? { ...denied, approved: seal(cancelOrder(order, view)) }
    : { ...denied, approved: seal(placeOrder(order)), memory: spent(policy, view, order) };
}
