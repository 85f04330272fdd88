/**
 * Which log a folder means: a session's facts, a run's records, or a folder of segments.
 * @module
 */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { LIMITS, QuantlaxmiError } from '../../core/index.js';
import { type Manifest, parseManifest } from '../../manifest/index.js';
import { removedFront } from '../internal/log-binding.js';
import { logOf } from '../internal/log-owner.js';
import { RUN_MANIFEST_FILE, SESSION_MANIFEST_FILE } from '../internal/manifest-file.js';
import { rollback } from '../internal/read-bound.js';
import { parseSegmentName } from '../../wal/index.js';

/** A segment, plain or compressed. */
const isSegment = (name: string): boolean =>
  parseSegmentName(name.replace(/\.(gz|zst)$/, '')) !== null;

function manifestAt(path: string): Manifest | null {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat?.isFile() !== true || stat.size > LIMITS.manifestBytes) return null;
  return parseManifest(readFileSync(path), { label: path });
}

/** A folder without segments that a sealed manifest says there are was emptied. */
function assertUnbound(dir: string): void {
  const path = resolve(dir);
  for (const owner of [path, dirname(path)]) {
    for (const name of [SESSION_MANIFEST_FILE, RUN_MANIFEST_FILE]) {
      const manifest = manifestAt(join(owner, name));
      if (manifest === null || manifest.status === 'running') continue;
      const log = logOf(manifest);
      if (owner !== path && join(owner, log.dir) !== path) continue;
      if (log.segments.length === 0) continue;
      throw rollback(owner, log, { lastSeq: removedFront(log)?.last ?? 0, source: name });
    }
  }
}

/**
 * Folder of the log that a session or run folder holds.
 *
 * @param dir - session folder (holds `wal/`), run folder (holds `decisions/`), or the log itself
 * @returns the folder of the segments
 * @throws QuantlaxmiError QL_LOG_MISSING when there is none; WAL_ROLLBACK when there is none though
 * a sealed manifest binds one
 */
export const findLog = (dir: string): string => {
  for (const candidate of [join(dir, 'wal'), join(dir, 'decisions'), dir]) {
    if (!existsSync(candidate) || !statSync(candidate).isDirectory()) continue;
    const isLog = readdirSync(candidate).some(isSegment);
    if (isLog) return candidate;
  }
  assertUnbound(dir);
  throw new QuantlaxmiError(
    'QL_LOG_MISSING',
    `${dir}: found no log; expected a session folder (wal/), a run folder (decisions/) or a folder of *.wal.jsonl files`,
    { context: { file: dir } },
  );
};
