/**
 * fast-check arbitraries of order book feeds: a snapshot and the deltas that follow it, near the
 * best and far from it, with levels that come, change and go.
 * @module
 */
import fc from 'fast-check';
import type { BookDeltaBody, BookSnapshotBody, Level } from '../events/index.js';

/** A joined feed: every delta follows the one before it by the chosen rule. */
export interface BookFeed {
  readonly snapshot: BookSnapshotBody;
  readonly deltas: readonly BookDeltaBody[];
}

/** Options of {@link bookFeed}. */
export interface BookFeedOptions {
  readonly rule: 'prevSeq' | 'contiguous';
  /** Most deltas; default 40. */
  readonly maxDeltas?: number;
  /** Instrument id; default `X:SPOT:AB`. */
  readonly inst?: string;
}

const MIDDLE = 1_000_000;

/** Prices near the middle, some far away: a window of any size is left and entered. */
const price = (side: 1 | -1): fc.Arbitrary<number> =>
  fc
    .oneof(
      { weight: 6, arbitrary: fc.integer({ min: 0, max: 40 }) },
      { weight: 2, arbitrary: fc.integer({ min: 0, max: 5_000 }) },
      { weight: 1, arbitrary: fc.integer({ min: 0, max: 900_000 }) },
    )
    .map((away) => MIDDLE - side * away - (side === 1 ? 1 : 0));

const levels = (side: 1 | -1, minQty: 0 | 1): fc.Arbitrary<Level[]> =>
  fc.array(fc.tuple(price(side), fc.integer({ min: minQty, max: 3 })), { maxLength: 12 });

/** Best first, each price once, as venues send snapshots. */
function sorted(side: readonly Level[], direction: 1 | -1): Level[] {
  const byPrice = new Map(side.map(([at, qty]) => [at, qty]));
  return [...byPrice].sort((a, b) => (a[0] - b[0]) * direction).map(([at, qty]) => [at, qty]);
}

/**
 * Arbitrary joined feeds of one instrument.
 *
 * @example
 * ```ts
 * import fc from 'fast-check';
 * import { createBook } from 'quantlaxmi/market';
 * import { bookFeed } from 'quantlaxmi/testing';
 *
 * fc.assert(fc.property(bookFeed({ rule: 'contiguous' }), ({ snapshot, deltas }) => {
 *   const book = createBook(snapshot.inst, { rule: { kind: 'contiguous' } });
 *   book.applySnapshot(snapshot);
 *   return deltas.every((delta) => book.applyDelta(delta) === 'applied');
 * }));
 * ```
 */
export function bookFeed(options: BookFeedOptions): fc.Arbitrary<BookFeed> {
  const { rule, maxDeltas = 40, inst = 'X:SPOT:AB' } = options;
  const change = fc.record({
    asks: levels(-1, 0),
    bids: levels(1, 0),
    span: fc.integer({ min: 0, max: 5 }),
    skipped: fc.integer({ min: 0, max: 3 }),
  });
  return fc
    .record({
      id: fc.integer({ min: 1, max: 1_000_000 }),
      asks: levels(-1, 1),
      bids: levels(1, 1),
      changes: fc.array(change, { maxLength: maxDeltas }),
    })
    .map(({ id, asks, bids, changes }) => {
      let last = id;
      const deltas = changes.map((one): BookDeltaBody => {
        // Futures ids are shared by all symbols: an update need not start right after the last.
        const firstSeq = last + 1 + (rule === 'prevSeq' ? one.skipped : 0);
        const prevSeq = rule === 'prevSeq' ? last : null;
        last = firstSeq + one.span;
        return { asks: one.asks, bids: one.bids, firstSeq, inst, lastSeq: last, prevSeq };
      });
      const snapshot = { asks: sorted(asks, 1), bids: sorted(bids, -1), inst, venueSeq: id };
      return { snapshot, deltas };
    });
}
