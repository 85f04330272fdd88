/**
 * The decision on one intent.
 * @module
 */
import type { RiskCheckBody, RiskVerdict } from '../events/index.js';
import { basicInput, CANCEL_CHECKS, PLACE_CHECKS } from './checks/basic.js';
import { refuses } from './checks/result.js';
import { AMEND_CHECKS, STATE_CHECKS, STOP_IDS } from './checks/state.js';
import { type Judgement, judge, withQty } from './internal/judgement.js';
import { amendOrder, cancelOrder, cancelsFirst, placeOrder } from './internal/requests.js';
import { seal } from './internal/seal.js';
import type {
  CheckResult,
  OrderIntent,
  RiskCheck,
  RiskDecision,
  RiskMemory,
  RiskPolicy,
  RiskView,
} from './types.js';

const NO_STATE: readonly number[] = Object.freeze([]);
const NO_INTENTS: readonly string[] = Object.freeze([]);
const NO_CANCELS: RiskDecision['cancelFirst'] = Object.freeze([]);
/** Looks at one intent: the whole, and after each reduction by a check once more. */
const PASSES_MAX = 4;

/** A check that throws is a denial. */
function failed(error: unknown): CheckResult {
  const reason = (error as { code?: unknown } | null)?.code;
  return refuses('QL_RISK_CHECK_FAILED', typeof reason === 'string' ? reason : '', '');
}

function bodyOf(id: string, { code, limit, observed }: CheckResult): RiskCheckBody {
  return { code, id, limit, observed, ok: code === '' };
}

/** What does not hold a request back is written down as holding, with what was observed. */
function passed(id: string, { limit, observed }: CheckResult): RiskCheckBody {
  return { code: '', id, limit, observed, ok: true };
}

function run<I>(check: (input: I) => CheckResult, input: I): CheckResult {
  try {
    return check(input);
  } catch (error) {
    return failed(error);
  }
}

function stateOf(check: RiskCheck, { intent, view }: Judgement): readonly number[] {
  // What spends nothing has no state.
  if (check.spend === undefined) return NO_STATE;
  return view.memory[check.slot?.(intent, view) ?? check.id] ?? NO_STATE;
}

function runOwn(check: RiskCheck, judgement: Judgement): CheckResult {
  try {
    const { adds, intent, target, view } = judgement;
    const state = stateOf(check, judgement);
    const result = check.evaluate(intent, view, state);
    // While a larger amend is under way the order may execute at its old price as well.
    if (result.code !== '' || target === null || !adds || intent.qty <= target.remaining) {
      return result;
    }
    if (target.price === null || target.price === intent.price) return result;
    const before = check.evaluate({ ...intent, price: target.price }, view, state);
    return before.code === '' ? result : before;
  } catch (error) {
    return failed(error);
  }
}

/** One look at an intent: what each check answered. */
interface Pass {
  readonly judgement: Judgement;
  readonly checks: readonly RiskCheckBody[];
  /** Answers of the policy's own checks. */
  readonly own: readonly CheckResult[];
  readonly refused: boolean;
  /** Smallest quantity that a check asks for; that of the intent when none does. */
  readonly qtyMax: number;
}

function builtIn(checks: RiskCheckBody[], judgement: Judgement, policy: RiskPolicy): void {
  const { adds, intent, order, target, view } = judgement;
  const input = basicInput(intent, order.problem, { policy, view });
  // What makes nothing worse passes what stops trading, as a cancel does; the record shows it.
  const passes = target !== null && !adds;
  const amends = order.intent.action === 'amend';
  for (const one of PLACE_CHECKS) {
    const id = one[0];
    const check = one[1];
    if (amends && id === 'newIntent') continue;
    const write = passes && STOP_IDS.has(id) ? passed : bodyOf;
    checks.push(write(id, run(check, input)));
  }
  for (const one of amends ? AMEND_CHECKS : STATE_CHECKS) {
    const id = one[0];
    const check = one[1];
    const write = passes && STOP_IDS.has(id) ? passed : bodyOf;
    checks.push(write(id, run(check, judgement)));
  }
}

function look(policy: RiskPolicy, judgement: Judgement, before: Pass | null): Pass {
  const checks: RiskCheckBody[] = [];
  builtIn(checks, judgement, policy);
  const own: CheckResult[] = [];
  const { qty } = judgement.intent;
  let qtyMax = qty;
  let refused = checks.some(({ ok }) => !ok);
  let at = 0;
  for (const check of policy.checks) {
    const said = before?.own[at];
    // Who holds up to a quantity has answered for every smaller one, and is not asked again.
    const answered = said?.code === '' && said.qtyMax !== undefined && qty <= said.qtyMax;
    const result = answered ? said : runOwn(check, judgement);
    own.push(result);
    at += 1;
    const most = result.qtyMax;
    // It holds for less than was asked, so not for this.
    const less = most !== undefined && !(most >= qty) && result.code === '';
    const body = bodyOf(check.id, less ? { ...result, code: 'QL_RISK_QTY_REDUCED' } : result);
    checks.push(body);
    if (!body.ok) refused = true;
    if (most === undefined || most >= qtyMax) continue;
    // A quantity that is none is no answer.
    qtyMax = Number.isSafeInteger(most) && most > 0 ? most : 0;
  }
  return { judgement, checks, own, qtyMax, refused };
}

/** Whether a smaller quantity may help: whoever refuses says up to which it would not. */
function mayShrink({ checks, own, qtyMax, judgement }: Pass): boolean {
  if (qtyMax === judgement.intent.qty) return false;
  const stated = checks.length - own.length;
  return checks.every(({ ok }, i) => ok || (own[i - stated]?.qtyMax ?? 0) > 0);
}

function lotOf({ instrument }: Judgement): number {
  const lot = instrument?.lot ?? 0;
  return Number.isSafeInteger(lot) && lot > 0 ? lot : 1;
}

function lookUntilSmall(policy: RiskPolicy, first: Judgement, view: RiskView): Pass {
  let pass = look(policy, first, null);
  for (let n = 1; n < PASSES_MAX && mayShrink(pass); n += 1) {
    const qty = pass.qtyMax - (pass.qtyMax % lotOf(first));
    if (!(qty > 0)) break;
    pass = look(policy, withQty(pass.judgement, qty, view), pass);
  }
  return pass;
}

const isRate = (code: string): boolean =>
  code.endsWith('_RATE') || code === 'QL_RISK_LADDER_THROTTLE';

function refusal(checks: readonly RiskCheckBody[]): RiskVerdict {
  let rates = true;
  for (const { code, id, ok } of checks) {
    if (ok) continue;
    if (STOP_IDS.has(id) && !isRate(code)) return 'halt';
    if (!isRate(code)) rates = false;
  }
  return rates ? 'throttle' : 'reject';
}

function spend(
  policy: RiskPolicy,
  { intent, view }: Judgement,
  memory: Record<string, readonly number[]>,
): void {
  for (const check of policy.checks) {
    if (check.spend === undefined) continue;
    if (intent.action === 'cancel' && check.everyMessage !== true) continue;
    const slot = check.slot?.(intent, view) ?? check.id;
    memory[slot] = check.spend(view, memory[slot] ?? NO_STATE, intent);
  }
}

/** What a check on messages says once the cancels that go first were counted; null if it holds. */
function crowdedOut(
  policy: RiskPolicy,
  { intent, view }: Judgement,
  memory: RiskMemory,
): RiskCheckBody | null {
  for (const check of policy.checks) {
    if (check.everyMessage !== true) continue;
    const state = memory[check.slot?.(intent, view) ?? check.id] ?? NO_STATE;
    const said = check.evaluate(intent, view, state);
    if (said.code !== '') return bodyOf(check.id, said);
  }
  return null;
}

/** Memory after what goes out: cancels first, then the request; a refusal, or null on a throw. */
function spent(
  policy: RiskPolicy,
  judgement: Judgement,
  cancels: RiskDecision['cancelFirst'],
): { readonly memory: RiskMemory } | { readonly refused: RiskCheckBody } | null {
  const memory: Record<string, readonly number[]> = { ...judgement.view.memory };
  try {
    for (const { inst, intentId } of cancels) {
      const { intent } = judgement;
      const cancel = { ...intent, action: 'cancel', inst, intentId, price: null, qty: 0 } as const;
      spend(policy, { ...judgement, intent: cancel }, memory);
    }
    const refused = cancels.length === 0 ? null : crowdedOut(policy, judgement, memory);
    if (refused !== null) return { refused };
    spend(policy, judgement, memory);
    return { memory };
  } catch {
    return null;
  }
}

function answer(
  judgement: Judgement,
  checks: readonly RiskCheckBody[],
  verdict: RiskVerdict,
): RiskDecision {
  const { rung, view } = judgement;
  const stopped = view.halted !== '' || view.killSwitch !== 'released';
  const ladder = stopped ? 'halt' : rung.level;
  return { verdict, ladder, checks, approved: null, cancelFirst: NO_CANCELS, memory: view.memory };
}

function memoryAfter(after: ReturnType<typeof spent>, view: RiskView): RiskMemory {
  return after !== null && 'memory' in after ? after.memory : view.memory;
}

function cancelDecision(policy: RiskPolicy, order: OrderIntent, view: RiskView): RiskDecision {
  const judgement = judge(policy, order, view);
  const input = basicInput(order.intent, order.problem, { policy, view });
  const checks = CANCEL_CHECKS.map(([id, check]) => bodyOf(id, run(check, input)));
  const allowed = checks.every(({ ok }) => ok);
  for (const check of policy.checks) {
    // Counted and shown; nothing holds the cancel of an own order back.
    if (check.everyMessage === true) checks.push(passed(check.id, runOwn(check, judgement)));
  }
  const decision = answer(judgement, checks, allowed ? 'allow' : 'reject');
  if (!allowed) return decision;
  const approved = seal(cancelOrder(order, view.order(order.intent.intentId)));
  return { ...decision, approved, memory: memoryAfter(spent(policy, judgement, NO_CANCELS), view) };
}

/** What is known only once everything held: the cancels that go first, and the memory. */
function release(policy: RiskPolicy, pass: Pass, asked: number): RiskDecision | null {
  const { checks, judgement, own } = pass;
  const { intent, order, target, view } = judgement;
  const first: string[] = [];
  for (const { cancelFirst } of own) {
    for (const intentId of cancelFirst ?? NO_INTENTS) first.push(intentId);
  }
  const cancelFirst = first.length === 0 ? NO_CANCELS : cancelsFirst(order, first, view);
  if (cancelFirst === null) return null;
  const after = spent(policy, judgement, cancelFirst);
  if (after === null) return null;
  if ('refused' in after) {
    const all = checks.map((check) => (check.id === after.refused.id ? after.refused : check));
    return answer(judgement, all, refusal(all));
  }
  const { memory } = after;
  const { ladder, verdict } = answer(judgement, checks, intent.qty < asked ? 'reduce' : 'allow');
  const request =
    target === null ? placeOrder(order, intent.qty) : amendOrder(order, target, intent.qty);
  return { verdict, ladder, checks, approved: seal(request), cancelFirst, memory };
}

/**
 * Decides on one intent. Every check runs, also after the first refusal, and all are reported, also
 * for an allowed intent. Anything unknown, missing or not a number is a refusal, and so is a check
 * that throws.
 *
 * The ladder comes first. At HALT only orders pass that make a position smaller and do not turn it,
 * working orders counted in. At THROTTLE the quantity is multiplied and rates cost more, but for
 * such orders. A check that holds for a smaller quantity has the intent judged again with it, at
 * most three times; the record is that of the last look. An amend is judged as an order of what
 * would remain of it, exposures with the larger of both remainders, and passes what stops trading
 * when neither quantity nor price is worse for us. Cancels pass but for unknown orders.
 *
 * @param policy - the limits
 * @param order - the intent with the ids its order would carry
 * @param view - what is known now
 * @returns the verdict, the whole set of checks, and the approved request when it may go out:
 *   `allow`, or `reduce` with a smaller quantity; `halt` when trading is stopped, `throttle` when
 *   only a rate stands against it, else `reject`. Never throws. O(checks); position and working
 *   quantities are the view's to keep.
 * @example
 * ```ts
 * import { evaluateIntent, quoteAge, riskPolicy } from 'quantlaxmi/risk';
 * import { sanitizeIntent, UNKNOWN_VIEW } from 'quantlaxmi/risk';
 *
 * const { intent, problem } = sanitizeIntent({ qty: Number.NaN });
 * const decision = evaluateIntent(
 *   riskPolicy({ checks: [quoteAge({ ageMaxUs: 1_000_000 })] }),
 *   { intent, problem, decisionId: 'd', riskDecisionId: 'r', orderId: 'o', clientOrderId: 'c' },
 *   UNKNOWN_VIEW,
 * );
 * decision.verdict;
 * // => 'halt'
 * ```
 */
export function evaluateIntent(
  policy: RiskPolicy,
  order: OrderIntent,
  view: RiskView,
): RiskDecision {
  if (order.intent.action === 'cancel') return cancelDecision(policy, order, view);
  const judgement = judge(policy, order, view);
  const asked = order.intent.qty - (judgement.target?.filled ?? 0);
  const pass = lookUntilSmall(policy, judgement, view);
  if (pass.refused) return answer(judgement, pass.checks, refusal(pass.checks));
  const decision = release(policy, pass, asked);
  if (decision !== null) return decision;
  const unsure = bodyOf('release', refuses('QL_RISK_CHECK_FAILED', '', ''));
  return answer(judgement, [...pass.checks, unsure], 'reject');
}
