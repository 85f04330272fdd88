/**
 * Holds a rate limit in every window, not only in the venue's.
 * @module
 */
import { QuantlaxmiError } from '../../../core/index.js';
import type { RateLimit } from '../protocol.js';

/** What was taken in the last window; at most the limit's count in any window of its length. */
export class RateWindow {
  readonly #limit: RateLimit;
  readonly #taken: { readonly atUs: number; readonly weight: number }[] = [];
  #used = 0;

  constructor(name: string, limit: RateLimit) {
    const { count, perUs } = limit;
    if (!Number.isSafeInteger(count) || count < 1 || !Number.isSafeInteger(perUs) || perUs < 1) {
      throw new QuantlaxmiError(
        'QL_BAD_INPUT',
        `limit of ${name}: ${count} in ${perUs} µs; expected integers of 1 or more`,
        { context: { name, count, perUs } },
      );
    }
    this.#limit = limit;
  }

  /** µs until `weight` may be taken; 0 for now. `weight` is at most the limit's count. */
  waitUs(nowUs: number, weight = 1): number {
    this.#forget(nowUs);
    let over = this.#used + weight - this.#limit.count;
    if (over <= 0) return 0;
    for (const { atUs, weight: taken } of this.#taken) {
      over -= taken;
      if (over <= 0) return atUs + this.#limit.perUs - nowUs;
    }
    return this.#limit.perUs;
  }

  take(nowUs: number, weight = 1): void {
    if (weight <= 0) return;
    this.#taken.push({ atUs: nowUs, weight });
    this.#used += weight;
  }

  /** Believes the venue when it counted more: other programs of the same address use it up too. */
  reconcile(nowUs: number, used: number): void {
    this.#forget(nowUs);
    this.take(nowUs, used - this.#used);
  }

  #forget(nowUs: number): void {
    const { perUs } = this.#limit;
    let count = 0;
    for (const { atUs, weight } of this.#taken) {
      if (nowUs - atUs < perUs) break;
      this.#used -= weight;
      count += 1;
    }
    if (count > 0) this.#taken.splice(0, count);
  }
}
