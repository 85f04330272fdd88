/**
 * Writing integers and texts as canonical JSON bytes, without an intermediate string. A store
 * beyond the end of a typed array does nothing, so the writers never check for room: the caller
 * compares the final position with the length once per line.
 * @module
 */

/** Tens and ones digit (ASCII) of 0..99. */
const TENS = /* @__PURE__ */ Uint8Array.from({ length: 100 }, (_, i) => 48 + ((i / 10) | 0));
const ONES = /* @__PURE__ */ Uint8Array.from({ length: 100 }, (_, i) => 48 + (i % 10));
const HEX = '0123456789abcdef';

/** Exactly eight digits of 0 ≤ v < 10^8. */
function putEight(out: Uint8Array, p: number, v: number): void {
  const high = (v / 10_000) | 0;
  const low = v - high * 10_000;
  const a = (high / 100) | 0;
  const b = high - a * 100;
  const c = (low / 100) | 0;
  const d = low - c * 100;
  out[p] = TENS[a] as number;
  out[p + 1] = ONES[a] as number;
  out[p + 2] = TENS[b] as number;
  out[p + 3] = ONES[b] as number;
  out[p + 4] = TENS[c] as number;
  out[p + 5] = ONES[c] as number;
  out[p + 6] = TENS[d] as number;
  out[p + 7] = ONES[d] as number;
}

/** Digits of 0 ≤ v < 10^8, no leading zero. */
function putShort(out: Uint8Array, p: number, v: number): number {
  if (v < 10) {
    out[p] = 48 + v;
    return p + 1;
  }
  const n =
    v < 10_000
      ? v < 100
        ? 2
        : v < 1_000
          ? 3
          : 4
      : v < 1_000_000
        ? v < 100_000
          ? 5
          : 6
        : v < 10_000_000
          ? 7
          : 8;
  let at = p + n;
  let rest = v;
  while (rest >= 100) {
    const next = (rest / 100) | 0;
    const pair = rest - next * 100;
    at -= 2;
    out[at] = TENS[pair] as number;
    out[at + 1] = ONES[pair] as number;
    rest = next;
  }
  if (rest >= 10) {
    out[at - 2] = TENS[rest] as number;
    out[at - 1] = ONES[rest] as number;
  } else {
    out[at - 1] = 48 + rest;
  }
  return p + n;
}

/**
 * Writes a safe integer; returns the position after it, or -1 when `v` is anything else
 * (also for -0, which canonical JSON has no form for).
 */
export function putInt(out: Uint8Array, pos: number, v: number): number {
  if (!Number.isSafeInteger(v)) return -1;
  let p = pos;
  let rest = v;
  if (rest <= 0) {
    if (rest === 0) {
      if (1 / rest < 0) return -1;
      out[p] = 48;
      return p + 1;
    }
    out[p++] = 45;
    rest = -rest;
  }
  if (rest < 100_000_000) return putShort(out, p, rest | 0);
  // rest / 10^8 is rounded: at 2^53 the quotient's spacing is 1.5e-8, so the floor may be one off.
  let high = Math.floor(rest / 100_000_000);
  let low = rest - high * 100_000_000;
  if (low < 0) {
    high--;
    low += 100_000_000;
  }
  p = putShort(out, p, high | 0);
  putEight(out, p, low | 0);
  return p + 8;
}

/** Writes a string with its quotes; returns the position after it, or -1 when it is no well-formed string. */
export function putText(out: Uint8Array, pos: number, s: string): number {
  if (typeof s !== 'string') return -1;
  let p = pos;
  out[p++] = 34;
  const n = s.length;
  for (let i = 0; i < n; i++) {
    const c = s.charCodeAt(i);
    if (c < 32 || c > 127 || c === 34 || c === 92) return putHardText(out, p, s, i);
    out[p++] = c;
  }
  out[p] = 34;
  return p + 1;
}

/** The rest of a string from unit `from` on: escapes and everything beyond ASCII. */
function putHardText(out: Uint8Array, pos: number, s: string, from: number): number {
  let p = pos;
  for (let i = from; i < s.length; i++) {
    const c = s.charCodeAt(i);
    if (c < 0x80) {
      p = c < 32 || c === 34 || c === 92 ? putEscape(out, p, c) : putByte(out, p, c);
    } else if (c < 0x800) {
      out[p] = 0xc0 | (c >> 6);
      out[p + 1] = 0x80 | (c & 63);
      p += 2;
    } else if (c < 0xd800 || c > 0xdfff) {
      out[p] = 0xe0 | (c >> 12);
      out[p + 1] = 0x80 | ((c >> 6) & 63);
      out[p + 2] = 0x80 | (c & 63);
      p += 3;
    } else {
      const low = c < 0xdc00 && i + 1 < s.length ? s.charCodeAt(i + 1) : 0;
      if (low < 0xdc00 || low > 0xdfff) return -1;
      const point = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
      out[p] = 0xf0 | (point >> 18);
      out[p + 1] = 0x80 | ((point >> 12) & 63);
      out[p + 2] = 0x80 | ((point >> 6) & 63);
      out[p + 3] = 0x80 | (point & 63);
      p += 4;
      i++;
    }
  }
  out[p] = 34;
  return p + 1;
}

function putByte(out: Uint8Array, p: number, c: number): number {
  out[p] = c;
  return p + 1;
}

/** The escapes of `JSON.stringify`: the short ones where they exist, else `\u00hh` in lower case. */
function putEscape(out: Uint8Array, p: number, c: number): number {
  out[p] = 92;
  const short = shortEscape(c);
  if (short !== 0) {
    out[p + 1] = short;
    return p + 2;
  }
  out[p + 1] = 117;
  out[p + 2] = 48;
  out[p + 3] = 48;
  out[p + 4] = HEX.charCodeAt(c >> 4);
  out[p + 5] = HEX.charCodeAt(c & 15);
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
