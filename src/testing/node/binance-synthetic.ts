/**
 * A market made up from a seed, for whom there is no recording: one book per symbol, trades that
 * eat into it, and the messages Binance would send of it.
 * @module
 */
import { QuantlaxmiError } from '../../core/index.js';
import type { BinanceMarket } from '../../venues/binance/index.js';
import type { BinanceFrame, BinanceSource, BinanceSourceSymbol } from './binance-source.js';
import { syntheticFrames } from './internal/binance/synthetic-frames.js';
import { SyntheticBook } from './internal/binance/synthetic-book.js';

/** A symbol of a made-up market. */
export interface SyntheticSymbol {
  /** `BTCUSDT`, for COIN-M `BTCUSD_PERP`. */
  readonly symbol: string;
  /** First middle price, in steps of the last decimal. */
  readonly priceSteps: number;
  readonly priceDecimals: number;
  readonly qtyDecimals: number;
}

/** Options of {@link syntheticBinance}. */
export interface SyntheticBinanceOptions {
  readonly market: BinanceMarket;
  readonly seed: bigint;
  /** Default: one of three usual symbols of the market. */
  readonly symbols?: readonly SyntheticSymbol[];
  /** Time of the first message, µs since the epoch. Default 2024-01-01 00:00 UTC. */
  readonly startUs?: number;
  /** How long the market lasts, µs. */
  readonly durationUs: number;
  /** Changes of books in a second, over all symbols. Default 100; about 2 messages each. */
  readonly changesPerSecond?: number;
}

const DEFAULT_START_US = 1_704_067_200_000_000;

function usual(market: BinanceMarket): SyntheticSymbol[] {
  const tail = market === 'coinm' ? 'USD_PERP' : 'USDT';
  const qtyDecimals = market === 'coinm' ? 0 : 3;
  return [
    { symbol: `BTC${tail}`, priceSteps: 600_000, priceDecimals: 1, qtyDecimals },
    { symbol: `ETH${tail}`, priceSteps: 300_000, priceDecimals: 2, qtyDecimals },
    { symbol: `SOL${tail}`, priceSteps: 150_000, priceDecimals: 3, qtyDecimals },
  ];
}

function check(options: SyntheticBinanceOptions, changes: number): void {
  const { durationUs } = options;
  if (Number.isSafeInteger(durationUs) && durationUs > 0 && changes > 0) return;
  throw new QuantlaxmiError(
    'QL_BAD_INPUT',
    `synthetic market: durationUs ${durationUs}, changesPerSecond ${changes}; expected positive ` +
      'numbers, the duration an integer.',
  );
}

/**
 * A made-up market. Messages: `@depth@100ms`, `@bookTicker`, `@trade`, `@aggTrade`; for futures
 * `@markPrice@1s`. The books are never crossed, update ids chain, trade ids are consecutive, and
 * each trade takes its quantity from the best level. Frames are made when they are played, so a
 * long market costs no memory.
 *
 * @param options - market, seed, duration; the same ones give the same bytes
 * @throws QuantlaxmiError QL_BAD_INPUT when a duration or rate is not positive
 * @example
 * ```ts
 * import { syntheticBinance } from 'quantlaxmi/testing/node';
 *
 * const source = syntheticBinance({ market: 'usdm', seed: 7n, durationUs: 1_000_000 });
 * const streams = new Set([...source.frames].map((frame) => frame.stream));
 * streams.has('btcusdt@depth@100ms'); // => true
 * ```
 */
export function syntheticBinance(options: SyntheticBinanceOptions): BinanceSource {
  const { market, seed, durationUs } = options;
  const { startUs = DEFAULT_START_US, changesPerSecond = 100 } = options;
  check(options, changesPerSecond);
  const wanted = options.symbols ?? usual(market);
  const books = (): SyntheticBook[] => wanted.map((of) => new SyntheticBook(of, seed));
  const symbols: BinanceSourceSymbol[] = books().map((book) => ({
    symbol: book.of.symbol,
    priceDecimals: book.of.priceDecimals,
    qtyDecimals: book.of.qtyDecimals,
    snapshot: book.snapshot(),
  }));
  const frames: Iterable<BinanceFrame> = {
    [Symbol.iterator]: () =>
      syntheticFrames(books(), { market, seed, startUs, durationUs, changesPerSecond }),
  };
  return { market, frames, symbols, exchangeInfo: null };
}
