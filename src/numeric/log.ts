/*
 * Ported from fdlibm:
 * Copyright (C) 1993 by Sun Microsystems, Inc. All rights reserved.
 * Developed at SunPro, a Sun Microsystems, Inc. business. Permission to use, copy, modify, and
 * distribute this software is freely granted, provided that this notice is preserved.
 */

import { badInput } from './internal/input.js';
import { highWord, withHighWord } from './internal/words.js';

const LN2_HI = 6.9314718036912381649e-1;
const LN2_LO = 1.90821492927058770002e-10;
const TWO_54 = 18014398509481984;
const L1 = 6.66666666666673513e-1;
const L2 = 3.999999999940941908e-1;
const L3 = 2.857142874366239149e-1;
const L4 = 2.222219843214978396e-1;
const L5 = 1.818357216161805012e-1;
const L6 = 1.531383769920937332e-1;
const L7 = 1.479819860511658591e-1;

/**
 * Natural logarithm, the same bits on every engine; at most 1 ulp off.
 *
 * Source: fdlibm `e_log.c`.
 *
 * @param x - 0 (gives −∞) or above
 * @throws QuantlaxmiError QL_BAD_INPUT for NaN and below 0
 * @example
 * ```ts
 * import { log } from 'quantlaxmi/numeric';
 *
 * log(10); // => 2.302585092994046
 * ```
 */
export function log(x: number): number {
  if (!(x > 0)) {
    if (x === 0) return -Infinity;
    throw badInput('log', x, 'a number from 0 up');
  }
  if (x === Infinity) return Infinity;
  let k = 0;
  let m = x;
  if (x < 2.2250738585072014e-308) {
    k = -54;
    m = x * TWO_54;
  }
  let hx = highWord(m);
  k += (hx >> 20) - 1023;
  hx &= 0xfffff;
  const carry = (hx + 0x95f64) & 0x100000;
  const f = withHighWord(m, hx | (carry ^ 0x3ff00000)) - 1;
  k += carry >> 20;
  if ((0xfffff & (2 + hx)) < 3) {
    if (f === 0) return k === 0 ? 0 : k * LN2_HI + k * LN2_LO;
    const r = f * f * (0.5 - 0.33333333333333333 * f);
    return k === 0 ? f - r : k * LN2_HI - (r - k * LN2_LO - f);
  }
  const s = f / (2 + f);
  const z = s * s;
  const w = z * z;
  const t1 = w * (L2 + w * (L4 + w * L6));
  const t2 = z * (L1 + w * (L3 + w * (L5 + w * L7)));
  const r = t2 + t1;
  if (((hx - 0x6147a) | (0x6b851 - hx)) > 0) {
    const half = 0.5 * f * f;
    if (k === 0) return f - (half - s * (half + r));
    return k * LN2_HI - (half - (s * (half + r) + k * LN2_LO) - f);
  }
  return k === 0 ? f - s * (f - r) : k * LN2_HI - (s * (f - r) - k * LN2_LO - f);
}

interface Reduced {
  readonly k: number;
  readonly f: number;
  /** What 1 + x lost to rounding, relative. */
  readonly c: number;
  /** 0 when f is below 2^-20 in size. */
  readonly hu: number;
}

function reduce(x: number): Reduced {
  const hx = highWord(x);
  if (hx < 0x3fda827a && (hx > 0 || hx <= (0xbfd2bec4 | 0))) return { k: 0, f: x, c: 0, hu: 1 };
  const exact = hx >= 0x43400000;
  const u = exact ? x : 1 + x;
  let hu = highWord(u);
  let k = (hu >> 20) - 1023;
  const c = exact ? 0 : (k > 0 ? 1 - (u - x) : x - (u - 1)) / u;
  hu &= 0xfffff;
  if (hu < 0x6a09e) return { k, f: withHighWord(u, hu | 0x3ff00000) - 1, c, hu };
  k += 1;
  return { k, f: withHighWord(u, hu | 0x3fe00000) - 1, c, hu: (0x100000 - hu) >> 2 };
}

/**
 * log(1 + x) without cancellation near 0, the same bits on every engine.
 *
 * Source: fdlibm `s_log1p.c`.
 *
 * @param x - −1 (gives −∞) or above
 * @throws QuantlaxmiError QL_BAD_INPUT for NaN and below −1
 * @example
 * ```ts
 * import { log1p } from 'quantlaxmi/numeric';
 *
 * log1p(1e-20); // => 1e-20
 * ```
 */
export function log1p(x: number): number {
  if (!(x > -1)) {
    if (x === -1) return -Infinity;
    throw badInput('log1p', x, 'a number from -1 up');
  }
  if (x === Infinity) return Infinity;
  const size = highWord(x) & 0x7fffffff;
  if (size < 0x3e200000) return size < 0x3c900000 ? x : x - x * x * 0.5;
  const { k, f, c, hu } = reduce(x);
  const half = 0.5 * f * f;
  if (hu === 0) {
    if (f === 0) return k === 0 ? 0 : k * LN2_HI + (c + k * LN2_LO);
    const r = half * (1 - 0.66666666666666666 * f);
    return k === 0 ? f - r : k * LN2_HI - (r - (k * LN2_LO + c) - f);
  }
  const s = f / (2 + f);
  const z = s * s;
  const r = z * (L1 + z * (L2 + z * (L3 + z * (L4 + z * (L5 + z * (L6 + z * L7))))));
  if (k === 0) return f - (half - s * (half + r));
  return k * LN2_HI - (half - (s * (half + r) + (k * LN2_LO + c)) - f);
}
