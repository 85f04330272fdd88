/*
 * Ported from fdlibm:
 * Copyright (C) 1993 by Sun Microsystems, Inc. All rights reserved.
 * Developed at SunPro, a Sun Microsystems, Inc. business. Permission to use, copy, modify, and
 * distribute this software is freely granted, provided that this notice is preserved.
 */

import { badInput } from './internal/input.js';
import { fromWords, highWord, withHighWord } from './internal/words.js';

const LN2_HI = 6.9314718036912381649e-1;
const LN2_LO = 1.90821492927058770002e-10;
const INV_LN2 = 1.442695040888963387;
const TWO_1023 = 8.98846567431158e307;
const TWO_M1000 = 9.3326361850321887899e-302;

/** The largest argument of which e^x is finite. */
const OVERFLOW = 7.09782712893383973096e2;
const UNDERFLOW = -7.4513321910194110842e2;

/** y × 2^k, in two steps below the normal range. */
function scale(y: number, k: number): number {
  if (k === 1024) return y * 2 * TWO_1023;
  if (k >= -1021) return y * fromWords(0x3ff00000 + (k << 20), 0);
  return y * fromWords(0x3ff00000 + ((k + 1000) << 20), 0) * TWO_M1000;
}

/**
 * e^x, the same bits on every engine; at most 1 ulp off.
 *
 * Source: fdlibm `e_exp.c`. e itself is returned for 1, where the plain formula is 1 ulp off.
 *
 * @param x - any number but NaN
 * @throws QuantlaxmiError QL_BAD_INPUT for NaN
 * @example
 * ```ts
 * import { exp } from 'quantlaxmi/numeric';
 *
 * exp(1); // => 2.718281828459045
 * exp(-1000); // => 0
 * ```
 */
export function exp(x: number): number {
  if (!(x <= OVERFLOW)) {
    if (x > OVERFLOW) return Infinity;
    throw badInput('exp', x, 'a number');
  }
  if (x < UNDERFLOW) return 0;
  if (x === 1) return 2.718281828459045;
  const size = highWord(x) & 0x7fffffff;
  let hi = x;
  let lo = 0;
  let k = 0;
  if (size > 0x3fd62e42) {
    if (size < 0x3ff0a2b2) k = x < 0 ? -1 : 1;
    else k = Math.trunc(INV_LN2 * x + (x < 0 ? -0.5 : 0.5));
    hi = x - k * LN2_HI;
    lo = k * LN2_LO;
  } else if (size < 0x3e300000) return 1 + x;
  const r = hi - lo;
  const t = r * r;
  const tail =
    t *
    (1.66666666666666019037e-1 +
      t *
        (-2.77777777770155933842e-3 +
          t *
            (6.61375632143793436117e-5 +
              t * (-1.6533902205465251539e-6 + t * 4.13813679705723846039e-8))));
  const c = r - tail;
  if (k === 0) return 1 - ((r * c) / (c - 2) - r);
  return scale(1 - (lo - (r * c) / (2 - c) - hi), k);
}

interface Reduced {
  readonly k: number;
  readonly x: number;
  /** What x lost to rounding. */
  readonly c: number;
}

function reduce(x: number, size: number): Reduced {
  if (size <= 0x3fd62e42) return { k: 0, x, c: 0 };
  const k = size < 0x3ff0a2b2 ? (x < 0 ? -1 : 1) : Math.trunc(INV_LN2 * x + (x < 0 ? -0.5 : 0.5));
  const hi = x - k * LN2_HI;
  const lo = k * LN2_LO;
  const r = hi - lo;
  return { k, x: r, c: hi - r - lo };
}

/** y × 2^k by adding to the exponent bits; y is normal and stays so. */
function shiftExponent(y: number, k: number): number {
  return withHighWord(y, highWord(y) + (k << 20));
}

/**
 * e^x − 1 without cancellation near 0, the same bits on every engine.
 *
 * Source: fdlibm `s_expm1.c`.
 *
 * @param x - any number but NaN
 * @throws QuantlaxmiError QL_BAD_INPUT for NaN
 * @example
 * ```ts
 * import { expm1 } from 'quantlaxmi/numeric';
 *
 * expm1(1e-20); // => 1e-20
 * ```
 */
export function expm1(x: number): number {
  if (!(x <= OVERFLOW)) {
    if (x > OVERFLOW) return Infinity;
    throw badInput('expm1', x, 'a number');
  }
  const size = highWord(x) & 0x7fffffff;
  if (size >= 0x4043687a && x < 0) return -1;
  if (size < 0x3c900000) return x;
  const { k, x: r, c } = reduce(x, size);
  const half = 0.5 * r;
  const square = r * half;
  const r1 =
    1 +
    square *
      (-3.33333333333331316428e-2 +
        square *
          (1.58730158725481460165e-3 +
            square *
              (-7.93650757867487942473e-5 +
                square * (4.00821782732936239552e-6 + square * -2.01099218183624371326e-7))));
  const t = 3 - r1 * half;
  let e = square * ((r1 - t) / (6 - r * t));
  if (k === 0) return r - (r * e - square);
  e = r * (e - c) - c - square;
  if (k === -1) return 0.5 * (r - e) - 0.5;
  if (k === 1) return r < -0.25 ? -2 * (e - (r + 0.5)) : 1 + 2 * (r - e);
  if (k <= -2 || k > 56) {
    const y = 1 - (e - r);
    return (k === 1024 ? y * 2 * TWO_1023 : shiftExponent(y, k)) - 1;
  }
  if (k < 20) {
    const below = fromWords(0x3ff00000 - (0x200000 >> k), 0);
    return shiftExponent(below - (e - r), k);
  }
  return shiftExponent(r - (e + fromWords((0x3ff - k) << 20, 0)) + 1, k);
}

/**
 * Hyperbolic tangent, the same bits on every engine.
 *
 * Source: fdlibm `s_tanh.c`.
 *
 * @param x - any number but NaN
 * @throws QuantlaxmiError QL_BAD_INPUT for NaN
 * @example
 * ```ts
 * import { tanh } from 'quantlaxmi/numeric';
 *
 * tanh(0.5); // => 0.46211715726000973
 * ```
 */
export function tanh(x: number): number {
  const y = Math.abs(x);
  if (y < 3.725290298461914e-9) return x;
  if (y >= 22) return x < 0 ? -1 : 1;
  let z: number;
  if (y >= 1) z = 1 - 2 / (expm1(2 * y) + 2);
  else {
    const t = expm1(-2 * y);
    z = -t / (t + 2);
  }
  return x < 0 ? -z : z;
}
