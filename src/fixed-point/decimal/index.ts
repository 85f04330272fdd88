/**
 * Bridge between mantissas and decimal.js, kept apart so that nobody else loads that library.
 * @module
 */

import { Decimal } from 'decimal.js';
import { QuantlaxmiError } from '../../core/index.js';
import { formatMantissa, type Rounding, rational, rationalToMantissa } from '../index.js';

/** A constructor of our own: the library's global settings are neither read nor changed. */
const Exact = /* @__PURE__ */ Decimal.clone({
  defaults: true,
  precision: 80,
  toExpNeg: -400,
  toExpPos: 400,
});

/**
 * A mantissa as a decimal.js value, exactly. Arithmetic on it has 80 digits, whatever the global
 * `Decimal` is set to.
 *
 * @param m - mantissa
 * @param exponent - −22 to 22
 * @throws QuantlaxmiError QL_FIXED_RANGE
 * @example
 * ```ts
 * import { toDecimal } from 'quantlaxmi/fixed-point/decimal';
 *
 * toDecimal(4325012, -2).toString(); // => '43250.12'
 * ```
 */
export function toDecimal(m: number, exponent: number): Decimal {
  return new Exact(formatMantissa(m, exponent));
}

/**
 * A decimal.js value (of any constructor) as a mantissa, with one named rounding.
 *
 * @param value - finite decimal
 * @param exponent - −400 to 400
 * @param rounding - how to round digits beyond the exponent
 * @throws QuantlaxmiError QL_FIXED_RANGE for NaN and infinities, QL_FIXED_OVERFLOW
 * @example
 * ```ts
 * import { Decimal } from 'decimal.js';
 * import { fromDecimal } from 'quantlaxmi/fixed-point/decimal';
 *
 * fromDecimal(new Decimal('1.005'), -2, 'halfEven'); // => 100
 * ```
 */
export function fromDecimal(value: Decimal, exponent: number, rounding: Rounding): number {
  if (!value.isFinite()) {
    throw new QuantlaxmiError('QL_FIXED_RANGE', `decimal is ${value}; expected a finite value`, {
      context: { value: value.toString() },
    });
  }
  if (value.isZero()) return rationalToMantissa(rational(0n), exponent, rounding);
  // Far outside every exponent: the text would be long, the result is known from the size alone.
  if (value.e > 1000) return rationalToMantissa(rational(10n ** 1000n), exponent, rounding);
  if (value.e < -1000) {
    const sign = value.isNegative() ? -1n : 1n;
    return rationalToMantissa(rational(sign, 10n ** 1000n), exponent, rounding);
  }
  const digits = BigInt(value.toFixed().replace('.', ''));
  const unit = 10n ** BigInt(value.decimalPlaces());
  return rationalToMantissa(rational(digits, unit), exponent, rounding);
}
