/**
 * Exact positions, cash, fees and PnL.
 * @module
 */
export { contractValue, MONEY_EXPONENT } from './contract-value.js';
export { createPortfolio, type PortfolioOptions } from './portfolio.js';
export type { Portfolio, PortfolioSnapshot, PortfolioWriter, Position } from './types.js';
