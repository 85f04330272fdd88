/**
 * `exchangeInfo` of spot, USD-M and COIN-M → instruments.
 * Field meanings: binance-spot-api-docs rest-api.md and filters.md; developers.binance.com,
 * derivatives, market data, Exchange Information.
 * @module
 */
import {
  isQuantlaxmiError,
  type JsonValue,
  parseStrictJson,
  QuantlaxmiError,
} from '../../core/index.js';
import type { InstrumentBody, InstrumentClass, InstrumentStatus } from '../../events/index.js';
import {
  decimalsOf,
  formatBig,
  MANTISSA_MAX,
  parseBig,
  parseMantissa,
  parseRational,
  rationalToBig,
} from '../../fixed-point/index.js';
import {
  BINANCE_VENUE,
  type BinanceMarket,
  binanceInstrumentId,
  binanceSegment,
} from './market.js';

type JsonObject = { readonly [key: string]: JsonValue };

/** exchangeInfo of all spot symbols is about 20 MB. */
const MAX_BYTES = 67_108_864;
/** Some three thousand symbols of a thousand values each. */
const MAX_PARTS = 4_000_000;

/** The finest exponent an instrument may have. */
const DECIMALS_MAX = 18;

const HALTED = new Set([
  'AUCTION_MATCH',
  'BREAK',
  'DELIVERING',
  'END_OF_DAY',
  'HALT',
  'PENDING_TRADING',
  'POST_TRADING',
  'PRE_DELIVERING',
  'PRE_SETTLE',
  'PRE_TRADING',
  'SETTLING',
]);
const CLOSED = new Set(['CLOSE', 'DELIVERED', 'DELISTED']);

function refuse(symbol: string, wrong: string): never {
  throw new QuantlaxmiError(
    'QL_VENUE_EXCHANGE_INFO',
    `exchangeInfo, symbol ${symbol}: ${wrong}. Fetch exchangeInfo of the recorded market again.`,
    { context: { symbol, wrong } },
  );
}

/** Any refusal of one symbol as one of the answer, with the symbol. */
function named(symbol: string, cause: QuantlaxmiError): QuantlaxmiError {
  if (cause.code === 'QL_VENUE_EXCHANGE_INFO') return cause;
  const wrong = cause.message;
  return new QuantlaxmiError('QL_VENUE_EXCHANGE_INFO', `exchangeInfo, symbol ${symbol}: ${wrong}`, {
    cause,
    context: { symbol, wrong },
  });
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function text(object: JsonObject, name: string, symbol: string): string {
  const value = object[name];
  return typeof value === 'string' ? value : refuse(symbol, `"${name}" is not a string`);
}

function filterOf(row: JsonObject, type: string): JsonObject | null {
  const filters = row['filters'];
  if (!Array.isArray(filters)) return null;
  const rows: readonly JsonValue[] = filters;
  const found = rows.find((f) => isObject(f) && f['filterType'] === type);
  return isObject(found) ? found : null;
}

/** `5.00000000` → `5`; zero and absent → null. */
function positiveDecimal(value: JsonValue | undefined): string | null {
  if (typeof value !== 'string') return null;
  const decimals = decimalsOf(value);
  const units = parseBig(value, 0 - decimals);
  return units === 0n ? null : formatBig(units, 0 - decimals);
}

function statusOf(row: JsonObject): InstrumentStatus {
  const status = row['status'] ?? row['contractStatus'];
  if (status === 'TRADING') return 'trading';
  if (typeof status !== 'string') return 'unknown';
  if (HALTED.has(status)) return 'halted';
  return CLOSED.has(status) ? 'closed' : 'unknown';
}

/** Largest quantity as a mantissa, down to a whole step, at most what a mantissa can hold. */
function maxQtyOf(value: JsonValue | undefined, exponent: number): number | null {
  if (typeof value !== 'string') return null;
  const units = rationalToBig(parseRational(value), exponent, 'floor');
  if (units === 0n) return null;
  if (units > BigInt(MANTISSA_MAX)) return MANTISSA_MAX;
  return parseMantissa(formatBig(units, exponent), exponent);
}

interface Steps {
  readonly exponent: number;
  readonly step: number;
}

/** Exponent and step of a filter field; a step of 0 (filter switched off) is one last digit. */
function stepsOf(filter: JsonObject, names: readonly [string, string], symbol: string): Steps {
  const step = text(filter, names[0], symbol);
  const smallest = text(filter, names[1], symbol);
  const decimals = Math.max(decimalsOf(step), decimalsOf(smallest));
  if (decimals > DECIMALS_MAX) {
    return refuse(symbol, `"${names[0]}" has ${decimals} decimals, expected at most 18`);
  }
  const exponent = 0 - decimals;
  return { exponent, step: parseMantissa(step, exponent) || 1 };
}

interface Contract {
  readonly class: InstrumentClass;
  readonly expiry: number | null;
  readonly multiplier: string;
  readonly settle: string;
}

function contractOf(row: JsonObject, market: BinanceMarket, symbol: string): Contract {
  if (market === 'spot') {
    return {
      class: 'spot',
      expiry: null,
      multiplier: '1',
      settle: text(row, 'quoteAsset', symbol),
    };
  }
  const settle = text(row, 'marginAsset', symbol);
  let multiplier = '1';
  if (market === 'coinm') {
    const size = row['contractSize'];
    if (typeof size !== 'number' || !Number.isSafeInteger(size) || size <= 0) {
      return refuse(
        symbol,
        `"contractSize" is ${JSON.stringify(size)}, expected a positive integer`,
      );
    }
    multiplier = size.toString();
  }
  if (text(row, 'contractType', symbol).includes('PERPETUAL')) {
    return { class: 'perp', expiry: null, multiplier, settle };
  }
  const delivery = row['deliveryDate'];
  if (typeof delivery !== 'number' || !Number.isSafeInteger(delivery * 1000)) {
    return refuse(symbol, '"deliveryDate" is not a time in ms');
  }
  return { class: 'future', expiry: delivery * 1000, multiplier, settle };
}

function instrumentOf(row: JsonObject, market: BinanceMarket): InstrumentBody {
  const symbol = typeof row['symbol'] === 'string' ? row['symbol'] : refuse('?', 'has no "symbol"');
  const priceFilter = filterOf(row, 'PRICE_FILTER') ?? refuse(symbol, 'has no PRICE_FILTER');
  const lotFilter = filterOf(row, 'LOT_SIZE') ?? refuse(symbol, 'has no LOT_SIZE');
  const price = stepsOf(priceFilter, ['tickSize', 'tickSize'], symbol);
  const qty = stepsOf(lotFilter, ['stepSize', 'minQty'], symbol);
  const notional = filterOf(row, 'NOTIONAL') ?? filterOf(row, 'MIN_NOTIONAL');
  const contract = contractOf(row, market, symbol);
  return {
    base: text(row, 'baseAsset', symbol),
    class: contract.class,
    expiry: contract.expiry,
    inferred: false,
    instrumentId: binanceInstrumentId(market, symbol),
    inverse: market === 'coinm',
    lot: qty.step,
    maxQty: maxQtyOf(lotFilter['maxQty'], qty.exponent),
    minNotional: positiveDecimal(notional?.['minNotional'] ?? notional?.['notional']),
    minQty: parseMantissa(text(lotFilter, 'minQty', symbol), qty.exponent),
    multiplier: contract.multiplier,
    priceExponent: price.exponent,
    qtyExponent: qty.exponent,
    quote: text(row, 'quoteAsset', symbol),
    right: null,
    segment: binanceSegment(market),
    settle: contract.settle,
    status: statusOf(row),
    strike: null,
    symbol,
    tick: price.step,
    validTo: null,
    venue: BINANCE_VENUE,
  };
}

/** A symbol of an `exchangeInfo` answer that no instrument could be made of. */
export interface RefusedSymbol {
  /** `?` for an entry without a name. */
  readonly symbol: string;
  readonly error: QuantlaxmiError;
}

/** What {@link readExchangeInfo} found, each in the order of the answer. */
export interface ExchangeInfo {
  readonly instruments: readonly InstrumentBody[];
  readonly refused: readonly RefusedSymbol[];
}

/**
 * Reads an `exchangeInfo` answer symbol by symbol: one that lacks a filter or field is named with
 * the reason, the others are read all the same.
 *
 * @param json - the answer as it was received
 * @param market - market it was fetched from
 * @param symbols - only these symbols, when given
 * @returns instruments and refused symbols; O(bytes)
 * @throws QL_JSON_SYNTAX and the other QL_JSON codes when it is not strict JSON
 * @throws QL_VENUE_EXCHANGE_INFO when it holds no list of symbols
 * @example
 * ```ts
 * import { readExchangeInfo } from 'quantlaxmi/venues/binance';
 *
 * const { instruments, refused } = readExchangeInfo('{"symbols":[{"symbol":"BTCUSDT"}]}', 'spot');
 * [instruments.length, refused[0]?.symbol]; // => [0, 'BTCUSDT']
 * ```
 */
export function readExchangeInfo(
  json: string,
  market: BinanceMarket,
  symbols?: ReadonlySet<string>,
): ExchangeInfo {
  const root = parseStrictJson(json, { maxBytes: MAX_BYTES, maxParts: MAX_PARTS, numbers: 'any' });
  const rows = isObject(root) ? root['symbols'] : undefined;
  if (!Array.isArray(rows)) return refuse('-', 'there is no list "symbols"');
  const instruments: InstrumentBody[] = [];
  const refused: RefusedSymbol[] = [];
  for (const row of rows as readonly JsonValue[]) {
    const name = isObject(row) ? row['symbol'] : undefined;
    const symbol = typeof name === 'string' ? name : '?';
    if (symbols !== undefined && !symbols.has(symbol)) continue;
    try {
      if (!isObject(row)) refuse('?', 'an entry of "symbols" is not an object');
      else instruments.push(instrumentOf(row, market));
    } catch (error) {
      if (!isQuantlaxmiError(error)) throw error;
      refused.push({ symbol, error: named(symbol, error) });
    }
  }
  return { instruments, refused };
}

/**
 * Reads an `exchangeInfo` answer. Exponents, tick and lot come from the text of `tickSize` and
 * `stepSize`; the multiplier of COIN-M contracts from `contractSize`.
 *
 * @param json - the answer as it was received
 * @param market - market it was fetched from
 * @param symbols - only these symbols, when given
 * @returns instruments in the order of the answer; O(bytes)
 * @throws QL_JSON_SYNTAX and the other QL_JSON codes when it is not strict JSON
 * @throws QL_VENUE_EXCHANGE_INFO (context: symbol) when a symbol lacks a filter or field
 * @example
 * ```ts
 * import { parseExchangeInfo } from 'quantlaxmi/venues/binance';
 *
 * const json = JSON.stringify({ symbols: [{
 *   symbol: 'BTCUSDT', status: 'TRADING', baseAsset: 'BTC', quoteAsset: 'USDT',
 *   filters: [
 *     { filterType: 'PRICE_FILTER', minPrice: '0.01', maxPrice: '1000000', tickSize: '0.0100' },
 *     { filterType: 'LOT_SIZE', minQty: '0.00001', maxQty: '9000', stepSize: '0.00001000' },
 *   ],
 * }] });
 * const [btc] = parseExchangeInfo(json, 'spot');
 * [btc?.priceExponent, btc?.tick, btc?.qtyExponent, btc?.maxQty]; // => [-2, 1, -5, 900000000]
 * ```
 */
export function parseExchangeInfo(
  json: string,
  market: BinanceMarket,
  symbols?: ReadonlySet<string>,
): InstrumentBody[] {
  const { instruments, refused } = readExchangeInfo(json, market, symbols);
  const [first] = refused;
  if (first !== undefined) throw first.error;
  return [...instruments];
}
