/**
 * How much of the liquidity on display an order may be.
 * @module
 */
import * as z from 'zod/mini';
import type { IntentBody } from '../../events/index.js';
import { formatMantissa, mulDiv } from '../../fixed-point/index.js';
import type { RiskCheck, RiskView } from '../types.js';
import { type CheckEntry, countSchema, widthSchema } from './entry.js';
import { compareProducts, integerFrom } from './limits.js';
import { holds, isKnown, refuses } from './result.js';

const PPM = 1_000_000;

/** A price, null for the whole display, or undefined where there is no best price to start from. */
function reach(intent: IntentBody, view: RiskView, withinBps: number): number | undefined {
  const touch = view.touch(intent.inst);
  const best = intent.side === 'buy' ? touch?.ask : touch?.bid;
  if (best === null || best === undefined || !isKnown(best) || best <= 0) return undefined;
  return intent.side === 'buy'
    ? mulDiv(best, 10_000 + withinBps, 10_000, 'floor')
    : mulDiv(best, 10_000 - withinBps, 10_000, 'ceil');
}

/**
 * Denies an order that is too large a part of the quantity on display on the side it would take:
 * of the book in sequence, else of the best price alone. Where neither is known it is denied.
 *
 * @param options - `shareMaxPpm`: largest part of the quantity on display, ppm (250,000: the
 *   display holds four times the order). `withinBps`: how far from the best price quantity counts,
 *   basis points; null: up to the limit price of the order, which denies orders that would rest
 * @throws QL_BAD_INPUT
 * @example
 * ```ts
 * import { liquidityFloor } from 'quantlaxmi/risk';
 *
 * liquidityFloor({ shareMaxPpm: 200_000, withinBps: 10 }).id;
 * // => 'liquidityFloor'
 * ```
 */
export function liquidityFloor(options: {
  readonly shareMaxPpm: number;
  readonly withinBps: number | null;
}): RiskCheck {
  const { withinBps } = options;
  const shareMaxPpm = integerFrom('liquidityFloor: shareMaxPpm', options.shareMaxPpm, {
    min: 1,
    max: PPM,
  });
  if (withinBps !== null) {
    integerFrom('liquidityFloor: withinBps', withinBps, { min: 0, max: 10_000 });
  }
  return {
    id: 'liquidityFloor',
    inputs:
      withinBps === null ? ['instrument', 'displayedQty'] : ['instrument', 'displayedQty', 'touch'],
    spec: { check: 'liquidityFloor', shareMaxPpm, withinBps },
    evaluate(intent, view) {
      const instrument = view.instrument(intent.inst);
      if (instrument === null) return refuses('QL_RISK_INSTRUMENT_UNKNOWN', '', '');
      const { inst, price, qty, side } = intent;
      if (!isKnown(qty)) return refuses('QL_RISK_LIQUIDITY', '', '');
      const observed = formatMantissa(qty, instrument.qtyExponent);
      const upTo = withinBps === null ? price : reach(intent, view, withinBps);
      if (upTo === undefined) return refuses('QL_RISK_LIQUIDITY_UNKNOWN', observed, '');
      const shown = view.displayedQty(inst, side, upTo);
      if (shown === null || !isKnown(shown) || shown < 0) {
        return refuses('QL_RISK_LIQUIDITY_UNKNOWN', observed, '');
      }
      const most = mulDiv(shown, shareMaxPpm, PPM, 'floor');
      const limit = formatMantissa(most, instrument.qtyExponent);
      return compareProducts(qty, PPM, shown, shareMaxPpm) <= 0
        ? holds(observed, limit)
        : refuses('QL_RISK_LIQUIDITY', observed, limit);
    },
  };
}

const schema = () =>
  z.strictObject({
    check: z.literal('liquidityFloor'),
    shareMaxPpm: countSchema(),
    withinBps: z.nullable(widthSchema()),
  });

/** Entry of {@link liquidityFloor}. */
export const liquidityFloorCheckEntry: CheckEntry<ReturnType<typeof schema>> = {
  check: 'liquidityFloor',
  schema,
  make: liquidityFloor,
  doc: {
    what: 'Quantity of an order as a part of what is on display (book, else best price).',
    codes: ['QL_RISK_INSTRUMENT_UNKNOWN', 'QL_RISK_LIQUIDITY', 'QL_RISK_LIQUIDITY_UNKNOWN'],
    unit: 'quantity of the instrument',
    default: 'none',
    source: 'own design',
  },
};
