import { QuantlaxmiError } from '../../core/index.js';
import type { Portfolio } from '../types.js';
import type { Ledger } from './ledger.js';

const ledgers = new WeakMap<Portfolio, Ledger>();

/** Lets the equity tracker find the books behind a portfolio, and nobody else. */
export function keepLedger(portfolio: Portfolio, ledger: Ledger): void {
  ledgers.set(portfolio, ledger);
}

/** @throws QL_BAD_INPUT when `createPortfolio` did not make it */
export function ledgerOf(portfolio: Portfolio): Ledger {
  const ledger = ledgers.get(portfolio);
  if (ledger !== undefined) return ledger;
  throw new QuantlaxmiError(
    'QL_BAD_INPUT',
    'createEquityTracker: the portfolio was not made by createPortfolio; expected one that was.',
  );
}
