/**
 * Prices an order would meet: the freshest best prices, and the liquidity behind them.
 * @module
 */
import type { Event, EventInput, Level, QuoteBody, Side } from '../events/index.js';
import {
  type BookView,
  createMarketView,
  type MarketReader,
  type Stamped,
} from '../market/index.js';
import type { BookState, Touch } from '../risk/index.js';

/** Where the touch of an instrument comes from. */
export interface Freshest extends Touch {
  readonly source: 'quote' | 'book';
}

/** A market state with the touch and the depth in one order of trust. */
export interface PriceView {
  readonly market: MarketReader;
  /** Takes one event in. @throws QL_INSTRUMENT_UNKNOWN */
  onEvent(event: Event | EventInput): void;
  /**
   * Best prices from quote or book, whichever is newer: by the venue's own sequence where both
   * carry it, else by arrival. Null before either.
   */
  touch(inst: string): Freshest | null;
  /** Whether the book of the instrument can be trusted now. */
  bookState(inst: string): BookState;
  /**
   * Visits the levels an order of `side` would take, best first, until `visit` returns false. Where
   * the quote is newer than the book it is the first level, and levels of the book that are not
   * behind it are left out: they are gone.
   */
  walk(inst: string, side: Side, visit: (price: number, qty: number) => boolean): void;
  /** Worst price reached for `qty`; null when the liquidity on display does not suffice. */
  sweepPrice(inst: string, side: Side, qty: number): number | null;
}

function fromQuote(quote: Stamped<QuoteBody>): Freshest {
  const { ask, askQty, bid, bidQty } = quote.body;
  return { ask, askQty, bid, bidQty, rx: quote.rx, source: 'quote' };
}

function fromBook(book: BookView, rx: number): Freshest {
  const bid = book.bestBid();
  const ask = book.bestAsk();
  return {
    ask: ask === null ? null : ask[0],
    askQty: ask === null ? 0 : ask[1],
    bid: bid === null ? null : bid[0],
    bidQty: bid === null ? 0 : bid[1],
    rx,
    source: 'book',
  };
}

class Prices implements PriceView {
  readonly market = createMarketView();
  /** Receive time of the last book event by instrument. */
  readonly #bookRx = new Map<string, number>();

  onEvent(event: Event | EventInput): void {
    this.market.onEvent(event);
    if (event.t === 'BookDelta' || event.t === 'BookSnapshot') {
      this.#bookRx.set(event.body.inst, event.rx);
    }
  }

  bookState(inst: string): BookState {
    if (!this.#bookRx.has(inst)) return 'none';
    return this.market.book(inst).synced ? 'synced' : 'unsynced';
  }

  touch(inst: string): Freshest | null {
    const quote = this.market.quote(inst);
    const bookRx = this.#bookRx.get(inst);
    if (bookRx === undefined) return quote === null ? null : fromQuote(quote);
    const book = this.market.book(inst);
    if (!book.synced) return quote === null ? null : fromQuote(quote);
    if (quote === null) return fromBook(book, bookRx);
    const { venueSeq } = quote.body;
    const quoteIsNewer = venueSeq === null ? quote.rx >= bookRx : venueSeq >= book.lastSeq;
    return quoteIsNewer ? fromQuote(quote) : fromBook(book, bookRx);
  }

  walk(inst: string, side: Side, visit: (price: number, qty: number) => boolean): void {
    const touch = this.touch(inst);
    if (touch === null) return;
    const book = this.bookState(inst) === 'synced' ? this.market.book(inst) : null;
    const buying = side === 'buy';
    const best = buying ? touch.ask : touch.bid;
    const onQuote = touch.source === 'quote';
    if (onQuote) {
      if (best === null) return;
      if (!visit(best, buying ? touch.askQty : touch.bidQty)) return;
    }
    if (book === null) return;
    const levelsOf = buying ? 'ask' : 'bid';
    const count = buying ? book.askCount : book.bidCount;
    // Few orders look behind the first levels: copy a few, more only when they did not suffice.
    for (let seen = 0, limit = 16; seen < count; limit *= 8) {
      const levels = book.levels(levelsOf, limit);
      for (; seen < levels.length; seen += 1) {
        const [price, qty] = levels[seen] as Level;
        if (onQuote && best !== null && (buying ? price <= best : price >= best)) continue;
        if (!visit(price, qty)) return;
      }
    }
  }

  sweepPrice(inst: string, side: Side, qty: number): number | null {
    let left = qty;
    let last: number | null = null;
    this.walk(inst, side, (price, shown) => {
      left -= shown;
      last = price;
      return left > 0;
    });
    return left <= 0 ? last : null;
  }
}

/**
 * Makes an empty price view. A step and a simulated venue hold one each: neither sees the other's.
 *
 * @example
 * ```ts
 * import { createPriceView } from 'quantlaxmi/execution';
 *
 * createPriceView().bookState('BINANCE:SPOT:BTCUSDT');
 * // => 'none'
 * ```
 */
export function createPriceView(): PriceView {
  return new Prices();
}
