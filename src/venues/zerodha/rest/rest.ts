/**
 * The REST interface of Kite Connect 3, as far as market data and the state of an account go:
 * builds requests, keeps the rates, reads answers. Places no orders.
 * @module
 */
import {
  type Clock,
  isQuantlaxmiError,
  type JsonValue,
  parseStrictJson,
  QuantlaxmiError,
  type Secret,
} from '../../../core/index.js';
import type { HttpPort, TimerPort } from '../../feed/index.js';
import {
  decodeHoldings,
  decodeMargins,
  decodePositions,
  type KiteHolding,
  type KiteMargins,
} from '../account.js';
import { decodeCandles, type KiteCandle } from '../candles.js';
import { decodeOrders, type KiteOrder } from '../orders.js';
import { decodeQuotes, type KiteQuote } from '../quotes.js';
import { decodeTrades, type KiteTrade } from '../trades.js';
import { kiteBody, objectOf } from './answers.js';
import { istTimeText } from './ist-time.js';
import { KITE_QUOTE_MAX, KITE_RATES, KITE_ROOTS, type KiteRateClass } from './limits.data.js';
import { pace } from './pace.js';

/** What requests need of the machine. */
export interface KiteRestPorts {
  readonly http: HttpPort;
  readonly clock: Clock;
  readonly timers: TimerPort;
}

/** Options of {@link kiteRest}. */
export interface KiteRestOptions {
  readonly apiKey: string;
  readonly accessToken: Secret<string>;
  /** Root of the addresses; default the venue's. */
  readonly root?: string;
  /** Longest wait for an answer, µs; default 30 s. */
  readonly timeoutUs?: number;
}

/** `data` of an answer: JSON in which each number is the digits that the venue wrote, as text. */
export type KiteData = JsonValue;

/** Length of a candle, in the words of the venue. */
export type KiteInterval =
  | 'minute'
  | '3minute'
  | '5minute'
  | '10minute'
  | '15minute'
  | '30minute'
  | '60minute'
  | 'day';

/** Which candles to ask for. */
export interface KiteCandleQuery {
  /** Instrument token. */
  readonly token: number;
  readonly interval: KiteInterval;
  /** First candle, µs since the epoch; whole seconds are asked for. */
  readonly fromUs: number;
  /** Last candle, µs since the epoch. */
  readonly toUs: number;
  /** Joins the contracts of a future, day candles only. */
  readonly continuous?: boolean;
  /** Adds the open interest to each candle. */
  readonly openInterest?: boolean;
}

/** Requests that only read. Each waits until the venue's rate allows it. */
export interface KiteRest {
  /** Full quotes with depth of up to 500 instruments, named as `NFO:NIFTY26AUGFUT`. */
  quote(instruments: readonly string[]): Promise<readonly KiteQuote[]>;
  /** Last price and the day's open, high, low, close of up to 1,000 instruments. */
  ohlc(instruments: readonly string[]): Promise<readonly KiteQuote[]>;
  /** Last price of up to 1,000 instruments. */
  ltp(instruments: readonly string[]): Promise<readonly KiteQuote[]>;
  /** The day's instruments of an exchange (`NFO`), or of all, as the CSV the venue sends. */
  instruments(exchange?: string): Promise<Uint8Array>;
  /** Candles of an instrument. */
  candles(query: KiteCandleQuery): Promise<readonly KiteCandle[]>;
  /** Today's orders. */
  orders(): Promise<readonly KiteOrder[]>;
  /** States an order went through. */
  orderHistory(orderId: string): Promise<readonly KiteOrder[]>;
  /** Today's trades, of one order when it is named. */
  trades(orderId?: string): Promise<readonly KiteTrade[]>;
  /** Positions, `net` and `day`. */
  positions(): Promise<ReturnType<typeof decodePositions>>;
  /** Shares held. */
  holdings(): Promise<readonly KiteHolding[]>;
  /** Funds and margins of a segment. */
  margins(segment: 'equity' | 'commodity'): Promise<KiteMargins>;
  /** Who the token is for: the cheapest question whether it is still valid. */
  profile(): Promise<KiteData>;
}

const TIMEOUT_US = 30_000_000;
/** The dump of all exchanges has about 10 MB; a full quote of 500 instruments under 1 MB. */
const BYTES_MAX = 1 << 27;
const JSON_BYTES_MAX = 1 << 24;

/** The `data` of an answer with status 200. */
const dataOf = (body: Uint8Array, place: string): KiteData => {
  const refuse = (said: string): never => {
    throw new QuantlaxmiError(
      'QL_KITE_REST',
      `${place}: ${said}; expected {"status":"success","data":…}`,
      { context: { place, errorType: '', status: 200 } },
    );
  };
  let answer: JsonValue;
  try {
    answer = parseStrictJson(body, { numbers: 'text', maxBytes: JSON_BYTES_MAX, maxDepth: 12 });
  } catch (error) {
    return refuse(isQuantlaxmiError(error) ? `${error.code}: ${error.message}` : 'not JSON');
  }
  const { status, data } = objectOf(answer);
  if (status !== 'success' || data === undefined) return refuse('no success, or no data');
  return data;
};

const checkCount = (place: string, instruments: readonly string[], max: number): void => {
  if (instruments.length >= 1 && instruments.length <= max) return;
  throw new QuantlaxmiError(
    'QL_BAD_INPUT',
    `${place}: ${instruments.length} instruments; the venue takes 1 to ${max} in one request, ` +
      'make several',
    { context: { place, count: instruments.length, max } },
  );
};

/** A request and how it is paced. */
interface Question {
  /** Path without query; what errors show. */
  readonly path: string;
  readonly query?: string;
  readonly rate?: KiteRateClass;
}

const named = (instruments: readonly string[]): string =>
  instruments.map((name) => `i=${encodeURIComponent(name)}`).join('&');

const candleQuestion = (query: KiteCandleQuery): Question => {
  const { token, interval, fromUs, toUs } = query;
  const flag = (on: boolean | undefined): string => (on === true ? '1' : '0');
  const fields = [
    `from=${encodeURIComponent(istTimeText(fromUs))}`,
    `to=${encodeURIComponent(istTimeText(toUs))}`,
    `continuous=${flag(query.continuous)}`,
    `oi=${flag(query.openInterest)}`,
  ];
  const path = `/instruments/historical/${token}/${interval}`;
  return { path, query: fields.join('&'), rate: 'historical' };
};

/** Asks one question and gives the body of the answer. */
const asker = (
  options: KiteRestOptions,
  ports: KiteRestPorts,
): ((question: Question) => Promise<Uint8Array>) => {
  const { apiKey, accessToken, root = KITE_ROOTS.rest, timeoutUs = TIMEOUT_US } = options;
  const pacer = (rate: KiteRateClass) => pace(KITE_RATES[rate], ports.clock, ports.timers);
  const paces = {
    quote: pacer('quote'),
    historical: pacer('historical'),
    other: pacer('other'),
  };
  return async ({ path, query, rate = 'other' }) => {
    await paces[rate]();
    const request = {
      method: 'GET',
      url: `${root}${path}${query === undefined ? '' : `?${query}`}`,
      headers: {
        'x-kite-version': '3',
        authorization: `token ${apiKey}:${accessToken.reveal()}`,
      },
      body: null,
      timeoutUs,
      bytesMax: BYTES_MAX,
    } as const;
    return kiteBody(ports.http, request, {
      apiKey,
      secrets: [accessToken],
      place: `GET ${path}`,
    });
  };
};

/**
 * Reads market data and the state of an account over REST. Requests of a kind wait for each other
 * so that the venue's rates hold ({@link KITE_RATES}): an API key has one allowance, make one of
 * these.
 *
 * Each method throws QL_KITE_TOKEN when the token is not valid, QL_KITE_REST for other refusals and
 * for answers that are none, QL_KITE_TEXT for an answer that lacks a field, QL_FEED_REQUEST when
 * there is no answer, QL_BAD_INPUT for more instruments than one request may name.
 *
 * @param options - key, token, root
 * @param ports - requests, clock, timers
 * @returns the requests
 * @example
 * ```ts
 * import { Secret } from 'quantlaxmi/core';
 * import { livePorts } from 'quantlaxmi/node';
 * import { kiteRest } from 'quantlaxmi/venues/zerodha';
 *
 * const rest = kiteRest({ apiKey: 'abc', accessToken: new Secret('…') }, livePorts());
 * typeof rest.quote; // => 'function'
 * ```
 */
export const kiteRest = (options: KiteRestOptions, ports: KiteRestPorts): KiteRest => {
  const ask = asker(options, ports);
  const data = async (question: Question): Promise<KiteData> =>
    dataOf(await ask(question), `GET ${question.path}`);
  const quotes = async (path: string, names: readonly string[], max: number) => {
    checkCount(`GET ${path}`, names, max);
    return decodeQuotes(await data({ path, query: named(names), rate: 'quote' }));
  };
  const part = (name: string | undefined): string =>
    name === undefined ? '' : `/${encodeURIComponent(name)}`;
  const tradesPath = (orderId: string | undefined): string =>
    orderId === undefined ? '/trades' : `/orders${part(orderId)}/trades`;
  return {
    quote: (names) => quotes('/quote', names, KITE_QUOTE_MAX.quote),
    ohlc: (names) => quotes('/quote/ohlc', names, KITE_QUOTE_MAX.ohlc),
    ltp: (names) => quotes('/quote/ltp', names, KITE_QUOTE_MAX.ltp),
    instruments: (exchange) => ask({ path: `/instruments${part(exchange)}` }),
    candles: async (query) => decodeCandles(await data(candleQuestion(query))),
    orders: async () => decodeOrders(await data({ path: '/orders' })),
    orderHistory: async (id) => decodeOrders(await data({ path: `/orders${part(id)}` })),
    trades: async (id) => decodeTrades(await data({ path: tradesPath(id) })),
    positions: async () => decodePositions(await data({ path: '/portfolio/positions' })),
    holdings: async () => decodeHoldings(await data({ path: '/portfolio/holdings' })),
    margins: async (segment) =>
      decodeMargins(await data({ path: `/user/margins${part(segment)}` })),
    profile: () => data({ path: '/user/profile' }),
  };
};
