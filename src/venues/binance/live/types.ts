/**
 * The handle of a live Binance feed.
 * @module
 */
import type { FeedCommand, FeedProtocol } from '../../feed/index.js';
import type { BinanceCapture } from '../capture-types.js';

/** Binance's part of a feed, and its handle: what is subscribed can change while it runs. */
export interface BinanceProtocol extends FeedProtocol {
  readonly capture: BinanceCapture;
  /** Symbols asked for and not refused, in the order in which they were. */
  symbols(): readonly string[];
  /** Names of the streams of a symbol: `btcusdt@depth@100ms`. Empty when it is not subscribed. */
  streams(symbol: string): readonly string[];
  /**
   * Adds symbols, or streams to symbols. The instrument of a new symbol is asked for first, so its
   * event stands in front of its data; a symbol the venue does not list becomes a fact and is left
   * out. Hand the commands to `command` of the feed.
   *
   * @param symbols - symbols as exchangeInfo writes them
   * @param streams - streams of each; default those of the feed
   * @throws QL_BAD_INPUT when the market has no such stream
   */
  subscribe(symbols: readonly string[], streams?: readonly string[]): FeedCommand[];
  /**
   * Takes symbols off, or some of their streams. Messages under way are still recorded.
   *
   * @param symbols - symbols subscribed
   * @param streams - only these streams of each; default all
   */
  unsubscribe(symbols: readonly string[], streams?: readonly string[]): FeedCommand[];
}
