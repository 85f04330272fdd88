/**
 * Files → the events of a session, with everything that is wrong in them as facts.
 * @module
 */
import {
  type EventInput,
  type InstrumentBody,
  SCHEMA_VERSIONS,
  type SessionBody,
} from '../../events/index.js';
import type { RawAnswer, RawCapture, RawRecord } from '../feed/index.js';
import { contractId, contractInstrument, underlyingInstrument, underlyingOf } from './contract.js';
import { type NseFileKind, nseFileKind, readerOf } from './file-kind.js';
import { FactSheet, type Place, sessionEvent } from './internal/facts.js';
import { InstrumentTable } from './internal/instrument-table.js';
import { closeOfDay } from './internal/ist.js';
import { LotBook } from './internal/lots.js';
import type { ContractItem, Item, Note, RefusedItem, UnderlyingItem } from './internal/reading.js';
import { NSE_VENUE } from './market.js';

/** Options of {@link nseCapture}. */
export interface NseCaptureOptions {
  /** Id of the session, recorded in its first event. */
  readonly sessionId: string;
  /** What all files are; null or absent: told by the content of each. */
  readonly kind?: NseFileKind | null;
  /** Instruments known beforehand: their lots turn contracts of chains into units. */
  readonly instruments?: readonly InstrumentBody[];
  /** Facts recorded one by one per code; default 100. All are counted. */
  readonly factLimit?: number;
  /** Longest excerpt of a row in its fact, in characters; default 256. */
  readonly excerptChars?: number;
}

/** What a capture counted so far. */
export interface NseStats {
  readonly files: number;
  /** Rows of CSV files, entries of JSON chains. */
  readonly rows: number;
  /** Contracts recorded: rows of bhavcopies, legs of chains. Each gave one Stats event. */
  readonly contracts: number;
  readonly quotes: number;
  /** Instrument events. */
  readonly instruments: number;
  readonly refusedFiles: number;
  /** Rows of which nothing was recorded. */
  readonly refusedRows: number;
  /** Contracts of readable rows that were not recorded. */
  readonly refusedContracts: number;
  /** Facts of kind `malformed`, also those that were not recorded one by one. */
  readonly malformed: number;
  readonly clockSteps: number;
  /** Facts by code. */
  readonly facts: Readonly<Record<string, number>>;
}

/** A capture of files; see {@link nseCapture}. */
export interface NseCapture extends RawCapture {
  /** What was counted so far. */
  readonly stats: NseStats;
}

type Counter =
  | 'files'
  | 'rows'
  | 'contracts'
  | 'quotes'
  | 'instruments'
  | 'refusedFiles'
  | 'refusedRows'
  | 'refusedContracts'
  | 'clockSteps';

const REFUSED = { contract: 'refusedContracts', file: 'refusedFiles', row: 'refusedRows' } as const;

class FileCapture implements NseCapture {
  readonly #options: NseCaptureOptions;
  readonly #facts: FactSheet;
  readonly #lots = new LotBook();
  readonly #table: InstrumentTable;
  readonly #counts: Record<Counter, number> = {
    files: 0,
    rows: 0,
    contracts: 0,
    quotes: 0,
    instruments: 0,
    refusedFiles: 0,
    refusedRows: 0,
    refusedContracts: 0,
    clockSteps: 0,
  };
  #rx = -1;
  #out: EventInput[] = [];

  constructor(options: NseCaptureOptions) {
    this.#options = options;
    this.#facts = new FactSheet(options.factLimit ?? 100, options.excerptChars ?? 256);
    this.#table = new InstrumentTable(options.instruments ?? [], this.#lots);
  }

  get stats(): NseStats {
    const facts: Record<string, number> = {};
    for (const [code, count] of this.#facts.counts) facts[code] = count;
    return { ...this.#counts, malformed: this.#facts.total, facts };
  }

  record(record: RawRecord): EventInput[] {
    this.#out = [];
    this.#begin(record.rx);
    if (record.kind === 'answer') this.#file(record);
    else if (record.kind === 'fact') this.#push(record.body);
    else this.#remark(fileNote('QL_NSE_FILE', 'a frame', 'files only'), ON_NO_FILE);
    return this.#out;
  }

  restore(event: EventInput): void {
    if (event.rx > this.#rx) this.#rx = event.rx;
    if (event.t === 'Instrument') this.#table.restore(event.body);
  }

  stop(): EventInput[] {
    this.#out = [];
    if (this.#rx < 0) return this.#out;
    const { facts, ...counts } = this.stats;
    this.#push({ kind: 'stop', code: '', inst: null, details: { ...facts, ...counts } });
    return this.#out;
  }

  /** Opens the session at its first receive time and keeps receive times from stepping back. */
  #begin(rx: number): void {
    if (this.#rx < 0) {
      this.#rx = rx;
      const details = { sessionId: this.#options.sessionId, venue: NSE_VENUE };
      this.#push({ kind: 'start', code: '', inst: null, details });
    } else if (rx < this.#rx) {
      this.#counts.clockSteps += 1;
      const details = { backUs: this.#rx - rx, receivedUs: rx };
      this.#push({ kind: 'clock', code: 'QL_VENUE_CLOCK_STEP', inst: null, details });
    } else this.#rx = rx;
  }

  #file(answer: RawAnswer): void {
    const { url, bytes, status } = answer;
    this.#counts.files += 1;
    this.#table.forgetBefore(this.#rx);
    const kind = this.#options.kind ?? nseFileKind(bytes);
    const place = { file: url, line: 0, inst: null, text: null };
    if (status !== 200 || kind === null) {
      this.#counts.refusedFiles += 1;
      const [value, expected] =
        status === 200 ? ['', 'a bhavcopy or an option chain'] : [`status ${status}`, 'status 200'];
      this.#remark(fileNote('QL_NSE_FILE', value, expected), place);
      return;
    }
    const file = { name: url, bytes, rx: answer.rx };
    for (const item of readerOf(kind)({ file, lots: this.#lots })) this.#item(item, url);
  }

  #item(item: Item, file: string): void {
    switch (item.t) {
      case 'row':
        this.#counts.rows += 1;
        return;
      case 'contract':
        this.#contract(item, file);
        return;
      case 'underlying':
        this.#underlying(item, file);
        return;
      case 'remark':
        this.#remark(item.note, { file, line: 1, inst: null, text: null });
        return;
      default:
        this.#refused(item, file);
    }
  }

  #refused(item: RefusedItem, file: string): void {
    this.#counts[REFUSED[item.what]] += 1;
    const body = this.#facts.refused(item.error, { ...item.place, file, inst: null });
    if (body !== null) this.#push(body);
  }

  #contract(item: ContractItem, file: string): void {
    const { contract, name, lot, ts, stats, quote, notes } = item;
    const inst = contractId(name);
    if (!this.#table.stands(inst, closeOfDay(contract.expiry), lot)) {
      this.#declare(contractInstrument(contract, name, lot), lot !== null);
    }
    for (const note of notes) this.#remark(note, { ...item.place, file, inst });
    this.#counts.contracts += 1;
    if (quote !== null) {
      this.#counts.quotes += 1;
      this.#out.push({
        ...{ t: 'Quote', sv: SCHEMA_VERSIONS.Quote, rx: this.#rx, ts, src: NSE_VENUE },
        body: { ...quote, inst },
      });
    }
    this.#stats(inst, ts, stats);
  }

  #underlying(item: UnderlyingItem, file: string): void {
    const { symbol, isIndex, ts, stats, notes } = item;
    const underlying = underlyingOf(symbol, isIndex);
    this.#declare(underlyingInstrument(symbol, underlying), true);
    for (const note of notes) this.#remark(note, { ...item.place, file, inst: underlying.id });
    if (stats !== null) this.#stats(underlying.id, ts, stats);
  }

  #stats(inst: string, ts: number | null, stats: ContractItem['stats']): void {
    this.#out.push({
      ...{ t: 'Stats', sv: SCHEMA_VERSIONS.Stats, rx: this.#rx, ts, src: NSE_VENUE },
      body: { ...stats, inst },
    });
  }

  /** Declares an instrument that is new or changed. */
  #declare(body: InstrumentBody, lotKnown: boolean): void {
    const fresh = this.#table.take(body, lotKnown);
    if (fresh === null) return;
    this.#counts.instruments += 1;
    const sv = SCHEMA_VERSIONS.Instrument;
    this.#out.push({ t: 'Instrument', sv, rx: this.#rx, ts: null, src: NSE_VENUE, body: fresh });
  }

  #remark({ code, value, expected }: Note, place: Place): void {
    const body = this.#facts.take(code, place, { value, expected });
    if (body !== null) this.#push(body);
  }

  #push(body: SessionBody): void {
    this.#out.push(sessionEvent(this.#rx, body));
  }
}

const ON_NO_FILE: Place = { file: '', line: 0, inst: null, text: null };

const fileNote = (code: Note['code'], value = '', expected = ''): Note => ({
  code,
  value,
  expected,
});

/**
 * Makes the transform from files to session events: Session start, then for each contract of a file
 * its Instrument (when new or changed), Quote (chains with bid and ask) and Stats. One file is one
 * `answer` record: `url` names it, `rx` is when it was received. It is a function of its records.
 *
 * Prices are mantissas at −2. Volume and open interest are units of the underlying, never
 * contracts: what a file counts in contracts is multiplied by the lot, and is null while the lot is
 * not known.
 *
 * @example
 * ```ts
 * import { encodeUtf8 } from 'quantlaxmi/core';
 * import { nseCapture } from 'quantlaxmi/venues/nse';
 *
 * const file = encodeUtf8([
 *   'Symbol,Expiry,Strike,CE_LTP,CE_OI,CE_Volume,PE_LTP,PE_OI,PE_Volume,Spot,timestamp',
 *   'NIFTY,2026-02-03,24900.0,101.5,650,1300,98,0,65,24897.9,2026-02-02 12:24:59',
 * ].join('\n'));
 * const capture = nseCapture({ sessionId: 's1' });
 * const events = capture.record({
 *   kind: 'answer', rx: 1770015299000000, tookUs: 0, status: 200, url: 'chain.csv', bytes: file,
 * });
 * events.filter((event) => event.t === 'Stats').map((event) => event.body.inst);
 * // => ['NSE:INDEX:NIFTY 50', 'NSE:FO:NIFTY2620324900CE', 'NSE:FO:NIFTY2620324900PE']
 * capture.stats.contracts; // => 2
 * ```
 */
export function nseCapture(options: NseCaptureOptions): NseCapture {
  return new FileCapture(options);
}
