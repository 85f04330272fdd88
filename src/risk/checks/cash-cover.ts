/**
 * Whether cash pays for what is bought outright, and holdings cover what is sold.
 * @module
 */
import * as z from 'zod/mini';
import type { InstrumentBody, InstrumentClass, IntentBody, Side } from '../../events/index.js';
import { compareRational, formatMantissa, type Rational } from '../../fixed-point/index.js';
import { concerned, plus, positionRange, times, unitValue } from '../exposure.js';
import type { RiskReason } from '../reasons.data.js';
import type { CheckResult, RiskCheck, RiskView } from '../types.js';
import type { CheckEntry } from './entry.js';
import { plainInteger, refuseOption } from './options.js';
import { decimalText, holds, isKnown, refuses } from './result.js';

const PAID: ReadonlySet<InstrumentClass> = new Set(['spot', 'equity', 'option']);
const PPM = 1_000_000n;
const ZERO: Rational = Object.freeze({ num: 0n, den: 1n });

/** An order as far as its cost goes. */
interface Bought {
  readonly inst: string;
  readonly side: Side;
  readonly price: number | null;
  readonly qty: number;
}

/** Highest price a buy may execute at: its limit, or what it sweeps to; null when unknown. */
function worstPrice(order: Bought, view: RiskView): number | null {
  const price = order.price ?? view.sweepPrice(order.inst, order.side, order.qty);
  return price !== null && isKnown(price) && price > 0 ? price : null;
}

/** Cost of a buy before fees. */
function costOf(instrument: InstrumentBody, order: Bought, view: RiskView): Rational | null {
  const price = worstPrice(order, view);
  if (price === null || !isKnown(order.qty) || order.qty < 0) return null;
  return times(unitValue(instrument, price), BigInt(order.qty));
}

/** Cost of all working buys paid out of a currency, fees not counted; a code when unknown. */
function committed(currency: string, intent: IntentBody, view: RiskView): Rational | RiskReason {
  const insts = concerned(view, intent);
  if (insts === null) return 'QL_RISK_POSITION_UNKNOWN';
  let sum = ZERO;
  for (const inst of insts) {
    const instrument = view.instrument(inst);
    if (instrument === null) return 'QL_RISK_INSTRUMENT_UNKNOWN';
    if (!PAID.has(instrument.class) || instrument.settle !== currency) continue;
    let listed = 0;
    for (const { price, remaining, side } of view.workingOrders(inst)) {
      if (side !== 'buy') continue;
      const cost = costOf(instrument, { inst, side, price, qty: remaining }, view);
      if (cost === null) return 'QL_RISK_PRICE_UNKNOWN';
      sum = plus(sum, cost);
      listed += remaining;
    }
    // A list that lacks an order would leave its cost out.
    const working = view.working(inst);
    if (working === null || !(working.buyQty <= listed)) return 'QL_RISK_POSITION_UNKNOWN';
  }
  return sum;
}

function buying(
  intent: IntentBody,
  view: RiskView,
  terms: { readonly instrument: InstrumentBody; readonly feePpm: number },
): CheckResult {
  const { feePpm, instrument } = terms;
  const cash = view.cash(instrument.settle);
  // An account that is not known, or has no balance in the currency, pays for nothing.
  if (cash === null || typeof cash.num !== 'bigint' || cash.den <= 0n) {
    return refuses('QL_RISK_CASH_UNKNOWN', instrument.settle, '');
  }
  const limit = decimalText(cash);
  const working = committed(instrument.settle, intent, view);
  if (typeof working === 'string') return refuses(working, '', limit);
  const own = costOf(instrument, intent, view);
  if (own === null) return refuses('QL_RISK_PRICE_UNKNOWN', '', limit);
  const before = plus(working, own);
  const cost = { num: before.num * (PPM + BigInt(feePpm)), den: before.den * PPM };
  const observed = decimalText(cost);
  return compareRational(cost, cash) <= 0
    ? holds(observed, limit)
    : refuses('QL_RISK_CASH', observed, limit);
}

function selling(
  intent: IntentBody,
  view: RiskView,
  terms: { readonly instrument: InstrumentBody; readonly shortAllowed: boolean },
): CheckResult {
  const { instrument, shortAllowed } = terms;
  const position = view.position(intent.inst);
  const range = positionRange(view, intent.inst, intent);
  if (position === null || range === null) return refuses('QL_RISK_POSITION_UNKNOWN', '', '');
  const observed = formatMantissa(position - range.short, instrument.qtyExponent);
  const limit = formatMantissa(position, instrument.qtyExponent);
  return shortAllowed || range.short >= 0
    ? holds(observed, limit)
    : refuses('QL_RISK_HOLDING', observed, limit);
}

/**
 * Denies buys that cash does not pay for, and sells of what is not held, in what is paid outright:
 * spot, equities and option premiums. All working buys of the currency count together with the
 * order, each at the worst price it may execute at, fees on top; all working sells of the
 * instrument count against the holding. Cash from sells that have not executed does not count.
 *
 * @param options - `feePpm`: fees, parts per million of what is bought; `shortAllowed`: instruments
 *   that may be sold without being held, possibly none; `otherClasses`: what orders of futures and
 *   perpetuals get, `deny`, or `allow` because another check covers their margin
 * @throws QL_BAD_INPUT
 * @example
 * ```ts
 * import { cashCover } from 'quantlaxmi/risk';
 *
 * cashCover({ feePpm: 1_000, shortAllowed: [], otherClasses: 'deny' }).id;
 * // => 'cashCover'
 * ```
 */
export function cashCover(options: {
  readonly feePpm: number;
  readonly shortAllowed: readonly string[];
  readonly otherClasses: 'deny' | 'allow';
}): RiskCheck {
  const feePpm = plainInteger('cashCover', 'feePpm', options.feePpm);
  const { otherClasses } = options;
  if (otherClasses !== 'deny' && otherClasses !== 'allow') {
    refuseOption('cashCover', 'otherClasses', `${String(otherClasses)}; expected deny or allow`);
  }
  const shorts = [...options.shortAllowed];
  const shortAllowed = new Set(shorts);
  return {
    id: 'cashCover',
    inputs: ['instrument', 'held', 'position', 'working', 'workingOrders', 'sweepPrice', 'cash'],
    spec: { check: 'cashCover', feePpm, shortAllowed: shorts, otherClasses },
    evaluate(intent, view) {
      const instrument = view.instrument(intent.inst);
      if (instrument === null) return refuses('QL_RISK_INSTRUMENT_UNKNOWN', '', '');
      if (!PAID.has(instrument.class)) {
        return otherClasses === 'allow'
          ? holds(instrument.class, '')
          : refuses('QL_RISK_CLASS', instrument.class, '');
      }
      return intent.side === 'buy'
        ? buying(intent, view, { instrument, feePpm })
        : selling(intent, view, { instrument, shortAllowed: shortAllowed.has(intent.inst) });
    },
  };
}

const schema = () =>
  z.strictObject({
    check: z.literal('cashCover'),
    feePpm: z.int().check(z.nonnegative()),
    shortAllowed: z.array(z.string()),
    otherClasses: z.enum(['deny', 'allow']),
  });

/** Entry of {@link cashCover}. */
export const cashCoverCheckEntry: CheckEntry<ReturnType<typeof schema>> = {
  check: 'cashCover',
  schema,
  make: cashCover,
  doc: {
    what: 'Cash for all working buys and this one; holdings for all working sells and this one.',
    codes: [
      'QL_RISK_CASH',
      'QL_RISK_HOLDING',
      'QL_RISK_CASH_UNKNOWN',
      'QL_RISK_CLASS',
      'QL_RISK_INSTRUMENT_UNKNOWN',
      'QL_RISK_POSITION_UNKNOWN',
      'QL_RISK_PRICE_UNKNOWN',
    ],
    unit: 'settlement currency; quantity for sells',
    default: 'none',
    source: 'SEC 15c3-5(c)(1)(i); exchange-core RISK_NSF',
  },
};
