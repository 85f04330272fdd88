/**
 * What tests of this package and of its users stand on: arbitraries, contract suites, a store that
 * fails on demand.
 * @module
 */

export { anyEventArbitrary, eventArbitrary, eventInputArbitrary } from './event-arbitraries.js';
export type { FaultPlan, FaultyStore, StoreCall, StoreOperation } from './faulty-store.js';
export { faultyStore } from './faulty-store.js';
export { type ManualClock, manualClock } from './manual-clock.js';
export { type BookFeed, type BookFeedOptions, bookFeed } from './market-arbitraries.js';
export type { ContractCase } from './wal-store-contract.js';
export { walStoreContract } from './wal-store-contract.js';
export {
  brokenIntentArbitrary,
  fillArbitrary,
  placeIntentArbitrary,
  sessionArbitrary,
  sessionOf,
  testInstrument,
} from './action-arbitraries.js';
export type { VenueUnderTest } from './venue-contract.js';
export { approvedCancel, approvedOrder, venueContract } from './venue-contract.js';
export { type StrategyUnderTest, strategyContract } from './strategy-contract.js';
