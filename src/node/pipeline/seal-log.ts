/**
 * Sealing whatever log a folder holds after its writer died.
 * @module
 */
import { type LogBinding, type Manifest, SESSION_MANIFEST_FORMAT } from '../../manifest/index.js';
import { openWalWriter, type RecoveredInfo, verifyWal } from '../../wal/index.js';
import { systemClock } from '../clock.js';
import { bindingOf, bindSealedLog } from '../internal/log-binding.js';
import { logOf, ownerOf } from '../internal/log-owner.js';
import { openSession } from '../session.js';
import { resumeSession, ROTATION } from '../session-writer.js';
import { sealKilledRun } from '../seal-killed-run.js';
import { nodeSha256 } from '../sha256.js';
import { fileStore } from '../wal-store/file-store.js';
import { findLog } from './find-log.js';

/** What {@link sealLog} found and did. */
export interface SealedLog {
  readonly kind: 'session' | 'run' | 'log';
  /** Folder of the session or run, else of the segments. */
  readonly dir: string;
  /** False when it was sealed before; then nothing was written. */
  readonly sealedNow: boolean;
  /** Status in the manifest; null for a log without one. */
  readonly status: Manifest['status'] | null;
  /** What the log's recovery had to do; null when it had been closed in order. */
  readonly recovered: RecoveredInfo | null;
  readonly log: LogBinding;
}

async function sealBareLog(dir: string): Promise<SealedLog> {
  const store = fileStore(findLog(dir));
  const found = await verifyWal(store, { hasher: nodeSha256, expectSealed: true });
  const base = { kind: 'log', dir: store.place, status: null } as const;
  if (found.ok && found.segments.at(-1)?.why !== 'rotate') {
    return { ...base, sealedNow: false, recovered: null, log: bindingOf('.', found) };
  }
  const writer = await openWalWriter(store, {
    clock: systemClock(),
    hasher: nodeSha256,
    policy: { kind: 'always' },
    rotate: ROTATION,
  });
  await writer.close();
  const log = await bindSealedLog(store, '.');
  return { ...base, sealedNow: true, recovered: writer.recovered, log };
}

async function sealOwned(dir: string, manifest: Manifest, session?: string): Promise<SealedLog> {
  const isSession = manifest.fmt === SESSION_MANIFEST_FORMAT;
  const base = { kind: isSession ? 'session' : 'run', dir } as const;
  if (manifest.status !== 'running') {
    const { status } = manifest;
    return { ...base, sealedNow: false, status, recovered: null, log: logOf(manifest) };
  }
  if (isSession) {
    const writer = await resumeSession(dir, { policy: { kind: 'always' } });
    const { recovered } = writer.wal;
    const sealed = (await writer.seal()).manifest;
    return { ...base, sealedNow: true, status: sealed.status, recovered, log: sealed.wal };
  }
  const given = session === undefined ? {} : { session: await openSession(session) };
  const { manifest: sealed, recovered } = await sealKilledRun(dir, given);
  const { status, decisions } = sealed;
  return { ...base, sealedNow: true, status, recovered, log: decisions.log };
}

/**
 * Recovers the log of a writer that died and closes it: what was committed stays, an uncommitted
 * tail goes to `quarantine/`. A session or run also gets its final manifest, which says
 * `recovered`. A log that is sealed already is left as it is.
 *
 * @param dir - session folder, run folder or folder of segments
 * @param options - the session's folder, where a run's locators do not lead to it
 * @throws QuantlaxmiError WAL_LOCKED while its writer lives; WAL_CORRUPT and the other classes of
 * damage, which only `wal salvage` reads past; QL_LOG_MISSING; QL_MANIFEST_*
 */
export async function sealLog(
  dir: string,
  options: { readonly session?: string } = {},
): Promise<SealedLog> {
  const owner = await ownerOf(dir);
  return owner === null
    ? await sealBareLog(dir)
    : await sealOwned(owner.dir, owner.manifest, options.session);
}
