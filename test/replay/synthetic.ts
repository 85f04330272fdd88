import type { Event, EventInput } from 'quantlaxmi/events';
import { bindConfig, bindPolicy, type RunManifest, sealManifest } from 'quantlaxmi/manifest';
import type { ReplayableRun } from 'quantlaxmi/replay';
import { createRunner, type Runner, runConfigHash, type Strategy } from 'quantlaxmi/strategy';
import { runBody } from '../manifest/samples.js';
import { marketEvents, momentum, risk, venue } from '../node/market.js';

const number = (inputs: Iterable<EventInput>): Event[] =>
  [...inputs].map((input, i) => ({ ...input, seq: i + 1 }) as Event);

/** A run in memory: both logs as arrays, and its manifest. */
export interface Synthetic {
  readonly facts: readonly Event[];
  readonly records: readonly Event[];
  readonly manifest: RunManifest;
}

export const inBatches = async function* (events: readonly Event[], size = 17) {
  for (let at = 0; at < events.length; at += size) yield events.slice(at, at + size);
};

/** The run as a replay takes it, with any part of it changed. */
export const asRun = (run: Synthetic, size = 17): ReplayableRun => ({
  manifest: run.manifest,
  inputs: () => inBatches(run.facts, size),
  recorded: () => inBatches(run.records, size),
});

/** Runs a strategy over a small market and seals the outcome. */
export const paperRun = async (
  options: {
    readonly count?: number;
    // biome-ignore lint/suspicious/noExplicitAny: state and config types are the strategy's own
    readonly strategy?: Strategy<any, any>;
    readonly meanwhile?: (runner: Runner, seq: number) => Promise<void>;
  } = {},
): Promise<Synthetic> => {
  const facts = number(marketEvents(options.count ?? 300));
  const records: Event[] = [];
  const policy = risk();
  const config = bindConfig({ qty: 2 });
  const strategy = options.strategy ?? momentum();
  const step = {
    ...{ strategy, config: config.redacted, risk: policy, runId: 'run-synthetic', seed: 42n },
    cash: { BBB: '1000' },
  };
  const runner = createRunner({
    ...step,
    venue: venue(),
    log: {
      append: (event) => records.push({ ...event, seq: records.length + 1 } as Event),
      durable: async () => {},
    },
  });
  for (const event of facts) {
    await runner.push([event]);
    await options.meanwhile?.(runner, event.seq);
  }
  const outcome = await runner.finish();
  const base = runBody();
  const manifest = sealManifest({
    ...base,
    cash: step.cash,
    config,
    decisions: {
      ...base.decisions,
      checkpoints: outcome.checkpoints,
      count: outcome.decisions,
      outputs: outcome.records,
      traceHash: outcome.traceHash,
    },
    inputs: { ...base.inputs, fromSeq: 1, toSeq: facts.length },
    result: { ...base.result, finalStateHash: outcome.stateHash },
    risk: bindPolicy(policy.spec),
    runConfigHash: runConfigHash(step),
    runId: step.runId,
    seeds: { run: '42' },
    strategy: { id: strategy.id, version: strategy.version },
    venue: bindPolicy({ kind: 'sim' }),
  }) as RunManifest;
  return { facts, records, manifest };
};

/** The same run with its manifest changed and sealed again, as a forger would. */
export const resealed = (run: Synthetic, changes: Partial<RunManifest>): Synthetic => ({
  ...run,
  manifest: sealManifest({ ...run.manifest, ...changes }) as RunManifest,
});
