/**
 * How far the price of an order may be from a fresh reference.
 * @module
 */
import * as z from 'zod/mini';
import { QuantlaxmiError } from '../../core/index.js';
import type { InstrumentBody, IntentBody } from '../../events/index.js';
import { formatMantissa, mulDiv } from '../../fixed-point/index.js';
import type { CheckResult, RiskCheck, RiskInput, RiskView } from '../types.js';
import { type CheckEntry, countSchema, widthSchema } from './entry.js';
import { integerFrom, limitOf, limitsByKey, oneOf, specByKey, worstPrice } from './limits.js';
import { holds, isKnown, positiveInteger, refuses } from './result.js';

/** Width of a collar. Each limit given must hold; `ticks` or `bps` must be given. */
export interface CollarBand {
  /** How far a buy may be above the reference, and a sell below it, ticks. */
  readonly ticks?: number | undefined;
  /** The same in basis points of the reference. */
  readonly bps?: number | undefined;
  /** How far a buy may be below the reference, and a sell above it, ticks; absent: any. */
  readonly passiveTicks?: number | undefined;
  /** The same in basis points of the reference. */
  readonly passiveBps?: number | undefined;
}

/** What a collar measures from. */
export type CollarReference = 'mark' | 'mid' | 'last';

/** Twice the reference, so that a middle between two ticks is an integer, and its receive time. */
interface Reference {
  readonly twice: number;
  readonly rx: number;
}

const WIDTHS = ['ticks', 'bps', 'passiveTicks', 'passiveBps'] as const;
const REFERENCES = ['mark', 'mid', 'last'] as const;
const INPUTS: Readonly<Record<CollarReference, RiskInput>> = {
  mark: 'mark',
  mid: 'touch',
  last: 'lastTrade',
};

function referenceOf(view: RiskView, inst: string, from: CollarReference): Reference | null {
  if (from !== 'mid') {
    const mark = from === 'mark' ? view.mark(inst) : view.lastTrade(inst);
    return mark === null ? null : { twice: mark.price * 2, rx: mark.rx };
  }
  const touch = view.touch(inst);
  // One side alone, or sides that cross, have no middle.
  if (touch === null || touch.ask === null || touch.bid === null) return null;
  return touch.ask < touch.bid ? null : { twice: touch.ask + touch.bid, rx: touch.rx };
}

/** Highest price this far above half of `twice`; rounded down to a mantissa. */
function above(
  twice: number,
  tick: number,
  { ticks, bps }: { readonly ticks: number | undefined; readonly bps: number | undefined },
): number {
  let bound = Number.MAX_SAFE_INTEGER;
  if (ticks !== undefined) bound = Math.floor((twice + 2 * ticks * tick) / 2);
  if (bps !== undefined) bound = Math.min(bound, mulDiv(twice, 10_000 + bps, 20_000, 'floor'));
  return bound;
}

/** Lowest price this far below half of `twice`; rounded up to a mantissa. */
function below(
  twice: number,
  tick: number,
  { ticks, bps }: { readonly ticks: number | undefined; readonly bps: number | undefined },
): number {
  let bound = -Number.MAX_SAFE_INTEGER;
  if (ticks !== undefined) bound = Math.ceil((twice - 2 * ticks * tick) / 2);
  if (bps !== undefined) bound = Math.max(bound, mulDiv(twice, 10_000 - bps, 20_000, 'ceil'));
  return bound;
}

function judged(
  intent: IntentBody,
  instrument: InstrumentBody,
  prices: { readonly price: number; readonly twice: number; readonly band: CollarBand },
): CheckResult {
  const { price, twice, band } = prices;
  const { tick, priceExponent } = instrument;
  const buying = intent.side === 'buy';
  const worse = { ticks: band.ticks, bps: band.bps };
  const better = { ticks: band.passiveTicks, bps: band.passiveBps };
  const high = above(twice, tick, buying ? worse : better);
  const low = below(twice, tick, buying ? better : worse);
  const observed = formatMantissa(price, priceExponent);
  if (!isKnown(high) || !isKnown(low)) return refuses('QL_RISK_PRICE_COLLAR', observed, '');
  if (price > high) {
    return refuses('QL_RISK_PRICE_COLLAR', observed, formatMantissa(high, priceExponent));
  }
  if (price < low) {
    return refuses('QL_RISK_PRICE_COLLAR', observed, formatMantissa(low, priceExponent));
  }
  return holds(observed, formatMantissa(buying ? high : low, priceExponent));
}

function readBand(band: CollarBand, place: string): Readonly<Record<string, number>> {
  const read: Record<string, number> = {};
  for (const name of WIDTHS) {
    const width = band[name];
    if (width !== undefined) read[name] = integerFrom(`${place}: ${name}`, width, { min: 0 });
  }
  if (band.ticks !== undefined || band.bps !== undefined) return read;
  throw new QuantlaxmiError(
    'QL_BAD_INPUT',
    `${place}: neither ticks nor bps is given; a collar without a width holds nothing back.`,
    { context: { place } },
  );
}

/**
 * Denies an order whose price is too far from a fresh reference: a buy above it, a sell below it,
 * and, where asked for, the other way as well. A market order is judged by the worst price it
 * would reach in the liquidity on display; where that is unknown it is denied. So is any order
 * while the reference is missing, too old, from the future or from a book whose sides cross.
 *
 * @param options - `reference`: the venue's mark or what stands in for it (`mark`), the exact
 *   middle of the best prices (`mid`), or the last print (`last`). `ageMaxUs`: oldest reference
 *   allowed, µs. `bands`: instrument id → width, `*` for all others; an instrument without one is
 *   denied
 * @throws QL_BAD_INPUT
 * @example
 * ```ts
 * import { priceCollar } from 'quantlaxmi/risk';
 *
 * priceCollar({
 *   reference: 'mid',
 *   ageMaxUs: 1_000_000,
 *   bands: { 'BINANCE:USDM:BTCUSDT': { bps: 50, passiveBps: 1_000 } },
 * }).id;
 * // => 'priceCollar'
 * ```
 */
export function priceCollar(options: {
  readonly reference: CollarReference;
  readonly ageMaxUs: number;
  readonly bands: Readonly<Record<string, CollarBand>>;
}): RiskCheck {
  const from = oneOf('priceCollar: reference', options.reference, REFERENCES);
  const ageMaxUs = positiveInteger('priceCollar', 'ageMaxUs', options.ageMaxUs);
  const bands = limitsByKey('priceCollar', options.bands, readBand);
  const ageLimit = String(ageMaxUs);
  return {
    id: 'priceCollar',
    inputs: ['nowUs', 'instrument', 'sweepPrice', INPUTS[from]],
    spec: {
      check: 'priceCollar',
      reference: from,
      ageMaxUs,
      bands: specByKey(bands),
    },
    evaluate(intent, view) {
      const instrument = view.instrument(intent.inst);
      if (instrument === null) return refuses('QL_RISK_INSTRUMENT_UNKNOWN', '', '');
      const band = limitOf(bands, intent.inst);
      if (band === null) return refuses('QL_RISK_LIMIT_UNSET', '', '');
      const price = worstPrice(intent, view);
      if (price === null) return refuses('QL_RISK_PRICE_UNKNOWN', '', '');
      const reference = referenceOf(view, intent.inst, from);
      if (reference === null) return refuses('QL_RISK_REFERENCE_MISSING', '', from);
      const { twice, rx } = reference;
      if (!isKnown(twice) || twice <= 0) return refuses('QL_RISK_REFERENCE_MISSING', '', from);
      const ageUs = view.nowUs - rx;
      if (!isKnown(ageUs) || ageUs < 0 || ageUs > ageMaxUs) {
        return refuses('QL_RISK_REFERENCE_STALE', String(ageUs), ageLimit);
      }
      return judged(intent, instrument, { price, twice, band });
    },
  };
}

const schema = () => {
  const width = () => z.optional(widthSchema());
  const band = z.strictObject({
    ticks: width(),
    bps: width(),
    passiveTicks: width(),
    passiveBps: width(),
  });
  return z.strictObject({
    check: z.literal('priceCollar'),
    reference: z.enum(REFERENCES),
    ageMaxUs: countSchema(),
    bands: z.record(z.string(), band),
  });
};

/** Entry of {@link priceCollar}. */
export const priceCollarCheckEntry: CheckEntry<ReturnType<typeof schema>> = {
  check: 'priceCollar',
  schema,
  make: priceCollar,
  doc: {
    what: 'Price of an order against a fresh mark, middle or last print (dynamic collar).',
    codes: [
      'QL_RISK_INSTRUMENT_UNKNOWN',
      'QL_RISK_LIMIT_UNSET',
      'QL_RISK_PRICE_COLLAR',
      'QL_RISK_PRICE_UNKNOWN',
      'QL_RISK_REFERENCE_MISSING',
      'QL_RISK_REFERENCE_STALE',
    ],
    unit: 'price',
    default: 'none',
    source: 'RTS 6 Art. 15(1)(a); SEC 15c3-5(c)(1)(ii)',
  },
};
