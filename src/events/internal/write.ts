/**
 * Writing integers and texts as canonical JSON bytes, without an intermediate string. A DataView
 * throws a RangeError for a store beyond its end, so the writers never check for room: the caller
 * catches it once per line.
 * @module
 */

/** The two ASCII digits of 0..99 as a little-endian 16-bit word. */
const PAIRS = /* @__PURE__ */ Uint16Array.from(
  { length: 100 },
  (_, i) => (48 + ((i / 10) | 0)) | ((48 + (i % 10)) << 8),
);
const HEX = '0123456789abcdef';

/** Exactly four digits of 0 ≤ v < 10^4. */
function putFour(d: DataView, p: number, v: number): void {
  const high = (v / 100) | 0;
  d.setInt32(p, (PAIRS[high] as number) | ((PAIRS[v - high * 100] as number) << 16), true);
}

/** Digits of 0 ≤ v < 10^4, no leading zero. */
function putUpToFour(d: DataView, p: number, v: number): number {
  if (v >= 1000) {
    putFour(d, p, v);
    return p + 4;
  }
  if (v >= 100) {
    const high = (v / 100) | 0;
    d.setUint8(p, 48 + high);
    d.setUint16(p + 1, PAIRS[v - high * 100] as number, true);
    return p + 3;
  }
  if (v >= 10) {
    d.setUint16(p, PAIRS[v] as number, true);
    return p + 2;
  }
  d.setUint8(p, 48 + v);
  return p + 1;
}

/** Digits of 0 ≤ v < 10^8, no leading zero. */
function putUpToEight(d: DataView, p: number, v: number): number {
  if (v < 10_000) return putUpToFour(d, p, v);
  const high = (v / 10_000) | 0;
  const next = putUpToFour(d, p, high);
  putFour(d, next, v - high * 10_000);
  return next + 4;
}

/**
 * Writes a safe integer; returns the position after it, or -1 when `v` is anything else
 * (also for -0, which canonical JSON has no form for).
 */
export function putInt(d: DataView, pos: number, v: number): number {
  if (typeof v !== 'number') return -1;
  const small = v | 0;
  if (small === v && small > 0 && small < 100_000_000) return putUpToEight(d, pos, small);
  if (!Number.isSafeInteger(v) || Object.is(v, -0)) return -1;
  let p = pos;
  let rest = v;
  if (rest < 0) {
    d.setUint8(p++, 45);
    rest = -rest;
  }
  if (rest < 100_000_000) return putUpToEight(d, p, rest | 0);
  // The quotient is rounded, but not up to the next whole number: below 2^53 / 10^8 < 2^27 doubles
  // lie at most 2^-26 apart, and a whole number is at least 10^-8 > 2^-27 away unless it is exact.
  const whole = (rest / 100_000_000) | 0;
  const low = (rest - whole * 100_000_000) | 0;
  const high = (low / 10_000) | 0;
  p = putUpToEight(d, p, whole);
  putFour(d, p, high);
  putFour(d, p + 4, low - high * 10_000);
  return p + 8;
}

/**
 * Writes a string with its quotes; returns the position after it, or -1 when the value is not a
 * string or not well-formed Unicode.
 */
export function putText(d: DataView, pos: number, s: string): number {
  if (typeof s !== 'string') return -1;
  let p = pos;
  d.setUint8(p++, 34);
  const n = s.length;
  let i = 0;
  for (; i + 4 <= n; i += 4) {
    const a = s.charCodeAt(i);
    const b = s.charCodeAt(i + 1);
    const c = s.charCodeAt(i + 2);
    const e = s.charCodeAt(i + 3);
    if ((a | b | c | e) > 127) return putHardText(d, p, s, i);
    const w = a | (b << 8) | (c << 16) | (e << 24);
    // A byte below 0x20, a quote or a backslash borrows into its top bit in one of the three.
    const odd =
      (w - 0x20202020) | ((w ^ 0x22222222) - 0x01010101) | ((w ^ 0x5c5c5c5c) - 0x01010101);
    if ((odd & 0x80808080) !== 0) return putHardText(d, p, s, i);
    d.setInt32(p, w, true);
    p += 4;
  }
  for (; i < n; i++) {
    const c = s.charCodeAt(i);
    if (c < 32 || c > 127 || c === 34 || c === 92) return putHardText(d, p, s, i);
    d.setUint8(p++, c);
  }
  d.setUint8(p, 34);
  return p + 1;
}

/** The rest of a string from unit `from` on: escapes and everything beyond ASCII. */
function putHardText(d: DataView, pos: number, s: string, from: number): number {
  let p = pos;
  for (let i = from; i < s.length; i++) {
    const point = s.codePointAt(i) as number;
    if (point < 0x80) {
      p = putAscii(d, p, point);
    } else if (point < 0x800) {
      d.setUint8(p, 0xc0 | (point >> 6));
      d.setUint8(p + 1, 0x80 | (point & 63));
      p += 2;
    } else if (point < 0x10000) {
      if (point >= 0xd800 && point <= 0xdfff) return -1;
      d.setUint8(p, 0xe0 | (point >> 12));
      d.setUint8(p + 1, 0x80 | ((point >> 6) & 63));
      d.setUint8(p + 2, 0x80 | (point & 63));
      p += 3;
    } else {
      d.setUint8(p, 0xf0 | (point >> 18));
      d.setUint8(p + 1, 0x80 | ((point >> 12) & 63));
      d.setUint8(p + 2, 0x80 | ((point >> 6) & 63));
      d.setUint8(p + 3, 0x80 | (point & 63));
      p += 4;
      i++;
    }
  }
  d.setUint8(p, 34);
  return p + 1;
}

/**
 * One ASCII character with the escapes of `JSON.stringify`: the short ones where they exist, else
 * `\u00hh` in lower case.
 */
function putAscii(d: DataView, p: number, c: number): number {
  if (c >= 32 && c !== 34 && c !== 92) {
    d.setUint8(p, c);
    return p + 1;
  }
  const short = shortEscape(c);
  d.setUint8(p, 92);
  if (short !== 0) {
    d.setUint8(p + 1, short);
    return p + 2;
  }
  d.setUint8(p + 1, 117);
  d.setUint16(p + 2, PAIRS[0] as number, true);
  d.setUint8(p + 4, HEX.charCodeAt(c >> 4));
  d.setUint8(p + 5, HEX.charCodeAt(c & 15));
  return p + 6;
}

/** The letter after the backslash, or 0 when the character has no short escape. */
export function shortEscape(c: number): number {
  switch (c) {
    case 8:
      return 98;
    case 9:
      return 116;
    case 10:
      return 110;
    case 12:
      return 102;
    case 13:
      return 114;
    case 34:
    case 92:
      return c;
    default:
      return 0;
  }
}

/** Keys of a free-keyed record in UTF-16 order, or null when the value is no plain record. */
export function sortedKeys(map: unknown): string[] | null {
  if (typeof map !== 'object' || map === null || Array.isArray(map)) return null;
  const proto: unknown = Object.getPrototypeOf(map);
  if (proto !== null && Object.getPrototypeOf(proto) !== null) return null;
  const keys = Object.keys(map);
  return keys.length > 1 ? keys.sort() : keys;
}
