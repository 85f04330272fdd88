import fc from 'fast-check';
import { createBook } from 'quantlaxmi/market';
import { bookFeed } from 'quantlaxmi/testing';
import { describe, expect, test } from 'vitest';
import { PriceLadder } from '../../src/market/internal/price-ladder.js';
import { SlowBook } from './slow-book.js';

const rules = ['prevSeq', 'contiguous'] as const;

describe('the book against maps that are sorted on every look', () => {
  for (const rule of rules) {
    test(`MARKET-1: holds the same levels after every delta (${rule})`, () => {
      fc.assert(
        fc.property(bookFeed({ rule }), ({ snapshot, deltas }) => {
          const book = createBook(snapshot.inst, { rule: { kind: rule } });
          const slow = new SlowBook();
          expect(book.applySnapshot(snapshot)).toBe('applied');
          slow.snapshot(snapshot);
          for (const delta of deltas) {
            expect(book.applyDelta(delta)).toBe('applied');
            slow.delta(delta);
            expect(book.bestBid()).toEqual(slow.bids()[0] ?? null);
            expect(book.bestAsk()).toEqual(slow.asks()[0] ?? null);
          }
          expect(book.levels('bid')).toEqual(slow.bids());
          expect(book.levels('ask')).toEqual(slow.asks());
          expect(book.depth(3).asks).toEqual(slow.asks().slice(0, 3));
          expect([book.bidCount, book.askCount]).toEqual([slow.bids().length, slow.asks().length]);
          for (const [price, qty] of slow.asks()) expect(book.qtyAt('ask', price)).toBe(qty);
        }),
        { numRuns: 150 },
      );
    });
  }

  test('MARKET-1: the feed as snapshot last gives the same book as snapshot first', () => {
    fc.assert(
      fc.property(bookFeed({ rule: 'contiguous' }), ({ snapshot, deltas }) => {
        const first = createBook(snapshot.inst, { rule: { kind: 'contiguous' } });
        const last = createBook(snapshot.inst, { rule: { kind: 'perDelta' } });
        first.applySnapshot(snapshot);
        for (const delta of deltas) {
          first.applyDelta(delta);
          expect(last.applyDelta(delta)).toBe('buffered');
        }
        expect(last.applySnapshot(snapshot)).toBe('applied');
        expect(last.depth(1_000)).toEqual(first.depth(1_000));
        expect(last.lastSeq).toBe(first.lastSeq);
      }),
    );
  });
});

/** Keys around a few centres: a window of 64 is entered, left, emptied and widened. */
const key = fc.oneof(
  fc.integer({ min: -40, max: 40 }),
  fc.integer({ min: 900, max: 1_100 }),
  fc.integer({ min: -1_000_000, max: 1_000_000 }),
);

describe('one side with a window of 64 prices', () => {
  test('MARKET-1: equals a sorted map wherever the levels are', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(key, fc.integer({ min: 0, max: 2 })), { maxLength: 300 }),
        (changes) => {
          const ladder = new PriceLadder(64);
          const slow = new Map<number, number>();
          for (const [at, qty] of changes) {
            ladder.set(at, qty);
            if (qty === 0) slow.delete(at);
            else slow.set(at, qty);
            if (slow.size > 0) expect(ladder.bestKey()).toBe(Math.max(...slow.keys()));
            expect(ladder.qtyAt(at)).toBe(qty);
          }
          const levels: [number, number][] = [];
          ladder.walk((at, qty) => {
            levels.push([at, qty]);
            return true;
          });
          expect(levels).toEqual([...slow].sort((a, b) => b[0] - a[0]));
          expect(ladder.count).toBe(slow.size);
        },
      ),
      { numRuns: 300 },
    );
  });

  test('MARKET-1: a window that most changes miss grows and keeps every level', () => {
    // Also when the change that makes it grow is the removal of a level it then holds.
    for (let phase = 0; phase < 24; phase++) {
      const ladder = new PriceLadder(64);
      const slow = new Map<number, number>();
      for (let i = phase; i < 4_000 + phase; i++) {
        const at = -((i * 7919) % (101 + phase * 20));
        const qty = (i * 31 + phase) % 3;
        ladder.set(at, qty);
        if (qty === 0) slow.delete(at);
        else slow.set(at, qty);
      }
      const levels: [number, number][] = [];
      ladder.walk((at, qty) => levels.push([at, qty]) > 0);
      expect(levels).toEqual([...slow].sort((a, b) => b[0] - a[0]));
    }
  });

  test('MARKET-1: loading levels with quantity 0 or out of order leaves no ghost best', () => {
    const ladder = new PriceLadder(64);
    ladder.load(
      [
        [10, 0],
        [-500, 3],
        [700, 2],
      ],
      1,
    );
    expect([ladder.count, ladder.bestKey(), ladder.bestQty()]).toEqual([2, 700, 2]);
    ladder.load([], 1);
    expect(ladder.count).toBe(0);
  });
});
