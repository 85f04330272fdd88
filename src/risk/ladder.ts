/**
 * The escalation ladder: up at once, down after a cool-down, out of HALT by a named person only.
 * @module
 */
import type { LadderLevel } from '../events/index.js';
import { QuantlaxmiError } from '../core/index.js';
import { compareRational, parseRational, type Rational } from '../fixed-point/index.js';
import { decimalText } from './checks/result.js';
import { LEVELS, rankOf } from './ladder-scopes.js';
import type {
  LadderChange,
  LadderObservation,
  LadderRung,
  LadderScopeKind,
  LadderSpec,
  LadderState,
  LadderStep,
  LadderTrigger,
} from './ladder-types.js';

const PPM = 1_000_000n;
const WARN = 1;
const THROTTLE = 2;
const HALT = 3;
/** Trigger of a change that a person made. */
const BY_HAND = 'operator';

/** A threshold of a trigger: the rank it raises to, and what has to be gone below to leave it. */
interface Threshold {
  readonly rank: number;
  readonly raise: Rational;
  readonly clear: Rational;
  readonly text: string;
}

const known = new WeakMap<LadderTrigger, readonly Threshold[]>();

function thresholdsOf(trigger: LadderTrigger): readonly Threshold[] {
  const found = known.get(trigger);
  if (found !== undefined) return found;
  const thresholds: Threshold[] = [];
  for (const level of ['halt', 'throttle', 'warn'] as const) {
    const text = trigger[level];
    if (text === undefined) continue;
    const raise = parseRational(text);
    const clear = { num: raise.num * BigInt(trigger.clearPpm), den: raise.den * PPM };
    thresholds.push({ rank: rankOf(level), raise, clear, text });
  }
  // A policy's triggers are frozen, so that what was worked out stays true.
  if (Object.isFrozen(trigger)) known.set(trigger, thresholds);
  return thresholds;
}

/** What all triggers of one scope come to. */
interface Look {
  /** Level that is reached. */
  up: number;
  /** Level that is not cleared yet; at least `up`. */
  hold: number;
  trigger: string;
  observed: string;
  limit: string;
}

function take(look: Look, trigger: LadderTrigger, value: Rational | null): void {
  let up = 0;
  let hold = 0;
  let limit = '';
  if (value === null) {
    up = rankOf(trigger.unknown);
    hold = up;
  } else {
    for (const { clear, raise, rank, text } of thresholdsOf(trigger)) {
      if (up === 0 && compareRational(value, raise) >= 0) {
        up = rank;
        limit = text;
      }
      if (hold === 0 && compareRational(value, clear) >= 0) hold = rank;
    }
  }
  look.hold = Math.max(look.hold, up, hold);
  if (up <= look.up) return;
  look.up = up;
  look.trigger = trigger.id;
  look.observed = value === null ? '' : decimalText(value);
  look.limit = limit;
}

const KINDS: readonly LadderScopeKind[] = ['all', 'account', 'strategy', 'venue', 'instrument'];

function kindOf(scope: string): LadderScopeKind | undefined {
  return KINDS.find((kind) => scope === kind || scope.startsWith(`${kind}:`));
}

function lookAt(
  spec: LadderSpec,
  scope: string,
  values: ReadonlyMap<string, Rational | null>,
): Look {
  const look: Look = { up: 0, hold: 0, trigger: '', observed: '', limit: '' };
  const kind = kindOf(scope);
  for (const trigger of spec.triggers) {
    const value = values.get(trigger.id);
    // A trigger of this kind that nobody looked at is unknown.
    if (value !== undefined) take(look, trigger, value);
    else if (trigger.scope === kind) take(look, trigger, null);
  }
  return look;
}

/** Since when a level could be left: now at the first look that allows it, never earlier. */
function since(before: number | undefined, allowed: boolean, nowUs: number): number {
  if (!allowed) return -1;
  return before === undefined || before < 0 ? nowUs : before;
}

function over(sinceUs: number, nowUs: number, coolDownUs: number): boolean {
  return sinceUs >= 0 && nowUs - sinceUs >= coolDownUs;
}

/** Level that the cool-downs still keep below HALT. */
function kept(rung: LadderRung, nowUs: number, coolDownUs: number): number {
  const normalSinceUs = rung.normalSinceUs ?? -1;
  if (over(normalSinceUs, nowUs, coolDownUs)) return 0;
  const rank = rankOf(rung.level);
  if (rank < THROTTLE) return rank;
  return over(rung.clearSinceUs, nowUs, coolDownUs) ? WARN : THROTTLE;
}

function rungAt(
  rank: number,
  rung: LadderRung | undefined,
  times: { readonly trigger: string; readonly clearUs: number; readonly normalUs: number },
): LadderRung | undefined {
  if (rank === 0) return undefined;
  const { clearUs, normalUs, trigger } = times;
  return {
    level: LEVELS[rank] as LadderLevel,
    trigger: trigger === '' ? (rung?.trigger ?? '') : trigger,
    clearSinceUs: rank === WARN ? normalUs : clearUs,
    normalSinceUs: normalUs,
    latched: rank === HALT,
  };
}

function step(
  look: Look,
  rung: LadderRung | undefined,
  at: { readonly nowUs: number; readonly coolDownUs: number },
): LadderRung | undefined {
  const { coolDownUs, nowUs } = at;
  const rank = rung === undefined ? 0 : rankOf(rung.level);
  const before = rank === WARN ? undefined : rung?.clearSinceUs;
  const clearUs = since(before, look.hold < THROTTLE, nowUs);
  const normalUs = since(rung?.normalSinceUs, look.hold < WARN, nowUs);
  const times = { trigger: '', clearUs, normalUs };
  if (look.up > rank) return rungAt(look.up, rung, { ...times, trigger: look.trigger });
  if (rung === undefined || rank === 0) return undefined;
  const same = rungAt(rank, rung, times) as LadderRung;
  if (rank === HALT) return same;
  return rungAt(Math.max(look.up, kept(same, nowUs, coolDownUs)), rung, times);
}

function same(a: LadderRung | undefined, b: LadderRung | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return (
    a.level === b.level &&
    a.clearSinceUs === b.clearSinceUs &&
    a.normalSinceUs === b.normalSinceUs &&
    a.trigger === b.trigger &&
    a.latched === b.latched
  );
}

const byCodeUnit = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/**
 * One look at the ladder. The worst trigger of a scope sets its level. A level is reached at once,
 * and left once every metric stayed below `threshold × clearPpm / 10^6` for `coolDownUs` of logged
 * time without a break, each level for itself. HALT stays: only {@link rearmLadder} ends it.
 *
 * @param spec - the policy's ladder
 * @param state - where the scopes stand
 * @param seen - `observations`, as {@link observeLadder} makes them (an absent one is unknown), and
 *   `nowUs`: logged time; one that steps back only makes a cool-down longer
 * @returns the new state (the same object when nothing changed) and the changes of level. Pure.
 *   O(scopes × triggers).
 * @example
 * ```ts
 * import { stepLadder } from 'quantlaxmi/risk';
 *
 * const trigger = {
 *   id: 'log', metric: 'logHealth', scope: 'all', throttle: '1', halt: '2',
 *   clearPpm: 1_000_000, unknown: 'halt',
 * } as const;
 * const spec = {
 *   triggers: [trigger], throttleSizePpm: 500_000, throttleRatePpm: 500_000,
 *   coolDownUs: 60_000_000, everyUs: 1_000_000, haltCancels: true, haltFlattens: false,
 * };
 * const observations = [{ trigger: 'log', scope: 'all', value: { num: 1n, den: 1n } }];
 * stepLadder(spec, {}, { observations, nowUs: 0 }).changes[0]?.to;
 * // => 'throttle'
 * ```
 */
export function stepLadder(
  spec: LadderSpec,
  state: LadderState,
  seen: { readonly observations: readonly LadderObservation[]; readonly nowUs: number },
): LadderStep {
  const { nowUs, observations } = seen;
  const at = { nowUs, coolDownUs: spec.coolDownUs };
  const scopes = new Map<string, Map<string, Rational | null>>();
  for (const scope of Object.keys(state)) scopes.set(scope, new Map());
  for (const { scope, trigger, value } of observations) {
    const values = scopes.get(scope) ?? new Map<string, Rational | null>();
    values.set(trigger, value);
    scopes.set(scope, values);
  }
  const next: Record<string, LadderRung> = {};
  const changes: LadderChange[] = [];
  let moved = false;
  for (const scope of [...scopes.keys()].sort(byCodeUnit)) {
    const look = lookAt(spec, scope, scopes.get(scope) ?? new Map());
    const rung = state[scope];
    const after = step(look, rung, at);
    if (after !== undefined) next[scope] = after;
    if (!same(rung, after)) moved = true;
    const from = rung?.level ?? 'normal';
    const to = after?.level ?? 'normal';
    if (from === to) continue;
    const { limit, observed } = look;
    const trigger = after?.trigger ?? rung?.trigger ?? '';
    changes.push({ scope, from, to, trigger, observed, limit });
  }
  return moved ? { state: next, changes } : { state, changes };
}

/** Who orders a change of the ladder by hand. */
export interface LadderOrder {
  readonly scope: string;
  /** Name of the person; must not be empty. */
  readonly by: string;
  /** Logged time, µs. */
  readonly nowUs: number;
}

function checkName(name: string, order: LadderOrder): void {
  if (typeof order.by === 'string' && order.by !== '') return;
  throw new QuantlaxmiError(
    'QL_BAD_INPUT',
    `${name}: scope ${order.scope}: no name in "by"; expected who orders it. Name the person.`,
    { context: { scope: order.scope } },
  );
}

function changed(state: LadderState, scope: string, after: LadderRung | undefined): LadderStep {
  const next: Record<string, LadderRung> = {};
  for (const key of [...new Set([...Object.keys(state), scope])].sort(byCodeUnit)) {
    const rung = key === scope ? after : state[key];
    if (rung !== undefined) next[key] = rung;
  }
  const from = state[scope]?.level ?? 'normal';
  const to = after?.level ?? 'normal';
  if (from === to) return { state, changes: [] };
  const change = { scope, from, to, trigger: BY_HAND, observed: '', limit: '' };
  return { state: next, changes: [change] };
}

/**
 * Ends HALT of a scope. The scope then stands where its cool-downs keep it: at `normal` when the
 * metrics were clear for long enough, else at `throttle` or `warn`. Nothing is based anew, so that
 * a metric that is still bad halts again at the next look.
 *
 * @param spec - the policy's ladder
 * @param state - where the scopes stand
 * @param order - which scope, who orders it, and when
 * @returns no change when the scope is not at HALT
 * @throws QL_BAD_INPUT without a name
 * @example
 * ```ts
 * import { haltLadder, rearmLadder } from 'quantlaxmi/risk';
 *
 * const spec = {
 *   triggers: [], throttleSizePpm: 500_000, throttleRatePpm: 500_000, coolDownUs: 0,
 *   everyUs: 1_000_000, haltCancels: true, haltFlattens: false,
 * };
 * const { state } = haltLadder({}, { scope: 'all', by: 'Asha', nowUs: 0 });
 * rearmLadder(spec, state, { scope: 'all', by: 'Asha', nowUs: 1 }).changes[0]?.from;
 * // => 'halt'
 * ```
 */
export function rearmLadder(spec: LadderSpec, state: LadderState, order: LadderOrder): LadderStep {
  checkName('rearmLadder', order);
  const rung = state[order.scope];
  if (rung === undefined || rankOf(rung.level) !== HALT) return { state, changes: [] };
  const { clearSinceUs: clearUs, normalSinceUs: normalUs = -1 } = rung;
  const rank = kept(rung, order.nowUs, spec.coolDownUs);
  const times = { trigger: '', clearUs, normalUs };
  return changed(state, order.scope, rungAt(rank, rung, times));
}

/**
 * HALT of a scope by a named person; it latches as any other.
 *
 * @param state - where the scopes stand
 * @param order - which scope, who orders it, and when
 * @throws QL_BAD_INPUT without a name
 * @example
 * ```ts
 * import { haltLadder } from 'quantlaxmi/risk';
 *
 * haltLadder({}, { scope: 'all', by: 'Asha', nowUs: 0 }).state['all']?.latched;
 * // => true
 * ```
 */
export function haltLadder(state: LadderState, order: LadderOrder): LadderStep {
  checkName('haltLadder', order);
  const rung = { level: 'halt', trigger: BY_HAND, clearSinceUs: -1, latched: true } as const;
  return changed(state, order.scope, rung);
}
