/**
 * Zerodha Kite: ticker frames, instruments and answers to events, recordings to sessions.
 * @module
 */
export {
  decodeHoldings,
  decodeMargins,
  decodePositions,
  type KiteHolding,
  type KiteMargins,
  type KitePosition,
} from './account.js';
export {
  decodeCandles,
  type KiteBarTerms,
  type KiteCandle,
  kiteBarBody,
  kiteIntervalUs,
} from './candles.js';
export { kiteCapture } from './capture.js';
export type { KiteCapture, KiteCaptureOptions, KiteCaptureStats } from './capture-types.js';
export {
  decodeOrder,
  decodeOrders,
  decodePostback,
  isKitePostback,
  type KiteOrder,
  kiteOrderBody,
  kiteOrderState,
} from './orders.js';
export { decodeQuotes, type KiteQuote, type KiteQuoteLevel, quoteTick } from './quotes.js';
export { parseKiteLine } from './recording.js';
export { decodeText, type KiteText } from './text.js';
export { ZERODHA_SOURCE } from './market.js';
export { KITE_INDICES, type KiteExponent, type KiteSegment, kiteSegment } from './segments.js';
export { decodeTrades, type KiteFillTerms, type KiteTrade, kiteFillBody } from './trades.js';
export {
  decodePacket,
  decodeTicks,
  KITE_PACKET_BYTES,
  type KiteDepthLevel,
  type KiteMode,
  type KiteTick,
} from './ticks.js';
export {
  type KiteInstrument,
  type KiteInstrumentRow,
  parseInstruments,
  readInstruments,
} from './instruments.js';
export { kiteLoginUrl } from './rest/login-url.js';
export { istTimeText, istTimeUs, tokenExpiryUs } from './rest/ist-time.js';
export {
  KITE_QUOTE_MAX,
  KITE_RATES,
  KITE_ROOTS,
  KITE_TICKER,
  type KiteRateClass,
} from './rest/limits.data.js';
export {
  type KiteCandleQuery,
  type KiteData,
  type KiteInterval,
  type KiteRest,
  type KiteRestOptions,
  type KiteRestPorts,
  kiteRest,
} from './rest/rest.js';
export {
  type KiteLoginOptions,
  type KiteLogoutOptions,
  type KiteSession,
  kiteLogout,
  kiteSession,
} from './rest/session.js';
export { givenInstruments } from './live/given-instruments.js';
export type {
  KiteInstrumentName,
  KiteProtocolOptions,
  KiteSubscription,
} from './live/options.js';
export { type KiteProtocol, kiteProtocol } from './live/protocol.js';
export type { TokenLimits } from './live/token-table.js';
