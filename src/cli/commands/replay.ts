/**
 * `quantlaxmi replay`: re-executes a run and compares its decision trace.
 * @module
 */
import { escapeControl } from '../../core/index.js';
import { replayRun } from '../../node/index.js';
import { describeDivergence } from '../../replay/index.js';
import { facts, grouped } from '../format.js';
import type { CommonOptions, Outcome } from '../outcome.js';

/** Options of `replay`. */
export interface ReplayCommandOptions extends CommonOptions {
  readonly strategy?: string;
  readonly session?: string;
}

/** Exit 0 when equal, 1 when a log does not hold, 3 when the replay diverged. */
export const replayCommand = async (
  dir: string,
  options: ReplayCommandOptions,
): Promise<Outcome> => {
  const { run, problems, result } = await replayRun(dir, {
    ...(options.strategy === undefined ? {} : { strategyModule: options.strategy }),
    ...(options.session === undefined ? {} : { session: options.session }),
  });
  const recorded = run.manifest.decisions.traceHash;
  if (result === null) {
    const lines = problems.map(({ code, message }) => escapeControl(`  ${code}: ${message}`));
    return {
      exitCode: 1,
      document: {
        runId: run.id,
        equal: false,
        traceHash: { recorded, replayed: null },
        decisions: 0,
        problems,
      },
      text: [`${run.id}: not replayed, its logs do not hold`, ...lines].join('\n'),
    };
  }
  const { equal, traceHash, decisions, outputs, divergence } = result;
  const head = facts([
    ['decisions', `${grouped(decisions)} equal (${grouped(outputs)} outputs)`],
    ['recorded', traceHash.recorded],
    ['replayed', traceHash.replayed],
  ]);
  return {
    exitCode: equal ? 0 : 3,
    document: {
      runId: run.id,
      equal,
      traceHash,
      decisions,
      ...(divergence === null ? {} : { divergence }),
    },
    text: [
      `${run.id}: ${equal ? 'replay is equal to the record' : 'replay diverged from the record'}`,
      head,
      ...(divergence === null ? [] : describeDivergence(divergence)),
    ].join('\n'),
  };
};
