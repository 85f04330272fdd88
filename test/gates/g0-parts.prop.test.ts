import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { integerSketch } from '../../src/gates/g0/quantile.js';
import { tradeIds } from '../../src/gates/g0/trade-ids.js';

const values = fc.array(
  fc.oneof(
    fc.integer({ min: -5000, max: 5000 }),
    fc.integer({ min: -2_000_000, max: 2_000_000 }),
    fc.maxSafeInteger(),
  ),
  { minLength: 1, maxLength: 200 },
);

describe('the sketch against a sorted list', () => {
  test('GATES-9: extremes are exact, quantiles within 1/1024 of their size', () => {
    fc.assert(
      fc.property(values, fc.integer({ min: 0, max: 1_000_000 }), (list, ppm) => {
        const sketch = integerSketch();
        for (const value of list) sketch.add(value);
        const sorted = list.toSorted((a, b) => a - b);
        expect([sketch.count, sketch.min, sketch.max]).toEqual([
          list.length,
          sorted[0],
          sorted.at(-1),
        ]);
        const rank = Math.min(list.length - 1, Math.floor((list.length * ppm) / 1_000_000));
        const exact = sorted[rank] as number;
        const error = Math.abs(sketch.quantile(ppm) - exact);
        expect(error).toBeLessThanOrEqual(Math.abs(exact) / 1024);
      }),
      { numRuns: 500 },
    );
  });

  test('GATES-9: small values and their excess are exact', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 2047 })),
        fc.integer({ min: 0, max: 2047 }),
        (list, bound) => {
          const sketch = integerSketch();
          for (const value of list) sketch.add(value);
          const excess = list.reduce((sum, value) => sum + Math.max(0, value - bound), 0);
          expect(sketch.excessOver(bound)).toBe(excess);
        },
      ),
    );
  });

  test('an empty sketch has nothing', () => {
    const sketch = integerSketch();
    expect([sketch.count, sketch.quantile(500_000), sketch.excessOver(0)]).toEqual([0, 0, 0]);
  });
});

describe('trade ids against a full list', () => {
  test('GATES-9: within the window every id is judged as a full list would', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.oneof(fc.bigInt({ min: 0n, max: 30n }), fc.bigInt({ min: 0n, max: 10n ** 20n })),
        ),
        (ids) => {
          const memory = tradeIds();
          const seen: bigint[] = [];
          for (const id of ids) {
            const highest = seen.reduce((a, b) => (b > a ? b : a), -1n);
            const expected = seen.includes(id) ? 'duplicate' : id < highest ? 'backwards' : 'new';
            expect(memory.push(String(id))).toBe(expected);
            seen.push(id);
          }
        },
      ),
    );
  });

  test('GATES-9: an id that left the window is still seen to be out of order', () => {
    const memory = tradeIds();
    const fresh = Array.from({ length: 10_000 }, (_, i) => memory.push(String(i)));
    expect(fresh.every((outcome) => outcome === 'new')).toBe(true);
    expect(memory.push('9999')).toBe('duplicate');
    expect(memory.push('5')).toBe('backwards');
  });

  test('ids that are no numbers have no order', () => {
    const memory = tradeIds();
    expect(['b', 'a', 'b', '07'].map((id) => memory.push(id))).toEqual([
      'new',
      'new',
      'duplicate',
      'new',
    ]);
  });
});
