/**
 * Lots as a portfolio shows them: fractions of currency and of units instead of mantissas.
 * @module
 */
import { divRational, mulRational, type Rational, rational } from '../fixed-point/index.js';
import { contractValue } from './contract-value.js';
import { averagePriceOf, type Holding, inCurrency } from './holding.js';
import { scaled } from './internal/fraction.js';
import type { Entry } from './internal/ledger.js';
import type { ClosedLot, Lot } from './types.js';

function decimal(mantissa: bigint, exponent: number): Rational {
  const scale = 10n ** BigInt(Math.abs(exponent));
  return exponent < 0 ? rational(mantissa, scale) : rational(mantissa * scale);
}

/** Price at which one mantissa unit of quantity at `exponent` is worth `unit`. */
function priceOf(holding: Holding, unit: Rational, exponent: number): Rational {
  const { instrument } = holding;
  const { inverse, priceExponent } = instrument;
  // Value of one mantissa unit of quantity at the price mantissa 1.
  const at = decimal(1n, exponent - instrument.qtyExponent);
  const one = mulRational(contractValue(instrument, 1, 1), at);
  const ratio = inverse ? divRational(one, unit) : divRational(unit, one);
  return mulRational(ratio, decimal(1n, priceExponent));
}

/** Open lots, oldest first, in lowest terms. */
export function openLotsOf(entry: Entry): readonly Lot[] {
  const { holding, lots } = entry;
  const { instrument, qty } = holding;
  if (qty === 0) return [];
  const sign = qty < 0 ? -1n : 1n;
  if (lots === null) {
    const average = averagePriceOf(holding) as Rational;
    const value = inCurrency(holding.cost);
    return [
      {
        qty: decimal(BigInt(qty), instrument.qtyExponent),
        price: rational(average.num, average.den),
        value: rational(value.num, value.den),
      },
    ];
  }
  return lots.list().map((lot) => {
    const value = inCurrency(scaled(lot.unit, lot.qty, 1n));
    return {
      qty: decimal(lot.qty * sign, lots.exponent),
      price: priceOf(holding, lot.unit, lots.exponent),
      value: rational(value.num, value.den),
    };
  });
}

/** What the last fill closed, in lowest terms. */
export function closedLotsOf(entry: Entry): readonly ClosedLot[] {
  const { holding, lots } = entry;
  if (lots === null) return [];
  const { inverse } = holding.instrument;
  return lots.closed.map(({ exponent, exit, qty, short, unit }) => {
    const gain = mulRational(
      { num: exit.num * unit.den - unit.num * exit.den, den: exit.den * unit.den },
      { num: short !== inverse ? -qty : qty, den: 1n },
    );
    const realised = inCurrency(gain);
    return {
      qty: decimal(short ? -qty : qty, exponent),
      entryPrice: priceOf(holding, unit, exponent),
      realised: rational(realised.num, realised.den),
    };
  });
}
