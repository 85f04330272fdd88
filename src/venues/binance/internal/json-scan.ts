/**
 * Strict JSON over bytes without building a value: where a value ends, or a clear refusal.
 * No object is ever made from a message, so its keys cannot touch anything.
 * @module
 */
import { QuantlaxmiError } from '../../../core/index.js';

const MAX_DEPTH = 16;

/** Refuses a frame at a byte of its buffer; the decoder tells the byte of the frame. */
export function refuse(pos: number, expected: string): never {
  throw new QuantlaxmiError('QL_VENUE_FRAME', `byte ${pos}: expected ${expected}`, {
    context: { pos, expected },
  });
}

/** First position at or after `pos` that is not JSON white space. */
export function skipBlank(bytes: Uint8Array, pos: number): number {
  let at = pos;
  for (;;) {
    const c = bytes[at];
    if (c !== 0x20 && c !== 0x0a && c !== 0x0d && c !== 0x09) return at;
    at += 1;
  }
}

/** `pos` is at the opening quote; returns the position after the closing one. */
export function skipString(bytes: Uint8Array, pos: number, end: number): number {
  for (let at = pos + 1; at < end; at++) {
    const c = bytes[at] as number;
    if (c === 0x22) return at + 1;
    if (c === 0x5c) at = skipEscape(bytes, at, end);
    else if (c < 0x20) return refuse(at, 'no control character in a string');
  }
  return refuse(end, 'the end of a string');
}

/** `pos` is at a backslash; returns the position of the escape's last byte. */
function skipEscape(bytes: Uint8Array, pos: number, end: number): number {
  const c = bytes[pos + 1] as number;
  if (c !== 0x75) {
    // " \ / b f n r t
    if (c === 0x22 || c === 0x5c || c === 0x2f || c === 0x62 || c === 0x66) return pos + 1;
    if (c === 0x6e || c === 0x72 || c === 0x74) return pos + 1;
    return refuse(pos + 1, 'an escape of JSON');
  }
  for (let i = pos + 2; i < pos + 6; i++) {
    const hex = (bytes[i] as number) | 0x20;
    const digit = hex >= 0x30 && hex <= 0x39;
    if (i >= end || !(digit || (hex >= 0x61 && hex <= 0x66))) {
      return refuse(i, 'four hexadecimal digits');
    }
  }
  return pos + 5;
}

function isDigit(c: number | undefined): boolean {
  return c !== undefined && c >= 0x30 && c <= 0x39;
}

function skipDigits(bytes: Uint8Array, pos: number): number {
  let at = pos;
  while (isDigit(bytes[at])) at += 1;
  return at > pos ? at : refuse(pos, 'a digit');
}

/** `pos` is at `-` or a digit. */
function skipNumber(bytes: Uint8Array, pos: number): number {
  let at = bytes[pos] === 0x2d ? pos + 1 : pos;
  if (bytes[at] === 0x30) at += 1;
  else at = skipDigits(bytes, at);
  if (bytes[at] === 0x2e) at = skipDigits(bytes, at + 1);
  if (bytes[at] === 0x65 || bytes[at] === 0x45) {
    at += 1;
    if (bytes[at] === 0x2b || bytes[at] === 0x2d) at += 1;
    at = skipDigits(bytes, at);
  }
  return at;
}

function skipWord(bytes: Uint8Array, pos: number, word: string): number {
  for (let i = 0; i < word.length; i++) {
    if (bytes[pos + i] !== word.charCodeAt(i)) return refuse(pos, 'a JSON value');
  }
  return pos + word.length;
}

/** `pos` is at `{` or `[`. */
function skipContainer(bytes: Uint8Array, pos: number, end: number, depth: number): number {
  if (depth >= MAX_DEPTH) return refuse(pos, `nesting of at most ${MAX_DEPTH}`);
  const object = bytes[pos] === 0x7b;
  const close = object ? 0x7d : 0x5d;
  let at = skipBlank(bytes, pos + 1);
  if (bytes[at] === close && at < end) return at + 1;
  for (;;) {
    if (object) {
      if (bytes[at] !== 0x22) return refuse(at, 'a key');
      at = skipBlank(bytes, skipString(bytes, at, end));
      if (bytes[at] !== 0x3a) return refuse(at, '":"');
      at = skipBlank(bytes, at + 1);
    }
    at = skipBlank(bytes, skipValue(bytes, at, end, depth + 1));
    if (at >= end) return refuse(at, 'the end of an object or array');
    const c = bytes[at];
    if (c === close) return at + 1;
    if (c !== 0x2c) return refuse(at, '"," or the end of an object or array');
    at = skipBlank(bytes, at + 1);
  }
}

/** `pos` is at the first byte of a value; returns the position after its last. */
export function skipValue(bytes: Uint8Array, pos: number, end: number, depth: number): number {
  if (pos >= end) return refuse(pos, 'a JSON value');
  const c = bytes[pos] as number;
  let at: number;
  if (c === 0x22) at = skipString(bytes, pos, end);
  else if (c === 0x7b || c === 0x5b) at = skipContainer(bytes, pos, end, depth);
  else if (c === 0x74) at = skipWord(bytes, pos, 'true');
  else if (c === 0x66) at = skipWord(bytes, pos, 'false');
  else if (c === 0x6e) at = skipWord(bytes, pos, 'null');
  else if (c === 0x2d || isDigit(c)) at = skipNumber(bytes, pos);
  else return refuse(pos, 'a JSON value');
  return at <= end ? at : refuse(end, 'the rest of a JSON value');
}
