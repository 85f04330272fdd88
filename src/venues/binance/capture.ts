/**
 * Raw recording → the events of a session, with every fault of the recording as a fact.
 * @module
 */
import { decodeUtf8, isQuantlaxmiError, type QuantlaxmiError } from '../../core/index.js';
import { type EventInput, type InstrumentBody, SCHEMA_VERSIONS } from '../../events/index.js';
import {
  binanceFrameDecoder,
  type DecodedFrame,
  type FrameDecoder,
  type IgnoredFrame,
} from './decoder.js';
import { parseExchangeInfo } from './exchange-info.js';
import { withFinerDigits } from './finer-digits.js';
import { type Fact, FactLimiter, excerpt, sessionEvent } from './internal/facts.js';
import { FeedCheck } from './internal/feed-check.js';
import { BINANCE_VENUE, type BinanceMarket } from './market.js';
import { type RecordingLine, splitRecordingLine, symbolOfUrl } from './recording.js';

/** Options of {@link createBinanceCapture}. */
export interface BinanceCaptureOptions {
  readonly market: BinanceMarket;
  /** Id of the session, recorded in its first event. */
  readonly sessionId: string;
  /** Instruments to record, declared before anything else. */
  readonly instruments: readonly InstrumentBody[];
  /** Symbol of REST depth snapshots that name none; default: the only instrument's. */
  readonly snapshotSymbol?: string;
  /** Record `aggTrade` messages as trades; default false, since they repeat `trade`. */
  readonly aggTrades?: boolean;
  /** Facts recorded one by one per code (gaps always are); default 100. All are counted. */
  readonly factLimit?: number;
  /** Longest excerpt of a malformed message in its fact, in bytes; default 256. */
  readonly excerptBytes?: number;
}

/** What a capture counted so far. */
export interface CaptureStats {
  /** Lines seen. */
  readonly lines: number;
  readonly quotes: number;
  readonly trades: number;
  readonly deltas: number;
  readonly snapshots: number;
  /** Missing depth updates, unusable snapshots and missing trade ids. */
  readonly gaps: number;
  /** Lines that are no message, messages that could not be read. */
  readonly malformed: number;
  readonly duplicateTrades: number;
  readonly outOfOrder: number;
  readonly clockSteps: number;
  readonly unknownStreams: number;
  readonly unknownSymbols: number;
  /** Well-formed messages left out on purpose: aggregated trades, answers to requests. */
  readonly ignored: number;
  readonly firstRx: number | null;
  readonly lastRx: number | null;
}

type Counter = Exclude<keyof CaptureStats, 'firstRx' | 'lastRx'>;

/** Turns raw lines into events; see {@link createBinanceCapture}. */
export interface BinanceCapture {
  /** Events of one recording line in bytes[start, end). Never throws for what the line holds. */
  line(bytes: Uint8Array, start: number, end: number): EventInput[];
  /** Events for a line that was longer than allowed; `head` is its start. */
  tooLong(byteLength: number, head: Uint8Array): EventInput[];
  /** Events of one message received at `rx` µs; `symbol` for a snapshot that names none. */
  message(bytes: Uint8Array, rx: number, symbol: string | null): EventInput[];
  /** Ends the session: a Session stop fact with all counts. Nothing when no line was seen. */
  stop(): EventInput[];
  readonly stats: CaptureStats;
}

/** Names of unknown streams and symbols remembered, so that each is reported once. */
const NAMES_MAX = 256;

const COUNTER_OF_CODE: Readonly<Record<string, Counter>> = {
  QL_VENUE_CLOCK_STEP: 'clockSteps',
  QL_VENUE_DUPLICATE_TRADE: 'duplicateTrades',
  QL_VENUE_OUT_OF_ORDER: 'outOfOrder',
  QL_VENUE_SEQUENCE_GAP: 'gaps',
  QL_VENUE_SNAPSHOT_UNUSABLE: 'gaps',
  QL_VENUE_TRADE_GAP: 'gaps',
};

class RecordingCapture implements BinanceCapture {
  readonly #options: BinanceCaptureOptions;
  readonly #decoder: FrameDecoder;
  readonly #instruments = new Map<string, InstrumentBody>();
  readonly #checks = new Map<string, FeedCheck>();
  readonly #facts: FactLimiter;
  readonly #names = new Set<string>();
  readonly #snapshotSymbol: string | null;
  readonly #counts: Record<Counter, number> = {
    lines: 0,
    quotes: 0,
    trades: 0,
    deltas: 0,
    snapshots: 0,
    gaps: 0,
    malformed: 0,
    duplicateTrades: 0,
    outOfOrder: 0,
    clockSteps: 0,
    unknownStreams: 0,
    unknownSymbols: 0,
    ignored: 0,
  };
  #firstRx: number | null = null;
  #lastRx = 0;
  #out: EventInput[] = [];
  /** Facts of lines before the first receive time; bounded by the limit on facts. */
  readonly #early: Fact[] = [];

  constructor(options: BinanceCaptureOptions) {
    this.#options = options;
    this.#facts = new FactLimiter(options.factLimit ?? 100);
    const { instruments, aggTrades = false } = options;
    this.#decoder = binanceFrameDecoder({ instruments, aggTrades });
    for (const one of instruments) this.#instruments.set(one.symbol, one);
    const only = instruments.length === 1 ? (instruments[0] as InstrumentBody).symbol : null;
    this.#snapshotSymbol = options.snapshotSymbol ?? only;
  }

  get stats(): CaptureStats {
    const lastRx = this.#firstRx === null ? null : this.#lastRx;
    return { ...this.#counts, firstRx: this.#firstRx, lastRx };
  }

  line(bytes: Uint8Array, start: number, end: number): EventInput[] {
    this.#out = [];
    this.#counts.lines += 1;
    let line: RecordingLine;
    try {
      line = splitRecordingLine(bytes, start, end);
    } catch (error) {
      this.#malformed(error, bytes, { start, end });
      return this.#out;
    }
    this.#begin(line.rx);
    this.#read(bytes, line, line.url === null ? null : symbolOfUrl(line.url));
    return this.#out;
  }

  message(bytes: Uint8Array, rx: number, symbol: string | null): EventInput[] {
    this.#out = [];
    this.#counts.lines += 1;
    this.#begin(rx);
    this.#read(bytes, { start: 0, end: bytes.length }, symbol);
    return this.#out;
  }

  tooLong(byteLength: number, head: Uint8Array): EventInput[] {
    this.#out = [];
    this.#counts.lines += 1;
    this.#counts.malformed += 1;
    this.#sampled({
      kind: 'malformed',
      code: 'QL_VENUE_LINE_TOO_LONG',
      inst: null,
      details: { byteLength, excerpt: this.#excerpt(head, 0, head.length) },
    });
    return this.#out;
  }

  stop(): EventInput[] {
    this.#out = [];
    if (this.#counts.lines === 0) return this.#out;
    // A recording without a single receive time: its facts stand at time 0.
    if (this.#firstRx === null) this.#begin(0);
    this.#push({ kind: 'stop', code: '', inst: null, details: { ...this.#counts } });
    return this.#out;
  }

  /** Opens the session at its first receive time and keeps receive times from stepping back. */
  #begin(rx: number): void {
    if (this.#firstRx === null) {
      this.#firstRx = rx;
      this.#lastRx = rx;
      this.#start();
      for (const fact of this.#early.splice(0)) this.#push(fact);
    } else if (rx < this.#lastRx) {
      const details = { backUs: this.#lastRx - rx, receivedUs: rx };
      this.#report({ kind: 'clock', code: 'QL_VENUE_CLOCK_STEP', inst: null, details });
    } else this.#lastRx = rx;
  }

  #start(): void {
    const { market, sessionId } = this.#options;
    const details = { market, sessionId, venue: BINANCE_VENUE };
    this.#push({ kind: 'start', code: '', inst: null, details });
    for (const one of this.#instruments.values()) this.#declare(one);
  }

  #declare(body: InstrumentBody): void {
    this.#instruments.set(body.symbol, body);
    const sv = SCHEMA_VERSIONS.Instrument;
    this.#out.push({ t: 'Instrument', sv, rx: this.#lastRx, ts: null, src: BINANCE_VENUE, body });
  }

  #read(bytes: Uint8Array, span: { start: number; end: number }, given: string | null): void {
    const { start, end } = span;
    let frame: DecodedFrame;
    try {
      const symbol = given ?? this.#snapshotSymbol;
      frame = this.#decoder.decode({ bytes, start, end, rx: this.#lastRx, symbol });
      if (frame.t === 'ignored' && frame.reason === 'exchangeInfo') {
        this.#redeclare(decodeUtf8(bytes.subarray(start, end)));
        return;
      }
    } catch (error) {
      this.#malformed(error, bytes, span);
      return;
    }
    this.#take(frame);
  }

  #take(frame: DecodedFrame): void {
    switch (frame.t) {
      case 'BookDelta': {
        this.#counts.deltas += 1;
        this.#report(this.#check(frame.body.inst).delta(frame.body));
        this.#out.push(frame);
        return;
      }
      case 'Quote':
        this.#counts.quotes += 1;
        this.#out.push(frame);
        return;
      case 'Trade':
        this.#counts.trades += 1;
        this.#out.push(frame);
        this.#report(this.#check(frame.body.inst).trade(frame.body));
        return;
      case 'BookSnapshot':
        this.#counts.snapshots += 1;
        this.#out.push(frame);
        this.#report(this.#check(frame.body.inst).snapshot(frame.body));
        return;
      case 'ignored':
        this.#leaveOut(frame);
        return;
      default:
    }
  }

  #check(inst: string): FeedCheck {
    let check = this.#checks.get(inst);
    if (check === undefined) {
      check = new FeedCheck(inst);
      this.#checks.set(inst, check);
    }
    return check;
  }

  /**
   * New metadata: instruments that changed are declared again from here on. Exponents only get
   * finer, so that mantissas before and after stay comparable and books stay usable.
   */
  #redeclare(json: string): void {
    const symbols = new Set(this.#instruments.keys());
    for (const one of parseExchangeInfo(json, this.#options.market, symbols)) {
      const held = this.#instruments.get(one.symbol) as InstrumentBody;
      const fresh = withFinerDigits(one, held.priceExponent, held.qtyExponent);
      const names = Object.keys(fresh) as (keyof InstrumentBody)[];
      if (names.every((name) => held[name] === fresh[name])) continue;
      this.#decoder.declare(fresh);
      this.#declare(fresh);
    }
  }

  #leaveOut(frame: IgnoredFrame): void {
    const { reason, name } = frame;
    if (reason !== 'unknownStream' && reason !== 'unknownSymbol') {
      this.#counts.ignored += 1;
      return;
    }
    this.#counts[reason === 'unknownStream' ? 'unknownStreams' : 'unknownSymbols'] += 1;
    const key = `${reason} ${name}`;
    if (this.#names.has(key) || this.#names.size >= NAMES_MAX) return;
    this.#names.add(key);
    const bytes = Uint8Array.from(name, (char) => char.charCodeAt(0));
    const code = reason === 'unknownStream' ? 'QL_VENUE_UNKNOWN_STREAM' : 'QL_VENUE_UNKNOWN_SYMBOL';
    const details = { name: this.#excerpt(bytes, 0, bytes.length) };
    this.#push({ kind: 'malformed', code, inst: null, details });
  }

  #malformed(error: unknown, bytes: Uint8Array, span: { start: number; end: number }): void {
    if (!isQuantlaxmiError(error)) throw error;
    const { code, message } = error as QuantlaxmiError;
    this.#counts.malformed += 1;
    const byteLength = span.end - span.start;
    const details = { byteLength, excerpt: this.#excerpt(bytes, span.start, span.end), message };
    this.#sampled({ kind: 'malformed', code, inst: null, details });
  }

  #excerpt(bytes: Uint8Array, start: number, end: number): string {
    return excerpt(bytes, start, end, this.#options.excerptBytes ?? 256);
  }

  /** Counts a fact of the streams and records it; gaps always, others up to the limit. */
  #report(fact: Fact | null): void {
    if (fact === null) return;
    const counter = COUNTER_OF_CODE[fact.code];
    if (counter !== undefined) this.#counts[counter] += 1;
    if (fact.kind === 'gap' || fact.kind === 'resync') this.#push(fact);
    else this.#sampled(fact);
  }

  #sampled(fact: Fact): void {
    if (this.#facts.admit(fact.code)) this.#push(fact);
  }

  /** Records a fact at the current receive time, or keeps it until there is one. */
  #push(fact: Fact): void {
    if (this.#firstRx === null) this.#early.push(fact);
    else this.#out.push(sessionEvent(this.#lastRx, fact));
  }
}

/**
 * Makes the transform from raw recording lines to session events: Session start, one Instrument
 * each, then Quote, Trade, BookDelta and BookSnapshot as the venue sent them, with gaps, resyncs,
 * clock steps, malformed and unknown messages as Session facts. It is a pure function of its lines:
 * the same recording gives the same events.
 *
 * @example
 * ```ts
 * import { encodeUtf8 } from 'quantlaxmi/core';
 * import { createBinanceCapture, inferredInstrument } from 'quantlaxmi/venues/binance';
 *
 * const btc = inferredInstrument({
 *   market: 'spot', symbol: 'BTCUSDT', priceDecimals: 2, qtyDecimals: 5,
 * });
 * const capture = createBinanceCapture({ market: 'spot', sessionId: 's1', instruments: [btc] });
 * const line = encodeUtf8(
 *   '1723161254087891268 {"u":7,"s":"BTCUSDT","b":"61837.63","B":"3.7","a":"61837.64","A":"1.6"}',
 * );
 * capture.line(line, 0, line.length).map((event) => event.t);
 * // => ['Session', 'Instrument', 'Quote']
 * capture.stats.malformed; // => 0
 * ```
 */
export function createBinanceCapture(options: BinanceCaptureOptions): BinanceCapture {
  return new RecordingCapture(options);
}
