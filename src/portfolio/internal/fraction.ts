import { divBig, type Rational } from '../../fixed-point/index.js';

/*
 * Fractions on the booking path. Lowest terms would need a gcd of two numbers that grow with every
 * fill; here only the small side is reduced, so that one booking costs a few multiplications.
 */

/** Where a denominator stops growing: 16 384 bits, over 1 000 partial closes without a flat. */
const DEN_MAX = 1n << 16_384n;
/** Denominator after rounding: 40 more decimals below the money exponent. */
const ROUNDED_DEN = 10n ** 40n;

export const ZERO: Rational = Object.freeze({ num: 0n, den: 1n });

function gcd(a: bigint, b: bigint): bigint {
  let x = a < 0n ? -a : a;
  let y = b < 0n ? -b : b;
  while (y !== 0n) [x, y] = [y, x % y];
  return x;
}

/** `a + b`, where `b` is the one with the small denominator. */
export function plus(a: Rational, b: Rational): Rational {
  if (a.den === b.den) return { num: a.num + b.num, den: a.den };
  const shared = gcd(a.den % b.den, b.den);
  const grow = b.den / shared;
  return { num: a.num * grow + b.num * (a.den / shared), den: a.den * grow };
}

/** `a + b` without a look for common factors: for sums that are compared and thrown away. */
export function worth(a: Rational, b: Rational): Rational {
  if (a.den === b.den) return { num: a.num + b.num, den: a.den };
  if (a.num === 0n) return b;
  if (b.num === 0n) return a;
  if (b.den === 1n) return { num: a.num + b.num * a.den, den: a.den };
  if (a.den === 1n) return { num: a.num * b.den + b.num, den: b.den };
  return { num: a.num * b.den + b.num * a.den, den: a.den * b.den };
}

export function negated(a: Rational): Rational {
  return { num: -a.num, den: a.den };
}

/** `a * n / d` for positive integers `n` and `d`. */
export function scaled(a: Rational, n: bigint, d: bigint): Rational {
  const withNum = gcd(a.num % d, d);
  const withDen = gcd(a.den % n, n);
  return { num: (a.num / withNum) * (n / withDen), den: (a.den / withDen) * (d / withNum) };
}

/** The fraction itself, or its rounding once the denominator is beyond the bound. */
export function bounded(a: Rational): { readonly value: Rational; readonly exact: boolean } {
  if (a.den <= DEN_MAX) return { value: a, exact: true };
  const num = divBig(a.num * ROUNDED_DEN, a.den, 'halfEven');
  return { value: { num, den: ROUNDED_DEN }, exact: false };
}
