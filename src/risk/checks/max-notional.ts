/**
 * Largest value of one order.
 * @module
 */
import * as z from 'zod/mini';
import { compareRational, type Rational } from '../../fixed-point/index.js';
import { larger, mayBeWorthMore, notionalIn, valuationPrices } from '../notional.js';
import type { RiskCheck } from '../types.js';
import { type CheckEntry, limitsSchema } from './entry.js';
import { decimalText, holds, parseLimits, refuses } from './result.js';

/**
 * Denies an order worth more than a limit. It is valued at the worst price it may execute at: the
 * limit price, the touch if that is worth more, or the price a market order sweeps to in the
 * liquidity on display; no such price is a denial.
 *
 * @param options - `notionalMax`: currency → largest value as decimal text. An instrument valued in
 *   none of the currencies is denied.
 * @throws QL_BAD_INPUT
 * @example
 * ```ts
 * import { maxNotional } from 'quantlaxmi/risk';
 *
 * maxNotional({ notionalMax: { USDT: '50000' } }).id;
 * // => 'maxNotional'
 * ```
 */
export function maxNotional(options: {
  readonly notionalMax: Readonly<Record<string, string>>;
}): RiskCheck {
  const limits = parseLimits('maxNotional', options.notionalMax);
  const texts = new Map([...limits].map(([currency, limit]) => [currency, decimalText(limit)]));
  return {
    id: 'maxNotional',
    inputs: ['instrument', 'touch', 'sweepPrice'],
    spec: { check: 'maxNotional', notionalMax: { ...options.notionalMax } },
    evaluate(intent, view) {
      const instrument = view.instrument(intent.inst);
      if (instrument === null) return refuses('QL_RISK_INSTRUMENT_UNKNOWN', '', '');
      const currency = limits.has(instrument.quote) ? instrument.quote : instrument.settle;
      const limit = limits.get(currency);
      if (limit === undefined) return refuses('QL_RISK_CURRENCY', instrument.quote, '');
      const text = texts.get(currency) ?? '';
      const prices = valuationPrices(intent, view);
      if (prices === null || mayBeWorthMore({ instrument, currency }, intent, view)) {
        return refuses('QL_RISK_PRICE_UNKNOWN', '', text);
      }
      let worst: Rational | null = null;
      for (const price of prices) {
        const value = notionalIn(instrument, { price, qty: intent.qty }, currency);
        if (value === null) return refuses('QL_RISK_CURRENCY', currency, text);
        worst = larger(worst, value);
      }
      if (worst === null) return refuses('QL_RISK_PRICE_UNKNOWN', '', text);
      return compareRational(worst, limit) <= 0
        ? holds(decimalText(worst), text)
        : refuses('QL_RISK_NOTIONAL_MAX', decimalText(worst), text);
    },
  };
}

const schema = () =>
  z.strictObject({ check: z.literal('maxNotional'), notionalMax: limitsSchema() });

/** Entry of {@link maxNotional}. */
export const maxNotionalCheckEntry: CheckEntry<ReturnType<typeof schema>> = {
  check: 'maxNotional',
  schema,
  make: maxNotional,
  doc: {
    what: 'Value of one order, at the worst price it may execute at.',
    codes: [
      'QL_RISK_NOTIONAL_MAX',
      'QL_RISK_CURRENCY',
      'QL_RISK_PRICE_UNKNOWN',
      'QL_RISK_INSTRUMENT_UNKNOWN',
    ],
    unit: 'quote or settlement currency',
    default: 'none; a currency not listed is denied',
    source: 'SEC 17 CFR 240.15c3-5(c)(1)(ii); RTS 6 Art. 15(1)(b)',
  },
};
