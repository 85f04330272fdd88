/**
 * One row of the instruments dump → the static data of its instrument.
 * @module
 */
import { isQuantlaxmiError, type QuantlaxmiError } from '../../../core/index.js';
import type { InstrumentBody, InstrumentClass } from '../../../events/index.js';
import { parseMantissa } from '../../../fixed-point/index.js';
import { istTimeUs } from '../rest/ist-time.js';
import { KITE_INDICES, type KiteSegment, kiteSegment } from '../segments.js';
import type { InstrumentFields } from './instrument-fields.js';

/** Where the row stands, for errors. */
export interface Place {
  fail(wrong: string): QuantlaxmiError;
}

/** What the `segment` column says: the low byte of the token, and the first two parts of the id. */
interface DumpSegment {
  readonly codes: readonly number[];
  readonly venue: string;
  readonly segment: string;
  /** Last minute of trading on the day of expiry, IST. */
  readonly close: string;
  /** False where the dump does not tell the size of a contract. */
  readonly sized: boolean;
}

const NFO: DumpSegment = { codes: [2], venue: 'NSE', segment: 'FO', close: '15:30', sized: true };
const BFO: DumpSegment = { codes: [5], venue: 'BSE', segment: 'FO', close: '15:30', sized: true };
// Currency pairs end at 12:30 of their last day: contract specifications of NSE (currency
// derivatives, also cross currency) and BSE. These segments hold interest rates too, which the dump
// does not mark: NSE's bills end at 13:00, MIBOR at 10:00, and for bonds no hour but the usual
// 17:00 is named. Their `expiry` is 12:30 here as well, which is not theirs; `validTo` holds for
// all.
const CDS: DumpSegment = { codes: [3], venue: 'NSE', segment: 'CD', close: '12:30', sized: false };
const BCD: DumpSegment = { codes: [6], venue: 'BSE', segment: 'CD', close: '12:30', sized: false };
// What is no farm product trades until 23:30, while the USA have winter time until 23:55 (circular
// MCX/TRD/675/2023 as brokers print it); cotton, palm oil and kapas until 21:00, others until
// 17:00. The latest one, so that nothing ends while it still trades. Whether contracts of a
// commodity end earlier on their last day was not confirmed; brokers told of base metals that did
// in April 2019.
const MCX: DumpSegment = {
  codes: [7, 8],
  venue: 'MCX',
  segment: 'FO',
  close: '23:55',
  sized: false,
};

const SEGMENTS: ReadonlyMap<string, DumpSegment> = /* @__PURE__ */ new Map([
  ['NSE', { codes: [1], venue: 'NSE', segment: 'EQ', close: '15:30', sized: true }],
  ['BSE', { codes: [4], venue: 'BSE', segment: 'EQ', close: '15:30', sized: true }],
  ['NFO-FUT', NFO],
  ['NFO-OPT', NFO],
  ['BFO-FUT', BFO],
  ['BFO-OPT', BFO],
  ['CDS-FUT', CDS],
  ['CDS-OPT', CDS],
  ['BCD-FUT', BCD],
  ['BCD-OPT', BCD],
  ['MCX-FUT', MCX],
  ['MCX-OPT', MCX],
]);

const CLASSES: ReadonlyMap<string, InstrumentClass> = /* @__PURE__ */ new Map([
  ['EQ', 'equity'],
  ['FUT', 'future'],
  ['CE', 'option'],
  ['PE', 'option'],
]);

/** Symbol and name stand in ids and events: nothing in them may start a line or move a cursor. */
const PRINTABLE = /^[ -~]{1,160}$/;
const EXCHANGE = /^[A-Z]{2,8}$/;
const DAY_US = 86_400_000_000;

function segmentOf(row: InstrumentFields, code: number, place: Place): DumpSegment {
  if (row.segment === 'INDICES') {
    if (!EXCHANGE.test(row.exchange)) throw place.fail(`found exchange "${row.exchange}"`);
    const venue = row.exchange;
    if (code !== KITE_INDICES) throw place.fail(`found an index with a token of segment ${code}`);
    return { codes: [KITE_INDICES], venue, segment: 'INDEX', close: '15:30', sized: true };
  }
  const segment = SEGMENTS.get(row.segment);
  if (segment === undefined) {
    throw place.fail(`found segment "${row.segment}", whose price unit is not known`);
  }
  if (!segment.codes.includes(code)) {
    throw place.fail(`found segment "${row.segment}" with a token of segment ${code}`);
  }
  return segment;
}

function decimal(text: string, exponent: number, at: { name: string; place: Place }): number {
  try {
    return parseMantissa(text, exponent);
  } catch (error) {
    if (!isQuantlaxmiError(error)) throw error;
    throw at.place.fail(`found ${at.name} "${text}", ${error.message}`);
  }
}

/** A price or lot step. Indices have none: theirs is one unit of the last digit. */
function step(text: string, exponent: number, at: { name: string; place: Place }): number {
  const value = decimal(text, exponent, at);
  if (value > 0) return value;
  throw at.place.fail(`found ${at.name} "${text}", expected it above 0`);
}

/** Last trade, and the end of the IST day: the closing ticks of that day still belong to it. */
function expiryOf(
  date: string,
  close: string,
  place: Place,
): { readonly expiry: number; readonly validTo: number } {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(date)) throw place.fail(`found expiry "${date}", expected a day`);
  try {
    const expiry = istTimeUs(`${date} ${close}:00`);
    return { expiry, validTo: istTimeUs(`${date} 00:00:00`) + DAY_US };
  } catch (error) {
    if (!isQuantlaxmiError(error)) throw error;
    throw place.fail(`found expiry "${date}", which no calendar has`);
  }
}

function rightOf(type: string): 'call' | 'put' | null {
  if (type === 'CE') return 'call';
  return type === 'PE' ? 'put' : null;
}

/** @throws what `place.fail` makes, for a row that does not say what an instrument needs */
export function instrumentBody(row: InstrumentFields, token: number, place: Place): InstrumentBody {
  const symbol = row.tradingsymbol;
  if (symbol === '') throw place.fail('found no tradingsymbol');
  if (!PRINTABLE.test(symbol + row.name)) {
    throw place.fail('found a tradingsymbol or name that is long or not printable ASCII');
  }
  const known = kiteSegment(token) as KiteSegment | null;
  if (known === null) throw place.fail(`found a token of an unknown segment ${token % 256}`);
  const segment = segmentOf(row, known.code, place);
  const index = known.code === KITE_INDICES;
  const type = CLASSES.get(row.instrument_type);
  if (type === undefined) throw place.fail(`found instrument_type "${row.instrument_type}"`);
  const dated = type !== 'equity';
  const { exponent } = known;
  const ends = dated ? expiryOf(row.expiry, segment.close, place) : null;
  const lot = index ? 1 : step(row.lot_size, 0, { name: 'lot_size', place });
  const tick = index ? 1 : step(row.tick_size, exponent, { name: 'tick_size', place });
  return {
    base: dated ? row.name : symbol,
    class: index ? 'index' : type,
    expiry: ends?.expiry ?? null,
    inferred: index || !segment.sized,
    instrumentId: `${segment.venue}:${segment.segment}:${symbol}`,
    inverse: false,
    lot,
    maxQty: null,
    minNotional: null,
    minQty: lot,
    multiplier: '1',
    priceExponent: exponent,
    qtyExponent: 0,
    quote: 'INR',
    right: rightOf(row.instrument_type),
    segment: segment.segment,
    settle: 'INR',
    status: index ? 'unknown' : 'trading',
    strike: type === 'option' ? decimal(row.strike, exponent, { name: 'strike', place }) : null,
    symbol,
    tick,
    validTo: ends?.validTo ?? null,
    venue: segment.venue,
  };
}
