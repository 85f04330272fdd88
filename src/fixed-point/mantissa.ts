import { fixedError } from './internal/fail.js';

declare const unit: unique symbol;

/**
 * A safe integer that stands for `mantissa × 10^exponent`. The exponent belongs to the instrument
 * or account, not to the value. The brand keeps a price from being used as a quantity.
 */
export type Mantissa<U extends string = string> = number & { readonly [unit]: U };

/** A price at an instrument's price exponent. */
export type PriceMantissa = Mantissa<'price'>;

/** A quantity at an instrument's quantity exponent. */
export type QtyMantissa = Mantissa<'qty'>;

/** The brand of `M` when it has one, else plain `number`. */
export type Widen<M extends number> = M extends Mantissa ? M : number;

/** Largest magnitude of a mantissa, 2^53−1. */
export const MANTISSA_MAX = 9_007_199_254_740_991;

/**
 * Brands a safe integer.
 *
 * @param value - integer within ±(2^53−1)
 * @throws QuantlaxmiError QL_FIXED_RANGE
 * @example
 * ```ts
 * import { mantissa, type PriceMantissa } from 'quantlaxmi/fixed-point';
 *
 * const price: PriceMantissa = mantissa(4325012);
 * price; // => 4325012
 * ```
 */
export function mantissa<M extends Mantissa = Mantissa>(value: number): M {
  if (!Number.isSafeInteger(value)) {
    throw fixedError('QL_FIXED_RANGE', `mantissa ${value}: expected an integer within 2^53-1`, {
      value,
    });
  }
  // Adding 0 turns -0 into 0, so that equal values are the same value.
  return (value + 0) as M;
}
