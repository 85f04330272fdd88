/**
 * Instruments, universe, trading sessions, L2 order book and bars.
 * @module
 */
export { type Bar, type BarBuilder, type BarRule, createBarBuilder } from './bars.js';
export {
  type Book,
  type BookDeltaResult,
  type BookSide,
  type BookSnapshotResult,
  type BookView,
  createBook,
} from './book.js';
export { breaksFeed } from './broken-feed.js';
export { type DumpOptions, dumpBook } from './dump.js';
export {
  createInstrumentRegistry,
  type InstrumentRegistry,
  type InstrumentVersion,
} from './instruments.js';
export {
  createSequencer,
  type DeltaOutcome,
  type SequencedDelta,
  type SequenceRule,
  SEQUENCER_BUFFER_LIMIT,
  SEQUENCER_STALE_LIMIT,
  type Sequencer,
  type SnapshotOutcome,
} from './sequence.js';
export {
  ALWAYS_OPEN,
  isInSession,
  type SpecialSession,
  type TradingHours,
  type TradingSchedule,
  tradingHours,
} from './trading-session.js';
export {
  createUniverse,
  type Universe,
  type UniverseCoverage,
  type UniverseMember,
} from './universe.js';
export { createMarketView, type MarketReader, type MarketView, type Stamped } from './view.js';
