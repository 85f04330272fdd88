/**
 * A burst of a local venue against a bare `ws` server that sends the same texts to the same client,
 * server and client in one process.
 *
 *     npx tsx bench/local-venue.bench.ts
 *
 * Prints messages per second of wall time and of CPU time (server and client together), the best of
 * some rounds, and the ratio of the latter. The ratio is the figure to trust, the machine is not.
 * @module
 */
import type { AddressInfo } from 'node:net';
import { WebSocket, WebSocketServer } from 'ws';
import {
  type BinanceFrame,
  binanceVenue,
  LOOPBACK,
  syntheticBinance,
} from '../src/testing/node/index.js';

const SECONDS = 120;
const ROUNDS = 5;
const SLICE = 256;

const source = syntheticBinance({
  market: 'usdm',
  seed: 1n,
  durationUs: SECONDS * 1_000_000,
  changesPerSecond: 1_000,
});
const frames: readonly BinanceFrame[] = [...source.frames];
const streams = [...new Set(frames.map((frame) => frame.stream))];

/** Counts messages; ends with the last one. */
async function client(url: string): Promise<{ readonly all: Promise<void>; close(): void }> {
  const ws = new WebSocket(url, { perMessageDeflate: false });
  let left = frames.length;
  const all = new Promise<void>((resolve) => {
    ws.on('message', () => {
      left -= 1;
      if (left === 0) resolve();
    });
  });
  await new Promise((resolve) => ws.once('open', resolve));
  return { all, close: () => ws.terminate() };
}

interface Rate {
  readonly wall: number;
  readonly cpu: number;
}

async function measured(work: () => Promise<unknown>): Promise<Rate> {
  const start = performance.now();
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  const wall = (frames.length * 1_000) / (performance.now() - start);
  return { wall, cpu: (frames.length * 1_000_000) / (user + system) };
}

async function venueRound(): Promise<Rate> {
  const venue = await binanceVenue({
    source: { ...source, frames },
    script: [{ at: { frames: 0 }, fault: { kind: 'burst', frames: frames.length } }],
    pingMs: null,
    log: false,
  });
  const { all, close } = await client(`${venue.url.ws}/stream?streams=${streams.join('/')}`);
  const rate = await measured(() => Promise.all([venue.play({ speed: 1 }), all]));
  close();
  await venue.close();
  return rate;
}

async function bareRound(): Promise<Rate> {
  const server = new WebSocketServer({ host: LOOPBACK, port: 0, perMessageDeflate: false });
  await new Promise((resolve) => server.once('listening', resolve));
  const accepted = new Promise<WebSocket>((resolve) => server.once('connection', resolve));
  const { port } = server.address() as AddressInfo;
  const { all, close } = await client(`ws://${LOOPBACK}:${port}`);
  const ws = await accepted;
  const rate = await measured(async () => {
    for (const [i, { stream, data }] of frames.entries()) {
      ws.send(`{"stream":"${stream}","data":${data}}`);
      if (i % SLICE === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    await all;
  });
  close();
  server.close();
  return rate;
}

const best = { venue: { wall: 0, cpu: 0 }, bare: { wall: 0, cpu: 0 } };
const better = (a: Rate, b: Rate): Rate => ({
  wall: Math.max(a.wall, b.wall),
  cpu: Math.max(a.cpu, b.cpu),
});
for (let i = 0; i < ROUNDS; i++) {
  best.bare = better(best.bare, await bareRound());
  best.venue = better(best.venue, await venueRound());
}
const shown = ({ wall, cpu }: Rate): string =>
  `${Math.round(wall)} msg/s, ${Math.round(cpu)} per CPU second`;
console.log(`${frames.length} messages, ${streams.length} streams, one connection`);
console.log(`bare ws server   ${shown(best.bare)}`);
console.log(`local venue      ${shown(best.venue)}`);
console.log(`venue / bare     ${(best.venue.cpu / best.bare.cpu).toFixed(2)}`);
