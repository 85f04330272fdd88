/**
 * Snapshots of index option chains as a collector wrote them: one row a strike, both rights, the
 * nearest expiry, last price, open interest and volume in units, no bid and ask. Stamps are IST: in
 * the recordings volume begins after 09:15 and ends at 15:30 of them.
 * @module
 */
import { type Contract, contractName, isIndexSymbol, isMonthly } from './contract.js';
import { Refusal } from './internal/facts.js';
import type { Columns } from './internal/header.js';
import { readRows, type Row } from './internal/csv-file.js';
import { type Day, parseStamp, startOfDay } from './internal/ist.js';
import { QuantitySample } from './internal/lots.js';
import { type Item, NO_STATS, type Note, type Reading, type RowPlace } from './internal/reading.js';
import { priceOrNull, readCount, readDay, readStrike, readSymbol } from './internal/values.js';

const SIDES = [
  'Expiry',
  'Strike',
  'CE_LTP',
  'CE_OI',
  'CE_Volume',
  'PE_LTP',
  'PE_OI',
  'PE_Volume',
  'timestamp',
] as const;
type Name = (typeof SIDES)[number] | 'symbol' | 'spot' | 'high' | 'low';

/** Names that the two known headers give to the same columns. */
export const SNAPSHOT_COLUMNS: Columns<string> = {
  needed: [...SIDES, 'Symbol', 'Spot'],
  known: ['%Change', 'Max_Pain'],
};
export const STOCK_SNAPSHOT_COLUMNS: Columns<string> = {
  needed: [...SIDES, 'Stock', 'Stock_LTP', 'Stock_High', 'Stock_Low'],
  known: ['Stock_%_Change', 'Max_Pain'],
};

const INDEX_NAMES: Partial<Record<Name, string>> = { symbol: 'Symbol', spot: 'Spot' };
const STOCK_NAMES: Partial<Record<Name, string>> = {
  symbol: 'Stock',
  spot: 'Stock_LTP',
  high: 'Stock_High',
  low: 'Stock_Low',
};

const isStockHeader = (fields: readonly string[]): boolean =>
  fields.includes('Stock') && !fields.includes('Symbol');

/** Fields of a row by the names of this file. */
interface SnapshotRow {
  readonly place: RowPlace;
  get(name: Name): string;
}

interface Strike {
  readonly place: RowPlace;
  readonly symbol: string;
  readonly expiry: Day;
  readonly strike: number;
  readonly stamp: number;
  readonly spot: number | null;
  readonly high: number | null;
  readonly low: number | null;
  readonly legs: readonly [Leg, Leg];
}

interface Leg {
  readonly right: 'call' | 'put';
  readonly last: string;
  readonly openInterest: string;
  readonly volume: string;
}

function strikeOf(row: SnapshotRow, rx: number): Strike {
  const stamp = parseStamp(row.get('timestamp'));
  if (stamp === null) {
    throw new Refusal('QL_NSE_STAMP', row.get('timestamp'), 'yyyy-mm-dd hh:mm:ss in IST');
  }
  if (stamp > rx) throw new Refusal('QL_NSE_STAMP', row.get('timestamp'), 'no time after receipt');
  const expiry = readDay(row.get('Expiry'));
  if (startOfDay(expiry) < stamp - 86_400_000_000) {
    throw new Refusal('QL_NSE_ROW', row.get('Expiry'), 'an expiry still to come');
  }
  const leg = (right: 'call' | 'put', side: 'CE' | 'PE'): Leg => ({
    right,
    last: row.get(`${side}_LTP`),
    openInterest: row.get(`${side}_OI`),
    volume: row.get(`${side}_Volume`),
  });
  const high = row.get('high');
  const low = row.get('low');
  return {
    place: row.place,
    symbol: readSymbol(row.get('symbol')),
    expiry,
    strike: readStrike(row.get('Strike')),
    stamp,
    spot: priceOrNull(row.get('spot')),
    high: high === '' ? null : priceOrNull(high),
    low: low === '' ? null : priceOrNull(low),
    legs: [leg('call', 'CE'), leg('put', 'PE')],
  };
}

/** `-` and nothing are no value: a note says so and the field is null. */
function valueOrNote<T>(text: string, read: (text: string) => T, notes: Note[]): T | null {
  if (text !== '-' && text !== '') return read(text);
  notes.push({ code: 'QL_NSE_VALUE', value: text, expected: 'a number' });
  return null;
}

/**
 * Whether a last price can not be of this moment: nothing traded today, or it lies outside of what
 * the spot allows by more than 1 % of the spot. An option is worth no less than it would bring at
 * once, a call no more than the underlying, a put no more than its strike; one per cent is more
 * than interest to the nearest expiry. What is not told by this may still be old.
 */
export function isStale(leg: {
  readonly last: number;
  readonly volume: number | null;
  readonly spot: number | null;
  readonly strike: number;
  readonly right: 'call' | 'put';
}): boolean {
  const { last, volume, spot, strike, right } = leg;
  if (volume === 0) return true;
  if (spot === null) return false;
  const floor = right === 'call' ? spot - strike : strike - spot;
  const cap = right === 'call' ? spot : strike;
  return (floor - last) * 100 > spot || (last - cap) * 100 > spot;
}

function* legItems(strike: Strike, reading: Reading): Generator<Item, void> {
  const { place, symbol, expiry } = strike;
  const monthly = isMonthly(symbol, expiry, null);
  const lot = reading.lots.of(symbol, expiry);
  for (const leg of strike.legs) {
    const contract: Contract = {
      underlying: symbol,
      expiry,
      strike: strike.strike,
      right: leg.right,
    };
    const notes: Note[] = [];
    try {
      const openInterest = valueOrNote(leg.openInterest, readCount, notes);
      const volume = valueOrNote(leg.volume, readCount, notes);
      let last = valueOrNote(leg.last, priceOrNull, notes);
      const { spot } = strike;
      if (last !== null && isStale({ ...leg, last, volume, spot, strike: strike.strike })) {
        const expected = `a price of this moment; volume ${leg.volume}`;
        notes.push({ code: 'QL_NSE_STALE_LAST', value: leg.last, expected });
        last = null;
      }
      const name = contractName(contract, monthly);
      const stats = { ...NO_STATS, last, openInterest, volume };
      yield {
        t: 'contract',
        ...{ place, contract, name, lot, ts: null, stats, quote: null, notes },
      };
    } catch (error) {
      yield { t: 'refused', what: 'contract', place, error };
    }
  }
}

function underlyingItem(strike: Strike): Item {
  const { place, symbol, spot, high, low } = strike;
  const notes: readonly Note[] =
    spot === null ? [{ code: 'QL_NSE_SPOT', value: '0', expected: `the price of ${symbol}` }] : [];
  const stats = spot === null ? null : { ...NO_STATS, high, last: spot, low };
  const isIndex = isIndexSymbol(symbol);
  return { t: 'underlying', place, symbol, isIndex, ts: null, stats, notes };
}

/** Items of a snapshot; lots are inferred from all of its volumes first. */
export function* readSnapshot(reading: Reading): Generator<Item, void> {
  const strikes: Strike[] = [];
  let first: Strike | null = null;
  const sample = new QuantitySample();
  let names = INDEX_NAMES;
  const columnsOf = (fields: readonly string[]): Columns<string> => {
    const stock = isStockHeader(fields);
    names = stock ? STOCK_NAMES : INDEX_NAMES;
    return stock ? STOCK_SNAPSHOT_COLUMNS : SNAPSHOT_COLUMNS;
  };
  for (const item of readRows(reading.file, columnsOf)) {
    if (item.t !== 'csv') {
      yield item;
      continue;
    }
    const { row } = item;
    try {
      const strike = strikeOf(namedRow(row, names), reading.file.rx);
      first ??= strike;
      if (strike.stamp !== first.stamp) {
        throw new Refusal('QL_NSE_STAMP', row.get('timestamp'), 'one time in a file');
      }
      for (const { volume } of strike.legs) sampleVolume(sample, strike, volume);
      strikes.push(strike);
    } catch (error) {
      yield { t: 'refused', what: 'row', place: row.place, error };
    }
  }
  reading.lots.infer(sample);
  yield* strikeItems(strikes, reading);
}

function namedRow(row: Row<string>, names: Partial<Record<Name, string>>): SnapshotRow {
  return {
    place: row.place,
    get: (name) => {
      const column = names[name] ?? name;
      return column === 'high' || column === 'low' ? '' : row.get(column);
    },
  };
}

function sampleVolume(sample: QuantitySample, strike: Strike, text: string): void {
  if (/^[0-9]{1,15}(\.0+)?$/.test(text)) sample.add(strike.symbol, strike.expiry, readCount(text));
}

function* strikeItems(strikes: readonly Strike[], reading: Reading): Generator<Item, void> {
  const spots = new Map<string, number | null>();
  const seen = new Set<string>();
  for (const strike of strikes) {
    const { place, symbol, spot } = strike;
    const before = spots.get(symbol);
    const key = `${symbol} ${strike.expiry.index} ${strike.strike}`;
    const again = seen.has(key);
    if (again || (before !== undefined && before !== spot)) {
      const code = again ? 'QL_NSE_DUPLICATE' : 'QL_NSE_ROW';
      const expected = again ? 'each strike once' : `one price of ${symbol}`;
      yield { t: 'refused', what: 'row', place, error: new Refusal(code, key, expected) };
      continue;
    }
    seen.add(key);
    if (before === undefined) {
      spots.set(symbol, spot);
      yield underlyingItem(strike);
    }
    yield* legItems(strike, reading);
  }
}
