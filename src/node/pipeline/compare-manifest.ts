/**
 * A log held against a manifest that binds it.
 * @module
 */
import { join } from 'node:path';
import { LIMITS } from '../../core/index.js';
import { type LogBinding, parseManifest, SESSION_MANIFEST_FORMAT } from '../../manifest/index.js';
import type { RemovedFront, WalVerification } from '../../wal/index.js';
import { bindingDifferences, removedFront } from '../internal/log-binding.js';
import { RUN_MANIFEST_FILE, SESSION_MANIFEST_FILE } from '../internal/manifest-file.js';
import { readFileCapped } from '../internal/read-file.js';

async function boundLog(manifestPath: string): Promise<LogBinding> {
  const bytes = await readFileCapped(manifestPath, {
    bytesMax: LIMITS.manifestBytes,
    absent: 'throw',
  });
  const manifest = parseManifest(bytes, { label: manifestPath });
  return manifest.fmt === SESSION_MANIFEST_FORMAT ? manifest.wal : manifest.decisions.log;
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
 * Differences between a log and the binding in a session or run manifest.
 *
 * @param wal - the verified log
 * @param manifestPath - `session_manifest.json` or `run_manifest.json`
 * @returns one line per difference; empty when the log is the one that is bound
 * @throws QuantlaxmiError QL_FILE_READ, QL_MANIFEST_*
 */
export const compareWithManifest = async (
  wal: WalVerification,
  manifestPath: string,
): Promise<string[]> => {
  return bindingDifferences(await boundLog(manifestPath), wal).map(
    ({ path, left, right }) =>
      `${path}: the manifest has ${left ?? 'nothing'}, the log ${right ?? 'nothing'}`,
  );
};

/**
 * Manifest of a folder, when it was sealed: then its log must be the one that is bound.
 *
 * @param dir - session folder, run folder or folder of segments
 * @returns its path; null when there is none, or the session or run is still being written
 * @throws QuantlaxmiError QL_FILE_READ, QL_MANIFEST_*
 */
export const sealedManifestOf = async (dir: string): Promise<string | null> => {
  for (const name of [SESSION_MANIFEST_FILE, RUN_MANIFEST_FILE]) {
    const path = join(dir, name);
    const bytes = await readFileCapped(path, {
      bytesMax: LIMITS.manifestBytes,
      absent: 'null',
    });
    if (bytes === null) continue;
    return parseManifest(bytes, { label: path }).status === 'running' ? null : path;
  }
  return null;
};
