import { isQuantlaxmiError } from 'quantlaxmi/core';
import type { BookDeltaBody, Level } from 'quantlaxmi/events';
import { type Book, createBook, dumpBook } from 'quantlaxmi/market';
import { describe, expect, test } from 'vitest';

const inst = 'BINANCE:SPOT:BTCUSDT';

interface DeltaParts {
  readonly bids?: readonly Level[];
  readonly asks?: readonly Level[];
  readonly prev?: number;
}

const delta = (firstSeq: number, lastSeq: number, parts: DeltaParts = {}): BookDeltaBody => ({
  asks: parts.asks ?? [],
  bids: parts.bids ?? [],
  firstSeq,
  inst,
  lastSeq,
  prevSeq: parts.prev ?? null,
});

const code = (run: () => unknown): string => {
  try {
    run();
    return 'nothing thrown';
  } catch (error) {
    return isQuantlaxmiError(error) ? error.code : String(error);
  }
};

function spotBook(): Book {
  const book = createBook(inst, { rule: { kind: 'contiguous' } });
  book.applySnapshot({
    asks: [
      [110, 1],
      [120, 1],
      [150, 1],
    ],
    bids: [
      [100, 1],
      [90, 1],
      [80, 1],
    ],
    inst,
    venueSeq: 100,
  });
  return book;
}

describe('order book', () => {
  test('MARKET-1: sets, adds and removes levels; removing an absent one is normal', () => {
    const book = spotBook();
    const bids: Level[] = [
      [80, 0],
      [90, 10],
    ];
    expect(
      book.applyDelta(
        delta(101, 110, {
          bids,
          asks: [
            [200, 1],
            [500, 0],
          ],
        }),
      ),
    ).toBe('applied');
    expect(book.levels('bid')).toEqual([
      [100, 1],
      [90, 10],
    ]);
    expect(book.levels('ask')).toEqual([
      [110, 1],
      [120, 1],
      [150, 1],
      [200, 1],
    ]);
    expect(book.levels('ask', 2)).toEqual([
      [110, 1],
      [120, 1],
    ]);
    expect([book.bidCount, book.askCount, book.qtyAt('bid', 90)]).toEqual([2, 4, 10]);
    expect(book.qtyAt('ask', 90)).toBe(0);
  });

  test('MARKET-1: an update that the snapshot already holds changes nothing', () => {
    const book = spotBook();
    expect(book.applyDelta(delta(95, 100, { bids: [[100, 7]] }))).toBe('stale');
    expect(book.bestBid()).toEqual([100, 1]);
    expect(book.staleCount).toBe(1);
  });

  test('MARKET-1: an emptied side has no best, and price 0 is not -0', () => {
    const book = spotBook();
    book.applyDelta(
      delta(101, 101, {
        asks: [
          [110, 0],
          [120, 0],
          [150, 0],
        ],
      }),
    );
    expect([book.bestAsk(), book.askCount]).toEqual([null, 0]);
    book.applyDelta(delta(102, 102, { asks: [[0, 5]] }));
    expect(Object.is(book.bestAsk()?.[0], 0)).toBe(true);
    expect(Object.is(book.levels('ask')[0]?.[0], 0)).toBe(true);
  });

  test('MARKET-2: every read of a book out of sequence is refused', () => {
    const reads: ((book: Book) => unknown)[] = [
      (b) => b.bestBid(),
      (b) => b.bestAsk(),
      (b) => b.levels('bid'),
      (b) => b.depth(1),
      (b) => b.walk('ask', () => true),
      (b) => b.qtyAt('bid', 1),
      (b) => b.bidCount,
      (b) => b.askCount,
      (b) => dumpBook(b, { priceExponent: 0, qtyExponent: 0 }),
    ];
    const never = createBook(inst, { rule: { kind: 'contiguous' } });
    const gapped = spotBook();
    expect(gapped.applyDelta(delta(120, 121))).toBe('gap');
    const invalidated = spotBook();
    invalidated.invalidate();
    const synced = spotBook();
    for (const read of reads) {
      for (const book of [never, gapped, invalidated]) {
        expect(book.synced).toBe(false);
        expect(code(() => read(book))).toBe('QL_BOOK_UNSYNCED');
      }
      expect(code(() => read(synced))).toBe('nothing thrown');
    }
  });

  test('MARKET-2: a snapshot that the deltas join makes the book readable again', () => {
    const book = spotBook();
    book.applyDelta(delta(120, 125, { bids: [[105, 9]] }));
    book.applyDelta(delta(126, 130, { bids: [[106, 4]] }));
    expect(book.buffered).toBe(2);
    expect(book.applySnapshot({ asks: [], bids: [[105, 9]], inst, venueSeq: 125 })).toBe('applied');
    expect([book.bestBid(), book.lastSeq, book.buffered]).toEqual([[106, 4], 130, 0]);
  });

  test('MARKET-2: a snapshot older than the waiting deltas is refused, the next joins', () => {
    const book = spotBook();
    book.applyDelta(delta(120, 125, { bids: [[105, 9]] }));
    expect(book.applySnapshot({ asks: [], bids: [], inst, venueSeq: 110 })).toBe('gap');
    expect(book.synced).toBe(false);
    expect(book.applySnapshot({ asks: [], bids: [], inst, venueSeq: 119 })).toBe('applied');
    expect(book.levels('bid')).toEqual([[105, 9]]);
  });

  test('MARKET-4: a snapshot older than the synced book is ignored', () => {
    const book = spotBook();
    book.applyDelta(delta(101, 105, { bids: [[101, 2]] }));
    expect(book.applySnapshot({ asks: [], bids: [[1, 1]], inst, venueSeq: 103 })).toBe('older');
    expect([book.bestBid(), book.lastSeq]).toEqual([[101, 2], 105]);
  });

  test('MARKET-9: dumps bids down, asks up, with the digits asked for', () => {
    const book = spotBook();
    const exponents = { priceExponent: -1, qtyExponent: 0 };
    const plain = 'B 10.0 1\nB 9.0 1\nB 8.0 1\nA 11.0 1\nA 12.0 1\nA 15.0 1\n';
    expect(dumpBook(book, exponents)).toBe(plain);
    const padded = dumpBook(book, exponents, { priceDecimals: 3, qtyDecimals: 2 });
    expect(padded.split('\n').slice(0, 1)).toEqual(['B 10.000 1.00']);
    expect(code(() => dumpBook(book, exponents, { priceDecimals: 0 }))).toBe('QL_BAD_INPUT');
  });
});
