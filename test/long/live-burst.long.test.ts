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
    await venue.play({ speed: Number.POSITIVE_INFINITY });
    await venue.settled();
    const tookMs = Number((process.hrtime.bigint() - before) / 1_000_000n);
    const session = await running.stop();
    await expectBooks(out, venue, source);
    const found = compareSequences(sequencesOf(source), await loggedSequences(session));
    console.log(JSON.stringify({ ...found, tookMs }));
    expect(found.frames).toBeGreaterThan(50_000);
    expect(found).toMatchObject({ lost: 0, twice: 0 });
  } finally {
    await venue.close();
  }
});
