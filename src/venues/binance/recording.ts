/**
 * Lines of raw recordings: `<receive time> <message>`.
 * @module
 */
import { QuantlaxmiError } from '../../core/index.js';

/** Parts of one line of a recording; see {@link splitRecordingLine}. */
export interface RecordingLine {
  /** Receive time, µs since the epoch, finer digits cut off. */
  readonly rx: number;
  /** First byte of the message. */
  readonly start: number;
  /** After the last byte of the message. */
  readonly end: number;
  /** Address the message was fetched from, for lines `<URL> -> <time>: <message>`; else null. */
  readonly url: string | null;
}

/** Digits of an integer time by unit: 10 s, 13 ms, 16 µs, 19 ns (years 2001 to 2286). */
const UNIT_BY_DIGITS: ReadonlyMap<number, number> = /* @__PURE__ */ new Map([
  [10, 1_000_000],
  [13, 1000],
  [16, 1],
  [19, 0],
]);

function badLine(start: number, at: number, expected: string): never {
  throw new QuantlaxmiError(
    'QL_VENUE_LINE',
    `Recording line, byte ${at - start}: expected ${expected}. ` +
      'A line is "<receive time in s, ms, µs or ns> <message>".',
    { context: { byte: at - start, expected } },
  );
}

function isDigit(c: number | undefined): boolean {
  return c !== undefined && c >= 0x30 && c <= 0x39;
}

/** Position after ` -> ` when the line starts with an address, else `start`. */
function afterUrl(bytes: Uint8Array, start: number, end: number): number {
  if (isDigit(bytes[start])) return start;
  const stop = Math.min(end, start + 1024);
  for (let at = start; at + 4 <= stop; at++) {
    if (bytes[at] === 0x20 && bytes[at + 1] === 0x2d && bytes[at + 2] === 0x3e) return at + 4;
  }
  return start;
}

/** Seconds with a fraction: µs by their first six decimals. */
function fractionUs(bytes: Uint8Array, from: number, to: number): number {
  let us = 0;
  for (let i = 0; i < 6; i++) {
    us = us * 10 + (from + i < to ? (bytes[from + i] as number) - 48 : 0);
  }
  return us;
}

/**
 * Splits one line of a recording. The unit of the receive time is told by its number of digits:
 * 10 seconds (a fraction may follow), 13 ms, 16 µs, 19 ns.
 *
 * @param bytes - buffer with the line in bytes[start, end), without its line feed
 * @returns receive time in µs and the place of the message; O(digits)
 * @throws QL_VENUE_LINE when the line does not start with a receive time
 * @example
 * ```ts
 * import { encodeUtf8 } from 'quantlaxmi/core';
 * import { splitRecordingLine } from 'quantlaxmi/venues/binance';
 *
 * const bytes = encodeUtf8('1723161255030314667 {"stream":"x"}');
 * splitRecordingLine(bytes, 0, bytes.length).rx; // => 1723161255030314
 * ```
 */
export function splitRecordingLine(bytes: Uint8Array, start: number, end: number): RecordingLine {
  const timeStart = afterUrl(bytes, start, end);
  let at = timeStart;
  // Sixteen digits are the µs; nanoseconds beyond them are cut off, not rounded.
  let value = 0;
  while (at < end && isDigit(bytes[at])) {
    if (at - timeStart < 16) value = value * 10 + ((bytes[at] as number) - 48);
    at += 1;
  }
  const unit = UNIT_BY_DIGITS.get(at - timeStart);
  if (unit === undefined) return badLine(start, timeStart, 'a time of 10, 13, 16 or 19 digits');
  let rx = unit === 0 ? value : value * unit;
  if (bytes[at] === 0x2e && at < end) {
    const from = at + 1;
    at = from;
    while (at < end && isDigit(bytes[at])) at += 1;
    if (unit !== 1_000_000) return badLine(start, from, 'a fraction only after seconds');
    rx += fractionUs(bytes, from, at);
  }
  if (bytes[at] === 0x3a && at < end) at += 1;
  if (bytes[at] !== 0x20 || at >= end) return badLine(start, at, 'a blank after the time');
  const url = timeStart > start ? latin(bytes, start, timeStart - 4) : null;
  return { rx, start: at + 1, end, url };
}

function latin(bytes: Uint8Array, start: number, end: number): string {
  let text = '';
  for (let at = start; at < end; at++) text += String.fromCharCode(bytes[at] as number);
  return text;
}

/**
 * Symbol that the address of a REST answer asked for (`…?symbol=BTCUSDT&limit=1000`), else null.
 */
export function symbolOfUrl(url: string): string | null {
  return /[?&]symbol=([^&]+)/.exec(url)?.[1] ?? null;
}

/** Receives what {@link createLineSplitter} finds. */
export interface LineSink {
  /** One line, without its line feed (and carriage return). Valid only during the call. */
  line(bytes: Uint8Array, start: number, end: number): void;
  /** A line longer than allowed: its length and its first bytes; the rest was not kept. */
  tooLong(byteLength: number, head: Uint8Array): void;
}

/** Cuts a byte stream into lines; see {@link createLineSplitter}. */
export interface LineSplitter {
  /** Takes the next bytes of the stream; whole lines are handed on at once. */
  push(chunk: Uint8Array): void;
  /** Ends the stream: a last line without line feed is handed on as a line. */
  end(): void;
}

const HEAD_BYTES = 1024;

class ChunkLineSplitter implements LineSplitter {
  readonly #max: number;
  readonly #sink: LineSink;
  /** Start of a line whose end has not come yet. */
  #rest: Uint8Array = new Uint8Array(0);
  /** Bytes of a too long line so far; 0 when none is being dropped. */
  #dropped = 0;

  constructor(maxLineBytes: number, sink: LineSink) {
    this.#max = maxLineBytes;
    this.#sink = sink;
  }

  push(chunk: Uint8Array): void {
    let from = 0;
    for (;;) {
      const feed = chunk.indexOf(0x0a, from);
      if (feed < 0) break;
      this.#line(chunk, from, feed);
      from = feed + 1;
    }
    if (from < chunk.length) this.#keep(chunk, from);
  }

  end(): void {
    if (this.#dropped > 0 || this.#rest.length > 0) this.#line(this.#rest, 0, 0);
  }

  #line(chunk: Uint8Array, from: number, feed: number): void {
    if (this.#dropped > 0) {
      this.#sink.tooLong(this.#dropped + (feed - from), this.#rest);
      this.#dropped = 0;
      this.#rest = new Uint8Array(0);
      return;
    }
    if (this.#rest.length > 0) {
      const whole = join(this.#rest, chunk, from, feed);
      this.#rest = new Uint8Array(0);
      this.#hand(whole, 0, whole.length);
    } else this.#hand(chunk, from, feed);
  }

  #hand(bytes: Uint8Array, start: number, end: number): void {
    const length = end - start;
    if (length > this.#max) {
      this.#sink.tooLong(length, bytes.slice(start, start + HEAD_BYTES));
      return;
    }
    const stop = length > 0 && bytes[end - 1] === 0x0d ? end - 1 : end;
    this.#sink.line(bytes, start, stop);
  }

  #keep(chunk: Uint8Array, from: number): void {
    if (this.#dropped > 0) {
      this.#dropped += chunk.length - from;
      return;
    }
    const length = this.#rest.length + chunk.length - from;
    this.#rest = join(this.#rest, chunk, from, chunk.length);
    if (length <= this.#max) return;
    this.#dropped = length;
    this.#rest = this.#rest.slice(0, HEAD_BYTES);
  }
}

function join(head: Uint8Array, chunk: Uint8Array, from: number, to: number): Uint8Array {
  const whole = new Uint8Array(head.length + to - from);
  whole.set(head);
  whole.set(chunk.subarray(from, to), head.length);
  return whole;
}

/**
 * Cuts chunks of bytes into lines. Holds at most one unfinished line, and of a line longer than
 * `maxLineBytes` only its first 1,024 bytes, so memory does not grow with the recording.
 *
 * @param maxLineBytes - longest line handed on
 * @example
 * ```ts
 * import { encodeUtf8 } from 'quantlaxmi/core';
 * import { createLineSplitter } from 'quantlaxmi/venues/binance';
 *
 * const lengths: number[] = [];
 * const splitter = createLineSplitter(100, {
 *   line: (_bytes, start, end) => lengths.push(end - start),
 *   tooLong: () => {},
 * });
 * splitter.push(encodeUtf8('abc\nde'));
 * splitter.push(encodeUtf8('f\n'));
 * lengths; // => [3, 3]
 * ```
 */
export function createLineSplitter(maxLineBytes: number, sink: LineSink): LineSplitter {
  return new ChunkLineSplitter(maxLineBytes, sink);
}
