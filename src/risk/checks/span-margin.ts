/**
 * Whether funds cover SPAN and exposure margin, with margins given as input.
 * @module
 */
import * as z from 'zod/mini';
import type { InstrumentBody, InstrumentClass, IntentBody } from '../../events/index.js';
import { compareRational, parseRational, type Rational } from '../../fixed-point/index.js';
import { concerned, plus, positionRange, refusesGrowth, times, unitValue } from '../exposure.js';
import type { RiskReason } from '../reasons.data.js';
import type { RiskCheck, RiskView } from '../types.js';
import type { CheckEntry } from './entry.js';
import { flag, plainDecimal, refuseOption, word } from './options.js';
import { decimalText, holds, isKnown, refuses } from './result.js';

const MARGINED: ReadonlySet<InstrumentClass> = new Set(['future', 'option']);
const ZERO: Rational = Object.freeze({ num: 0n, den: 1n });

/**
 * Margin of one lot, in the check's currency: SPAN and exposure margin as decimal texts, or the
 * name of the field of the account's report (`AccountBody.margin`) that holds their sum.
 */
export type SpanLot =
  | { readonly span: string; readonly exposure: string }
  | { readonly field: string };

/** Where the funds that may carry margin are read, before what margin uses of them is taken off. */
export type SpanFunds = 'cash' | { readonly field: string };

/** Options of {@link spanMargin}. */
export interface SpanMarginOptions {
  readonly currency: string;
  /** Instrument → margin of one lot; an instrument that is not there is denied. */
  readonly lots: Readonly<Record<string, SpanLot>>;
  /** `cash` of the currency, or a field of the account's report. */
  readonly funds: SpanFunds;
  /** Funds that no margin may take, decimal text. */
  readonly bufferMin: string;
  /** Whether orders that can only make a position smaller pass at the limit. */
  readonly allowReducing: boolean;
  /** What orders get that are no futures or options settled in `currency`. */
  readonly otherClasses: 'deny' | 'allow';
}

type LotMargin = { readonly fixed: Rational } | { readonly field: string };

interface Rules {
  readonly currency: string;
  readonly lots: ReadonlyMap<string, LotMargin>;
  readonly funds: SpanFunds;
  readonly buffer: Rational;
}

/** An amount of the account's report; null when it is not there or no decimal from 0 on. */
function reported(view: RiskView, field: string): Rational | null {
  const text = view.report?.margin[field];
  if (text === undefined) return null;
  const value = parseRational(text);
  return value.num < 0n ? null : value;
}

function lotMargin(rules: Rules, inst: string, view: RiskView): Rational | RiskReason {
  const margin = rules.lots.get(inst);
  if (margin === undefined) return 'QL_RISK_LIMIT_UNSET';
  if ('fixed' in margin) return margin.fixed;
  return reported(view, margin.field) ?? 'QL_RISK_MARGIN_UNKNOWN';
}

/** Premium of all working buys of an option and of the intent; a code when a price is unknown. */
function premium(
  instrument: InstrumentBody,
  intent: IntentBody,
  view: RiskView,
): Rational | RiskReason {
  const inst = instrument.instrumentId;
  const working = view.working(inst);
  let listed = 0;
  let sum = ZERO;
  const add = (limit: number | null, qty: number): boolean => {
    const price = limit ?? view.sweepPrice(inst, 'buy', qty);
    if (price === null || !isKnown(price) || price <= 0 || !isKnown(qty) || qty < 0) return false;
    sum = plus(sum, times(unitValue(instrument, price), BigInt(qty)));
    return true;
  };
  for (const { price, remaining, side } of view.workingOrders(inst)) {
    if (side !== 'buy') continue;
    if (!add(price, remaining)) return 'QL_RISK_PRICE_UNKNOWN';
    listed += remaining;
  }
  if (working === null || !(working.buyQty <= listed)) return 'QL_RISK_POSITION_UNKNOWN';
  if (intent.inst === inst && intent.side === 'buy' && !add(intent.price, intent.qty)) {
    return 'QL_RISK_PRICE_UNKNOWN';
  }
  return sum;
}

/** Margin of one instrument at its worst: lots begun, and for options only those written. */
function requiredOf(
  instrument: InstrumentBody,
  intent: IntentBody,
  options: { readonly rules: Rules; readonly view: RiskView },
): Rational | RiskReason {
  const { rules, view } = options;
  const { class: kind, instrumentId: inst, lot } = instrument;
  const range = positionRange(view, inst, intent);
  if (range === null) return 'QL_RISK_POSITION_UNKNOWN';
  if (range.long === 0 && range.short === 0) return ZERO;
  if (!isKnown(lot) || lot <= 0) return 'QL_RISK_INSTRUMENT_INVALID';
  const margin = lotMargin(rules, inst, view);
  if (typeof margin === 'string') return margin;
  const option = kind === 'option';
  const qty = option
    ? Math.max(0, -range.short)
    : Math.max(Math.abs(range.long), Math.abs(range.short));
  const required = times(margin, BigInt(Math.ceil(qty / lot)));
  if (!option) return required;
  const paid = premium(instrument, intent, view);
  return typeof paid === 'string' ? paid : plus(required, paid);
}

function required(rules: Rules, intent: IntentBody, view: RiskView): Rational | RiskReason {
  const insts = concerned(view, intent);
  if (insts === null) return 'QL_RISK_POSITION_UNKNOWN';
  let sum = ZERO;
  for (const inst of insts) {
    const instrument = view.instrument(inst);
    if (instrument === null) return 'QL_RISK_INSTRUMENT_UNKNOWN';
    if (!MARGINED.has(instrument.class) || instrument.settle !== rules.currency) continue;
    const one = requiredOf(instrument, intent, { rules, view });
    if (typeof one === 'string') return one;
    sum = plus(sum, one);
  }
  return sum;
}

function fundsOf({ currency, funds }: Rules, view: RiskView): Rational | RiskReason {
  if (funds !== 'cash') return reported(view, funds.field) ?? 'QL_RISK_ACCOUNT_UNKNOWN';
  const cash = view.cash(currency);
  const known = cash !== null && typeof cash.num === 'bigint' && cash.den > 0n;
  return known ? cash : 'QL_RISK_CASH_UNKNOWN';
}

function parseLots(lots: Readonly<Record<string, SpanLot>>): ReadonlyMap<string, LotMargin> {
  const parsed = new Map<string, LotMargin>();
  for (const [inst, lot] of Object.entries(lots)) {
    if ('field' in lot) {
      parsed.set(inst, { field: word('spanMargin', `lots.${inst}.field`, lot.field) });
      continue;
    }
    const span = plainDecimal('spanMargin', `lots.${inst}.span`, lot.span);
    const exposure = plainDecimal('spanMargin', `lots.${inst}.exposure`, lot.exposure);
    const fixed = plus(span, exposure);
    if (fixed.num === 0n) refuseOption('spanMargin', `lots.${inst}`, '0; expected a margin');
    parsed.set(inst, { fixed });
  }
  if (parsed.size === 0) refuseOption('spanMargin', 'lots', 'empty; name at least one');
  return parsed;
}

function lotSpec(lot: SpanLot): SpanLot {
  return 'field' in lot ? { field: lot.field } : { span: lot.span, exposure: lot.exposure };
}

/**
 * Denies orders of futures and options whose SPAN and exposure margin funds may not cover, as if
 * all working orders of the worse side executed. Margins come from outside, per lot, as policy data
 * or from the account's report; futures take them for the larger side, options for what is written
 * and the premium of what is bought. No benefit of spreads between instruments is assumed.
 *
 * @param options - see {@link SpanMarginOptions}
 * @throws QL_BAD_INPUT
 * @example
 * ```ts
 * import { spanMargin } from 'quantlaxmi/risk';
 *
 * spanMargin({
 *   currency: 'INR',
 *   lots: { 'ZERODHA:NFO:NIFTY26NOVFUT': { span: '182000', exposure: '33000' } },
 *   funds: 'cash',
 *   bufferMin: '25000',
 *   allowReducing: true,
 *   otherClasses: 'deny',
 * }).id;
 * // => 'spanMargin:INR'
 * ```
 */
export function spanMargin(options: SpanMarginOptions): RiskCheck {
  const currency = word('spanMargin', 'currency', options.currency);
  const { funds, otherClasses } = options;
  if (otherClasses !== 'deny' && otherClasses !== 'allow') {
    refuseOption('spanMargin', 'otherClasses', `${String(otherClasses)}; expected deny or allow`);
  }
  const source: SpanFunds =
    funds === 'cash' ? funds : { field: word('spanMargin', 'funds.field', funds.field) };
  const allowReducing = flag('spanMargin', 'allowReducing', options.allowReducing);
  const rules: Rules = {
    currency,
    lots: parseLots(options.lots),
    funds: source,
    buffer: plainDecimal('spanMargin', 'bufferMin', options.bufferMin),
  };
  const lots = Object.fromEntries(
    Object.entries(options.lots).map(([inst, lot]) => [inst, lotSpec(lot)]),
  );
  const { bufferMin } = options;
  const fields = [...rules.lots.values()].some((lot) => 'field' in lot);
  return {
    id: `spanMargin:${currency}`,
    inputs: [
      'instrument',
      'held',
      'position',
      'working',
      'workingOrders',
      'sweepPrice',
      ...(source === 'cash' ? (['cash'] as const) : []),
      ...(source !== 'cash' || fields ? (['report'] as const) : []),
    ],
    spec: {
      check: 'spanMargin',
      currency,
      lots,
      funds: source,
      bufferMin,
      allowReducing,
      otherClasses,
    },
    evaluate(intent, view) {
      const instrument = view.instrument(intent.inst);
      if (instrument === null) return refuses('QL_RISK_INSTRUMENT_UNKNOWN', '', '');
      if (!MARGINED.has(instrument.class) || instrument.settle !== currency) {
        return otherClasses === 'allow'
          ? holds(instrument.class, '')
          : refuses('QL_RISK_CLASS', `${instrument.class} ${instrument.settle}`, '');
      }
      const available = fundsOf(rules, view);
      if (typeof available === 'string') return refuses(available, '', '');
      const free = plus(available, times(rules.buffer, -1n));
      const limit = decimalText(free);
      const needed = required(rules, intent, view);
      if (typeof needed === 'string') return refuses(needed, '', limit);
      const observed = decimalText(needed);
      return compareRational(needed, free) <= 0
        ? holds(observed, limit)
        : refusesGrowth('QL_RISK_MARGIN', { observed, limit, allowReducing, intent, view });
    },
  };
}

const schema = () =>
  z.strictObject({
    check: z.literal('spanMargin'),
    currency: z.string(),
    lots: z.record(
      z.string().check(z.minLength(1)),
      z.union([
        z.strictObject({ span: z.string(), exposure: z.string() }),
        z.strictObject({ field: z.string() }),
      ]),
    ),
    funds: z.union([z.literal('cash'), z.strictObject({ field: z.string() })]),
    bufferMin: z.string(),
    allowReducing: z.boolean(),
    otherClasses: z.enum(['deny', 'allow']),
  });

/** Entry of {@link spanMargin}. */
export const spanMarginCheckEntry: CheckEntry<ReturnType<typeof schema>> = {
  check: 'spanMargin',
  schema,
  make: spanMargin,
  doc: {
    what: 'SPAN and exposure margin of futures and options, given per lot as input.',
    codes: [
      'QL_RISK_MARGIN',
      'QL_RISK_ACCOUNT_UNKNOWN',
      'QL_RISK_CASH_UNKNOWN',
      'QL_RISK_CLASS',
      'QL_RISK_INSTRUMENT_INVALID',
      'QL_RISK_INSTRUMENT_UNKNOWN',
      'QL_RISK_LIMIT_UNSET',
      'QL_RISK_MARGIN_UNKNOWN',
      'QL_RISK_POSITION_UNKNOWN',
      'QL_RISK_PRICE_UNKNOWN',
    ],
    unit: "the check's currency",
    default: 'none',
    source: 'NSE Clearing, SPAN and exposure margin; SEBI upfront margin',
  },
};
