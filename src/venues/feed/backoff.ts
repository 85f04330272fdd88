/**
 * Waits between attempts: growing, with jitter, so that many feeds do not come back at once.
 * @module
 */
import { QuantlaxmiError, type Rng } from '../../core/index.js';
import type { BackoffOptions } from './types.js';

/**
 * The wait before an attempt: `baseUs × 2^n`, at most `maxUs`, of which a random part of up to
 * `jitter` is cut off.
 *
 * @param options - waits and jitter
 * @param n - attempts made before in vain, 0 for the first
 * @param rng - source of the jitter
 * @returns µs, an integer of 0 or more; O(log(maxUs / baseUs))
 * @throws QuantlaxmiError QL_BAD_INPUT when `n` is not an integer of 0 or more
 * @example
 * ```ts
 * import { createRng } from 'quantlaxmi/core';
 * import { backoffUs, feedDefaults } from 'quantlaxmi/venues/feed';
 *
 * const options = { ...feedDefaults.backoff, baseUs: 500_000, maxUs: 30_000_000, jitter: 0 };
 * backoffUs(options, 3, createRng(1n, 1n)); // => 4000000
 * backoffUs(options, 99, createRng(1n, 1n)); // => 30000000
 * ```
 */
export function backoffUs(options: BackoffOptions, n: number, rng: Rng): number {
  if (!Number.isSafeInteger(n) || n < 0) {
    throw new QuantlaxmiError('QL_BAD_INPUT', `back-off: n is ${n}; expected 0, 1, 2, ...`, {
      context: { n },
    });
  }
  const { baseUs, jitter, maxUs } = options;
  let full = baseUs;
  for (let doubled = 0; doubled < n && full < maxUs; doubled++) full *= 2;
  return Math.floor(Math.min(full, maxUs) * (1 - jitter * rng.f64()));
}

/** Counts the attempts made in vain. */
export class Backoff {
  readonly #options: BackoffOptions;
  readonly #rng: Rng;
  #failures = 0;

  constructor(options: BackoffOptions, rng: Rng) {
    this.#options = options;
    this.#rng = rng;
  }

  /** The next wait, µs. */
  next(): number {
    const wait = backoffUs(this.#options, this.#failures, this.#rng);
    this.#failures += 1;
    return wait;
  }

  /** What was attempted held for so long: long enough starts the waits from the beginning. */
  held(us: number): void {
    if (us >= this.#options.resetAfterUs) this.#failures = 0;
  }
}
