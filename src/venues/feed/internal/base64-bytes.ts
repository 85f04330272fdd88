/**
 * Base64 between byte arrays, for raw lines: binary venues send thousands of frames a second, and
 * text in between would cost a string per frame.
 * @module
 */

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const PAD = 0x3d;

const CODES = /* @__PURE__ */ Uint8Array.from(ALPHABET, (char) => char.charCodeAt(0));
const DIGITS = /* @__PURE__ */ digits();

function digits(): Int8Array {
  const table = new Int8Array(256).fill(-1);
  for (let i = 0; i < 64; i++) table[ALPHABET.charCodeAt(i)] = i;
  return table;
}

/** Bytes that `length` bytes take as base64 with padding. */
export function base64Length(length: number): number {
  return Math.ceil(length / 3) * 4;
}

/** Writes `bytes` as base64 with padding to out[at, ...); returns the position after it. */
export function writeBase64(bytes: Uint8Array, out: Uint8Array, at: number): number {
  const whole = bytes.length - (bytes.length % 3);
  let to = at;
  for (let i = 0; i < whole; i += 3) {
    const group =
      ((bytes[i] as number) << 16) | ((bytes[i + 1] as number) << 8) | (bytes[i + 2] as number);
    out[to] = CODES[group >> 18] as number;
    out[to + 1] = CODES[(group >> 12) & 63] as number;
    out[to + 2] = CODES[(group >> 6) & 63] as number;
    out[to + 3] = CODES[group & 63] as number;
    to += 4;
  }
  const left = bytes.length - whole;
  if (left === 0) return to;
  const group = ((bytes[whole] as number) << 16) | ((bytes[whole + 1] ?? 0) << 8);
  out[to] = CODES[group >> 18] as number;
  out[to + 1] = CODES[(group >> 12) & 63] as number;
  out[to + 2] = left === 2 ? (CODES[(group >> 6) & 63] as number) : PAD;
  out[to + 3] = PAD;
  return to + 4;
}

/** Bytes of the base64 in bytes[start, end), strictly: one spelling per value; else null. */
export function readBase64(bytes: Uint8Array, start: number, end: number): Uint8Array | null {
  const length = end - start;
  if (length % 4 !== 0) return null;
  let padding = 0;
  while (padding < 2 && padding < length && bytes[end - 1 - padding] === PAD) padding += 1;
  const out = new Uint8Array((length / 4) * 3 - padding);
  const whole = padding === 0 ? end : end - 4;
  let at = 0;
  let wrong = 0;
  for (let i = start; i < whole; i += 4) {
    const a = DIGITS[bytes[i] as number] as number;
    const b = DIGITS[bytes[i + 1] as number] as number;
    const c = DIGITS[bytes[i + 2] as number] as number;
    const d = DIGITS[bytes[i + 3] as number] as number;
    // A character of no alphabet is -1: its sign stays.
    wrong |= a | b | c | d;
    out[at] = (a << 2) | (b >> 4);
    out[at + 1] = ((b & 15) << 4) | (c >> 2);
    out[at + 2] = ((c & 3) << 6) | d;
    at += 3;
  }
  if (wrong < 0) return null;
  return padding === 0 || readLast(bytes, whole, out) ? out : null;
}

/** Reads the padded group at `from`; false when it is wrong or its unused bits are not zero. */
function readLast(bytes: Uint8Array, from: number, out: Uint8Array): boolean {
  const a = DIGITS[bytes[from] as number] as number;
  const b = DIGITS[bytes[from + 1] as number] as number;
  if ((a | b) < 0) return false;
  const left = out.length % 3;
  const at = out.length - left;
  out[at] = (a << 2) | (b >> 4);
  if (left === 1) return (b & 15) === 0;
  const c = DIGITS[bytes[from + 2] as number] as number;
  out[at + 1] = ((b & 15) << 4) | (c >> 2);
  return c >= 0 && (c & 3) === 0;
}
