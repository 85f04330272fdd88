/**
 * One message while it is read: its bytes, where its fields stand, and how it was wrapped.
 * @module
 */
import { bytesEqual, Fields, SLOT, scanObject } from './fields.js';
import { refuse, skipBlank, skipString, skipValue } from './json-scan.js';
import { readInteger, readTimeUs } from './values.js';

export const ascii = (text: string): Uint8Array =>
  Uint8Array.from(text, (char) => char.charCodeAt(0));

const PREFIX = /* @__PURE__ */ ascii('{"stream":"');
const DATA = /* @__PURE__ */ ascii(',"data":');
const AT_DEPTH = /* @__PURE__ */ ascii('@depth');

/** Names of the fields, as the character codes they have in a message. */
export const FIELD = {
  type: 0x65, // e
  eventTime: 0x45, // E
  time: 0x54, // T
  symbol: 0x73, // s
  firstId: 0x55, // U
  lastId: 0x75, // u
  bid: 0x62, // b
  bidQty: 0x42, // B
  ask: 0x61, // a
  askQty: 0x41, // A
  tradeId: 0x74, // t
  price: 0x70, // p
  qty: 0x71, // q
  buyerIsMaker: 0x6d, // m
  index: 0x69, // i, of a mark price; the interval of a bar
  rate: 0x72, // r
  bar: 0x6b, // k
  order: 0x6f, // o
  side: 0x53, // S
  status: 0x58, // X
  filled: 0x7a, // z
  open: 0x6f, // o
  high: 0x68, // h
  low: 0x6c, // l
  close: 0x63, // c
  volume: 0x76, // v
  turnover: 0x71, // q
  trades: 0x6e, // n
  final: 0x78, // x
  openTime: 0x74, // t
} as const;

/** Names of the recorded types, as they stand in a message. */
export const TYPE = {
  depth: /* @__PURE__ */ ascii('"depthUpdate"'),
  bookTicker: /* @__PURE__ */ ascii('"bookTicker"'),
  trade: /* @__PURE__ */ ascii('"trade"'),
  aggTrade: /* @__PURE__ */ ascii('"aggTrade"'),
  markPrice: /* @__PURE__ */ ascii('"markPriceUpdate"'),
  kline: /* @__PURE__ */ ascii('"kline"'),
  forceOrder: /* @__PURE__ */ ascii('"forceOrder"'),
} as const;

function matchesAt(bytes: Uint8Array, start: number, expected: Uint8Array): boolean {
  for (let i = 0; i < expected.length; i++) if (bytes[start + i] !== expected[i]) return false;
  return true;
}

/** Bytes as text, one character per byte; used for names that are ASCII when they are right. */
export function byteText(bytes: Uint8Array, start: number, end: number): string {
  let text = '';
  for (let at = start; at < end; at++) text += String.fromCharCode(bytes[at] as number);
  return text;
}

/** Made once per decoder and reused: reading a message allocates nothing but its event. */
export class Message {
  bytes: Uint8Array = new Uint8Array(0);
  /** Receive time, µs. */
  rx = 0;
  readonly fields: Fields = new Fields();
  /** First byte of the payload object; a refusal that concerns no single field points here. */
  payloadStart = 0;
  /** Stream name of the wrapper; empty (0, 0) for a bare message. */
  streamStart = 0;
  streamEnd = 0;
  /** The payload is an array, of messages of one type. */
  isArray = false;
  /** After the last byte of an array. */
  payloadEnd = 0;

  /** Finds wrapper and payload fields in bytes[start, end), which must be one JSON value. */
  open(start: number, end: number): void {
    this.fields.clear();
    this.isArray = false;
    this.streamStart = 0;
    this.streamEnd = 0;
    if (!this.#openWrapped(start, end)) this.#openAny(start, end);
  }

  /** The layout every combined stream has: `{"stream":"…","data":{…}}`. */
  #openWrapped(start: number, end: number): boolean {
    const { bytes, fields } = this;
    if (!matchesAt(bytes, start, PREFIX)) return false;
    const nameEnd = skipString(bytes, start + PREFIX.length - 1, end);
    const payload = nameEnd + DATA.length;
    if (!matchesAt(bytes, nameEnd, DATA) || bytes[payload] !== 0x7b) return false;
    let at = scanObject(bytes, payload, end, fields);
    if (bytes[at] !== 0x7d) at = skipBlank(bytes, at);
    if (bytes[at] !== 0x7d) {
      fields.clear();
      return false;
    }
    this.#expectEnd(at + 1, end);
    this.payloadStart = payload;
    this.streamStart = start + PREFIX.length;
    this.streamEnd = nameEnd - 1;
    return true;
  }

  /** A bare message, or a wrapper in another order, with blanks or with further names. */
  #openAny(start: number, end: number): void {
    const { bytes, fields } = this;
    this.payloadStart = skipBlank(bytes, start);
    if (bytes[this.payloadStart] === 0x5b) {
      this.isArray = true;
      this.payloadEnd = skipValue(bytes, this.payloadStart, end, 0);
      this.#expectEnd(this.payloadEnd, end);
      return;
    }
    this.#expectEnd(scanObject(bytes, this.payloadStart, end, fields), end);
    if (!fields.has(SLOT.stream) || !fields.has(SLOT.data)) return;
    this.streamStart = fields.start(SLOT.stream) + 1;
    this.streamEnd = fields.end(SLOT.stream) - 1;
    this.payloadStart = fields.start(SLOT.data);
    this.payloadEnd = fields.end(SLOT.data);
    this.isArray = bytes[this.payloadStart] === 0x5b;
    fields.clear();
    if (!this.isArray) scanObject(bytes, this.payloadStart, this.payloadEnd, fields);
  }

  /** Start of the next element of the array that is open; -1 after the last. */
  nextElement(before: number): number {
    const { bytes } = this;
    let at = skipBlank(bytes, before);
    if (bytes[at] === 0x5d) return -1;
    if (before > this.payloadStart + 1) at = skipBlank(bytes, at + 1);
    return at;
  }

  /** Reads the object at `pos`, an element or the value of a field, in place of the payload. */
  enter(pos: number, end: number): void {
    this.fields.clear();
    this.payloadStart = pos;
    scanObject(this.bytes, pos, end, this.fields);
  }

  /** Reads the object that is the value of a field in place of the payload. */
  enterField(slot: number, name: string): void {
    this.need(slot, name);
    this.enter(this.fields.start(slot), this.fields.end(slot));
  }

  #expectEnd(pos: number, end: number): void {
    const at = pos === end ? pos : skipBlank(this.bytes, pos);
    if (at < end) refuse(at, 'the end of the message');
  }

  has(slot: number): boolean {
    return this.fields.has(slot);
  }

  /** True when the field is exactly these bytes, quotes included. */
  is(slot: number, expected: Uint8Array): boolean {
    return bytesEqual(this.bytes, this.fields.start(slot), this.fields.end(slot), expected);
  }

  /** Refuses the message when the field is missing. */
  need(slot: number, name: string): void {
    if (!this.fields.has(slot)) refuse(this.payloadStart, `a field "${name}"`);
  }

  integer(slot: number, name: string): number {
    this.need(slot, name);
    return readInteger(this.bytes, this.fields.start(slot), this.fields.end(slot));
  }

  /** Transaction time where the message has one, else event time, µs; null when it has neither. */
  timeUs(): number | null {
    const slot = this.fields.has(FIELD.time) ? FIELD.time : FIELD.eventTime;
    if (!this.fields.has(slot)) return null;
    return readTimeUs(this.bytes, this.fields.start(slot), this.fields.end(slot));
  }

  /** A time in a field, µs. */
  time(slot: number, name: string): number {
    this.need(slot, name);
    return readTimeUs(this.bytes, this.fields.start(slot), this.fields.end(slot));
  }

  /** True for the streams of a whole market: `!bookTicker`, `!markPrice@arr`, `!forceOrder@arr`. */
  isAllMarket(): boolean {
    return this.streamEnd > this.streamStart && this.bytes[this.streamStart] === 0x21;
  }

  /** Characters of the field's bytes. */
  text(slot: number): string {
    return byteText(this.bytes, this.fields.start(slot), this.fields.end(slot));
  }

  streamName(): string {
    return byteText(this.bytes, this.streamStart, this.streamEnd);
  }

  /**
   * True for `<symbol>@depth5`, `@depth10@100ms`, …: the best levels only. On futures they come as
   * `depthUpdate` too; taken for changes they would leave wrong levels in the book.
   */
  isPartialDepth(): boolean {
    for (let at = this.streamStart; at + AT_DEPTH.length < this.streamEnd; at++) {
      if (this.bytes[at] !== 0x40 || !matchesAt(this.bytes, at, AT_DEPTH)) continue;
      const next = this.bytes[at + AT_DEPTH.length] as number;
      return next >= 0x30 && next <= 0x39;
    }
    return false;
  }
}
