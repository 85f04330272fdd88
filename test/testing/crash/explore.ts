import { createRng } from 'quantlaxmi/core';
import type { StoreOperation } from 'quantlaxmi/testing';
import type { Wrap } from './judge.js';
import { judgeState } from './judge.js';
import type { LifeTally } from './life.js';
import { LogUnderTest } from './life.js';

export interface ExploreOptions {
  readonly seed: number;
  /** Ends when this many crash states have been judged. */
  readonly states: number;
  /** Ends at the first violation too. Default false. */
  readonly untilFirst?: boolean;
  /** What stands between log and store; a control puts something wrong there. */
  readonly wrap?: Wrap;
  /** Only calls of this primitive fail. Default: any may. */
  readonly strike?: StoreOperation;
}

export interface Explored extends LifeTally {
  states: number;
  /** Power cuts in the middle of recoveries, on top of the first. */
  interruptions: number;
  /** Greatest number of acknowledged batches a state had to hold. */
  acknowledgedMax: number;
  /** Each with the seeds that lead there. */
  readonly violations: string[];
}

/** Runs logs by seed, stops them at calls drawn by seed, and judges what is left. */
export async function exploreCrashes(options: ExploreOptions): Promise<Explored> {
  const { seed, states, untilFirst = false, wrap = (store) => store, strike = null } = options;
  const seen: Explored = {
    ...{ lives: 0, poisoned: 0, refusedToOpen: 0, killed: 0, cut: 0 },
    ...{ states: 0, interruptions: 0, acknowledgedMax: 0, violations: [] },
  };
  const over = (): boolean => seen.states >= states || (untilFirst && seen.violations.length > 0);
  for (let run = 0; !over(); run += 1) {
    const name = `seed ${seed} run ${run}`;
    const rng = createRng(BigInt(seed), BigInt(run));
    const log = new LogUnderTest(name, rng, { wrap, everyNth: strike === null ? 2 : 9, strike });
    await log.run(1 + rng.below(3));
    for (const key of ['lives', 'poisoned', 'refusedToOpen', 'killed', 'cut'] as const) {
      seen[key] += log.tally[key];
    }
    seen.violations.push(...log.violations.map((what) => `${name}: ${what}`));
    for (const state of log.states) {
      if (over()) break;
      const interruptions = rng.below(8) === 0 ? 1 + rng.below(3) : 0;
      const writeOn = rng.below(5) === 0;
      const wrong = await judgeState(state, { wrap, interruptions, rng, writeOn });
      seen.states += 1;
      seen.interruptions += interruptions;
      seen.acknowledgedMax = Math.max(seen.acknowledgedMax, state.truth.acknowledged);
      if (wrong !== null) {
        seen.violations.push(`${state.label}, ${interruptions} cuts in recovery: ${wrong}`);
      }
    }
  }
  return seen;
}
