/** A live capture that is killed goes on in the same session. */
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { captureRecording, eventLinesSha256, openSession } from '../../src/node/index.js';
import { type BinanceVenue, binanceVenue, syntheticBinance } from '../../src/testing/node/index.js';
import { temporaryFolder } from '../node/folders.js';
import { bundleCommand, killLive, startCapturer } from './lib/kill-live.js';
import { expectBooks, factsOf, rawFiles } from './lib/live.js';

// A loaded machine takes its time.
vi.setConfig({ testTimeout: 300_000 });

const SOURCE = syntheticBinance({ market: 'usdm', seed: 11n, durationUs: 120_000_000 });
const PATIENT = { timeout: 110_000, interval: 10 };
let venue: BinanceVenue;

afterEach(async () => {
  await venue.close();
});

test('NODE-33: killed in the middle, time and again: one session, each gap told', async () => {
  const rounds = 4;
  venue = await binanceVenue({ source: SOURCE, retime: true });
  const root = temporaryFolder();
  const program = await bundleCommand(root);
  const out = join(root, 'session');
  const { promised } = await killLive({ program, venue, source: SOURCE, out }, rounds);
  await expect(openSession(out)).rejects.toMatchObject({ code: 'QL_SESSION_UNSEALED' });
  const refused = startCapturer({ program, venue, source: SOURCE, out });
  expect(await refused.exited).toBe(2);
  expect(refused.stderr()).toContain('QL_SESSION_EXISTS');

  // The last one goes on, gets its books and is told to stop.
  const extra = ['--raw', '--resume'];
  const last = startCapturer({ program, venue, source: SOURCE, out, extra });
  const depth = () => venue.requests.filter((one) => one.url.includes('/depth')).length;
  const before = depth();
  await vi.waitUntil(() => {
    expect(last.child.exitCode, last.stderr()).toBeNull();
    return venue.connections.filter((one) => one.open && one.subscriptions.length > 8).length === 1;
  }, PATIENT);
  while (depth() < before + SOURCE.symbols.length) {
    await venue.release(20);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  await venue.release(300);
  await venue.settled();
  last.child.kill('SIGTERM');
  expect(await last.exited, last.stderr()).toBe(0);
  const document = JSON.parse(last.stdout()) as { sessionId: string; eventsSha256: string };

  const session = await openSession(out);
  expect(session.id).toBe(document.sessionId);
  expect(session.manifest.status).toBe('recovered');
  expect(await session.verify()).toMatchObject({ ok: true, differences: [] });
  expect(session.manifest.wal.lastSeq).toBeGreaterThan(Math.max(...promised));
  const facts = await factsOf(session);
  expect(facts.get('gap QL_FEED_RESTARTED')).toBe(rounds);
  expect(facts.get('start')).toBe(1);
  expect(facts.get('stop')).toBe(1);
  await expectBooks(out, venue, SOURCE);

  // Nothing that was promised is gone: a restart says how far the log of the one before came.
  const held: number[] = [];
  for await (const batch of session.read()) {
    for (const { t, body } of batch) {
      if (t !== 'Session' || body.code !== 'QL_FEED_RESTARTED') continue;
      held.push(Number(body.details['lastSeq']));
    }
  }
  for (const [round, seq] of promised.entries()) {
    expect(held[round]).toBeGreaterThanOrEqual(seq);
  }

  // The raw record has what was lost with each kill, and still gives the events of the log.
  const again = await captureRecording({
    ...{ market: 'usdm', files: rawFiles(out), out: join(root, 'again') },
  });
  expect(session.manifest.raw?.parts).toHaveLength(rounds + 1);
  expect(session.manifest.raw?.parts.map((part) => part.whole)).toEqual([
    ...Array.from({ length: rounds }, () => false),
    true,
  ]);
  expect(again.damage).toEqual([]);
  expect(await eventLinesSha256(again.session.read())).toBe(document.eventsSha256);
});

test('NODE-33: a capture goes on with a raw record only if it began with one', async () => {
  venue = await binanceVenue({ source: SOURCE, retime: true });
  const root = temporaryFolder();
  const program = await bundleCommand(root);
  const out = join(root, 'session');
  const first = startCapturer({ program, venue, source: SOURCE, out });
  await vi.waitUntil(() => {
    expect(first.child.exitCode, first.stderr()).toBeNull();
    return first.acknowledged() > 0;
  }, PATIENT);
  first.child.kill('SIGKILL');
  await first.exited;
  const extra = ['--raw', '--resume'];
  const other = startCapturer({ program, venue, source: SOURCE, out, extra });
  expect(await other.exited).toBe(2);
  expect(other.stderr()).toContain('begun without a raw record');
});
