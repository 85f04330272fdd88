import { expect, test } from 'vitest';
import type { StoreOperation } from 'quantlaxmi/testing';
import { exploreCrashes } from './crash/explore.js';
import type { Wrap } from './crash/judge.js';
import {
  leavesSealedAlone,
  lyingWriter,
  namesLeftToChance,
  recoversInPlace,
  syncsAgain,
  writesOn,
} from './crash/wrong.js';

test('WAL-3: 2,000 crash states by seed, each read, recovered and written on', async () => {
  const seen = await exploreCrashes({ seed: 20_240_808, states: 2_000 });
  expect(seen.violations).toEqual([]);
  // Poisoned writers, kills with warm caches and cuts in recoveries were among them.
  expect(Math.min(seen.poisoned, seen.killed, seen.cut, seen.interruptions)).toBeGreaterThan(5);
  expect(seen.acknowledgedMax).toBeGreaterThan(10);
}, 300_000);

test.each<[string, Wrap, StoreOperation, RegExp]>([
  [
    'a writer that acknowledges without a sync',
    lyingWriter,
    'datasync',
    /I2|refused without a fault/,
  ],
  ['a writer that leaves names to chance', namesLeftToChance, 'datasync', /I2/],
  ['a writer that syncs again after a failed sync', syncsAgain, 'datasync', /I6: datasync/],
  ['a writer that writes again after a failed write', writesOn, 'write', /I6: write/],
  ['a recovery that goes on in the old file', recoversInPlace(), 'datasync', /WAL_UNSEALED/],
  ['a recovery that leaves a sealed end alone', leavesSealedAlone, 'datasync', /WAL_UNSEALED/],
])(
  'control: %s is caught',
  async (_, wrap, strike, what) => {
    const seen = await exploreCrashes({ seed: 2, states: 500, untilFirst: true, wrap, strike });
    expect(seen.violations.join('\n')).toMatch(what);
  },
  300_000,
);

test('control: the same logs with the same failures, made right, hold', async () => {
  for (const strike of ['datasync', 'write'] as const) {
    const { violations } = await exploreCrashes({ seed: 2, states: 200, strike });
    expect(violations).toEqual([]);
  }
}, 300_000);
