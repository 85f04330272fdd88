/** A paper run whose process died goes on from its folder. @module */
import { join, resolve } from 'node:path';
import { QuantlaxmiError } from '../../core/index.js';
import {
  bindingsOf,
  type RestartBinding,
  type RunManifest,
  reviseManifest,
} from '../../manifest/index.js';
import { parseRiskPolicy } from '../../risk/index.js';
import { simVenue } from '../../sim/index.js';
import { resumeRunner, type RunnerOptions, type RunSummary } from '../../strategy/index.js';
import { openWalWriter, readWal, type WalWriter } from '../../wal/index.js';
import { systemAlarm } from '../alarm.js';
import { systemClock } from '../clock.js';
import { readRunManifest, replaceManifest } from '../internal/manifest-file.js';
import { RunEvidence } from '../internal/run-evidence.js';
import { underSealLock } from '../internal/seal-lock.js';
import { killSwitch } from '../kill-switches.js';
import { loadStrategy } from '../load-strategy.js';
import { type Run, runIn, runStore } from '../run.js';
import { sealRun } from '../run-writer.js';
import { sendGuard } from '../send-guard.js';
import { ROTATION } from '../session-writer.js';
import { nodeSha256 } from '../sha256.js';
import { KILL_FILE } from './paper-run.js';
import { parseRunConfig, simVenueOf } from './run-config.js';

/** A resumed run, finished and sealed. */
export interface ResumedRun {
  readonly manifest: RunManifest;
  readonly summary: RunSummary;
}

const refused = (path: string, why: string): QuantlaxmiError =>
  new QuantlaxmiError('QL_RUN_STATE', `run ${path} ${why}`, { context: { dir: path } });

async function assertSameCode(run: Run): Promise<void> {
  const { code } = await run.currentBindings();
  if (code === undefined || bindingsOf(run.manifest).code === code) return;
  throw refused(run.dir, 'was made by other code than is here; give it the code it began with');
}

/** Where the log ends, after its recovery. */
async function endOf(run: Run, wal: WalWriter): Promise<RestartBinding> {
  const evidence = new RunEvidence(run.manifest.runConfigHash, await run.session.universe());
  for await (const batch of readWal(run.store, { hasher: nodeSha256, upTo: 'commit' })) {
    const stopped = batch.some(
      ({ body, src, t }) => t === 'Session' && src === 'OPERATOR' && body.kind === 'stop',
    );
    if (stopped) throw refused(run.dir, 'had come to its end; seal it with sealKilledRun');
    evidence.add(batch);
  }
  return { cause: evidence.cause, lastSeq: wal.appendedSeq };
}

async function optionsFor(run: Run, wal: WalWriter): Promise<RunnerOptions<unknown, unknown>> {
  const { manifest, strategyModule } = run;
  if (strategyModule === null) throw refused(run.dir, 'names no strategy module to go on with');
  const { strategy } = await loadStrategy(strategyModule);
  const { cash, config, risk, runId, seeds, venue } = manifest;
  const parts = { cash, risk: risk.description, strategy: config.redacted };
  const parsed = parseRunConfig({ ...parts, venue: venue.description }, `run ${run.dir}`);
  return {
    strategy,
    config: config.redacted,
    risk: parseRiskPolicy(risk.description),
    runId,
    seed: BigInt(seeds['run'] ?? '0'),
    cash,
    venue: simVenue({ ...simVenueOf(parsed.venue), cash }),
    log: wal,
    guard: sendGuard({ killSwitch: killSwitch([join(run.dir, KILL_FILE)]), log: wal }),
    hasher: nodeSha256,
  };
}

/** States the restart in the draft, so that another kill does not lose it. */
async function stateRestart(draft: RunManifest, at: RestartBinding, path: string): Promise<void> {
  const restarts = [...(draft.restarts ?? []), at];
  await replaceManifest(path, reviseManifest(draft, { restarts }));
}

async function goOn(run: Run, wal: WalWriter): Promise<RunSummary> {
  const { session, store } = run;
  const runner = await resumeRunner(await optionsFor(run, wal), {
    inputs: session.read({ fromSeq: run.manifest.inputs.fromSeq }),
    recorded: readWal(store, { hasher: nodeSha256, upTo: 'commit', toSeq: wal.appendedSeq }),
    venue: 'rebuilt',
  });
  for await (const batch of session.read({ fromSeq: runner.step.cause + 1 })) {
    await runner.push(batch);
  }
  return await runner.finish();
}

/**
 * Goes on with a paper run that was killed, to the end of its session, and seals it: its log is
 * recovered, the step and the simulated venue are made again from session and log, and every record
 * is held against what the log has. The manifest states under `restarts` where it went on. Trace
 * and state are those of a run that was never killed.
 *
 * @param dir - folder of the run; its locators lead to session and strategy
 * @returns the sealed manifest, status `recovered`, and the summary; time and memory of a whole run
 * @throws QuantlaxmiError QL_RUN_STATE when it is sealed, had come to its end, or its code changed;
 * WAL_LOCKED while it is running; QL_RUNNER_HALTED over QL_RESUME_DIVERGED; what recovery and
 * manifests throw
 * @example
 * ```ts no-run
 * import { resumeRun } from 'quantlaxmi/node';
 *
 * const { manifest } = await resumeRun('runs/killed');
 * manifest.restarts?.length; // => 1
 * ```
 */
export async function resumeRun(dir: string): Promise<ResumedRun> {
  const path = resolve(dir);
  const { log } = (await readRunManifest(path)).decisions;
  const clock = systemClock();
  const { run, wal } = await underSealLock(path, { walId: log.walId, wait: false }, async () => {
    const draft = await readRunManifest(path);
    if (draft.status !== 'running') throw refused(path, `is sealed (${draft.status})`);
    const wal = await openWalWriter(runStore(path, log.dir), {
      walId: log.walId,
      clock,
      hasher: nodeSha256,
      policy: { kind: 'always' },
      rotate: ROTATION,
      stall: { alarm: systemAlarm() },
    });
    try {
      const found = await runIn(path, draft, {});
      await assertSameCode(found);
      await stateRestart(draft, await endOf(found, wal), path);
      return { run: await runIn(path, await readRunManifest(path), {}), wal };
    } catch (error) {
      await wal.close();
      throw error;
    }
  });
  let summary: RunSummary;
  try {
    summary = await goOn(run, wal);
  } catch (error) {
    await wal.close().catch(() => undefined);
    throw error;
  }
  const manifest = await underSealLock(path, { walId: log.walId, wait: true }, async () => {
    await wal.close();
    return await sealRun(run, summary, { clock, recovered: true });
  });
  return { manifest, summary };
}
