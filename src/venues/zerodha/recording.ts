/**
 * Recording lines of Kite: `<receive time> <binary frame in hex or base64>`, or a text frame as it
 * is. Lines of a raw record are read by `parseRawLine`.
 * @module
 */
import { decodeUtf8, fromBase64, fromHex, QuantlaxmiError } from '../../core/index.js';
import type { RawFrame } from '../feed/index.js';

/** Digits of an integer time by unit: 10 s, 13 ms, 16 µs, 19 ns (years 2001 to 2286). */
const UNIT_BY_DIGITS: ReadonlyMap<number, number> = /* @__PURE__ */ new Map([
  [10, 1_000_000],
  [13, 1000],
  [16, 1],
  [19, 0],
]);

function refuse(byte: number, expected: string): never {
  throw new QuantlaxmiError(
    'QL_VENUE_LINE',
    `Kite recording line, byte ${byte}: expected ${expected}. A line is "<receive time in s, ms, ` +
      'µs or ns> <frame in hex or base64, or a text frame>".',
    { context: { byte } },
  );
}

function isHex(bytes: Uint8Array, start: number, end: number): boolean {
  if ((end - start) % 2 !== 0) return false;
  for (let at = start; at < end; at++) {
    const c = bytes[at] as number;
    if (!((c >= 0x30 && c <= 0x39) || (c >= 0x61 && c <= 0x66))) return false;
  }
  return true;
}

function frameBytes(bytes: Uint8Array, start: number, end: number): Uint8Array {
  const text = decodeUtf8(bytes.subarray(start, end));
  // A text of hex digits alone is read as hex: base64 of a frame starts with its count, `AA`, in
  // capitals, unless it has 4,096 packets or more.
  return isHex(bytes, start, end) ? fromHex(text) : fromBase64(text);
}

/**
 * Reads one recording line. The unit of the receive time is told by its number of digits.
 *
 * @param bytes - buffer with the line in bytes[start, end), without its line feed
 * @param start - first byte of the line
 * @param end - after its last byte
 * @returns a frame of connection 1; O(bytes)
 * @throws QuantlaxmiError QL_VENUE_LINE; QL_BAD_INPUT when the frame is neither hex nor base64
 * @example
 * ```ts
 * import { encodeUtf8 } from 'quantlaxmi/core';
 * import { decodeTicks, parseKiteLine } from 'quantlaxmi/venues/zerodha';
 *
 * const line = encodeUtf8('1625461887000 0001000800063a0100026683');
 * const frame = parseKiteLine(line, 0, line.length);
 * [frame.rx, decodeTicks(frame.bytes)[0]?.last]; // => [1625461887000000, 157315]
 * ```
 */
export function parseKiteLine(bytes: Uint8Array, start: number, end: number): RawFrame {
  let at = start;
  let value = 0;
  while (at < end && (bytes[at] as number) >= 0x30 && (bytes[at] as number) <= 0x39) {
    // Sixteen digits are the µs; nanoseconds beyond them are cut off, not rounded.
    if (at - start < 16) value = value * 10 + ((bytes[at] as number) - 48);
    at += 1;
  }
  const unit = UNIT_BY_DIGITS.get(at - start);
  if (unit === undefined) return refuse(0, 'a time of 10, 13, 16 or 19 digits');
  if (bytes[at] !== 0x20 || at + 1 >= end) return refuse(at - start, 'a blank and a frame');
  const rx = unit === 0 ? value : value * unit;
  const from = at + 1;
  if (bytes[from] === 0x7b) {
    return { kind: 'frame', rx, conn: 1, binary: false, bytes: bytes.slice(from, end) };
  }
  return { kind: 'frame', rx, conn: 1, binary: true, bytes: frameBytes(bytes, from, end) };
}
