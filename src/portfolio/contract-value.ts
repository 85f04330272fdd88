/**
 * What a quantity of an instrument is worth at a price, exactly.
 * @module
 */
import { QuantlaxmiError } from '../core/index.js';
import type { InstrumentBody } from '../events/index.js';
import { parseRational, type Rational } from '../fixed-point/index.js';

/** Exponent of all money held inside a portfolio: 10^-18 of the currency. */
export const MONEY_EXPONENT = -18;

const factors = new WeakMap<InstrumentBody, Rational>();

/** Money units per mantissa unit: multiplier × 10^(exponents − MONEY_EXPONENT), as a fraction. */
function factorOf(instrument: InstrumentBody): Rational {
  const known = factors.get(instrument);
  if (known !== undefined) return known;
  const { inverse, priceExponent, qtyExponent } = instrument;
  const shift = qtyExponent + (inverse ? -priceExponent : priceExponent) - MONEY_EXPONENT;
  const multiplier = parseRational(instrument.multiplier);
  const factor =
    shift >= 0
      ? { num: multiplier.num * 10n ** BigInt(shift), den: multiplier.den }
      : { num: multiplier.num, den: multiplier.den * 10n ** BigInt(-shift) };
  factors.set(instrument, factor);
  return factor;
}

/**
 * Value of `qty` at `price` in the settlement currency, as an exact fraction of 10^-18 of it:
 * price × quantity × multiplier for linear contracts, quantity × multiplier / price for inverse
 * ones. The sign follows `qty`.
 *
 * @param instrument - gives exponents, multiplier and `inverse`
 * @param price - mantissa at `priceExponent`; above 0 for inverse contracts
 * @param qty - mantissa at `qtyExponent`
 * @throws QL_PORTFOLIO_FILL when the price of an inverse contract is not above 0
 * @example
 * ```ts
 * import { contractValue } from 'quantlaxmi/portfolio';
 * import type { InstrumentBody } from 'quantlaxmi/events';
 *
 * const instrument = {
 *   inverse: false, multiplier: '1', priceExponent: -1, qtyExponent: -3,
 * } as InstrumentBody;
 * // 61659.7 × 1.486
 * const { num, den } = contractValue(instrument, 616_597, 1_486);
 * num / den;
 * // => 91626314200000000000000n
 * ```
 */
export function contractValue(instrument: InstrumentBody, price: number, qty: number): Rational {
  const { num, den } = factorOf(instrument);
  if (!instrument.inverse) {
    const raw = num * BigInt(price) * BigInt(qty);
    return raw % den === 0n ? { num: raw / den, den: 1n } : { num: raw, den };
  }
  if (!(price > 0)) {
    throw new QuantlaxmiError(
      'QL_PORTFOLIO_FILL',
      `${instrument.instrumentId}: price ${price} of an inverse contract; expected one above 0.`,
      { context: { inst: instrument.instrumentId, price } },
    );
  }
  return { num: num * BigInt(qty), den: den * BigInt(price) };
}
