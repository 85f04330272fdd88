/**
 * A Binance of one's own on loopback: a made-up market, a connection that is cut, a message that is
 * lost, and what a client sees of it. No network, no data, the same output each time.
 *
 *     npx tsx examples/local-venue.ts
 */
import { binanceVenue, syntheticBinance } from 'quantlaxmi/testing/node';
import { WebSocket } from 'ws';

const venue = await binanceVenue({
  source: syntheticBinance({ market: 'usdm', seed: 7n, durationUs: 5_000_000 }),
  script: [
    { at: { frames: 300 }, fault: { kind: 'drop', count: 1, stream: 'btcusdt@depth' } },
    { at: { frames: 500 }, fault: { kind: 'disconnect', code: 1012, reason: 'restart' } },
    { at: { requests: 1 }, fault: { kind: 'http429', count: 1, retryAfterS: 2 } },
  ],
});

const ws = new WebSocket(`${venue.url.ws}/ws/btcusdt@depth@100ms`);
const gaps: string[] = [];
let last: number | null = null;
ws.on('message', (data) => {
  const { pu, u } = JSON.parse((data as Buffer).toString()) as { pu: number; u: number };
  if (last !== null && pu !== last) gaps.push(`after ${last} came ${pu}`);
  last = u;
});
const closed = new Promise<string>((resolve) => {
  ws.on('close', (code, reason) => resolve(`${code} ${reason.toString()}`));
});
await new Promise((resolve) => ws.once('open', resolve));

await venue.stepTo(600);
await venue.settled();
const depth = `${venue.url.http}/fapi/v1/depth?symbol=BTCUSDT&limit=5`;
const statuses = [(await fetch(depth)).status, (await fetch(depth)).status];

console.log(`closed: ${await closed}`);
console.log(`gaps: ${gaps.length}`);
console.log(`requests: ${statuses.join(', ')}`);
console.log(`faults: ${JSON.stringify(venue.faults)}`);
console.log(`best bid of the venue: ${venue.book('BTCUSDT')?.bestBid()?.join(' × ')}`);
await venue.close();
