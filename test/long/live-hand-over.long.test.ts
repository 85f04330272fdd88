import { join } from 'node:path';
import { expect, test } from 'vitest';
import { playThroughHandOvers } from '../acceptance/lib/hand-over.js';
import { temporaryFolder } from '../node/folders.js';

test('NODE-31: two hours at 50 times the pace through two hand-overs lose nothing', async () => {
  const { session, ...tally } = await playThroughHandOvers(join(temporaryFolder(), 'session'), {
    ...{ durationUs: 7_200_000_000, speed: 50, changes: 40 },
  });
  console.log(JSON.stringify({ ...tally, events: session.manifest.wal.totalEvents }));
  expect(tally).toMatchObject({ lost: 0, twice: 0, disconnects: [] });
  expect(tally.handOvers).toBeGreaterThanOrEqual(2);
  expect(tally.frames).toBeGreaterThan(100_000);
  expect((await session.verify()).ok).toBe(true);
});
