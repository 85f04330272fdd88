/**
 * How long messages travel between the run and the simulated venue.
 * @module
 */
import { QuantlaxmiError } from '../core/index.js';

/**
 * Message times in integer µs. `k` counts the messages of a leg from 1, so that a model may draw
 * by message and adding one elsewhere changes no other.
 */
export interface LatencyModel {
  /**
   * Time from sending a request to the venue acting on it. Negative: the venue refuses it, and the
   * sender learns so after the absolute value.
   */
  entryUs(k: number, nowUs: number): number;
  /** Time from the venue acting to the sender knowing. */
  responseUs(k: number, nowUs: number): number;
}

/**
 * The same time for every message. The feed leg is not modelled: the venue sees a market event when
 * the run does, so `entryUs` should hold the feed's delay as well.
 *
 * @param options - `entryUs`, `responseUs`: integers of at least 0
 * @throws QL_BAD_INPUT
 * @example
 * ```ts
 * import { constantLatency } from 'quantlaxmi/sim';
 *
 * constantLatency({ entryUs: 1_500, responseUs: 1_000 }).entryUs(1, 0);
 * // => 1500
 * ```
 */
export function constantLatency(options: {
  readonly entryUs: number;
  readonly responseUs: number;
}): LatencyModel {
  const { entryUs, responseUs } = options;
  for (const [name, value] of Object.entries({ entryUs, responseUs })) {
    if (Number.isSafeInteger(value) && value >= 0) continue;
    throw new QuantlaxmiError(
      'QL_BAD_INPUT',
      `constantLatency: ${name} is ${value}; expected an integer of µs, 0 or above.`,
      { context: { name } },
    );
  }
  return { entryUs: () => entryUs, responseUs: () => responseUs };
}
