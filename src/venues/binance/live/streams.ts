/**
 * Streams of Binance: their names, and which of the venue's addresses serves them.
 * @module
 */
import { QuantlaxmiError } from '../../../core/index.js';
import type { BinanceMarket } from '../market.js';

/** Which of the addresses of USD-M serves a stream; other markets have one for both. */
export type StreamRoute = 'public' | 'market';

/**
 * What is asked for each symbol by default: depth changes at the fastest speed that is documented
 * (100 ms on all three markets), book ticker, and trades: `trade` on spot, `aggTrade` on the
 * futures, where `trade` is in no document.
 */
export const DEFAULT_STREAMS: Readonly<Record<BinanceMarket, readonly string[]>> = {
  spot: ['depth@100ms', 'bookTicker', 'trade'],
  usdm: ['depth@100ms', 'bookTicker', 'aggTrade'],
  coinm: ['depth@100ms', 'bookTicker', 'aggTrade'],
};

/** Some symbols of the futures hold letters beyond ASCII; none holds what separates streams. */
const SYMBOL = /^[^\s\p{C}a-z@/?&#%"'\\[\]{},]{1,32}$/u;

const INTERVAL = '(1s|[1-9][0-9]?[mhdwM])';
const SPOT_ONLY = /^(depth@1000ms|avgPrice)$/;
const FUTURES_ONLY = /^(markPrice(@1s)?|forceOrder|depth@(0ms|250ms|500ms))$/;
const DEPTH = 'depth(@100ms)?|depth(5|10|20)(@(100|250|500|1000)ms)?';
const EITHER = new RegExp(`^(${DEPTH}|bookTicker|trade|aggTrade|kline_${INTERVAL})$`);

/** One stream of one symbol. */
export interface StreamOf {
  /** Symbol as the venue writes it in messages: upper case. */
  readonly symbol: string;
  /** Stream without its symbol: `depth@100ms`. */
  readonly kind: string;
  /** Name on the wire: `btcusdt@depth@100ms`. */
  readonly name: string;
  readonly route: StreamRoute;
}

/** True for changes of the whole book (`depth`, `depth@100ms`), not for its best levels. */
export function isDiffDepth(kind: string): boolean {
  return kind === 'depth' || kind.startsWith('depth@');
}

/**
 * `trade` of USD-M is in no document of the venue; its users find it with book ticker and depth.
 */
function routeOf(kind: string): StreamRoute {
  const isPublic = kind.startsWith('depth') || kind === 'bookTicker' || kind === 'trade';
  return isPublic ? 'public' : 'market';
}

/**
 * A stream of a symbol.
 *
 * @throws QL_BAD_INPUT when the market has no such stream or the symbol cannot be one
 */
export function streamOf(market: BinanceMarket, symbol: string, kind: string): StreamOf {
  if (!SYMBOL.test(symbol)) {
    throw new QuantlaxmiError(
      'QL_BAD_INPUT',
      `Binance symbol ${JSON.stringify(symbol)}: expected upper case, as exchangeInfo writes it.`,
      { context: { symbol } },
    );
  }
  const own = market === 'spot' ? SPOT_ONLY : FUTURES_ONLY;
  if (!EITHER.test(kind) && !own.test(kind)) {
    throw new QuantlaxmiError(
      'QL_BAD_INPUT',
      `Stream ${JSON.stringify(kind)} of ${symbol}: ${market} has no such stream. Take one of ` +
        `${DEFAULT_STREAMS[market].join(', ')}, kline_1m` +
        `${market === 'spot' ? '' : ', markPrice@1s, forceOrder'}.`,
      { context: { market, symbol, kind } },
    );
  }
  return { symbol, kind, name: `${symbol.toLowerCase()}@${kind}`, route: routeOf(kind) };
}
