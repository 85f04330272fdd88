/** The order books of a local Binance: what is true at this point of the playback. @module */
import type { BookDeltaBody, Level } from '../../../../events/index.js';
import { formatMantissa, parseMantissa } from '../../../../fixed-point/index.js';
import { type Book, createBook } from '../../../../market/index.js';
import { type BinanceMarket, binanceInstrumentId } from '../../../../venues/binance/index.js';
import type { BinanceFrame, BinanceSourceSymbol } from '../../binance-source.js';

type TextLevel = readonly [string, string];

interface DepthUpdate {
  readonly U: number;
  readonly u: number;
  readonly pu?: number;
  readonly b: readonly TextLevel[];
  readonly a: readonly TextLevel[];
}

interface DepthAnswer {
  readonly lastUpdateId: number;
  readonly bids: readonly TextLevel[];
  readonly asks: readonly TextLevel[];
}

/** Both sides of a book as a REST answer has them. */
export interface DepthTexts {
  readonly lastUpdateId: number;
  readonly bids: readonly TextLevel[];
  readonly asks: readonly TextLevel[];
}

interface Kept {
  readonly of: BinanceSourceSymbol;
  readonly book: Book;
  /** Messages not applied yet: most books are never asked for. */
  waiting: string[];
}

const WAITING_MAX = 4096;
const DIFF_DEPTH = /@depth(?:@\d+ms)?$/;

export class BinanceBooks {
  readonly #kept = new Map<string, Kept>();

  constructor(market: BinanceMarket, symbols: readonly BinanceSourceSymbol[]) {
    const rule = { kind: market === 'spot' ? 'contiguous' : 'prevSeq' } as const;
    for (const of of symbols) {
      const book = createBook(binanceInstrumentId(market, of.symbol), { rule });
      const kept: Kept = { of, book, waiting: [] };
      if (of.snapshot !== null) {
        const { lastUpdateId, bids, asks } = JSON.parse(of.snapshot) as DepthAnswer;
        book.applySnapshot({
          asks: levels(asks, of),
          bids: levels(bids, of),
          inst: book.inst,
          venueSeq: lastUpdateId,
        });
      }
      this.#kept.set(of.symbol, kept);
    }
  }

  get symbols(): readonly BinanceSourceSymbol[] {
    return [...this.#kept.values()].map(({ of }) => of);
  }

  has(symbol: string): boolean {
    return this.#kept.has(symbol);
  }

  /** Takes a frame of the playback. */
  played(frame: BinanceFrame): void {
    if (!DIFF_DEPTH.test(frame.stream)) return;
    const symbol = frame.stream.slice(0, frame.stream.indexOf('@')).toUpperCase();
    const kept = this.#kept.get(symbol);
    if (kept === undefined) return;
    kept.waiting.push(frame.data);
    if (kept.waiting.length >= WAITING_MAX) catchUp(kept);
  }

  /** The book as it is now; undefined for a symbol that is not played. */
  book(symbol: string): Book | undefined {
    const kept = this.#kept.get(symbol);
    return kept === undefined ? undefined : catchUp(kept);
  }

  /** The best `limit` levels of each side; null while the book is not in sequence. */
  depth(symbol: string, limit: number): DepthTexts | null {
    const kept = this.#kept.get(symbol);
    if (kept === undefined || !catchUp(kept).synced) return null;
    const { book, of } = kept;
    const { bids, asks } = book.depth(limit);
    return { lastUpdateId: book.lastSeq, bids: texts(bids, of), asks: texts(asks, of) };
  }
}

function levels(from: readonly TextLevel[], of: BinanceSourceSymbol): Level[] {
  return from.map(([price, qty]) => [
    parseMantissa(price, 0 - of.priceDecimals),
    parseMantissa(qty, 0 - of.qtyDecimals),
  ]);
}

function texts(from: readonly Level[], of: BinanceSourceSymbol): TextLevel[] {
  return from.map(([price, qty]) => [
    formatMantissa(price, 0 - of.priceDecimals),
    formatMantissa(qty, 0 - of.qtyDecimals),
  ]);
}

function catchUp(kept: Kept): Book {
  const { book, of, waiting } = kept;
  kept.waiting = [];
  for (const text of waiting) {
    const { U, u, pu, b, a } = JSON.parse(text) as DepthUpdate;
    const delta: BookDeltaBody = {
      asks: levels(a, of),
      bids: levels(b, of),
      firstSeq: U,
      inst: book.inst,
      lastSeq: u,
      prevSeq: pu ?? null,
    };
    book.applyDelta(delta);
  }
  return book;
}
