import {
  type BinanceVenue,
  type BinanceVenueOptions,
  binanceFrames,
  binanceVenue,
} from 'quantlaxmi/testing/node';
import { afterEach, describe, expect, test } from 'vitest';
import { ask, connect } from './client.js';
import { chain } from './frames.js';

const open: BinanceVenue[] = [];

afterEach(async () => {
  for (const venue of open.splice(0)) await venue.close();
});

async function venueOf(options: Partial<BinanceVenueOptions> = {}): Promise<BinanceVenue> {
  const source = binanceFrames({ market: 'spot', frames: chain(20) });
  const venue = await binanceVenue({ source, pingMs: null, ...options });
  open.push(venue);
  return venue;
}

const STREAM = '/stream?streams=btcusdt@depth@100ms';

describe('streams', () => {
  test('TESTING-6: a combined and a raw connection get the recorded messages', async () => {
    const frames = chain(5);
    const venue = await venueOf({ source: binanceFrames({ market: 'spot', frames }) });
    const combined = await connect(venue.url.ws + STREAM);
    const raw = await connect(`${venue.url.ws}/ws/btcusdt@depth@100ms`);
    expect(await venue.release(10)).toBe(5);
    await venue.settled();
    expect(raw.texts).toEqual(frames.map((f) => f.data));
    expect(combined.texts).toEqual(frames.map((f) => `{"stream":"${f.stream}","data":${f.data}}`));
    expect(venue.connections[1]?.sent.map((s) => s.payload)).toEqual(raw.texts);
    expect(venue.sent().get('btcusdt@depth@100ms')).toEqual({
      played: 5,
      delivered: 5,
      lastSeq: 5,
    });
  });
});

describe('requests', () => {
  test('depth is the book at the present point of the playback', async () => {
    const venue = await venueOf();
    await venue.release(3);
    const { json } = await ask(`${venue.url.http}/api/v3/depth?symbol=BTCUSDT&limit=5`);
    expect(json).toEqual({
      lastUpdateId: 3,
      bids: [
        ['102.50', '2.25'],
        ['101.50', '1.25'],
        ['100.50', '0.25'],
      ].map(([p, q]) => [p?.slice(0, 5), q]),
      asks: [
        ['200.5', '1.25'],
        ['201.5', '2.25'],
        ['202.5', '3.25'],
      ],
    });
    expect(venue.book('BTCUSDT')?.lastSeq).toBe(3);
  });
});
