import { exp } from './exp.js';
import { badInput } from './internal/input.js';

const A = [
  3.1611237438705656, 113.864154151050156, 377.485237685302021, 3209.37758913846947,
  0.185777706184603153,
] as const;
const B = [
  23.6012909523441209, 244.024637934444173, 1282.61652607737228, 2844.23683343917062,
] as const;
const C = [
  0.564188496988670089, 8.88314979438837594, 66.1191906371416295, 298.635138197400131,
  881.95222124176909, 1712.04761263407058, 2051.07837782607147, 1230.33935479799725,
  2.15311535474403846e-8,
] as const;
const D = [
  15.7449261107098347, 117.693950891312499, 537.181101862009858, 1621.38957456669019,
  3290.79923573345963, 4362.61909014324716, 3439.36767414372164, 1230.33935480374942,
] as const;
const P = [
  0.305326634961232344, 0.360344899949804439, 0.125781726111229246, 0.0160837851487422766,
  6.58749161529837803e-4, 0.0163153871373020978,
] as const;
const Q = [
  2.56852019228982242, 1.87295284992346047, 0.527905102951428412, 0.0605183413124413191,
  0.00233520497626869185,
] as const;
const INV_SQRT_PI = 0.56418958354775628695;

/** erf for |x| ≤ 0.46875. */
function erfSmall(x: number): number {
  const z = x * x;
  let n = A[4] * z;
  let d = z;
  for (let i = 0; i < 3; i += 1) {
    n = (n + (A[i] as number)) * z;
    d = (d + (B[i] as number)) * z;
  }
  return (x * (n + A[3])) / (d + B[3]);
}

/** e^(y²)·erfc(y) for y > 0.46875. */
function erfcxLarge(y: number): number {
  if (y <= 4) {
    let n = C[8] * y;
    let d = y;
    for (let i = 0; i < 7; i += 1) {
      n = (n + (C[i] as number)) * y;
      d = (d + (D[i] as number)) * y;
    }
    return (n + C[7]) / (d + D[7]);
  }
  if (y >= 6.71e7) return INV_SQRT_PI / y;
  const z = 1 / (y * y);
  let n = P[5] * z;
  let d = z;
  for (let i = 0; i < 4; i += 1) {
    n = (n + (P[i] as number)) * z;
    d = (d + (Q[i] as number)) * z;
  }
  const r = (z * (n + P[4])) / (d + Q[4]);
  return (INV_SQRT_PI - r) / y;
}

/** e^(−y²) with y² split at sixteenths, so that the square of the leading part is exact. */
function expMinusSquare(y: number): number {
  const lead = Math.trunc(y * 16) / 16;
  return exp(-lead * lead) * exp(-(y - lead) * (y + lead));
}

/** erfc for y > 0.46875; below the smallest double from 27.3 on. */
function erfcLarge(y: number): number {
  return y > 28 ? 0 : expMinusSquare(y) * erfcxLarge(y);
}

/**
 * The error function, the same bits on every engine.
 *
 * Source: W. J. Cody, Rational Chebyshev approximations for the error function (1969).
 *
 * @param x - any number but NaN
 * @throws QuantlaxmiError QL_BAD_INPUT for NaN
 * @example
 * ```ts
 * import { erf } from 'quantlaxmi/numeric';
 *
 * erf(0.5); // => 0.5204998778130465
 * ```
 */
export function erf(x: number): number {
  const y = Math.abs(x);
  if (y <= 0.46875) return erfSmall(x);
  if (!(y > 0)) throw badInput('erf', x, 'a number');
  const value = 0.5 - erfcLarge(y) + 0.5;
  return x < 0 ? -value : value;
}

/**
 * 1 − erf(x) without cancellation, the same bits on every engine.
 *
 * Source: Cody 1969, with the square split at sixteenths.
 *
 * @param x - any number but NaN
 * @throws QuantlaxmiError QL_BAD_INPUT for NaN
 * @example
 * ```ts
 * import { erfc } from 'quantlaxmi/numeric';
 *
 * erfc(0); // => 1
 * erfc(30); // => 0
 * ```
 */
export function erfc(x: number): number {
  const y = Math.abs(x);
  if (y <= 0.46875) return 1 - erfSmall(x);
  if (!(y > 0)) throw badInput('erfc', x, 'a number');
  const value = erfcLarge(y);
  return x < 0 ? 2 - value : value;
}

/**
 * e^(x²)·erfc(x), the scaled form that does not underflow; the same bits on every engine.
 *
 * Source: Cody 1969.
 *
 * @param x - any number but NaN; below −26.7 the result is Infinity
 * @throws QuantlaxmiError QL_BAD_INPUT for NaN
 * @example
 * ```ts
 * import { erfcx } from 'quantlaxmi/numeric';
 *
 * erfcx(0); // => 1
 * ```
 */
export function erfcx(x: number): number {
  const y = Math.abs(x);
  if (y <= 0.46875) return (1 - erfSmall(x)) * exp(x * x);
  if (!(y > 0)) throw badInput('erfcx', x, 'a number');
  if (x > 0) return erfcxLarge(y);
  if (y > 27) return Infinity;
  const lead = Math.trunc(y * 16) / 16;
  return 2 * (exp(lead * lead) * exp((y - lead) * (y + lead))) - erfcxLarge(y);
}
