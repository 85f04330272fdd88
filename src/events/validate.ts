import { QuantlaxmiError } from '../core/index.js';
import { eventSchema } from './schemas/all.js';
import type { Event } from './types.js';

let schema: ReturnType<typeof eventSchema> | undefined;

/**
 * Checks a value against the schema of its event type. For the edges (imports, hand-written
 * events): the codec makes the same checks on its own, some hundred times faster.
 *
 * @param value - anything
 * @returns the value, typed
 * @throws QuantlaxmiError QL_EVENT_SCHEMA naming the first field that does not fit
 * @example
 * ```ts
 * import { validateEvent } from 'quantlaxmi/events';
 *
 * const body = { cause: 7, due: 8, id: 'decide' };
 * const event = { seq: 1, t: 'Timer', sv: 1, rx: 9, ts: null, src: 'RUNNER', body };
 * validateEvent(event).t; // => 'Timer'
 * ```
 */
export function validateEvent(value: unknown): Event {
  schema ??= eventSchema();
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const field = issue === undefined ? '' : issue.path.join('.');
  throw new QuantlaxmiError(
    'QL_EVENT_SCHEMA',
    `event field ${field === '' ? '(whole event)' : field}: ${issue?.message ?? 'does not fit'}; ` +
      'correct the value or the code that made it',
    { cause: result.error, context: { field } },
  );
}
