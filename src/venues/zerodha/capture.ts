/**
 * Raw records of Kite → the events of a session, with every fault as a fact.
 * @module
 */
import { type JsonValue, QuantlaxmiError } from '../../core/index.js';
import {
  type EventInput,
  type InstrumentBody,
  SCHEMA_VERSIONS,
  type SessionBody,
} from '../../events/index.js';
import { parseRawLine, type RawFrame, type RawRecord } from '../feed/index.js';
import type { KiteCapture, KiteCaptureOptions, KiteCaptureStats } from './capture-types.js';
import type { KiteInstrument } from './instruments.js';
import { Answers } from './internal/answers.js';
import { checkFrame, isHeartbeat, readU16 } from './internal/frame.js';
import { Handover } from './internal/handover.js';
import { Listing } from './internal/listing.js';
import { type Message, Sheet } from './internal/sheet.js';
import { recordTick } from './internal/tick-events.js';
import { ZERODHA_SOURCE } from './market.js';
import { decodeOrder, kiteOrderBody } from './orders.js';
import { parseKiteLine } from './recording.js';
import { kiteSegment } from './segments.js';
import { decodeText } from './text.js';
import { type KiteMode, readPacket } from './ticks.js';

const HANDOVER = 'QL_FEED_HANDOVER';

class Capture implements KiteCapture {
  readonly #options: KiteCaptureOptions;
  readonly #sheet: Sheet;
  readonly #listing: Listing;
  readonly #answers: Answers;
  readonly #handover = new Handover();
  #begun = false;

  constructor(options: KiteCaptureOptions) {
    this.#options = options;
    this.#sheet = new Sheet(options.factLimit ?? 100, options.excerptBytes ?? 256);
    this.#listing = new Listing(this.#sheet, options.tokens ?? []);
    this.#answers = new Answers(this.#sheet, this.#listing);
    for (const one of options.instruments ?? []) checkExponent(one);
  }

  get stats(): KiteCaptureStats {
    return this.#sheet.stats;
  }

  tokens(): readonly number[] {
    return this.#listing.tokens();
  }

  instrument(token: number): InstrumentBody | null {
    return this.#listing.instrument(token);
  }

  known(token: number): InstrumentBody | null {
    return this.#listing.known(token);
  }

  lastRx(token: number): number {
    return this.#listing.entry(token)?.lastRx ?? 0;
  }

  mode(token: number): KiteMode | null {
    return this.#listing.entry(token)?.mode ?? null;
  }

  line(bytes: Uint8Array, start: number, end: number): EventInput[] {
    this.#sheet.out = [];
    let record: RawRecord;
    try {
      const marked = parseRawLine(bytes, start, end);
      if (marked !== null && marked.kind === 'head') return [];
      record = marked ?? parseKiteLine(bytes, start, end);
    } catch (error) {
      this.#sheet.counts.records += 1;
      this.#sheet.malformed(error, bytes, { start, end, binary: false });
      return this.#sheet.out;
    }
    return this.record(record);
  }

  tooLong(byteLength: number, head: Uint8Array): EventInput[] {
    const sheet = this.#sheet;
    sheet.out = [];
    sheet.counts.records += 1;
    sheet.counts.malformed += 1;
    const excerpt = sheet.excerpt(head, { start: 0, end: head.length, binary: false });
    const details = { byteLength, excerpt };
    sheet.sampled({ code: 'QL_VENUE_LINE_TOO_LONG', details, inst: null, kind: 'malformed' });
    return sheet.out;
  }

  record(record: RawRecord): EventInput[] {
    this.#sheet.out = [];
    this.#sheet.counts.records += 1;
    this.#begin(record.rx);
    switch (record.kind) {
      case 'frame':
        this.#frame(record);
        break;
      case 'answer':
        this.#answers.take(record);
        break;
      case 'fact':
        this.#fact(record.body);
        break;
      default:
    }
    return this.#sheet.out;
  }

  restore(event: EventInput): void {
    const sheet = this.#sheet;
    sheet.firstRx ??= event.rx;
    sheet.lastRx = Math.max(sheet.lastRx, event.rx);
    this.#listing.restore(event);
  }

  stop(): EventInput[] {
    const sheet = this.#sheet;
    sheet.out = [];
    if (sheet.counts.records === 0) return sheet.out;
    // A recording without a single receive time: its facts stand at time 0.
    if (sheet.firstRx === null) this.#begin(0);
    sheet.push({ code: '', details: { ...sheet.counts }, inst: null, kind: 'stop' });
    return sheet.out;
  }

  /** Opens the session at its first receive time and keeps receive times from stepping back. */
  #begin(rx: number): void {
    const sheet = this.#sheet;
    if (sheet.firstRx === null) {
      sheet.firstRx = rx;
      sheet.lastRx = rx;
      const details = { sessionId: this.#options.sessionId, venue: ZERODHA_SOURCE };
      sheet.push({ code: '', details, inst: null, kind: 'start' });
      sheet.flushEarly();
    } else sheet.at(rx);
    if (this.#begun) return;
    this.#begun = true;
    for (const one of this.#options.instruments ?? []) this.#listing.declare(one);
  }

  #fact(body: SessionBody): void {
    const { code, details, kind } = body;
    const { conn, link } = details;
    if (kind === 'gap' && code === 'QL_FEED_RESTARTED') this.#restart();
    if (typeof conn === 'number') {
      if (kind === 'connected') this.#handover.connected(String(link), conn, code === HANDOVER);
      else if (kind === 'config' && code === HANDOVER) this.#handover.takeOver(conn);
      else if (kind === 'disconnected') this.#handover.disconnected(conn);
    }
    this.#sheet.push(body);
  }

  /**
   * The capture was killed and started again: a new one has counted nothing and knows only what the
   * log holds, so the one that reads the raw record forgets the same.
   */
  #restart(): void {
    this.#handover.reset();
    this.#listing.restart();
    this.#sheet.restart();
    for (const one of this.#options.instruments ?? []) this.#listing.declare(one);
  }

  #frame(record: RawFrame): void {
    const { bytes, binary, conn } = record;
    const sheet = this.#sheet;
    if (binary && isHeartbeat(bytes)) {
      sheet.counts.heartbeats += 1;
      return;
    }
    if (!this.#handover.takes(conn)) {
      sheet.counts.dropped += 1;
      return;
    }
    const all = { start: 0, end: bytes.length, binary };
    if (!binary) {
      this.#text(bytes, all);
      return;
    }
    let count: number;
    try {
      count = checkFrame(bytes);
    } catch (error) {
      sheet.malformed(error, bytes, all);
      return;
    }
    let start = 4;
    for (let packet = 1; packet <= count; packet++) {
      const end = start + readU16(bytes, start - 2);
      this.#packet(bytes, { start, end, binary, packet });
      start = end + 2;
    }
  }

  #packet(bytes: Uint8Array, at: PacketAt): void {
    const sheet = this.#sheet;
    sheet.counts.packets += 1;
    let inst: string | null = null;
    try {
      const tick = readPacket(bytes, at.start, at.end - at.start, at.packet);
      const entry = this.#listing.take(tick.token);
      if (entry === null) {
        sheet.unknown('unknownTokens', String(tick.token));
        return;
      }
      inst = entry.inst;
      recordTick(sheet, tick, entry);
    } catch (error) {
      sheet.malformed(error, bytes, at, inst);
    }
  }

  #text(bytes: Uint8Array, at: Message): void {
    const sheet = this.#sheet;
    sheet.counts.texts += 1;
    try {
      const text = decodeText(bytes.subarray(at.start, at.end));
      if (text.type === 'order') this.#order(text.data);
      else if (text.type === 'unknown') sheet.unknown('unknownTypes', text.name);
      else {
        sheet.counts.notices += 1;
        const code = text.type === 'error' ? 'QL_KITE_REFUSED' : 'QL_KITE_MESSAGE';
        const details = { excerpt: sheet.excerpt(bytes, at) };
        const kind = text.type === 'error' ? 'malformed' : 'config';
        sheet.sampled({ code, details, inst: null, kind });
      }
    } catch (error) {
      sheet.malformed(error, bytes, at);
    }
  }

  /** An order update; an Order event when they are recorded and its instrument is known. */
  #order(data: JsonValue): void {
    const { counts, lastRx: rx, out } = this.#sheet;
    counts.orders += 1;
    if (this.#options.orders !== true) return;
    const order = decodeOrder(data);
    const entry = this.#listing.take(order.token);
    const instrument = this.#listing.instrument(order.token);
    if (entry === null || instrument === null) {
      this.#sheet.unknown('unknownTokens', String(order.token));
      return;
    }
    const ts = order.exchangeUpdateTime ?? order.orderTime;
    const body = kiteOrderBody(order, instrument);
    out.push({ t: 'Order', sv: SCHEMA_VERSIONS.Order, rx, ts, src: ZERODHA_SOURCE, body });
  }
}

/** Where a packet stands in its frame. */
interface PacketAt extends Message {
  /** From 1. */
  readonly packet: number;
}

function checkExponent(one: KiteInstrument): void {
  const expected = kiteSegment(one.token)?.exponent;
  const found = one.body.priceExponent;
  if (found === expected) return;
  throw new QuantlaxmiError(
    'QL_BAD_INPUT',
    `Kite instrument ${one.body.instrumentId}: found priceExponent ${found}, expected ` +
      `${expected ?? 'a token of a known segment'} for token ${one.token}. Read it from the dump.`,
    { context: { token: one.token } },
  );
}

/**
 * Makes the transform from raw records to session events: Session start, Instruments as they become
 * known, then BookSnapshot, Quote and Stats of each tick, with malformed messages, unknown tokens,
 * clock steps and the facts of the feed as Session facts. It is a function of its records: the raw
 * record of a capture gives the same events again.
 *
 * @param options - session and instruments
 * @throws QuantlaxmiError QL_BAD_INPUT when an instrument's exponent is not that of its token
 * @example
 * ```ts
 * import { encodeUtf8 } from 'quantlaxmi/core';
 * import { kiteCapture, parseInstruments } from 'quantlaxmi/venues/zerodha';
 *
 * const instruments = parseInstruments(encodeUtf8(
 *   'instrument_token,exchange_token,tradingsymbol,name,last_price,expiry,strike,tick_size,' +
 *     'lot_size,instrument_type,segment,exchange\n' +
 *     '408065,1594,INFY,INFOSYS,0,,0,0.05,1,EQ,NSE,NSE\n',
 * ));
 * const capture = kiteCapture({ sessionId: 's1', instruments });
 * const line = encodeUtf8('1625461887000 0001000800063a0100026683');
 * capture.line(line, 0, line.length).map((event) => event.t);
 * // => ['Session', 'Instrument', 'Stats']
 * ```
 */
export function kiteCapture(options: KiteCaptureOptions): KiteCapture {
  return new Capture(options);
}
