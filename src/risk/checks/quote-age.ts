/**
 * Age of the price a decision rests on.
 * @module
 */
import * as z from 'zod/mini';
import type { RiskCheck } from '../types.js';
import { type CheckEntry, countSchema } from './entry.js';
import { holds, isKnown, positiveInteger, refuses } from './result.js';

/**
 * Denies an order when the best prices of its instrument are older than a limit, by receive time of
 * the log, or were never received.
 *
 * @param options - `ageMaxUs`: oldest allowed, µs
 * @throws QL_BAD_INPUT
 * @example
 * ```ts
 * import { quoteAge } from 'quantlaxmi/risk';
 *
 * quoteAge({ ageMaxUs: 2_000_000 }).spec;
 * // => { check: 'quoteAge', ageMaxUs: 2000000 }
 * ```
 */
export function quoteAge(options: { readonly ageMaxUs: number }): RiskCheck {
  const ageMaxUs = positiveInteger('quoteAge', 'ageMaxUs', options.ageMaxUs);
  const limit = String(ageMaxUs);
  return {
    id: 'quoteAge',
    inputs: ['nowUs', 'touch'],
    spec: { check: 'quoteAge', ageMaxUs },
    evaluate(intent, view) {
      const touch = view.touch(intent.inst);
      if (touch === null) return refuses('QL_RISK_QUOTE_MISSING', '', limit);
      const ageUs = view.nowUs - touch.rx;
      // A quote from the future means the clock cannot be trusted: as bad as a stale one.
      return isKnown(ageUs) && ageUs >= 0 && ageUs <= ageMaxUs
        ? holds(String(ageUs), limit)
        : refuses('QL_RISK_QUOTE_STALE', String(ageUs), limit);
    },
  };
}

const schema = () => z.strictObject({ check: z.literal('quoteAge'), ageMaxUs: countSchema() });

/** Entry of {@link quoteAge}. */
export const quoteAgeCheckEntry: CheckEntry<ReturnType<typeof schema>> = {
  check: 'quoteAge',
  schema,
  make: quoteAge,
  doc: {
    what: 'Age of the best prices, by receive time of the log.',
    codes: ['QL_RISK_QUOTE_STALE', 'QL_RISK_QUOTE_MISSING'],
    unit: 'µs',
    default: 'none',
    source: 'own design',
  },
};
