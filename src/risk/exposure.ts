/**
 * Worst cases over working orders: what a position may become, and what it is worth.
 * @module
 */
import type { InstrumentBody, IntentBody } from '../events/index.js';
import { compareRational, type Rational } from '../fixed-point/index.js';
import { contractValue } from '../portfolio/index.js';
import { holds, isKnown, refuses } from './checks/result.js';
import type { RiskReason } from './reasons.data.js';
import type { CheckResult, RiskView } from './types.js';
import { valueFactor } from './value-factor.js';

/** Signed positions, mantissas, between which any set of executions leads. */
export interface PositionRange {
  /** All working buys execute and no sell. */
  readonly long: number;
  /** All working sells execute and no buy. */
  readonly short: number;
}

/** The range of an instrument, `intent` counted in where it is for it; null when unknown. */
export function positionRange(
  view: RiskView,
  inst: string,
  intent: IntentBody | null,
): PositionRange | null {
  const position = view.position(inst);
  const working = view.working(inst);
  if (position === null || working === null) return null;
  const { buyQty, sellQty } = working;
  if (!(isKnown(position) && isKnown(buyQty) && isKnown(sellQty))) return null;
  if (buyQty < 0 || sellQty < 0) return null;
  const own = intent !== null && intent.inst === inst ? intent : null;
  if (own !== null && !(isKnown(own.qty) && own.qty > 0)) return null;
  const long = position + buyQty + (own?.side === 'buy' ? own.qty : 0);
  const short = position - sellQty - (own?.side === 'sell' ? own.qty : 0);
  return isKnown(long) && isKnown(short) ? { long, short } : null;
}

/**
 * True when an order, and all working orders of its side with it, can only make the position
 * smaller: it neither opens one nor turns it. False when anything is unknown.
 */
export function isReducing(intent: IntentBody, view: RiskView): boolean {
  const position = view.position(intent.inst);
  const range = positionRange(view, intent.inst, intent);
  if (position === null || range === null) return false;
  return intent.side === 'buy' ? position < 0 && range.long <= 0 : position > 0 && range.short >= 0;
}

/** What a check answers at its limit: a reducing order passes where the policy says so. */
export function refusesGrowth(
  code: RiskReason,
  options: {
    readonly observed: string;
    readonly limit: string;
    readonly allowReducing: boolean;
    readonly intent: IntentBody;
    readonly view: RiskView;
  },
): CheckResult {
  const { allowReducing, intent, limit, observed, view } = options;
  return allowReducing && isReducing(intent, view)
    ? holds(observed, limit)
    : refuses(code, observed, limit);
}

/** False when something received at `rx` is too old, or from the future. */
export function isFresh(nowUs: number, rx: number, ageMaxUs: number): boolean {
  const ageUs = nowUs - rx;
  return isKnown(nowUs) && isKnown(rx) && isKnown(ageUs) && ageUs >= 0 && ageUs <= ageMaxUs;
}

/** Value of one quantity mantissa at a price, settlement currency; not in lowest terms. */
export function unitValue(instrument: InstrumentBody, price: number): Rational {
  const { den, num } = valueFactor(instrument);
  if (!instrument.inverse) return { num: num * BigInt(price), den };
  // It says what is wrong with the price.
  if (!(price > 0)) return contractValue(instrument, price, 1);
  return { num, den: den * BigInt(price) };
}

/** `a + b`, not in lowest terms: on this path denominators are equal but for rates. */
export function plus(a: Rational, b: Rational): Rational {
  if (a.den === b.den) return { num: a.num + b.num, den: a.den };
  return { num: a.num * b.den + b.num * a.den, den: a.den * b.den };
}

/** `a × n` for an integer. */
export function times(a: Rational, n: bigint): Rational {
  return { num: a.num * n, den: a.den };
}

/** The larger of two fractions. */
export function maxOf(a: Rational, b: Rational): Rational {
  return compareRational(a, b) < 0 ? b : a;
}

/** The smaller of two fractions. */
export function minOf(a: Rational, b: Rational): Rational {
  return compareRational(a, b) > 0 ? b : a;
}

/** The magnitude of a fraction. */
export function magnitude(a: Rational): Rational {
  return a.num < 0n ? { num: -a.num, den: a.den } : a;
}

/** The rate of a currency in itself. */
export const ONE: Rational = Object.freeze({ num: 1n, den: 1n });

/** One unit of `from` in `to`; null when unknown, too old, or not above 0. */
export function freshRate(
  view: RiskView,
  pair: { readonly from: string; readonly to: string },
  ageMaxUs: number,
): Rational | null {
  if (pair.from === pair.to) return ONE;
  const rate = view.rate(pair.from, pair.to);
  if (rate === null || rate.value.num <= 0n || rate.value.den <= 0n) return null;
  if (rate.rx !== null && !isFresh(view.nowUs, rate.rx, ageMaxUs)) return null;
  return rate.value;
}

/** Price to value an instrument at; null when unknown, too old, or not above 0. */
export function freshMark(view: RiskView, inst: string, ageMaxUs: number): number | null {
  const mark = view.mark(inst);
  if (mark === null || !isKnown(mark.price) || mark.price <= 0) return null;
  return isFresh(view.nowUs, mark.rx, ageMaxUs) ? mark.price : null;
}

/** Instruments to look at for an intent: all that are held and its own; null when unknown. */
export function concerned(view: RiskView, intent: IntentBody): readonly string[] | null {
  const held = view.held();
  if (held === null) return null;
  return held.includes(intent.inst) ? held : [...held, intent.inst];
}
