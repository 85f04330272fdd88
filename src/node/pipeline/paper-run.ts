/**
 * A paper run over a recorded session: session, step, simulated venue, run log, manifest.
 * @module
 */
import { join } from 'node:path';
import { QuantlaxmiError } from '../../core/index.js';
import type { EventInput } from '../../events/index.js';
import type { RunManifest } from '../../manifest/index.js';
import { eventObserver, noopTelemetry, type Telemetry } from '../../observability/index.js';
import { simVenue } from '../../sim/index.js';
import { createRunner, type RunSummary } from '../../strategy/index.js';
import type { WalStallOptions } from '../../wal/index.js';
import { killSwitchFile } from '../kill-switch.js';
import { loadStrategy } from '../load-strategy.js';
import type { Run } from '../run.js';
import { createRun } from '../run-writer.js';
import { openSession, type Session } from '../session.js';
import { nodeSha256 } from '../sha256.js';
import { type RunConfig, simVenueOf } from './run-config.js';

/** File in a run's folder whose presence stops its trading. */
export const KILL_FILE = 'KILL';

/** What {@link paperRun} runs. */
export interface PaperRunOptions {
  /** Folder of a sealed session. */
  readonly session: string;
  /** Strategy module: path, `file:` URL or package name. */
  readonly strategyModule: string;
  readonly config: RunConfig;
  /** 0 to 2^64−1. */
  readonly seed: bigint;
  /** Run folder; default `runs/<runId>` inside the session's. */
  readonly out?: string;
  /** When a disk that does not answer halts the trading; default as for {@link createRun}. */
  readonly stall?: WalStallOptions;
  /** Gets what happens, off the decision path. */
  readonly telemetry?: Telemetry;
  /** Told after each batch: the last `seq` processed, and of the session. */
  readonly onProgress?: (progress: { readonly seq: number; readonly lastSeq: number }) => void;
}

/** A finished paper run. */
export interface PaperRunResult {
  readonly run: Run;
  readonly manifest: RunManifest;
  readonly summary: RunSummary;
}

/** A run over a log that is not the bound one would be sealed as if it were. */
const assertWhole = async (session: Session): Promise<void> => {
  const { ok, wal, differences } = await session.verify();
  if (ok) return;
  const [problem] = wal.problems;
  if (problem !== undefined) {
    const { code, file, byte, seq, message } = problem;
    throw new QuantlaxmiError(code, `session ${session.dir}: ${message}; no run was made`, {
      context: { file, byte, seq },
    });
  }
  const [differs] = differences;
  throw new QuantlaxmiError(
    'QL_MANIFEST_HASH',
    `session ${session.dir}: ${differs?.path} of its log is ${differs?.right ?? 'absent'}, its ` +
      `manifest binds ${differs?.left ?? 'absent'}; no run was made, restore the log from a copy`,
    { context: { dir: session.dir, field: differs?.path ?? '' } },
  );
};

/**
 * Verifies a session byte for byte, runs a strategy over it with a simulated venue, and seals the
 * run.
 *
 * @throws QuantlaxmiError the first problem of the session's log, QL_MANIFEST_HASH when it is not
 * the log its manifest binds; QL_STRATEGY_LOAD, QL_STRATEGY_CONFIG, QL_RUN_EXISTS,
 * QL_RUNNER_HALTED, and what session, log and manifests throw
 */
export const paperRun = async (options: PaperRunOptions): Promise<PaperRunResult> => {
  const { config, telemetry = noopTelemetry() } = options;
  const session = await openSession(options.session);
  await assertWhole(session);
  const loaded = await loadStrategy(options.strategyModule);
  const run = await createRun(options.out ?? null, {
    session,
    strategy: loaded.strategy,
    strategyModule: loaded.path,
    config: config.strategy,
    risk: config.risk,
    seed: options.seed,
    cash: config.cash,
    venue: config.venue,
    ...(options.stall === undefined ? {} : { stall: options.stall }),
  });
  const observe = eventObserver({
    telemetry,
    ids: {
      session_id: session.id,
      run_id: run.id,
      strategy_id: loaded.strategy.id,
      symbol: '',
      venue: '',
      decision_id: '',
      risk_decision_id: '',
      order_id: '',
    },
  });
  const kill = killSwitchFile(join(run.dir, KILL_FILE));
  let records: EventInput[] = [];
  const runner = createRunner({
    ...run.step,
    venue: simVenue({ ...simVenueOf(config.venue), cash: config.cash }),
    log: run.wal,
    killSwitch: { engaged: () => kill.armed() },
    hasher: nodeSha256,
    observer: (record) => records.push(record),
  });
  const { lastSeq } = session.manifest.wal;
  for await (const batch of run.inputs()) {
    await runner.push(batch);
    observe(batch);
    observe(records);
    records = [];
    options.onProgress?.({ seq: batch.at(-1)?.seq ?? 0, lastSeq });
  }
  const summary = await runner.finish();
  observe(records);
  const manifest = await run.seal(summary);
  return { run, manifest, summary };
};
