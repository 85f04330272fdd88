/**
 * A view in which nothing is known.
 * @module
 */
import type { RiskView } from './types.js';

const nothing = (): null => null;

/**
 * A view in which nothing is known and nothing is held: the ground for views of tests and of own
 * engines, which replace what they know. What is left as it is denies.
 *
 * @example
 * ```ts
 * import { UNKNOWN_VIEW } from 'quantlaxmi/risk';
 *
 * UNKNOWN_VIEW.position('BINANCE:SPOT:BTCUSDT');
 * // => null
 * ```
 */
export const UNKNOWN_VIEW: RiskView = Object.freeze({
  nowUs: 0,
  killSwitch: 'unknown',
  halted: '',
  memory: Object.freeze({}),
  strategyId: '',
  account: '',
  log: 'unknown',
  reconcile: 'pending',
  clockErrorUs: null,
  ladder: Object.freeze({}),
  ratePpm: 1_000_000,
  report: null,
  counts: Object.freeze({ messages: 0, filledOrders: 0 }),
  instrument: nothing,
  touch: nothing,
  bookState: () => 'none',
  sweepPrice: nothing,
  position: nothing,
  working: nothing,
  order: nothing,
  workingOrders: () => Object.freeze([]),
  workingOrder: nothing,
  openOrderCount: () => 0,
  held: nothing,
  mark: nothing,
  lastTrade: nothing,
  range: nothing,
  displayedQty: nothing,
  cash: nothing,
  rate: nothing,
  equity: nothing,
  dayPnl: nothing,
  toxicityPpm: nothing,
  regime: nothing,
});
