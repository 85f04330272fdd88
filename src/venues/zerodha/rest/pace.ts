/**
 * Keeps requests within the venue's rate: waits rather than being refused with HTTP 429.
 * @module
 */
import type { Clock } from '../../../core/index.js';
import type { RateLimit, TimerPort } from '../../feed/index.js';

/** Resolves when the next request of this rate may be made; calls are served in order. */
export type Pace = () => Promise<void>;

/**
 * At most `count` in any window of `perUs`: the n-th request starts no earlier than `perUs` after
 * the one `count` before it.
 *
 * @param rate - the venue's limit
 * @param clock - gives the time of each request
 * @param timers - waits
 */
export const pace = (rate: RateLimit, clock: Clock, timers: TimerPort): Pace => {
  /** Start times of the latest requests, oldest first, at most `count`; future ones are waiting. */
  const starts: number[] = [];
  return () => {
    const now = clock.nowUs();
    const earliest = starts.length < rate.count ? now : (starts[0] ?? now) + rate.perUs;
    const start = Math.max(now, earliest, starts.at(-1) ?? 0);
    starts.push(start);
    if (starts.length > rate.count) starts.shift();
    if (start <= now) return Promise.resolve();
    return new Promise((resolve) => {
      timers.after(start - now, resolve);
    });
  };
};
