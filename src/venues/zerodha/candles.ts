/**
 * Candles of Kite (`GET /instruments/historical/:token/:interval`) → bars.
 * Source: kite.trade/docs/connect/v3/historical.
 * @module
 */
import type { JsonValue } from '../../core/index.js';
import type { BarBody, InstrumentBody } from '../../events/index.js';
import { parseMantissa } from '../../fixed-point/index.js';
import { plainDecimal, refuseJson } from './internal/json-row.js';
import { istTimeUs } from './rest/ist-time.js';

/** A candle. Prices are decimal text. */
export interface KiteCandle {
  /** Start of the interval, µs. */
  readonly openTs: number;
  readonly open: string;
  readonly high: string;
  readonly low: string;
  readonly close: string;
  readonly volume: number;
  /** Null where it was not asked for. */
  readonly openInterest: number | null;
}

const TIME = /^(\d{4}-\d{2}-\d{2})T(\d{2}:\d{2}:\d{2})\+05:?30$/;

function decimal(value: JsonValue | undefined, place: string): string {
  const text = typeof value === 'string' ? plainDecimal(value) : null;
  return text ?? refuseJson(place, 'found no number where one belongs');
}

function count(value: JsonValue | undefined, place: string): number {
  const text = decimal(value, place);
  if (!/^\d{1,15}$/.test(text)) return refuseJson(place, `found ${text}, expected a whole number`);
  return parseMantissa(text, 0);
}

function openTime(value: JsonValue | undefined, place: string): number {
  const parts = typeof value === 'string' ? TIME.exec(value) : null;
  if (parts === null) return refuseJson(place, 'found no time like 2017-12-15T09:15:00+0530');
  return istTimeUs(`${parts[1]} ${parts[2]}`);
}

/**
 * Reads candles.
 *
 * @param data - `data` of the answer, each number its digits
 * @returns candles in the order of the answer; O(answer)
 * @throws QuantlaxmiError QL_KITE_TEXT naming the candle; QL_BAD_INPUT for a day no calendar has
 * @example
 * ```ts
 * import { decodeCandles } from 'quantlaxmi/venues/zerodha';
 *
 * const [first] = decodeCandles({
 *   candles: [['2017-12-15T09:15:00+0530', '1704.5', '1705', '1699.25', '1702.8', '2499']],
 * });
 * [first?.openTs, first?.low, first?.volume]; // => [1513309500000000, '1699.25', 2499]
 * ```
 */
export function decodeCandles(data: JsonValue): KiteCandle[] {
  const isObject = typeof data === 'object' && data !== null && !Array.isArray(data);
  const candles = isObject ? (data as { readonly [key: string]: JsonValue })['candles'] : undefined;
  if (!Array.isArray(candles)) return refuseJson('candles', 'found no array "candles"');
  return (candles as readonly JsonValue[]).map((candle, i) => {
    const place = `candles, item ${i}`;
    if (!Array.isArray(candle) || candle.length < 6 || candle.length > 7) {
      return refuseJson(place, 'found no array of 6 or 7 values');
    }
    const values = candle as readonly JsonValue[];
    return {
      openTs: openTime(values[0], place),
      open: decimal(values[1], place),
      high: decimal(values[2], place),
      low: decimal(values[3], place),
      close: decimal(values[4], place),
      volume: count(values[5], place),
      openInterest: values.length === 7 ? count(values[6], place) : null,
    };
  });
}

const MINUTE_US = 60_000_000;

const INTERVALS: ReadonlyMap<string, number> = /* @__PURE__ */ new Map([
  ['minute', MINUTE_US],
  ['3minute', 3 * MINUTE_US],
  ['5minute', 5 * MINUTE_US],
  ['10minute', 10 * MINUTE_US],
  ['15minute', 15 * MINUTE_US],
  ['30minute', 30 * MINUTE_US],
  ['60minute', 60 * MINUTE_US],
  ['day', 1440 * MINUTE_US],
]);

/** Length of an interval in µs by the venue's word (`minute`, `day`); null when it is none. */
export function kiteIntervalUs(interval: string): number | null {
  return INTERVALS.get(interval) ?? null;
}

/** Over what a candle reaches, and when it was seen; see {@link kiteBarBody}. */
export interface KiteBarTerms {
  readonly intervalUs: number;
  /** Receive time of the answer, µs: a candle whose interval is not over by then still grows. */
  readonly rx: number;
}

/**
 * The Bar event's body of a candle. Kite counts neither trades nor traded value.
 *
 * @param candle - the candle
 * @param instrument - instrument it was asked for
 * @param terms - interval and receive time
 * @throws QuantlaxmiError QL_KITE_TEXT when open or close lie outside of low and high, or a price
 * is not above zero (commodities excepted); QL_FIXED_INEXACT when a price is finer than the
 * instrument
 */
export function kiteBarBody(
  candle: KiteCandle,
  instrument: InstrumentBody,
  terms: KiteBarTerms,
): BarBody {
  const price = (text: string): number => parseMantissa(text, instrument.priceExponent);
  const [open, high, low, close] = [candle.open, candle.high, candle.low, candle.close].map(
    price,
  ) as [number, number, number, number];
  const inst = instrument.instrumentId;
  const shaped = low <= Math.min(open, close) && high >= Math.max(open, close);
  if (!shaped) refuseJson(`candle of ${inst}`, 'found open or close outside of low and high');
  // Only commodities have traded at zero or below.
  if (low <= 0 && instrument.venue !== 'MCX') {
    refuseJson(`candle of ${inst}`, `found a low of ${candle.low}`);
  }
  return {
    close,
    final: candle.openTs + terms.intervalUs <= terms.rx,
    high,
    inst,
    intervalUs: terms.intervalUs,
    low,
    open,
    openTs: candle.openTs,
    trades: null,
    turnover: null,
    volume: candle.volume,
  };
}
