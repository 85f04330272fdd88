/** Connections that end of age are handed over; `test/long` plays two hours of it. */
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { temporaryFolder } from '../node/folders.js';
import { playThroughHandOvers } from './lib/hand-over.js';

// A loaded machine takes its time.
vi.setConfig({ testTimeout: 300_000 });

test('NODE-31: minutes at 50 times the pace through two hand-overs lose nothing', async () => {
  const { session, ...tally } = await playThroughHandOvers(join(temporaryFolder(), 'session'), {
    ...{ durationUs: 180_000_000, speed: 50, changes: 30 },
  });
  expect(tally).toMatchObject({ lost: 0, twice: 0, disconnects: [] });
  expect(tally.handOvers).toBeGreaterThanOrEqual(2);
  expect(tally.frames).toBeGreaterThan(3_000);
  expect((await session.verify()).ok).toBe(true);
});
