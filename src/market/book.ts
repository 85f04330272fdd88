/**
 * L2 order book of one instrument on integer mantissas, refused while it is not in sequence.
 * @module
 */
import { QuantlaxmiError } from '../core/index.js';
import type { BookDeltaBody, BookSnapshotBody, Level } from '../events/index.js';
import { SideLevels } from './internal/side-levels.js';
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
  /** The level `index` places from the best (0 = best), or null beyond the last. O(1). */
  level(side: BookSide, index: number): Level | null;
  /** Quantity resting at a price; 0 when there is none. O(log n). */
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
   * book is refused from here); `buffered` (unsynced: kept for the next snapshot). Cost per changed
   * level: O(log d + d) moves for a level d places from the best.
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
  readonly #bids = new SideLevels();
  readonly #asks = new SideLevels();
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
    this.#bids.clear();
    this.#asks.clear();
    // Worst first: each level is then appended at the end of its side.
    const { bids, asks } = snapshot;
    for (let i = bids.length - 1; i >= 0; i--) {
      const level = bids[i] as Level;
      this.#bids.set(level[0], level[1]);
    }
    for (let i = asks.length - 1; i >= 0; i--) {
      const level = asks[i] as Level;
      this.#asks.set(-level[0], level[1]);
    }
    return this.#sequencer.replay((delta) => this.#change(delta)) ? 'applied' : 'gap';
  }

  invalidate(): void {
    this.#sequencer.invalidate();
  }

  bestBid(): Level | null {
    return this.level('bid', 0);
  }

  bestAsk(): Level | null {
    return this.level('ask', 0);
  }

  level(side: BookSide, index: number): Level | null {
    const levels = this.#readable(side === 'bid' ? this.#bids : this.#asks);
    const at = levels.count - 1 - index;
    if (at < 0 || index < 0) return null;
    const key = levels.keys[at] as number;
    return [side === 'bid' ? key : -key, levels.qtys[at] as number];
  }

  levels(side: BookSide, limit: number = Number.MAX_SAFE_INTEGER): Level[] {
    const levels = this.#readable(side === 'bid' ? this.#bids : this.#asks);
    const sign = side === 'bid' ? 1 : -1;
    const out: Level[] = [];
    const stop = levels.count - Math.min(limit, levels.count);
    for (let i = levels.count - 1; i >= stop; i--) {
      out.push([sign * (levels.keys[i] as number), levels.qtys[i] as number]);
    }
    return out;
  }

  qtyAt(side: BookSide, price: number): number {
    const levels = this.#readable(side === 'bid' ? this.#bids : this.#asks);
    const key = side === 'bid' ? price : -price;
    const at = levels.find(key);
    return at < levels.count && levels.keys[at] === key ? (levels.qtys[at] as number) : 0;
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
      this.#asks.set(-level[0], level[1]);
    }
  }

  #readable(levels: SideLevels): SideLevels {
    if (this.#sequencer.synced) return levels;
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
