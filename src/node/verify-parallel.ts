/**
 * Verifying a log with one thread for each segment.
 * @module
 */
import { availableParallelism } from 'node:os';
import { QuantlaxmiError } from '../core/index.js';
import type { VerifyWalOptions, WalVerification } from '../wal/index.js';
import { parseSegmentName, verifyWal } from '../wal/index.js';
import { findLog } from './pipeline/find-log.js';
import { type LogProgress, sizeOfLog, watchedStore } from './pipeline/read-log.js';
import { nodeSha256 } from './sha256.js';
import { VerifyPool } from './verify-pool.js';
import { fileStore } from './wal-store/file-store.js';

/** Options of `verifyWalParallel`: those of `verifyWal`, and how many threads. */
export interface VerifyWalParallelOptions extends Omit<VerifyWalOptions, 'hasher' | 'checkAhead'> {
  /**
   * Threads at most, default `os.availableParallelism()`. With 1, or for a log of one segment, this
   * thread checks.
   */
  readonly workers?: number;
  /** Told how many bytes of the log were checked: as they are read, or segment by segment. */
  readonly onProgress?: (progress: LogProgress) => void;
}

/**
 * Verifies a log as `verifyWal` does, its segments in parallel. The result is equal to the
 * sequential one, damaged or not: a segment is checked by itself in a thread, and where what comes
 * before it could change the answer, once more at its place.
 *
 * Each thread takes some 20 MB and 50 ms to start, so that a log of a few megabytes is verified as
 * fast by one.
 *
 * @param dir - the log's folder, or the session or run folder that holds it; no manifest is read
 * @param options - see {@link VerifyWalParallelOptions}
 * @throws QuantlaxmiError QL_LOG_MISSING for a folder without a segment; WAL_IO when bytes could
 * not be read or a thread ended without an answer; WAL_OPTIONS for `workers` that is no positive
 * integer
 * @example
 * ```ts
 * import { mkdtempSync } from 'node:fs';
 * import { tmpdir } from 'node:os';
 * import { join } from 'node:path';
 * import { fileStore, nodeSha256, verifyWalParallel } from 'quantlaxmi/node';
 * import { openWalWriter } from 'quantlaxmi/wal';
 *
 * const dir = mkdtempSync(join(tmpdir(), 'wal-'));
 * const log = await openWalWriter(fileStore(dir), {
 *   walId: '0123456789abcdef0123456789abcdef',
 *   clock: { nowUs: () => 1_700_000_000_000_000 },
 *   hasher: nodeSha256,
 *   policy: { kind: 'always' },
 *   rotate: { bytes: 1_048_576, events: 1_000_000 },
 * });
 * await log.close();
 * (await verifyWalParallel(dir, { workers: 2 })).ok; // => true
 * ```
 */
export async function verifyWalParallel(
  dir: string,
  options: VerifyWalParallelOptions = {},
): Promise<WalVerification> {
  return verifyWithEntry(dir, options, new URL('./verify-worker.js', import.meta.url));
}

/** `verifyWalParallel` with threads that run `entry`. */
export async function verifyWithEntry(
  folder: string,
  { workers = availableParallelism(), onProgress, ...options }: VerifyWalParallelOptions,
  entry: URL,
): Promise<WalVerification> {
  if (!Number.isInteger(workers) || workers < 1) {
    throw new QuantlaxmiError('WAL_OPTIONS', `workers is ${workers}; give 1 or more`);
  }
  const dir = findLog(folder);
  const store = fileStore(dir);
  const hasher = nodeSha256;
  const segments = (await store.list('')).filter((one) => parseSegmentName(one));
  const threads = Math.min(workers, segments.length);
  if (threads < 2) {
    const read = onProgress === undefined ? store : watchedStore(store, onProgress);
    return verifyWal(read, { ...options, hasher });
  }
  let bytes = 0;
  const totalBytes = onProgress === undefined ? 0 : await sizeOfLog(store);
  const pool = new VerifyPool(entry, threads);
  try {
    return await verifyWal(store, {
      ...options,
      hasher,
      checkAhead: async (segment, last) => {
        const check = await pool.run({ dir, segment, last, options });
        bytes += check.segment.bytes;
        onProgress?.({ bytes: Math.min(bytes, totalBytes), totalBytes });
        return check;
      },
    });
  } finally {
    await pool.close();
  }
}
