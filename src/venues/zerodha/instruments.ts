/**
 * The instruments dump (`GET /instruments`, `GET /instruments/:exchange`) → instruments.
 * Source: kite.trade/docs/connect/v3/market-quotes, "Retrieving the full instrument list".
 * @module
 */
import { type CsvRecord, QuantlaxmiError, readCsv } from '../../core/index.js';
import type { InstrumentBody } from '../../events/index.js';
import { parseMantissa } from '../../fixed-point/index.js';
import { instrumentBody, type Place } from './internal/instrument-body.js';
import { COLUMNS, type Column, type InstrumentFields } from './internal/instrument-fields.js';

/** An instrument with the numbers by which Kite calls it. */
export interface KiteInstrument {
  /** Number in ticks and subscriptions. */
  readonly token: number;
  /** Number at the exchange. */
  readonly exchangeToken: number;
  readonly body: InstrumentBody;
}

/** One row of a dump, or what is wrong with it. */
export interface KiteInstrumentRow {
  /** Line of the dump, from 1. */
  readonly line: number;
  /** Null when the row is refused. */
  readonly instrument: KiteInstrument | null;
  /** Null when it is not. */
  readonly error: QuantlaxmiError | null;
  /**
   * True when `instrument_token` does not hold `exchange_token` above its low byte, as it does in
   * all dumps seen. Nothing is read from that, so the row is good all the same.
   */
  readonly oddToken: boolean;
}

function refuse(line: number, wrong: string): QuantlaxmiError {
  return new QuantlaxmiError(
    'QL_KITE_INSTRUMENTS',
    `Kite instruments, line ${line}: ${wrong}. Fetch the dump again (GET /instruments).`,
    { context: { line } },
  );
}

/** Place of each known column in the header. */
function columnsOf(header: CsvRecord): readonly number[] {
  if (header.error !== null) throw header.error;
  return COLUMNS.map((name) => {
    const at = header.fields.indexOf(name);
    if (at >= 0 && header.fields.indexOf(name, at + 1) < 0) return at;
    throw refuse(header.line, `found no column "${name}", or found it twice, expected it once`);
  });
}

function fieldsOf(record: CsvRecord, columns: readonly number[], width: number): InstrumentFields {
  const { fields, line } = record;
  if (fields.length !== width) {
    throw refuse(line, `found ${fields.length} fields, expected ${width} as in the first line`);
  }
  const row: Partial<Record<Column, string>> = {};
  COLUMNS.forEach((name, i) => {
    row[name] = fields[columns[i] as number] as string;
  });
  return row as InstrumentFields;
}

function integer(text: string, name: string, line: number): number {
  if (!/^\d{1,10}$/.test(text)) throw refuse(line, `found ${name} "${text}", expected digits`);
  return parseMantissa(text, 0);
}

/** Names used so far: a token or id that comes again would make two instruments one. */
interface Seen {
  readonly tokens: Set<number>;
  readonly ids: Set<string>;
}

function rowOf(fields: InstrumentFields, line: number, seen: Seen): KiteInstrumentRow {
  const place: Place = { fail: (wrong) => refuse(line, wrong) };
  const token = integer(fields.instrument_token, 'instrument_token', line);
  const exchangeToken = integer(fields.exchange_token, 'exchange_token', line);
  const body = instrumentBody(fields, token, place);
  if (seen.ids.has(body.instrumentId)) throw refuse(line, `found ${body.instrumentId} again`);
  seen.ids.add(body.instrumentId);
  const instrument = { token, exchangeToken, body };
  return { line, instrument, error: null, oddToken: Math.floor(token / 256) !== exchangeToken };
}

/**
 * Reads a dump row by row. A row that cannot be used is given with its error and costs that row
 * only; columns are found by their names, so that new ones do no harm.
 *
 * @param csv - the whole dump
 * @param wanted - tells by its token whether a row is read; others are passed over. Default: all
 * @returns rows one by one; O(bytes), one row held at a time, and the tokens seen
 * @throws QuantlaxmiError QL_KITE_INSTRUMENTS, QL_CSV when the first line is no header of a dump
 * @example
 * ```ts
 * import { encodeUtf8 } from 'quantlaxmi/core';
 * import { readInstruments } from 'quantlaxmi/venues/zerodha';
 *
 * const dump = encodeUtf8(
 *   'instrument_token,exchange_token,tradingsymbol,name,last_price,expiry,strike,tick_size,' +
 *     'lot_size,instrument_type,segment,exchange\n' +
 *     '14866434,58072,NIFTY26AUGFUT,NIFTY,0.0,2026-08-25,0.0,0.1,65,FUT,NFO-FUT,NFO\n',
 * );
 * const [row] = [...readInstruments(dump)];
 * row?.instrument?.body.instrumentId; // => 'NSE:FO:NIFTY26AUGFUT'
 * row?.instrument?.body.tick; // => 10
 * ```
 */
export function* readInstruments(
  csv: Uint8Array,
  wanted: (token: number) => boolean = () => true,
): Generator<KiteInstrumentRow, void> {
  const seen: Seen = { tokens: new Set(), ids: new Set() };
  let columns: readonly number[] | null = null;
  let width = 0;
  for (const record of readCsv(csv)) {
    if (columns === null) {
      columns = columnsOf(record);
      width = record.fields.length;
      continue;
    }
    const { line } = record;
    try {
      if (record.error !== null) throw record.error;
      const fields = fieldsOf(record, columns, width);
      const token = integer(fields.instrument_token, 'instrument_token', line);
      if (seen.tokens.has(token)) throw refuse(line, `found instrument_token ${token} again`);
      seen.tokens.add(token);
      if (!wanted(token)) continue;
      yield rowOf(fields, line, seen);
    } catch (error) {
      if (!(error instanceof QuantlaxmiError)) throw error;
      yield { line, instrument: null, error, oddToken: false };
    }
  }
  if (columns === null) throw refuse(1, 'found nothing, expected the names of the columns');
}

/**
 * Reads a whole dump and refuses it when any row of it cannot be used.
 *
 * @param csv - the whole dump
 * @returns instruments in the order of the dump; O(bytes)
 * @throws QuantlaxmiError QL_KITE_INSTRUMENTS, QL_CSV with the line
 * @example
 * ```ts
 * import { encodeUtf8 } from 'quantlaxmi/core';
 * import { parseInstruments } from 'quantlaxmi/venues/zerodha';
 *
 * const dump = encodeUtf8(
 *   'instrument_token,exchange_token,tradingsymbol,name,last_price,expiry,strike,tick_size,' +
 *     'lot_size,instrument_type,segment,exchange\n' +
 *     '408065,1594,INFY,INFOSYS,0,,0,0.05,1,EQ,NSE,NSE\n',
 * );
 * const [infy] = parseInstruments(dump);
 * [infy?.body.instrumentId, infy?.body.class, infy?.body.tick]; // => ['NSE:EQ:INFY', 'equity', 5]
 * ```
 */
export function parseInstruments(csv: Uint8Array): KiteInstrument[] {
  const instruments: KiteInstrument[] = [];
  for (const { instrument, error } of readInstruments(csv)) {
    if (instrument === null) throw error;
    instruments.push(instrument);
  }
  return instruments;
}
