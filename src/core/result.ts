/** An expected outcome that may be a refusal: check `ok` before use. */
export type Result<T, E> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: E };

/**
 * A success.
 *
 * @param value - what came out
 * @example
 * ```ts
 * import { ok } from 'quantlaxmi/core';
 *
 * ok(5); // => { ok: true, value: 5 }
 * ```
 */
export function ok<T>(value: T): { readonly ok: true; readonly value: T } {
  return { ok: true, value };
}

/**
 * A refusal.
 *
 * @param error - why not
 * @example
 * ```ts
 * import { err } from 'quantlaxmi/core';
 *
 * err('stale'); // => { ok: false, error: 'stale' }
 * ```
 */
export function err<E>(error: E): { readonly ok: false; readonly error: E } {
  return { ok: false, error };
}
