/**
 * The requests a live feed makes, as the feed carries them out.
 * @module
 */
import type { HasherFactory, Secret } from '../../../core/index.js';
import { parseMantissa } from '../../../fixed-point/index.js';
import type { FeedRequest } from '../../feed/index.js';
import type { BinanceMarket } from '../market.js';
import { BINANCE_LIMITS, type BinanceLimits, type DocumentedValue } from './limits.data.js';
import { signedQuery } from './signed.js';

/** Key of an account, for the one request that needs it: `leverageBracket`. */
export interface BinanceKey {
  readonly apiKey: Secret<string>;
  readonly secret: Secret<string>;
  /** SHA-256 for the signature; default pure JavaScript. */
  readonly hasher?: HasherFactory;
}

const PREFIX = { spot: '/api/v3', usdm: '/fapi/v1', coinm: '/dapi/v1' } as const;

/** Keys of snapshot requests: this and the symbol. */
export const DEPTH_KEY = 'depth:';

const NO_HEADERS: Readonly<Record<string, string>> = {};
/** exchangeInfo of all spot symbols is about 20 MB. */
const BYTES_MAX = 67_108_864;
const TIMEOUT_US = 10_000_000;
/** Names a query can hold before a proxy on the way may refuse it (8 KiB of address). */
const QUERY_SYMBOLS_MAX = 100;

type WeightName = keyof BinanceLimits['weights'];

/** Makes the requests of one market. */
export class BinanceRequests {
  readonly #market: BinanceMarket;
  readonly #rest: string;
  readonly #limits: BinanceLimits;

  constructor(market: BinanceMarket, rest: string) {
    this.#market = market;
    this.#rest = rest;
    this.#limits = BINANCE_LIMITS[market];
  }

  /** Server time. */
  time(key: string, retry: boolean): FeedRequest {
    return this.#get(key, '/time', { weight: this.#weight('time'), retry });
  }

  /**
   * Instruments: of these symbols where the venue can restrict its answer (spot), else of all.
   */
  exchangeInfo(key: string, symbols: readonly string[], retry: boolean): FeedRequest {
    const restrict = this.#market === 'spot' && symbols.length <= QUERY_SYMBOLS_MAX;
    const query = restrict ? `?symbols=${encodeURIComponent(JSON.stringify(symbols))}` : '';
    return this.#get(key, `/exchangeInfo${query}`, {
      weight: this.#weight('exchangeInfo'),
      retry,
      // The answer for all symbols is megabytes.
      timeoutUs: 60_000_000,
    });
  }

  /** Depth snapshot. */
  depth(symbol: string, limit: number): FeedRequest {
    return this.#get(
      `${DEPTH_KEY}${symbol}`,
      `/depth?symbol=${encodeURIComponent(symbol)}&limit=${limit}`,
      {
        weight: this.depthWeight(limit),
        retry: false,
      },
    );
  }

  depthWeight(limit: number): number {
    const rows = this.#limits.depthWeights;
    const row = rows.find((one) => limit <= one.limitMax) ?? rows.at(-1);
    return row?.weight ?? 0;
  }

  /** Mark price, index price and funding of a contract. */
  premiumIndex(symbol: string): FeedRequest {
    return this.#poll('premiumIndex', symbol, '');
  }

  openInterest(symbol: string): FeedRequest {
    return this.#poll('openInterest', symbol, '');
  }

  /** The last fundings of a contract, at most 1000. */
  fundingRate(symbol: string, limit: number): FeedRequest {
    return this.#poll('fundingRate', symbol, `&limit=${limit}`);
  }

  /** Margin brackets of the account: signed; what is recorded has neither key nor signature. */
  leverageBracket(key: BinanceKey, timestampMs: number): FeedRequest {
    const path = this.#market === 'coinm' ? '/dapi/v2/leverageBracket' : '/fapi/v1/leverageBracket';
    const { apiKey, secret, hasher } = key;
    const signing =
      hasher === undefined ? { secret, timestampMs } : { secret, timestampMs, hasher };
    return {
      method: 'GET',
      url: `${this.#rest}${path}?${signedQuery([], signing)}`,
      headers: { 'X-MBX-APIKEY': apiKey.reveal() },
      body: null,
      timeoutUs: TIMEOUT_US,
      bytesMax: BYTES_MAX,
      key: 'leverageBracket',
      recordedUrl: path,
      weight: this.#weight('leverageBracket'),
      // The signature is good for a few seconds: it is made afresh, not sent again.
      retry: false,
    };
  }

  #poll(what: 'premiumIndex' | 'openInterest' | 'fundingRate', symbol: string, more: string) {
    const path = `/${what}?symbol=${encodeURIComponent(symbol)}${more}`;
    return this.#get(`${what}:${symbol}`, path, { weight: this.#weight(what), retry: false });
  }

  #weight(name: WeightName): number {
    const weight: DocumentedValue = this.#limits.weights[name];
    return weight.value;
  }

  #get(
    key: string,
    path: string,
    how: { readonly weight: number; readonly retry: boolean; readonly timeoutUs?: number },
  ): FeedRequest {
    const recordedUrl = `${PREFIX[this.#market]}${path}`;
    return {
      method: 'GET',
      url: `${this.#rest}${recordedUrl}`,
      headers: NO_HEADERS,
      body: null,
      timeoutUs: how.timeoutUs ?? TIMEOUT_US,
      bytesMax: BYTES_MAX,
      key,
      recordedUrl,
      weight: how.weight,
      retry: how.retry,
    };
  }
}

/**
 * Weight used in this minute, as the venue counts it. Source: rest-api.md, IP Limits
 * (`X-MBX-USED-WEIGHT-(intervalNum)(intervalLetter)`); the futures say the same.
 */
export function usedWeight(headers: Readonly<Record<string, string>>): number | null {
  const text = headers['x-mbx-used-weight-1m'];
  return text !== undefined && /^[0-9]{1,9}$/.test(text) ? parseMantissa(text, 0) : null;
}

/** What an answer is, by the address it came from: `depth` of `/api/v3/depth?symbol=BTCUSDT`. */
export function requestKind(recordedUrl: string): {
  readonly what: string;
  readonly symbol: string;
} {
  const query = recordedUrl.indexOf('?');
  const path = query < 0 ? recordedUrl : recordedUrl.slice(0, query);
  const what = path.slice(path.lastIndexOf('/') + 1);
  const symbol = /[?&]symbol=([^&]*)/.exec(recordedUrl)?.[1] ?? '';
  return { what, symbol: decodeSymbol(symbol) };
}

function decodeSymbol(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
