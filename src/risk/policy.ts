/**
 * Policies: a list of checks that is also plain data.
 * @module
 */
import { canonicalJson, QuantlaxmiError, sha256Hex } from '../core/index.js';
import * as z from 'zod/mini';
import { BASIC_IDS } from './checks/basic.js';
import type { AnyCheckEntry, CheckSchema } from './checks/entry.js';
import { CHECK_REGISTRY } from './checks/registry.js';
import type { RiskCheck, RiskPolicy, RiskPolicySpec } from './types.js';

/**
 * Makes a policy of checks. The basic checks (well-formed intent, kill switch, instrument, tick,
 * lot, quantity bounds, minimum notional, book in sequence, reduce-only) always run besides.
 *
 * @param options - `checks`: at least one, no id twice
 * @throws QL_BAD_INPUT
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
 * });
 * policy.hash.length;
 * // => 64
 * ```
 */
export function riskPolicy(options: { readonly checks: readonly RiskCheck[] }): RiskPolicy {
  const seen = new Set<string>();
  for (const { id } of options.checks) {
    if (seen.has(id) || BASIC_IDS.has(id)) {
      throw new QuantlaxmiError(
        'QL_BAD_INPUT',
        `riskPolicy: check ${id} is there twice; give each check once, its limits per key.`,
        { context: { check: id } },
      );
    }
    seen.add(id);
  }
  if (seen.size === 0) {
    throw new QuantlaxmiError(
      'QL_BAD_INPUT',
      'riskPolicy: no checks given; a policy without a limit cannot be made. Name its limits.',
    );
  }
  const spec: RiskPolicySpec = {
    fmt: 'quantlaxmi-risk/1',
    checks: options.checks.map((check) => check.spec),
  };
  const checks = Object.freeze([...options.checks]);
  return Object.freeze({
    checks,
    account: null,
    ladder: null,
    flatten: null,
    orders: null,
    reconcile: null,
    spec,
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
    checks: z.array(checkSpecs()).check(z.minLength(1), z.maxLength(64)),
  });
  const parsed = schema.safeParse(raw);
  if (!parsed.success) {
    const first = parsed.error.issues[0];
    const place = first === undefined ? '' : first.path.join('.');
    throw new QuantlaxmiError(
      'QL_BAD_INPUT',
      `risk policy: ${place === '' ? 'the value' : place}: ${first?.message ?? 'not valid'}. ` +
        'Correct the policy.',
      { context: { place }, cause: parsed.error },
    );
  }
  return riskPolicy({ checks: parsed.data.checks.map(checkOf) });
}
