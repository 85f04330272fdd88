/** Where the present comes from, for venues that move times to it. @module */
import type { Clock } from '../../../core/index.js';
import { systemClock } from '../../../node/index.js';

/** Reads the clock that was asked for; null when times stay as recorded. */
export function presentTime(retime: boolean | Clock | undefined): (() => number) | null {
  if (retime === undefined || retime === false) return null;
  const clock = retime === true ? systemClock() : retime;
  return () => clock.nowUs();
}
