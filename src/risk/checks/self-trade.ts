/**
 * Orders that would meet own orders.
 * @module
 */
import * as z from 'zod/mini';
import type { IntentBody } from '../../events/index.js';
import { formatMantissa } from '../../fixed-point/index.js';
import type { CheckResult, RiskCheck, WorkingOrder } from '../types.js';
import type { CheckEntry } from './entry.js';
import { oneOf } from './limits.js';
import { holds, isKnown, refuses } from './result.js';

/**
 * What gives way: the new order (`cancelNewest`), the resting ones (`cancelOldest`), or both by the
 * smaller quantity (`decrement`).
 */
export type SelfTradeMode = 'cancelNewest' | 'cancelOldest' | 'decrement';

const MODES = ['cancelNewest', 'cancelOldest', 'decrement'] as const;

/** States in which the venue has the order, so that a cancel reaches it before the new order. */
const CANCELLABLE: ReadonlySet<string> = new Set([
  'acked',
  'partiallyFilled',
  'amendRequested',
  'cancelRequested',
]);

/** Whether both could execute against each other. A price that is no integer meets everything. */
function meets(intent: IntentBody, order: WorkingOrder): boolean {
  if (order.side === intent.side) return false;
  if (intent.type === 'market' || intent.price === null || order.price === null) return true;
  if (!isKnown(intent.price) || !isKnown(order.price)) return true;
  return intent.side === 'buy' ? order.price <= intent.price : order.price >= intent.price;
}

function priceText(price: number | null, exponent: number): string {
  return price === null || !isKnown(price) ? '' : formatMantissa(price, exponent);
}

/** What cancels and decrements come to; null where a cancel is not sure to come in time. */
interface Met {
  readonly cancelFirst: readonly string[];
  readonly remaining: number;
}

function giveWay(met: readonly WorkingOrder[]): Met | null {
  const cancelFirst: string[] = [];
  let remaining = 0;
  for (const order of met) {
    if (!CANCELLABLE.has(order.state)) return null;
    // A cancel that was sent goes ahead of the new order; a second one says nothing more.
    if (order.state !== 'cancelRequested') cancelFirst.push(order.intentId);
    remaining += order.remaining;
  }
  return isKnown(remaining) ? { cancelFirst, remaining } : null;
}

function decremented(qty: number, lot: number, met: Met): number {
  const left = qty - met.remaining;
  if (!(isKnown(lot) && lot > 0) || !(left > 0)) return 0;
  return left - (left % lot);
}

/**
 * Keeps orders of one side from executing against own orders of the other. Every working order
 * counts, unknown ones too, and market orders meet all of them. `cancelNewest` denies the new
 * order. `cancelOldest` lets it go after cancels of those it would meet. `decrement` cancels them
 * as well and takes their quantity off the new order, which is denied when nothing is left; the
 * resting orders then keep theirs, as nothing was sent. An order that the venue did not confirm,
 * or whose state is unknown, cannot be relied on to be cancelled in time: the new order is denied.
 *
 * @param options - `mode`
 * @throws QL_BAD_INPUT
 * @example
 * ```ts
 * import { selfTrade } from 'quantlaxmi/risk';
 *
 * selfTrade({ mode: 'cancelNewest' }).spec;
 * // => { check: 'selfTrade', mode: 'cancelNewest' }
 * ```
 */
export function selfTrade(options: { readonly mode: SelfTradeMode }): RiskCheck {
  const mode = oneOf('selfTrade: mode', options.mode, MODES);
  return {
    id: 'selfTrade',
    inputs: ['instrument', 'workingOrders'],
    spec: { check: 'selfTrade', mode },
    evaluate(intent, view): CheckResult {
      const instrument = view.instrument(intent.inst);
      if (instrument === null) return refuses('QL_RISK_INSTRUMENT_UNKNOWN', '', '');
      const met = view.workingOrders(intent.inst).filter((order) => meets(intent, order));
      const first = met[0];
      const { price } = intent;
      const own = priceText(price, instrument.priceExponent);
      if (first === undefined) return holds('', own);
      const observed = priceText(first.price, instrument.priceExponent);
      if (mode === 'cancelNewest') return refuses('QL_RISK_SELF_TRADE', observed, own);
      const way = giveWay(met);
      if (way === null) return refuses('QL_RISK_SELF_TRADE', observed, own);
      const { cancelFirst } = way;
      if (mode === 'cancelOldest') return { ...holds(observed, own), cancelFirst };
      const qtyMax = decremented(intent.qty, instrument.lot, way);
      return qtyMax > 0
        ? { ...holds(observed, own), cancelFirst, qtyMax }
        : refuses('QL_RISK_SELF_TRADE', observed, own);
    },
  };
}

const schema = () => z.strictObject({ check: z.literal('selfTrade'), mode: z.enum(MODES) });

/** Entry of {@link selfTrade}. */
export const selfTradeCheckEntry: CheckEntry<ReturnType<typeof schema>> = {
  check: 'selfTrade',
  schema,
  make: selfTrade,
  doc: {
    what: 'Own working orders of the other side that an order would meet.',
    codes: ['QL_RISK_INSTRUMENT_UNKNOWN', 'QL_RISK_SELF_TRADE'],
    unit: 'price of the own order; limit: price of the new one',
    default: 'none',
    source: 'FIA guide s.1.11; modes as exchanges name them (newest, oldest, decrement)',
  },
};
