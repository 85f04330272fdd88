/**
 * Exact positions, cash, fees and PnL.
 * @module
 */
export type {
  Portfolio,
  PortfolioSnapshot,
  PortfolioWriter,
  Position,
} from './types.js';
