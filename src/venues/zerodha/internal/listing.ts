/**
 * The instruments of a capture: declared ones, and those that a dump names.
 * @module
 */
import { type EventInput, type InstrumentBody, SCHEMA_VERSIONS } from '../../../events/index.js';
import type { RawAnswer } from '../../feed/index.js';
import type { KiteInstrument } from '../instruments.js';
import { ZERODHA_SOURCE } from '../market.js';
import { kiteSegment } from '../segments.js';
import { InstrumentTable } from './instrument-table.js';
import { clean, type Sheet } from './sheet.js';
import type { Entry } from './tick-events.js';

export class Listing {
  readonly #sheet: Sheet;
  readonly #wanted: ReadonlySet<number>;
  readonly #table = new InstrumentTable();
  readonly #entries = new Map<number, Entry>();
  /** Declared instruments by id: of this capture, or of the log that it continues. */
  readonly #declared = new Map<string, InstrumentBody>();
  /** `venueSeq` of the last snapshot by id, where no entry holds it. */
  readonly #seqs = new Map<string, number>();

  constructor(sheet: Sheet, tokens: readonly number[]) {
    this.#sheet = sheet;
    this.#wanted = new Set(tokens);
  }

  tokens(): readonly number[] {
    return [...this.#entries.keys()];
  }

  entry(token: number): Entry | null {
    return this.#entries.get(token) ?? null;
  }

  instrument(token: number): InstrumentBody | null {
    const entry = this.#entries.get(token);
    return entry === undefined ? null : (this.#declared.get(entry.inst) ?? null);
  }

  known(token: number): InstrumentBody | null {
    return this.instrument(token) ?? this.#table.find(token)?.instrument?.body ?? null;
  }

  restore(event: EventInput): void {
    if (event.t === 'Instrument') this.#declared.set(event.body.instrumentId, event.body);
    else if (event.t === 'BookSnapshot') this.#seqs.set(event.body.inst, event.body.venueSeq);
  }

  /** Forgets everything but what the log holds. */
  restart(): void {
    for (const { inst, seq } of this.#entries.values()) this.#seqs.set(inst, seq);
    this.#entries.clear();
    this.#table.clear();
  }

  /** Declares an instrument that is new or has changed, and takes its token from here on. */
  declare(one: KiteInstrument): Entry {
    const { body, token } = one;
    const inst = body.instrumentId;
    const held = this.#declared.get(inst);
    const names = Object.keys(body) as (keyof InstrumentBody)[];
    if (held === undefined || names.some((name) => held[name] !== body[name])) {
      const { lastRx: rx, out } = this.#sheet;
      const src = ZERODHA_SOURCE;
      out.push({ t: 'Instrument', sv: SCHEMA_VERSIONS.Instrument, rx, ts: null, src, body });
    }
    this.#declared.set(inst, body);
    const known = this.#entries.get(token);
    if (known?.inst === inst) return known;
    const segment = kiteSegment(token)?.name;
    const entry: Entry = {
      token,
      inst,
      derivative: body.class === 'future' || body.class === 'option',
      belowZero: segment === 'mcx' || segment === 'mcxsx',
      seq: this.#seqs.get(inst) ?? 0,
      lastRx: 0,
      mode: null,
      bookLost: false,
    };
    this.#entries.set(token, entry);
    return entry;
  }

  /** What is held of a token; declares it when only a dump knows it yet. */
  take(token: number): Entry | null {
    const entry = this.#entries.get(token);
    if (entry !== undefined) return entry;
    const instrument = this.#table.find(token)?.instrument;
    return instrument === null || instrument === undefined ? null : this.declare(instrument);
  }

  /** Takes a dump: declares wanted tokens, and again what changed of declared ones. */
  load(answer: RawAnswer): void {
    const { bytes, url } = answer;
    const wanted = (token: number): boolean => this.#wanted.has(token) || this.#entries.has(token);
    const sheet = this.#sheet;
    for (const { error, instrument, line, oddToken } of this.#table.load(url, bytes, wanted)) {
      if (error !== null) {
        sheet.counts.malformed += 1;
        const details = { line, message: clean(error.message) };
        sheet.sampled({ code: error.code, details, inst: null, kind: 'malformed' });
      }
      if (instrument === null) continue;
      this.declare(instrument);
      if (!oddToken) continue;
      const { body, exchangeToken, token } = instrument;
      const details = { exchangeToken, line, token };
      const inst = body.instrumentId;
      sheet.sampled({ code: 'QL_KITE_TOKEN_PARTS', details, inst, kind: 'malformed' });
    }
  }
}
