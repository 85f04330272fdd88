/**
 * Reading texts from canonical JSON bytes: pure ASCII without escapes is the fast path, the rest
 * is decoded by hand so that every byte is proved (strict UTF-8, only the escapes that
 * `JSON.stringify` writes) and an error can name it.
 * @module
 */

import { badBytes } from './errors.js';
import { shortEscape } from './write.js';

const SLOTS = 1024;
const CACHED_CHARS = 64;
/** Up to here engines copy on `+` instead of linking the parts. */
const SHORT_CHARS = 12;
const WORDS = CACHED_CHARS / 4;
const texts: string[] = /* @__PURE__ */ new Array<string>(SLOTS).fill('');
/** The bytes of `texts`, as words: comparing words is some three times faster than characters. */
const words = /* @__PURE__ */ new Int32Array(SLOTS * WORDS);

/**
 * The ASCII text in `d` from `from` to `to`, from a small cache when it was read before.
 * Instruments, venues and reason codes repeat on every line; building the string again costs more
 * than comparing it. The cache holds at most 1024 texts of 64 characters and never changes a
 * result.
 */
export function cachedAscii(d: DataView, from: number, to: number, hash: number): string {
  const n = to - from;
  if (n > CACHED_CHARS) return flatAscii(d, from, to);
  const slot = (hash >>> 22) & (SLOTS - 1);
  const old = texts[slot] as string;
  const whole = to - 4;
  let at = slot * WORDS;
  let p = from;
  if (old.length === n) {
    while (p <= whole && words[at] === d.getInt32(p, true)) {
      p += 4;
      at++;
    }
    while (p < to && old.charCodeAt(p - from) === d.getUint8(p)) p++;
    if (p === to) return old;
  }
  const made = flatAscii(d, from, to);
  texts[slot] = made;
  at = slot * WORDS;
  for (p = from; p <= whole; p += 4) words[at++] = d.getInt32(p, true);
  return made;
}

/** A string in one piece: one put together with `+` costs more on every later look at it. */
function flatAscii(d: DataView, from: number, to: number): string {
  let text = '';
  if (to - from <= SHORT_CHARS) {
    for (let p = from; p < to; p++) text += String.fromCharCode(d.getUint8(p));
    return text;
  }
  for (let p = from; p < to; p += CACHED_CHARS) {
    const n = Math.min(CACHED_CHARS, to - p);
    text += String.fromCharCode(...new Uint8Array(d.buffer, d.byteOffset + p, n));
  }
  return text;
}

const CHUNK = 8;

/** The ASCII text of `bytes[from, to)`. */
export function ascii(b: Uint8Array, from: number, to: number): string {
  let text = '';
  let p = from;
  for (; p + CHUNK <= to; p += CHUNK) {
    text += String.fromCharCode(
      b[p] as number,
      b[p + 1] as number,
      b[p + 2] as number,
      b[p + 3] as number,
      b[p + 4] as number,
      b[p + 5] as number,
      b[p + 6] as number,
      b[p + 7] as number,
    );
  }
  for (; p < to; p++) text += String.fromCharCode(b[p] as number);
  return text;
}

/** Position of the closing quote of the text that starts at `from`, or -1 when there is none. */
export function closingQuote(bytes: Uint8Array, from: number, end: number): number {
  for (let p = from; p < end; p++) {
    const c = bytes[p] as number;
    if (c === 34) return p;
    if (c === 92) p++;
  }
  return -1;
}

/** Decodes `bytes[from, to)`: escapes and UTF-8, proving that it is the canonical spelling. */
export function hardText(bytes: Uint8Array, from: number, to: number, field: string): string {
  let text = '';
  let p = from;
  while (p < to) {
    const c = bytes[p] as number;
    if (c === 92) {
      const unit = escapedUnit(bytes, p);
      if (unit < 0) throw badBytes(bytes, p, { field, expected: 'a canonical JSON escape' });
      text += String.fromCharCode(unit);
      p += bytes[p + 1] === 117 ? 6 : 2;
    } else if (c < 0x80) {
      const run = p;
      while (p < to && isPlain(bytes[p] as number)) p++;
      if (p === run) {
        throw badBytes(bytes, p, { field, expected: 'an escaped control character or quote' });
      }
      text += ascii(bytes, run, p);
    } else {
      const n = sequenceLength(c);
      const point = n === 0 || p + n > to ? -1 : codePoint(bytes, p, n);
      if (point < 0) throw badBytes(bytes, p, { field, expected: 'well-formed UTF-8' });
      text += String.fromCodePoint(point);
      p += n;
    }
  }
  return text;
}

function isPlain(c: number): boolean {
  return c >= 32 && c < 0x80 && c !== 34 && c !== 92;
}

/** The code unit of the escape at `p`, or -1 when the canonical form would not write it so. */
function escapedUnit(bytes: Uint8Array, p: number): number {
  const letter = bytes[p + 1] as number;
  if (letter !== 117) return SHORT.get(letter) ?? -1;
  if (bytes[p + 2] !== 48 || bytes[p + 3] !== 48) return -1;
  const high = (bytes[p + 4] as number) - 48;
  const low = hexDigit(bytes[p + 5] as number);
  if (high < 0 || high > 1 || low < 0) return -1;
  const unit = high * 16 + low;
  return shortEscape(unit) === 0 ? unit : -1;
}

/** Letter after the backslash → code unit, for the escapes that have a short form. */
const SHORT: ReadonlyMap<number, number> = /* @__PURE__ */ new Map(
  [8, 9, 10, 12, 13, 34, 92].map((unit) => [shortEscape(unit), unit]),
);

function hexDigit(c: number): number {
  if (c >= 48 && c <= 57) return c - 48;
  return c >= 97 && c <= 102 ? c - 87 : -1;
}

function sequenceLength(lead: number): number {
  if (lead >= 0xc2 && lead <= 0xdf) return 2;
  if (lead >= 0xe0 && lead <= 0xef) return 3;
  return lead >= 0xf0 && lead <= 0xf4 ? 4 : 0;
}

/** The code point of the `n` bytes at `p`; -1 for overlong forms, surrogates and stray bytes. */
function codePoint(bytes: Uint8Array, p: number, n: number): number {
  let point = (bytes[p] as number) & (n === 2 ? 0x1f : n === 3 ? 0x0f : 0x07);
  for (let i = 1; i < n; i++) {
    const c = bytes[p + i] as number;
    if ((c & 0xc0) !== 0x80) return -1;
    point = (point << 6) | (c & 63);
  }
  if (n === 3 && (point < 0x800 || (point >= 0xd800 && point <= 0xdfff))) return -1;
  if (n === 4 && (point < 0x10000 || point > 0x10ffff)) return -1;
  return point;
}

/** `-?(0|[1-9][0-9]*)(.[0-9]+)?`, without a regular expression on text of any length. */
export function isDecimalText(text: string): boolean {
  let i = text.charCodeAt(0) === 45 ? 1 : 0;
  const whole = i;
  while (isDigit(text.charCodeAt(i))) i++;
  if (i === whole || (i > whole + 1 && text.charCodeAt(whole) === 48)) return false;
  if (i === text.length) return true;
  if (text.charCodeAt(i) !== 46) return false;
  const fraction = ++i;
  while (isDigit(text.charCodeAt(i))) i++;
  return i > fraction && i === text.length;
}

function isDigit(c: number): boolean {
  return c >= 48 && c <= 57;
}

/** 64 lower-case hex digits. */
export function isHex64(text: string): boolean {
  if (text.length !== 64) return false;
  for (let i = 0; i < 64; i++) if (hexDigit(text.charCodeAt(i)) < 0) return false;
  return true;
}
