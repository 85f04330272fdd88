/** The process clock: wall time that never runs backwards. @module */
import type { Clock } from '../core/index.js';

/** A jump of the wall clock against the monotonic one. */
export interface ClockStep {
  /** How far the wall clock moved against the monotonic one, µs; negative for backwards. */
  readonly deltaUs: number;
  /** Clock reading after the step, µs since the epoch. */
  readonly nowUs: number;
}

/** Sources and thresholds of {@link systemClock}. */
export interface SystemClockOptions {
  /** Called once for each jump, e.g. to log a Session fact of kind `clock`. */
  readonly onStep?: (step: ClockStep) => void;
  /** Smallest forward jump that counts as a step, µs; default 1 s. Every backward jump counts. */
  readonly stepMinUs?: number;
  /** Wall time in µs, default the system's. */
  readonly wallUs?: () => number;
  /** Monotonic time in µs, default `process.hrtime`. */
  readonly monotonicUs?: () => number;
}

const STEP_MIN_US = 1_000_000;
/** Wall clocks tick in ms here; a smaller backward difference is resolution, not a jump. */
const RESOLUTION_US = 2_000;

function systemWallUs(): number {
  return Date.now() * 1000;
}

function systemMonotonicUs(): number {
  return Number(process.hrtime.bigint() / 1000n);
}

/**
 * Wall time in µs, advanced by the monotonic clock and never decreasing. When the wall clock jumps
 * forward the reading follows; when it jumps backwards the reading keeps running on the monotonic
 * clock. Both are reported as a step, once.
 *
 * @param options - step callback, thresholds, sources
 * @example
 * ```ts
 * import { systemClock } from 'quantlaxmi/node';
 *
 * let wallUs = 5_000_000;
 * const clock = systemClock({ wallUs: () => wallUs, monotonicUs: () => 0 });
 * clock.nowUs(); // => 5000000
 * wallUs = 1_000_000;
 * clock.nowUs(); // => 5000000
 * ```
 */
export function systemClock(options: SystemClockOptions = {}): Clock {
  const wall = options.wallUs ?? systemWallUs;
  const monotonic = options.monotonicUs ?? systemMonotonicUs;
  const stepMinUs = options.stepMinUs ?? STEP_MIN_US;
  let offsetUs = wall() - monotonic();
  // Offset last reported, so that a clock that stays behind is reported once and not per reading.
  let reportedUs = offsetUs;
  let lastUs = Number.NEGATIVE_INFINITY;
  return {
    nowUs() {
      const tick = monotonic();
      const wallOffsetUs = wall() - tick;
      const deltaUs = wallOffsetUs - reportedUs;
      const stepped = deltaUs >= stepMinUs || deltaUs <= -RESOLUTION_US;
      if (wallOffsetUs > offsetUs) offsetUs = wallOffsetUs;
      lastUs = Math.max(lastUs, Math.floor(tick + offsetUs));
      if (stepped) {
        reportedUs = wallOffsetUs;
        options.onStep?.({ deltaUs, nowUs: lastUs });
      }
      return lastUs;
    },
  };
}
