/** A timer that judges the disk, not this process. @module */
import type { WalAlarm } from '../wal/index.js';

/**
 * Timers for a log's stall watch. When this process itself was stopped or busy past the time, what
 * the disk answered meanwhile is taken in before the alarm rings. A pending alarm does not keep the
 * process alive.
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
    // Timers come before answers in a turn of the event loop: two turns later all are in.
    const late = (): void => {
      immediate = setImmediate(() => {
        immediate = setImmediate(ring);
      });
    };
    const timer = setTimeout(late, Math.ceil(delayUs / 1000));
    timer.unref();
    return () => {
      clearTimeout(timer);
      clearImmediate(immediate);
    };
  };
}
