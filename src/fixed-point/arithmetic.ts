import { divBig, toMantissa } from './big.js';
import { checkExponent, checkMantissa, fixedError } from './internal/fail.js';
import { POW10, pow10Big } from './internal/powers.js';
import type { Widen } from './mantissa.js';
import { type Rounding, stepOf } from './rounding.js';

/** An operand beyond 2^53 or a fraction can make a result that looks safe: all three count. */
function areSafe(a: number, b: number, result: number): boolean {
  return Number.isSafeInteger(result) && Number.isSafeInteger(a) && Number.isSafeInteger(b);
}

/** Slow path of a sum that is not a safe integer: says which of both reasons. */
function refuseSum(a: number, b: number, sign: string): never {
  checkMantissa(a, 'left operand');
  checkMantissa(b, 'right operand');
  throw fixedError('QL_FIXED_OVERFLOW', `${a} ${sign} ${b}: expected within 2^53-1`, { a, b });
}

/**
 * Checked sum of two mantissas of the same exponent and unit.
 *
 * @param a - mantissa
 * @param b - mantissa of the same exponent
 * @throws QuantlaxmiError QL_FIXED_OVERFLOW, QL_FIXED_RANGE for operands that are not integers
 * @example
 * ```ts
 * import { addMantissa } from 'quantlaxmi/fixed-point';
 *
 * addMantissa(4325012, 1); // => 4325013
 * ```
 */
export function addMantissa<M extends number>(a: M, b: NoInfer<Widen<M>>): Widen<M> {
  const sum = a + b;
  if (!areSafe(a, b, sum)) refuseSum(a, b, '+');
  // Adding 0 turns -0 into 0.
  return (sum + 0) as Widen<M>;
}

/**
 * Checked difference of two mantissas of the same exponent and unit.
 *
 * @param a - mantissa
 * @param b - mantissa of the same exponent
 * @throws QuantlaxmiError QL_FIXED_OVERFLOW, QL_FIXED_RANGE for operands that are not integers
 * @example
 * ```ts
 * import { subMantissa } from 'quantlaxmi/fixed-point';
 *
 * subMantissa(4325012, 12); // => 4325000
 * ```
 */
export function subMantissa<M extends number>(a: M, b: NoInfer<Widen<M>>): Widen<M> {
  const difference = a - b;
  if (!areSafe(a, b, difference)) refuseSum(a, b, '-');
  return (difference + 0) as Widen<M>;
}

/**
 * The exact product, at the sum of both exponents.
 *
 * @param a - mantissa
 * @param b - mantissa
 * @throws QuantlaxmiError QL_FIXED_RANGE for operands that are not safe integers
 * @example
 * ```ts
 * import { mulExact } from 'quantlaxmi/fixed-point';
 *
 * mulExact(9007199254740991, 1000); // => 9007199254740991000n
 * ```
 */
export function mulExact(a: number, b: number): bigint {
  checkMantissa(a, 'left operand');
  checkMantissa(b, 'right operand');
  const product = a * b;
  return Number.isSafeInteger(product) ? BigInt(product) : BigInt(a) * BigInt(b);
}

/**
 * n / d for safe integers, d ≠ 0. The truncated float quotient is exact: below 2^53 no quotient of
 * integers is near enough to a whole number to be rounded up to it. (`%` would be exact as well,
 * and takes three times as long.)
 */
function divSafe(n: number, d: number, rounding: Rounding): number {
  const quotient = Math.trunc(n / d) + 0;
  const rest = n - quotient * d;
  if (rest === 0) return quotient;
  const gap = Math.abs(rest) * 2 - Math.abs(d);
  const half = gap === 0 ? 0 : gap < 0 ? -1 : 1;
  const negative = n < 0 !== d < 0;
  return quotient + stepOf(rounding, { negative, half, odd: quotient % 2 !== 0 });
}

/**
 * `a × b / c` with an exact product and one named rounding at the end.
 *
 * @param a - mantissa
 * @param b - mantissa
 * @param c - divisor, not 0
 * @param rounding - how to round the exact quotient
 * @throws QuantlaxmiError QL_FIXED_DIVIDE_BY_ZERO, QL_FIXED_OVERFLOW, QL_FIXED_RANGE
 * @example
 * ```ts
 * import { mulDiv } from 'quantlaxmi/fixed-point';
 *
 * mulDiv(4325012, 4, 10_000, 'halfEven'); // => 1730
 * ```
 */
export function mulDiv(a: number, b: number, c: number, rounding: Rounding): number {
  checkMantissa(a, 'left operand');
  checkMantissa(b, 'right operand');
  checkMantissa(c, 'divisor');
  const product = a * b;
  if (c !== 0 && Number.isSafeInteger(product)) return divSafe(product, c, rounding);
  return toMantissa(divBig(BigInt(a) * BigInt(b), BigInt(c), rounding));
}

/**
 * The same value at another exponent, rounded by name when digits fall away.
 *
 * @param m - mantissa at exponent `from`
 * @param from - exponent now, −22 to 22
 * @param to - exponent wanted, −22 to 22
 * @param rounding - how to round digits that fall away
 * @throws QuantlaxmiError QL_FIXED_OVERFLOW, QL_FIXED_RANGE
 * @example
 * ```ts
 * import { rescale } from 'quantlaxmi/fixed-point';
 *
 * rescale(12345, -2, -1, 'halfEven'); // => 1234
 * rescale(12345, -2, -4, 'trunc'); // => 1234500
 * ```
 */
export function rescale(m: number, from: number, to: number, rounding: Rounding): number {
  checkMantissa(m, 'mantissa');
  checkExponent(from);
  checkExponent(to);
  const down = to - from;
  if (down <= 0) return scaleUp(m, -down);
  if (down <= 15) return divSafe(m, POW10[down] as number, rounding);
  return toMantissa(divBig(BigInt(m), pow10Big(down), rounding));
}

function scaleUp(m: number, digits: number): number {
  const scaled = digits <= 22 ? m * (POW10[digits] as number) : m === 0 ? 0 : Infinity;
  if (!Number.isSafeInteger(scaled)) {
    throw fixedError(
      'QL_FIXED_OVERFLOW',
      `${m} with ${digits} more decimals: expected within 2^53-1`,
      { mantissa: m, digits },
    );
  }
  return scaled + 0;
}

/**
 * The same value at another exponent, refused when a non-zero digit would fall away.
 *
 * @param m - mantissa at exponent `from`
 * @param from - exponent now, −22 to 22
 * @param to - exponent wanted, −22 to 22
 * @throws QuantlaxmiError QL_FIXED_INEXACT, QL_FIXED_OVERFLOW, QL_FIXED_RANGE
 * @example
 * ```ts
 * import { rescaleExact } from 'quantlaxmi/fixed-point';
 *
 * rescaleExact(12300, -2, 0); // => 123
 * ```
 */
export function rescaleExact(m: number, from: number, to: number): number {
  const scaled = rescale(m, from, to, 'trunc');
  const down = to - from;
  if (down > 0 && (down > 15 ? m !== 0 : m % (POW10[down] as number) !== 0)) {
    throw fixedError(
      'QL_FIXED_INEXACT',
      `${m} at exponent ${from} has digits beyond exponent ${to}; round it by name with rescale`,
      { mantissa: m, from, to },
    );
  }
  return scaled;
}

/**
 * The multiple of `step` next to `m` (a tick, a lot).
 *
 * @param m - mantissa
 * @param step - above 0, same exponent as `m`
 * @param rounding - to which side
 * @throws QuantlaxmiError QL_FIXED_RANGE, QL_FIXED_OVERFLOW
 * @example
 * ```ts
 * import { roundToStep } from 'quantlaxmi/fixed-point';
 *
 * roundToStep(10003, 5, 'floor'); // => 10000
 * roundToStep(10003, 5, 'halfEven'); // => 10005
 * ```
 */
export function roundToStep<M extends number>(m: M, step: number, rounding: Rounding): Widen<M> {
  checkMantissa(m, 'mantissa');
  checkStep(step);
  const stepped = divSafe(m, step, rounding) * step;
  if (!Number.isSafeInteger(stepped)) {
    throw fixedError(
      'QL_FIXED_OVERFLOW',
      `${m} rounded (${rounding}) to a multiple of ${step}: expected within 2^53-1`,
      { mantissa: m, step },
    );
  }
  return (stepped + 0) as Widen<M>;
}

function checkStep(step: number): void {
  if (Number.isSafeInteger(step) && step > 0) return;
  throw fixedError('QL_FIXED_RANGE', `step ${step}: expected an integer from 1 to 2^53-1`, {
    step,
  });
}

/**
 * True when `m` is a whole number of steps.
 *
 * @param m - mantissa
 * @param step - above 0, same exponent as `m`
 * @throws QuantlaxmiError QL_FIXED_RANGE
 * @example
 * ```ts
 * import { isMultipleOf } from 'quantlaxmi/fixed-point';
 *
 * isMultipleOf(10003, 5); // => false
 * ```
 */
export function isMultipleOf(m: number, step: number): boolean {
  checkMantissa(m, 'mantissa');
  checkStep(step);
  return m % step === 0;
}
