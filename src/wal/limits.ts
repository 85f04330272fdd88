/**
 * Bounds of the log that are not bounds on input in general.
 * @module
 */

/** Bounds and thresholds of a log; sizes in bytes, times in microseconds. */
export const WAL_LIMITS = {
  /** Appended and not yet flushed: beyond this `append` refuses. */
  unflushedBytes: 8_388_608,
  /** Appended and not yet flushed: beyond this `append` refuses. */
  unflushedEvents: 65_536,
  /** Longest distance between two commits that a reader accepts. */
  commitBytes: 33_554_432,
  /** Most events between two commits that a reader accepts. */
  commitEvents: 262_144,
  /** A flush older than this is a stall: the `stall` event. Default of `stall.warnUs`. */
  stallWarnUs: 5_000_000,
  /** A flush older than this ends the writer. Default of `stall.haltUs`. */
  stallHaltUs: 30_000_000,
  /** How much a reader takes from the store at a time. */
  chunkBytes: 1_048_576,
} as const;
