import fc from 'fast-check';
import { isLie, VENUE_FAULTS, type VenueFaultKind, type VenueFaultRule } from 'quantlaxmi/testing';
import { describe, expect, test } from 'vitest';
import { BadRun, type Move } from './bad-run.js';

const KINDS = Object.keys(VENUE_FAULTS) as VenueFaultKind[];
const HONEST = KINDS.filter((kind) => !isLie(kind));

const move: fc.Arbitrary<Move> = fc.oneof(
  fc.record({
    kind: fc.constant('place' as const),
    off: fc.integer({ min: -3, max: 3 }),
    qty: fc.integer({ min: 1, max: 12 }),
    sells: fc.boolean(),
  }),
  fc.record({
    kind: fc.constant('amend' as const),
    off: fc.integer({ min: -3, max: 3 }),
    pick: fc.nat(9),
    qty: fc.integer({ min: 1, max: 16 }),
  }),
  fc.record({
    kind: fc.constantFrom('cancel' as const, 'doubt' as const),
    pick: fc.nat(9),
  }),
  fc.record({
    kind: fc.constant('quote' as const),
    bid: fc.integer({ min: 996, max: 1_003 }),
    qty: fc.integer({ min: 1, max: 8 }),
  }),
  fc.record({ kind: fc.constant('wait' as const), us: fc.integer({ min: 0, max: 900 }) }),
);

const scriptOf = (kinds: readonly VenueFaultKind[]): fc.Arbitrary<VenueFaultRule[]> =>
  fc.array(
    fc.record({
      kind: fc.constantFrom(...kinds),
      from: fc.integer({ min: 1, max: 8 }),
      count: fc.integer({ min: 1, max: 20 }),
      ppm: fc.constantFrom(300_000, 1_000_000),
      delayUs: fc.integer({ min: 0, max: 3_000 }),
    }),
    { minLength: 1, maxLength: 4 },
  );

const runOf = (script: readonly VenueFaultRule[], moves: readonly Move[]) => {
  const run = new BadRun(script, 7n);
  for (const each of moves) run.move(each);
  return { run, result: run.finish() };
};

const moves = fc.array(move, { maxLength: 40, size: 'max' });

test('TESTING-11: whatever an honest venue does, the position is right after the answer', () => {
  fc.assert(
    fc.property(scriptOf(HONEST), moves, (script, steps) => {
      const { result, run } = runOf(script, steps);
      expect(run.position).toBe(run.truth);
      expect(result.complete).toBe(true);
      if (run.halted !== '') return;
      const kinds = new Set(result.differences.map(({ kind }) => kind));
      kinds.delete('missingOrder');
      kinds.delete('balance');
      expect([...kinds]).toEqual([]);
      expect(run.orders.unknownCount).toBe(0);
    }),
    { seed: 11, numRuns: 400 },
  );
});

describe('TESTING-11: a lie stops trading, or changes nothing', () => {
  const seen = new Set<string>();
  test.each(KINDS)('%s', (kind) => {
    fc.assert(
      fc.property(scriptOf([kind, kind, ...HONEST]), moves, (script, steps) => {
        const { result, run } = runOf(script, steps);
        const stops = run.halted !== '' || result.actions.some(({ kind: to }) => to === 'halt');
        if (stops) seen.add(kind);
        if (!stops) expect(run.position).toBe(run.truth);
      }),
      { seed: 12, numRuns: 60 },
    );
  });

  test('and each of the lies about orders is found out in some run', () => {
    expect([...seen]).toEqual(expect.arrayContaining(['lieRemaining', 'contradict', 'inventFill']));
  });
});

test('TESTING-11: a run that trusted the reports alone would end wrong', () => {
  const silent = fc.check(
    fc.property(scriptOf(['silent', 'dropFills']), moves, (script, steps) => {
      const run = new BadRun(script, 7n);
      for (const each of steps) run.move(each);
      // Without a last question.
      run.move({ kind: 'wait', us: 1_000_000 });
      expect(run.position).toBe(run.truth);
    }),
    { seed: 13, numRuns: 200 },
  );
  expect(silent.failed).toBe(true);
});
