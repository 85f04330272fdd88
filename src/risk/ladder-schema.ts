/**
 * What a ladder must be.
 * @module
 */
import { compareRational, parseRational, type Rational } from '../fixed-point/index.js';
import * as z from 'zod/mini';
import type { LadderMetric, LadderScopeKind, LadderSpec, LadderTrigger } from './ladder-types.js';

/** Most events a window counts: thresholds of `denials` and `rejects` are at most this. */
export const COUNT_MAX = 1_000;

const RUN: readonly LadderScopeKind[] = ['all', 'account', 'strategy'];
const ANY: readonly LadderScopeKind[] = ['all', 'account', 'strategy', 'venue', 'instrument'];

/** Scopes in which a metric means something. */
export const METRIC_SCOPES: Readonly<Record<LadderMetric, readonly LadderScopeKind[]>> = {
  dailyLoss: ['all', 'account', 'strategy', 'instrument'],
  drawdownPpm: RUN,
  consecutiveLosses: RUN,
  volatilityBps: ANY,
  denials: RUN,
  rejects: RUN,
  unknownOrders: ANY,
  clockErrorUs: RUN,
  markAgeUs: ANY,
  logHealth: RUN,
  feedBroken: ANY,
};

/** Metrics counted or measured over `windowUs`. */
const WINDOWED: ReadonlySet<LadderMetric> = new Set(['volatilityBps', 'denials', 'rejects']);
/** Metrics that rest on marks, so on how old those are. */
const VALUED: ReadonlySet<LadderMetric> = new Set(['dailyLoss', 'drawdownPpm']);
/** Metrics that need a reporting currency. */
const MONEY: ReadonlySet<LadderMetric> = new Set(['dailyLoss', 'drawdownPpm', 'consecutiveLosses']);

const METRICS = Object.keys(METRIC_SCOPES) as [LadderMetric, ...LadderMetric[]];
const positive = () => z.int().check(z.positive());
const ppm = () => z.int().check(z.positive(), z.lte(1_000_000));

/** Shape of a ladder. */
export function ladderSchema() {
  const trigger = z.strictObject({
    id: z.string().check(z.minLength(1), z.maxLength(64)),
    metric: z.enum(METRICS),
    scope: z.enum(['all', 'account', 'strategy', 'venue', 'instrument']),
    warn: z.exactOptional(z.string()),
    throttle: z.exactOptional(z.string()),
    halt: z.exactOptional(z.string()),
    clearPpm: z.int().check(z.nonnegative(), z.lte(1_000_000)),
    unknown: z.enum(['normal', 'warn', 'throttle', 'halt']),
    windowUs: z.exactOptional(positive()),
    markAgeMaxUs: z.exactOptional(positive()),
  });
  return z.strictObject({
    triggers: z.array(trigger).check(z.minLength(1), z.maxLength(64)),
    throttleSizePpm: ppm(),
    throttleRatePpm: ppm(),
    coolDownUs: z.int().check(z.nonnegative()),
    everyUs: positive(),
    haltCancels: z.boolean(),
    haltFlattens: z.boolean(),
  });
}

/** What is wrong with a field of a ladder. */
export interface LadderProblem {
  readonly place: string;
  readonly message: string;
}

function thresholdProblem(trigger: LadderTrigger): LadderProblem | null {
  let last: Rational | null = null;
  for (const level of ['warn', 'throttle', 'halt'] as const) {
    const text = trigger[level];
    if (text === undefined) continue;
    let value: Rational;
    try {
      value = parseRational(text);
    } catch {
      return { place: level, message: `found ${JSON.stringify(text)}, expected decimal text` };
    }
    if (value.num <= 0n) return { place: level, message: `found ${text}, expected above 0` };
    if (last !== null && compareRational(value, last) < 0) {
      return { place: level, message: `found ${text}, below the threshold of a lower level` };
    }
    last = value;
    const counted = trigger.metric === 'denials' || trigger.metric === 'rejects';
    if (counted && compareRational(value, { num: BigInt(COUNT_MAX), den: 1n }) > 0) {
      return { place: level, message: `found ${text}, expected at most ${COUNT_MAX}` };
    }
  }
  return last === null ? { place: '', message: 'no threshold given; name at least one' } : null;
}

/** Fields that some metrics need and the others must not have. */
function ownFieldProblem(trigger: LadderTrigger): LadderProblem | null {
  const { markAgeMaxUs, metric, windowUs } = trigger;
  if (WINDOWED.has(metric) !== (windowUs !== undefined)) {
    const expected = WINDOWED.has(metric) ? 'needs a window' : 'has no window';
    return { place: 'windowUs', message: `${metric} ${expected}` };
  }
  if (VALUED.has(metric) !== (markAgeMaxUs !== undefined)) {
    const expected = VALUED.has(metric) ? 'needs an age of marks' : 'has no age of marks';
    return { place: 'markAgeMaxUs', message: `${metric} ${expected}` };
  }
  return null;
}

function triggerProblem(trigger: LadderTrigger, account: boolean): LadderProblem | null {
  const { metric, scope, unknown } = trigger;
  if (!METRIC_SCOPES[metric].includes(scope)) {
    const scopes = METRIC_SCOPES[metric].join(', ');
    return { place: 'scope', message: `${metric} has no scope ${scope}, expected ${scopes}` };
  }
  const problem = thresholdProblem(trigger) ?? ownFieldProblem(trigger);
  if (problem !== null) return problem;
  // What stops trading when it is bad must not be ignored when it cannot be seen.
  if (trigger.halt !== undefined && (unknown === 'normal' || unknown === 'warn')) {
    const message = `found ${unknown}; a trigger that halts throttles or halts when unknown`;
    return { place: 'unknown', message };
  }
  if (MONEY.has(metric) && !account) {
    return { place: 'metric', message: `${metric} needs the part \`account\`` };
  }
  return null;
}

/** First problem of a ladder whose shape is right; null when there is none. */
export function ladderProblem(
  ladder: LadderSpec,
  parts: { readonly account: boolean },
): LadderProblem | null {
  const seen = new Set<string>();
  for (const [i, trigger] of ladder.triggers.entries()) {
    const place = `triggers.${i}`;
    if (seen.has(trigger.id)) {
      return { place: `${place}.id`, message: `found ${trigger.id} twice` };
    }
    seen.add(trigger.id);
    const problem = triggerProblem(trigger, parts.account);
    if (problem === null) continue;
    const dot = problem.place === '' ? '' : '.';
    return { place: `${place}${dot}${problem.place}`, message: problem.message };
  }
  return null;
}
