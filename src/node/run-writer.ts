/** Making a run: its folder, its log, its draft manifest, and the seal. @module */
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { realpath } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import {
  canonicalIntegerJson,
  type Clock,
  encodeUtf8,
  QuantlaxmiError,
  type Secret,
} from '../core/index.js';
import {
  bindConfig,
  bindPolicy,
  bindSchemas,
  bindUpcasters,
  deriveRunId,
  encodeManifest,
  RUN_MANIFEST_FORMAT,
  type ReplayBinding,
  type RunManifest,
  type RunMode,
  reviseManifest,
  type Sealed,
  type RunManifestBody,
  sealManifest,
} from '../manifest/index.js';
import type { RiskPolicy } from '../risk/index.js';
import { runConfigHash, type StepOptions, type Strategy } from '../strategy/index.js';
import {
  openWalWriter,
  readWal,
  type WalPolicy,
  type WalRotation,
  type WalStallOptions,
  type WalWriter,
} from '../wal/index.js';
import { systemAlarm } from './alarm.js';
import { writeOnce } from './atomic-write.js';
import { systemClock } from './clock.js';
import { codeHash } from './code-hash.js';
import { bindSealedLog, emptyBinding, NO_HASH } from './internal/log-binding.js';
import { replaceManifest, RUN_MANIFEST_FILE } from './internal/manifest-file.js';
import { RunEvidence } from './internal/run-evidence.js';
import { takeSealLock, underSealLock } from './internal/seal-lock.js';
import { writeLocators } from './locators.js';
import { type Run, runOf, runStore } from './run.js';
import { runtimeVersions } from './runtime.js';
import type { Session } from './session.js';
import { ROTATION } from './session-writer.js';
import { nodeSha256 } from './sha256.js';
import { makeFolder } from './wal-store/file-store.js';

/** Options of {@link createRun}. */
export interface CreateRunOptions<S, C> {
  /** The recorded facts it reads. */
  readonly session: Session;
  readonly strategy: Strategy<S, C>;
  /** File of the strategy's module: with it the strategy's code is bound by hash. */
  readonly strategyModule?: string;
  /** Plain JSON of integers and text; wrap keys in `Secret`. The strategy sees them redacted. */
  readonly config: unknown;
  readonly risk: RiskPolicy;
  /** Seed of the strategy's random stream, 0 to 2^64−1. */
  readonly seed: bigint;
  /** Starting cash: currency → decimal text. */
  readonly cash?: Readonly<Record<string, string>>;
  /** The venue model as plain JSON, e.g. `{ kind: 'sim', entryUs: 1500 }`. */
  readonly venue?: unknown;
  /** Default `paper`. */
  readonly mode?: RunMode;
  readonly replayOf?: ReplayBinding;
  /** Key of the HMAC over a configuration that holds secrets. */
  readonly hmacKey?: Secret<string>;
  /** Durability of the run's log, default every flush. */
  readonly policy?: WalPolicy;
  readonly rotate?: WalRotation;
  /**
   * When a disk that does not answer ends the log, and with it the trading: warned of after 5 s,
   * ended after 30 s, by this machine's timers, unless stated otherwise.
   */
  readonly stall?: WalStallOptions;
  /**
   * Space held in reserve for ending in order on a full disk, bytes. Default 0: a run over a
   * recorded session can be made again. For a live one give one segment, `rotate.bytes`.
   */
  readonly ballastBytes?: number;
  /** Time of manifest and log headers; default the system's. No decision sees it. */
  readonly clock?: Clock;
}

/** What a runner reports at its end, as far as a manifest records it. */
export interface RunOutcome {
  /** `seq` of the last session event taken in. */
  readonly cause: number;
  readonly stateHash: string;
  readonly traceHash: string;
}

/** A run being made. Its log's lock is held until it is sealed. */
export interface RunWriter<S, C> extends Run {
  readonly wal: WalWriter;
  /** What `createRunner` and `createStep` need of the run: `createRunner({ ...run.step, … })`. */
  readonly step: StepOptions<S, C>;
  /**
   * Closes and verifies the log, computes the decision trace from it, and writes the final
   * manifest.
   * @param outcome - the runner's summary; without it the manifest has no final state hash
   * @throws QuantlaxmiError QL_RUN_STATE when called twice; WAL_LOCKED when another process has
   * kept the folder's `SEAL` for half a minute, nothing is done then and it can be called again;
   * QL_REPLAY_EVIDENCE when the runner's
   * trace is not that of the log
   */
  seal(outcome?: RunOutcome): Promise<RunManifest>;
}

const LOG_DIR = 'decisions';
/** The strategy's configuration as it ran, secrets redacted, beside the run manifest. */
export const RUN_CONFIG_FILE = 'config.json';

interface Draft<S, C> {
  readonly manifest: RunManifest;
  readonly step: StepOptions<S, C>;
}

async function draftOf<S, C>(
  options: CreateRunOptions<S, C>,
  module: string | null,
): Promise<Draft<S, C>> {
  const { session, strategy, risk } = options;
  const config = bindConfig(
    options.config,
    options.hmacKey === undefined ? {} : { hmacKey: options.hmacKey, hasher: nodeSha256 },
  );
  const cash = options.cash ?? {};
  const seeds = { run: options.seed.toString() };
  const policies = {
    risk: bindPolicy(risk.spec, 'risk policy'),
    venue: bindPolicy(options.venue ?? null, 'venue description'),
  };
  const runId = deriveRunId(session.manifest.manifestHash, {
    ...policies,
    cash,
    config,
    seeds,
    strategy,
  });
  const step = { strategy, config: config.redacted, risk, runId, seed: options.seed, cash };
  const upcasters = bindUpcasters();
  const body: RunManifestBody = {
    ...policies,
    calendar: session.manifest.calendar,
    cash,
    code: await codeHash({ strategyModule: module, upcastersSha256: upcasters.sha256 }),
    config,
    decisions: {
      checkpoints: [],
      count: 0,
      log: emptyBinding(LOG_DIR, randomBytes(16).toString('hex')),
      outputs: 0,
      traceHash: NO_HASH,
    },
    endedAt: null,
    env: await runtimeVersions(session.dir),
    fmt: RUN_MANIFEST_FORMAT,
    gates: [],
    inputs: session.inputs(),
    mode: options.mode ?? 'paper',
    parent: { manifestHash: session.manifest.manifestHash, sessionId: session.id },
    prevManifestHash: null,
    replayOf: options.replayOf ?? null,
    result: { fills: 0, finalStateHash: null, orders: 0, pnl: [] },
    revision: 1,
    runConfigHash: runConfigHash(step),
    runId,
    schemas: bindSchemas(),
    seeds,
    startedAt: (options.clock ?? systemClock()).nowUs(),
    status: 'running',
    strategy: { id: strategy.id, version: strategy.version },
    universe: session.manifest.universe,
    upcasters,
  };
  return { manifest: sealManifest(body) as Sealed<RunManifestBody>, step };
}

function traceMismatch(runId: string, log: string, runner: string): QuantlaxmiError {
  return new QuantlaxmiError(
    'QL_REPLAY_EVIDENCE',
    `run ${runId}: the log's trace hash is ${log}, the runner's is ${runner}; the log does not hold what the runner decided, discard the run`,
    { context: { runId, log, runner } },
  );
}

/** Verifies a closed log, computes the decision trace from it and replaces the draft. */
export async function sealRun(
  run: Run,
  outcome: RunOutcome | undefined,
  options: { readonly clock: Clock; readonly recovered: boolean },
): Promise<RunManifest> {
  const draft = run.manifest;
  const log = await bindSealedLog(run.store, draft.decisions.log.dir);
  const evidence = new RunEvidence(draft.runConfigHash, await run.session.universe());
  for await (const batch of readWal(run.store, { hasher: nodeSha256 })) evidence.add(batch);
  const decisions = { ...evidence.decisions(), log };
  if (outcome !== undefined && outcome.traceHash !== decisions.traceHash) {
    throw traceMismatch(draft.runId, decisions.traceHash, outcome.traceHash);
  }
  const sealed = reviseManifest(draft, {
    decisions,
    endedAt: options.clock.nowUs(),
    inputs: { ...draft.inputs, toSeq: outcome?.cause ?? evidence.cause },
    result: evidence.result(outcome?.stateHash ?? null),
    status: options.recovered ? 'recovered' : 'ended',
  });
  await replaceManifest(run.dir, sealed);
  return sealed;
}

/** Whatever is decided on facts that are set apart proves nothing: no gate could accept it. */
function assertEvidence({ dir, manifest }: Session): void {
  if (manifest.status !== 'quarantined') return;
  throw new QuantlaxmiError(
    'QL_SESSION_QUARANTINED',
    `session ${dir} is quarantined: it was salvaged from a damaged log, or set apart since; it can ` +
      'be read and exported, but no run can be made on it',
    { context: { dir, sessionId: manifest.sessionId } },
  );
}

/** Writes the draft and what stands beside it, and opens the log. */
async function openLog<S, C>(
  path: string,
  made: { readonly draft: RunManifest; readonly module: string | null; readonly clock: Clock },
  options: CreateRunOptions<S, C>,
): Promise<WalWriter> {
  const { draft, module, clock } = made;
  await writeOnce(join(path, RUN_MANIFEST_FILE), encodeManifest(draft));
  // The copy to deploy from: gates hold it against the hash that the manifest binds.
  await writeOnce(
    join(path, RUN_CONFIG_FILE),
    encodeUtf8(canonicalIntegerJson(draft.config.redacted)),
  );
  await writeLocators(path, { session: options.session.dir, strategyModule: module });
  return await openWalWriter(runStore(path, LOG_DIR), {
    walId: draft.decisions.log.walId,
    clock,
    hasher: nodeSha256,
    policy: options.policy ?? { kind: 'always' },
    rotate: options.rotate ?? ROTATION,
    stall: { alarm: systemAlarm(), ...options.stall },
    ballastBytes: options.ballastBytes ?? 0,
  });
}

/**
 * Starts a run over a sealed session: folder, draft manifest, locators, log.
 *
 * @param dir - folder to make; null for `runs/<runId>` inside the session's
 * @param options - session, strategy, configuration, risk policy, seed
 * @throws QuantlaxmiError QL_SESSION_QUARANTINED, QL_RUN_EXISTS, QL_RUN_CONFIG, QL_CODE_HASH,
 * QL_FILE_WRITE, and what the log throws
 * @example
 * ```ts
 * import { mkdtempSync } from 'node:fs';
 * import { tmpdir } from 'node:os';
 * import { join } from 'node:path';
 * import { createRun, createSession, openRun } from 'quantlaxmi/node';
 * import { replay } from 'quantlaxmi/replay';
 * import { quoteAge, riskPolicy } from 'quantlaxmi/risk';
 * import { constantLatency, makerTakerFees, simVenue } from 'quantlaxmi/sim';
 * import { createRunner, defineStrategy } from 'quantlaxmi/strategy';
 *
 * const dir = mkdtempSync(join(tmpdir(), 'ql-'));
 * const writer = await createSession(join(dir, 'session'), {
 *   capture: { feed: { name: 'example', version: '1' } },
 *   policy: { kind: 'always' },
 * });
 * const body = { code: '', details: {}, inst: null, kind: 'start' } as const;
 * writer.wal.append({ t: 'Session', sv: 1, rx: 1_000, ts: null, src: 'TEST', body });
 * const session = await writer.seal();
 *
 * const strategy = defineStrategy({
 *   id: 'watch',
 *   version: '1',
 *   parseConfig: () => null,
 *   init: () => 0,
 *   onEvent: (seen) => ({ state: seen + 1, decide: true }),
 * });
 * const run = await createRun(join(dir, 'run'), {
 *   session,
 *   strategy,
 *   config: {},
 *   risk: riskPolicy({ checks: [quoteAge({ ageMaxUs: 1_000_000 })] }),
 *   seed: 42n,
 * });
 * const venue = simVenue({
 *   latency: constantLatency({ entryUs: 1500, responseUs: 1000 }),
 *   fees: makerTakerFees({ makerPpm: 200, takerPpm: 500, feeExponent: -8 }),
 * });
 * const runner = createRunner({ ...run.step, venue, log: run.wal });
 * for await (const batch of session.read()) await runner.push(batch);
 * const manifest = await run.seal(await runner.finish());
 * manifest.decisions.count; // => 1
 * (await replay(await openRun(run.dir), { strategy })).equal; // => true
 * ```
 */
export async function createRun<S, C>(
  dir: string | null,
  options: CreateRunOptions<S, C>,
): Promise<RunWriter<S, C>> {
  const { session } = options;
  assertEvidence(session);
  const clock = options.clock ?? systemClock();
  const module =
    options.strategyModule === undefined
      ? null
      : await realpath(options.strategyModule).catch(() => resolve(options.strategyModule ?? ''));
  const { manifest: draft, step } = await draftOf(options, module);
  const path = dir === null ? join(session.dir, 'runs', draft.runId) : resolve(dir);
  if (existsSync(join(path, RUN_MANIFEST_FILE))) {
    throw new QuantlaxmiError(
      'QL_RUN_EXISTS',
      `${path} holds a run; the run id is derived from session, configuration, risk, venue, cash, seed and strategy id, not from its code; give another folder`,
      { context: { dir: path, runId: draft.runId } },
    );
  }
  await makeFolder(path);
  const { walId } = draft.decisions.log;
  const wal = await underSealLock(path, { walId, wait: false }, () =>
    openLog(path, { draft, module, clock }, options),
  );
  let run = runOf({ dir: path, manifest: draft, session, strategyModule: module });
  let done = false;
  return {
    ...run,
    get manifest() {
      return run.manifest;
    },
    inputs: () => run.inputs(),
    recorded: () => run.recorded(),
    currentBindings: () => run.currentBindings(),
    verify: () => run.verify(),
    bindGates: (reports) => run.bindGates(reports),
    wal,
    step,
    async seal(outcome) {
      if (done) {
        throw new QuantlaxmiError('QL_RUN_STATE', `run ${draft.runId}: sealed a second time`, {
          context: { dir: path, runId: draft.runId },
        });
      }
      done = true;
      const lock = await takeSealLock(path, { walId, wait: true }).catch((error: unknown) => {
        // Nothing was done yet: it may be tried again.
        done = false;
        throw error;
      });
      try {
        await wal.close();
        const recovered = wal.recovered !== null;
        const manifest = await sealRun(run, outcome, { clock, recovered });
        run = runOf({ dir: path, manifest, session, strategyModule: module });
        return manifest;
      } finally {
        await lock.release();
      }
    },
  };
}
