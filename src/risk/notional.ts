/**
 * What an intent would be worth.
 * @module
 */
import type { InstrumentBody, IntentBody } from '../events/index.js';
import { compareRational, parseRational, type Rational, rational } from '../fixed-point/index.js';
import { unitValue } from './exposure.js';
import type { RiskView } from './types.js';
import { product, valueFactor } from './value-factor.js';

/**
 * Value of `qty` at `price` in `currency`; null when the instrument is not valued in it. Linear
 * contracts are valued in the quote currency; inverse ones in the settlement currency, and in the
 * quote currency at their face value.
 */
export function notionalIn(
  instrument: InstrumentBody,
  order: { readonly price: number; readonly qty: number },
  currency: string,
): Rational | null {
  if (!instrument.inverse) {
    if (currency !== instrument.quote) return null;
    const { den, num } = valueFactor(instrument);
    const size = product(order.price, order.qty);
    return { num: num === 1n ? size : num * size, den };
  }
  if (currency === instrument.settle) {
    const { den, num } = unitValue(instrument, order.price);
    return { num: num * BigInt(order.qty), den };
  }
  if (currency !== instrument.quote) return null;
  const face = parseRational(instrument.multiplier);
  const { qtyExponent } = instrument;
  const scale = 10n ** BigInt(Math.abs(qtyExponent));
  return qtyExponent < 0
    ? rational(face.num * BigInt(order.qty), face.den * scale)
    : rational(face.num * BigInt(order.qty) * scale, face.den);
}

/**
 * Prices at which the order may execute and so must be valued: a limit order's own price, and the
 * opposite touch when it is better; a market order's sweep price. Null when none is known.
 */
export function valuationPrices(intent: IntentBody, view: RiskView): readonly number[] | null {
  const { inst, price, qty, side } = intent;
  if (intent.type === 'market' || price === null) {
    const sweep = view.sweepPrice(inst, side, qty);
    return sweep !== null && Number.isSafeInteger(sweep) && sweep > 0 ? [sweep] : null;
  }
  const touch = view.touch(inst);
  const opposite = side === 'buy' ? (touch?.ask ?? null) : (touch?.bid ?? null);
  if (opposite === null || !(opposite > 0)) return [price];
  const marketable = side === 'buy' ? opposite < price : opposite > price;
  return marketable ? [price, opposite] : [price];
}

/**
 * True when an execution at a better price than the limit would be worth more in `currency` and
 * nothing tells how much: the seller of a linear contract, the buyer of an inverse one, before any
 * best prices came. An empty opposite side is known: nothing can execute there.
 */
export function mayBeWorthMore(
  { instrument, currency }: { readonly instrument: InstrumentBody; readonly currency: string },
  intent: IntentBody,
  view: Pick<RiskView, 'touch'>,
): boolean {
  if (intent.type === 'market') return false;
  const worthMore = instrument.inverse
    ? intent.side === 'buy' && currency === instrument.settle
    : intent.side === 'sell';
  if (!worthMore) return false;
  const touch = view.touch(intent.inst);
  if (touch === null) return true;
  const opposite = intent.side === 'buy' ? touch.ask : touch.bid;
  return opposite !== null && !Number.isSafeInteger(opposite);
}

/** The larger of two fractions. */
export function larger(a: Rational | null, b: Rational): Rational {
  return a === null || compareRational(a, b) < 0 ? b : a;
}
