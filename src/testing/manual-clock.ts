/**
 * A clock that stands still until it is moved.
 * @module
 */
import { type Clock, QuantlaxmiError } from '../core/index.js';

/** A clock under the test's hand. */
export interface ManualClock extends Clock {
  /** Moves it by a number of µs; negative steps back, as wall clocks do. */
  advance(us: number): void;
  /** Sets it to µs since the epoch. */
  set(us: number): void;
}

/**
 * A {@link ManualClock}.
 *
 * @param startUs - its first reading, µs since the epoch
 * @throws QuantlaxmiError QL_BAD_INPUT when a reading is not a safe integer
 * @example
 * ```ts
 * import { manualClock } from 'quantlaxmi/testing';
 *
 * const clock = manualClock(1_000);
 * clock.advance(500);
 * clock.nowUs(); // => 1500
 * ```
 */
export const manualClock = (startUs: number): ManualClock => {
  const checked = (us: number): number => {
    if (Number.isSafeInteger(us)) return us;
    throw new QuantlaxmiError('QL_BAD_INPUT', `manual clock: ${us} is not an integer of µs`);
  };
  let now = checked(startUs);
  return {
    nowUs: () => now,
    advance: (us) => {
      now = checked(now + us);
    },
    set: (us) => {
      now = checked(us);
    },
  };
};
