/** A disk that is slow, and one that fails, under a live capture. */
import { writeFileSync } from 'node:fs';
import * as fsPromises from 'node:fs/promises';
import { join } from 'node:path';
import { openSession, resumeSession } from 'quantlaxmi/node';
import { afterEach, expect, test, vi } from 'vitest';
import { type BinanceVenue, binanceVenue, syntheticBinance } from '../../src/testing/node/index.js';
import { temporaryFolder } from '../node/folders.js';
import {
  compareSequences,
  expectBooks,
  factsOf,
  loggedSequences,
  playAll,
  playUntil,
  sequencesOf,
  startCapture,
} from './lib/live.js';

// A loaded machine takes its time.
vi.setConfig({ testTimeout: 300_000 });

let venue: BinanceVenue;

afterEach(async () => {
  vi.restoreAllMocks();
  await venue.close();
});

/** Prototype of the runtime's file handles. */
async function fileHandles(): Promise<{ datasync(): Promise<void>; write: unknown }> {
  const path = join(temporaryFolder(), 'any');
  writeFileSync(path, '');
  const handle = await fsPromises.open(path);
  await handle.close();
  return Object.getPrototypeOf(handle) as { datasync(): Promise<void>; write: unknown };
}

test('NODE-34: a slow disk pauses the sockets, and no message of a burst is lost', async () => {
  const source = syntheticBinance({
    ...{ market: 'usdm', seed: 9n, durationUs: 16_000_000, changesPerSecond: 100 },
  });
  venue = await binanceVenue({ source, retime: true, log: false });
  const out = join(temporaryFolder(), 'session');
  const stalls: boolean[] = [];
  const running = startCapture(venue, source, {
    ...{ out, raw: true },
    feed: { queue: { recordsMax: 500, bytesMax: 33_554_432 }, batchRecordsMax: 100 },
    onFeed: (feed) => void feed.on('stalled', (stalled) => stalls.push(stalled)),
  });
  await running.until(() => venue.connections.some((one) => one.subscriptions.length > 8));
  await playUntil(venue, running, () => true);
  const files = await fileHandles();
  const quick = files.datasync;
  vi.spyOn(files, 'datasync').mockImplementation(async function (this: unknown) {
    await new Promise((resolve) => setTimeout(resolve, 15));
    await quick.call(this);
  });
  // As fast as the sockets take it: the disk is behind from the first moment.
  await venue.play({ speed: Number.POSITIVE_INFINITY });
  await venue.settled();
  const session = await running.stop();
  expect(stalls.filter((stalled) => stalled).length).toBeGreaterThan(0);
  expect(stalls.filter((stalled) => !stalled).length).toBeGreaterThan(0);
  const found = compareSequences(sequencesOf(source), await loggedSequences(session));
  expect(found.frames).toBeGreaterThan(1_200);
  expect(found).toMatchObject({ lost: 0, twice: 0 });
  const facts = await factsOf(session);
  expect(facts.get('config QL_FEED_STALLED')).toBe(stalls.filter((stalled) => stalled).length);
  expect(facts.get('disconnected QL_FEED_SILENT')).toBeUndefined();
  await expectBooks(out, venue, source);
});

test('NODE-34: a disk that fails ends the capture; the session says how to go on', async () => {
  const source = syntheticBinance({ market: 'usdm', seed: 9n, durationUs: 20_000_000 });
  venue = await binanceVenue({ source, retime: true });
  const out = join(temporaryFolder(), 'session');
  const first = startCapture(venue, source, { out, raw: true });
  await first.until(() => venue.connections.some((one) => one.subscriptions.length > 8));
  await playUntil(venue, first, () => true);
  const failing = vi.spyOn(await fileHandles(), 'datasync').mockImplementation(async () => {
    throw Object.assign(new Error('no space'), { code: 'ENOSPC' });
  });
  await playAll(venue, 30);
  const failure = await first.stop().then(
    () => null,
    (error: unknown) => error as Error & { code: string },
  );
  // Of raw record and log, whichever was being written.
  expect(['QL_FILE_WRITE', 'WAL_POISONED']).toContain(failure?.code);
  expect(failure?.message).toContain('--resume');
  expect(failure?.message).toContain('wal seal');
  failing.mockRestore();
  await expect(openSession(out)).rejects.toMatchObject({ code: 'QL_SESSION_UNSEALED' });
  await vi.waitUntil(() => venue.connections.every((one) => !one.open), { timeout: 30_000 });

  const second = startCapture(venue, source, { out, resume: true });
  await second.until(() => venue.connections.filter((one) => one.open).length === 1);
  await second.until(() => (venue.connections.at(-1)?.subscriptions.length ?? 0) > 8);
  await playUntil(venue, second, () => true);
  await playAll(venue);
  const session = await second.stop();
  expect((await factsOf(session)).get('gap QL_FEED_RESTARTED')).toBe(1);
  expect((await session.verify()).ok).toBe(true);
  await expectBooks(out, venue, source);
  await expect(resumeSession(out, { policy: { kind: 'always' } })).rejects.toMatchObject({
    code: 'QL_SESSION_EXISTS',
  });
});
