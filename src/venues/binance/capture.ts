/**
 * Raw records or recording lines → the events of a session, with every fault as a fact.
 * @module
 */
import { decodeUtf8, isQuantlaxmiError } from '../../core/index.js';
import {
  type EventInput,
  type EventType,
  type InstrumentBody,
  SCHEMA_VERSIONS,
  type SessionBody,
} from '../../events/index.js';
import { breaksFeed } from '../../market/index.js';
import type { RawAnswer, RawFrame, RawRecord } from '../feed/index.js';
import type { BinanceCapture, BinanceCaptureOptions, CaptureStats } from './capture-types.js';
import { binanceFrameDecoder, type DecodedFrame, type FrameDecoder } from './decoder.js';
import { createRecordingScan } from './infer.js';
import { AnswerReader } from './internal/answers.js';
import type { MessageKey } from './internal/brought.js';
import { digestOf, Handover } from './internal/handover.js';
import { Instruments } from './internal/instruments.js';
import { numberOf } from './internal/instrument-state.js';
import { Sheet, type Span } from './internal/sheet.js';
import { BINANCE_VENUE } from './market.js';
import { type RecordingLine, splitRecordingLine, symbolOfUrl } from './recording.js';

const HANDOVER_BYTES_MAX = 64 * 1024 * 1024;

/** How a message came: what it may be taken for, and whose it is when it names no symbol. */
interface Origin {
  readonly symbol: string | null;
  readonly isAnswer: boolean;
}

const PUSHED: Origin = { symbol: null, isAnswer: false };

class RecordCapture implements BinanceCapture {
  readonly #options: BinanceCaptureOptions;
  readonly #decoder: FrameDecoder;
  readonly #sheet: Sheet;
  readonly #instruments: Instruments;
  readonly #handover: Handover;
  readonly #answers: AnswerReader;
  /** Of a recorded message that names no symbol. */
  readonly #recorded: Origin;
  #started = false;

  constructor(options: BinanceCaptureOptions) {
    this.#options = options;
    const { instruments = [], aggTrades = false, partialDepth = [] } = options;
    const sheet = new Sheet(options.factLimit ?? 100, options.excerptBytes ?? 256);
    this.#sheet = sheet;
    this.#decoder = binanceFrameDecoder({ instruments: [], aggTrades, partialDepth });
    this.#instruments = new Instruments({ options, sheet, decoder: this.#decoder });
    this.#answers = new AnswerReader({ instruments: this.#instruments, sheet });
    const only = instruments.length === 1 ? (instruments[0] as InstrumentBody).symbol : null;
    this.#recorded = { symbol: options.snapshotSymbol ?? only, isAnswer: true };
    this.#handover = new Handover({
      bytesMax: options.handoverBytesMax ?? HANDOVER_BYTES_MAX,
      runs: () => this.#instruments.runs(),
      handOn: (bytes) => {
        this.#read(bytes, { start: 0, end: bytes.length }, PUSHED);
      },
      repeated: () => {
        sheet.counts.repeated += 1;
      },
    });
  }

  get stats(): CaptureStats {
    return this.#sheet.stats;
  }

  line(bytes: Uint8Array, start: number, end: number): EventInput[] {
    const sheet = this.#open();
    sheet.counts.lines += 1;
    let line: RecordingLine;
    try {
      line = splitRecordingLine(bytes, start, end);
    } catch (error) {
      sheet.malformed(error, bytes, { start, end });
      return sheet.out;
    }
    this.#begin(line.rx);
    const { url } = line;
    const symbol = url === null ? null : symbolOfUrl(url);
    this.#read(bytes, line, symbol === null ? this.#recorded : { symbol, isAnswer: true });
    return sheet.out;
  }

  message(bytes: Uint8Array, rx: number, symbol: string | null): EventInput[] {
    const sheet = this.#open();
    sheet.counts.lines += 1;
    this.#begin(rx);
    const origin = symbol === null ? this.#recorded : { symbol, isAnswer: true };
    this.#read(bytes, { start: 0, end: bytes.length }, origin);
    return sheet.out;
  }

  tooLong(byteLength: number, head: Uint8Array): EventInput[] {
    const sheet = this.#open();
    sheet.counts.lines += 1;
    sheet.counts.malformed += 1;
    const text = sheet.excerpt(head, { start: 0, end: head.length });
    sheet.sampled({
      kind: 'malformed',
      code: 'QL_VENUE_LINE_TOO_LONG',
      inst: null,
      details: { byteLength, excerpt: text },
    });
    return sheet.out;
  }

  record(record: RawRecord): EventInput[] {
    const sheet = this.#open();
    this.#begin(record.rx);
    if (record.kind === 'frame') {
      sheet.counts.lines += 1;
      this.#frame(record);
    } else if (record.kind === 'answer') {
      sheet.counts.lines += 1;
      this.#answer(record);
    } else this.#fact(record.body);
    return sheet.out;
  }

  restore(event: EventInput): void {
    const sheet = this.#open();
    this.#started = true;
    sheet.firstRx ??= event.rx;
    if (event.rx > sheet.lastRx) sheet.lastRx = event.rx;
    if (event.t === 'Instrument') this.#instruments.restore(event.body);
    else if (event.t === 'Session') {
      if (breaksFeed(event.body)) this.#instruments.invalidate(event.body.inst);
    } else this.#instruments.follow(event);
  }

  stop(): EventInput[] {
    const sheet = this.#open();
    if (sheet.counts.lines === 0 && sheet.firstRx === null) return sheet.out;
    // A recording without a single receive time: its facts stand at time 0.
    if (sheet.firstRx === null) this.#begin(0);
    sheet.push({ kind: 'stop', code: '', inst: null, details: { ...sheet.counts } });
    return sheet.out;
  }

  symbols(): readonly string[] {
    return this.#instruments.all().map((one) => one.body.symbol);
  }

  instrument(symbol: string): InstrumentBody | null {
    return this.#instruments.bySymbol(symbol)?.body ?? null;
  }

  unsynced(): readonly string[] {
    const waiting = this.#instruments.all().filter((one) => one.check.waiting);
    return waiting.map((one) => one.body.symbol);
  }

  synced(symbol: string): boolean {
    return this.#instruments.bySymbol(symbol)?.check.synced ?? false;
  }

  lastUpdate(symbol: string): number {
    return this.#instruments.bySymbol(symbol)?.check.lastUpdate ?? -1;
  }

  lastRx(symbol: string, type: EventType): number {
    return this.#instruments.bySymbol(symbol)?.lastRx(type) ?? 0;
  }

  held(): number {
    return this.#handover.held();
  }

  #open(): Sheet {
    this.#sheet.out = [];
    return this.#sheet;
  }

  /** Opens the session at its first receive time and keeps receive times from stepping back. */
  #begin(rx: number): void {
    this.#sheet.at(rx);
    if (this.#started) return;
    this.#started = true;
    const { market, sessionId, instruments = [] } = this.#options;
    const details = { market, sessionId, venue: BINANCE_VENUE };
    this.#sheet.push({ kind: 'start', code: '', inst: null, details });
    for (const one of instruments) this.#instruments.declare(one);
    this.#sheet.flushEarly();
  }

  #frame({ bytes, conn }: RawFrame): void {
    const { lastRx } = this.#sheet;
    const route = this.#handover.route(conn, lastRx);
    if (route === 'on') {
      const read = this.#read(bytes, { start: 0, end: bytes.length }, PUSHED);
      if (!isNumbered(read)) this.#handover.unnumbered(conn, bytes, lastRx);
      return;
    }
    const key = this.#keyOf(bytes);
    // Answers to subscriptions are of their own connection and repeat nothing.
    if (key === null) this.#read(bytes, { start: 0, end: bytes.length }, PUSHED);
    else if (route === 'hold') this.#handover.hold(conn, bytes, { key, rx: lastRx });
    else if (route === 'drop' || this.#handover.settled(conn, key)) {
      this.#sheet.counts.repeated += 1;
    } else {
      this.#read(bytes, { start: 0, end: bytes.length }, PUSHED);
      if (route === 'overlap') this.#handover.note(conn, key, lastRx);
      else if (key.type === null) this.#handover.unnumbered(conn, bytes, lastRx);
    }
  }

  /** What tells a message from others on another connection; null for one that has no twin. */
  #keyOf(bytes: Uint8Array): MessageKey | null {
    try {
      const frame = this.#decode(bytes, { start: 0, end: bytes.length }, PUSHED);
      if (frame.t === 'ignored') {
        if (frame.reason === 'control') return null;
      } else if (frame.t !== 'array') {
        const seq = numberOf(frame);
        if (seq !== null) {
          const { t: type, body } = frame as EventInput & { t: 'Trade'; body: { inst: string } };
          return { type, inst: body.inst, seq };
        }
      }
    } catch (error) {
      if (!isQuantlaxmiError(error)) throw error;
    }
    return { type: null, digest: digestOf(bytes) };
  }

  #answer(answer: RawAnswer): void {
    const { bytes, status, url } = answer;
    const span = { start: 0, end: bytes.length };
    if (status !== 200) {
      const text = this.#sheet.excerpt(bytes, span);
      const details = { status, url, excerpt: text };
      this.#sheet.counts.malformed += 1;
      this.#sheet.sampled({ kind: 'malformed', code: 'QL_VENUE_HTTP', inst: null, details });
      return;
    }
    if (this.#answers.take(answer)) return;
    const symbol = symbolOfUrl(url);
    if (symbol !== null && this.#instruments.outdated(symbol, answer)) return;
    this.#read(bytes, span, { symbol, isAnswer: true });
  }

  /** A fact of the feed: recorded as it is, and acted on. */
  #fact(body: SessionBody): void {
    const sheet = this.#sheet;
    const sv = SCHEMA_VERSIONS.Session;
    sheet.out.push({ t: 'Session', sv, rx: sheet.lastRx, ts: null, src: BINANCE_VENUE, body });
    const { code, details, inst, kind } = body;
    const conn = typeof details['conn'] === 'number' ? details['conn'] : -1;
    if (kind === 'connected') {
      const link = String(details['link'] ?? '');
      const follows = code === 'QL_FEED_HANDOVER';
      this.#handover.connected(link, conn, { follows, rx: sheet.lastRx });
    } else if (kind === 'config' && code === 'QL_FEED_HANDOVER') {
      this.#handover.takeOver(conn, sheet.lastRx);
    } else if (kind === 'disconnected') {
      this.#instruments.invalidate(inst, !this.#handover.overlaps(conn));
      this.#handover.disconnected(conn, sheet.lastRx);
    } else if (code === 'QL_VENUE_SUBSCRIPTION' && details['action'] === 'subscribe') {
      this.#instruments.want(String(details['symbol']));
    } else if (kind === 'gap' && code === 'QL_FEED_RESTARTED') {
      this.#instruments.invalidate(null);
      this.#handover.reset();
    }
  }

  #decode(bytes: Uint8Array, span: Span, origin: Origin): DecodedFrame {
    const { start, end } = span;
    const { symbol, isAnswer } = origin;
    return this.#decoder.decode({ bytes, start, end, rx: this.#sheet.lastRx, symbol, isAnswer });
  }

  /** Reads a message into events and facts; null for one that could not be read. */
  #read(bytes: Uint8Array, span: Span, origin: Origin): DecodedFrame | null {
    let frame: DecodedFrame;
    try {
      frame = this.#decodeFine(bytes, span, origin);
      if (frame.t === 'ignored' && frame.reason === 'exchangeInfo') {
        this.#instruments.read(decodeUtf8(bytes.subarray(span.start, span.end)));
        return frame;
      }
    } catch (error) {
      this.#sheet.malformed(error, bytes, span);
      return null;
    }
    this.#take(frame);
    if (frame.t !== 'array') return frame;
    for (const error of frame.refused) this.#sheet.malformed(error, bytes, span);
    return frame;
  }

  /** Reads a message, once more when its digits made an instrument finer. */
  #decodeFine(bytes: Uint8Array, span: Span, origin: Origin): DecodedFrame {
    try {
      const frame = this.#decode(bytes, span, origin);
      if (frame.t !== 'array' || !frame.refused.some(isFiner)) return frame;
      return this.#refine(bytes, span, origin) ? this.#decode(bytes, span, origin) : frame;
    } catch (error) {
      if (!isFiner(error) || !this.#refine(bytes, span, origin)) throw error;
      return this.#decode(bytes, span, origin);
    }
  }

  #refine(bytes: Uint8Array, span: Span, origin: Origin): boolean {
    const { finerDigits, market } = this.#options;
    if (finerDigits !== 'redeclare') return false;
    const scan = createRecordingScan(market);
    scan.message(bytes.subarray(span.start, span.end), origin.symbol);
    let refined = false;
    for (const { symbol, priceExponent, qtyExponent } of scan.instruments()) {
      if (this.#instruments.refine(symbol, 0 - priceExponent, 0 - qtyExponent)) refined = true;
    }
    return refined;
  }

  #take(frame: DecodedFrame): void {
    if (frame.t === 'array') {
      for (const one of frame.frames) this.#take(one);
      return;
    }
    if (frame.t !== 'ignored') {
      this.#instruments.take(frame);
      return;
    }
    const { reason, name, trade } = frame;
    if (trade !== undefined) this.#instruments.skip(trade);
    else if (reason === 'unknownStream' || reason === 'unknownSymbol') {
      this.#sheet.unknown(reason, name);
    } else this.#sheet.counts.ignored += 1;
  }
}

/** True for a message that has a number in its stream, or no twin on another connection. */
function isNumbered(frame: DecodedFrame | null): boolean {
  if (frame === null || frame.t === 'array') return false;
  return frame.t === 'ignored' ? frame.reason === 'control' : numberOf(frame) !== null;
}

const isFiner = (error: unknown): boolean => isQuantlaxmiError(error, 'QL_FIXED_INEXACT');

/**
 * Makes the transform from raw records (frames, answers, facts of a feed) or raw recording lines to
 * session events: Session start, one Instrument each, then Quote, Trade, BookDelta, BookSnapshot,
 * Funding, Bar, Liquidation and Stats as the venue sent them, with gaps, resyncs, clock steps,
 * malformed and unknown messages as Session facts. It is a pure function of its input: the same
 * records give the same events.
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
  return new RecordCapture(options);
}
