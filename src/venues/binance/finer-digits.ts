/**
 * The same instrument on a finer grid of digits.
 * @module
 */
import type { InstrumentBody } from '../../events/index.js';
import { MANTISSA_MAX, rescaleExact } from '../../fixed-point/index.js';

/** A limit beyond 2^53−1 is cut to what an order can hold at all. */
function rescaleLimit(limit: number, from: number, to: number): number {
  let scaled = limit;
  for (let exponent = from; exponent > to; exponent--) {
    scaled *= 10;
    if (scaled > MANTISSA_MAX) return MANTISSA_MAX;
  }
  return scaled;
}

/**
 * An instrument whose exponents reach at least the given ones. Tick, lot and limits keep their
 * values: only their mantissas change. Books hold orders placed before the venue made its tick or
 * lot coarser (seen in real snapshots: 1.56842 with a tick of 0.001), and those must be read too.
 *
 * @param instrument - as declared by the venue
 * @param priceExponent - coarsest price exponent wanted
 * @param qtyExponent - coarsest quantity exponent wanted
 * @returns the instrument itself when it is fine enough
 * @throws QL_FIXED_OVERFLOW when tick, lot or smallest quantity do not fit
 * @example
 * ```ts
 * import { inferredInstrument, withFinerDigits } from 'quantlaxmi/venues/binance';
 *
 * const perp = inferredInstrument({
 *   market: 'usdm', symbol: 'CTKUSDT', priceDecimals: 3, qtyDecimals: 0,
 * });
 * const finer = withFinerDigits(perp, -5, 0);
 * [finer.priceExponent, finer.tick, finer.qtyExponent]; // => [-5, 100, 0]
 * ```
 */
export function withFinerDigits(
  instrument: InstrumentBody,
  priceExponent: number,
  qtyExponent: number,
): InstrumentBody {
  const { priceExponent: oldPrice, qtyExponent: oldQty } = instrument;
  const newPrice = Math.min(oldPrice, priceExponent);
  const newQty = Math.min(oldQty, qtyExponent);
  if (newPrice === oldPrice && newQty === oldQty) return instrument;
  const { lot, maxQty, minQty, strike, tick } = instrument;
  return {
    ...instrument,
    lot: rescaleExact(lot, oldQty, newQty),
    maxQty: maxQty === null ? null : rescaleLimit(maxQty, oldQty, newQty),
    minQty: rescaleExact(minQty, oldQty, newQty),
    priceExponent: newPrice,
    qtyExponent: newQty,
    strike: strike === null ? null : rescaleExact(strike, oldPrice, newPrice),
    tick: rescaleExact(tick, oldPrice, newPrice),
  };
}
