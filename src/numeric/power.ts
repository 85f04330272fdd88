import { badInput } from './internal/input.js';

/** 10^-22 to 10^22 as literals: each is the double nearest to the power. */
const TEN = [
  1e-22, 1e-21, 1e-20, 1e-19, 1e-18, 1e-17, 1e-16, 1e-15, 1e-14, 1e-13, 1e-12, 1e-11, 1e-10, 1e-9,
  1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9,
  1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
] as const;

/**
 * 10^n as the nearest double. (`Math.pow(10, -5)` is 1 ulp off on some engines.)
 *
 * @param n - integer from −22 to 22
 * @throws QuantlaxmiError QL_BAD_INPUT
 * @example
 * ```ts
 * import { pow10 } from 'quantlaxmi/numeric';
 *
 * pow10(-5); // => 0.00001
 * ```
 */
export function pow10(n: number): number {
  const value = TEN[n + 22];
  if (value === undefined) throw badInput('pow10', n, 'an integer from -22 to 22');
  return value;
}

/**
 * x^n by squaring over the bits of n from the highest down; for negative n the reciprocal. The
 * order of the products is fixed, so the bits are the same on every engine.
 *
 * @param x - base
 * @param n - integer from −(2^31−1) to 2^31−1
 * @returns 1 for n = 0, whatever x is
 * @throws QuantlaxmiError QL_BAD_INPUT
 * @example
 * ```ts
 * import { powInt } from 'quantlaxmi/numeric';
 *
 * powInt(2, 10); // => 1024
 * powInt(2, -1); // => 0.5
 * ```
 */
export function powInt(x: number, n: number): number {
  if (!Number.isInteger(n) || Math.abs(n) > 0x7fffffff) {
    throw badInput('powInt exponent', n, 'an integer within 2^31-1');
  }
  if (Number.isNaN(x)) throw badInput('powInt', x, 'a number');
  const bits = Math.abs(n);
  let product = 1;
  for (let bit = 31 - Math.clz32(bits); bit >= 0; bit -= 1) {
    product *= product;
    if ((bits >>> bit) & 1) product *= x;
  }
  return n < 0 ? 1 / product : product;
}
