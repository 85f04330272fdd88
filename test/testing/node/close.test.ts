import { binanceFrames, binanceVenue, kiteVenue, syntheticKite } from 'quantlaxmi/testing/node';
import { expect, test } from 'vitest';
import { connect } from './client.js';
import { chain } from './frames.js';

function active(kind: string): number {
  return process.getActiveResourcesInfo().filter((name) => name === kind).length;
}

async function gone(kind: string, before: number): Promise<void> {
  while (active(kind) > before) await new Promise((resolve) => setImmediate(resolve));
}

test('TESTING-9: a closed venue leaves no server, socket or timer', async () => {
  const kinds = ['TCPServerWrap', 'TCPSocketWrap', 'Timeout'];
  const before = kinds.map(active);
  const venue = await binanceVenue({
    source: binanceFrames({ market: 'spot', frames: chain(4) }),
    script: [{ at: { frames: 2 }, fault: { kind: 'halfOpen', conn: 1 } }],
    pingMs: 3_600_000,
  });
  const kite = await kiteVenue({
    source: syntheticKite({ seed: 1n, tokens: [408065], durationUs: 1_000_000 }),
    heartbeatMs: 3_600_000,
  });
  const clients = [
    await connect(`${venue.url.ws}/ws/btcusdt@depth`),
    await connect(`${venue.url.ws}/ws/btcusdt@depth`),
    await connect(`${kite.url.ws}/?api_key=local-key&access_token=local-token`),
  ];
  await venue.release(3);
  const playing = venue.play({ speed: 1e-9 });
  // The control: all of it is there while the venues are open.
  expect(kinds.map(active).map((count, i) => count > (before[i] ?? 0))).toEqual([true, true, true]);
  await venue.close();
  await kite.close();
  await playing;
  await Promise.all(clients.map((client) => client.closed));
  for (const [i, kind] of kinds.entries()) await gone(kind, before[i] ?? 0);
  await venue.close();
});
