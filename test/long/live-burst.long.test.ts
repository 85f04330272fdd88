import { join } from 'node:path';
import { expect, test } from 'vitest';
import {
  compareSequences,
  expectBooks,
  loggedSequences,
  playUntil,
  sequencesOf,
  startCapture,
} from '../acceptance/lib/live.js';
import {
  type BinanceSource,
  binanceVenue,
  syntheticBinance,
} from '../../src/testing/node/index.js';
import { temporaryFolder } from '../node/folders.js';

const since = (before: bigint): number => Number((process.hrtime.bigint() - before) / 1_000_000n);

const started = async (source: BinanceSource, out: string) => {
  const venue = await binanceVenue({ source, retime: true, log: false });
  const running = startCapture(venue, source, { out, raw: true });
  await running.until(() => venue.connections.some((one) => one.subscriptions.length > 8));
  await playUntil(venue, running, () => true);
  return { venue, running };
};

test('NODE-34: a burst of 50,000 messages is logged whole', async () => {
  const made = syntheticBinance({ market: 'usdm', seed: 13n, durationUs: 600_000_000 });
  // Made beforehand, so that the venue does nothing but send.
  const source = { ...made, frames: [...made.frames].slice(0, 80_000) };
  const out = join(temporaryFolder(), 'session');
  const { venue, running } = await started(source, out);
  try {
    const before = process.hrtime.bigint();
    const playedBefore = venue.framesPlayed;
    await venue.play({ speed: Number.POSITIVE_INFINITY });
    // All was handed to the sockets; the capture, in the same process, may still be reading.
    const venueMs = since(before);
    await venue.settled();
    const readMs = since(before);
    const session = await running.stop();
    const loggedMs = since(before);
    await expectBooks(out, venue, source);
    const found = compareSequences(sequencesOf(source), await loggedSequences(session));
    const played = venue.framesPlayed - playedBefore;
    const perSecond = (ms: number): number => Math.round((played * 1000) / Math.max(ms, 1));
    // Venue and capture share this process: neither rate is that of the part by itself.
    const rates = { venuePerSecond: perSecond(venueMs), capturePerSecond: perSecond(loggedMs) };
    console.log(JSON.stringify({ ...found, played, venueMs, readMs, loggedMs, ...rates }));
    expect(found.frames).toBeGreaterThan(50_000);
    expect(found).toMatchObject({ lost: 0, twice: 0 });
  } finally {
    await venue.close();
  }
});
