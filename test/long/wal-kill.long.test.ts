import { expect, test } from 'vitest';
import { killRounds } from '../node/wal/kill-rounds.js';

test('killed 200 times at random, a process loses nothing it acknowledged', async () => {
  const tally = await killRounds(200, 1);
  expect(tally).toMatchObject({ lost: 0, broken: 0 });
  expect(tally.acknowledged).toBeGreaterThan(5_000);
}, 1_800_000);
