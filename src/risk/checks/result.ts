import { QuantlaxmiError } from '../../core/index.js';
import { formatBig, parseRational, type Rational, rationalToBig } from '../../fixed-point/index.js';
import type { RiskReason } from '../reasons.data.js';
import type { CheckResult } from '../types.js';

/** The check holds. */
export function holds(observed: string, limit: string): CheckResult {
  return { code: '', limit, observed };
}

/** The check does not hold, for this reason. */
export function refuses(code: RiskReason, observed: string, limit: string): CheckResult {
  return { code, limit, observed };
}

/** False for NaN, infinities and fractions: a value no comparison may let through. */
export function isKnown(value: number): boolean {
  return Number.isSafeInteger(value);
}

/** A fraction as decimal text for the record: exact to 18 places, then rounded half even. */
export function decimalText(value: Rational): string {
  const text = formatBig(rationalToBig(value, -18, 'halfEven'), -18);
  return text.replace(/\.?0+$/, '');
}

/** Limits by key: decimal texts, at least one, none negative. */
export function parseLimits(
  check: string,
  limits: Readonly<Record<string, string>>,
): ReadonlyMap<string, Rational> {
  const parsed = new Map<string, Rational>();
  for (const [key, text] of Object.entries(limits)) {
    const limit = typeof text === 'string' ? parseRational(text) : null;
    if (limit === null || limit.num < 0n) {
      throw new QuantlaxmiError(
        'QL_BAD_INPUT',
        `${check}: the limit of ${key} is ${String(text)}; expected decimal text, 0 or above. ` +
          'There is no way to write "no limit".',
        { context: { check, key } },
      );
    }
    parsed.set(key, limit);
  }
  if (parsed.size === 0) {
    throw new QuantlaxmiError(
      'QL_BAD_INPUT',
      `${check}: no limit given; a check without limits would deny everything. Name at least one.`,
      { context: { check } },
    );
  }
  return parsed;
}

/** An integer of at least 1. */
export function positiveInteger(check: string, name: string, value: number): number {
  if (Number.isSafeInteger(value) && value > 0) return value;
  throw new QuantlaxmiError(
    'QL_BAD_INPUT',
    `${check}: ${name} is ${value}; expected an integer above 0.`,
    { context: { check, name } },
  );
}
