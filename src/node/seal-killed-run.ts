/** Sealing a run whose process died. @module */
import { resolve } from 'node:path';
import { type Clock, QuantlaxmiError } from '../core/index.js';
import type { RunManifest } from '../manifest/index.js';
import { openWalWriter, type RecoveredInfo } from '../wal/index.js';
import { systemClock } from './clock.js';
import { readRunManifest } from './internal/manifest-file.js';
import { underSealLock } from './internal/seal-lock.js';
import { runIn, runStore } from './run.js';
import { sealRun } from './run-writer.js';
import type { Session } from './session.js';
import { ROTATION } from './session-writer.js';
import { nodeSha256 } from './sha256.js';

/** Options of {@link sealKilledRun}. */
export interface SealKilledRunOptions {
  /** The session, where the run's locators do not lead to it. */
  readonly session?: Session;
  /** Time of the manifest and of the log's headers; default the system's. */
  readonly clock?: Clock;
}

/** A run sealed after its process had died. */
export interface SealedKilledRun {
  readonly manifest: RunManifest;
  /** What the log's recovery had to do; null when the log had been closed in order. */
  readonly recovered: RecoveredInfo | null;
}

/**
 * Seals a run that was killed, over what its log has: recovers the log, computes trace and result
 * from it, and writes the final manifest with status `recovered`. It replays equal up to the last
 * session event that left a record. What the process held in memory is not known: there is no final
 * state hash, and orders that were open stay open.
 *
 * @param dir - folder of the run
 * @param options - the session, where the locators do not lead to it
 * @throws QuantlaxmiError QL_RUN_STATE when it is sealed already; WAL_LOCKED while it is running
 * or somebody seals it;
 * QL_SESSION_MISSING; what recovery throws for a damaged log
 * @example
 * ```ts no-run
 * import { sealKilledRun } from 'quantlaxmi/node';
 *
 * const { manifest } = await sealKilledRun('runs/killed');
 * manifest.status; // => 'recovered'
 * ```
 */
export async function sealKilledRun(
  dir: string,
  options: SealKilledRunOptions = {},
): Promise<SealedKilledRun> {
  const path = resolve(dir);
  const { walId } = (await readDraft(path)).decisions.log;
  // Read again under the lock: whoever held it may have sealed the run.
  return await underSealLock(path, { walId, wait: false }, async () =>
    seal(path, await readDraft(path), options),
  );
}

async function readDraft(path: string): Promise<RunManifest> {
  const draft = await readRunManifest(path);
  if (draft.status === 'running') return draft;
  throw new QuantlaxmiError(
    'QL_RUN_STATE',
    `run ${path} is sealed (${draft.status}); nothing can be added to it`,
    { context: { dir: path, status: draft.status } },
  );
}

async function seal(
  path: string,
  draft: RunManifest,
  options: SealKilledRunOptions,
): Promise<SealedKilledRun> {
  const { session, clock = systemClock() } = options;
  const run = await runIn(path, draft, session === undefined ? {} : { session });
  const { log } = draft.decisions;
  const wal = await openWalWriter(runStore(path, log.dir), {
    walId: log.walId,
    clock,
    hasher: nodeSha256,
    policy: { kind: 'always' },
    rotate: ROTATION,
  });
  await wal.close();
  const manifest = await sealRun(run, undefined, { clock, recovered: true });
  return { manifest, recovered: wal.recovered };
}
