import { fixedError } from './internal/fail.js';
import { MANTISSA_MAX } from './mantissa.js';
import { type Rounding, stepOf } from './rounding.js';

const BIG_MAX = 9_007_199_254_740_991n;

/**
 * Integer division with a named rounding.
 *
 * @param n - dividend
 * @param d - divisor, not 0
 * @param rounding - how to round the exact quotient
 * @throws QuantlaxmiError QL_FIXED_DIVIDE_BY_ZERO, QL_FIXED_RANGE for an unknown rounding
 * @example
 * ```ts
 * import { divBig } from 'quantlaxmi/fixed-point';
 *
 * divBig(-7n, 2n, 'floor'); // => -4n
 * divBig(-7n, 2n, 'trunc'); // => -3n
 * divBig(5n, 2n, 'halfEven'); // => 2n
 * ```
 */
export function divBig(n: bigint, d: bigint, rounding: Rounding): bigint {
  if (d === 0n) {
    throw fixedError('QL_FIXED_DIVIDE_BY_ZERO', `${n} divided by 0; check the divisor`, {
      dividend: String(n),
    });
  }
  const quotient = n / d;
  const rest = n - quotient * d;
  if (rest === 0n) return quotient;
  const twice = (rest < 0n ? -rest : rest) * 2n;
  const size = d < 0n ? -d : d;
  const half = twice === size ? 0 : twice < size ? -1 : 1;
  const negative = n < 0n !== d < 0n;
  return quotient + BigInt(stepOf(rounding, { negative, half, odd: (quotient & 1n) === 1n }));
}

/**
 * A bigint as a mantissa.
 *
 * @param value - any integer
 * @throws QuantlaxmiError QL_FIXED_OVERFLOW beyond 2^53−1
 * @example
 * ```ts
 * import { toMantissa } from 'quantlaxmi/fixed-point';
 *
 * toMantissa(25n); // => 25
 * ```
 */
export function toMantissa(value: bigint): number {
  if (value > BIG_MAX || value < -BIG_MAX) {
    throw fixedError('QL_FIXED_OVERFLOW', `${value}: expected within ${MANTISSA_MAX}`, {
      value: String(value),
    });
  }
  return Number(BigInt.asIntN(54, value));
}
