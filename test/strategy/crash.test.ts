import { expect, test } from 'vitest';
import { crashRun, type Outcome, type Wrong } from './crash/life.js';

/** Runs seeds until so many crashes were lived through. */
const crashes = async (least: number, wrong: Wrong = null): Promise<Outcome> => {
  const sum = { crashes: 0, duplicates: 0, unlogged: 0, lost: 0, orders: 0 };
  let wide = 0;
  for (let seed = 1n; sum.crashes < least; seed += 1n) {
    const one = await crashRun(seed, wrong);
    for (const key of ['crashes', 'duplicates', 'unlogged', 'lost', 'orders'] as const) {
      sum[key] += one[key];
    }
    wide = Math.max(wide, Math.abs(one.positions[0] - one.positions[1]));
  }
  return { ...sum, positions: [wide, 0] };
};

test('STRATEGY-18: over 200 kills around orders none is doubled, no fill is lost', async () => {
  const sum = await crashes(200);
  expect(sum).toMatchObject({ duplicates: 0, unlogged: 0, lost: 0, positions: [0, 0] });
  expect(sum.orders).toBeGreaterThan(100);
});

test('STRATEGY-18: a runner that sends before the log is durable is caught', async () => {
  expect((await crashes(60, 'sendsBeforeDurable')).unlogged).toBeGreaterThan(0);
});

test('STRATEGY-18: a restart with new ids is caught', async () => {
  expect((await crashes(60, 'newIdsOnRestart')).duplicates).toBeGreaterThan(0);
});
