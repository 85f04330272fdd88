/**
 * Options that fit the venues of this package.
 * @module
 */
import { QuantlaxmiError } from '../../core/index.js';
import type { FeedOptions } from './types.js';

/**
 * Sensible options of `createFeed`: waits from 0.5 s to 30 s, half of them random, from the
 * beginning again after a minute; 100,000 records or 32 MiB waiting for the reader before sockets
 * are paused; 10 s for a handshake; 5 s of overlap in a hand-over; 4,096 records in a batch.
 *
 * @example
 * ```ts
 * import { feedDefaults } from 'quantlaxmi/venues/feed';
 *
 * const patient = { ...feedDefaults, overlapUs: 30_000_000 };
 * patient.queue.recordsMax; // => 100000
 * ```
 */
export const feedDefaults: FeedOptions = /* @__PURE__ */ Object.freeze({
  backoff: /* @__PURE__ */ Object.freeze({
    baseUs: 500_000,
    maxUs: 30_000_000,
    jitter: 0.5,
    resetAfterUs: 60_000_000,
  }),
  queue: /* @__PURE__ */ Object.freeze({ recordsMax: 100_000, bytesMax: 33_554_432 }),
  handshakeTimeoutUs: 10_000_000,
  overlapUs: 5_000_000,
  batchRecordsMax: 4_096,
});

/** Refuses options that no feed can hold. */
export function checkFeedOptions(options: FeedOptions): void {
  const { backoff, batchRecordsMax, handshakeTimeoutUs, overlapUs, queue } = options;
  const least: readonly (readonly [name: string, value: number, min: number])[] = [
    ['backoff.baseUs', backoff.baseUs, 1],
    ['backoff.maxUs', backoff.maxUs, backoff.baseUs],
    ['backoff.resetAfterUs', backoff.resetAfterUs, 0],
    ['queue.recordsMax', queue.recordsMax, 1],
    ['queue.bytesMax', queue.bytesMax, 1],
    ['handshakeTimeoutUs', handshakeTimeoutUs, 1],
    ['overlapUs', overlapUs, 0],
    ['batchRecordsMax', batchRecordsMax, 1],
  ];
  for (const [name, value, min] of least) {
    if (!Number.isSafeInteger(value) || value < min) refuse(name, value, `an integer from ${min}`);
  }
  if (!(backoff.jitter >= 0 && backoff.jitter <= 1)) {
    refuse('backoff.jitter', backoff.jitter, 'a number from 0 to 1');
  }
}

function refuse(name: string, value: number, expected: string): never {
  throw new QuantlaxmiError(
    'QL_BAD_INPUT',
    `feed options: ${name} is ${value}; expected ${expected}. feedDefaults has values that fit.`,
    { context: { name, value } },
  );
}
