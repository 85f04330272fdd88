/**
 * Largest position, and largest order where the venue names none.
 * @module
 */
import * as z from 'zod/mini';
import type { InstrumentBody } from '../../events/index.js';
import { formatMantissa, type Rational, rationalToBig } from '../../fixed-point/index.js';
import type { RiskCheck } from '../types.js';
import { type CheckEntry, limitsSchema } from './entry.js';
import { holds, isKnown, parseLimits, refuses } from './result.js';

/** Limits in an instrument's own mantissas, worked out once per declaration. */
class MantissaLimits {
  readonly #limits: ReadonlyMap<string, Rational>;
  readonly #known = new WeakMap<
    InstrumentBody,
    { readonly limit: number; readonly text: string }
  >();

  constructor(limits: ReadonlyMap<string, Rational>) {
    this.#limits = limits;
  }

  /** The limit, rounded down; null when the policy has none. */
  of(instrument: InstrumentBody): { readonly limit: number; readonly text: string } | null {
    const known = this.#known.get(instrument);
    if (known !== undefined) return known;
    const decimal = this.#limits.get(instrument.instrumentId);
    if (decimal === undefined) return null;
    const mantissa = rationalToBig(decimal, instrument.qtyExponent, 'floor');
    const max = BigInt(Number.MAX_SAFE_INTEGER);
    const limit = Number(mantissa > max ? max : mantissa);
    const found = { limit, text: formatMantissa(limit, instrument.qtyExponent) };
    this.#known.set(instrument, found);
    return found;
  }
}

/**
 * Denies an order after which the position could pass a limit, counted as if every working order on
 * the same side executed in full and none on the other side did.
 *
 * @param options - `qtyMax`: instrument id → largest absolute position as decimal text, in the
 *   instrument's quantity units. An instrument not listed is denied.
 * @throws QL_BAD_INPUT
 * @example
 * ```ts
 * import { maxPosition } from 'quantlaxmi/risk';
 *
 * maxPosition({ qtyMax: { 'BINANCE:USDM:BTCUSDT': '0.5' } }).id;
 * // => 'maxPosition'
 * ```
 */
export function maxPosition(options: {
  readonly qtyMax: Readonly<Record<string, string>>;
}): RiskCheck {
  const limits = new MantissaLimits(parseLimits('maxPosition', options.qtyMax));
  return {
    id: 'maxPosition',
    inputs: ['instrument', 'position', 'working'],
    spec: { check: 'maxPosition', qtyMax: { ...options.qtyMax } },
    evaluate(intent, view) {
      const instrument = view.instrument(intent.inst);
      if (instrument === null) return refuses('QL_RISK_INSTRUMENT_UNKNOWN', '', '');
      const own = limits.of(instrument);
      if (own === null) return refuses('QL_RISK_LIMIT_UNSET', '', '');
      const { limit, text } = own;
      const position = view.position(intent.inst);
      const working = view.working(intent.inst);
      if (position === null || working === null) {
        return refuses('QL_RISK_POSITION_UNKNOWN', '', '');
      }
      const worst =
        intent.side === 'buy'
          ? position + working.buyQty + intent.qty
          : position - working.sellQty - intent.qty;
      if (!isKnown(position) || !isKnown(worst)) {
        return refuses('QL_RISK_POSITION_UNKNOWN', '', text);
      }
      const observed = formatMantissa(worst, instrument.qtyExponent);
      const within = intent.side === 'buy' ? worst <= limit : worst >= -limit;
      return within ? holds(observed, text) : refuses('QL_RISK_POSITION_MAX', observed, text);
    },
  };
}

/**
 * Largest quantity of one order. It also stands in where the venue's own maximum is unknown, as for
 * instruments inferred from a recording; without it their orders are denied.
 *
 * @param options - `qtyMax`: instrument id → largest order quantity as decimal text; an instrument
 *   not listed is denied
 * @throws QL_BAD_INPUT
 * @example
 * ```ts
 * import { maxQty } from 'quantlaxmi/risk';
 *
 * maxQty({ qtyMax: { 'BINANCE:USDM:BTCUSDT': '0.1' } }).id;
 * // => 'maxQty'
 * ```
 */
export function maxQty(options: { readonly qtyMax: Readonly<Record<string, string>> }): RiskCheck {
  const limits = new MantissaLimits(parseLimits('maxQty', options.qtyMax));
  return {
    id: 'maxQty',
    inputs: ['instrument'],
    spec: { check: 'maxQty', qtyMax: { ...options.qtyMax } },
    capQty: (instrument) => limits.of(instrument)?.limit ?? null,
    evaluate(intent, view) {
      const instrument = view.instrument(intent.inst);
      if (instrument === null) return refuses('QL_RISK_INSTRUMENT_UNKNOWN', '', '');
      const own = limits.of(instrument);
      const observed = formatMantissa(intent.qty, instrument.qtyExponent);
      if (own === null) return refuses('QL_RISK_LIMIT_UNSET', observed, '');
      const { limit, text } = own;
      return intent.qty <= limit
        ? holds(observed, text)
        : refuses('QL_RISK_QTY_MAX', observed, text);
    },
  };
}

const maxPositionSchema = () =>
  z.strictObject({ check: z.literal('maxPosition'), qtyMax: limitsSchema() });

/** Entry of {@link maxPosition}. */
export const maxPositionCheckEntry: CheckEntry<ReturnType<typeof maxPositionSchema>> = {
  check: 'maxPosition',
  schema: maxPositionSchema,
  make: maxPosition,
  doc: {
    what: 'Position of an instrument if every working order of a side executes.',
    codes: [
      'QL_RISK_POSITION_MAX',
      'QL_RISK_POSITION_UNKNOWN',
      'QL_RISK_LIMIT_UNSET',
      'QL_RISK_INSTRUMENT_UNKNOWN',
    ],
    unit: 'quantity of the instrument',
    default: 'none; an instrument not listed is denied',
    source: 'SEC 17 CFR 240.15c3-5(c)(1)(i); RTS 6 Art. 15(2)',
  },
};

const maxQtySchema = () => z.strictObject({ check: z.literal('maxQty'), qtyMax: limitsSchema() });

/** Entry of {@link maxQty}. */
export const maxQtyCheckEntry: CheckEntry<ReturnType<typeof maxQtySchema>> = {
  check: 'maxQty',
  schema: maxQtySchema,
  make: maxQty,
  doc: {
    what: 'Quantity of one order; stands in where the venue names no maximum.',
    codes: ['QL_RISK_QTY_MAX', 'QL_RISK_LIMIT_UNSET', 'QL_RISK_INSTRUMENT_UNKNOWN'],
    unit: 'quantity of the instrument',
    default: 'none; an instrument not listed is denied',
    source: 'RTS 6 Art. 15(1)(c)',
  },
};
