/**
 * Zerodha Kite: ticker frames, instruments and answers to events, recordings to sessions.
 * @module
 */
export { ZERODHA_SOURCE } from './market.js';
export { KITE_INDICES, type KiteExponent, type KiteSegment, kiteSegment } from './segments.js';
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
