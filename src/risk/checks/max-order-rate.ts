/**
 * Orders per time.
 * @module
 */
import * as z from 'zod/mini';
import { QuantlaxmiError } from '../../core/index.js';
import type { RiskCheck } from '../types.js';
import { type CheckEntry, countSchema } from './entry.js';
import { holds, isKnown, positiveInteger, refuses } from './result.js';

const PPM = 1_000_000;

/**
 * Denies orders beyond a rate: a bucket of `orders` tokens that refills evenly over `perUs` of
 * logged time; an approved order takes one, and more under THROTTLE. Cancels take none.
 *
 * @param options - `orders`: bucket size; `perUs`: time in which an empty bucket fills, µs
 * @throws QL_BAD_INPUT
 * @example
 * ```ts
 * import { maxOrderRate } from 'quantlaxmi/risk';
 *
 * maxOrderRate({ orders: 10, perUs: 1_000_000 }).id;
 * // => 'maxOrderRate'
 * ```
 */
export function maxOrderRate(options: {
  readonly orders: number;
  readonly perUs: number;
}): RiskCheck {
  const orders = positiveInteger('maxOrderRate', 'orders', options.orders);
  const perUs = positiveInteger('maxOrderRate', 'perUs', options.perUs);
  // One token is `perUs` units, so `orders` units flow in per microsecond: integers throughout.
  const full = orders * perUs;
  if (!Number.isSafeInteger(full)) {
    throw new QuantlaxmiError(
      'QL_BAD_INPUT',
      `maxOrderRate: orders × perUs is ${full}; expected at most 2^53-1. Use a shorter window.`,
      { context: { orders, perUs } },
    );
  }
  const level = (nowUs: number, state: readonly number[]): number => {
    const [held, sinceUs] = state;
    if (held === undefined || sinceUs === undefined) return full;
    const passedUs = Math.max(0, nowUs - sinceUs);
    return passedUs >= perUs ? full : Math.min(full, held + passedUs * orders);
  };
  // Under THROTTLE an order takes 10^6 / ratePpm tokens, rounded up to a unit.
  const cost = (ratePpm: number): number =>
    ratePpm === PPM ? perUs : Math.ceil((perUs / ratePpm) * PPM);
  const limit = String(orders);
  return {
    id: 'maxOrderRate',
    inputs: ['nowUs', 'ratePpm'],
    spec: { check: 'maxOrderRate', orders, perUs },
    evaluate(_, view, state) {
      const tokens = level(view.nowUs, state);
      if (!isKnown(view.nowUs) || !isKnown(tokens)) return refuses('QL_RISK_ORDER_RATE', '', limit);
      // Orders in the window, this one included, rounded up: what the limit is compared with.
      const observed = String(Math.ceil((full - tokens) / perUs) + 1);
      return tokens >= cost(view.ratePpm)
        ? holds(observed, limit)
        : refuses('QL_RISK_ORDER_RATE', observed, limit);
    },
    spend: (view, state) => [level(view.nowUs, state) - cost(view.ratePpm), view.nowUs],
  };
}

const schema = () =>
  z.strictObject({
    check: z.literal('maxOrderRate'),
    orders: countSchema(),
    perUs: countSchema(),
  });

/** Entry of {@link maxOrderRate}. */
export const maxOrderRateCheckEntry: CheckEntry<ReturnType<typeof schema>> = {
  check: 'maxOrderRate',
  schema,
  make: maxOrderRate,
  doc: {
    what: 'New orders of the whole run in a window of logged time (token bucket).',
    codes: ['QL_RISK_ORDER_RATE'],
    unit: 'orders per window',
    default: 'none',
    source: 'RTS 6 Art. 15(1)(d), 15(3)',
  },
};
