import { divBig, toMantissa } from './big.js';
import { fixedError } from './internal/fail.js';
import { pow10Big } from './internal/powers.js';
import { decimalsOf, parseBig } from './parse-big.js';
import type { Rounding } from './rounding.js';

/** An exact fraction in lowest terms with `den` above 0. */
export interface Rational {
  readonly num: bigint;
  readonly den: bigint;
}

function gcd(a: bigint, b: bigint): bigint {
  let x = a < 0n ? -a : a;
  let y = b < 0n ? -b : b;
  while (y !== 0n) [x, y] = [y, x % y];
  return x;
}

/**
 * The fraction `num / den` in lowest terms.
 *
 * @param num - numerator
 * @param den - denominator, not 0; default 1
 * @throws QuantlaxmiError QL_FIXED_DIVIDE_BY_ZERO
 * @example
 * ```ts
 * import { rational } from 'quantlaxmi/fixed-point';
 *
 * rational(6n, -4n); // => { num: -3n, den: 2n }
 * ```
 */
export function rational(num: bigint, den = 1n): Rational {
  if (den === 0n) {
    throw fixedError('QL_FIXED_DIVIDE_BY_ZERO', `fraction ${num}/0; check the denominator`, {
      num: String(num),
    });
  }
  if (den === 1n) return { num, den };
  const shared = gcd(num, den) * (den < 0n ? -1n : 1n);
  return { num: num / shared, den: den / shared };
}

/**
 * A decimal text as an exact fraction.
 *
 * @param text - `-?digits[.digits]`, at most 400 decimals
 * @throws QuantlaxmiError QL_FIXED_SYNTAX
 * @example
 * ```ts
 * import { parseRational } from 'quantlaxmi/fixed-point';
 *
 * parseRational('0.75'); // => { num: 3n, den: 4n }
 * ```
 */
export function parseRational(text: string): Rational {
  const decimals = decimalsOf(text);
  return rational(parseBig(text, 0 - decimals), pow10Big(decimals));
}

/**
 * Exact sum.
 *
 * @param a - fraction
 * @param b - fraction
 * @example
 * ```ts
 * import { addRational, rational } from 'quantlaxmi/fixed-point';
 *
 * addRational(rational(1n, 3n), rational(1n, 6n)); // => { num: 1n, den: 2n }
 * ```
 */
export function addRational(a: Rational, b: Rational): Rational {
  return rational(a.num * b.den + b.num * a.den, a.den * b.den);
}

/**
 * Exact difference.
 *
 * @param a - fraction
 * @param b - fraction
 * @example
 * ```ts
 * import { rational, subRational } from 'quantlaxmi/fixed-point';
 *
 * subRational(rational(1n, 3n), rational(1n, 6n)); // => { num: 1n, den: 6n }
 * ```
 */
export function subRational(a: Rational, b: Rational): Rational {
  return rational(a.num * b.den - b.num * a.den, a.den * b.den);
}

/**
 * Exact product.
 *
 * @param a - fraction
 * @param b - fraction
 * @example
 * ```ts
 * import { mulRational, rational } from 'quantlaxmi/fixed-point';
 *
 * mulRational(rational(2n, 3n), rational(3n, 4n)); // => { num: 1n, den: 2n }
 * ```
 */
export function mulRational(a: Rational, b: Rational): Rational {
  return rational(a.num * b.num, a.den * b.den);
}

/**
 * Exact quotient.
 *
 * @param a - dividend
 * @param b - divisor, not 0
 * @throws QuantlaxmiError QL_FIXED_DIVIDE_BY_ZERO
 * @example
 * ```ts
 * import { divRational, rational } from 'quantlaxmi/fixed-point';
 *
 * divRational(rational(1n, 2n), rational(-2n)); // => { num: -1n, den: 4n }
 * ```
 */
export function divRational(a: Rational, b: Rational): Rational {
  return rational(a.num * b.den, a.den * b.num);
}

/**
 * −1, 0 or 1 as `a` is below, equal to or above `b`.
 *
 * @param a - fraction
 * @param b - fraction
 * @example
 * ```ts
 * import { compareRational, rational } from 'quantlaxmi/fixed-point';
 *
 * compareRational(rational(1n, 3n), rational(1n, 2n)); // => -1
 * ```
 */
export function compareRational(a: Rational, b: Rational): -1 | 0 | 1 {
  const left = a.num * b.den;
  const right = b.num * a.den;
  return left < right ? -1 : left > right ? 1 : 0;
}

/**
 * The fraction as an integer at `exponent`, of any size.
 *
 * @param r - fraction
 * @param exponent - −400 to 400
 * @param rounding - how to round
 * @throws QuantlaxmiError QL_FIXED_RANGE
 * @example
 * ```ts
 * import { rational, rationalToBig } from 'quantlaxmi/fixed-point';
 *
 * rationalToBig(rational(2n, 3n), -4, 'halfEven'); // => 6667n
 * ```
 */
export function rationalToBig(r: Rational, exponent: number, rounding: Rounding): bigint {
  if (!Number.isInteger(exponent) || exponent < -400 || exponent > 400) {
    throw fixedError(
      'QL_FIXED_RANGE',
      `exponent ${exponent}: expected an integer from -400 to 400`,
      { exponent },
    );
  }
  return exponent <= 0
    ? divBig(r.num * pow10Big(0 - exponent), r.den, rounding)
    : divBig(r.num, r.den * pow10Big(exponent), rounding);
}

/**
 * The fraction as a mantissa at `exponent`.
 *
 * @param r - fraction
 * @param exponent - −400 to 400
 * @param rounding - how to round
 * @throws QuantlaxmiError QL_FIXED_OVERFLOW, QL_FIXED_RANGE
 * @example
 * ```ts
 * import { rational, rationalToMantissa } from 'quantlaxmi/fixed-point';
 *
 * rationalToMantissa(rational(2n, 3n), -2, 'floor'); // => 66
 * ```
 */
export function rationalToMantissa(r: Rational, exponent: number, rounding: Rounding): number {
  return toMantissa(rationalToBig(r, exponent, rounding));
}
