import { expect, test } from 'vitest';
import { runWorlds } from '../risk/model/worlds.js';

test('no sequence of 200,000 random commands takes the run past a limit or out of HALT', () => {
  const counts = runWorlds({ worlds: 500, commands: 400, firstSeed: 1_001, replayed: true });
  expect(counts.commands).toBe(200_000);
  expect(counts.placed).toBeGreaterThan(3_000);
  expect(counts.halts).toBeGreaterThan(100);
});
