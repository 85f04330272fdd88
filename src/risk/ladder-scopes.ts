/**
 * Which rungs of the ladder an intent stands under.
 * @module
 */
import type { InstrumentBody, LadderLevel } from '../events/index.js';
import type { LadderRung, LadderState } from './ladder-types.js';

/** Levels from calm to stopped. */
export const LEVELS: readonly LadderLevel[] = ['normal', 'warn', 'throttle', 'halt'];

/** 0 to 3; a word nobody knows counts as `halt`. */
export function rankOf(level: LadderLevel): number {
  const rank = LEVELS.indexOf(level);
  return rank < 0 ? 3 : rank;
}

/** The rung an intent stands under. */
export interface ScopeLevel {
  readonly level: LadderLevel;
  /** Scope that sets it; empty at `normal`. */
  readonly scope: string;
}

const CALM: ScopeLevel = Object.freeze({ level: 'normal', scope: '' });

/** What an intent belongs to. */
export interface IntentScopes {
  readonly inst: string;
  readonly instrument: InstrumentBody | null;
  readonly strategyId: string;
}

function concerns(scope: string, own: IntentScopes): boolean {
  if (scope.startsWith('instrument:')) return scope === `instrument:${own.inst}`;
  if (scope.startsWith('venue:')) {
    // An order for a venue that is not known may be for this one.
    return own.instrument === null || scope === `venue:${own.instrument.venue}`;
  }
  if (scope.startsWith('strategy:')) return scope === `strategy:${own.strategyId}`;
  // `all`; a run has one account, whatever name it was reported under; and words nobody knows.
  return true;
}

/** Worst level of all scopes that an intent belongs to. */
export function levelFor(ladder: LadderState, own: IntentScopes): ScopeLevel {
  let worst = CALM;
  for (const scope in ladder) {
    if (!concerns(scope, own)) continue;
    const { level } = ladder[scope] as LadderRung;
    if (rankOf(level) > rankOf(worst.level))
      worst = { level: LEVELS[rankOf(level)] ?? 'halt', scope };
  }
  return worst;
}
