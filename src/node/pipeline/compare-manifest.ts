/**
 * A log held against a manifest that binds it.
 * @module
 */
import { dirname, join, resolve } from 'node:path';
import { LIMITS, QuantlaxmiError } from '../../core/index.js';
import {
  type FieldDifference,
  type LogBinding,
  type Manifest,
  parseManifest,
  SESSION_MANIFEST_FORMAT,
} from '../../manifest/index.js';
import type { RemovedFront, WalStore, WalVerification } from '../../wal/index.js';
import { bindingDifferences, removedFront } from '../internal/log-binding.js';
import { ownerOf } from '../internal/log-owner.js';
import { RUN_MANIFEST_FILE, SESSION_MANIFEST_FILE } from '../internal/manifest-file.js';
import { assertReaches, rollback } from '../internal/read-bound.js';
import { readFileCapped } from '../internal/read-file.js';
import { rawDifferences } from '../raw/bind.js';

async function manifestAt(path: string): Promise<Manifest> {
  const bytes = await readFileCapped(path, { bytesMax: LIMITS.manifestBytes, absent: 'throw' });
  return parseManifest(bytes, { label: path });
}

const logOf = (manifest: Manifest): LogBinding =>
  manifest.fmt === SESSION_MANIFEST_FORMAT ? manifest.wal : manifest.decisions.log;

async function boundLog(manifestPath: string): Promise<LogBinding> {
  return logOf(await manifestAt(manifestPath));
}

/**
 * What a manifest keeps of the end of a log's removed front.
 *
 * @param manifestPath - `session_manifest.json` or `run_manifest.json`
 * @returns for `after` of readers; null while all of the log is held
 * @throws QuantlaxmiError QL_FILE_READ, QL_MANIFEST_*
 */
export const removedFrontOf = async (manifestPath: string): Promise<RemovedFront | null> =>
  removedFront(await boundLog(manifestPath)) ?? null;

/**
 * Differences between a log and the binding in a session or run manifest, and between the raw
 * record of a session and the files beside the manifest.
 *
 * @param wal - the verified log
 * @param manifestPath - `session_manifest.json` or `run_manifest.json`
 * @param sessionDir - folder of the session, when the manifest was kept elsewhere
 * @returns one line per difference; empty when log and raw record are those that are bound
 * @throws QuantlaxmiError QL_FILE_READ, QL_MANIFEST_*
 */
export const compareWithManifest = async (
  wal: WalVerification,
  manifestPath: string,
  sessionDir = dirname(manifestPath),
): Promise<string[]> => {
  const manifest = await manifestAt(manifestPath);
  const raw = manifest.fmt === SESSION_MANIFEST_FORMAT ? manifest.raw : undefined;
  const lines = (what: string, differences: readonly FieldDifference[]): string[] =>
    differences.map(
      ({ path, left, right }) =>
        `${path}: the manifest has ${left ?? 'nothing'}, the ${what} ${right ?? 'nothing'}`,
    );
  return [
    ...lines('log', bindingDifferences(logOf(manifest), wal)),
    ...lines('raw record', await rawDifferences(sessionDir, raw)),
  ];
};

/**
 * Refuses a verified log that is not the one a manifest binds.
 *
 * @param wal - the verified log
 * @param manifestPath - `session_manifest.json` or `run_manifest.json`
 * @throws QuantlaxmiError WAL_ROLLBACK where it ends early, QL_MANIFEST_HASH where it differs
 * otherwise; QL_FILE_READ, QL_MANIFEST_*
 */
export const assertBoundLog = async (wal: WalVerification, manifestPath: string): Promise<void> => {
  const bound = await boundLog(manifestPath);
  if (wal.lastSeq < bound.lastSeq) {
    throw rollback(dirname(manifestPath), bound, { lastSeq: wal.lastSeq, source: manifestPath });
  }
  const [difference] = await compareWithManifest(wal, manifestPath);
  if (difference === undefined) return;
  throw new QuantlaxmiError('QL_MANIFEST_HASH', `${manifestPath}: ${difference}`, {
    context: { file: manifestPath },
  });
};

/**
 * Refuses a log that ends before what a manifest binds; reads one segment of it.
 *
 * @param store - the log
 * @param manifestPath - `session_manifest.json` or `run_manifest.json`
 * @throws QuantlaxmiError WAL_ROLLBACK; what reading the segment throws; QL_FILE_READ,
 * QL_MANIFEST_*
 */
export const assertLogEnd = async (store: WalStore, manifestPath: string): Promise<void> => {
  const log = await boundLog(manifestPath);
  await assertReaches(store, { dir: dirname(manifestPath), source: manifestPath, log });
};

/**
 * Manifest that a log belongs to, when it was sealed: then the log must be the one that is bound.
 *
 * @param dir - session folder, run folder or folder of segments
 * @returns its path; null when there is none, or the session or run is still being written
 * @throws QuantlaxmiError QL_FILE_READ, QL_MANIFEST_*
 */
export const sealedManifestOf = async (dir: string): Promise<string | null> => {
  const owner = await ownerOf(dir);
  if (owner === null || owner.manifest.status === 'running') return null;
  const isSession = owner.manifest.fmt === SESSION_MANIFEST_FORMAT;
  const name = isSession ? SESSION_MANIFEST_FILE : RUN_MANIFEST_FILE;
  return join(owner.dir === resolve(dir) ? dir : owner.dir, name);
};
