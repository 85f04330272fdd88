/**
 * Test doubles that need a real machine: venues on loopback with real sockets.
 * @module
 */
export {
  type BinanceFrame,
  type BinanceFramesOptions,
  type BinanceSnapshot,
  type BinanceSource,
  type BinanceSourceSymbol,
  binanceFrames,
  binanceRecording,
} from './binance-source.js';
export {
  type SyntheticBinanceOptions,
  type SyntheticSymbol,
  syntheticBinance,
} from './binance-synthetic.js';
export {
  type BinanceLimits,
  type BinanceVenue,
  type BinanceVenueOptions,
  binanceVenue,
  type GivenAnswers,
} from './binance-venue.js';
export type {
  ConnectionFault,
  Damage,
  Fault,
  FaultAt,
  FaultCounts,
  FaultKind,
  FaultTarget,
  FrameFault,
  OtherFault,
  RequestFault,
  ScriptedFault,
} from './faults.js';
export {
  type KiteFrame,
  type KiteSource,
  kiteTickCsv,
  type SyntheticKiteOptions,
  syntheticKite,
} from './kite-source.js';
export {
  type KiteLimits,
  type KiteVenue,
  type KiteVenueOptions,
  kiteVenue,
} from './kite-venue.js';
export type {
  LocalVenue,
  SentFrame,
  StreamCount,
  VenueConnection,
  VenueRequest,
  VenueUrl,
} from './local-venue.js';
export { LOOPBACK } from './loopback.js';
