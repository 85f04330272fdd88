/** The messages of made-up books, in the order of their times. @module */
import { createRng, streamIdOf } from '../../../../core/index.js';
import type { BinanceMarket } from '../../../../venues/binance/index.js';
import type { BinanceFrame } from '../../binance-source.js';
import type { SyntheticBook, SyntheticTrade } from './synthetic-book.js';

interface Settings {
  readonly market: BinanceMarket;
  readonly seed: bigint;
  readonly startUs: number;
  readonly durationUs: number;
  readonly changesPerSecond: number;
}

/** From the event to its receipt, µs. */
const LATENCY_US = 1_500;
const DEPTH_EVERY_US = 100_000;
const MARK_EVERY_US = 1_000_000;
const EIGHT_HOURS_MS = 28_800_000;

class Writer {
  readonly #market: BinanceMarket;

  constructor(market: BinanceMarket) {
    this.#market = market;
  }

  get #futures(): boolean {
    return this.#market !== 'spot';
  }

  depth(book: SyntheticBook, us: number): BinanceFrame {
    const pu = book.sentSeq;
    const [bids, asks] = book.takeChanges();
    const ms = Math.floor(us / 1000);
    const { symbol } = book.of;
    const pair = this.#market === 'coinm' ? `,"ps":"${pairOf(symbol)}"` : '';
    const times = this.#futures ? `,"T":${ms}` : '';
    const link = this.#futures ? `,"pu":${pu}` : '';
    return this.#frame(
      `${book.stream}@depth@100ms`,
      us,
      `{"e":"depthUpdate","E":${ms}${times},"s":"${symbol}"${pair},"U":${pu + 1},"u":${book.seq}` +
        `${link},"b":[${bids}],"a":[${asks}]}`,
    );
  }

  quote(book: SyntheticBook, us: number): BinanceFrame {
    const ms = Math.floor(us / 1000);
    const [bid, bidQty, ask, askQty] = book.best();
    const { symbol } = book.of;
    const pair = this.#market === 'coinm' ? `,"ps":"${pairOf(symbol)}"` : '';
    const values = `"b":"${bid}","B":"${bidQty}","a":"${ask}","A":"${askQty}"`;
    const body = `"u":${book.seq},"s":"${symbol}"${pair},${values}`;
    const data = this.#futures ? `{"e":"bookTicker",${body},"T":${ms},"E":${ms}}` : `{${body}}`;
    return this.#frame(`${book.stream}@bookTicker`, us, data);
  }

  trade(book: SyntheticBook, trade: SyntheticTrade, us: number): BinanceFrame[] {
    const ms = Math.floor(us / 1000);
    const { symbol } = book.of;
    const value = `"p":"${book.price(trade.price)}","q":"${book.qty(trade.qty)}"`;
    const tail = this.#futures ? '' : ',"M":true';
    const type = this.#futures ? ',"X":"MARKET"' : '';
    const single =
      `{"e":"trade","E":${ms},"T":${ms},"s":"${symbol}","t":${trade.id},${value}${type},` +
      `"m":${trade.buyerIsMaker}${tail}}`;
    const aggregate =
      `{"e":"aggTrade","E":${ms},"s":"${symbol}","a":${trade.id},${value},"f":${trade.id},` +
      `"l":${trade.id},"T":${ms},"m":${trade.buyerIsMaker}${tail}}`;
    return [
      this.#frame(`${book.stream}@trade`, us, single),
      this.#frame(`${book.stream}@aggTrade`, us, aggregate),
    ];
  }

  mark(book: SyntheticBook, us: number): BinanceFrame {
    const ms = Math.floor(us / 1000);
    const price = book.price(book.mid);
    const next = ms - (ms % EIGHT_HOURS_MS) + EIGHT_HOURS_MS;
    return this.#frame(
      `${book.stream}@markPrice@1s`,
      us,
      `{"e":"markPriceUpdate","E":${ms},"s":"${book.of.symbol}","p":"${price}","i":"${price}",` +
        `"P":"${price}","r":"0.00010000","T":${next}}`,
    );
  }

  #frame(stream: string, us: number, data: string): BinanceFrame {
    return { atUs: us + LATENCY_US, stream, data };
  }
}

function pairOf(symbol: string): string {
  return symbol.slice(0, symbol.indexOf('_'));
}

/** Makes the frames one by one. */
export function* syntheticFrames(
  books: readonly SyntheticBook[],
  settings: Settings,
): Generator<BinanceFrame, undefined> {
  const { market, seed, startUs, durationUs, changesPerSecond } = settings;
  const rng = createRng(seed, streamIdOf('synthetic times'));
  const writer = new Writer(market);
  const gapMax = Math.max(2, Math.round(2_000_000 / changesPerSecond));
  let us = startUs;
  let depthAt = startUs + DEPTH_EVERY_US;
  let markAt = startUs + MARK_EVERY_US;
  for (;;) {
    us += rng.below(gapMax);
    while (depthAt <= us) {
      if (depthAt - startUs > durationUs) return;
      for (const book of books) if (book.changed) yield writer.depth(book, depthAt);
      if (market !== 'spot' && depthAt >= markAt) {
        for (const book of books) yield writer.mark(book, depthAt);
        markAt += MARK_EVERY_US;
      }
      depthAt += DEPTH_EVERY_US;
    }
    const book = books[rng.below(books.length)] as SyntheticBook;
    const before = book.best().join();
    const trade = book.change();
    if (trade !== null) yield* writer.trade(book, trade, us);
    if (book.best().join() !== before) yield writer.quote(book, us);
  }
}
