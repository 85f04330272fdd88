/**
 * Time as a feed counts it, from a clock that may step.
 * @module
 */
import type { Clock } from '../../../core/index.js';

/**
 * A feed looks at the clock at least every {@link TICK_US}. Where two looks are further apart than
 * this, the process did not run (or slept), and nobody can be blamed for having been silent.
 */
const STALL_US = 500_000;

/** How often a feed looks around, µs. */
export const TICK_US = 250_000;

/** Time that only goes on: a step back counts as none. */
export class FeedTime {
  readonly #clock: Clock;
  #lastUs: number;
  #elapsedUs = 0;
  #activeUs = 0;
  #paused = false;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#lastUs = clock.nowUs();
  }

  /** Reads the clock: µs since the epoch, as they are recorded. */
  read(): number {
    const now = this.#clock.nowUs();
    const step = now - this.#lastUs;
    this.#lastUs = now;
    if (step > 0) {
      this.#elapsedUs += step;
      if (!this.#paused) this.#activeUs += step < STALL_US ? step : STALL_US;
    }
    return now;
  }

  /** µs since the feed was made. */
  elapsedUs(): number {
    this.read();
    return this.#elapsedUs;
  }

  /**
   * µs in which the feed ran and read, as of the last {@link FeedTime.read}: what silence and
   * overlap are measured in.
   */
  get activeUs(): number {
    return this.#activeUs;
  }

  /** Stops the active time while nothing is read. */
  setPaused(paused: boolean): void {
    this.read();
    this.#paused = paused;
  }
}
