import { join } from 'node:path';
import { expect, test } from 'vitest';
import { bundleCommand, killLive } from '../acceptance/lib/kill-live.js';
import { factsOf, rawFiles } from '../acceptance/lib/live.js';
import { captureRecording, eventLinesSha256, openSession, sealLog } from '../../src/node/index.js';
import { binanceVenue, syntheticBinance } from '../../src/testing/node/index.js';
import { temporaryFolder } from '../node/folders.js';

test('NODE-33: killed fifty times, nothing that was promised is gone', async () => {
  const source = syntheticBinance({ market: 'usdm', seed: 3n, durationUs: 600_000_000 });
  const venue = await binanceVenue({ source, retime: true, log: false });
  try {
    const root = temporaryFolder();
    const out = join(root, 'session');
    const program = await bundleCommand(root);
    const { promised } = await killLive({ program, venue, source, out }, 50);
    await sealLog(out);
    const session = await openSession(out);
    expect(await session.verify()).toMatchObject({ ok: true, differences: [] });
    expect((await factsOf(session)).get('gap QL_FEED_RESTARTED')).toBe(49);
    const held: number[] = [];
    for await (const batch of session.read()) {
      for (const { t, body } of batch) {
        if (t !== 'Session' || body.code !== 'QL_FEED_RESTARTED') continue;
        held.push(Number(body.details['lastSeq']));
      }
    }
    for (const [round, seq] of promised.entries()) {
      expect(held[round] ?? session.manifest.wal.lastSeq).toBeGreaterThanOrEqual(seq);
    }
    const again = await captureRecording({
      ...{ market: 'usdm', files: rawFiles(out), out: join(root, 'again') },
    });
    const digest = await eventLinesSha256(session.read());
    expect(await eventLinesSha256(again.session.read())).toBe(digest);
    const { lastSeq } = session.manifest.wal;
    console.log(JSON.stringify({ kills: promised.length, lastSeq, promised: promised.at(-1) }));
  } finally {
    await venue.close();
  }
});
