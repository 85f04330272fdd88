/**
 * Orders or messages per time, by scope.
 * @module
 */
import * as z from 'zod/mini';
import { QuantlaxmiError } from '../../core/index.js';
import type { IntentBody } from '../../events/index.js';
import type { RiskCheck, RiskInput, RiskView } from '../types.js';
import { type CheckEntry, countSchema } from './entry.js';
import { lastText, oneOf } from './limits.js';
import { holds, isKnown, positiveInteger, refuses } from './result.js';

/** What a rate is counted over: one count for each venue, say. */
export type RateScope = 'account' | 'strategy' | 'venue' | 'segment' | 'instrument';

/** `window`: never more in any window; `bucket`: evenly refilled, a burst may follow a pause. */
export type RateMethod = 'window' | 'bucket';

/** `orders`: new orders and amends; `messages`: cancels as well (counted, never refused). */
export type RateCounts = 'orders' | 'messages';

const SCOPES = ['account', 'strategy', 'venue', 'segment', 'instrument'] as const;
const METHODS = ['window', 'bucket'] as const;
const COUNTS = ['orders', 'messages'] as const;
const PPM = 1_000_000;
/** A window remembers the time of each message: more are a burden of every decision. */
const WINDOW_MAX = 1_000;

/** How a rate is kept: pure functions of time and memory. */
interface Meter {
  /** Used of `orders` when this message goes as well, rounded up; NaN when unknown. */
  used(nowUs: number, state: readonly number[], ratePpm: number): number;
  /** Whether one more fits. */
  fits(nowUs: number, state: readonly number[], ratePpm: number): boolean;
  next(nowUs: number, state: readonly number[], ratePpm: number): readonly number[];
}

/** Times of the messages of the last window, oldest first. */
function windowMeter(orders: number, perUs: number): Meter {
  const within = (nowUs: number, state: readonly number[]): number => {
    let count = 0;
    // A time after now stays counted: what cannot be must not make room.
    for (const at of state) if (nowUs - at < perUs) count += 1;
    return count;
  };
  return {
    used: (nowUs, state) => within(nowUs, state) + 1,
    fits: (nowUs, state, ratePpm) =>
      // At most 1,000 × 10^6: exact.
      (within(nowUs, state) + 1) * PPM <= orders * ratePpm,
    next(nowUs, state) {
      const kept = state.filter((at) => nowUs - at < perUs);
      kept.push(nowUs);
      // Cancels are never refused: beyond the limit the newest ones say all there is to say.
      return kept.length > orders ? kept.slice(kept.length - orders) : kept;
    },
  };
}

/** `[held, since]`: one token is `perUs` units, so `orders` units flow in per microsecond. */
function bucketMeter(orders: number, perUs: number): Meter {
  const full = orders * perUs;
  const level = (nowUs: number, state: readonly number[]): number => {
    const [held, sinceUs] = state;
    if (held === undefined || sinceUs === undefined) return full;
    const passedUs = Math.max(0, nowUs - sinceUs);
    return passedUs >= perUs ? full : Math.min(full, held + passedUs * orders);
  };
  // 10^6 / ratePpm tokens, rounded up to a unit. `perUs × 10^6` is held to 2^53 by the factory.
  const cost = (ratePpm: number): number =>
    ratePpm === PPM ? perUs : Math.ceil((perUs * PPM) / ratePpm);
  return {
    used: (nowUs, state) => Math.ceil((full - level(nowUs, state)) / perUs) + 1,
    fits: (nowUs, state, ratePpm) => level(nowUs, state) >= cost(ratePpm),
    next: (nowUs, state, ratePpm) => [
      // A cancel beyond the limit empties the bucket; it makes no debt without end.
      Math.max(0, level(nowUs, state) - Math.min(full, cost(ratePpm))),
      Math.max(nowUs, state[1] ?? nowUs),
    ],
  };
}

function meterOf(method: RateMethod, orders: number, perUs: number): Meter {
  const tooMuch = method === 'window' ? orders > WINDOW_MAX : !Number.isSafeInteger(orders * perUs);
  if (tooMuch || !Number.isSafeInteger(perUs * PPM)) {
    throw new QuantlaxmiError(
      'QL_BAD_INPUT',
      `orderRate: ${orders} orders per ${perUs} µs (${method}); expected at most ` +
        `${WINDOW_MAX} in a window, and orders × perUs and perUs × 10^6 at most 2^53-1. ` +
        'Use a shorter time.',
      { context: { orders, perUs } },
    );
  }
  return method === 'window' ? windowMeter(orders, perUs) : bucketMeter(orders, perUs);
}

/** What is counted apart; null when it is not known. */
function scopeKey(scope: RateScope, intent: IntentBody, view: RiskView): string | null {
  // One run trades one account: naming it by the report would start anew when the report comes.
  if (scope === 'account') return '';
  if (scope === 'strategy') return `:${view.strategyId}`;
  if (scope === 'instrument') return `:${intent.inst}`;
  const instrument = view.instrument(intent.inst);
  if (instrument === null) return null;
  const { venue, segment } = instrument;
  return scope === 'venue' ? `:${venue}` : `:${venue}:${segment}`;
}

function inputsOf(scope: RateScope): readonly RiskInput[] {
  if (scope === 'strategy') return ['nowUs', 'ratePpm', 'strategyId'];
  if (scope === 'account' || scope === 'instrument') return ['nowUs', 'ratePpm'];
  return ['nowUs', 'ratePpm', 'instrument'];
}

/**
 * Denies orders beyond a rate, on logged time. May stand in a policy several times, with other
 * scopes or times. `window` holds in every interval of `perUs` (its start out, its end in), as
 * ceilings of exchanges are meant. `bucket` holds `orders` tokens and refills evenly in `perUs`;
 * after a pause it lets up to twice as many through in one `perUs`. Under THROTTLE an order takes
 * 10^6 / `throttleRatePpm` tokens, and a window as much less.
 *
 * @param options - `scope`: what is counted apart. `orders`: at most 1,000 for a window. `perUs`:
 *   µs. `method`, `counts`: see {@link RateMethod} and {@link RateCounts}
 * @throws QL_BAD_INPUT
 * @example
 * ```ts
 * import { orderRate } from 'quantlaxmi/risk';
 *
 * orderRate({
 *   scope: 'venue', orders: 300, perUs: 10_000_000, method: 'bucket', counts: 'orders',
 * }).id;
 * // => 'orderRate:venue:orders:10000000'
 * ```
 */
export function orderRate(options: {
  readonly scope: RateScope;
  readonly orders: number;
  readonly perUs: number;
  readonly method: RateMethod;
  readonly counts: RateCounts;
}): RiskCheck {
  const scope = oneOf('orderRate: scope', options.scope, SCOPES);
  const method = oneOf('orderRate: method', options.method, METHODS);
  const counts = oneOf('orderRate: counts', options.counts, COUNTS);
  const orders = positiveInteger('orderRate', 'orders', options.orders);
  const perUs = positiveInteger('orderRate', 'perUs', options.perUs);
  const meter = meterOf(method, orders, perUs);
  const id = `orderRate:${scope}:${counts}:${perUs}`;
  const limit = String(orders);
  const slots = lastText((key) => `${id}${key}`);
  return {
    id,
    inputs: inputsOf(scope),
    spec: { check: 'orderRate', scope, orders, perUs, method, counts },
    ...(counts === 'messages' ? { everyMessage: true } : {}),
    evaluate(intent, view, state) {
      const { nowUs, ratePpm } = view;
      if (scopeKey(scope, intent, view) === null) {
        return refuses('QL_RISK_INSTRUMENT_UNKNOWN', '', limit);
      }
      if (!(isKnown(ratePpm) && ratePpm > 0 && ratePpm <= PPM)) {
        return refuses('QL_RISK_ORDER_RATE', '', limit);
      }
      const used = meter.used(nowUs, state, ratePpm);
      if (!isKnown(nowUs) || !isKnown(used)) return refuses('QL_RISK_ORDER_RATE', '', limit);
      return meter.fits(nowUs, state, ratePpm)
        ? holds(String(used), limit)
        : refuses('QL_RISK_ORDER_RATE', String(used), limit);
    },
    spend: (view, state) => meter.next(view.nowUs, state, view.ratePpm),
    slot: (intent, view) => slots(scopeKey(scope, intent, view) ?? ''),
  };
}

const schema = () =>
  z.strictObject({
    check: z.literal('orderRate'),
    scope: z.enum(SCOPES),
    orders: countSchema(),
    perUs: countSchema(),
    method: z.enum(METHODS),
    counts: z.enum(COUNTS),
  });

/** Entry of {@link orderRate}. */
export const orderRateCheckEntry: CheckEntry<ReturnType<typeof schema>> = {
  check: 'orderRate',
  schema,
  make: orderRate,
  doc: {
    what: 'Orders or messages in a time, per account, strategy, venue, segment or instrument.',
    codes: ['QL_RISK_INSTRUMENT_UNKNOWN', 'QL_RISK_ORDER_RATE'],
    unit: 'orders or messages per `perUs`',
    default: 'none',
    source: 'RTS 6 Art. 15(1)(d), 15(3); NSE/INVG/67858 (2025-05-05): 10 per second and segment',
  },
};
