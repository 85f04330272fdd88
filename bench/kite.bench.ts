/**
 * Binary ticker frame of Kite → ticks → events, against the parser of the official client.
 *
 *     npx tsx bench/kite.bench.ts
 *
 * Both get the same frames of full-mode packets, as a connection with some hundred futures sends
 * them; the official parser gets them as the ArrayBuffers that it asks for, made outside the clock.
 * Afterwards the last prices are compared. CPU time, best of the rounds, rounds alternating.
 * @module
 */
import { KiteTicker } from 'kiteconnect';
import { encodeUtf8 } from '../src/core/index.js';
import { encodeTick, kiteFrame } from '../src/testing/index.js';
import {
  decodeTicks,
  type KiteTick,
  kiteCapture,
  parseInstruments,
} from '../src/venues/zerodha/index.js';

const FRAMES = 50;
const PACKETS = 100;
const ROUNDS = 5;
const RATIO_GOAL = 3;
const LEVELS = [0, 1, 2, 3, 4];

function cpuMs(run: () => void): number {
  const before = process.cpuUsage();
  run();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

function tickOf(i: number): KiteTick {
  const mid = 2_597_000 + (i % 977);
  const side = (direction: 1 | -1) =>
    LEVELS.map((n) => ({
      price: mid + direction * (5 + n * 10),
      qty: 75 * (n + 1),
      orders: n + 1,
    }));
  return {
    token: (49_543 + (i % PACKETS)) * 256 + 2,
    exponent: -2,
    tradable: true,
    mode: 'full',
    last: mid,
    lastQty: 75,
    averagePrice: mid - 3,
    volume: 3_000_000 + i,
    buyQty: 300_000,
    sellQty: 400_000,
    open: 2_600_000,
    high: 2_610_000,
    low: 2_590_000,
    close: 2_606_000,
    change: null,
    lastTradeTime: 1_766_992_619,
    openInterest: 11_148_150,
    openInterestHigh: 11_200_000,
    openInterestLow: 11_100_000,
    exchangeTime: 1_766_992_620,
    bids: side(-1),
    asks: side(1),
  };
}

const frames = Array.from({ length: FRAMES }, (_, f) =>
  kiteFrame(Array.from({ length: PACKETS }, (_, p) => encodeTick(tickOf(f * PACKETS + p)))),
);
const buffers = frames.map((frame) => frame.slice().buffer as ArrayBuffer);
// Its types leave the parser out.
const official = new KiteTicker({ api_key: 'k', access_token: 't' }) as unknown as {
  parseBinary(frame: ArrayBuffer): { last_price: number }[];
};
const dump = [
  'instrument_token,exchange_token,tradingsymbol,name,last_price,expiry,strike,tick_size,' +
    'lot_size,instrument_type,segment,exchange',
  ...Array.from({ length: PACKETS }, (_, i) => {
    const exchangeToken = 49_543 + i;
    const token = exchangeToken * 256 + 2;
    return `${token},${exchangeToken},F${i},F,0,2025-12-30,0,0.1,75,FUT,NFO-FUT,NFO`;
  }),
].join('\n');
const instruments = parseInstruments(encodeUtf8(dump));

function decodeAll(): number {
  let sum = 0;
  for (const frame of frames) for (const tick of decodeTicks(frame)) sum += tick.last;
  return sum;
}

function officialAll(): number {
  let sum = 0;
  for (const buffer of buffers) {
    for (const tick of official.parseBinary(buffer)) {
      sum += Math.round(tick.last_price * 100);
    }
  }
  return sum;
}

function captureAll(): number {
  const capture = kiteCapture({ sessionId: 'bench', instruments });
  let events = 0;
  frames.forEach((bytes, i) => {
    const rx = 1_766_992_620_000_000 + i;
    events += capture.record({ kind: 'frame', rx, conn: 1, binary: true, bytes }).length;
  });
  return events;
}

const best = { ours: Number.POSITIVE_INFINITY, theirs: Number.POSITIVE_INFINITY, events: 0 };
best.events = Number.POSITIVE_INFINITY;
let [ours, theirs, events] = [0, 0, 0];
for (let round = 0; round < ROUNDS; round++) {
  best.ours = Math.min(
    best.ours,
    cpuMs(() => {
      ours = decodeAll();
    }),
  );
  best.theirs = Math.min(
    best.theirs,
    cpuMs(() => {
      theirs = officialAll();
    }),
  );
  best.events = Math.min(
    best.events,
    cpuMs(() => {
      events = captureAll();
    }),
  );
}
if (ours !== theirs) throw new Error(`last prices differ: ${ours} and ${theirs}`);

const packets = FRAMES * PACKETS;
const perPacket = (ms: number): string => ((ms * 1e6) / packets).toFixed(0).padStart(6);
console.log(`${packets} full packets, CPU ns per packet, best of ${ROUNDS}`);
console.log(`  quantlaxmi decodeTicks          ${perPacket(best.ours)}`);
console.log(`  kiteconnect parseBinary         ${perPacket(best.theirs)}`);
console.log(`  quantlaxmi kiteCapture → events ${perPacket(best.events)}  (${events} events)`);
const ratio = best.theirs / best.ours;
console.log(
  `  ratio ${ratio.toFixed(1)}, goal ${RATIO_GOAL}: ${ratio >= RATIO_GOAL ? 'met' : 'MISSED'}`,
);
if (ratio < RATIO_GOAL) process.exitCode = 1;
