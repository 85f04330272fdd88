/**
 * Margin brackets: how much margin a position of a size takes, as a venue declares it.
 * @module
 */
import { QuantlaxmiError } from '../core/index.js';
import {
  addRational,
  compareRational,
  mulRational,
  parseRational,
  type Rational,
  rational,
  subRational,
} from '../fixed-point/index.js';

/**
 * One bracket as data, in the venue's own field names. Sizes are values in the settlement currency
 * (quote currency of linear contracts, base currency of inverse ones); all decimal text.
 */
export interface MarginBracketSpec {
  /** The bracket holds sizes above this, */
  readonly floor: string;
  /** and up to and with this. */
  readonly cap: string;
  /** Maintenance margin per size. */
  readonly maintMarginRatio: string;
  /** Largest size per initial margin the venue lends in this bracket; an integer above 0. */
  readonly initialLeverage: number;
  /** Maintenance amount: the maintenance margin of a size is `size × maintMarginRatio − cum`. */
  readonly cum: string;
}

/** One bracket, parsed. */
export interface MarginBracket {
  readonly floor: Rational;
  readonly cap: Rational;
  readonly maintMarginRatio: Rational;
  readonly initialLeverage: number;
  readonly cum: Rational;
}

const ZERO: Rational = Object.freeze({ num: 0n, den: 1n });
const ONE: Rational = Object.freeze({ num: 1n, den: 1n });

function refuse(at: number, wrong: string): never {
  throw new QuantlaxmiError(
    'QL_BAD_INPUT',
    `margin bracket ${at + 1}: ${wrong}. Take the brackets from the venue again.`,
    { context: { bracket: at + 1 } },
  );
}

/**
 * Maintenance amounts that make the maintenance margin continuous from bracket to bracket:
 * `cum[n] = cum[n−1] + floor[n] × (ratio[n] − ratio[n−1])`, `cum[0] = 0`.
 *
 * Source: Binance USDⓈ-M futures, support pages on tiers of notional and maintenance margin.
 *
 * @param brackets - smallest first
 * @returns one amount per bracket; O(brackets)
 * @example
 * ```ts
 * import { maintenanceAmounts } from 'quantlaxmi/risk';
 *
 * const ratio = (num: bigint) => ({ num, den: 1000n });
 * const [, second] = maintenanceAmounts([
 *   { floor: { num: 0n, den: 1n }, maintMarginRatio: ratio(4n) },
 *   { floor: { num: 50_000n, den: 1n }, maintMarginRatio: ratio(5n) },
 * ]);
 * second;
 * // => { num: 50n, den: 1n }
 * ```
 */
export function maintenanceAmounts(
  brackets: readonly Pick<MarginBracket, 'floor' | 'maintMarginRatio'>[],
): Rational[] {
  const amounts: Rational[] = [];
  let ratio: Rational | null = null;
  let amount = ZERO;
  for (const { floor, maintMarginRatio } of brackets) {
    if (ratio !== null) {
      amount = addRational(amount, mulRational(floor, subRational(maintMarginRatio, ratio)));
    }
    ratio = maintMarginRatio;
    amounts.push(amount);
  }
  return amounts;
}

function decimal(at: number, field: string, text: string): Rational {
  const value = typeof text === 'string' ? parseRational(text) : null;
  if (value === null || value.num < 0n) {
    return refuse(at, `${field} is ${String(text)}; expected decimal text, 0 or above`);
  }
  return value;
}

function parseOne(spec: MarginBracketSpec, at: number): MarginBracket {
  const { initialLeverage } = spec;
  const maintMarginRatio = decimal(at, 'maintMarginRatio', spec.maintMarginRatio);
  if (maintMarginRatio.num === 0n || compareRational(maintMarginRatio, ONE) >= 0) {
    refuse(at, `maintMarginRatio is ${spec.maintMarginRatio}; expected above 0 and below 1`);
  }
  if (!Number.isSafeInteger(initialLeverage) || initialLeverage < 1) {
    refuse(at, `initialLeverage is ${initialLeverage}; expected an integer above 0`);
  }
  const floor = decimal(at, 'floor', spec.floor);
  const cap = decimal(at, 'cap', spec.cap);
  if (compareRational(floor, cap) >= 0) {
    refuse(at, `cap ${spec.cap} is not above its floor ${spec.floor}`);
  }
  const cum = decimal(at, 'cum', spec.cum);
  return Object.freeze({ floor, cap, maintMarginRatio, initialLeverage, cum });
}

/**
 * Reads the brackets of an instrument and checks that they fit together: the first begins at 0,
 * each begins where the one before ends, ratios rise, `initialLeverage` falls, and every `cum` is
 * the amount worked out from floors and ratios.
 *
 * @param specs - smallest first; rows of `parseLeverageBrackets` of `quantlaxmi/venues/binance` fit
 * @returns frozen brackets; O(brackets)
 * @throws QL_BAD_INPUT (context: bracket, from 1) for the first that does not fit; QL_FIXED_SYNTAX
 * @example
 * ```ts
 * import { marginBrackets } from 'quantlaxmi/risk';
 *
 * const row = { maintMarginRatio: '0.004', initialLeverage: 125, cum: '0' };
 * marginBrackets([{ ...row, floor: '0', cap: '50000' }])[0]?.cap;
 * // => { num: 50000n, den: 1n }
 * ```
 */
export function marginBrackets(specs: readonly MarginBracketSpec[]): readonly MarginBracket[] {
  if (specs.length === 0) refuse(0, 'is missing; at least one is needed');
  const brackets = specs.map(parseOne);
  const amounts = maintenanceAmounts(brackets);
  for (const [at, bracket] of brackets.entries()) {
    const before = brackets[at - 1];
    const begins = before?.cap ?? ZERO;
    if (compareRational(bracket.floor, begins) !== 0) {
      refuse(at, 'its floor is not where the bracket before ends');
    }
    if (before !== undefined) {
      if (compareRational(bracket.maintMarginRatio, before.maintMarginRatio) < 0) {
        refuse(at, 'its maintMarginRatio is below that of the bracket before');
      }
      if (bracket.initialLeverage > before.initialLeverage) {
        refuse(at, 'its initialLeverage is above that of the bracket before');
      }
    }
    const amount = amounts[at] ?? ZERO;
    if (compareRational(bracket.cum, amount) !== 0) {
      refuse(at, `cum is ${specs[at]?.cum}; floors and ratios give ${amount.num}/${amount.den}`);
    }
  }
  return Object.freeze(brackets);
}

/** The bracket of a size: floor < size ≤ cap, the first for 0; null beyond the last. */
export function bracketOf(
  brackets: readonly MarginBracket[],
  size: Rational,
): MarginBracket | null {
  for (const bracket of brackets) if (compareRational(size, bracket.cap) <= 0) return bracket;
  return null;
}

/**
 * Maintenance margin of a position, exactly: `size × maintMarginRatio − cum` of the bracket that
 * holds the size.
 *
 * @param brackets - of {@link marginBrackets}
 * @param size - value of the position at the mark, in the settlement currency, 0 or above
 * @returns the margin in the settlement currency; null when the size is beyond the last bracket;
 *   O(brackets)
 * @example
 * ```ts
 * import { maintenanceMargin, marginBrackets } from 'quantlaxmi/risk';
 *
 * const brackets = marginBrackets([
 *   { floor: '0', cap: '50000', maintMarginRatio: '0.004', initialLeverage: 125, cum: '0' },
 *   { floor: '50000', cap: '250000', maintMarginRatio: '0.005', initialLeverage: 100, cum: '50' },
 * ]);
 * maintenanceMargin(brackets, { num: 60_000n, den: 1n });
 * // => { num: 250n, den: 1n }
 * ```
 */
export function maintenanceMargin(
  brackets: readonly MarginBracket[],
  size: Rational,
): Rational | null {
  const margin = maintenanceOf(brackets, size);
  return margin === null ? null : rational(margin.num, margin.den);
}

/** {@link maintenanceMargin} not in lowest terms: a gcd costs more than all the rest. */
export function maintenanceOf(brackets: readonly MarginBracket[], size: Rational): Rational | null {
  const bracket = bracketOf(brackets, size);
  if (bracket === null || size.num < 0n) return null;
  const { cum, maintMarginRatio } = bracket;
  const { den, num } = maintMarginRatio;
  return {
    num: size.num * num * cum.den - cum.num * size.den * den,
    den: size.den * den * cum.den,
  };
}
