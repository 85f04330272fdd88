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

const PLACES = 18;
const PLACES_UNIT = 10n ** BigInt(PLACES);
const SAFE = BigInt(Number.MAX_SAFE_INTEGER);

/** A fraction as decimal text for the record: exact to 18 places, then rounded half even. */
export function decimalText(value: Rational): string {
  const { den, num } = value;
  if (den > 0n && den <= SAFE && num <= SAFE && num >= -SAFE) {
    const text = shortText(Number(num), Number(den));
    if (text !== '') return text;
  }
  // Money of the portfolio stands at this denominator.
  if (den === PLACES_UNIT) return trimmed(formatBig(num, -PLACES));
  return trimmed(formatBig(rationalToBig(value, -PLACES, 'halfEven'), -PLACES));
}

/** Without the zeros at the end of the decimals, and the point when none is left. */
function trimmed(text: string): string {
  let end = text.length;
  while (text.charCodeAt(end - 1) === 48) end -= 1;
  if (text.charCodeAt(end - 1) === 46) end -= 1;
  return text.slice(0, end);
}

/** `n / d` of safe integers, `d` above 0; empty where `d` is no power of ten and leaves a rest. */
function shortText(n: number, d: number): string {
  const size = Math.abs(n);
  // The floor is exact: below 2^53 no quotient of integers is rounded up to a whole number.
  const whole = Math.floor(size / d);
  const rest = size - whole * d;
  const text = n < 0 ? `-${whole}` : `${whole}`;
  if (rest === 0) return text;
  let power = 10;
  while (power < d) power *= 10;
  return power === d ? `${text}.${trimmed(String(d + rest).slice(1))}` : '';
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
