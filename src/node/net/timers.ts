/** The runtime's timers. @module */
import type { TimerPort } from '../../venues/feed/index.js';

/** Node's timers hold 31 bits of milliseconds; a longer wait would end at once. */
const MS_MAX = 2_147_483_647;

/**
 * Timers of this process; a pending one keeps it alive.
 *
 * @example
 * ```ts
 * import { systemTimers } from 'quantlaxmi/node';
 *
 * const rung = await new Promise((resolve) => systemTimers().after(1_000, () => resolve(true)));
 * rung; // => true
 * ```
 */
export function systemTimers(): TimerPort {
  return {
    after(delayUs, run) {
      let leftMs = Math.max(0, Math.ceil(delayUs / 1000));
      let timer: NodeJS.Timeout | undefined;
      const wait = (): void => {
        const ms = Math.min(leftMs, MS_MAX);
        leftMs -= ms;
        timer = setTimeout(leftMs > 0 ? wait : run, ms);
      };
      wait();
      return () => clearTimeout(timer);
    },
  };
}
