/**
 * Binance spot, USD-M and COIN-M: raw messages to events, recordings to sessions.
 * @module
 */
export { createBinanceCapture } from './capture.js';
export type {
  BinanceCapture,
  BinanceCaptureOptions,
  CaptureStats,
  Counter,
} from './capture-types.js';
export {
  binanceFrameDecoder,
  type DecodedArray,
  type DecodedFrame,
  type Frame,
  type FrameDecoder,
  type FrameDecoderOptions,
  type IgnoredFrame,
  type IgnoredReason,
} from './decoder.js';
export {
  type ExchangeInfo,
  parseExchangeInfo,
  readExchangeInfo,
  type RefusedSymbol,
} from './exchange-info.js';
export { withFinerDigits } from './finer-digits.js';
export { createRecordingScan, type RecordingScan } from './infer.js';
export { binanceProtocol } from './live/binance-protocol.js';
export {
  BINANCE_ENDPOINTS,
  BINANCE_LIMITS,
  type BinanceEndpoint,
  type BinanceLimits,
  type DepthWeight,
  type DocumentedValue,
} from './live/limits.data.js';
export type { BinanceProtocolOptions, BinanceSilence } from './live/options.js';
export type { BinanceKey } from './live/requests.js';
export { type SignedQueryOptions, signedQuery } from './live/signed.js';
export type { BinanceProtocol } from './live/types.js';
export {
  type LeverageBracket,
  type LeverageBrackets,
  parseLeverageBrackets,
} from './margin-brackets.js';
export {
  BINANCE_VENUE,
  type BinanceMarket,
  binanceInstrumentId,
  binanceSegment,
} from './market.js';
export {
  createLineSplitter,
  type LineSink,
  type LineSplitter,
  type RecordingLine,
  splitRecordingLine,
  symbolOfUrl,
} from './recording.js';
export { type InferredInstrumentInput, inferredInstrument } from './symbols.js';
