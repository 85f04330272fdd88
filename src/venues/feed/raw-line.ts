/**
 * Lines of the raw record of a capture, format `quantlaxmi.raw/1`: one line per record.
 *
 * ```text
 * <rx µs> @head {"fmt":"quantlaxmi.raw/1","sessionId":…,"settings":…,"venue":…}
 * <rx µs> #<conn> <text frame>
 * <rx µs> #<conn>t <base64 of a text frame that holds LF or CR>
 * <rx µs> #<conn>b <base64 of a binary frame>
 * <rx µs> @http <status> <tookUs> <url> <body>
 * <rx µs> @http64 <status> <tookUs> <url> <base64 of a body that holds LF or CR>
 * <rx µs> @fact <canonical JSON of the fact>
 * ```
 *
 * A line has one meaning and a record one line: what is read is written back byte for byte, and a
 * line that would not be is an error. Behind the mark `#` or `@` a frame can hold anything without
 * being taken for something else.
 * @module
 */
import {
  canonicalIntegerJson,
  decodeUtf8,
  encodeUtf8,
  type JsonValue,
  parseStrictJson,
  QuantlaxmiError,
} from '../../core/index.js';
import type { SessionBody, SessionKind } from '../../events/index.js';
import { base64Length, writeBase64 } from './internal/base64-bytes.js';
import { badLine, LineCursor } from './internal/line-cursor.js';
import type { RawRecord } from './raw-record.js';

/** Name of the format, first field of {@link RawHead}. */
export const RAW_FORMAT = 'quantlaxmi.raw/1';

/** First line of each part of a raw record: what is needed to make the capture again. */
export interface RawHead {
  readonly kind: 'head';
  /** When the part was started, µs since the epoch. */
  readonly rx: number;
  /** `quantlaxmi.raw/1`. */
  readonly fmt: string;
  /** Protocol that made it: `binance-usdm`. */
  readonly venue: string;
  readonly sessionId: string;
  /** What the venue's capture was made with; the venue reads it. Never a secret. */
  readonly settings: { readonly [key: string]: JsonValue };
}

const HASH = 0x23;
const AT = 0x40;
const BLANK = 0x20;

/** Status codes have three digits; 0 to 999 leaves room for what is none. */
const STATUS_MAX = 999;

function hasLineEnd(bytes: Uint8Array): boolean {
  return bytes.includes(0x0a) || bytes.includes(0x0d);
}

function checkInteger(name: string, value: number, max: number): void {
  if (Number.isSafeInteger(value) && value >= 0 && value <= max && !Object.is(value, -0)) return;
  throw new QuantlaxmiError(
    'QL_BAD_INPUT',
    `raw record: ${name} is ${value}; expected an integer from 0 to ${max}`,
    { context: { field: name, value } },
  );
}

function checkUrl(url: string): void {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are refused here
  if (/^[^\u0000-\u0020\u007f]+$/.test(url)) return;
  throw new QuantlaxmiError(
    'QL_BAD_INPUT',
    'raw record: the address of an answer is empty or holds a blank or control character; ' +
      'write such characters as %XX',
    { context: { length: url.length } },
  );
}

/** Bytes of text that is ASCII: frames are many, and the platform's encoder is dearer. */
function asciiBytes(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}

/** Prefix and content as one line; the content as base64 where `coded`. */
function joinLine(prefix: Uint8Array, content: Uint8Array, coded: boolean): Uint8Array {
  const at = prefix.length;
  const line = new Uint8Array(at + (coded ? base64Length(content.length) : content.length));
  line.set(prefix);
  if (coded) writeBase64(content, line, at);
  else line.set(content, at);
  return line;
}

/**
 * One record as a line of a raw record, without its line feed.
 *
 * @param record - what came in, or the head of a part
 * @returns a new array; O(bytes)
 * @throws QuantlaxmiError QL_BAD_INPUT when a number is not one of the format, or an address holds
 * a blank or control character; QL_JSON_VALUE when a fact or setting is not canonical JSON of
 * integers and texts; QL_UTF8 when an address has a lone surrogate
 * @example
 * ```ts
 * import { decodeUtf8, encodeUtf8 } from 'quantlaxmi/core';
 * import { encodeRawLine } from 'quantlaxmi/venues/feed';
 *
 * const bytes = encodeUtf8('{"e":"trade"}');
 * const line = encodeRawLine({ kind: 'frame', rx: 17, conn: 1, binary: false, bytes });
 * decodeUtf8(line); // => '17 #1 {"e":"trade"}'
 * ```
 */
export function encodeRawLine(record: RawRecord | RawHead): Uint8Array {
  checkInteger('rx', record.rx, Number.MAX_SAFE_INTEGER);
  switch (record.kind) {
    case 'frame': {
      checkInteger('conn', record.conn, Number.MAX_SAFE_INTEGER);
      const kind = record.binary ? 'b' : hasLineEnd(record.bytes) ? 't' : '';
      const prefix = asciiBytes(`${record.rx} #${record.conn}${kind} `);
      return joinLine(prefix, record.bytes, kind !== '');
    }
    case 'answer': {
      checkInteger('status', record.status, STATUS_MAX);
      checkInteger('tookUs', record.tookUs, Number.MAX_SAFE_INTEGER);
      checkUrl(record.url);
      const coded = hasLineEnd(record.bytes);
      const mark = coded ? '@http64' : '@http';
      const head = `${record.rx} ${mark} ${record.status} ${record.tookUs} ${record.url} `;
      return joinLine(encodeUtf8(head), record.bytes, coded);
    }
    case 'fact':
      return encodeUtf8(`${record.rx} @fact ${canonicalIntegerJson(record.body)}`);
    case 'head': {
      const { fmt, sessionId, settings, venue } = record;
      const json = canonicalIntegerJson({ fmt, sessionId, settings, venue });
      return encodeUtf8(`${record.rx} @head ${json}`);
    }
  }
}

/**
 * Reads one line of a raw record back.
 *
 * @param bytes - buffer with the line in bytes[start, end), without its line feed
 * @param start - first byte of the line
 * @param end - after its last byte
 * @returns the record or head, with bytes of its own; null for a line of an older recording
 * (`<receive time> <message>`, no `#` or `@` after the time), which the venue reads; O(bytes)
 * @throws QuantlaxmiError QL_VENUE_LINE when the line has a mark but is not of the format, or would
 * not be written back as it stands
 * @example
 * ```ts
 * import { encodeUtf8 } from 'quantlaxmi/core';
 * import { parseRawLine } from 'quantlaxmi/venues/feed';
 *
 * const line = encodeUtf8('17 #1 {"e":"trade"}');
 * parseRawLine(line, 0, line.length)?.kind; // => 'frame'
 * const old = encodeUtf8('1723161255030314 {"e":"trade"}');
 * parseRawLine(old, 0, old.length); // => null
 * ```
 */
export function parseRawLine(
  bytes: Uint8Array,
  start: number,
  end: number,
): RawRecord | RawHead | null {
  let at = start;
  while (at < end && (bytes[at] as number) >= 0x30 && (bytes[at] as number) <= 0x39) at += 1;
  const marked = at + 1 < end && (bytes[at + 1] === HASH || bytes[at + 1] === AT);
  if (at === start || bytes[at] !== BLANK || !marked) return null;
  const cursor = new LineCursor(bytes, start, end);
  const rx = cursor.integer('a receive time in µs', Number.MAX_SAFE_INTEGER);
  cursor.blank();
  return bytes[at + 1] === HASH ? frameOf(cursor, rx) : markedOf(cursor, rx);
}

function frameOf(cursor: LineCursor, rx: number): RawRecord {
  cursor.skip(1);
  const conn = cursor.integer('a connection number', Number.MAX_SAFE_INTEGER);
  const mark = cursor.word('b, t or a blank');
  if (mark !== '' && mark !== 'b' && mark !== 't') cursor.refuse('b, t or a blank', -mark.length);
  cursor.blank();
  const bytes = content(cursor, mark !== '', mark === 't');
  return { kind: 'frame', rx, conn, binary: mark === 'b', bytes };
}

/** The rest of the line; a coded text must be one that could not be written plainly. */
function content(cursor: LineCursor, coded: boolean, mustHoldLineEnd: boolean): Uint8Array {
  if (!coded) {
    const rest = cursor.rest();
    if (hasLineEnd(rest)) cursor.refuse('content with a line end as base64');
    return rest;
  }
  const bytes = cursor.base64();
  if (bytes === null) return cursor.refuse('base64 with padding');
  if (mustHoldLineEnd && !hasLineEnd(bytes))
    cursor.refuse('base64 only for content with line ends');
  return bytes;
}

function markedOf(cursor: LineCursor, rx: number): RawRecord | RawHead {
  const mark = cursor.word('@http, @http64, @fact or @head');
  switch (mark) {
    case '@http':
    case '@http64': {
      cursor.blank();
      const status = cursor.integer('an HTTP status', STATUS_MAX);
      cursor.blank();
      const tookUs = cursor.integer('a time in µs', Number.MAX_SAFE_INTEGER);
      cursor.blank();
      const url = cursor.word('an address');
      cursor.blank();
      const coded = mark === '@http64';
      const bytes = content(cursor, coded, coded);
      return proved(cursor, { kind: 'answer', rx, tookUs, status, url, bytes });
    }
    case '@fact': {
      cursor.blank();
      return proved(cursor, { kind: 'fact', rx, body: factOf(cursor, json(cursor)) });
    }
    case '@head':
      cursor.blank();
      return proved(cursor, headOf(cursor, rx, json(cursor)));
    default:
      return cursor.refuse('@http, @http64, @fact or @head', -mark.length);
  }
}

const KINDS: Readonly<Record<SessionKind, true>> = {
  start: true,
  stop: true,
  connected: true,
  disconnected: true,
  gap: true,
  resync: true,
  malformed: true,
  clock: true,
  recovered: true,
  config: true,
  killSwitch: true,
  ladder: true,
  operator: true,
};

function isObject(value: JsonValue | undefined): value is { readonly [key: string]: JsonValue } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function factOf(cursor: LineCursor, value: JsonValue): SessionBody {
  const expected = 'a fact: code, details (integers and texts), inst and kind';
  if (!isObject(value)) return cursor.refuse(expected);
  const { code, details, inst, kind, ...more } = value;
  const known = typeof kind === 'string' && Object.hasOwn(KINDS, kind);
  const named = inst === null || (typeof inst === 'string' && inst !== '');
  const flat =
    isObject(details) &&
    Object.values(details).every((item) => typeof item === 'number' || typeof item === 'string');
  const whole = known && named && flat && typeof code === 'string';
  if (!whole || Object.keys(more).length > 0) return cursor.refuse(expected);
  return { code, details: details as SessionBody['details'], inst, kind: kind as SessionKind };
}

function headOf(cursor: LineCursor, rx: number, value: JsonValue): RawHead {
  const expected = `a head of format ${RAW_FORMAT}: fmt, sessionId, settings and venue`;
  if (!isObject(value)) return cursor.refuse(expected);
  const { fmt, sessionId, settings, venue, ...more } = value;
  if (fmt !== RAW_FORMAT || typeof sessionId !== 'string' || typeof venue !== 'string') {
    return cursor.refuse(expected);
  }
  if (!isObject(settings) || Object.keys(more).length > 0) return cursor.refuse(expected);
  return { kind: 'head', rx, fmt, venue, sessionId, settings };
}

function json(cursor: LineCursor): JsonValue {
  const rest = cursor.rest();
  try {
    return parseStrictJson(decodeUtf8(rest));
  } catch (cause) {
    return badLine(cursor.offset, 'canonical JSON of integers and texts', cause);
  }
}

/** The record, once it is sure that it is written as the very line it was read from. */
function proved<R extends RawRecord | RawHead>(cursor: LineCursor, record: R): R {
  let line: Uint8Array;
  try {
    line = encodeRawLine(record);
  } catch (cause) {
    return badLine(cursor.offset, 'a record that can be written', cause);
  }
  if (!cursor.isWhole(line)) cursor.refuse('the one spelling that the format has for this record');
  return record;
}
