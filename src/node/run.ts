/** Sealed runs: opening, reading, verifying, binding gate reports. @module */
import { dirname, join, resolve } from 'node:path';
import { QuantlaxmiError } from '../core/index.js';
import type { Event } from '../events/index.js';
import {
  bindGates,
  type FieldDifference,
  type GateBinding,
  type RunBindings,
  type RunManifest,
} from '../manifest/index.js';
import type { WalStore, WalVerification } from '../wal/index.js';
import { currentBindings } from './internal/current-bindings.js';
import { compareLog } from './internal/log-binding.js';
import { readRunManifest, replaceManifest, RUN_MANIFEST_FILE } from './internal/manifest-file.js';
import { readBound } from './internal/read-bound.js';
import { resolveInside } from './internal/read-file.js';
import { readLocators } from './locators.js';
import { inputsOf, openSession, type Session } from './session.js';
import { fileStore } from './wal-store/file-store.js';

/** A run's log held against its manifest. */
export interface RunVerification {
  readonly ok: boolean;
  readonly differences: readonly FieldDifference[];
  readonly wal: WalVerification;
}

/** A run in its folder, with the session it read. What `replay` and the gates take. */
export interface Run {
  /** Absolute path of its folder. */
  readonly dir: string;
  readonly id: string;
  readonly manifest: RunManifest;
  readonly session: Session;
  readonly store: WalStore;
  /** Module of the strategy, as far as it is known. */
  readonly strategyModule: string | null;
  /**
   * The session's facts, from the first to the last that the run took in; WAL_ROLLBACK where the
   * log ends before.
   */
  inputs(): AsyncIterable<readonly Event[]>;
  /** The run's own log; WAL_ROLLBACK where it ends before what the manifest binds. */
  recorded(): AsyncIterable<readonly Event[]>;
  /** Inputs, code and environment as they are now. */
  currentBindings(): Promise<Partial<RunBindings>>;
  /** Checks every byte of the run's log, and that it is the one the manifest binds. */
  verify(): Promise<RunVerification>;
  /**
   * Binds gate reports: the manifest is replaced by a revision in which only `gates` differs.
   * @throws QuantlaxmiError QL_MANIFEST_REVISION when the file was revised meanwhile, WAL_LOCKED
   * when somebody is revising it
   */
  bindGates(reports: readonly GateBinding[]): Promise<RunManifest>;
}

/** Options of {@link openRun}. */
export interface OpenRunOptions {
  /** The session, where the run's locators do not lead to it. */
  readonly session?: Session;
  /** Module of the strategy, for its code hash; default the located one. */
  readonly strategyModule?: string;
}

/** Store of a run's log. */
export function runStore(dir: string, logDir: string): WalStore {
  return fileStore(join(dir, logDir));
}

/** A run over a manifest that was read or written already. */
export function runOf(parts: {
  readonly dir: string;
  readonly manifest: RunManifest;
  readonly session: Session;
  readonly strategyModule: string | null;
}): Run {
  const { dir, session, strategyModule } = parts;
  let { manifest } = parts;
  const store = runStore(dir, manifest.decisions.log.dir);
  return {
    dir,
    id: manifest.runId,
    get manifest() {
      return manifest;
    },
    session,
    store,
    strategyModule,
    inputs() {
      const { fromSeq, toSeq } = manifest.inputs;
      return session.read({ fromSeq, toSeq });
    },
    recorded: () =>
      readBound(store, { dir, source: RUN_MANIFEST_FILE, log: manifest.decisions.log }),
    currentBindings: () => currentBindings(manifest, { session, strategyModule, dir }),
    verify: () => compareLog(store, manifest.decisions.log),
    async bindGates(reports) {
      const next = bindGates(manifest, reports);
      await replaceManifest(dir, next);
      manifest = next;
      return next;
    },
  };
}

/** The session a run belongs to: given, located, or the folder above `runs/<id>`. */
async function findSession(
  dir: string,
  manifest: RunManifest,
  located: string | null,
): Promise<Session> {
  const { sessionId } = manifest.parent;
  const above = dirname(dirname(dir));
  const tried: string[] = [];
  // The session around the run comes first: the locator of a copied session leads to the original.
  for (const place of located === null ? [above] : [above, located]) {
    tried.push(place);
    const session = await openSession(place).catch((error: unknown) => {
      // A folder that is no session is passed over; a session that was changed is not.
      if ((error as { code?: unknown }).code === 'QL_FILE_READ') return null;
      throw error;
    });
    if (session?.id === sessionId) return session;
  }
  throw new QuantlaxmiError(
    'QL_SESSION_MISSING',
    `run ${dir}: its session ${sessionId} is not in ${tried.join(' nor ')}; give its folder`,
    { context: { dir, sessionId, tried } },
  );
}

/** Refuses a session that is not, to the byte, the one that the run states it read. */
function assertSameSession(dir: string, manifest: RunManifest, session: Session): void {
  const found = inputsOf(session.manifest);
  const { inputs, parent } = manifest;
  const checks: readonly (readonly [string, string, string])[] = [
    ['log', inputs.walId, found.walId],
    ['manifest', parent.manifestHash, session.manifest.manifestHash],
    ['chain head', inputs.chainHead, found.chainHead],
    ['segments', inputs.walSha256.join(' '), found.walSha256.join(' ')],
  ];
  const differs = checks.find(([, stated, computed]) => stated !== computed);
  if (differs === undefined) return;
  const [what, stated, computed] = differs;
  throw new QuantlaxmiError(
    'QL_MANIFEST_HASH',
    `run ${dir} read a session with ${what} ${stated.slice(0, 64)}; session ${session.dir} has ` +
      `${what} ${computed.slice(0, 64)}; give the session that the run read`,
    { context: { dir, what, stated, computed } },
  );
}

/**
 * Opens a sealed run for replay and gates. Where its session and strategy were found when it was
 * made is read from `locators.json`; what they lead to is checked by hash.
 *
 * @param dir - folder of the run
 * @param options - session and strategy module, where the locators do not lead to them
 * @throws QuantlaxmiError QL_RUN_UNSEALED, QL_SESSION_MISSING, QL_MANIFEST_HASH when the session is
 * not the one the run read, and what reading manifests throws
 */
export async function openRun(dir: string, options: OpenRunOptions = {}): Promise<Run> {
  const path = resolve(dir);
  const manifest = await readRunManifest(path);
  if (manifest.status === 'running') {
    throw new QuantlaxmiError(
      'QL_RUN_UNSEALED',
      `run ${path} was not sealed: it is still running or was killed. If it was killed, seal what ` +
        `it has: run "quantlaxmi wal seal ${path}", or call sealKilledRun of quantlaxmi/node`,
      { context: { dir: path, runId: manifest.runId } },
    );
  }
  return await runIn(path, manifest, options);
}

/** The run of a manifest that was read, with the session and strategy its locators lead to. */
export async function runIn(
  path: string,
  manifest: RunManifest,
  options: OpenRunOptions,
): Promise<Run> {
  await resolveInside(path, manifest.decisions.log.dir);
  const locators = await readLocators(path);
  const session = options.session ?? (await findSession(path, manifest, locators.session));
  assertSameSession(path, manifest, session);
  const strategyModule = options.strategyModule ?? locators.strategyModule;
  return runOf({ dir: path, manifest, session, strategyModule });
}
