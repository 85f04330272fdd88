import type { ERROR_CODES } from './error-codes.data.js';

/** Any code of the {@link ERROR_CODES} table. */
export type ErrorCode = keyof typeof ERROR_CODES;

/** What a {@link QuantlaxmiError} may carry besides its code and message. */
export interface ErrorDetails {
  /** The error that led to this one. */
  readonly cause?: unknown;
  /** Plain facts for programs: place, found, expected. Never a secret. */
  readonly context?: Readonly<Record<string, unknown>>;
}

/**
 * The only error class of the package. Branch on `code`, show `message`, log `context`.
 *
 * @example
 * ```ts
 * import { QuantlaxmiError } from 'quantlaxmi/core';
 *
 * const error = new QuantlaxmiError('QL_BAD_INPUT', 'half-life is 0; give a number above 0', {
 *   context: { halfLifeUs: 0 },
 * });
 * error.code; // => 'QL_BAD_INPUT'
 * ```
 */
export class QuantlaxmiError extends Error {
  override readonly name = 'QuantlaxmiError';
  readonly code: ErrorCode;
  readonly context: Readonly<Record<string, unknown>>;

  /**
   * @param code - a registered code
   * @param message - place, what was found, what was expected, what to do
   * @param details - `cause` and `context`
   */
  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, 'cause' in details ? { cause: details.cause } : undefined);
    this.code = code;
    this.context = details.context ?? {};
  }
}

/**
 * True for a {@link QuantlaxmiError}, and, when `code` is given, only for that code. Works across
 * two copies of the package in one process, where `instanceof` does not.
 *
 * @param error - anything that was thrown
 * @param code - the code to look for
 * @example
 * ```ts
 * import { isQuantlaxmiError, QuantlaxmiError } from 'quantlaxmi/core';
 *
 * const error = new QuantlaxmiError('QL_UTF8', 'byte 3 is 0xff');
 * isQuantlaxmiError(error, 'QL_UTF8'); // => true
 * isQuantlaxmiError(new Error('no')); // => false
 * ```
 */
export function isQuantlaxmiError(error: unknown, code?: ErrorCode): error is QuantlaxmiError {
  if (!(error instanceof Error) || error.name !== 'QuantlaxmiError') return false;
  const found = (error as { code?: unknown }).code;
  return typeof found === 'string' && (code === undefined || found === code);
}
