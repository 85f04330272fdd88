/**
 * Event codec against the platform's JSON, per event type, in one process.
 *
 *     npx tsx bench/events.bench.ts
 *
 * Prints nanoseconds per line (process CPU time, best of the rounds) and the ratio; the ratio is the
 * figure to trust, the machine is not.
 * @module
 */

import fc from 'fast-check';
import {
  decodeEvent,
  type Event,
  type EventType,
  encodeEventPrefix,
  type Level,
} from '../src/events/index.js';
import { eventArbitrary } from '../src/testing/event-arbitraries.js';

const LINES = 4_096;
const ROUNDS = 9;
const RX = 1_723_075_200_000_000;

interface Sample {
  readonly name: string;
  readonly events: readonly Event[];
}

function quote(n: number): Event {
  const bid = 5_982_310 + (n % 997);
  const body = {
    ask: bid + 10,
    askQty: 15_300 + (n % 777),
    bid,
    bidQty: 22_100 + (n % 555),
    inst: `BINANCE:USDM:${['BTCUSDT', 'ETHUSDT', 'SOLUSDT'][n % 3]}`,
    venueSeq: 4_983_302_931_000 + n,
  };
  const rx = RX + n * 173;
  return { seq: n + 1, t: 'Quote', sv: 1, rx, ts: rx - 2_000, src: 'BINANCE', body };
}

function trade(n: number): Event {
  const body = {
    aggressor: n % 2 === 0 ? 'buy' : 'sell',
    inst: 'BINANCE:USDM:BTCUSDT',
    price: 5_982_310 + (n % 997),
    qty: 1_000 + (n % 5_003),
    tradeId: String(3_728_001_234 + n),
    venueSeq: null,
  } as const;
  const rx = RX + n * 173;
  return { seq: n + 1, t: 'Trade', sv: 1, rx, ts: rx - 2_000, src: 'BINANCE', body };
}

function delta(n: number): Event {
  const side = (from: number): Level[] =>
    Array.from({ length: 10 }, (_, i) => [from + i * 10, (n * 31 + i * 977) % 90_000]);
  const firstSeq = 4_983_302_931_000 + n * 40;
  const body = {
    asks: side(5_982_320),
    bids: side(5_982_210),
    firstSeq,
    inst: 'BINANCE:USDM:BTCUSDT',
    lastSeq: firstSeq + 39,
    prevSeq: firstSeq - 1,
  };
  const rx = RX + n * 173;
  return { seq: n + 1, t: 'BookDelta', sv: 1, rx, ts: rx - 2_000, src: 'BINANCE', body };
}

function times(make: (n: number) => Event): Event[] {
  return Array.from({ length: LINES }, (_, n) => make(n));
}

function random(t: EventType): Event[] {
  return fc.sample(eventArbitrary(t), { numRuns: 512, seed: 1 }) as Event[];
}

/** Least CPU nanoseconds per item. */
function cost(items: number, run: () => void): number {
  const rounds: number[] = [];
  for (let i = 0; i < ROUNDS + 3; i++) {
    const from = process.cpuUsage();
    run();
    const { user, system } = process.cpuUsage(from);
    if (i >= 3) rounds.push(((user + system) * 1_000) / items);
  }
  return Math.min(...rounds);
}

let sink = 0;

function measure({ name, events }: Sample): void {
  const out = new Uint8Array(64 << 20);
  const offsets: number[] = [0];
  for (const event of events) {
    offsets.push(encodeEventPrefix(event, event.seq, out, offsets.at(-1) as number));
  }
  const end = offsets.at(-1) as number;
  const buffer = Buffer.from(out.buffer, 0, end);
  const repeat = Math.max(1, Math.round(40_000_000 / end));
  const items = repeat * events.length;
  const decode = cost(items, () => {
    for (let r = 0; r < repeat; r++) {
      for (let i = 0; i < events.length; i++) {
        const event = decodeEvent(out, offsets[i] as number, offsets[i + 1] as number);
        sink += event === null ? 1 : event.seq;
      }
    }
  });
  const parse = cost(items, () => {
    for (let r = 0; r < repeat; r++) {
      for (let i = 0; i < events.length; i++) {
        const text = `${buffer.toString('utf8', offsets[i], offsets[i + 1])}}`;
        sink += (JSON.parse(text) as Event).seq;
      }
    }
  });
  const target = new Uint8Array(1 << 20);
  const encode = cost(items, () => {
    for (let r = 0; r < repeat; r++) {
      for (const event of events) sink += encodeEventPrefix(event, event.seq, target, 0);
    }
  });
  const targetBuffer = Buffer.from(target.buffer);
  const stringify = cost(items, () => {
    for (let r = 0; r < repeat; r++) {
      for (const event of events) sink += targetBuffer.write(JSON.stringify(event), 0, 'utf8');
    }
  });
  const bytes = Math.round(end / events.length);
  console.log(
    `${name.padEnd(14)} ${String(bytes).padStart(5)} B  ` +
      `decode ${decode.toFixed(0).padStart(6)} ns  JSON.parse ${parse.toFixed(0).padStart(6)} ns  ` +
      `${(parse / decode).toFixed(1).padStart(5)}x | ` +
      `encode ${encode.toFixed(0).padStart(6)} ns  JSON.stringify ${stringify.toFixed(0).padStart(6)} ns  ` +
      `${(stringify / encode).toFixed(1).padStart(5)}x`,
  );
}

const market: Sample[] = [
  { name: 'Quote', events: times(quote) },
  { name: 'Trade', events: times(trade) },
  { name: 'BookDelta x20', events: times(delta) },
  {
    name: 'mixed market',
    events: times((n) => (n % 3 === 0 ? quote(n) : n % 3 === 1 ? trade(n) : delta(n))),
  },
];
for (const sample of market) measure(sample);
if (process.argv.includes('--all')) {
  for (const t of ['Session', 'Instrument', 'Decision', 'Risk', 'Order', 'Fill'] as const) {
    measure({ name: `random ${t}`, events: random(t) });
  }
}
if (sink === 0) console.log('');
