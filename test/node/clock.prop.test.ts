import fc from 'fast-check';
import { type ClockStep, systemClock } from 'quantlaxmi/node';
import { describe, expect, test } from 'vitest';

/** Wall and monotonic readings that advance as told. */
const driven = (moves: readonly { mono: number; jump: number }[]) => {
  let wallUs = 1_000_000_000;
  let monoUs = 0;
  const steps: ClockStep[] = [];
  const clock = systemClock({
    wallUs: () => wallUs,
    monotonicUs: () => monoUs,
    onStep: (step) => steps.push(step),
  });
  const readings = [clock.nowUs()];
  const walls = [wallUs];
  for (const { mono, jump } of moves) {
    monoUs += mono;
    wallUs += mono + jump;
    readings.push(clock.nowUs());
    walls.push(wallUs);
  }
  return { readings, steps, walls };
};

const moves = fc.array(
  fc.record({
    mono: fc.integer({ min: 0, max: 5_000_000 }),
    jump: fc.oneof(fc.constant(0), fc.integer({ min: -9_000_000, max: 9_000_000 })),
  }),
  { maxLength: 40 },
);

describe('the process clock', () => {
  test('NODE-2: never decreases, never behind the wall, never slower than monotonic time', () => {
    fc.assert(
      fc.property(moves, (list) => {
        const { readings, walls } = driven(list);
        for (const [i, move] of list.entries()) {
          const before = readings[i] as number;
          const after = readings[i + 1] as number;
          expect(after - before).toBeGreaterThanOrEqual(move.mono);
          expect(after).toBeGreaterThanOrEqual(walls[i + 1] as number);
          expect(Number.isSafeInteger(after)).toBe(true);
        }
      }),
    );
  });

  test('NODE-2: each jump is reported once, with its size', () => {
    fc.assert(
      fc.property(moves, (list) => {
        const { steps } = driven(list);
        let pending = 0;
        const expected: number[] = [];
        for (const { jump } of list) {
          pending += jump;
          if (pending >= 1_000_000 || pending <= -2_000) {
            expected.push(pending);
            pending = 0;
          }
        }
        expect(steps.map((step) => step.deltaUs)).toEqual(expected);
      }),
    );
  });

  test('a steady clock reports nothing', () => {
    expect(driven([{ mono: 10, jump: 0 }]).steps).toEqual([]);
    expect(driven([{ mono: 10, jump: -3_600_000_000 }]).steps).toEqual([
      { deltaUs: -3_600_000_000, nowUs: 1_000_000_010 },
    ]);
  });

  test('reads the system clock by default', () => {
    const now = systemClock().nowUs();
    expect(Math.abs(now - Date.now() * 1000)).toBeLessThan(60_000_000);
  });
});
