/**
 * What tests of this package and of its users stand on: arbitraries, contract suites, a store over
 * a simulated disk.
 * @module
 */

export { anyEventArbitrary, eventArbitrary, eventInputArbitrary } from './event-arbitraries.js';
export {
  type BadVenue,
  type BadVenueOptions,
  badVenue,
  isLie,
  type VenueFaultRule,
} from './bad-venue.js';
export {
  VENUE_FAULTS,
  type VenueFaultDescription,
  type VenueFaultKind,
} from './venue-faults.data.js';
export type { DiskFault, DiskPromise } from './sim-promises.data.js';
export { DISK_FAULTS } from './sim-promises.data.js';
export { simStore } from './sim-store.js';
export type {
  SimPlan,
  SimStore,
  StoreCall,
  StoreFault,
  StoreOperation,
  Unsynced,
} from './sim-store-types.js';
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
export { approvedAmend, approvedCancel, approvedOrder } from './approved-requests.js';
export { venueContract } from './venue-contract.js';
export { type StrategyUnderTest, strategyContract } from './strategy-contract.js';
export { encodeTick, kiteFrame, kiteHeartbeat } from './kite-frames.js';
