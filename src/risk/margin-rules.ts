/**
 * What a margin account must satisfy, on exact sizes.
 * @module
 */
import type { InstrumentBody } from '../events/index.js';
import {
  compareRational,
  divRational,
  type Rational,
  rational,
  subRational,
} from '../fixed-point/index.js';
import { maintenanceOf, type MarginBracket } from './brackets.js';
import { plus, times } from './exposure.js';
import { liquidationPrice } from './margin-liquidation.js';
import type { WorstSizes } from './margin-worst.js';

/** Margin of one instrument, parsed. */
export interface MarginTerms {
  readonly initialLeverage: number;
  readonly brackets: readonly MarginBracket[];
}

/** One instrument at its worst. Money in the settlement currency, not in lowest terms. */
export interface MarginPosition {
  readonly instrument: InstrumentBody;
  readonly sizes: WorstSizes;
  readonly initial: Rational;
  readonly maintenance: Rational;
  readonly terms: MarginTerms;
}

/** All instruments of a settlement currency at their worst. */
export interface MarginAccount {
  /** What carries margin, worst executions taken off. */
  readonly equity: Rational;
  readonly initial: Rational;
  readonly maintenance: Rational;
  readonly positions: readonly MarginPosition[];
}

/** Smallest distance to liquidation by instrument, parts per million of the mark. */
export interface LiquidationRule {
  readonly distances: ReadonlyMap<string, number>;
}

const PPM = 1_000_000n;

/** Maintenance margin in parts per million of equity, rounded up; null without equity. */
export function maintenancePpm({ equity, maintenance }: MarginAccount): bigint | null {
  if (maintenance.num === 0n) return 0n;
  if (equity.num <= 0n) return null;
  const num = maintenance.num * equity.den * PPM;
  const den = maintenance.den * equity.num;
  return (num + den - 1n) / den;
}

/** Size and loss of a position when the price went `distance` ppm against it. */
function stressed(
  size: Rational,
  move: { readonly distance: number; readonly side: 'long' | 'short'; readonly inverse: boolean },
): { readonly size: Rational; readonly loss: Rational } {
  const distance = BigInt(move.distance);
  const left = move.side === 'long' ? PPM - distance : PPM + distance;
  if (!move.inverse) {
    const scaled = { num: size.num * left, den: size.den * PPM };
    return { size: scaled, loss: { num: size.num * distance, den: size.den * PPM } };
  }
  const scaled = { num: size.num * PPM, den: size.den * left };
  return { size: scaled, loss: { num: size.num * distance, den: size.den * left } };
}

/** Distance from mark to liquidation price, ppm rounded down, for the record; '' if none. */
function distanceText(
  account: MarginAccount,
  position: MarginPosition,
  side: 'long' | 'short',
): string {
  const { instrument, maintenance, sizes, terms } = position;
  const { inverse } = instrument;
  // Money per unit of price (linear) or of 1/price (inverse), in price mantissas.
  const size = side === 'long' ? sizes.long : sizes.short;
  const mark = rational(BigInt(sizes.mark));
  const qty = inverse
    ? rational(size.num * mark.num, size.den)
    : divRational(rational(size.num, size.den), mark);
  const balance = {
    walletBalance: rational(account.equity.num, account.equity.den),
    otherMaintenance: subRational(account.maintenance, maintenance),
    otherUnrealised: rational(0n),
  };
  const { brackets } = terms;
  const price = liquidationPrice(balance, [{ side, qty, entry: mark }], {
    brackets,
    mark,
    inverse,
  });
  if (price === null) return '';
  const gap = side === 'long' ? subRational(mark, price) : subRational(price, mark);
  const scaled = gap.num * PPM;
  const den = gap.den * mark.num;
  const floor = scaled / den - (scaled < 0n && scaled % den !== 0n ? 1n : 0n);
  return String(floor);
}

/**
 * The first position, by either side, whose liquidation price could be closer to the mark than the
 * rule asks; null when none is. A price is that far away exactly when margin still covers the
 * position after a move of the distance: balance less maintenance falls as the price moves against
 * the position, since ratios are below 1 and `cum` makes maintenance continuous.
 */
export function nearestLiquidation(
  account: MarginAccount,
  rule: LiquidationRule,
): { readonly observed: string; readonly limit: string } | null {
  for (const position of account.positions) {
    const { instrument, maintenance, sizes, terms } = position;
    const distance = rule.distances.get(instrument.instrumentId) ?? 0;
    const others = plus(account.maintenance, times(maintenance, -1n));
    for (const side of ['long', 'short'] as const) {
      const size = side === 'long' ? sizes.long : sizes.short;
      if (size.num <= 0n) continue;
      const after = stressed(size, { distance, side, inverse: instrument.inverse });
      const needed = maintenanceOf(terms.brackets, after.size);
      const left = plus(plus(account.equity, times(others, -1n)), times(after.loss, -1n));
      if (needed !== null && compareRational(left, needed) >= 0) continue;
      return { observed: distanceText(account, position, side), limit: String(distance) };
    }
  }
  return null;
}
