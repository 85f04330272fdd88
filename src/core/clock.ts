/**
 * Where time comes from. Pure rooms never read a clock themselves; a process clock lives in
 * `quantlaxmi/node`, a hand-moved one in `quantlaxmi/testing`.
 *
 * @example
 * ```ts
 * import type { Clock } from 'quantlaxmi/core';
 *
 * const stopped: Clock = { nowUs: () => 1_700_000_000_000_000 };
 * stopped.nowUs(); // => 1700000000000000
 * ```
 */
export interface Clock {
  /** Integer microseconds since the Unix epoch, UTC. */
  nowUs(): number;
}
