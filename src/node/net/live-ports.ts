/** Everything of the machine that a live feed touches. @module */
import { createRng } from '../../core/index.js';
import type { FeedPorts } from '../../venues/feed/index.js';
import { systemClock } from '../clock.js';
import { httpPort } from './http.js';
import { systemTimers } from './timers.js';
import { webSocketPort } from './web-socket.js';

/** Options of {@link livePorts}. */
export interface LivePortsOptions {
  /**
   * Seed of the jitter of waits; by default the time, so that many capturers of one venue do not
   * come back together. Nothing recorded depends on it.
   */
  readonly seed?: bigint;
}

/**
 * The real sockets, requests, timers and clock of this process.
 *
 * @param options - seed of the jitter
 * @example
 * ```ts
 * import { livePorts } from 'quantlaxmi/node';
 *
 * const ports = livePorts({ seed: 1n });
 * ports.clock.nowUs() > 1_700_000_000_000_000; // => true
 * ```
 */
export function livePorts(options: LivePortsOptions = {}): FeedPorts {
  const clock = systemClock();
  const seed = options.seed ?? BigInt(clock.nowUs());
  const rng = createRng(seed, 0n);
  return { clock, timers: systemTimers(), sockets: webSocketPort(), http: httpPort(), rng };
}
