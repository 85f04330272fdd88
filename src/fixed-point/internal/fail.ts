import { type ErrorCode, escapeControl, QuantlaxmiError } from '../../core/index.js';

/** A QL_FIXED_* error; the caller throws it, which keeps the throw visible to control flow. */
export function fixedError(
  code: ErrorCode,
  message: string,
  context: Readonly<Record<string, unknown>>,
): QuantlaxmiError {
  return new QuantlaxmiError(code, message, { context });
}

/** Refuses an exponent that is not an integer from -22 to 22, where powers of ten are exact. */
export function checkExponent(exponent: number): void {
  if (Number.isInteger(exponent) && exponent >= -22 && exponent <= 22) return;
  throw fixedError('QL_FIXED_RANGE', `exponent ${exponent}: expected an integer from -22 to 22`, {
    exponent,
  });
}

/** Refuses anything but a safe integer. */
export function checkMantissa(value: number, name: string): void {
  if (Number.isSafeInteger(value)) return;
  throw fixedError('QL_FIXED_RANGE', `${name} is ${value}; expected an integer within 2^53-1`, {
    [name]: value,
  });
}

/** Short, printable form of text from outside. */
export function shown(text: string): string {
  return escapeControl(text.length > 60 ? `${text.slice(0, 60)}…` : text);
}
