/**
 * The parts most programs start from: a strategy, its limits, a simulated venue, the log, replay
 * and the gates. Everything else is at `quantlaxmi/<room>`; what touches files and clocks is at
 * `quantlaxmi/node` only.
 * @module
 */

export { isQuantlaxmiError, QuantlaxmiError } from './core/index.js';
export type { Event, EventInput } from './events/index.js';
export { formatMantissa, parseMantissa } from './fixed-point/index.js';
export { g0DataTruth, g1ReplayParity, g4Deployability, runGates } from './gates/index.js';
export { createBook, createInstrumentRegistry } from './market/index.js';
export { replay } from './replay/index.js';
export { maxNotional, maxPosition, quoteAge, riskPolicy } from './risk/index.js';
export { constantLatency, makerTakerFees, simVenue } from './sim/index.js';
export type { StepContext, Strategy, StrategyOutput } from './strategy/index.js';
export {
  createRunner,
  createStep,
  defineStrategy,
  limitOrder,
  marketOrder,
} from './strategy/index.js';
export { memoryStore, openWalWriter, readWal, verifyWal } from './wal/index.js';
