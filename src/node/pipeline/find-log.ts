/**
 * Which log a folder means: a session's facts, a run's records, or a folder of segments.
 * @module
 */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { QuantlaxmiError } from '../../core/index.js';
import { parseSegmentName } from '../../wal/index.js';

/** A segment, plain or compressed. */
const isSegment = (name: string): boolean =>
  parseSegmentName(name.replace(/\.(gz|zst)$/, '')) !== null;

/**
 * Folder of the log that a session or run folder holds.
 *
 * @param dir - session folder (holds `wal/`), run folder (holds `decisions/`), or the log itself
 * @returns the folder of the segments
 * @throws QuantlaxmiError QL_LOG_MISSING when there is none
 */
export const findLog = (dir: string): string => {
  for (const candidate of [join(dir, 'wal'), join(dir, 'decisions'), dir]) {
    if (!existsSync(candidate) || !statSync(candidate).isDirectory()) continue;
    const isLog = readdirSync(candidate).some(isSegment);
    if (isLog) return candidate;
  }
  throw new QuantlaxmiError(
    'QL_LOG_MISSING',
    `${dir}: found no log; expected a session folder (wal/), a run folder (decisions/) or a folder of *.wal.jsonl files`,
    { context: { file: dir } },
  );
};
