import { checkExponent, fixedError, shown } from './internal/fail.js';
import { POW10, pow10Big } from './internal/powers.js';
import { MANTISSA_MAX, type Mantissa } from './mantissa.js';

const DECIMAL = /^(-?)([0-9]+)(?:\.([0-9]+))?$/;

/** Any exponent a bigint value may have: far beyond any venue, still bounded work. */
function checkBigExponent(exponent: number): void {
  if (Number.isInteger(exponent) && exponent >= -400 && exponent <= 400) return;
  throw fixedError('QL_FIXED_RANGE', `exponent ${exponent}: expected an integer from -400 to 400`, {
    exponent,
  });
}

function syntaxError(text: string): Error {
  return fixedError(
    'QL_FIXED_SYNTAX',
    `"${shown(text)}" is not a decimal; expected -?digits[.digits], no e, no +, no blanks`,
    { text: shown(text) },
  );
}

function inexactError(text: string, exponent: number): Error {
  return fixedError(
    'QL_FIXED_INEXACT',
    `"${shown(text)}" has non-zero digits beyond exponent ${exponent}; check the instrument's exponent`,
    { text: shown(text), exponent },
  );
}

/**
 * A decimal text as an exact integer at `exponent`, of any size.
 *
 * @param text - `-?digits[.digits]`
 * @param exponent - −400 to 400
 * @throws QuantlaxmiError QL_FIXED_SYNTAX, QL_FIXED_INEXACT, QL_FIXED_RANGE
 * @example
 * ```ts
 * import { parseBig } from 'quantlaxmi/fixed-point';
 *
 * parseBig('90071992547409.93', -8); // => 9007199254740993000000n
 * ```
 */
export function parseBig(text: string, exponent: number): bigint {
  checkBigExponent(exponent);
  const match = DECIMAL.exec(text);
  if (match === null) throw syntaxError(text);
  const fraction = match[3] ?? '';
  const all = BigInt((match[2] as string) + fraction);
  const shift = -exponent - fraction.length;
  let size: bigint;
  if (shift >= 0) size = all * pow10Big(shift);
  else {
    const unit = pow10Big(-shift);
    if (all % unit !== 0n) throw inexactError(text, exponent);
    size = all / unit;
  }
  return match[1] === '-' ? -size : size;
}

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
  let sign = 1;
  if (text.charCodeAt(0) === 45) {
    sign = -1;
    at = 1;
  }
  let value = 0;
  let kept = exponent > 0 || exponent < -22 ? -1 : -exponent;
  const first = at;
  let digit = 0;
  for (; at < end; at += 1) {
    digit = text.charCodeAt(at) - 48;
    if (digit < 0 || digit > 9) break;
    value = value * 10 + digit;
  }
  if (at === first || kept < 0) return parseSlow(text, exponent) as M;
  if (at < end) {
    if (digit !== -2 || at + 1 === end) return parseSlow(text, exponent) as M;
    for (at += 1; at < end; at += 1) {
      digit = text.charCodeAt(at) - 48;
      if (digit < 0 || digit > 9) return parseSlow(text, exponent) as M;
      if (kept > 0) {
        value = value * 10 + digit;
        kept -= 1;
      } else if (digit !== 0) return parseSlow(text, exponent) as M;
    }
  }
  if (kept > 0) value *= POW10[kept] as number;
  // Sums only grow, and rounding keeps order: one test at the end sees every overflow on the way.
  if (!(value <= MANTISSA_MAX)) return parseSlow(text, exponent) as M;
  return (value === 0 ? 0 : sign * value) as M;
}

/** Says what is wrong with a text that the fast scan refused, and reads exponents above 0. */
function parseSlow(text: string, exponent: number): number {
  checkExponent(exponent);
  const value = parseBig(text, exponent);
  if (value > MANTISSA_MAX || value < -MANTISSA_MAX) {
    throw fixedError(
      'QL_FIXED_OVERFLOW',
      `"${shown(text)}" at exponent ${exponent} is beyond 2^53-1; use a larger exponent`,
      { text: shown(text), exponent },
    );
  }
  return Number(value);
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
  let sign = 1;
  if (at < end && bytes[at] === 45) {
    sign = -1;
    at += 1;
  }
  let value = 0;
  let kept = exponent > 0 || exponent < -22 ? -1 : -exponent;
  const first = at;
  let digit = 0;
  for (; at < end; at += 1) {
    digit = (bytes[at] as number) - 48;
    if (digit < 0 || digit > 9) break;
    value = value * 10 + digit;
  }
  if (at === first || kept < 0) return bytesSlow(bytes, start, end, exponent) as M;
  if (at < end) {
    if (digit !== -2 || at + 1 === end) return bytesSlow(bytes, start, end, exponent) as M;
    for (at += 1; at < end; at += 1) {
      digit = (bytes[at] as number) - 48;
      if (digit < 0 || digit > 9) return bytesSlow(bytes, start, end, exponent) as M;
      if (kept > 0) {
        value = value * 10 + digit;
        kept -= 1;
      } else if (digit !== 0) return bytesSlow(bytes, start, end, exponent) as M;
    }
  }
  if (kept > 0) value *= POW10[kept] as number;
  if (!(value <= MANTISSA_MAX)) return bytesSlow(bytes, start, end, exponent) as M;
  return (value === 0 ? 0 : sign * value) as M;
}

function bytesSlow(bytes: Uint8Array, start: number, end: number, exponent: number): number {
  let text = '';
  // Byte for byte: anything above ASCII must stay a syntax error, whatever it decodes to.
  for (let i = start; i < end; i += 1) text += String.fromCharCode(bytes[i] ?? 0);
  return parseSlow(text, exponent);
}

/**
 * How many decimals a text needs once its trailing zeros are gone: 2 for `43250.12000000`.
 * Exponents of instruments come from this on tick and lot, never from how a message prints.
 *
 * @param text - `-?digits[.digits]`
 * @throws QuantlaxmiError QL_FIXED_SYNTAX
 * @example
 * ```ts
 * import { decimalsOf } from 'quantlaxmi/fixed-point';
 *
 * decimalsOf('0.00100000'); // => 3
 * decimalsOf('5.00'); // => 0
 * ```
 */
export function decimalsOf(text: string): number {
  const match = DECIMAL.exec(text);
  if (match === null) throw syntaxError(text);
  const fraction = match[3] ?? '';
  let count = fraction.length;
  while (count > 0 && fraction.charCodeAt(count - 1) === 48) count -= 1;
  return count;
}
