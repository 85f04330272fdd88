/**
 * Margin brackets: how much margin a position of a size needs.
 * Field meanings: developers.binance.com, USDⓈ-M and COIN-M futures, `leverageBracket`.
 * @module
 */
import { encodeUtf8, QuantlaxmiError } from '../../core/index.js';
import {
  asObject,
  asRows,
  type JsonTree,
  NumberText,
  parseTree,
  plainDecimal,
} from './internal/json-tree.js';
import { type BinanceMarket, binanceInstrumentId } from './market.js';

/** One bracket. Amounts are exact decimal texts. */
export interface LeverageBracket {
  readonly bracket: number;
  readonly initialLeverage: number;
  /** Smallest size of the bracket: notional in the quote currency (USD-M), contracts (COIN-M). */
  readonly floor: string;
  /** Largest size of the bracket, in the unit of {@link LeverageBracket.floor}. */
  readonly cap: string;
  /** Maintenance margin per size. */
  readonly maintMarginRatio: string;
  /** Maintenance margin of a size is `size × maintMarginRatio − cum`. */
  readonly cum: string;
}

/** The brackets of one symbol, smallest first. */
export interface LeverageBrackets {
  readonly symbol: string;
  readonly inst: string;
  /** What floors and caps count: notional, or contracts. */
  readonly unit: 'notional' | 'qty';
  /** Factor of the account on the venue's own brackets; null where the answer has none. */
  readonly notionalCoef: string | null;
  readonly brackets: readonly LeverageBracket[];
}

function refuse(symbol: string, wrong: string): never {
  throw new QuantlaxmiError(
    'QL_VENUE_ANSWER',
    `leverageBracket, symbol ${symbol}: ${wrong}. Fetch it again from the market's own address.`,
    { context: { symbol, wrong } },
  );
}

type Row = ReadonlyMap<string, JsonTree>;

function decimal(row: Row, name: string, symbol: string): string {
  const text = plainDecimal(row.get(name));
  if (text === null || text.startsWith('-')) {
    return refuse(symbol, `"${name}" is not a decimal from 0 on`);
  }
  return text;
}

function integer(row: Row, name: string, symbol: string): number {
  const text = decimal(row, name, symbol);
  if (!/^\d{1,6}$/.test(text)) return refuse(symbol, `"${name}" is not a small integer`);
  let value = 0;
  for (const digit of text) value = value * 10 + (digit.charCodeAt(0) - 48);
  return value;
}

function bracketOf(tree: JsonTree, unit: 'notional' | 'qty', symbol: string): LeverageBracket {
  const row = asObject(tree) ?? refuse(symbol, 'a bracket is not an object');
  return {
    bracket: integer(row, 'bracket', symbol),
    initialLeverage: integer(row, 'initialLeverage', symbol),
    floor: decimal(row, `${unit}Floor`, symbol),
    cap: decimal(row, `${unit}Cap`, symbol),
    maintMarginRatio: decimal(row, 'maintMarginRatio', symbol),
    cum: decimal(row, 'cum', symbol),
  };
}

function rowOf(tree: JsonTree, market: BinanceMarket): LeverageBrackets {
  const row = asObject(tree) ?? refuse('-', 'an entry is not an object');
  const symbol = row.get('symbol');
  if (typeof symbol !== 'string' || symbol === '') return refuse('-', 'an entry has no "symbol"');
  const list = row.get('brackets');
  if (!Array.isArray(list) || list.length === 0) return refuse(symbol, 'has no "brackets"');
  const rows = list as readonly JsonTree[];
  const unit = asObject(rows[0])?.has('qtyFloor') === true ? 'qty' : 'notional';
  const coef = row.get('notionalCoef');
  return {
    symbol,
    inst: binanceInstrumentId(market, symbol),
    unit,
    notionalCoef: coef instanceof NumberText ? plainDecimal(coef) : null,
    brackets: rows.map((one) => bracketOf(one, unit, symbol)),
  };
}

/**
 * Reads a `leverageBracket` answer: the list of all symbols, or the object of one; with notional
 * bounds (USD-M) or contract bounds (COIN-M). Numbers go from their text to exact decimal text.
 *
 * @param json - the answer as it was received
 * @param market - market it was fetched from
 * @returns the brackets by symbol, in the order of the answer; O(bytes)
 * @throws QL_VENUE_FRAME when it is not JSON
 * @throws QL_VENUE_ANSWER (context: symbol) when a field is absent or no decimal
 * @example
 * ```ts
 * import { parseLeverageBrackets } from 'quantlaxmi/venues/binance';
 *
 * const json = '[{"symbol":"ETHUSDT","brackets":[{"bracket":1,"initialLeverage":75,' +
 *   '"notionalCap":1.0E4,"notionalFloor":0,"maintMarginRatio":0.0065,"cum":0}]}]';
 * const [eth] = parseLeverageBrackets(json, 'usdm');
 * [eth?.inst, eth?.brackets[0]?.cap, eth?.brackets[0]?.maintMarginRatio];
 * // => ['BINANCE:USDM:ETHUSDT', '10000', '0.0065']
 * ```
 */
export function parseLeverageBrackets(json: string, market: BinanceMarket): LeverageBrackets[] {
  return asRows(parseTree(encodeUtf8(json))).map((row) => rowOf(row, market));
}
