import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Ranges } from '../../src/strategy/internal/ranges.js';

const window = 6_400;
const part = 100;

const kept = (marks: readonly (readonly [rx: number, price: number])[], windowUs = window) => {
  const ranges = new Ranges();
  ranges.keep([windowUs]);
  for (const [rx, price] of marks) ranges.add('A', price, rx);
  return ranges;
};

test('STRATEGY-26: never too narrow, and too old by a 64th of the window at most', () => {
  const steps = fc.array(
    fc.tuple(fc.integer({ min: 0, max: 900 }), fc.integer({ min: 1, max: 50 })),
    { minLength: 1, maxLength: 120 },
  );
  fc.assert(
    fc.property(steps, fc.integer({ min: 0, max: 9_000 }), (moves, later) => {
      let rx = 0;
      const marks = moves.map(([by, price]) => [(rx += by), price] as const);
      const nowUs = rx + later;
      const range = kept(marks).range('A', window, nowUs);
      const within = (backUs: number) =>
        marks.filter(([at]) => at >= nowUs - backUs).map(([, price]) => price);
      const inside = within(window);
      const reach = within(window + part);
      if (range === null) {
        expect(inside).toEqual([]);
        return;
      }
      expect(range.low).toBeLessThanOrEqual(Math.min(...inside));
      expect(range.high).toBeGreaterThanOrEqual(Math.max(...inside));
      expect(range.low).toBeGreaterThanOrEqual(Math.min(...reach));
      expect(range.high).toBeLessThanOrEqual(Math.max(...reach));
      expect(range.sinceUs).toBeGreaterThan(nowUs - window - part);
    }),
    { seed: 5, numRuns: 400 },
  );
});

test('STRATEGY-26: a mark leaves with its part, not before and not after', () => {
  const ranges = kept([
    [99, 7],
    [100, 5],
  ]);
  expect(ranges.range('A', window, window + 99)).toMatchObject({ high: 7, low: 5, sinceUs: 99 });
  expect(ranges.range('A', window, window + 100)).toMatchObject({ high: 5, sinceUs: 100 });
  expect(ranges.range('A', window, window + 199)).toMatchObject({ high: 5 });
  expect(ranges.range('A', window, window + 200)).toBeNull();
});

test('STRATEGY-26: a wider window never has the narrower range', () => {
  const ranges = new Ranges();
  ranges.keep([1_000, 64_000]);
  let price = 100;
  for (let rx = 0; rx < 200_000; rx += 37) {
    price += ((rx * 7) % 11) - 5;
    ranges.add('A', price, rx);
    const small = ranges.range('A', 1_000, rx);
    const wide = ranges.range('A', 64_000, rx);
    if (small === null || wide === null) expect.fail('no range');
    if (small.high > wide.high || small.low < wide.low) expect.fail(`at ${rx}`);
  }
});

test('STRATEGY-26: what is not kept or was forgotten is unknown', () => {
  const ranges = kept([[10, 5]], 3);
  expect(ranges.range('A', 3, 10)).toEqual({ high: 5, low: 5, sinceUs: 10 });
  expect(ranges.range('A', 4, 10)).toBeNull();
  expect(ranges.range('B', 3, 10)).toBeNull();
  ranges.forget('A');
  expect(ranges.range('A', 3, 10)).toBeNull();
});
