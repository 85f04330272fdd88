/** A timer that judges the disk, not this process. @module */
import type { WalAlarm } from '../wal/index.js';

/** Time is counted in pieces of this length, however late each of them ends. */
const TICK_MS = 250;

/**
 * Timers for a log's stall watch. Time in which this process was stopped, or too busy to look, is
 * not held against the disk: it counts as one tick of 250 ms, and what the disk answered meanwhile
 * is taken in before the alarm rings. A pending alarm does not keep the process alive.
 *
 * @example
 * ```ts
 * import { systemAlarm } from 'quantlaxmi/node';
 *
 * const alarm = systemAlarm();
 * const rung = await new Promise((resolve) => alarm(1_000, () => resolve('rung')));
 * rung; // => 'rung'
 * const callOff = alarm(1_000, () => console.log('never'));
 * callOff();
 * ```
 */
export function systemAlarm(): WalAlarm {
  return (delayUs, ring) => {
    let immediate: NodeJS.Immediate | undefined;
    let timer: NodeJS.Timeout | undefined;
    let leftMs = Math.ceil(delayUs / 1000);
    const tick = (): void => {
      const ms = Math.min(leftMs, TICK_MS);
      leftMs -= ms;
      timer = setTimeout(leftMs > 0 ? tick : late, ms);
      timer.unref();
    };
    // Timers come before answers in a turn of the event loop: two turns later all are in.
    const late = (): void => {
      immediate = setImmediate(() => {
        immediate = setImmediate(ring);
      });
    };
    tick();
    return () => {
      clearTimeout(timer);
      clearImmediate(immediate);
    };
  };
}
