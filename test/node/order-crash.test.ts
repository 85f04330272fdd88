import { expect, test } from 'vitest';
import { orderCrashes } from './order-crash/rounds.js';

test('NODE-37: kill -9 around orders doubles none, loses no fill, ends in position', async () => {
  const sum = await orderCrashes(6, { seed: 1n });
  expect(sum).toMatchObject({ duplicates: 0, unlogged: 0, lost: 0, wrongPositions: 0 });
  expect(sum.executions).toBeGreaterThan(0);
});

test('NODE-37: a process that sends before its log is durable is caught', async () => {
  const sum = await orderCrashes(3, { seed: 1n, wrong: 'sendsBeforeDurable' });
  expect(sum.unlogged).toBeGreaterThan(0);
});

test('NODE-37: a restart that names its orders anew is caught', async () => {
  const sum = await orderCrashes(6, { seed: 1n, wrong: 'newIdsOnRestart' });
  expect(sum.duplicates).toBeGreaterThan(0);
});
