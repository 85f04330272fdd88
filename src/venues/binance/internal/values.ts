/**
 * Values of a message from its bytes: integers, decimals, levels. No float is made of a decimal.
 * @module
 */
import type { Level } from '../../../events/index.js';
import { MANTISSA_MAX, parseMantissaBytes } from '../../../fixed-point/index.js';
import { refuse, skipBlank } from './json-scan.js';

const POWERS: readonly number[] = /* @__PURE__ */ Array.from({ length: 16 }, (_, power) => {
  let value = 1;
  for (let i = 0; i < power; i++) value *= 10;
  return value;
});

/** A non-negative integer written as bare digits. */
export function readInteger(bytes: Uint8Array, start: number, end: number): number {
  let value = 0;
  for (let at = start; at < end; at++) {
    const digit = (bytes[at] as number) - 48;
    if (digit < 0 || digit > 9) return refuse(at, 'an integer');
    value = value * 10 + digit;
  }
  if (start === end || value > MANTISSA_MAX) return refuse(start, 'an integer within 2^53-1');
  return value;
}

/** A venue time as µs: milliseconds, or microseconds where the connection asked for them. */
export function readTimeUs(bytes: Uint8Array, start: number, end: number): number {
  const value = readInteger(bytes, start, end);
  // 14 digits of milliseconds are the year 5138; 14 digits of microseconds are 1973.
  const us = value < 100_000_000_000_000 ? value * 1000 : value;
  return us <= MANTISSA_MAX ? us : refuse(start, 'a time within 2^53-1 µs');
}

/** A quoted decimal of any sign as a mantissa at `exponent`. */
export function readSigned(
  bytes: Uint8Array,
  start: number,
  end: number,
  exponent: number,
): number {
  if (bytes[start] !== 0x22) return refuse(start, 'a quoted decimal');
  return parseMantissaBytes(bytes, start + 1, end - 1, exponent);
}

/** A quoted decimal that is not negative, as a mantissa at `exponent`: a price or quantity. */
export function readDecimal(
  bytes: Uint8Array,
  start: number,
  end: number,
  exponent: number,
): number {
  if (bytes[start] !== 0x22) return refuse(start, 'a quoted decimal');
  if (bytes[start + 1] === 0x2d) return refuse(start, 'a decimal that is not negative');
  return parseMantissaBytes(bytes, start + 1, end - 1, exponent);
}

/** Longest decimal kept as text: 2^127 with 18 decimals has 58 characters. */
const TEXT_MAX = 64;

/** A quoted decimal that is not negative, as the venue wrote it. */
export function readDecimalText(bytes: Uint8Array, start: number, end: number): string {
  const text = readName(bytes, start, end);
  if (text.length > TEXT_MAX || !/^(?:0|[1-9]\d*)(?:\.\d+)?$/.test(text)) {
    return refuse(start, 'a plain decimal that is not negative');
  }
  return text;
}

/** `true` or `false`; the scan has checked the rest of the word. */
export function readBoolean(bytes: Uint8Array, start: number): boolean {
  const c = bytes[start];
  return c === 0x74 || (c === 0x66 ? false : refuse(start, 'true or false'));
}

/** ASCII text of a quoted name without escapes. */
export function readName(bytes: Uint8Array, start: number, end: number): string {
  if (bytes[start] !== 0x22) return refuse(start, 'a quoted name');
  let text = '';
  for (let at = start + 1; at < end - 1; at++) {
    const c = bytes[at] as number;
    if (c === 0x5c) return refuse(at, 'a name without escapes');
    text += String.fromCharCode(c);
  }
  return text;
}

/** How to read the levels of one instrument. */
export interface LevelScale {
  readonly priceExponent: number;
  readonly qtyExponent: number;
}

/**
 * Reads `[["price","qty"],…]`. The digits are summed in place; whatever is not plain digits of
 * exact length goes through `parseMantissaBytes`, which says what is wrong with it.
 */
export function readLevels(
  bytes: Uint8Array,
  start: number,
  end: number,
  scale: LevelScale,
): Level[] {
  const levels: Level[] = [];
  if (bytes[start] !== 0x5b) return refuse(start, 'an array of levels');
  let at = skipBlank(bytes, start + 1);
  if (bytes[at] === 0x5d) return levels;
  const last = end - 1;
  for (;;) {
    if (bytes[at] !== 0x5b) return refuse(at, '"[" of a level');
    at += 1;
    let price = 0;
    let value = 0;
    for (let field = 0; field < 2; field++) {
      const exponent = field === 0 ? scale.priceExponent : scale.qtyExponent;
      if (bytes[at] !== 0x22) return refuse(at, 'a quoted decimal');
      const from = at + 1;
      at = from;
      let digit = (bytes[at] as number) - 48;
      value = 0;
      while (digit >= 0 && digit <= 9) {
        value = value * 10 + digit;
        at += 1;
        digit = (bytes[at] as number) - 48;
      }
      let left = -exponent;
      let plain = at > from && exponent <= 0;
      if (digit === -2) {
        const point = at;
        at += 1;
        digit = (bytes[at] as number) - 48;
        while (left > 0 && digit >= 0 && digit <= 9) {
          value = value * 10 + digit;
          left -= 1;
          at += 1;
          digit = (bytes[at] as number) - 48;
        }
        while (digit === 0) {
          at += 1;
          digit = (bytes[at] as number) - 48;
        }
        plain = plain && at > point + 1;
      }
      if (left > 0) value *= POWERS[left] ?? Number.NaN;
      if (digit !== -14 || !plain || !(value <= MANTISSA_MAX)) {
        while (at < last && bytes[at] !== 0x22) at += 1;
        value = parseMantissaBytes(bytes, from, at, exponent);
      }
      at += 1;
      if (field === 0) {
        if (value <= 0) return refuse(from, 'a price above 0');
        price = value;
        if (bytes[at] !== 0x2c) return refuse(at, '"," between price and quantity');
        at += 1;
      }
    }
    if (value < 0) return refuse(at, 'a quantity that is not negative');
    if (bytes[at] !== 0x5d) return refuse(at, '"]" of a level');
    levels.push([price, value]);
    at += 1;
    if (bytes[at] === 0x5d && at === last) return levels;
    if (bytes[at] !== 0x2c) return refuse(at, '"," or the end of the levels');
    at += 1;
  }
}
