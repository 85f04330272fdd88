import { expect, test } from 'vitest';
import { exploreCrashes } from './crash/explore.js';

test('WAL-3: 2,000 crash states by seed, each read, recovered and written on', async () => {
  const seen = await exploreCrashes({ seed: 20_240_808, states: 2_000 });
  expect(seen.violations).toEqual([]);
  // Poisoned writers, kills with warm caches and cuts in recoveries were among them.
  expect(Math.min(seen.poisoned, seen.killed, seen.cut, seen.interruptions)).toBeGreaterThan(5);
  expect(seen.acknowledgedMax).toBeGreaterThan(10);
}, 300_000);
