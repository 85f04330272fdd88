/**
 * Limits and addresses of Binance, each with the page that names it. `confirmed: false` marks a
 * value that no page of the venue was found for; `source` then says where it comes from.
 * @module
 */
import type { BinanceMarket } from '../market.js';

/** A number of the venue, and who says so. */
export interface DocumentedValue {
  readonly value: number;
  /** Page or document of the venue; for an unconfirmed value, where else it was found. */
  readonly source: string;
  /** False when no document of the venue was found that says it. */
  readonly confirmed: boolean;
}

/** Weight of a depth snapshot by its number of levels: the first row whose limit is enough. */
export interface DepthWeight {
  readonly limitMax: number;
  readonly weight: number;
}

/** What one market of Binance allows. */
export interface BinanceLimits {
  /** Streams on one connection. */
  readonly streamsPerConnection: DocumentedValue;
  /** Messages sent to the venue on one connection in a second; pings and pongs count too. */
  readonly messagesPerSecond: DocumentedValue;
  /** Connection attempts of one address in five minutes. */
  readonly connectsPer5Minutes: DocumentedValue;
  /** Names in one SUBSCRIBE message. */
  readonly namesPerMessage: DocumentedValue;
  /** Time between two pings of the venue, seconds. */
  readonly pingSeconds: DocumentedValue;
  /** The venue closes a connection that has not answered a ping for this long, seconds. */
  readonly pongSeconds: DocumentedValue;
  /** The venue closes every connection at this age, hours. */
  readonly connectionHours: DocumentedValue;
  /** Weight of requests of one address in a minute. */
  readonly weightPerMinute: DocumentedValue;
  readonly weights: {
    readonly time: DocumentedValue;
    readonly exchangeInfo: DocumentedValue;
    readonly premiumIndex: DocumentedValue;
    readonly openInterest: DocumentedValue;
    readonly fundingRate: DocumentedValue;
    readonly leverageBracket: DocumentedValue;
  };
  readonly depthWeights: readonly DepthWeight[];
  readonly depthWeightsSource: string;
}

const SPOT_STREAMS = 'binance-spot-api-docs, web-socket-streams.md, General information and Limits';
const SPOT_REST = 'binance-spot-api-docs, rest-api.md';
const USDM_STREAMS = 'developers.binance.com, usds-margined-futures, websocket-market-streams';
const COINM_STREAMS = 'developers.binance.com, coin-margined-futures, websocket-market-streams';
const USDM_REST = 'developers.binance.com, usds-margined-futures, market-data, rest-api';
const COINM_REST = 'developers.binance.com, coin-margined-futures, market-data, rest-api';
const ACCOUNT = 'developers.binance.com, account, GET leverageBracket';

function said(value: number, source: string): DocumentedValue {
  return { value, source, confirmed: true };
}

function unconfirmed(value: number, source: string): DocumentedValue {
  return { value, source, confirmed: false };
}

const QUOTED = 'as clients quote it';

/** Spot says 300 attempts in 5 minutes; the futures pages name no number. */
const AS_SPOT = 'taken from spot; the pages of the futures name no number';
const CAUTION = 'a choice: the venue names no number; messages stay below 4 KiB';

const SPOT: BinanceLimits = {
  streamsPerConnection: said(1024, SPOT_STREAMS),
  messagesPerSecond: said(5, SPOT_STREAMS),
  connectsPer5Minutes: said(300, SPOT_STREAMS),
  namesPerMessage: unconfirmed(100, CAUTION),
  pingSeconds: said(20, SPOT_STREAMS),
  pongSeconds: said(60, SPOT_STREAMS),
  connectionHours: said(24, SPOT_STREAMS),
  weightPerMinute: unconfirmed(6000, `exchangeInfo, rateLimits, ${QUOTED}`),
  weights: {
    time: unconfirmed(1, `${SPOT_REST}, Check server time, ${QUOTED}`),
    exchangeInfo: unconfirmed(20, `${SPOT_REST}, Exchange information, ${QUOTED}`),
    premiumIndex: unconfirmed(0, 'not on spot'),
    openInterest: unconfirmed(0, 'not on spot'),
    fundingRate: unconfirmed(0, 'not on spot'),
    leverageBracket: unconfirmed(0, 'not on spot'),
  },
  depthWeights: [
    { limitMax: 100, weight: 5 },
    { limitMax: 500, weight: 25 },
    { limitMax: 1000, weight: 50 },
    { limitMax: 5000, weight: 250 },
  ],
  depthWeightsSource: `${SPOT_REST}, Order book, ${QUOTED}`,
};

/** Both futures markets alike (COIN-M taken from USD-M); a snapshot has at most 1000 levels. */
const FUTURES_DEPTH: readonly DepthWeight[] = [
  { limitMax: 50, weight: 2 },
  { limitMax: 100, weight: 5 },
  { limitMax: 500, weight: 10 },
  { limitMax: 1000, weight: 20 },
];

function futures(
  streams: string,
  rest: string,
  own: { readonly premiumIndex: number; readonly weightPerMinute: DocumentedValue },
): BinanceLimits {
  return {
    streamsPerConnection: said(1024, streams),
    messagesPerSecond: said(10, streams),
    connectsPer5Minutes: unconfirmed(300, AS_SPOT),
    namesPerMessage: unconfirmed(100, CAUTION),
    pingSeconds: said(180, streams),
    pongSeconds: said(600, streams),
    connectionHours: said(24, streams),
    weightPerMinute: own.weightPerMinute,
    weights: {
      time: unconfirmed(1, `${rest}, Check Server Time (page not found)`),
      exchangeInfo: unconfirmed(1, `${rest}, Exchange Information (page not found)`),
      premiumIndex: unconfirmed(own.premiumIndex, `${rest}, Mark Price (page not found)`),
      openInterest: unconfirmed(1, `${rest}, Open Interest (page not found)`),
      fundingRate: unconfirmed(1, `${rest}, Funding Rate History (page not found)`),
      leverageBracket: said(1, ACCOUNT),
    },
    depthWeights: FUTURES_DEPTH,
    depthWeightsSource: `${rest}, Order Book`,
  };
}

/** Limits by market, with the document that names each. */
export const BINANCE_LIMITS: Readonly<Record<BinanceMarket, BinanceLimits>> = {
  spot: SPOT,
  usdm: futures(USDM_STREAMS, USDM_REST, {
    premiumIndex: 1,
    weightPerMinute: said(2400, `${USDM_REST}, rateLimits of exchangeInfo`),
  }),
  coinm: futures(COINM_STREAMS, COINM_REST, {
    premiumIndex: 10,
    weightPerMinute: unconfirmed(2400, 'taken from USD-M'),
  }),
};

/**
 * Addresses of one market. USD-M serves its streams on two paths since 2026-03-06: `public` (book
 * ticker and depth) and `market` (everything else); the address without a path was retired on
 * 2026-04-23 and stays silent for streams of `market`. Source: developers.binance.com, USD-M,
 * Important WebSocket Change Notice. Where a market has one address, both fields hold it.
 */
export interface BinanceEndpoint {
  /** Base of WebSocket addresses for book ticker and depth, without `/ws` or `/stream`. */
  readonly publicStreams: string;
  /** Base of WebSocket addresses for all other streams. */
  readonly marketStreams: string;
  /** Base of requests, without `/api`, `/fapi` or `/dapi`. */
  readonly rest: string;
}

function one(streams: string, rest: string): BinanceEndpoint {
  return { publicStreams: streams, marketStreams: streams, rest };
}

function routed(streams: string, rest: string): BinanceEndpoint {
  return { publicStreams: `${streams}/public`, marketStreams: `${streams}/market`, rest };
}

/**
 * Addresses of production and of the test networks. Sources: web-socket-streams.md and rest-api.md
 * of binance-spot-api-docs (and its folder testnet); General Info of USD-M and COIN-M on
 * developers.binance.com. That the test network of USD-M has both paths is reported by its users,
 * not by the venue.
 */
export const BINANCE_ENDPOINTS: Readonly<
  Record<'production' | 'testnet', Readonly<Record<BinanceMarket, BinanceEndpoint>>>
> = {
  production: {
    spot: one('wss://stream.binance.com:9443', 'https://api.binance.com'),
    usdm: routed('wss://fstream.binance.com', 'https://fapi.binance.com'),
    coinm: one('wss://dstream.binance.com', 'https://dapi.binance.com'),
  },
  testnet: {
    spot: one('wss://stream.testnet.binance.vision', 'https://testnet.binance.vision'),
    usdm: routed('wss://fstream.binancefuture.com', 'https://testnet.binancefuture.com'),
    coinm: one('wss://dstream.binancefuture.com', 'https://testnet.binancefuture.com'),
  },
};
