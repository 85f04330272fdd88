/**
 * A portfolio as plain JSON.
 * @module
 */
import { formatBig, type Rational, rationalToBig } from '../fixed-point/index.js';
import { MONEY_EXPONENT } from './contract-value.js';
import { averagePriceOf, inCurrency, realisedOf } from './holding.js';
import type { Entry, Ledger } from './internal/ledger.js';
import { openLotsOf } from './lot-view.js';
import type { PortfolioSnapshot } from './types.js';

function text(value: Rational): string {
  return formatBig(rationalToBig(value, MONEY_EXPONENT, 'halfEven'), MONEY_EXPONENT);
}

function money(amount: bigint): string {
  return formatBig(amount, MONEY_EXPONENT);
}

function sorted<T>(
  map: ReadonlyMap<string, T>,
  show: (value: T) => string,
): Record<string, string> {
  const shown: Record<string, string> = {};
  for (const [key, value] of [...map].sort(([a], [b]) => (a < b ? -1 : 1)))
    shown[key] = show(value);
  return shown;
}

function positionOf(entry: Entry): PortfolioSnapshot['positions'][number] {
  const { hadFlow, holding, inst, lots, nets } = entry;
  const average = averagePriceOf(holding);
  const open = openLotsOf(entry).map(({ price, qty }) => ({ price: text(price), qty: text(qty) }));
  return {
    averagePrice: average === null ? '' : text(average),
    inst,
    ...(lots === null ? {} : { lots: open }),
    ...(hadFlow ? { net: sorted(nets, money) } : {}),
    qty: holding.qty,
    realised: text(realisedOf(holding)),
    ...(hadFlow ? { rest: text(inCurrency(entry.rest)) } : {}),
  };
}

/** Everything the books hold, keys sorted, big numbers as text at 10^-18. */
export function snapshotOf(ledger: Ledger): PortfolioSnapshot {
  const flows: Record<string, Record<string, string>> = {};
  const purses = [...ledger.purses.values()].sort((a, b) => (a.currency < b.currency ? -1 : 1));
  const cash: Record<string, string> = {};
  const fees: Record<string, string> = {};
  const byKind = new Map<string, Map<string, bigint>>();
  for (const { currency, fees: paid, flows: own } of purses) {
    cash[currency] = text(inCurrency(ledger.cash(currency)));
    fees[currency] = money(paid);
    for (const [kind, amount] of own) {
      const sums = byKind.get(kind) ?? new Map<string, bigint>();
      byKind.set(kind, sums.set(currency, amount));
    }
  }
  for (const kind of [...byKind.keys()].sort()) {
    flows[kind] = sorted(byKind.get(kind) as Map<string, bigint>, money);
  }
  const positions = [...ledger.entries.values()].map(positionOf);
  positions.sort((a, b) => (a.inst < b.inst ? -1 : 1));
  return {
    cash,
    fees,
    fills: ledger.fills,
    ...(byKind.size === 0 ? {} : { flows }),
    ...(ledger.method === 'fifo' ? { lots: 'fifo' as const } : {}),
    positions,
  };
}
