/**
 * Compressing whatever log a folder holds.
 * @module
 */
import { walStat } from '../../wal/index.js';
import { lockPathOf, ownerOf } from '../internal/log-owner.js';
import { nodeSha256 } from '../sha256.js';
import {
  type CompressedSegment,
  type CompressOptions,
  compressSegments,
} from '../wal-store/compress-segments.js';
import { fileStore } from '../wal-store/file-store.js';
import { findLog } from './find-log.js';

/** Options of {@link compressLog}. */
export type CompressLogOptions = Omit<CompressOptions, 'includeLast' | 'lockPath'>;

/** True when no writer will go on with the log: its manifest, or its last footer, says so. */
async function isClosed(dir: string): Promise<boolean> {
  const owner = await ownerOf(dir);
  if (owner !== null) return owner.manifest.status !== 'running';
  const stat = await walStat(fileStore(findLog(dir)), { hasher: nodeSha256 });
  return stat.sealed && stat.segments.at(-1)?.why !== 'rotate';
}

/**
 * Compresses the sealed segments of a log, as {@link compressSegments} does; of a closed log the
 * last one too.
 *
 * @param dir - session folder, run folder or folder of segments
 * @param options - format, level, how many of the newest segments stay plain
 * @returns the segments compressed by this call
 * @throws QuantlaxmiError QL_LOG_MISSING; WAL_LOCKED when another compression, or a writer, is at
 * work; WAL_OPTIONS; what a damaged segment is refused with
 */
export async function compressLog(
  dir: string,
  options: CompressLogOptions = {},
): Promise<readonly CompressedSegment[]> {
  const folder = findLog(dir);
  const owner = await ownerOf(dir);
  const lock = owner === null ? {} : { lockPath: lockPathOf(owner) };
  const includeLast = await isClosed(dir);
  return await compressSegments(folder, { ...options, ...lock, includeLast });
}
