/**
 * What a Binance symbol says about its instrument, for recordings that come without metadata.
 * @module
 */
import type { InstrumentBody } from '../../events/index.js';
import { parseMantissa } from '../../fixed-point/index.js';
import {
  BINANCE_VENUE,
  type BinanceMarket,
  binanceInstrumentId,
  binanceSegment,
} from './market.js';

/** Quote assets of Binance, longest first among those that end alike. */
const QUOTES = [
  'FDUSD',
  'USDT',
  'USDC',
  'BUSD',
  'TUSD',
  'USDP',
  'USDS',
  'USD1',
  'BIDR',
  'IDRT',
  'BVND',
  'AEUR',
  'EURI',
  'BTC',
  'ETH',
  'BNB',
  'EUR',
  'TRY',
  'BRL',
  'GBP',
  'AUD',
  'RUB',
  'UAH',
  'NGN',
  'ZAR',
  'PLN',
  'RON',
  'ARS',
  'JPY',
  'MXN',
  'CZK',
  'COP',
  'IDR',
  'DAI',
  'PAX',
  'XRP',
  'TRX',
  'DOGE',
  'DOT',
  'SOL',
  'VAI',
  'USD',
] as const;

/** Days from 1970-01-01 to a date of the proleptic Gregorian calendar. */
function daysFromCivil(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year;
  const era = Math.floor(y / 400);
  const yearOfEra = y - era * 400;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  const dayOfEra =
    yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
}

/** Delivery is at 08:00 UTC of the day in the symbol (`BTCUSDT_240927`). */
function expiryUs(suffix: string): number | null {
  const match = /^(\d\d)(\d\d)(\d\d)$/.exec(suffix);
  if (match === null) return null;
  const part = (group: number): number => parseMantissa(match[group] as string, 0);
  const [year, month, day] = [part(1), part(2), part(3)];
  return (daysFromCivil(2000 + year, month, day) * 24 + 8) * 3_600_000_000;
}

function splitPair(pair: string): { base: string; quote: string } {
  const quote = QUOTES.find((asset) => pair.endsWith(asset) && pair.length > asset.length);
  if (quote === undefined) return { base: pair, quote: '' };
  return { base: pair.slice(0, -quote.length), quote };
}

/** Input of {@link inferredInstrument}. */
export interface InferredInstrumentInput {
  readonly market: BinanceMarket;
  readonly symbol: string;
  /** Decimals of the finest price seen. */
  readonly priceDecimals: number;
  /** Decimals of the finest quantity seen. */
  readonly qtyDecimals: number;
}

/**
 * An instrument made from its symbol and the finest digits seen, marked `inferred: true`: tick and
 * lot are one unit of the last digit, its status is `trading` because it was seen to, limits are
 * unknown (so only a policy's own can let an order pass), and the contract multiplier of COIN-M
 * (which no message carries) is taken as `"1"`. Use exchangeInfo where it can be had.
 *
 * @example
 * ```ts
 * import { inferredInstrument } from 'quantlaxmi/venues/binance';
 *
 * const perp = inferredInstrument({
 *   market: 'coinm', symbol: 'BTCUSD_PERP', priceDecimals: 1, qtyDecimals: 0,
 * });
 * [perp.class, perp.base, perp.settle, perp.inverse, perp.inferred];
 * // => ['perp', 'BTC', 'BTC', true, true]
 * ```
 */
export function inferredInstrument(input: InferredInstrumentInput): InstrumentBody {
  const { market, symbol, priceDecimals, qtyDecimals } = input;
  const [pair, suffix = ''] = symbol.split('_') as [string, string?];
  const { base, quote } = splitPair(pair);
  const expiry = market === 'spot' ? null : expiryUs(suffix);
  return {
    base,
    class: market === 'spot' ? 'spot' : expiry === null ? 'perp' : 'future',
    expiry,
    inferred: true,
    instrumentId: binanceInstrumentId(market, symbol),
    inverse: market === 'coinm',
    lot: 1,
    maxQty: null,
    minNotional: null,
    minQty: 1,
    multiplier: '1',
    // 0 - n instead of -n: an exponent of 0 must not be -0.
    priceExponent: 0 - priceDecimals,
    qtyExponent: 0 - qtyDecimals,
    quote,
    right: null,
    segment: binanceSegment(market),
    settle: market === 'coinm' ? base : quote,
    // The recording shows it quoting or trading; nothing else about its state is known.
    status: 'trading',
    strike: null,
    symbol,
    tick: 1,
    validTo: null,
    venue: BINANCE_VENUE,
  };
}
