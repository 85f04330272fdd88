/**
 * Largest value of one order in one currency, whatever it is quoted in.
 * @module
 */
import * as z from 'zod/mini';
import { compareRational, mulRational } from '../../fixed-point/index.js';
import { larger, mayBeWorthMore, notionalIn, valuationPrices } from '../notional.js';
import type { RiskCheck } from '../types.js';
import { type CheckEntry, countSchema } from './entry.js';
import { decimalAbove0 } from './limits.js';
import { decimalText, holds, isKnown, positiveInteger, refuses } from './result.js';

/**
 * Denies an order worth more than a limit in one currency, turned into it by the rates of the
 * policy. It is valued as for `maxNotional`; a linear contract in its quote currency, an inverse
 * one in its settlement currency. No price, no rate, or a rate that is too old is a denial.
 *
 * @param options - `currency`; `valueMax`: decimal text; `rateAgeMaxUs`: oldest price a rate may
 *   rest on, µs
 * @throws QL_BAD_INPUT
 * @example
 * ```ts
 * import { maxOrderValue } from 'quantlaxmi/risk';
 *
 * maxOrderValue({ currency: 'USD', valueMax: '25000', rateAgeMaxUs: 60_000_000 }).id;
 * // => 'maxOrderValue'
 * ```
 */
export function maxOrderValue(options: {
  readonly currency: string;
  readonly valueMax: string;
  readonly rateAgeMaxUs: number;
}): RiskCheck {
  const { currency } = options;
  const limit = decimalAbove0('maxOrderValue: valueMax', options.valueMax);
  const ageMaxUs = positiveInteger('maxOrderValue', 'rateAgeMaxUs', options.rateAgeMaxUs);
  const text = decimalText(limit);
  const ageText = String(ageMaxUs);
  return {
    id: 'maxOrderValue',
    inputs: ['nowUs', 'instrument', 'touch', 'sweepPrice', 'rate'],
    spec: {
      check: 'maxOrderValue',
      currency,
      valueMax: options.valueMax,
      rateAgeMaxUs: ageMaxUs,
    },
    evaluate(intent, view) {
      const instrument = view.instrument(intent.inst);
      if (instrument === null) return refuses('QL_RISK_INSTRUMENT_UNKNOWN', '', '');
      const own = instrument.inverse ? instrument.settle : instrument.quote;
      const prices = valuationPrices(intent, view);
      let worst = null;
      for (const price of prices ?? []) {
        const value = notionalIn(instrument, { price, qty: intent.qty }, own);
        if (value !== null) worst = larger(worst, value);
      }
      if (worst === null || mayBeWorthMore({ instrument, currency: own }, intent, view)) {
        return refuses('QL_RISK_PRICE_UNKNOWN', '', text);
      }
      if (own !== currency) {
        const rate = view.rate(own, currency);
        if (rate === null || !(rate.value.num > 0n && rate.value.den > 0n)) {
          return refuses('QL_RISK_RATE_UNKNOWN', own, currency);
        }
        const ageUs = rate.rx === null ? 0 : view.nowUs - rate.rx;
        if (!isKnown(ageUs) || ageUs < 0 || ageUs > ageMaxUs) {
          return refuses('QL_RISK_RATE_STALE', String(ageUs), ageText);
        }
        worst = mulRational(worst, rate.value);
      }
      return compareRational(worst, limit) <= 0
        ? holds(decimalText(worst), text)
        : refuses('QL_RISK_ORDER_VALUE', decimalText(worst), text);
    },
  };
}

const schema = () =>
  z.strictObject({
    check: z.literal('maxOrderValue'),
    currency: z.string().check(z.minLength(1)),
    valueMax: z.string(),
    rateAgeMaxUs: countSchema(),
  });

/** Entry of {@link maxOrderValue}. */
export const maxOrderValueCheckEntry: CheckEntry<ReturnType<typeof schema>> = {
  check: 'maxOrderValue',
  schema,
  make: maxOrderValue,
  doc: {
    what: 'Value of one order in one currency through the rates of the policy (fat finger).',
    codes: [
      'QL_RISK_INSTRUMENT_UNKNOWN',
      'QL_RISK_ORDER_VALUE',
      'QL_RISK_PRICE_UNKNOWN',
      'QL_RISK_RATE_STALE',
      'QL_RISK_RATE_UNKNOWN',
    ],
    unit: 'currency of the limit',
    default: 'none',
    source: 'RTS 6 Art. 15(1)(b); SEC 15c3-5(c)(1)(i)',
  },
};
