import { POW10 } from './internal/powers.js';
import { MANTISSA_MAX, type Mantissa } from './mantissa.js';
import { parseMantissaSlowly } from './parse-big.js';

/**
 * A decimal text as a mantissa. Nothing is rounded: digits beyond the exponent that are not zero
 * and values beyond 2^53−1 are errors.
 *
 * @param text - `-?digits[.digits]`
 * @param exponent - −22 to 22
 * @throws QuantlaxmiError QL_FIXED_SYNTAX, QL_FIXED_INEXACT, QL_FIXED_OVERFLOW, QL_FIXED_RANGE
 * @example
 * ```ts
 * import { parseMantissa } from 'quantlaxmi/fixed-point';
 *
 * parseMantissa('43250.12000000', -2); // => 4325012
 * ```
 */
export function parseMantissa<M extends Mantissa = Mantissa>(text: string, exponent: number): M {
  const end = text.length;
  let at = 0;
  const negative = at < end && text.charCodeAt(at) === 45;
  if (negative) at += 1;
  const first = at;
  // Up to nine digits fit a 32-bit integer, which is added up faster than a double.
  let part = 0;
  for (const stop = at + 9 < end ? at + 9 : end; at < stop; at += 1) {
    const digit = text.charCodeAt(at) - 48;
    if (!(digit >= 0 && digit <= 9)) break;
    part = (Math.imul(part, 10) + digit) | 0;
  }
  let value = part;
  for (; at < end; at += 1) {
    const digit = text.charCodeAt(at) - 48;
    if (!(digit >= 0 && digit <= 9)) break;
    value = value * 10 + digit;
  }
  if (at === first || (exponent | 0) !== exponent || exponent > 0 || exponent < -22)
    return parseMantissaSlowly(text, exponent) as M;
  let kept = 0 - exponent;
  if (at < end) {
    if (text.charCodeAt(at) !== 46 || at + 1 >= end)
      return parseMantissaSlowly(text, exponent) as M;
    at += 1;
    const stop = at + kept < end ? at + kept : end;
    kept -= stop - at;
    const fraction = at;
    part = 0;
    for (const small = at + 9 < stop ? at + 9 : stop; at < small; at += 1) {
      const digit = text.charCodeAt(at) - 48;
      if (!(digit >= 0 && digit <= 9)) return parseMantissaSlowly(text, exponent) as M;
      part = (Math.imul(part, 10) + digit) | 0;
    }
    value = value * (POW10[at - fraction] as number) + part;
    for (; at < stop; at += 1) {
      const digit = text.charCodeAt(at) - 48;
      if (!(digit >= 0 && digit <= 9)) return parseMantissaSlowly(text, exponent) as M;
      value = value * 10 + digit;
    }
    for (; at < end; at += 1)
      if (text.charCodeAt(at) !== 48) return parseMantissaSlowly(text, exponent) as M;
  }
  if (kept > 0) value *= POW10[kept] as number;
  // Sums only grow, and rounding keeps order: one test at the end sees every overflow on the way.
  if (!(value <= MANTISSA_MAX)) return parseMantissaSlowly(text, exponent) as M;
  return (negative && value !== 0 ? -value : value) as M;
}

/**
 * {@link parseMantissa} over ASCII bytes in place, for venue messages: makes no string, no object.
 *
 * @param bytes - buffer that holds the number
 * @param start - first byte of the number
 * @param end - after its last byte
 * @param exponent - −22 to 22
 * @throws QuantlaxmiError QL_FIXED_SYNTAX, QL_FIXED_INEXACT, QL_FIXED_OVERFLOW, QL_FIXED_RANGE
 * @example
 * ```ts
 * import { encodeUtf8 } from 'quantlaxmi/core';
 * import { parseMantissaBytes } from 'quantlaxmi/fixed-point';
 *
 * const line = encodeUtf8('"p":"43250.12000000"');
 * parseMantissaBytes(line, 5, 19, -2); // => 4325012
 * ```
 */
export function parseMantissaBytes<M extends Mantissa = Mantissa>(
  bytes: Uint8Array,
  start: number,
  end: number,
  exponent: number,
): M {
  let at = start;
  const negative = at < end && bytes[at] === 45;
  if (negative) at += 1;
  const first = at;
  // Up to nine digits fit a 32-bit integer, which is added up faster than a double.
  let part = 0;
  for (const stop = at + 9 < end ? at + 9 : end; at < stop; at += 1) {
    const digit = (bytes[at] as number) - 48;
    if (!(digit >= 0 && digit <= 9)) break;
    part = (Math.imul(part, 10) + digit) | 0;
  }
  let value = part;
  for (; at < end; at += 1) {
    const digit = (bytes[at] as number) - 48;
    if (!(digit >= 0 && digit <= 9)) break;
    value = value * 10 + digit;
  }
  if (at === first || (exponent | 0) !== exponent || exponent > 0 || exponent < -22)
    return bytesSlow(bytes, start, end, exponent) as M;
  let kept = 0 - exponent;
  if (at < end) {
    if (bytes[at] !== 46 || at + 1 >= end) return bytesSlow(bytes, start, end, exponent) as M;
    at += 1;
    const stop = at + kept < end ? at + kept : end;
    kept -= stop - at;
    const fraction = at;
    part = 0;
    for (const small = at + 9 < stop ? at + 9 : stop; at < small; at += 1) {
      const digit = (bytes[at] as number) - 48;
      if (!(digit >= 0 && digit <= 9)) return bytesSlow(bytes, start, end, exponent) as M;
      part = (Math.imul(part, 10) + digit) | 0;
    }
    value = value * (POW10[at - fraction] as number) + part;
    for (; at < stop; at += 1) {
      const digit = (bytes[at] as number) - 48;
      if (!(digit >= 0 && digit <= 9)) return bytesSlow(bytes, start, end, exponent) as M;
      value = value * 10 + digit;
    }
    for (; at < end; at += 1)
      if (bytes[at] !== 48) return bytesSlow(bytes, start, end, exponent) as M;
  }
  if (kept > 0) value *= POW10[kept] as number;
  // Sums only grow, and rounding keeps order: one test at the end sees every overflow on the way.
  if (!(value <= MANTISSA_MAX)) return bytesSlow(bytes, start, end, exponent) as M;
  return (negative && value !== 0 ? -value : value) as M;
}

function bytesSlow(bytes: Uint8Array, start: number, end: number, exponent: number): number {
  let text = '';
  // Byte for byte: anything above ASCII must stay a syntax error, whatever it decodes to.
  for (let i = start; i < end; i += 1) text += String.fromCharCode(bytes[i] ?? 0);
  return parseMantissaSlowly(text, exponent);
}
