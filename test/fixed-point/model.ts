import type { Rounding } from 'quantlaxmi/fixed-point';

/** Slow, obvious arithmetic on bigint fractions that the room's functions are compared with. */

export const MAX = 2n ** 53n - 1n;

const abs = (x: bigint): bigint => (x < 0n ? -x : x);

/** Walks to both neighbours of n / d and takes the one that the rounding's name describes. */
export function roundByName(n: bigint, d: bigint, rounding: Rounding): bigint {
  const [num, den] = d < 0n ? [-n, -d] : [n, d];
  let below = num / den;
  while (below * den > num) below -= 1n;
  while ((below + 1n) * den <= num) below += 1n;
  if (below * den === num) return below;
  const above = below + 1n;
  const toBelow = num - below * den;
  const toAbove = above * den - num;
  switch (rounding) {
    case 'floor':
      return below;
    case 'ceil':
      return above;
    case 'trunc':
      return num < 0n ? above : below;
    case 'halfUp':
      if (toBelow === toAbove) return num < 0n ? below : above;
      return toBelow < toAbove ? below : above;
    case 'halfEven':
      if (toBelow === toAbove) return abs(below) % 2n === 0n ? below : above;
      return toBelow < toAbove ? below : above;
  }
}

export type Outcome = { readonly value: bigint } | { readonly code: string };

/** A decimal text at an exponent, by scaling it to 10^-600 first. */
export function parseByModel(text: string, exponent: number): Outcome {
  if (!/^-?[0-9]+(\.[0-9]+)?$/.test(text)) return { code: 'QL_FIXED_SYNTAX' };
  const [whole, fraction = ''] = text.replace('-', '').split('.') as [string, string?];
  const units = BigInt(whole + fraction.padEnd(600, '0'));
  const unit = 10n ** BigInt(600 + exponent);
  if (units % unit !== 0n) return { code: 'QL_FIXED_INEXACT' };
  const size = units / unit;
  if (size > MAX) return { code: 'QL_FIXED_OVERFLOW' };
  return { value: text.startsWith('-') ? -size : size };
}

/** A bigint as the mantissa it must come out as, or the overflow. */
export function mantissaOf(value: bigint): Outcome {
  return abs(value) > MAX ? { code: 'QL_FIXED_OVERFLOW' } : { value };
}
