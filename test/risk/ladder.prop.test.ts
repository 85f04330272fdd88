import fc from 'fast-check';
import type { LadderLevel } from 'quantlaxmi/events';
import {
  type LadderSpec,
  type LadderState,
  type LadderTrigger,
  rearmLadder,
  stepLadder,
} from 'quantlaxmi/risk';
import { describe, expect, test } from 'vitest';

const trigger: LadderTrigger = {
  id: 'loss',
  metric: 'dailyLoss',
  markAgeMaxUs: 60_000_000,
  scope: 'all',
  warn: '10',
  throttle: '20',
  halt: '30',
  clearPpm: 500_000,
  unknown: 'throttle',
};
const spec = (part: Partial<LadderSpec> = {}, of: Partial<LadderTrigger> = {}): LadderSpec => ({
  triggers: [
    { ...trigger, ...of },
    { ...trigger, id: 'two', warn: '15', ...of },
  ],
  throttleSizePpm: 500_000,
  throttleRatePpm: 500_000,
  coolDownUs: 30,
  everyUs: 1,
  haltCancels: false,
  haltFlattens: false,
  ...part,
});
const RANK: Record<LadderLevel, number> = { normal: 0, warn: 1, throttle: 2, halt: 3 };

interface Look {
  readonly passUs: number;
  readonly loss: number | null;
  readonly two: number | null;
  readonly rearm: boolean;
}

const value = (n: number | null) => (n === null ? null : { num: BigInt(n), den: 1n });

/** Ranks after each look. */
function run(of: LadderSpec, looks: readonly Look[]): number[] {
  let state: LadderState = {};
  let nowUs = 0;
  return looks.map(({ loss, passUs, rearm, two }) => {
    nowUs += passUs;
    if (rearm) state = rearmLadder(of, state, { scope: 'all', by: 'Asha', nowUs }).state;
    const observations = [
      { trigger: 'loss', scope: 'all', value: value(loss) },
      { trigger: 'two', scope: 'all', value: value(two) },
    ];
    state = stepLadder(of, state, { observations, nowUs }).state;
    return RANK[state['all']?.level ?? 'normal'];
  });
}

const number = fc.integer({ min: 0, max: 40 });
const look = (rearm: fc.Arbitrary<boolean>) =>
  fc.record({
    passUs: fc.integer({ min: -5, max: 25 }),
    loss: fc.option(number, { freq: 8 }),
    two: fc.option(number, { freq: 8 }),
    rearm,
  });
const looks = (rearm = fc.boolean()) => fc.array(look(rearm), { minLength: 1, maxLength: 40 });

describe('RISK-12: the ladder', () => {
  test('RISK-12: pointwise worse observations never give a lower level, in whole sequences', () => {
    const harm = fc.array(fc.integer({ min: 0, max: 20 }), { minLength: 80, maxLength: 80 });
    const unknowns = fc.constantFrom<LadderLevel>('halt');
    fc.assert(
      fc.property(looks(), harm, unknowns, (calm, more, unknown) => {
        const of = spec({}, { unknown });
        const worse = calm.map((one, i) => ({
          ...one,
          loss: one.loss === null ? null : one.loss + (more[2 * i] ?? 0),
          two: one.two === null || more[2 * i + 1] === 20 ? null : one.two + (more[2 * i + 1] ?? 0),
        }));
        const low = run(of, calm);
        const high = run(of, worse);
        expect(high.every((rank, i) => rank >= (low[i] ?? 0))).toBe(true);
      }),
      { seed: 11, numRuns: 1_500 },
    );
  });

  test('RISK-12: control: better observations do give a lower level', () => {
    const at = (loss: number): Look => ({ passUs: 1, loss, two: 0, rearm: false });
    expect(run(spec(), [at(30)])).toEqual([3]);
    expect(run(spec(), [at(29)])).toEqual([2]);
    expect(run(spec(), [at(19)])).toEqual([1]);
    expect(run(spec(), [at(9)])).toEqual([0]);
  });

  test('RISK-13: HALT never leaves by itself, whatever follows', () => {
    fc.assert(
      fc.property(looks(fc.constant(false)), (all) => {
        const ranks = run(spec(), all);
        const first = ranks.indexOf(3);
        if (first < 0) return;
        expect(ranks.slice(first).every((rank) => rank === 3)).toBe(true);
      }),
      { seed: 12, numRuns: 1_000 },
    );
  });

  test('RISK-13: control: a named person ends it; a metric still bad halts again at once', () => {
    const bad: Look = { passUs: 1, loss: 30, two: 0, rearm: false };
    const state = stepLadder(
      spec(),
      {},
      {
        observations: [
          { trigger: 'loss', scope: 'all', value: value(30) },
          { trigger: 'two', scope: 'all', value: value(0) },
        ],
        nowUs: 0,
      },
    ).state;
    const freed = rearmLadder(spec(), state, { scope: 'all', by: 'Asha', nowUs: 1 });
    expect(freed.changes).toMatchObject([{ from: 'halt', to: 'throttle', trigger: 'operator' }]);
    expect(() => rearmLadder(spec(), state, { scope: 'all', by: '', nowUs: 1 })).toThrow('no name');
    expect(run(spec(), [bad, { ...bad, rearm: true }])).toEqual([3, 3]);
    const calm = { ...bad, loss: 0 };
    expect(run(spec(), [bad, calm, { ...calm, passUs: 30, rearm: true }])).toEqual([3, 3, 0]);
  });

  test('RISK-12: equals a model that looks at the whole history again each time', () => {
    fc.assert(
      fc.property(looks(fc.constant(false)), (all) => {
        expect(run(spec(), all)).toEqual(all.map((_, i) => modelAt(all.slice(0, i + 1))));
      }),
      { seed: 13, numRuns: 800 },
    );
  });

  test('RISK-12: nothing flaps inside the band, and control: without a band it does', () => {
    const swing = Array.from({ length: 20 }, (_, i): Look => {
      return { passUs: 1, loss: i % 2 === 0 ? 20 : 19, two: 0, rearm: false };
    });
    const turns = (of: LadderSpec) => {
      const ranks = run(of, swing);
      return ranks.filter((rank, i) => i > 0 && rank !== ranks[i - 1]).length;
    };
    expect(turns(spec({ coolDownUs: 0 }))).toBe(0);
    expect(turns(spec({ coolDownUs: 30 }, { clearPpm: 1_000_000 }))).toBe(0);
    expect(turns(spec({ coolDownUs: 0 }, { clearPpm: 1_000_000 }))).toBe(19);
  });

  test('RISK-12: what nobody looked at is unknown, and the state is plain JSON', () => {
    const { state, changes } = stepLadder(
      spec(),
      {},
      {
        observations: [{ trigger: 'loss', scope: 'all', value: value(0) }],
        nowUs: 5,
      },
    );
    expect(changes).toEqual([
      { scope: 'all', from: 'normal', to: 'throttle', trigger: 'two', observed: '', limit: '' },
    ]);
    expect(JSON.parse(JSON.stringify(state))).toEqual(state);
  });
});

/** A level holds while the last look at or above its clear level is not `coolDownUs` ago. */
function modelAt(history: readonly Look[]): number {
  const { coolDownUs } = spec();
  const on = [false, false, false, false];
  const clearSince: (number | null)[] = [null, null, null, null];
  let nowUs = 0;
  for (const { loss, passUs, two } of history) {
    nowUs += passUs;
    const firsts: [number | null, readonly number[]][] = [
      [loss, [0, 10, 20, 30]],
      [two, [0, 15, 20, 30]],
    ];
    for (const rank of [1, 2, 3]) {
      const up = firsts.some(([n, at]) => (n === null ? rank <= 2 : n >= (at[rank] ?? 0)));
      const holdsStill = firsts.some(([n, at]) =>
        n === null ? rank <= 2 : 2 * n >= (at[rank] ?? 0),
      );
      // A level that is reached has reached those below it.
      if (up) for (let below = 1; below <= rank; below += 1) on[below] = true;
      if (holdsStill) for (let below = 1; below <= rank; below += 1) clearSince[below] = null;
      else if (clearSince[rank] === null) clearSince[rank] = nowUs;
    }
    for (const rank of [1, 2, 3]) {
      const since = clearSince[rank] ?? null;
      if (rank < 3 && since !== null && nowUs - since >= coolDownUs) on[rank] = false;
    }
    if (on[3] === true) on[2] = on[1] = true;
  }
  return on.lastIndexOf(true) < 0 ? 0 : on.lastIndexOf(true);
}
