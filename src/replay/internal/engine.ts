/** The step of a recorded run, made again from its manifest. */
import { QuantlaxmiError } from '../../core/index.js';
import type { RunManifest } from '../../manifest/index.js';
import { parseRiskPolicy } from '../../risk/index.js';
import type { StepOptions, Strategy } from '../../strategy/index.js';

// biome-ignore lint/suspicious/noExplicitAny: state and config types are the strategy's own
type AnyStrategy = Strategy<any, any>;

/** Name of the seed that feeds the strategy's random stream. */
export const RUN_SEED = 'run';

/** Everything the step is a function of, as the manifest binds it. */
export function stepOptionsOf(
  manifest: RunManifest,
  strategy: AnyStrategy,
  config: unknown,
): StepOptions<unknown, unknown> {
  const seed = manifest.seeds[RUN_SEED];
  if (seed === undefined) {
    throw new QuantlaxmiError(
      'QL_REPLAY_EVIDENCE',
      `run ${manifest.runId}: the manifest has no seed named "${RUN_SEED}"; it cannot be replayed`,
      { context: { runId: manifest.runId } },
    );
  }
  return {
    strategy,
    config,
    risk: parseRiskPolicy(manifest.risk.description),
    runId: manifest.runId,
    seed: BigInt(seed),
    cash: manifest.cash,
  };
}
