/**
 * One instrument's holding: the arithmetic of a fill on average cost, or on first in, first out.
 *
 * Kept are the signed quantity, the entry value of what is open (`cost`) and the sum of all values
 * paid and received (`flow`). Average price, realised and unrealised PnL follow from these, so that
 * realised + unrealised = flow + value at the mark, whatever was rounded when shown.
 * @module
 */
import { QuantlaxmiError } from '../core/index.js';
import type { FillBody, InstrumentBody } from '../events/index.js';
import { addMantissa, type Rational, rescaleExact } from '../fixed-point/index.js';
import { contractValue, MONEY_EXPONENT } from './contract-value.js';
import { bounded, negated, plus, scaled, ZERO } from './internal/fraction.js';
import type { LotQueue } from './internal/lots.js';

/** State of one instrument. Money in 10^-18 of the settlement currency. */
export interface Holding {
  readonly instrument: InstrumentBody;
  /** Signed mantissa at the instrument's `qtyExponent`. */
  readonly qty: number;
  /** Entry value of the open quantity, not negative. */
  readonly cost: Rational;
  /** Values received less values paid. */
  readonly flow: Rational;
  readonly exact: boolean;
}

/** A holding that never traded. */
export function emptyHolding(instrument: InstrumentBody): Holding {
  return { instrument, qty: 0, cost: ZERO, flow: ZERO, exact: true };
}

function refuse(fill: FillBody, found: string): never {
  throw new QuantlaxmiError(
    'QL_PORTFOLIO_FILL',
    `Fill ${fill.fillId} of ${fill.inst}: ${found}. The fill was not booked; correct its source.`,
    { context: { fillId: fill.fillId, inst: fill.inst } },
  );
}

/** @throws QL_PORTFOLIO_FILL when the fill contradicts its instrument or is no integer */
export function checkFill(fill: FillBody, instrument: InstrumentBody): void {
  if (fill.inst !== instrument.instrumentId) {
    refuse(fill, `booked against ${instrument.instrumentId}, expected its own instrument`);
  }
  if (!(Number.isSafeInteger(fill.qty) && fill.qty > 0)) {
    refuse(fill, `quantity ${fill.qty}, expected an integer above 0`);
  }
  if (!Number.isSafeInteger(fill.price)) {
    refuse(fill, `price ${fill.price}, expected an integer mantissa`);
  }
  if (!Number.isSafeInteger(fill.fee)) refuse(fill, `fee ${fill.fee}, expected an integer`);
}

/**
 * The holding under a newer declaration of its instrument.
 *
 * @throws QL_PORTFOLIO_FILL when contract terms changed, QL_FIXED_INEXACT, QL_FIXED_OVERFLOW
 */
export function redeclared(holding: Holding, instrument: InstrumentBody, what: string): Holding {
  const old = holding.instrument;
  if (old === instrument) return holding;
  if (
    old.inverse !== instrument.inverse ||
    old.settle !== instrument.settle ||
    (holding.qty !== 0 && old.multiplier !== instrument.multiplier)
  ) {
    throw new QuantlaxmiError(
      'QL_PORTFOLIO_FILL',
      `${what} of ${instrument.instrumentId}: the instrument changed its contract terms while a ` +
        'position was open. Nothing was booked; close the position under the old terms.',
      { context: { inst: instrument.instrumentId } },
    );
  }
  const qty = rescaleExact(holding.qty, old.qtyExponent, instrument.qtyExponent);
  return { ...holding, instrument, qty };
}

/** A change of position: by a fill, or by a settlement, which is one at the settlement price. */
export interface Trade {
  /** Price mantissa. */
  readonly price: number;
  /** Quantity mantissa, above 0. */
  readonly qty: number;
  readonly buys: boolean;
}

/** A holding under FIFO keeps lots besides; null under average cost. */
export interface TradeOptions {
  readonly lots: LotQueue | null;
  /** {@link contractValue} of the trade's quantity. */
  readonly value: Rational;
}

/** Entry value of what is open after `trade` reduced, or turned, the holding. */
function reducedCost(holding: Holding, trade: Trade, options: TradeOptions): Rational {
  const { lots, value } = options;
  const { instrument } = holding;
  const open = holding.qty < 0 ? -holding.qty : holding.qty;
  const closes = trade.qty < open ? trade.qty : open;
  const rest = trade.qty - open;
  let entry: Rational | null = null;
  if (lots !== null) {
    const exponent = instrument.qtyExponent;
    const unit = contractValue(instrument, trade.price, 1);
    entry = lots.take(closes, { exponent, short: holding.qty < 0, unit });
    if (rest > 0) lots.add(rest, unit, exponent);
  }
  if (rest > 0) return scaled(value, BigInt(rest), BigInt(trade.qty));
  if (rest === 0) return ZERO;
  if (entry !== null) return plus(holding.cost, negated(entry));
  return scaled(holding.cost, BigInt(-rest), BigInt(open));
}

/**
 * The holding after a trade. Adding keeps the average of entries, reducing keeps the average price
 * or closes the oldest lots, crossing zero opens the rest at the trade's price. Changes nothing
 * when it throws.
 *
 * @throws QL_FIXED_OVERFLOW
 */
export function tradeHolding(holding: Holding, trade: Trade, options: TradeOptions): Holding {
  const { lots, value } = options;
  const { instrument } = holding;
  const signed = trade.buys ? trade.qty : -trade.qty;
  const qty = addMantissa(holding.qty, signed);
  let cost: Rational;
  if (holding.qty === 0 || holding.qty > 0 === signed > 0) {
    cost = plus(holding.cost, value);
    lots?.none();
    lots?.add(trade.qty, contractValue(instrument, trade.price, 1), instrument.qtyExponent);
  } else {
    cost = reducedCost(holding, trade, options);
  }
  let boundCost = bounded(cost);
  // The sum carries the prices of lots long closed; summed afresh it may well fit.
  if (!boundCost.exact && lots !== null) boundCost = bounded(lots.cost());
  const flow = bounded(plus(holding.flow, trade.buys ? negated(value) : value));
  const exact = holding.exact && boundCost.exact && flow.exact && (lots === null || lots.exact);
  return { instrument, qty, cost: boundCost.value, flow: flow.value, exact };
}

/** Entry value with the sign of the position. */
export function signedCost(holding: Holding): Rational {
  return holding.qty < 0 ? negated(holding.cost) : holding.cost;
}

/** A value of the base currency falls as the price rises: an inverse contract counts backwards. */
export function oriented(holding: Holding, value: Rational): Rational {
  return holding.instrument.inverse ? negated(value) : value;
}

const MONEY_UNIT = 10n ** BigInt(-MONEY_EXPONENT);

/** Not in lowest terms: that costs a gcd of long numbers, and only readers of fractions need it. */
export function inCurrency(value: Rational): Rational {
  return { num: value.num, den: value.den * MONEY_UNIT };
}

/** Realised PnL before fees, in the settlement currency; like all below, not in lowest terms. */
export function realisedOf(holding: Holding): Rational {
  return inCurrency(oriented(holding, plus(holding.flow, signedCost(holding))));
}

/** Unrealised PnL at a mark, in the settlement currency. */
export function unrealisedOf(holding: Holding, mark: number): Rational {
  if (holding.qty === 0) return ZERO;
  const value = contractValue(holding.instrument, mark, holding.qty);
  return inCurrency(oriented(holding, plus(negated(signedCost(holding)), value)));
}

/** Average entry price as a decimal fraction; null when flat. */
export function averagePriceOf(holding: Holding): Rational | null {
  if (holding.qty === 0) return null;
  const open = holding.qty < 0 ? -holding.qty : holding.qty;
  // Price 1 of the mantissa scale: what the open quantity is worth per unit of price.
  const unit = contractValue(holding.instrument, 1, open);
  const { cost, instrument } = holding;
  const scale = 10n ** BigInt(Math.abs(instrument.priceExponent));
  const [up, down] = instrument.priceExponent < 0 ? [1n, scale] : [scale, 1n];
  return instrument.inverse
    ? { num: unit.num * cost.den * up, den: unit.den * cost.num * down }
    : { num: cost.num * unit.den * up, den: cost.den * unit.num * down };
}

/** Values received less values paid, in the settlement currency. */
export function flowOf(holding: Holding): Rational {
  return inCurrency(holding.flow);
}
