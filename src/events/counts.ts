import { EVENT_TYPES } from './generated/tables.js';
import type { EventType } from './types.js';

/** Number of events by type. A type that never came is absent, not 0. */
export type EventCounts = { [T in EventType]?: number };

/**
 * Adds one event of a type to the counts.
 *
 * @param counts - changed in place
 * @param t - event type
 * @returns the new count of that type
 * @example
 * ```ts
 * import { countEvent, type EventCounts } from 'quantlaxmi/events';
 *
 * const counts: EventCounts = {};
 * countEvent(counts, 'Quote'); // => 1
 * countEvent(counts, 'Quote'); // => 2
 * ```
 */
export function countEvent(counts: EventCounts, t: EventType): number {
  const n = (counts[t] ?? 0) + 1;
  counts[t] = n;
  return n;
}

/**
 * True for the name of a known event type.
 *
 * @param name - any text
 * @example
 * ```ts
 * import { isEventType } from 'quantlaxmi/events';
 *
 * isEventType('Quote'); // => true
 * isEventType('quote'); // => false
 * ```
 */
export function isEventType(name: string): name is EventType {
  return (EVENT_TYPES as readonly string[]).includes(name);
}
