import type { Rng } from '../core/index.js';
import { erfc } from './erf.js';
import { exp } from './exp.js';
import { badInput } from './internal/input.js';
import { horner } from './internal/rational-function.js';
import { log } from './log.js';

const SQRT2 = 1.4142135623730951;
const INV_SQRT_2PI = 0.3989422804014327;

const A = [
  3.387132872796366608, 1.3314166789178437745e2, 1.9715909503065514427e3, 1.3731693765509461125e4,
  4.5921953931549871457e4, 6.7265770927008700853e4, 3.3430575583588128105e4,
  2.5090809287301226727e3,
];
const B = [
  1, 4.2313330701600911252e1, 6.871870074920579083e2, 5.3941960214247511077e3,
  2.1213794301586595867e4, 3.930789580009271061e4, 2.8729085735721942674e4, 5.226495278852854561e3,
];
const C = [
  1.42343711074968357734, 4.6303378461565452959, 5.7694972214606914055, 3.64784832476320460504,
  1.27045825245236838258, 2.4178072517745061177e-1, 2.27238449892691845833e-2,
  7.7454501427834140764e-4,
];
const D = [
  1, 2.05319162663775882187, 1.6763848301838038494, 6.8976733498510000455e-1,
  1.4810397642748007459e-1, 1.51986665636164571966e-2, 5.475938084995344946e-4,
  1.05075007164441684324e-9,
];
const E = [
  6.6579046435011037772, 5.4637849111641143699, 1.7848265399172913358, 2.9656057182850489123e-1,
  2.6532189526576123093e-2, 1.2426609473880784386e-3, 2.71155556874348757815e-5,
  2.01033439929228813265e-7,
];
const F = [
  1, 5.9983220655588793769e-1, 1.3692988092273580531e-1, 1.48753612908506148525e-2,
  7.868691311456132591e-4, 1.8463183175100546818e-5, 1.4215117583164458887e-7,
  2.04426310338993978564e-15,
];

/**
 * Density of the standard normal distribution.
 *
 * @param z - any number but NaN
 * @throws QuantlaxmiError QL_BAD_INPUT for NaN
 * @example
 * ```ts
 * import { normalPdf } from 'quantlaxmi/numeric';
 *
 * normalPdf(0); // => 0.3989422804014327
 * ```
 */
export function normalPdf(z: number): number {
  return INV_SQRT_2PI * exp(-0.5 * z * z);
}

/**
 * Probability that a standard normal variable is at most `z`; accurate in both tails.
 *
 * @param z - any number but NaN
 * @throws QuantlaxmiError QL_BAD_INPUT for NaN
 * @example
 * ```ts
 * import { normalCdf } from 'quantlaxmi/numeric';
 *
 * normalCdf(0); // => 0.5
 * ```
 */
export function normalCdf(z: number): number {
  return erfc(-z / SQRT2) / 2;
}

/**
 * The `z` of which {@link normalCdf} is `u`, to about 1e−16 relative.
 *
 * Source: M. J. Wichura, Algorithm AS 241 (PPND16), 1988.
 *
 * @param u - probability above 0 and below 1
 * @throws QuantlaxmiError QL_BAD_INPUT
 * @example
 * ```ts
 * import { normalInverseCdf } from 'quantlaxmi/numeric';
 *
 * normalInverseCdf(0.5); // => 0
 * normalInverseCdf(0.25); // => -0.6744897501960817
 * ```
 */
export function normalInverseCdf(u: number): number {
  if (!(u > 0 && u < 1)) throw badInput('normalInverseCdf', u, 'a number above 0 and below 1');
  const q = u - 0.5;
  if (Math.abs(q) <= 0.425) {
    const r = 0.180625 - q * q;
    return (q * horner(A, r)) / horner(B, r);
  }
  const r = Math.sqrt(-log(Math.min(u, 1 - u)));
  const z = r < 5 ? horner(C, r - 1.6) / horner(D, r - 1.6) : horner(E, r - 5) / horner(F, r - 5);
  return q < 0 ? -z : z;
}

/**
 * A standard normal number: the inverse distribution at the middle of one of 2^53 cells. Draws two
 * words, always, so that streams stay aligned.
 *
 * @param rng - source of the cell
 * @example
 * ```ts
 * import { createRng } from 'quantlaxmi/core';
 * import { rngNormal } from 'quantlaxmi/numeric';
 *
 * rngNormal(createRng(4n, 0n)); // => -1.114976327543534
 * ```
 */
export function rngNormal(rng: Rng): number {
  const cell = rng.f64() * 9_007_199_254_740_992;
  const u = (cell + 0.5) / 9_007_199_254_740_992;
  // In the very last cell the half is rounded up to 1, where the inverse is infinite.
  return normalInverseCdf(u < 1 ? u : 0.9999999999999999);
}
