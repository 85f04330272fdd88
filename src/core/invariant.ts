import { QuantlaxmiError } from './errors.js';

/**
 * Throws when something that must hold does not.
 *
 * @param condition - what must be truthy
 * @param message - what was assumed and what was found
 * @param context - plain facts for programs
 * @throws QuantlaxmiError QL_INVARIANT
 * @example
 * ```ts
 * import { invariant } from 'quantlaxmi/core';
 *
 * const seq: number | undefined = 7;
 * invariant(seq !== undefined, 'the log has a last seq');
 * seq + 1; // => 8
 * ```
 */
export function invariant(
  condition: unknown,
  message: string,
  context: Readonly<Record<string, unknown>> = {},
): asserts condition {
  if (!condition) throw new QuantlaxmiError('QL_INVARIANT', message, { context });
}
