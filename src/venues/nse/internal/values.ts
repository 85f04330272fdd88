/**
 * Values of fields: digits to mantissas, never through a float.
 * @module
 */
import { formatBig, parseBig, parseMantissa, toMantissa } from '../../../fixed-point/index.js';
import { PRICE_EXPONENT } from '../contract.js';
import { type Day, parseDay } from './ist.js';
import { Refusal } from './facts.js';

/** Plain digits, or groups as India writes them: 1,23,456.50. */
const GROUPED = /^-?[0-9]{1,2}(?:,[0-9]{2})*,[0-9]{3}(?:\.[0-9]+)?$/;
/** Rupees: no contract or index is at ten million. */
const PRICE_MAX = 1_000_000_000;

/** Text without grouping commas; refused when they do not stand where India puts them. */
export function ungrouped(text: string): string {
  if (!text.includes(',')) return text;
  if (!GROUPED.test(text)) {
    throw new Refusal('QL_NSE_VALUE', text, 'digits grouped as in 1,23,456.50');
  }
  return text.replaceAll(',', '');
}

/** A price, mantissa at −2, not negative; 0 stays 0. */
export function readPrice(text: string): number {
  const value = parseMantissa(text, PRICE_EXPONENT);
  if (value >= 0 && value < PRICE_MAX) return value;
  throw new Refusal('QL_NSE_VALUE', text, 'a price from 0 to 10,000,000');
}

/** A price where 0 means that there is none. */
export const priceOrNull = (text: string): number | null => readPrice(text) || null;

/** A count (contracts, units, trades), not negative. */
export function readCount(text: string): number {
  const value = parseMantissa(text, 0);
  if (value >= 0) return value;
  throw new Refusal('QL_NSE_VALUE', text, 'a count from 0 on');
}

/** A strike, mantissa at −2, above 0. */
export function readStrike(text: string): number {
  const value = readPrice(text);
  if (value > 0) return value;
  throw new Refusal('QL_NSE_VALUE', text, 'a strike above 0');
}

/** A day of a file. */
export function readDay(text: string): Day {
  const day = parseDay(text);
  if (day !== null) return day;
  throw new Refusal('QL_NSE_VALUE', text, 'a day like 2026-02-03 or 03-Feb-2026');
}

/** A name: upper-case letters, digits, `&` and `-`, as the exchange's symbols are. */
export function readSymbol(text: string): string {
  if (/^[A-Z0-9][A-Z0-9&-]{0,19}$/.test(text)) return text;
  throw new Refusal('QL_NSE_VALUE', text, "an underlying's symbol");
}

/** Rupees as plain decimal text with two decimals: `1932430938.00`. */
export function readTurnover(text: string): { readonly paise: bigint; readonly text: string } {
  const paise = parseBig(text, PRICE_EXPONENT);
  if (paise < 0n) throw new Refusal('QL_NSE_VALUE', text, 'a turnover from 0 on');
  return { paise, text: formatBig(paise, PRICE_EXPONENT) };
}

/** Steps of a double between a power of two and the next. */
const DOUBLE_STEPS = 1n << 52n;

/**
 * Contracts times lot as units. After a change of the lot old positions are fractions of the new
 * one, and chains print the double of the fraction: 4.333333333333333 contracts of 75 are 325
 * units. The units are the whole number within one step of that double; without one the text is
 * refused.
 */
export function unitsOf(text: string, lot: number): number {
  const point = text.indexOf('.');
  if (point < 0) return toMantissa(BigInt(readCount(text)) * BigInt(lot));
  const decimals = text.length - point - 1;
  const scaled = parseBig(text, -decimals) * BigInt(lot);
  const one = 10n ** BigInt(decimals);
  const units = (scaled * 2n + one) / (one * 2n);
  const off = scaled - units * one;
  const distance = off < 0n ? -off : off;
  if (scaled < 0n || distance * DOUBLE_STEPS > scaled) {
    throw new Refusal('QL_NSE_VALUE', text, `contracts that make whole units, lot ${lot}`);
  }
  return toMantissa(units);
}
