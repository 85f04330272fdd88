/**
 * Makes the protocol of a live Binance feed.
 * @module
 */
import type { BinanceProtocolOptions } from './options.js';
import { LiveProtocol } from './protocol.js';
import type { BinanceProtocol } from './types.js';

/**
 * Makes Binance's part of a live feed: which connections to hold, what to subscribe, when to ask
 * for depth snapshots. Give it to `createFeed` with the ports of `quantlaxmi/node`.
 *
 * @param options - market, symbols, streams
 * @returns the protocol; its capture is made of the options and of what is recorded
 * @throws QL_BAD_INPUT naming the option, what was found and what it may be
 * @example
 * ```ts
 * import { binanceProtocol } from 'quantlaxmi/venues/binance';
 *
 * const protocol = binanceProtocol({ market: 'usdm', sessionId: 's1', symbols: ['BTCUSDT'] });
 * protocol.links().map((link) => link.url);
 * // => ['wss://fstream.binance.com/public/stream', 'wss://fstream.binance.com/market/stream']
 * protocol.streams('BTCUSDT');
 * // => ['btcusdt@depth@100ms', 'btcusdt@bookTicker', 'btcusdt@aggTrade']
 * ```
 */
export function binanceProtocol(options: BinanceProtocolOptions): BinanceProtocol {
  return new LiveProtocol(options);
}
