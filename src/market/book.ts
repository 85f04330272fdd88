/**
 * L2 order book of one instrument on integer mantissas, refused while it is not in sequence.
 * @module
 */
import { QuantlaxmiError } from '../core/index.js';
import type { BookDeltaBody, BookSnapshotBody, Level } from '../events/index.js';
import { PriceLadder } from './internal/price-ladder.js';
import { createSequencer, type SequenceRule, type Sequencer } from './sequence.js';

/** Bids are bought from the best (highest) down, asks sold from the best (lowest) up. */
export type BookSide = 'bid' | 'ask';

/** What a delta did to the book; see {@link Book.applyDelta}. */
export type BookDeltaResult = 'applied' | 'stale' | 'gap' | 'buffered';

/** What a snapshot did to the book; see {@link Book.applySnapshot}. */
export type BookSnapshotResult = 'applied' | 'older' | 'gap';

/**
 * Reading side of a book. Every read throws `QL_BOOK_UNSYNCED` while {@link BookView.synced} is
 * false: an out-of-sequence book has no price.
 */
export interface BookView {
  readonly inst: string;
  /** True from a joined snapshot to the next gap. */
  readonly synced: boolean;
  /** Venue sequence number of the last change contained; -1 before the first snapshot. */
  readonly lastSeq: number;
  /** Number of bid levels. */
  readonly bidCount: number;
  /** Number of ask levels. */
  readonly askCount: number;
  /** Best bid as `[price, qty]` mantissas, or null when the side is empty. O(1). */
  bestBid(): Level | null;
  /** Best ask as `[price, qty]` mantissas, or null when the side is empty. O(1). */
  bestAsk(): Level | null;
  /** Up to `limit` levels of a side, best first. O(limit). */
  levels(side: BookSide, limit?: number): Level[];
  /** Visits the levels of a side, best first, until `visit` returns false. Allocates nothing. */
  walk(side: BookSide, visit: (price: number, qty: number) => boolean): void;
  /** Quantity resting at a price; 0 when there is none. O(log levels). */
  qtyAt(side: BookSide, price: number): number;
  /** Both sides, best first, cut to `limit` levels. */
  depth(limit: number): { readonly bids: Level[]; readonly asks: Level[] };
}

/** A book that can be changed; see {@link createBook}. */
export interface Book extends BookView {
  /** Deltas waiting for a snapshot. */
  readonly buffered: number;
  /** Deltas dropped as already contained. */
  readonly staleCount: number;
  /**
   * Applies a delta: `applied`; `stale` (already contained, dropped); `gap` (does not follow: the
   * book is refused from here); `buffered` (unsynced: kept for the next snapshot). A changed level
   * near the best costs O(1), one far from it O(levels far from it) at most.
   */
  applyDelta(delta: BookDeltaBody): BookDeltaResult;
  /**
   * Replaces the book: `applied`; `older` (the synced book is already past it, ignored); `gap`
   * (the buffered deltas do not join it: the book stays refused).
   */
  applySnapshot(snapshot: BookSnapshotBody): BookSnapshotResult;
  /** Refuses the book until the next snapshot. */
  invalidate(): void;
}

class LevelBook implements Book {
  readonly inst: string;
  readonly #bids = new PriceLadder();
  readonly #asks = new PriceLadder();
  readonly #sequencer: Sequencer<BookDeltaBody>;

  constructor(inst: string, rule: SequenceRule) {
    this.inst = inst;
    this.#sequencer = createSequencer<BookDeltaBody>(rule);
  }

  get synced(): boolean {
    return this.#sequencer.synced;
  }
  get lastSeq(): number {
    return this.#sequencer.lastSeq;
  }
  get buffered(): number {
    return this.#sequencer.buffered;
  }
  get staleCount(): number {
    return this.#sequencer.staleCount;
  }
  get bidCount(): number {
    return this.#readable(this.#bids).count;
  }
  get askCount(): number {
    return this.#readable(this.#asks).count;
  }

  applyDelta(delta: BookDeltaBody): BookDeltaResult {
    const outcome = this.#sequencer.delta(delta);
    if (outcome !== 'next') return outcome;
    this.#change(delta);
    return 'applied';
  }

  applySnapshot(snapshot: BookSnapshotBody): BookSnapshotResult {
    if (this.#sequencer.snapshot(snapshot.venueSeq) === 'older') return 'older';
    this.#bids.load(snapshot.bids, 1);
    this.#asks.load(snapshot.asks, -1);
    return this.#sequencer.replay((delta) => this.#change(delta)) ? 'applied' : 'gap';
  }

  invalidate(): void {
    this.#sequencer.invalidate();
  }

  bestBid(): Level | null {
    const side = this.#readable(this.#bids);
    return side.count === 0 ? null : [side.bestKey(), side.bestQty()];
  }

  bestAsk(): Level | null {
    const side = this.#readable(this.#asks);
    // 0 - key: the negative of a key 0 would be -0.
    return side.count === 0 ? null : [0 - side.bestKey(), side.bestQty()];
  }

  levels(side: BookSide, limit: number = Number.MAX_SAFE_INTEGER): Level[] {
    const out: Level[] = [];
    this.walk(side, (price, qty) => {
      if (out.length >= limit) return false;
      out.push([price, qty]);
      return true;
    });
    return out;
  }

  walk(side: BookSide, visit: (price: number, qty: number) => boolean): void {
    if (side === 'bid') this.#readable(this.#bids).walk(visit);
    else this.#readable(this.#asks).walk((key, qty) => visit(0 - key, qty));
  }

  qtyAt(side: BookSide, price: number): number {
    const levels = this.#readable(side === 'bid' ? this.#bids : this.#asks);
    return levels.qtyAt(side === 'bid' ? price : 0 - price);
  }

  depth(limit: number): { bids: Level[]; asks: Level[] } {
    return { bids: this.levels('bid', limit), asks: this.levels('ask', limit) };
  }

  #change(delta: BookDeltaBody): void {
    const { bids, asks } = delta;
    for (let i = 0; i < bids.length; i++) {
      const level = bids[i] as Level;
      this.#bids.set(level[0], level[1]);
    }
    for (let i = 0; i < asks.length; i++) {
      const level = asks[i] as Level;
      this.#asks.set(0 - level[0], level[1]);
    }
  }

  #readable(side: PriceLadder): PriceLadder {
    if (this.#sequencer.synced) return side;
    throw new QuantlaxmiError(
      'QL_BOOK_UNSYNCED',
      `The book of ${this.inst} is not in sequence (last venue sequence ${this.lastSeq}); ` +
        'expected a snapshot its deltas join to. Check `synced` before reading, or wait for it.',
      { context: { inst: this.inst, lastSeq: this.lastSeq } },
    );
  }
}

/**
 * Makes an empty, unsynced L2 book. It becomes readable with the first snapshot.
 *
 * @param inst - instrument id, used in messages
 * @param options - `rule`: how the venue chains its deltas; `{ kind: 'perDelta' }` reads it off
 *   each delta
 * @returns the book; prices and quantities are mantissas at the instrument's exponents
 * @example
 * ```ts
 * import { createBook } from 'quantlaxmi/market';
 *
 * const book = createBook('BINANCE:USDM:BTCUSDT', { rule: { kind: 'prevSeq' } });
 * book.applySnapshot({
 *   asks: [[616001, 900]], bids: [[616000, 1200]], inst: book.inst, venueSeq: 100,
 * });
 * // => 'applied'
 * book.applyDelta({
 *   asks: [[616001, 0], [616002, 50]], bids: [], firstSeq: 99, inst: book.inst, lastSeq: 103,
 *   prevSeq: 98,
 * });
 * // => 'applied'
 * book.bestAsk();
 * // => [616002, 50]
 * ```
 */
export function createBook(inst: string, options: { readonly rule: SequenceRule }): Book {
  return new LevelBook(inst, options.rule);
}
