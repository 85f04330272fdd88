/**
 * What Kite Connect allows, as its documents state it (kite.trade/docs/connect/v3: `exceptions`,
 * "API rate limit"; `market-quotes`, "Retrieving full market quotes"; `websocket`).
 * @module
 */
import type { RateLimit } from '../../feed/index.js';

/** Kinds of requests with a rate of their own. */
export type KiteRateClass = 'quote' | 'historical' | 'other';

/** Requests per second of an API key; one more is answered with HTTP 429. */
export const KITE_RATES: Readonly<Record<KiteRateClass, RateLimit>> = {
  quote: { count: 1, perUs: 1_000_000 },
  historical: { count: 3, perUs: 1_000_000 },
  other: { count: 10, perUs: 1_000_000 },
};

/** Most instruments of one request. */
export const KITE_QUOTE_MAX = { quote: 500, ohlc: 1_000, ltp: 1_000 } as const;

/** The ticker. */
export const KITE_TICKER = {
  /** Most tokens subscribed on one connection. */
  tokensMax: 3_000,
  /** Most connections of an API key; one more is refused at the handshake with HTTP 429. */
  connectionsMax: 3,
  /**
   * Longest silence of a connection that lives, µs. The documents promise a heartbeat byte "every
   * couple seconds"; the official JavaScript and Go clients give a connection up after 5 s.
   */
  silenceUs: 5_000_000,
  /** 3,000 packets of 184 bytes with their lengths are 558,002 bytes. */
  messageBytesMax: 1 << 20,
} as const;

/** Addresses of the venue. */
export const KITE_ROOTS = {
  rest: 'https://api.kite.trade',
  ticker: 'wss://ws.kite.trade',
  login: 'https://kite.zerodha.com/connect/login',
} as const;
