/**
 * What the triggers of a ladder measure.
 * @module
 */
import { rational, type Rational, subRational } from '../fixed-point/index.js';
import { isFresh } from './exposure.js';
import type { LadderFacts, LadderObservation, LadderSpec, LadderTrigger } from './ladder-types.js';
import type { LogHealth, RiskView } from './types.js';

const ZERO: Rational = Object.freeze({ num: 0n, den: 1n });
const ONE: Rational = Object.freeze({ num: 1n, den: 1n });
const LOG_RANKS: Readonly<Record<LogHealth, bigint>> = {
  ok: 0n,
  stalled: 1n,
  poisoned: 2n,
  unknown: 2n,
};

/** Metrics that do not ask what is held. */
const HELD_FREE: ReadonlySet<string> = new Set([
  'dailyLoss',
  'drawdownPpm',
  'consecutiveLosses',
  'denials',
  'rejects',
  'clockErrorUs',
  'logHealth',
]);

type Value = Rational | null;

function integer(value: number | null): Value {
  if (value === null || !Number.isSafeInteger(value) || value < 0) return null;
  return { num: BigInt(value), den: 1n };
}

const positivePart = (value: Rational): Rational => (value.num > 0n ? value : ZERO);

/** The worst of several; unknown as soon as one is. */
function worst(insts: readonly string[], measure: (inst: string) => Value): Value {
  let most: Rational = ZERO;
  for (const inst of insts) {
    const value = measure(inst);
    if (value === null) return null;
    if (value.num * most.den > most.num * value.den) most = value;
  }
  return most;
}

/** False when something it rests on is older than the trigger allows, or of an unknown age. */
function isRecent(view: RiskView, oldestRx: number | null, trigger: LadderTrigger): boolean {
  const { markAgeMaxUs } = trigger;
  if (markAgeMaxUs === undefined) return false;
  return oldestRx === null || isFresh(view.nowUs, oldestRx, markAgeMaxUs);
}

function drawdown(view: RiskView, trigger: LadderTrigger): Value {
  const state = view.equity();
  // A fall from nothing has no size.
  if (state === null || state.peak.num <= 0n) return null;
  if (!isRecent(view, state.oldestRx, trigger)) return null;
  const { num, den } = positivePart(subRational(state.peak, state.equity));
  return rational(num * state.peak.den * 1_000_000n, den * state.peak.num);
}

/** Whether the day of an instrument rests on a mark and a rate that are young enough. */
function isPnlRecent(view: RiskView, inst: string, trigger: LadderTrigger): boolean {
  const currency = view.equity()?.currency;
  const settle = view.instrument(inst)?.settle;
  if (currency !== undefined && settle !== undefined && settle !== currency) {
    const rate = view.rate(settle, currency);
    if (rate === null || !isRecent(view, rate.rx, trigger)) return false;
  }
  if (view.position(inst) === 0) return true;
  const mark = view.mark(inst);
  return mark !== null && isRecent(view, mark.rx, trigger);
}

function dailyLoss(view: RiskView, { inst, trigger }: Place): Value {
  if (inst !== null) {
    const pnl = view.dayPnl(inst);
    if (pnl === null || !isPnlRecent(view, inst, trigger)) return null;
    return positivePart({ num: -pnl.num, den: pnl.den });
  }
  const state = view.equity();
  if (state === null || !isRecent(view, state.oldestRx, trigger)) return null;
  return positivePart(subRational(state.dayStart, state.equity));
}

function volatility(view: RiskView, inst: string, windowUs: number): Value {
  const range = view.range(inst, windowUs);
  if (range === null) return null;
  const { high, low } = range;
  if (!(Number.isSafeInteger(high) && Number.isSafeInteger(low) && low > 0 && high >= low)) {
    return null;
  }
  return rational(BigInt(high - low) * 10_000n, BigInt(low));
}

function feed(view: RiskView, facts: LadderFacts, inst: string): Value {
  const broken =
    facts.feedBroken || view.bookState(inst) === 'unsynced' || view.touch(inst) === null;
  return broken ? ONE : ZERO;
}

function unknownOrders(view: RiskView, insts: readonly string[]): Value {
  let count = 0n;
  for (const inst of insts) {
    for (const { state } of view.workingOrders(inst)) if (state === 'unknown') count += 1n;
  }
  return { num: count, den: 1n };
}

/** One trigger, over the instruments of a scope; `inst` is set where the scope is one. */
interface Place {
  readonly trigger: LadderTrigger;
  readonly inst: string | null;
  /** Instruments of the scope with a position or working orders. */
  readonly held: readonly string[];
}

function measure(view: RiskView, facts: LadderFacts, place: Place): Value {
  const { held, inst, trigger } = place;
  const { metric, windowUs = 0 } = trigger;
  switch (metric) {
    case 'dailyLoss':
      return dailyLoss(view, place);
    case 'drawdownPpm':
      return drawdown(view, trigger);
    case 'consecutiveLosses':
      return integer(view.equity()?.lossesInRow ?? null);
    case 'volatilityBps':
      return worst(inst === null ? held : [inst], (id) => volatility(view, id, windowUs));
    case 'denials':
      return integer(facts.denials(view.nowUs - windowUs));
    case 'rejects':
      return integer(facts.rejects(view.nowUs - windowUs));
    case 'unknownOrders':
      return unknownOrders(view, held);
    case 'clockErrorUs':
      return integer(view.clockErrorUs);
    case 'markAgeUs':
      return worst(held, (id) => {
        const mark = view.mark(id);
        return mark === null ? null : integer(view.nowUs - mark.rx);
      });
    case 'logHealth':
      return { num: LOG_RANKS[view.log] ?? 2n, den: 1n };
    case 'feedBroken':
      return worst(held, (id) => feed(view, facts, id));
  }
}

/** A metric that cannot be worked out is unknown. */
function measured(view: RiskView, facts: LadderFacts, place: Place): Value {
  try {
    return measure(view, facts, place);
  } catch {
    return null;
  }
}

const keysOf = (view: RiskView, kind: string): string[] =>
  Object.keys(view.ladder).filter((scope) => scope.startsWith(kind));

interface Scopes {
  readonly insts: readonly string[];
  readonly held: readonly string[];
  readonly venueOf: (inst: string) => string;
}

function scopesOf(trigger: LadderTrigger, view: RiskView, scopes: Scopes) {
  const { held, insts, venueOf } = scopes;
  switch (trigger.scope) {
    case 'all':
      return [{ scope: 'all', inst: null, held }];
    case 'account':
      // An account that got its name later is the same account.
      return [...new Set([`account:${view.account}`, ...keysOf(view, 'account:')])].map(
        (scope) => ({ scope, inst: null, held }),
      );
    case 'strategy':
      return [{ scope: `strategy:${view.strategyId}`, inst: null, held }];
    case 'venue': {
      const named = keysOf(view, 'venue:').map((scope) => scope.slice('venue:'.length));
      return [...new Set([...insts.map(venueOf), ...named])].map((venue) => ({
        scope: `venue:${venue}`,
        inst: null,
        held: held.filter((inst) => venueOf(inst) === venue),
      }));
    }
    case 'instrument':
      return insts.map((inst) => ({
        scope: `instrument:${inst}`,
        inst,
        held: held.includes(inst) ? [inst] : [],
      }));
  }
}

/**
 * Measures every trigger of a ladder in every scope there is: instruments and venues held or worked
 * in, those that left `normal`, and those named in `insts`. What cannot be measured is null.
 *
 * @param spec - the policy's ladder
 * @param view - what is known now
 * @param facts - counts and connections; `insts`: further instruments to look at, as the one of an
 *   intent in hand
 * @returns observations for {@link stepLadder}. Pure. O(triggers × (instruments + working orders)).
 * @example
 * ```ts
 * import { observeLadder, UNKNOWN_VIEW } from 'quantlaxmi/risk';
 *
 * const trigger = {
 *   id: 'log', metric: 'logHealth', scope: 'all', halt: '2', clearPpm: 1_000_000, unknown: 'halt',
 * } as const;
 * const spec = {
 *   triggers: [trigger], throttleSizePpm: 500_000, throttleRatePpm: 500_000,
 *   coolDownUs: 60_000_000, everyUs: 1_000_000, haltCancels: true, haltFlattens: false,
 * };
 * const facts = { feedBroken: false, denials: () => 0, rejects: () => 0, insts: [] };
 * observeLadder(spec, UNKNOWN_VIEW, facts);
 * // => [ { trigger: 'log', scope: 'all', value: { num: 2n, den: 1n } } ]
 * ```
 */
export function observeLadder(
  spec: LadderSpec,
  view: RiskView,
  facts: LadderFacts & { readonly insts?: readonly string[] },
): readonly LadderObservation[] {
  const held = view.held();
  const named = keysOf(view, 'instrument:').map((scope) => scope.slice('instrument:'.length));
  const insts = [...new Set([...(held ?? []), ...named, ...(facts.insts ?? [])])];
  const venueOf = (inst: string): string => view.instrument(inst)?.venue ?? '';
  const observations: LadderObservation[] = [];
  for (const trigger of spec.triggers) {
    if (held === null && (trigger.scope === 'venue' || trigger.scope === 'instrument')) {
      // Nobody knows what is held, so nobody knows which instruments it concerns: it is all.
      observations.push({ trigger: trigger.id, scope: 'all', value: null });
      continue;
    }
    for (const place of scopesOf(trigger, view, { insts, held: held ?? [], venueOf })) {
      const unknown = held === null && !HELD_FREE.has(trigger.metric);
      const value = unknown ? null : measured(view, facts, { ...place, trigger });
      observations.push({ trigger: trigger.id, scope: place.scope, value });
    }
  }
  return observations;
}
