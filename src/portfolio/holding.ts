/**
 * One instrument's holding: the pure arithmetic of a fill on average-cost accounting.
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

function check(fill: FillBody, instrument: InstrumentBody): void {
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

/** The holding under a newer declaration of its instrument. */
function redeclared(holding: Holding, instrument: InstrumentBody, fill: FillBody): Holding {
  const old = holding.instrument;
  if (old === instrument) return holding;
  if (
    old.inverse !== instrument.inverse ||
    old.settle !== instrument.settle ||
    (holding.qty !== 0 && old.multiplier !== instrument.multiplier)
  ) {
    refuse(fill, 'the instrument changed its contract terms while a position was open');
  }
  const qty = rescaleExact(holding.qty, old.qtyExponent, instrument.qtyExponent);
  return { ...holding, instrument, qty };
}

/**
 * The holding after a fill. Adding keeps the average of entries, reducing keeps the average price,
 * crossing zero opens the rest at the fill's price.
 *
 * @throws QL_PORTFOLIO_FILL, QL_FIXED_OVERFLOW
 */
export function fillHolding(before: Holding, fill: FillBody, instrument: InstrumentBody): Holding {
  check(fill, instrument);
  const holding = redeclared(before, instrument, fill);
  const value = contractValue(instrument, fill.price, fill.qty);
  const signed = fill.side === 'buy' ? fill.qty : -fill.qty;
  const qty = addMantissa(holding.qty, signed);
  const open = holding.qty < 0 ? -holding.qty : holding.qty;
  let cost: Rational;
  if (holding.qty === 0 || holding.qty > 0 === signed > 0) cost = plus(holding.cost, value);
  else if (fill.qty < open) cost = scaled(holding.cost, BigInt(open - fill.qty), BigInt(open));
  else if (fill.qty === open) cost = ZERO;
  else cost = scaled(value, BigInt(fill.qty - open), BigInt(fill.qty));
  const boundCost = bounded(cost);
  const flow = bounded(plus(holding.flow, fill.side === 'buy' ? negated(value) : value));
  return {
    instrument,
    qty,
    cost: boundCost.value,
    flow: flow.value,
    exact: holding.exact && boundCost.exact && flow.exact,
  };
}

function signedCost(holding: Holding): Rational {
  return holding.qty < 0 ? negated(holding.cost) : holding.cost;
}

/** A value of the base currency falls as the price rises: an inverse contract counts backwards. */
function oriented(holding: Holding, value: Rational): Rational {
  return holding.instrument.inverse ? negated(value) : value;
}

const MONEY_UNIT = 10n ** BigInt(-MONEY_EXPONENT);

/** Not in lowest terms: that costs a gcd of long numbers, and only readers of fractions need it. */
function inCurrency(value: Rational): Rational {
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
