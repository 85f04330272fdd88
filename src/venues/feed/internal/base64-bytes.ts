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
  const last = end - padding;
  let at = 0;
  for (let i = start; i < end; i += 4) {
    let group = 0;
    for (let j = i; j < i + 4; j++) {
      const digit = j < last ? (DIGITS[bytes[j] as number] as number) : 0;
      if (digit < 0) return null;
      group = (group << 6) | digit;
    }
    for (let shift = 16; shift >= 0; shift -= 8) {
      const byte = (group >> shift) & 255;
      if (at < out.length) out[at++] = byte;
      else if (byte !== 0) return null;
    }
  }
  return out;
}
