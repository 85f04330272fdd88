/**
 * Option chain as the exchange's site answers it: all strikes and expiries of one underlying, best
 * bid and ask, open interest and volume in contracts, quantities of orders in units, one time.
 * `filtered`, which repeats the nearest expiry, and `impliedVolatility` (0 = none) are not read.
 * @module
 */
import { type JsonValue, parseStrictJson } from '../../core/index.js';
import { type Contract, contractName, isMonthly, strikeText } from './contract.js';
import { legItem } from './internal/chain-leg.js';
import { Refusal } from './internal/facts.js';
import { type Day, dashed, parseStamp, startOfDay } from './internal/ist.js';
import { QuantitySample } from './internal/lots.js';
import { type Item, NO_STATS, type Note, type Reading, type RowPlace } from './internal/reading.js';
import { priceOrNull, readCount, readDay, readStrike, readSymbol } from './internal/values.js';

type JsonObject = { readonly [key: string]: JsonValue };

const LIMITS = { maxBytes: 33_554_432, maxParts: 2_000_000, numbers: 'text' } as const;

/** Parses an answer: numbers stay text. */
export const parseChainJson = (bytes: Uint8Array): JsonValue => parseStrictJson(bytes, LIMITS);

const isObject = (value: JsonValue | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function shown(value: JsonValue | undefined): string {
  return typeof value === 'string' ? value : value === undefined ? 'nothing' : typeof value;
}

function textOf(object: JsonObject, name: string): string {
  const value = object[name];
  if (typeof value === 'string') return value;
  throw new Refusal('QL_NSE_ROW', shown(value), `"${name}"`);
}

function listOf(object: JsonObject, name: string): readonly JsonValue[] {
  const value = object[name];
  if (Array.isArray(value)) return value as readonly JsonValue[];
  throw new Refusal('QL_NSE_FILE', shown(value), `a list "${name}"`);
}

/** The part of an answer that is read. */
export function recordsOf(root: JsonValue): JsonObject {
  const records = isObject(root) ? root['records'] : undefined;
  if (isObject(records)) return records;
  throw new Refusal('QL_NSE_FILE', shown(records), '"records" of an option chain');
}

/** The exchange's own time of an answer, µs. */
export function chainTime(records: JsonObject): number {
  const text = textOf(records, 'timestamp');
  const time = parseStamp(text);
  if (time !== null) return time;
  throw new Refusal('QL_NSE_STAMP', text, 'dd-Mon-yyyy hh:mm:ss in IST');
}

interface Chain {
  readonly ts: number;
  readonly listed: readonly Day[];
  readonly rows: readonly JsonValue[];
  readonly underlyingValue: string;
}

function chainOf(bytes: Uint8Array): Chain {
  const records = recordsOf(parseChainJson(bytes));
  const listed = listOf(records, 'expiryDates').map((one) => readDay(shown(one)));
  return {
    ts: chainTime(records),
    listed,
    rows: listOf(records, 'data'),
    underlyingValue: textOf(records, 'underlyingValue'),
  };
}

interface Leg {
  readonly place: RowPlace;
  readonly contract: Contract;
  readonly isIndex: boolean;
  readonly body: JsonObject;
}

const KINDS: Readonly<Record<string, boolean>> = { OPTIDX: true, OPTSTK: false };

/** A leg with its contract, which its identifier must repeat. */
function legOf(row: JsonObject, side: 'CE' | 'PE', place: RowPlace): Leg {
  const body = row[side];
  if (!isObject(body)) throw new Refusal('QL_NSE_ROW', shown(body), `a record "${side}"`);
  const underlying = readSymbol(textOf(body, 'underlying'));
  const expiry = readDay(textOf(body, 'expiryDate'));
  const strike = readStrike(textOf(body, 'strikePrice'));
  if (readDay(textOf(row, 'expiryDate')).index !== expiry.index) {
    throw new Refusal('QL_NSE_ROW', textOf(body, 'expiryDate'), 'the expiry of its row');
  }
  if (readStrike(textOf(row, 'strikePrice')) !== strike) {
    throw new Refusal('QL_NSE_ROW', textOf(body, 'strikePrice'), 'the strike of its row');
  }
  const identifier = textOf(body, 'identifier');
  const kind = identifier.slice(0, 6);
  const rest = `${underlying}${dashed(expiry)}${side}${twoDecimals(strike)}`;
  const isIndex = KINDS[kind];
  if (isIndex === undefined || identifier.slice(6) !== rest) {
    throw new Refusal('QL_NSE_ROW', identifier, `an identifier OPTIDX or OPTSTK, then ${rest}`);
  }
  const right = side === 'CE' ? 'call' : 'put';
  return { place, contract: { underlying, expiry, strike, right }, isIndex, body };
}

/** `8300.00` */
function twoDecimals(strike: number): string {
  const [whole, fraction = ''] = strikeText(strike).split('.') as [string, string?];
  return `${whole}.${fraction.padEnd(2, '0')}`;
}

const QUANTITIES = ['bidQty', 'askQty', 'totalBuyQuantity', 'totalSellQuantity'] as const;

function sampleLeg(sample: QuantitySample, { contract, body }: Leg): void {
  for (const name of QUANTITIES) {
    const text = body[name];
    if (typeof text !== 'string' || !/^[0-9]{1,15}$/.test(text)) continue;
    sample.add(contract.underlying, contract.expiry, readCount(text));
  }
}

function* legsOf(rows: readonly JsonValue[]): Generator<Item | { t: 'leg'; leg: Leg }, void> {
  for (const [i, row] of rows.entries()) {
    yield { t: 'row' };
    const place = { line: i + 1, text: null };
    if (!isObject(row) || (row['CE'] === undefined && row['PE'] === undefined)) {
      const error = new Refusal('QL_NSE_ROW', shown(row), 'a record with "CE" or "PE"');
      yield { t: 'refused', what: 'row', place, error };
      continue;
    }
    for (const side of ['CE', 'PE'] as const) {
      if (row[side] === undefined) continue;
      try {
        yield { t: 'leg', leg: legOf(row, side, place) };
      } catch (error) {
        yield { t: 'refused', what: 'contract', place, error };
      }
    }
  }
}

function contractItem(leg: Leg, chain: Chain, reading: Reading): Item {
  const { place, contract, body } = leg;
  const { ts, listed } = chain;
  const { underlying, expiry } = contract;
  if (startOfDay(expiry) + 86_400_000_000 <= ts) {
    throw new Refusal('QL_NSE_ROW', textOf(body, 'expiryDate'), 'an expiry still to come');
  }
  if (!listed.some((day) => day.index === expiry.index)) {
    throw new Refusal('QL_NSE_ROW', textOf(body, 'expiryDate'), 'one of "expiryDates"');
  }
  return legItem({
    ...{ place, contract, ts },
    name: contractName(contract, isMonthly(underlying, expiry, listed)),
    lot: reading.lots.of(underlying, expiry),
    last: textOf(body, 'lastPrice'),
    volume: textOf(body, 'totalTradedVolume'),
    openInterest: textOf(body, 'openInterest'),
    bid: textOf(body, 'bidprice'),
    bidQty: textOf(body, 'bidQty'),
    ask: textOf(body, 'askPrice'),
    askQty: textOf(body, 'askQty'),
  });
}

function underlyingItem({ contract, isIndex, place }: Leg, chain: Chain): Item {
  const symbol = contract.underlying;
  const spot = priceOrNull(chain.underlyingValue);
  const notes: readonly Note[] =
    spot === null ? [{ code: 'QL_NSE_SPOT', value: '0', expected: `the price of ${symbol}` }] : [];
  const stats = spot === null ? null : { ...NO_STATS, last: spot };
  return { t: 'underlying', place, symbol, isIndex, ts: chain.ts, stats, notes };
}

/** Items of a chain. */
export function* readChainJson(reading: Reading): Generator<Item, void> {
  let chain: Chain;
  try {
    chain = chainOf(reading.file.bytes);
    priceOrNull(chain.underlyingValue);
  } catch (error) {
    yield { t: 'refused', what: 'file', place: { line: 0, text: null }, error };
    return;
  }
  const legs: Leg[] = [];
  const sample = new QuantitySample();
  for (const item of legsOf(chain.rows)) {
    if (item.t !== 'leg') yield item;
    else {
      legs.push(item.leg);
      sampleLeg(sample, item.leg);
    }
  }
  reading.lots.infer(sample);
  const [first] = legs;
  if (first !== undefined) yield underlyingItem(first, chain);
  const seen = new Set<string>();
  for (const leg of legs) {
    const { contract, place } = leg;
    const key = `${contract.expiry.index} ${contract.strike} ${contract.right}`;
    try {
      if (seen.has(key)) throw new Refusal('QL_NSE_DUPLICATE', key, 'each contract once');
      if (contract.underlying !== first?.contract.underlying || leg.isIndex !== first.isIndex) {
        throw new Refusal('QL_NSE_ROW', contract.underlying, 'one underlying in a chain');
      }
      seen.add(key);
      yield contractItem(leg, chain, reading);
    } catch (error) {
      yield { t: 'refused', what: 'contract', place, error };
    }
  }
}
