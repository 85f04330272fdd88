/**
 * Option chain as the exchange's page exports it: one underlying and expiry, named by the file
 * (`option-chain-ED-NIFTY-10-Jul-2025.csv`), Indian digit grouping, `-` for nothing. Open interest
 * and volume in contracts, quantities of orders in units. It says no time.
 * @module
 */
import { type Contract, contractName, isIndexSymbol, isMonthly } from './contract.js';
import { Refusal } from './internal/facts.js';
import type { Columns } from './internal/header.js';
import { readRows, type Row } from './internal/csv-file.js';
import { type Day, startOfDay } from './internal/ist.js';
import { legItem } from './internal/chain-leg.js';
import { QuantitySample } from './internal/lots.js';
import type { Item, Reading } from './internal/reading.js';
import { readCount, readDay, readStrike, readSymbol, ungrouped } from './internal/values.js';

const NEEDED = [
  'STRIKE',
  'CALL_OI',
  'CALL_VOLUME',
  'CALL_LTP',
  'CALL_BID QTY',
  'CALL_BID',
  'CALL_ASK',
  'CALL_ASK QTY',
  'PUT_OI',
  'PUT_VOLUME',
  'PUT_LTP',
  'PUT_BID QTY',
  'PUT-BID',
  'PUT_ASK',
  'PUT_ASK QTY',
] as const;
type Name = (typeof NEEDED)[number];

/** Columns of the export. */
export const EXPORT_COLUMNS: Columns<Name> = {
  needed: NEEDED,
  known: ['CALL_CHNG IN OI', 'CALL_IV', 'CALL_CHNG', 'PUT_CHNG', 'PUT_IV', 'PUT_CHNG IN OI'],
};

const FILE_NAME = /^option-chain-ED-(.+)-(\d{2}-[A-Za-z]{3}-\d{4})\.csv$/;

/** Underlying and expiry of a file by its name. */
function subjectOf(file: string): { readonly underlying: string; readonly expiry: Day } {
  const [, underlying = '', expiry = ''] =
    FILE_NAME.exec(file.slice(file.lastIndexOf('/') + 1)) ?? [];
  if (underlying === '') {
    throw new Refusal('QL_NSE_FILE', file, 'a name option-chain-ED-<underlying>-<expiry>.csv');
  }
  return { underlying: readSymbol(underlying), expiry: readDay(expiry) };
}

/** No value is `-`. */
const given = (text: string): string | null =>
  text === '-' || text === '' ? null : ungrouped(text);

/** Items of an export. */
export function* readExport(reading: Reading): Generator<Item, void> {
  let subject: ReturnType<typeof subjectOf>;
  try {
    subject = subjectOf(reading.file.name);
    if (startOfDay(subject.expiry) + 86_400_000_000 < reading.file.rx) {
      throw new Refusal('QL_NSE_FILE', reading.file.name, 'an expiry still to come');
    }
  } catch (error) {
    yield { t: 'refused', what: 'file', place: { line: 0, text: null }, error };
    return;
  }
  const rows: Row<Name>[] = [];
  const sample = new QuantitySample();
  for (const item of readRows(reading.file, () => EXPORT_COLUMNS)) {
    if (item.t !== 'csv') yield item;
    else {
      rows.push(item.row);
      sampleRow(sample, subject, item.row);
    }
  }
  reading.lots.infer(sample);
  const { underlying, expiry } = subject;
  if (rows.length > 0) {
    const place = { line: 0, text: null };
    const isIndex = isIndexSymbol(underlying);
    yield { t: 'underlying', place, symbol: underlying, isIndex, ts: null, stats: null, notes: [] };
  }
  const seen = new Set<number>();
  for (const row of rows) yield* rowItems(row, { underlying, expiry, seen, reading });
}

function sampleRow(
  sample: QuantitySample,
  { underlying, expiry }: { readonly underlying: string; readonly expiry: Day },
  row: Row<Name>,
): void {
  for (const name of ['CALL_BID QTY', 'CALL_ASK QTY', 'PUT_BID QTY', 'PUT_ASK QTY'] as const) {
    const text = row.get(name).replaceAll(',', '');
    if (/^[0-9]{1,15}$/.test(text)) sample.add(underlying, expiry, readCount(text));
  }
}

interface Place {
  readonly underlying: string;
  readonly expiry: Day;
  readonly seen: Set<number>;
  readonly reading: Reading;
}

function* rowItems(row: Row<Name>, at: Place): Generator<Item, void> {
  const { underlying, expiry, seen, reading } = at;
  const { place } = row;
  let strike: number;
  try {
    strike = readStrike(ungrouped(row.get('STRIKE')));
    if (seen.has(strike)) {
      throw new Refusal('QL_NSE_DUPLICATE', row.get('STRIKE'), 'each strike once');
    }
    seen.add(strike);
  } catch (error) {
    yield { t: 'refused', what: 'row', place, error };
    return;
  }
  const monthly = isMonthly(underlying, expiry, null);
  const lot = reading.lots.of(underlying, expiry);
  for (const right of ['call', 'put'] as const) {
    const contract: Contract = { underlying, expiry, strike, right };
    const side = right === 'call' ? 'CALL' : 'PUT';
    try {
      const name = contractName(contract, monthly);
      yield legItem({
        ...{ place, contract, name, lot, ts: null },
        last: given(row.get(`${side}_LTP`)),
        volume: given(row.get(`${side}_VOLUME`)),
        openInterest: given(row.get(`${side}_OI`)),
        bid: given(row.get(side === 'CALL' ? 'CALL_BID' : 'PUT-BID')),
        bidQty: given(row.get(`${side}_BID QTY`)),
        ask: given(row.get(`${side}_ASK`)),
        askQty: given(row.get(`${side}_ASK QTY`)),
      });
    } catch (error) {
      yield { t: 'refused', what: 'contract', place, error };
    }
  }
}
