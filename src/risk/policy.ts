/**
 * Policies: a list of checks that is also plain data.
 * @module
 */
import { canonicalJson, QuantlaxmiError, sha256Hex } from '../core/index.js';
import * as z from 'zod/mini';
import { BASIC_IDS } from './checks/basic.js';
import { STATE_IDS } from './checks/state.js';
import type { AnyCheckEntry, CheckSchema } from './checks/entry.js';
import { CHECK_REGISTRY } from './checks/registry.js';
import { checkParts, type PolicyParts, partShapes, refuseIssue } from './policy-parts.js';
import type { RiskCheck, RiskPolicy, RiskPolicySpec } from './types.js';

/** Most checks of a policy, and so of a risk record. */
const CHECKS_MAX = 64;

/** What a policy is made of; {@link riskPolicy}. */
export interface RiskPolicyOptions extends PolicyParts {
  /** 1 to 64, no id twice. */
  readonly checks: readonly RiskCheck[];
}

const isBuiltIn = (id: string): boolean => BASIC_IDS.has(id) || STATE_IDS.has(id);

function refuseChecks(message: string, check: string): never {
  throw new QuantlaxmiError('QL_BAD_INPUT', `riskPolicy: ${message}`, { context: { check } });
}

function checkIds(checks: readonly RiskCheck[]): void {
  const seen = new Set<string>();
  for (const { id } of checks) {
    if (seen.has(id) || isBuiltIn(id)) {
      refuseChecks(`check ${id} is there twice; give each check once, its limits per key.`, id);
    }
    seen.add(id);
  }
  if (seen.size === 0) {
    refuseChecks('no checks given; a policy without a limit cannot be made. Name its limits.', '');
  }
  if (seen.size > CHECKS_MAX) {
    refuseChecks(`${seen.size} checks given; expected at most ${CHECKS_MAX}. Merge limits.`, '');
  }
}

/**
 * Makes a policy of checks and, where wanted, an account to measure PnL in, an escalation ladder, a
 * way to flatten, time-outs of orders and a way to reconcile. The built-in checks (well-formed
 * intent, kill switch, log, ladder, reconciliation, instrument, tick, lot, quantity bounds, minimum
 * notional, book in sequence, reduce-only) always run besides.
 *
 * @param options - the checks, and the parts as data; an absent part does nothing
 * @throws QL_BAD_INPUT naming the field: a check twice, thresholds that fall, a halt that is to
 *   flatten without a part that says how
 * @example
 * ```ts
 * import { maxNotional, maxPosition, quoteAge, riskPolicy } from 'quantlaxmi/risk';
 *
 * const policy = riskPolicy({
 *   checks: [
 *     maxNotional({ notionalMax: { USDT: '50000' } }),
 *     maxPosition({ qtyMax: { 'BINANCE:USDM:BTCUSDT': '0.5' } }),
 *     quoteAge({ ageMaxUs: 2_000_000 }),
 *   ],
 *   orders: { ackTimeoutUs: 5_000_000, changeTimeoutUs: 5_000_000, queryEveryUs: 2_000_000 },
 * });
 * policy.hash.length;
 * // => 64
 * ```
 */
export function riskPolicy(options: RiskPolicyOptions): RiskPolicy {
  checkIds(options.checks);
  const parts = checkParts(options);
  const spec = {
    fmt: 'quantlaxmi-risk/1',
    checks: options.checks.map((check) => check.spec),
    ...parts,
  } as RiskPolicySpec;
  return Object.freeze({
    checks: Object.freeze([...options.checks]),
    account: parts.account ?? null,
    ladder: parts.ladder ?? null,
    flatten: parts.flatten ?? null,
    orders: parts.orders ?? null,
    reconcile: parts.reconcile ?? null,
    spec: Object.freeze(spec),
    hash: sha256Hex(canonicalJson(spec)),
  });
}

/** One schema per check of the registry, told apart by its name. */
function checkSpecs() {
  const [first, ...rest] = CHECK_REGISTRY.map((entry) => entry.schema());
  return z.discriminatedUnion('check', [first as CheckSchema, ...rest]);
}

function checkOf(spec: Readonly<Record<string, unknown>>): RiskCheck {
  const entry = CHECK_REGISTRY.find(({ check }) => check === spec['check']);
  // The union accepted the spec, so that its check is in the registry.
  return (entry as AnyCheckEntry).make(spec as never);
}

/**
 * Makes a policy from its description, e.g. out of a configuration file or a run manifest. The
 * same description gives the same hash.
 *
 * @param raw - `{ fmt: 'quantlaxmi-risk/1', checks: [{ check: 'maxQty', ... }, ...] }`
 * @throws QL_BAD_INPUT naming the first wrong field
 * @example
 * ```ts
 * import { parseRiskPolicy } from 'quantlaxmi/risk';
 *
 * const policy = parseRiskPolicy({
 *   fmt: 'quantlaxmi-risk/1',
 *   checks: [{ check: 'quoteAge', ageMaxUs: 2000000 }],
 * });
 * policy.checks.map((check) => check.id);
 * // => ['quoteAge']
 * ```
 */
export function parseRiskPolicy(raw: unknown): RiskPolicy {
  const schema = z.strictObject({
    fmt: z.literal('quantlaxmi-risk/1'),
    checks: z.array(checkSpecs()).check(z.minLength(1), z.maxLength(CHECKS_MAX)),
    ...partShapes(),
  });
  const parsed = schema.safeParse(raw);
  if (!parsed.success) return refuseIssue(parsed.error);
  const { checks, fmt: _, ...parts } = parsed.data;
  return riskPolicy({ checks: checks.map(checkOf), ...parts });
}
