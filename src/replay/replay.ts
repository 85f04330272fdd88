/** Re-executing a run from its logs and proving that it decides the same. @module */
import { type HasherFactory, QuantlaxmiError, sha256Pure } from '../core/index.js';
import {
  bindConfig,
  bindingsOf,
  compareBindings,
  diffJson,
  type RunBindings,
  type RunManifest,
  choicesHashOf,
} from '../manifest/index.js';
import { createStep, createTrace, runConfigHash, type Strategy } from '../strategy/index.js';
import { classifyDivergence, type Divergence } from './divergence.js';
import { type EventStream, openCursor } from './internal/cursor.js';
import { stepOptionsOf } from './internal/engine.js';
import { Lockstep, type Parting } from './internal/lockstep.js';

/** A run as a replay needs it; `openRun` of `quantlaxmi/node` gives one. */
export interface ReplayableRun {
  readonly manifest: RunManifest;
  /** The session's facts, from the manifest's first to its last. */
  inputs(): EventStream;
  /** The run's own log. */
  recorded(): EventStream;
  /**
   * Bindings of what is there now, to explain a divergence with; asked for only when there is one.
   */
  currentBindings?(): Promise<Partial<RunBindings>>;
}

/** What a replay runs with. */
export interface ReplayOptions {
  // biome-ignore lint/suspicious/noExplicitAny: state and config types are the strategy's own
  readonly strategy: Strategy<any, any>;
  /** Another configuration than the recorded one, to see what it changes. */
  readonly config?: unknown;
  /** SHA-256 implementation for the trace; pure JavaScript by default. */
  readonly hasher?: HasherFactory;
  /** Evidence to explain a divergence with, in place of what the run itself offers. */
  readonly current?: Partial<RunBindings>;
}

/** The outcome of a replay. */
export interface ReplayResult {
  readonly runId: string;
  /**
   * True when every output and the trace hash are the recorded ones, and the final state where the
   * record has one: see `stateCompared`.
   */
  readonly equal: boolean;
  /** `replayed` covers the outputs up to and without the first difference. */
  readonly traceHash: { readonly recorded: string; readonly replayed: string };
  /** Decision events that record and replay agree on. */
  readonly decisions: number;
  /** Engine outputs that record and replay agree on. */
  readonly outputs: number;
  readonly finalStateHash: { readonly recorded: string | null; readonly replayed: string };
  /**
   * True when the final states were held against each other. False for a run sealed without a
   * final state hash, and for a replay that parted from its record before the end.
   */
  readonly stateCompared: boolean;
  readonly divergence: Divergence | null;
}

/** A difference that shows only when all outputs have been compared. */
function late(kind: 'state' | 'trace', lockstep: Lockstep, stateHash: string): Parting {
  const index = kind === 'trace' ? 0 : lockstep.agreed;
  const nothing = { recordedSeq: null, recordedNext: [], replayedNext: [], error: '' };
  return { kind, index, cause: lockstep.cause, ...nothing, stateHash };
}

async function explain(
  run: ReplayableRun,
  options: ReplayOptions,
  config: string,
): Promise<Pick<Divergence, 'class' | 'bindings'>> {
  const { manifest } = run;
  const given = options.current ?? (await run.currentBindings?.()) ?? {};
  const { version } = options.strategy;
  // Another version is other code, also where nobody could hash it.
  const code = version === manifest.strategy.version ? {} : { code: `version ${version}` };
  const bindings = compareBindings(bindingsOf(manifest), { ...given, ...code, config });
  return { bindings, class: classifyDivergence(bindings) };
}

function report(parting: Parting, lockstep: Lockstep): Omit<Divergence, 'class' | 'bindings'> {
  const { kind, index, cause, recordedSeq, recordedNext, replayedNext, error } = parting;
  const recorded = recordedNext[0] ?? null;
  const replayed = replayedNext[0] ?? null;
  return {
    index,
    cause,
    kind,
    recordedSeq,
    recorded,
    replayed,
    fieldDiff: recorded === null || replayed === null ? [] : diffJson(recorded, replayed),
    error,
    context: {
      inputs: lockstep.recentInputs.list(),
      outputs: lockstep.recentOutputs.list(),
      recordedNext,
      replayedNext,
      stateHash: parting.stateHash,
    },
  };
}

/**
 * Feeds the recorded facts to the same pure step, puts the recorded answers of the venue, timers
 * and operator back at their places, and compares every output of the engine with the record.
 * Reads both logs once, side by side: memory does not grow with their length.
 *
 * @param run - manifest and both logs
 * @param options - the strategy, and what to run it with
 * @returns the first divergence with the context of both sides, or none
 * @throws QuantlaxmiError what reading the logs throws (a damaged log is no divergence), and
 * QL_REPLAY_EVIDENCE when the run is not sealed, the inputs end before the last one it took in, or
 * the manifest's trace hash is not its log's
 * @example
 * ```ts
 * import { mkdtempSync } from 'node:fs';
 * import { tmpdir } from 'node:os';
 * import { join } from 'node:path';
 *
 * import { createRun, createSession } from 'quantlaxmi/node';
 * import { describeDivergence, replay } from 'quantlaxmi/replay';
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
 * const watch = (profile: string) =>
 *   defineStrategy({
 *     id: 'watch',
 *     version: '1',
 *     parseConfig: () => null,
 *     init: () => null,
 *     onEvent: () => ({ state: null, decide: true, profile }),
 *   });
 * const run = await createRun(null, {
 *   session,
 *   strategy: watch('calm'),
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
 * await run.seal(await runner.finish());
 *
 * (await replay(run, { strategy: watch('calm') })).equal; // => true
 * const { divergence } = await replay(run, { strategy: watch('wild') });
 * divergence?.fieldDiff; // => [{ path: 'body.profile', left: '"calm"', right: '"wild"' }]
 * const lines = divergence === null ? [] : describeDivergence(divergence);
 * lines[0]; // => 'output 1, after input seq 1: record and replay made different outputs'
 * ```
 */
export async function replay(run: ReplayableRun, options: ReplayOptions): Promise<ReplayResult> {
  const { manifest } = run;
  const { strategy } = options;
  if (manifest.status === 'running') throw unsealed(manifest.runId);
  const config = bindConfig(options.config ?? manifest.config.redacted);
  const stepOptions = stepOptionsOf(manifest, strategy, config.redacted);
  const configHash = runConfigHash(stepOptions);
  const trace = createTrace(configHash, options.hasher ?? sha256Pure);
  const step = createStep(stepOptions);
  const inputs = openCursor(run.inputs());
  const recorded = openCursor(run.recorded());
  const lockstep = new Lockstep({ step, trace, inputs, recorded, toSeq: manifest.inputs.toSeq });
  let parting: Parting | null;
  try {
    await inputs.start();
    await recorded.start();
    parting = await lockstep.run();
  } finally {
    await inputs.close();
    await recorded.close();
  }
  const stateHash = parting === null ? step.stateHash() : (parting.stateHash ?? '');
  const traceHash = { recorded: manifest.decisions.traceHash, replayed: trace.hash() };
  const finalStateHash = { recorded: manifest.result.finalStateHash, replayed: stateHash };
  if (parting === null && traceHash.recorded !== traceHash.replayed) {
    if (configHash === manifest.runConfigHash) throw forged(manifest, traceHash.replayed);
    parting = late('trace', lockstep, stateHash);
  }
  const stateCompared = parting === null && finalStateHash.recorded !== null;
  if (stateCompared && finalStateHash.recorded !== stateHash) {
    parting = late('state', lockstep, stateHash);
  }
  let divergence: Divergence | null = null;
  if (parting !== null) {
    const choices = choicesHashOf({ ...manifest, config, strategy });
    divergence = { ...report(parting, lockstep), ...(await explain(run, options, choices)) };
  }
  return {
    runId: manifest.runId,
    equal: divergence === null,
    traceHash,
    decisions: lockstep.counts['Decision'] ?? 0,
    outputs: lockstep.agreed,
    finalStateHash,
    stateCompared,
    divergence,
  };
}

function unsealed(runId: string): QuantlaxmiError {
  return new QuantlaxmiError(
    'QL_REPLAY_EVIDENCE',
    `run ${runId} is not sealed; there is no trace hash to compare with, seal it first`,
    { context: { runId } },
  );
}

function forged(manifest: RunManifest, replayed: string): QuantlaxmiError {
  const { traceHash } = manifest.decisions;
  return new QuantlaxmiError(
    'QL_REPLAY_EVIDENCE',
    `run ${manifest.runId}: every output equals its log, whose trace hash is ${replayed}, but the manifest states ${traceHash}; manifest and log are not of one run`,
    { context: { runId: manifest.runId, stated: traceHash, replayed } },
  );
}
