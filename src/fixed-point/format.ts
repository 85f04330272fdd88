import { checkExponent, checkMantissa, fixedError } from './internal/fail.js';
import { POW10 } from './internal/powers.js';

function place(negative: boolean, digits: string, exponent: number): string {
  const sign = negative ? '-' : '';
  if (exponent >= 0) return digits === '0' ? '0' : sign + digits + '0'.repeat(exponent);
  const padded = digits.padStart(1 - exponent, '0');
  const cut = padded.length + exponent;
  return `${sign}${padded.slice(0, cut)}.${padded.slice(cut)}`;
}

/**
 * A mantissa as decimal text with exactly `-exponent` decimals.
 *
 * @param m - mantissa
 * @param exponent - −22 to 22
 * @throws QuantlaxmiError QL_FIXED_RANGE
 * @example
 * ```ts
 * import { formatMantissa } from 'quantlaxmi/fixed-point';
 *
 * formatMantissa(4325012, -2); // => '43250.12'
 * formatMantissa(-5, -3); // => '-0.005'
 * ```
 */
export function formatMantissa(m: number, exponent: number): string {
  checkMantissa(m, 'mantissa');
  checkExponent(exponent);
  const size = m < 0 ? -m : m;
  if (size > 0x7fffffff && exponent < 0 && exponent >= -9) {
    // Two small integers print twice as fast as one large double. The floor is exact: see divSafe.
    const unit = POW10[-exponent] as number;
    const whole = Math.floor(size / unit);
    const fraction = String(unit + (size - whole * unit)).slice(1);
    return m < 0 ? `-${whole}.${fraction}` : `${whole}.${fraction}`;
  }
  // Safe integers are below 1e21, so the number prints without an exponent.
  return place(m < 0, String(size), exponent);
}

/**
 * An exact integer of any size as decimal text with exactly `-exponent` decimals.
 *
 * @param value - integer
 * @param exponent - −400 to 400
 * @throws QuantlaxmiError QL_FIXED_RANGE
 * @example
 * ```ts
 * import { formatBig } from 'quantlaxmi/fixed-point';
 *
 * formatBig(-9007199254740993000000n, -8); // => '-90071992547409.93000000'
 * ```
 */
export function formatBig(value: bigint, exponent: number): string {
  if (!Number.isInteger(exponent) || exponent < -400 || exponent > 400) {
    throw fixedError(
      'QL_FIXED_RANGE',
      `exponent ${exponent}: expected an integer from -400 to 400`,
      { exponent },
    );
  }
  return place(value < 0n, String(value < 0n ? -value : value), exponent);
}
