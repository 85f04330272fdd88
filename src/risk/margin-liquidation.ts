/**
 * Prices at which a venue would close positions that lost their margin, exactly.
 *
 * Source: Binance, "How to Calculate Liquidation Price of USDⓈ-M Futures Contracts"; the formula
 * there is the root of balance = maintenance margin, which is linear in the price of a linear
 * contract and in 1/price of an inverse one.
 * @module
 */
import { QuantlaxmiError } from '../core/index.js';
import {
  addRational,
  compareRational,
  divRational,
  mulRational,
  type Rational,
  rational,
  subRational,
} from '../fixed-point/index.js';
import type { MarginBracket } from './brackets.js';

/** One position of an instrument: both sides in one, or one of the two of hedge mode. */
export interface MarginLeg {
  readonly side: 'long' | 'short';
  /** Quantity × multiplier, above 0: base units of linear contracts, face value of inverse ones. */
  readonly qty: Rational;
  readonly entry: Rational;
}

/** A leg with the bracket it is in. */
export interface BracketedLeg extends MarginLeg {
  readonly maintMarginRatio: Rational;
  readonly cum: Rational;
}

/** What covers the legs. */
export interface MarginBalance {
  /** Wallet balance: of the wallet (cross), or of the position (isolated). */
  readonly walletBalance: Rational;
  /** Maintenance margin of all other instruments; 0 for isolated positions. */
  readonly otherMaintenance: Rational;
  /** Unrealised PnL of all other instruments; 0 for isolated positions. */
  readonly otherUnrealised: Rational;
}

const ZERO: Rational = Object.freeze({ num: 0n, den: 1n });
const ONE: Rational = Object.freeze({ num: 1n, den: 1n });

const inverted = (value: Rational): Rational => divRational(ONE, value);

/** +1 where value rises with the coordinate the position is linear in. */
function direction(leg: MarginLeg, inverse: boolean): bigint {
  return (leg.side === 'long') === inverse ? -1n : 1n;
}

function checkLegs(legs: readonly MarginLeg[]): void {
  for (const { entry, qty } of legs) {
    if (qty.num > 0n && entry.num > 0n) continue;
    throw new QuantlaxmiError(
      'QL_BAD_INPUT',
      'liquidation price: quantity and entry price of a leg must be above 0; its side says which ' +
        'way it is. Leave out legs without a position.',
      { context: { qty: `${qty.num}/${qty.den}`, entry: `${entry.num}/${entry.den}` } },
    );
  }
}

/** Root of balance − maintenance in price (linear) or 1/price (inverse); null when none. */
function root(
  balance: MarginBalance,
  legs: readonly BracketedLeg[],
  inverse: boolean,
): Rational | null {
  let constant = subRational(
    addRational(balance.walletBalance, balance.otherUnrealised),
    balance.otherMaintenance,
  );
  let slope = ZERO;
  for (const leg of legs) {
    const sign = rational(direction(leg, inverse));
    const entry = inverse ? inverted(leg.entry) : leg.entry;
    const atEntry = mulRational(mulRational(sign, leg.qty), entry);
    constant = addRational(subRational(constant, atEntry), leg.cum);
    slope = addRational(slope, mulRational(leg.qty, subRational(leg.maintMarginRatio, sign)));
  }
  if (slope.num === 0n) return null;
  const at = divRational(constant, slope);
  return at.num > 0n ? at : null;
}

/**
 * Liquidation price of positions whose brackets are known: the venue's formula to the letter. Hedge
 * mode is two legs.
 *
 * @param balance - what covers the legs, in the settlement currency
 * @param legs - one or two positions of one instrument, with maintenance ratio and amount
 * @param options - `inverse`: true for contracts settled in the base currency
 * @returns the price; null when there is none above 0. Exact; O(legs)
 * @throws QL_BAD_INPUT when a leg's quantity or entry is not above 0
 * @example
 * ```ts
 * import { parseRational } from 'quantlaxmi/fixed-point';
 * import { liquidationPriceInBracket } from 'quantlaxmi/risk';
 *
 * const price = liquidationPriceInBracket(
 *   {
 *     walletBalance: parseRational('6180'),
 *     otherMaintenance: parseRational('0'),
 *     otherUnrealised: parseRational('0'),
 *   },
 *   [{
 *     side: 'long',
 *     qty: parseRational('1'),
 *     entry: parseRational('61800'),
 *     maintMarginRatio: parseRational('0.005'),
 *     cum: parseRational('50'),
 *   }],
 *   { inverse: false },
 * );
 * price;
 * // => { num: 11114000n, den: 199n }
 * ```
 */
export function liquidationPriceInBracket(
  balance: MarginBalance,
  legs: readonly BracketedLeg[],
  options: { readonly inverse: boolean },
): Rational | null {
  checkLegs(legs);
  const at = root(balance, legs, options.inverse);
  return at === null || !options.inverse ? at : inverted(at);
}

/** The size of a leg at the coordinate lies in the bracket; the last one has no upper end. */
function contains(
  brackets: readonly MarginBracket[],
  at: { readonly index: number; readonly size: Rational },
): boolean {
  const bracket = brackets[at.index];
  if (bracket === undefined || compareRational(at.size, bracket.floor) <= 0) return false;
  return at.index === brackets.length - 1 || compareRational(at.size, bracket.cap) <= 0;
}

/** All roots that lie in the brackets they were worked out with. */
function roots(
  balance: MarginBalance,
  legs: readonly MarginLeg[],
  terms: { readonly brackets: readonly MarginBracket[]; readonly inverse: boolean },
): Rational[] {
  const { brackets, inverse } = terms;
  const found: Rational[] = [];
  const chosen: number[] = legs.map(() => 0);
  const combinations = legs.reduce((count) => count * brackets.length, 1);
  for (let n = 0; n < combinations; n += 1) {
    let rest = n;
    for (let leg = 0; leg < legs.length; leg += 1) {
      chosen[leg] = rest % brackets.length;
      rest = (rest - (rest % brackets.length)) / brackets.length;
    }
    const bracketed = legs.map((leg, i): BracketedLeg => {
      const { cum, maintMarginRatio } = brackets[chosen[i] ?? 0] as MarginBracket;
      return { ...leg, cum, maintMarginRatio };
    });
    const at = root(balance, bracketed, inverse);
    if (at === null) continue;
    const fits = legs.every((leg, i) =>
      contains(brackets, { index: chosen[i] ?? 0, size: mulRational(leg.qty, at) }),
    );
    if (fits) found.push(at);
  }
  return found;
}

/**
 * Liquidation price, with the bracket that holds the position at that price, not at the entry: all
 * are tried, and the one kept is consistent with itself. Of two such prices the one nearest to the
 * mark counts. Sizes beyond the last bracket use its ratio.
 *
 * @param balance - what covers the legs, in the settlement currency
 * @param legs - one position, or the long and the short one of hedge mode, of one instrument
 * @param options - `brackets`: of {@link marginBrackets}; `mark`: mark price, above 0; `inverse`:
 *   true for contracts settled in the base currency
 * @returns the price at which margin balance equals maintenance margin; null when there is none
 *   above 0. Exact; O(brackets), O(brackets²) for two legs
 * @throws QL_BAD_INPUT when a leg's quantity or entry, or the mark, is not above 0
 * @example
 * ```ts
 * import { parseRational, rationalToBig } from 'quantlaxmi/fixed-point';
 * import { liquidationPrice, marginBrackets } from 'quantlaxmi/risk';
 *
 * const brackets = marginBrackets([
 *   { floor: '0', cap: '50000', maintMarginRatio: '0.004', initialLeverage: 125, cum: '0' },
 *   { floor: '50000', cap: '250000', maintMarginRatio: '0.005', initialLeverage: 100, cum: '50' },
 * ]);
 * const zero = parseRational('0');
 * const price = liquidationPrice(
 *   { walletBalance: parseRational('6180'), otherMaintenance: zero, otherUnrealised: zero },
 *   [{ side: 'short', qty: parseRational('1'), entry: parseRational('61800') }],
 *   { brackets, mark: parseRational('61800'), inverse: false },
 * );
 * price && rationalToBig(price, -2, 'floor');
 * // => 6769154n
 * ```
 */
export function liquidationPrice(
  balance: MarginBalance,
  legs: readonly MarginLeg[],
  options: {
    readonly brackets: readonly MarginBracket[];
    readonly mark: Rational;
    readonly inverse: boolean;
  },
): Rational | null {
  checkLegs(legs);
  const { brackets, inverse, mark } = options;
  if (mark.num <= 0n) {
    throw new QuantlaxmiError('QL_BAD_INPUT', 'liquidation price: the mark must be above 0.', {
      context: { mark: `${mark.num}/${mark.den}` },
    });
  }
  let nearest: { readonly price: Rational; readonly away: Rational } | null = null;
  for (const at of roots(balance, legs, { brackets, inverse })) {
    const price = inverse ? inverted(at) : at;
    const gap = subRational(price, mark);
    const away = gap.num < 0n ? rational(-gap.num, gap.den) : gap;
    if (nearest === null || compareRational(away, nearest.away) < 0) nearest = { price, away };
  }
  return nearest === null ? null : nearest.price;
}

/**
 * Liquidation price of an isolated linear position in the first bracket, opened with
 * `entry × qty / initialLeverage` of margin:
 * `entry × (1 − side/initialLeverage) / (1 − side×ratio)`.
 *
 * @param options - `entry`: above 0; `initialLeverage`: size per margin, an integer above 0;
 *   `side`; `maintMarginRatio`: of the bracket
 * @returns the price; null when there is none above 0
 * @throws QL_BAD_INPUT when entry or `initialLeverage` is not above 0
 * @example
 * ```ts
 * import { parseRational } from 'quantlaxmi/fixed-point';
 * import { isolatedLiquidationPrice } from 'quantlaxmi/risk';
 *
 * const price = isolatedLiquidationPrice({
 *   entry: parseRational('61800'),
 *   initialLeverage: 10,
 *   side: 'long',
 *   maintMarginRatio: parseRational('0.004'),
 * });
 * price;
 * // => { num: 4635000n, den: 83n }
 * ```
 */
export function isolatedLiquidationPrice(options: {
  readonly entry: Rational;
  readonly initialLeverage: number;
  readonly side: 'long' | 'short';
  readonly maintMarginRatio: Rational;
}): Rational | null {
  const { entry, initialLeverage, maintMarginRatio, side } = options;
  if (!Number.isSafeInteger(initialLeverage) || initialLeverage < 1) {
    throw new QuantlaxmiError(
      'QL_BAD_INPUT',
      `isolated liquidation price: initialLeverage is ${initialLeverage}; expected an integer ` +
        'above 0.',
      { context: { initialLeverage } },
    );
  }
  return liquidationPriceInBracket(
    {
      walletBalance: divRational(entry, rational(BigInt(initialLeverage))),
      otherMaintenance: ZERO,
      otherUnrealised: ZERO,
    },
    [{ side, qty: ONE, entry, maintMarginRatio, cum: ZERO }],
    { inverse: false },
  );
}
