/**
 * Quotes of Kite over REST: `GET /quote`, `/quote/ohlc`, `/quote/ltp`.
 * Source: kite.trade/docs/connect/v3/market-quotes.
 * @module
 */
import { type JsonValue, QuantlaxmiError } from '../../core/index.js';
import { parseMantissa } from '../../fixed-point/index.js';
import { JsonRow } from './internal/json-row.js';
import { KITE_INDICES, type KiteExponent, kiteSegment } from './segments.js';
import type { KiteDepthLevel, KiteTick } from './ticks.js';

/** One level of a quote's depth. */
export interface KiteQuoteLevel {
  /** Decimal text. */
  readonly price: string;
  readonly qty: number;
  readonly orders: number;
}

/** A quote. Prices are decimal text, times µs; what the answer does not hold is null. */
export interface KiteQuote {
  /** As it was asked for: `NSE:INFY`. */
  readonly name: string;
  readonly token: number;
  readonly last: string;
  readonly lastQty: number | null;
  readonly averagePrice: string | null;
  readonly volume: number | null;
  readonly buyQty: number | null;
  readonly sellQty: number | null;
  readonly open: string | null;
  readonly high: string | null;
  readonly low: string | null;
  readonly close: string | null;
  readonly netChange: string | null;
  readonly lowerCircuit: string | null;
  readonly upperCircuit: string | null;
  readonly openInterest: number | null;
  readonly openInterestHigh: number | null;
  readonly openInterestLow: number | null;
  readonly lastTradeTime: number | null;
  readonly exchangeTime: number | null;
  readonly bids: readonly KiteQuoteLevel[] | null;
  readonly asks: readonly KiteQuoteLevel[] | null;
}

function sideOf(depth: JsonRow | null, name: string): KiteQuoteLevel[] | null {
  if (depth === null) return null;
  return depth.list(name).map((level, i) => {
    const row = new JsonRow(level, `${depth.place}, "${name}" ${i}`);
    return { price: row.decimal('price'), qty: row.count('quantity'), orders: row.count('orders') };
  });
}

function quoteOf(name: string, row: JsonRow): KiteQuote {
  const ohlc = row.value('ohlc') === undefined ? null : row.row('ohlc');
  const depth = row.value('depth') === undefined ? null : row.row('depth');
  return {
    name,
    token: row.count('instrument_token'),
    last: row.decimal('last_price'),
    lastQty: row.countOrNull('last_quantity'),
    averagePrice: row.decimalOrNull('average_price'),
    volume: row.countOrNull('volume'),
    buyQty: row.countOrNull('buy_quantity'),
    sellQty: row.countOrNull('sell_quantity'),
    open: ohlc?.decimal('open') ?? null,
    high: ohlc?.decimal('high') ?? null,
    low: ohlc?.decimal('low') ?? null,
    close: ohlc?.decimal('close') ?? null,
    netChange: row.decimalOrNull('net_change'),
    lowerCircuit: row.decimalOrNull('lower_circuit_limit'),
    upperCircuit: row.decimalOrNull('upper_circuit_limit'),
    openInterest: row.countOrNull('oi'),
    openInterestHigh: row.countOrNull('oi_day_high'),
    openInterestLow: row.countOrNull('oi_day_low'),
    lastTradeTime: row.timeOrNull('last_trade_time'),
    exchangeTime: row.timeOrNull('timestamp'),
    bids: sideOf(depth, 'buy'),
    asks: sideOf(depth, 'sell'),
  };
}

/**
 * Reads full quotes, OHLC quotes and last prices. Every decimal is the text that was sent.
 *
 * @param data - `data` of the answer, each number its digits
 * @returns quotes in the order of the answer; O(answer)
 * @throws QuantlaxmiError QL_KITE_TEXT naming instrument and field
 * @example
 * ```ts
 * import { decodeQuotes } from 'quantlaxmi/venues/zerodha';
 *
 * const [infy] = decodeQuotes({
 *   'NSE:INFY': { instrument_token: '408065', last_price: '1074.35' },
 * });
 * [infy?.last, infy?.volume]; // => ['1074.35', null]
 * ```
 */
export function decodeQuotes(data: JsonValue): KiteQuote[] {
  const all = new JsonRow(data, 'quotes');
  return all.names().map((name) => quoteOf(name, all.row(name)));
}

const SECOND_US = 1_000_000;

/**
 * A quote as the tick that would have said the same: prices become mantissas at the exponent of the
 * token's segment. The average price, which an answer may print with more digits, is left out.
 *
 * @param quote - the quote
 * @throws QuantlaxmiError QL_KITE_TEXT for a token of an unknown segment; QL_FIXED_INEXACT when a
 * price is finer than its segment
 */
export function quoteTick(quote: KiteQuote): KiteTick {
  const segment = kiteSegment(quote.token);
  if (segment === null) {
    throw new QuantlaxmiError(
      'QL_KITE_TEXT',
      `Kite quote: found token ${quote.token} of an unknown segment. Ask for another instrument.`,
      { context: { token: quote.token } },
    );
  }
  const { exponent } = segment;
  const price = (text: string | null): number | null =>
    text === null ? null : parseMantissa(text, exponent);
  const seconds = (us: number | null): number | null => (us === null ? null : us / SECOND_US);
  return {
    token: quote.token,
    exponent,
    tradable: segment.code !== KITE_INDICES,
    mode: quote.bids !== null ? 'full' : quote.open !== null ? 'quote' : 'ltp',
    last: parseMantissa(quote.last, exponent),
    lastQty: quote.lastQty,
    averagePrice: null,
    volume: quote.volume,
    buyQty: quote.buyQty,
    sellQty: quote.sellQty,
    open: price(quote.open),
    high: price(quote.high),
    low: price(quote.low),
    close: price(quote.close),
    change: null,
    lastTradeTime: seconds(quote.lastTradeTime),
    openInterest: quote.openInterest,
    openInterestHigh: quote.openInterestHigh,
    openInterestLow: quote.openInterestLow,
    exchangeTime: seconds(quote.exchangeTime),
    bids: levelsOf(quote.bids, exponent),
    asks: levelsOf(quote.asks, exponent),
  };
}

function levelsOf(
  side: readonly KiteQuoteLevel[] | null,
  exponent: KiteExponent,
): KiteDepthLevel[] | null {
  if (side === null) return null;
  return side.map(({ price, qty, orders }) => ({
    price: parseMantissa(price, exponent),
    qty,
    orders,
  }));
}
