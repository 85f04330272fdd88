/**
 * What a contract is worth per mantissa of price and quantity, worked out once per declaration.
 * @module
 */
import type { InstrumentBody } from '../events/index.js';
import { parseRational, type Rational, rational } from '../fixed-point/index.js';

/**
 * Multiplier × 10^exponents in lowest terms: settlement currency per mantissa of price and of
 * quantity; of an inverse contract per mantissa of quantity and of 1/price.
 */
export interface ValueFactor extends Rational {
  /** `num` and `den` as numbers; NaN where they are no safe integers, and for inverse contracts. */
  readonly n: number;
  readonly d: number;
}

const factors = new WeakMap<InstrumentBody, ValueFactor>();
const SAFE = BigInt(Number.MAX_SAFE_INTEGER);

function made(instrument: InstrumentBody): ValueFactor {
  const { inverse, priceExponent, qtyExponent } = instrument;
  const shift = qtyExponent + (inverse ? -priceExponent : priceExponent);
  const { den, num } = parseRational(instrument.multiplier);
  const scale = 10n ** BigInt(Math.abs(shift));
  const lowest = shift >= 0 ? rational(num * scale, den) : rational(num, den * scale);
  const safe = !inverse && lowest.num >= 0n && lowest.num <= SAFE && lowest.den <= SAFE;
  const n = safe ? Number(lowest.num) : Number.NaN;
  return { num: lowest.num, den: lowest.den, n, d: safe ? Number(lowest.den) : Number.NaN };
}

/** The factor of an instrument. */
export function valueFactor(instrument: InstrumentBody): ValueFactor {
  const known = factors.get(instrument);
  if (known !== undefined) return known;
  const factor = made(instrument);
  factors.set(instrument, factor);
  return factor;
}

/** `a × b` of safe integers; by way of numbers where the product is safe as well. */
export function product(a: number, b: number): bigint {
  const size = a * b;
  const safe = Number.isSafeInteger(size) && Number.isSafeInteger(a) && Number.isSafeInteger(b);
  return safe ? BigInt(size) : BigInt(a) * BigInt(b);
}
