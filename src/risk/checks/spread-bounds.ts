/**
 * How far apart the best prices may be.
 * @module
 */
import * as z from 'zod/mini';
import { QuantlaxmiError } from '../../core/index.js';
import { formatMantissa } from '../../fixed-point/index.js';
import type { CheckResult, RiskCheck } from '../types.js';
import { type CheckEntry, widthSchema } from './entry.js';
import { compareProducts, integerFrom, limitOf, limitsByKey, specByKey } from './limits.js';
import { holds, isKnown, refuses } from './result.js';

/** Bounds of a spread; at least one of the upper ones must be given. All inclusive. */
export interface SpreadBounds {
  readonly minTicks?: number | undefined;
  readonly maxTicks?: number | undefined;
  /** Basis points of the middle. */
  readonly minBps?: number | undefined;
  readonly maxBps?: number | undefined;
}

const NAMES = ['minTicks', 'maxTicks', 'minBps', 'maxBps'] as const;

function readBounds(bounds: SpreadBounds, place: string): Readonly<Record<string, number>> {
  const read: Record<string, number> = {};
  for (const name of NAMES) {
    const bound = bounds[name];
    if (bound !== undefined) read[name] = integerFrom(`${place}: ${name}`, bound, { min: 0 });
  }
  if (bounds.maxTicks !== undefined || bounds.maxBps !== undefined) return read;
  throw new QuantlaxmiError(
    'QL_BAD_INPUT',
    `${place}: neither maxTicks nor maxBps is given; a spread without an upper bound is no check.`,
    { context: { place } },
  );
}

function outside(bid: number, ask: number, tick: number, bounds: SpreadBounds): string {
  const { maxTicks, minTicks, maxBps, minBps } = bounds;
  const spread = ask - bid;
  // spread / middle × 10^4 against bps, cross-multiplied.
  const bps = (bound: number) => compareProducts(spread, 20_000, bound, bid + ask);
  if (maxTicks !== undefined && compareProducts(spread, 1, maxTicks, tick) > 0) return 'max';
  if (maxBps !== undefined && bps(maxBps) > 0) return 'max';
  if (minTicks !== undefined && compareProducts(spread, 1, minTicks, tick) < 0) return 'min';
  return minBps !== undefined && bps(minBps) < 0 ? 'min' : '';
}

/**
 * Denies an order while the best prices are too far apart or too near, where they meet or cross,
 * and where one side is missing.
 *
 * @param options - `bounds`: instrument id → bounds, `*` for all others; an instrument without any
 *   is denied
 * @throws QL_BAD_INPUT
 * @example
 * ```ts
 * import { spreadBounds } from 'quantlaxmi/risk';
 *
 * spreadBounds({ bounds: { '*': { maxBps: 20 } } }).id;
 * // => 'spreadBounds'
 * ```
 */
export function spreadBounds(options: {
  readonly bounds: Readonly<Record<string, SpreadBounds>>;
}): RiskCheck {
  const limits = limitsByKey('spreadBounds', options.bounds, readBounds);
  const texts = new Map([...limits.values()].map((bounds) => [bounds, textOf(bounds)]));
  return {
    id: 'spreadBounds',
    inputs: ['instrument', 'touch'],
    spec: {
      check: 'spreadBounds',
      bounds: specByKey(limits),
    },
    evaluate(intent, view): CheckResult {
      const instrument = view.instrument(intent.inst);
      if (instrument === null) return refuses('QL_RISK_INSTRUMENT_UNKNOWN', '', '');
      const bounds = limitOf(limits, intent.inst);
      if (bounds === null) return refuses('QL_RISK_LIMIT_UNSET', '', '');
      const text = texts.get(bounds) ?? '';
      const touch = view.touch(intent.inst);
      if (touch === null) return refuses('QL_RISK_QUOTE_MISSING', '', text);
      const { ask, bid } = touch;
      if (ask === null || bid === null) return refuses('QL_RISK_BOOK_ONE_SIDED', '', text);
      // Prices of 0 or below have no basis points.
      if (!(isKnown(bid + ask) && isKnown(ask) && bid > 0)) {
        return refuses('QL_RISK_QUOTE_MISSING', '', text);
      }
      const observed = formatMantissa(ask - bid, instrument.priceExponent);
      if (ask <= bid) return refuses('QL_RISK_BOOK_CROSSED', observed, text);
      const wrong = outside(bid, ask, instrument.tick, bounds);
      if (wrong === '') return holds(observed, text);
      return refuses(wrong === 'max' ? 'QL_RISK_SPREAD_MAX' : 'QL_RISK_SPREAD_MIN', observed, text);
    },
  };
}

/** Bounds as the record shows them: `maxBps 20, minTicks 1`. */
function textOf(bounds: SpreadBounds): string {
  return NAMES.filter((name) => bounds[name] !== undefined)
    .map((name) => `${name} ${bounds[name]}`)
    .join(', ');
}

const schema = () => {
  const bound = () => z.optional(widthSchema());
  const bounds = z.strictObject({
    minTicks: bound(),
    maxTicks: bound(),
    minBps: bound(),
    maxBps: bound(),
  });
  return z.strictObject({
    check: z.literal('spreadBounds'),
    bounds: z.record(z.string(), bounds),
  });
};

/** Entry of {@link spreadBounds}. */
export const spreadBoundsCheckEntry: CheckEntry<ReturnType<typeof schema>> = {
  check: 'spreadBounds',
  schema,
  make: spreadBounds,
  doc: {
    what: 'Distance of the best prices; also denied where they meet, cross or one is missing.',
    codes: [
      'QL_RISK_BOOK_CROSSED',
      'QL_RISK_BOOK_ONE_SIDED',
      'QL_RISK_INSTRUMENT_UNKNOWN',
      'QL_RISK_LIMIT_UNSET',
      'QL_RISK_QUOTE_MISSING',
      'QL_RISK_SPREAD_MAX',
      'QL_RISK_SPREAD_MIN',
    ],
    unit: 'price; limits in ticks or bps of the middle',
    default: 'none',
    source: 'own design',
  },
};
