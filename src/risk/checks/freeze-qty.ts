/**
 * Quantities above which an exchange freezes an order.
 * @module
 */
import * as z from 'zod/mini';
import { formatMantissa } from '../../fixed-point/index.js';
import type { RiskCheck } from '../types.js';
import { type CheckEntry, limitsSchema } from './entry.js';
import { mantissaLimit, perDeclaration } from './limits.js';
import { holds, isKnown, parseLimits, refuses } from './result.js';

/**
 * Denies an order above the freeze quantity of its contract: NSE and BSE hold such orders back for
 * approval by hand. The exchanges publish the quantities per underlying and change them.
 *
 * @param options - `qtyMax`: largest quantity that is not frozen, decimal text, by instrument id or
 *   by underlying as `VENUE:SEGMENT:BASE`; the id goes first. An instrument with neither is denied.
 * @throws QL_BAD_INPUT
 * @example
 * ```ts
 * import { freezeQty } from 'quantlaxmi/risk';
 *
 * freezeQty({ qtyMax: { 'NSE:FO:NIFTY': '1800' } }).id;
 * // => 'freezeQty'
 * ```
 */
export function freezeQty(options: {
  readonly qtyMax: Readonly<Record<string, string>>;
}): RiskCheck {
  const limits = parseLimits('freezeQty', options.qtyMax);
  const limitFor = perDeclaration(({ base, instrumentId, qtyExponent, segment, venue }) => {
    const decimal = limits.get(instrumentId) ?? limits.get(`${venue}:${segment}:${base}`);
    return decimal === undefined ? null : mantissaLimit(decimal, qtyExponent);
  });
  return {
    id: 'freezeQty',
    inputs: ['instrument'],
    spec: { check: 'freezeQty', qtyMax: { ...options.qtyMax } },
    evaluate(intent, view) {
      const instrument = view.instrument(intent.inst);
      if (instrument === null) return refuses('QL_RISK_INSTRUMENT_UNKNOWN', '', '');
      const own = limitFor(instrument);
      if (!isKnown(intent.qty)) return refuses('QL_RISK_FREEZE_QTY', '', own?.text ?? '');
      const observed = formatMantissa(intent.qty, instrument.qtyExponent);
      if (own === null) return refuses('QL_RISK_LIMIT_UNSET', observed, '');
      return intent.qty <= own.limit
        ? holds(observed, own.text)
        : refuses('QL_RISK_FREEZE_QTY', observed, own.text);
    },
  };
}

const schema = () => z.strictObject({ check: z.literal('freezeQty'), qtyMax: limitsSchema() });

/** Entry of {@link freezeQty}. */
export const freezeQtyCheckEntry: CheckEntry<ReturnType<typeof schema>> = {
  check: 'freezeQty',
  schema,
  make: freezeQty,
  doc: {
    what: 'Quantity of one order against the freeze quantity of the contract.',
    codes: ['QL_RISK_FREEZE_QTY', 'QL_RISK_INSTRUMENT_UNKNOWN', 'QL_RISK_LIMIT_UNSET'],
    unit: 'quantity of the instrument',
    default: 'none',
    source: 'NSE and BSE quantity freeze limits',
  },
};
