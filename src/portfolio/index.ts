/**
 * Exact positions, cash, fees and PnL.
 * @module
 */
export type { AccountSpec, EquityState, Rate, RateSource } from './account-types.js';
export { contractValue, MONEY_EXPONENT } from './contract-value.js';
export {
  createEquityTracker,
  type EquitySnapshot,
  type EquityTracker,
  type EquityTrackerOptions,
  type PriceMark,
} from './equity.js';
export { createPortfolio, type PortfolioOptions } from './portfolio.js';
export { createRates, type Rates } from './rates.js';
export type {
  ClosedLot,
  Lot,
  LotMethod,
  Portfolio,
  PortfolioSnapshot,
  PortfolioWriter,
  Position,
} from './types.js';
