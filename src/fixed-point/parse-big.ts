import { checkExponent, fixedError, shown } from './internal/fail.js';
import { pow10Big } from './internal/powers.js';
import { toMantissa } from './big.js';
import { MANTISSA_MAX } from './mantissa.js';

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
    `"${shown(text)}" has digits beyond exponent ${exponent}; expected zeros there`,
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

/** Says what is wrong with a text that the fast scan refused, and reads exponents above 0. */
export function parseMantissaSlowly(text: string, exponent: number): number {
  checkExponent(exponent);
  const value = parseBig(text, exponent);
  if (value > MANTISSA_MAX || value < -MANTISSA_MAX) {
    throw fixedError(
      'QL_FIXED_OVERFLOW',
      `"${shown(text)}" at exponent ${exponent} is beyond 2^53-1; use a larger exponent`,
      { text: shown(text), exponent },
    );
  }
  return toMantissa(value);
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
