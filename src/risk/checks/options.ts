/**
 * Reading the options of a check: each is there and sound, or the policy is not made.
 * @module
 */
import { QuantlaxmiError } from '../../core/index.js';
import { parseRational, type Rational } from '../../fixed-point/index.js';

/** Says what is wrong with an option. */
export function refuseOption(check: string, name: string, wrong: string): never {
  throw new QuantlaxmiError('QL_BAD_INPUT', `${check}: ${name} is ${wrong}.`, {
    context: { check, name },
  });
}

/** Decimal text above 0. */
export function positiveDecimal(check: string, name: string, text: string): Rational {
  const value = typeof text === 'string' ? parseRational(text) : null;
  if (value !== null && value.num > 0n) return value;
  return refuseOption(check, name, `${String(text)}; expected decimal text above 0`);
}

/** Decimal text, 0 or above. */
export function plainDecimal(check: string, name: string, text: string): Rational {
  const value = typeof text === 'string' ? parseRational(text) : null;
  if (value !== null && value.num >= 0n) return value;
  return refuseOption(check, name, `${String(text)}; expected decimal text, 0 or above`);
}

/** An integer of 0 or above. */
export function plainInteger(check: string, name: string, value: number): number {
  if (Number.isSafeInteger(value) && value >= 0) return value;
  return refuseOption(check, name, `${value}; expected an integer, 0 or above`);
}

/** True or false, nothing in between: what may be left out is not asked for with this. */
export function flag(check: string, name: string, value: boolean): boolean {
  if (typeof value === 'boolean') return value;
  return refuseOption(check, name, `${String(value)}; expected true or false`);
}

/** Text that is not empty. */
export function word(check: string, name: string, text: string): string {
  if (typeof text === 'string' && text !== '') return text;
  return refuseOption(check, name, `${String(text)}; expected text`);
}
