import {
  createSequencer,
  SEQUENCER_BUFFER_LIMIT,
  SEQUENCER_STALE_LIMIT,
  type SequencedDelta,
} from 'quantlaxmi/market';
import { describe, expect, test } from 'vitest';

const spot = (firstSeq: number, lastSeq: number): SequencedDelta => ({
  firstSeq,
  lastSeq,
  prevSeq: null,
});
const futures = (firstSeq: number, lastSeq: number, prevSeq: number): SequencedDelta => ({
  firstSeq,
  lastSeq,
  prevSeq,
});

/** What the deltas turn out to be after a snapshot with id 100. */
function after100(kind: 'prevSeq' | 'contiguous' | 'perDelta', deltas: SequencedDelta[]): string[] {
  const sequencer = createSequencer({ kind });
  expect(sequencer.snapshot(100)).toBe('reset');
  return deltas.map((delta) => sequencer.delta(delta));
}

describe('sequence rules', () => {
  // Cases of the spot and futures sequencers of barter-data (MIT), snapshot id 100.
  test.each([
    [spot(100, 110), 'next'],
    [spot(102, 90), 'gap'],
    [spot(110, 90), 'gap'],
    [spot(101, 105), 'next'],
    [spot(120, 125), 'gap'],
    [spot(95, 100), 'stale'],
    [spot(101, 101), 'next'],
    [spot(102, 102), 'gap'],
  ])('MARKET-3: spot, first update after 100: %o is %s', (delta, outcome) => {
    expect(after100('contiguous', [delta])).toEqual([outcome]);
    expect(after100('perDelta', [delta])).toEqual([outcome]);
  });

  test.each([
    [futures(100, 110, 90), 'next'],
    [futures(90, 100, 80), 'next'],
    [futures(90, 99, 80), 'stale'],
    [futures(102, 110, 101), 'gap'],
    [futures(102, 90, 80), 'gap'],
    [futures(110, 90, 80), 'gap'],
    [futures(104, 110, 100), 'next'],
  ])('MARKET-3: futures, first update after 100: %o is %s', (delta, outcome) => {
    expect(after100('prevSeq', [delta])).toEqual([outcome]);
    expect(after100('perDelta', [delta])).toEqual([outcome]);
  });

  test('MARKET-3: spot updates go on with U = u + 1; overlap is taken, repetition dropped', () => {
    expect(after100('contiguous', [spot(101, 105), spot(106, 107)])).toEqual(['next', 'next']);
    expect(after100('contiguous', [spot(101, 105), spot(104, 108)])).toEqual(['next', 'next']);
    expect(after100('contiguous', [spot(101, 105), spot(101, 105)])).toEqual(['next', 'stale']);
    expect(after100('contiguous', [spot(101, 105), spot(107, 108)])).toEqual(['next', 'gap']);
  });

  test('MARKET-3: futures updates go on with pu = u, whatever their U', () => {
    const first = futures(99, 105, 90);
    expect(after100('prevSeq', [first, futures(140, 150, 105)])).toEqual(['next', 'next']);
    expect(after100('prevSeq', [first, futures(106, 110, 104)])).toEqual(['next', 'gap']);
    expect(after100('prevSeq', [first, first])).toEqual(['next', 'stale']);
    expect(after100('prevSeq', [first, futures(104, 110, 103)])).toEqual(['next', 'gap']);
  });

  test('MARKET-3: a gap is reported once; what follows waits for the next snapshot', () => {
    const outcomes = after100('contiguous', [spot(101, 101), spot(103, 103), spot(104, 104)]);
    expect(outcomes).toEqual(['next', 'gap', 'buffered']);
  });

  test.each(['contiguous', 'prevSeq'] as const)(
    'MARKET-3: %s, a feed that goes on below the book is a gap at its 16th delta',
    (kind) => {
      const made = (u: number) => (kind === 'prevSeq' ? futures(u, u, u - 1) : spot(u, u));
      const huge = { ...made(101), lastSeq: 9_000_000_000_000_000 };
      const sequencer = createSequencer({ kind });
      sequencer.snapshot(100);
      expect(sequencer.delta(huge)).toBe('next');
      const limit = SEQUENCER_STALE_LIMIT;
      const outcomes = Array.from({ length: limit + 4 }, (_, i) => sequencer.delta(made(102 + i)));
      expect(outcomes.slice(0, limit - 1).every((one) => one === 'stale')).toBe(true);
      expect(outcomes.slice(limit - 1)).toEqual(['gap', ...Array(4).fill('buffered')]);
      expect(sequencer.snapshot(102 + limit)).toBe('reset');
      expect(sequencer.replay(() => {})).toBe(true);
      expect(sequencer.lastSeq).toBe(105 + limit);
    },
  );

  test('MARKET-3: a burst that came twice is no gap, nor what does not chain', () => {
    const sequencer = createSequencer({ kind: 'contiguous' });
    sequencer.snapshot(0);
    for (let u = 1; u <= 200; u++) {
      expect(sequencer.delta(spot(u, u))).toBe('next');
      const from = Math.max(1, u - SEQUENCER_STALE_LIMIT + 2);
      for (let again = from; again <= u; again++) {
        expect(sequencer.delta(spot(again, again))).toBe('stale');
      }
    }
    for (let i = 0; i < 100; i++) expect(sequencer.delta(spot(200, 200))).toBe('stale');
    for (let u = 1; u < 200; u += 2) expect(sequencer.delta(spot(u, u))).toBe('stale');
    expect(sequencer.synced).toBe(true);
  });

  test('MARKET-3: a snapshot ahead of the feed drops all it holds and stays in sync', () => {
    const sequencer = createSequencer({ kind: 'prevSeq' });
    sequencer.snapshot(100);
    for (let u = 1; u < 100; u++) expect(sequencer.delta(futures(u, u, u - 1))).toBe('stale');
    expect(sequencer.delta(futures(100, 100, 99))).toBe('next');
  });

  test('MARKET-4: keeps at most the limit while unsynced, and the newest of them', () => {
    const sequencer = createSequencer({ kind: 'contiguous' });
    const total = SEQUENCER_BUFFER_LIMIT * 3 + 5;
    for (let i = 1; i <= total; i++) {
      expect(sequencer.delta(spot(i, i))).toBe('buffered');
      expect(sequencer.buffered).toBeLessThanOrEqual(SEQUENCER_BUFFER_LIMIT);
    }
    sequencer.snapshot(total - 2);
    const applied: number[] = [];
    expect(sequencer.replay((delta) => applied.push(delta.lastSeq))).toBe(true);
    expect(applied).toEqual([total - 1, total]);
  });
});
