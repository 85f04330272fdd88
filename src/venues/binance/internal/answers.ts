/**
 * Answers over HTTP that are no depth snapshot and no metadata, told apart by the path they came
 * from: server time, mark prices, funding rates, open interest.
 * Field meanings: developers.binance.com, derivatives, REST market data (Mark Price, Funding Rate
 * History, Open Interest, Check Server Time).
 * @module
 */
import { isQuantlaxmiError, QuantlaxmiError } from '../../../core/index.js';
import { type EventInput, SCHEMA_VERSIONS } from '../../../events/index.js';
import { decimalsOf, MANTISSA_MAX, parseMantissa } from '../../../fixed-point/index.js';
import type { RawAnswer } from '../../feed/index.js';
import { BINANCE_VENUE } from '../market.js';
import type { InstrumentState } from './instrument-state.js';
import type { Instruments } from './instruments.js';
import { refuse } from './json-scan.js';
import { asObject, asRows, type JsonTree, parseTree, plainDecimal } from './json-tree.js';
import type { Sheet } from './sheet.js';

/** What {@link AnswerReader} works with. */
export interface AnswerReaderInput {
  readonly instruments: Instruments;
  readonly sheet: Sheet;
}

type Row = ReadonlyMap<string, JsonTree>;
/** Makes the event of one row; null when the row says nothing that an event holds. */
type RowReader = (row: Row, state: InstrumentState, rx: number) => EventInput | null;

const RATE_EXPONENT = -8;

/** Last part of the path of an address: `/api/v3/depth?symbol=BTCUSDT` → `depth`. */
export function endpointOf(url: string): string {
  const path = url.split('?', 1)[0] as string;
  return path.slice(path.lastIndexOf('/') + 1);
}

function wrong(name: string, expected: string): never {
  throw new QuantlaxmiError('QL_VENUE_ANSWER', `Answer, field "${name}": expected ${expected}.`, {
    context: { name, expected },
  });
}

/** Text of a decimal field; null where it is absent or empty. */
function decimalText(row: Row, name: string): string | null {
  const value = row.get(name);
  if (value === undefined || value === null || value === '') return null;
  return plainDecimal(value) ?? wrong(name, 'a decimal');
}

/** A decimal that is not negative, as a mantissa; null where it is absent or empty. */
function amount(row: Row, name: string, exponent: number): number | null {
  const text = decimalText(row, name);
  if (text === null) return null;
  return text.startsWith('-') ? wrong(name, 'no negative number') : parseMantissa(text, exponent);
}

/** A time in ms as µs; null where it is absent or 0. */
function time(row: Row, name: string): number | null {
  const text = decimalText(row, name);
  if (text === null) return null;
  if (!/^\d{1,16}$/.test(text)) return wrong(name, 'a time in ms');
  const us = parseMantissa(text, 0) * 1000;
  return us <= MANTISSA_MAX ? us || null : wrong(name, 'a time within 2^53-1 µs');
}

function fundingOf(state: InstrumentState, values: FundingValues): EventInput | null {
  const { mark, rx, ts } = values;
  // A funding rate of the years before mark prices were told with it: no event can hold it.
  if (mark === null || mark === 0) return null;
  return {
    t: 'Funding',
    sv: SCHEMA_VERSIONS.Funding,
    rx,
    ts,
    src: BINANCE_VENUE,
    body: {
      index: values.index || null,
      inst: state.body.instrumentId,
      intervalUs: null,
      mark,
      nextFundingTs: values.next,
      rateE8: values.rate === null ? 0 : parseMantissa(values.rate, RATE_EXPONENT),
    },
  };
}

interface FundingValues {
  readonly mark: number | null;
  readonly index: number | null;
  readonly rate: string | null;
  readonly next: number | null;
  readonly ts: number | null;
  readonly rx: number;
}

const premiumIndex: RowReader = (row, state, rx) => {
  const { priceExponent } = state.body;
  return fundingOf(state, {
    mark: amount(row, 'markPrice', priceExponent),
    index: amount(row, 'indexPrice', priceExponent),
    rate: decimalText(row, 'lastFundingRate'),
    next: time(row, 'nextFundingTime'),
    ts: time(row, 'time'),
    rx,
  });
};

const fundingRate: RowReader = (row, state, rx) =>
  fundingOf(state, {
    mark: amount(row, 'markPrice', state.body.priceExponent),
    index: null,
    rate: decimalText(row, 'fundingRate') ?? wrong('fundingRate', 'a decimal'),
    next: null,
    ts: time(row, 'fundingTime') ?? wrong('fundingTime', 'a time in ms'),
    rx,
  });

const openInterest: RowReader = (row, state, rx) => {
  const value = amount(row, 'openInterest', state.body.qtyExponent);
  if (value === null) return wrong('openInterest', 'a decimal');
  const none = { close: null, high: null, last: null, low: null, open: null };
  const inst = state.body.instrumentId;
  return {
    t: 'Stats',
    sv: SCHEMA_VERSIONS.Stats,
    rx,
    ts: time(row, 'time'),
    src: BINANCE_VENUE,
    body: { ...none, inst, openInterest: value, turnover: null, volume: null },
  };
};

const READERS: ReadonlyMap<string, RowReader> = /* @__PURE__ */ new Map([
  ['premiumIndex', premiumIndex],
  ['fundingRate', fundingRate],
  ['openInterest', openInterest],
]);

/** Fields whose digits follow the instrument's exponents. */
const PRICES = ['markPrice', 'indexPrice'];
const QUANTITIES = ['openInterest'];

export class AnswerReader {
  readonly #instruments: Instruments;
  readonly #sheet: Sheet;

  constructor(input: AnswerReaderInput) {
    this.#instruments = input.instruments;
    this.#sheet = input.sheet;
  }

  /** Takes an answer; false when it is one that reads as a message does. */
  take(answer: RawAnswer): boolean {
    const endpoint = endpointOf(answer.url);
    if (endpoint === 'depth' || endpoint === 'exchangeInfo') return false;
    const span = { start: 0, end: answer.bytes.length };
    try {
      const reader = READERS.get(endpoint);
      if (endpoint === 'time') this.#time(answer);
      else if (reader === undefined) this.#sheet.unknown('unknownStream', endpoint);
      else {
        // Asked for all symbols, the venue answers with all of the market.
        const single = /[?&](?:symbol|pair)=/.test(answer.url);
        const rows = asRows(parseTree(answer.bytes));
        this.#sheet.counts.answers += 1;
        for (const tree of rows) {
          try {
            this.#row(tree, reader, single);
          } catch (error) {
            this.#sheet.malformed(error, answer.bytes, span);
          }
        }
      }
    } catch (error) {
      this.#sheet.malformed(error, answer.bytes, span);
    }
    return true;
  }

  #row(tree: JsonTree, reader: RowReader, single: boolean): void {
    const row = asObject(tree) ?? refuse(0, 'an object');
    const symbol = row.get('symbol');
    if (typeof symbol !== 'string') return wrong('symbol', 'a name');
    const state = this.#instruments.bySymbol(symbol);
    if (state === null) {
      if (single) this.#sheet.unknown('unknownSymbol', symbol);
      else this.#sheet.counts.ignored += 1;
      return;
    }
    const { lastRx } = this.#sheet;
    let event: EventInput | null;
    try {
      event = reader(row, state, lastRx);
    } catch (error) {
      if (!isQuantlaxmiError(error, 'QL_FIXED_INEXACT')) throw error;
      const finest = (names: readonly string[]): number =>
        Math.max(...names.map((name) => decimalsOf(decimalText(row, name) ?? '0')));
      if (!this.#instruments.refine(symbol, finest(PRICES), finest(QUANTITIES))) throw error;
      event = reader(row, state, lastRx);
    }
    if (event === null) this.#sheet.counts.ignored += 1;
    else this.#instruments.take(event);
  }

  /**
   * The venue's clock less ours, taken in the middle of the request: half the round trip is the
   * most it can be wrong by (and a millisecond, in which the venue tells its time).
   */
  #time({ bytes, rx, tookUs }: RawAnswer): void {
    const row = asObject(parseTree(bytes)) ?? refuse(0, 'an object');
    const serverUs = time(row, 'serverTime') ?? wrong('serverTime', 'a time in ms');
    const offsetUs = serverUs - (rx - Math.floor(tookUs / 2));
    if (!Number.isSafeInteger(offsetUs)) wrong('serverTime', 'a time within 2^53-1 µs of ours');
    this.#sheet.counts.answers += 1;
    const details = { offsetUs, roundTripUs: tookUs };
    this.#sheet.push({ kind: 'clock', code: 'QL_VENUE_CLOCK_OFFSET', inst: null, details });
  }
}
