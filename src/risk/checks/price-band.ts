/**
 * Prices that are allowed at all, fixed for a day.
 * @module
 */
import * as z from 'zod/mini';
import { QuantlaxmiError } from '../../core/index.js';
import type { InstrumentBody } from '../../events/index.js';
import {
  compareRational,
  formatMantissa,
  type Rational,
  rational,
  rationalToMantissa,
} from '../../fixed-point/index.js';
import type { RiskCheck } from '../types.js';
import { type CheckEntry, countSchema, widthSchema } from './entry.js';
import {
  decimalAbove0,
  integerFrom,
  limitOf,
  limitsByKey,
  perDeclaration,
  worstPrice,
} from './limits.js';
import { holds, isKnown, refuses } from './result.js';

/** Lowest and highest price, or a reference and how far from it prices may be. */
export type PriceBand =
  /** Both inclusive, decimal text. */
  | { readonly low: string; readonly high: string }
  /** Reference price (previous close, say), decimal text, and basis points of it. */
  | { readonly reference: string; readonly bps: number };

interface Edges {
  readonly low: Rational;
  readonly high: Rational;
}

interface Band {
  readonly low: number;
  readonly high: number;
  readonly lowText: string;
  readonly highText: string;
}

function readBand(band: PriceBand, place: string): Edges {
  if ('low' in band) {
    const low = decimalAbove0(`${place}: low`, band.low);
    const high = decimalAbove0(`${place}: high`, band.high);
    if (compareRational(low, high) <= 0) return { low, high };
    throw new QuantlaxmiError(
      'QL_BAD_INPUT',
      `${place}: low ${band.low} is above high ${band.high}; no price would be allowed.`,
      { context: { place } },
    );
  }
  const reference = decimalAbove0(`${place}: reference`, band.reference);
  const bps = BigInt(integerFrom(`${place}: bps`, band.bps, { min: 0, max: 1_000_000 }));
  const at = (part: bigint) => rational(reference.num * part, reference.den * 10_000n);
  return { low: at(bps < 10_000n ? 10_000n - bps : 0n), high: at(10_000n + bps) };
}

/** Edges in the instrument's mantissas, rounded inwards. */
function bandOf(edges: Edges, { priceExponent }: InstrumentBody): Band {
  const low = rationalToMantissa(edges.low, priceExponent, 'ceil');
  const high = rationalToMantissa(edges.high, priceExponent, 'floor');
  return {
    low,
    high,
    lowText: formatMantissa(low, priceExponent),
    highText: formatMantissa(high, priceExponent),
  };
}

/**
 * Denies an order outside of the prices of the day (a static band): the venue's circuit limits, or
 * so many basis points around a reference such as the previous close. A market order is judged by
 * the worst price it would reach in the liquidity on display; where that is unknown it is denied.
 *
 * @param options - `bands`: instrument id → edges, `*` for all others; an instrument without a
 *   band is denied. `untilUs`: moment (µs since the epoch) from which the bands are out of date
 *   and all orders are denied, so that yesterday's close is not taken for today's; null when they
 *   do not age
 * @throws QL_BAD_INPUT
 * @example
 * ```ts
 * import { priceBand } from 'quantlaxmi/risk';
 *
 * priceBand({
 *   untilUs: 1_763_956_800_000_000,
 *   bands: { 'NSE:EQ:INFY': { reference: '1567.80', bps: 1_000 } },
 * }).id;
 * // => 'priceBand'
 * ```
 */
export function priceBand(options: {
  readonly bands: Readonly<Record<string, PriceBand>>;
  readonly untilUs: number | null;
}): RiskCheck {
  const edges = limitsByKey('priceBand', options.bands, readBand);
  const untilUs =
    options.untilUs === null
      ? null
      : integerFrom('priceBand: untilUs', options.untilUs, { min: 1 });
  const bandFor = perDeclaration((instrument) => {
    const own = limitOf(edges, instrument.instrumentId);
    return own === null ? null : bandOf(own, instrument);
  });
  const until = String(untilUs);
  return {
    id: 'priceBand',
    inputs: ['nowUs', 'instrument', 'sweepPrice'],
    spec: { check: 'priceBand', bands: { ...options.bands }, untilUs },
    evaluate(intent, view) {
      const instrument = view.instrument(intent.inst);
      if (instrument === null) return refuses('QL_RISK_INSTRUMENT_UNKNOWN', '', '');
      const band = bandFor(instrument);
      if (band === null) return refuses('QL_RISK_LIMIT_UNSET', '', '');
      const price = worstPrice(intent, view);
      if (price === null) return refuses('QL_RISK_PRICE_UNKNOWN', '', '');
      const { nowUs } = view;
      if (!isKnown(nowUs) || (untilUs !== null && nowUs >= untilUs)) {
        return refuses('QL_RISK_LIMIT_EXPIRED', String(nowUs), until);
      }
      const observed = formatMantissa(price, instrument.priceExponent);
      if (price < band.low) return refuses('QL_RISK_PRICE_BAND', observed, band.lowText);
      if (price > band.high) return refuses('QL_RISK_PRICE_BAND', observed, band.highText);
      return holds(observed, intent.side === 'buy' ? band.highText : band.lowText);
    },
  };
}

const schema = () =>
  z.strictObject({
    check: z.literal('priceBand'),
    bands: z.record(
      z.string(),
      z.union([
        z.strictObject({ low: z.string(), high: z.string() }),
        z.strictObject({ reference: z.string(), bps: widthSchema() }),
      ]),
    ),
    untilUs: z.nullable(countSchema()),
  });

/** Entry of {@link priceBand}. */
export const priceBandCheckEntry: CheckEntry<ReturnType<typeof schema>> = {
  check: 'priceBand',
  schema,
  make: priceBand,
  doc: {
    what: 'Price of an order against a band fixed for the day (static collar, circuit limits).',
    codes: [
      'QL_RISK_INSTRUMENT_UNKNOWN',
      'QL_RISK_LIMIT_EXPIRED',
      'QL_RISK_LIMIT_UNSET',
      'QL_RISK_PRICE_BAND',
      'QL_RISK_PRICE_UNKNOWN',
    ],
    unit: 'price',
    default: 'none',
    source: 'RTS 6 Art. 15(1)(a); exchange price bands',
  },
};
