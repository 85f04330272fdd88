/**
 * What a log promises about each thing a simulated disk can do.
 * @module
 */

/**
 * - `kept`: every acknowledged record is there after a recovery, and nothing refuses
 * - `refused`: nothing is given out wrong; reading or opening ends with one of `codes`
 * - `watermark`: the files alone may look like a crash; `expectAtLeastSeq` refuses with one of
 * `codes`, also where the files alone already do
 */
export type DiskPromise = 'kept' | 'refused' | 'watermark';

/** One thing a disk can do, and what comes of it. */
export interface DiskFault {
  readonly promise: DiskPromise;
  readonly what: string;
  /** Codes it may end with; empty for `kept`. */
  readonly codes: readonly string[];
}

const DAMAGE = ['WAL_CORRUPT', 'WAL_CHAIN', 'WAL_SEQ', 'WAL_LINE_TOO_LONG'] as const;

/** By name; a test holds each to its promise. */
export const DISK_FAULTS = {
  lost: { promise: 'kept', what: 'unsynced writes and names are lost', codes: [] },
  kept: { promise: 'kept', what: 'unsynced writes and names all reach the disk', codes: [] },
  torn: { promise: 'kept', what: 'any sectors and names, in any order', codes: [] },
  error: { promise: 'kept', what: 'a call fails: EIO, ENOSPC, EDQUOT, EROFS', codes: [] },
  short: { promise: 'kept', what: 'a write takes fewer bytes', codes: [] },
  failedSync: {
    promise: 'kept',
    what: 'a sync fails, its pages read back well, and the next sync says yes',
    codes: [],
  },
  fullDisk: { promise: 'kept', what: 'no space is left for a while', codes: [] },
  unreadable: { promise: 'refused', what: 'a sector reads with EIO', codes: ['WAL_IO'] },
  rot: { promise: 'refused', what: 'a bit of a sealed segment changes', codes: ['WAL_CORRUPT'] },
  lyingSync: {
    promise: 'watermark',
    what: 'a sync says yes and did nothing',
    codes: ['WAL_ROLLBACK', 'WAL_SEGMENT_MISSING', 'WAL_UNSEALED', ...DAMAGE],
  },
  lostWrite: {
    promise: 'watermark',
    what: 'a write is read back well and never reaches the disk',
    codes: ['WAL_ROLLBACK', 'WAL_UNSEALED', ...DAMAGE],
  },
  misdirected: {
    promise: 'watermark',
    what: 'a write reaches another place of the disk',
    codes: [
      ...['WAL_ROLLBACK', 'WAL_UNSEALED', 'WAL_SEGMENT_MISSING'],
      ...['WAL_VERSION', 'WAL_NON_CANONICAL', ...DAMAGE],
    ],
  },
} as const satisfies Readonly<Record<string, DiskFault>>;
