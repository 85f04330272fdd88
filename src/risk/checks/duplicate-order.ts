/**
 * The same order again.
 * @module
 */
import * as z from 'zod/mini';
import type { IntentBody } from '../../events/index.js';
import type { RiskCheck } from '../types.js';
import { type CheckEntry, countSchema } from './entry.js';
import { lastText } from './limits.js';
import { holds, isKnown, positiveInteger, refuses } from './result.js';

/** Numbers kept of each order: receive time, kind, price, quantity. */
const FIELDS = 4;
/** Orders of one instrument that are remembered; with more in one window nothing can be told. */
const KEEP = 128;

/** Side and type as one number. */
function kindOf({ side, type }: IntentBody): number {
  return (side === 'buy' ? 0 : 1) + (type === 'limit' ? 0 : 2);
}

/**
 * Denies an order that repeats others of the same instrument, side, type, price and quantity inside
 * a window of logged time: a doubled send, or a strategy that does the same again and again. Amends
 * are not looked at. Orders are compared by all their numbers, not by a hash; beyond 128 orders of
 * an instrument in one window the check cannot tell and denies.
 *
 * @param options - `windowUs`: how long an order is remembered, µs; `sameMax`: equal orders allowed
 *   in a window (1: no repetition)
 * @throws QL_BAD_INPUT
 * @example
 * ```ts
 * import { duplicateOrder } from 'quantlaxmi/risk';
 *
 * duplicateOrder({ windowUs: 500_000, sameMax: 1 }).id;
 * // => 'duplicateOrder:500000'
 * ```
 */
export function duplicateOrder(options: {
  readonly windowUs: number;
  readonly sameMax: number;
}): RiskCheck {
  const windowUs = positiveInteger('duplicateOrder', 'windowUs', options.windowUs);
  const sameMax = positiveInteger('duplicateOrder', 'sameMax', options.sameMax);
  const id = `duplicateOrder:${windowUs}`;
  const limit = String(sameMax);
  const slots = lastText((inst) => `${id}:${inst}`);
  return {
    id,
    inputs: ['nowUs'],
    spec: { check: 'duplicateOrder', windowUs, sameMax },
    evaluate(intent, { nowUs }, state) {
      if (intent.action !== 'place') return holds('', limit);
      if (!isKnown(nowUs)) return refuses('QL_RISK_DUPLICATE_ORDER', '', limit);
      const kind = kindOf(intent);
      const price = intent.price ?? 0;
      let same = 1;
      let kept = 0;
      for (let at = 0; at + FIELDS <= state.length; at += FIELDS) {
        // A time after now stays: what cannot be must not make room.
        if (nowUs - (state[at] as number) >= windowUs) continue;
        kept += 1;
        const equal =
          state[at + 1] === kind && state[at + 2] === price && state[at + 3] === intent.qty;
        if (equal) same += 1;
      }
      const observed = String(same);
      if (same > sameMax) return refuses('QL_RISK_DUPLICATE_ORDER', observed, limit);
      return kept < KEEP
        ? holds(observed, limit)
        : refuses('QL_RISK_MEMORY_FULL', String(kept), String(KEEP));
    },
    spend({ nowUs }, state, intent) {
      if (intent.action !== 'place') return state;
      const next: number[] = [];
      for (let at = 0; at + FIELDS <= state.length; at += FIELDS) {
        if (nowUs - (state[at] as number) >= windowUs) continue;
        for (let field = 0; field < FIELDS; field += 1) next.push(state[at + field] as number);
      }
      next.push(nowUs, kindOf(intent), intent.price ?? 0, intent.qty);
      return next;
    },
    slot: ({ inst }) => slots(inst),
  };
}

const schema = () =>
  z.strictObject({
    check: z.literal('duplicateOrder'),
    windowUs: countSchema(),
    sameMax: countSchema(),
  });

/** Entry of {@link duplicateOrder}. */
export const duplicateOrderCheckEntry: CheckEntry<ReturnType<typeof schema>> = {
  check: 'duplicateOrder',
  schema,
  make: duplicateOrder,
  doc: {
    what: 'Equal orders of an instrument inside a window of logged time.',
    codes: ['QL_RISK_DUPLICATE_ORDER', 'QL_RISK_MEMORY_FULL'],
    unit: 'equal orders',
    default: 'none',
    source: 'SEC 15c3-5(c)(1)(ii); RTS 6 Art. 15(3) (repeated execution)',
  },
};
