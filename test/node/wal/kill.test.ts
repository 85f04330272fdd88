import { expect, test } from 'vitest';
import { killRounds } from './kill-rounds.js';

test('WAL-3: killed at random times, a process loses nothing it acknowledged', async () => {
  const tally = await killRounds(10, 20_261_123);
  expect(tally).toMatchObject({ lost: 0, broken: 0 });
  expect(tally.acknowledged).toBeGreaterThan(100);
  expect(tally.events).toBeGreaterThanOrEqual(tally.acknowledged);
}, 120_000);

test('control: a writer that acknowledges before it writes is caught', async () => {
  const { lost } = await killRounds(3, 7, true);
  expect(lost).toBeGreaterThan(0);
}, 60_000);
