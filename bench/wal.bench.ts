/**
 * Reading a log against `JSON.parse` per line, over the same bytes, in one process.
 *
 *     npx tsx bench/wal.bench.ts
 *
 * CPU nanoseconds per event, rounds interleaved, the least of each: other work on the machine only
 * adds. The ratio is the figure to trust. The last rows are elapsed time: one pass over a log on
 * disk against one thread for each of its segments, with the package as built (`npm run build:js`).
 * @module
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { crc32c } from '../src/core/index.js';
import type { EventInput } from '../src/events/index.js';
import { decodeEvent } from '../src/events/index.js';
import { nodeSha256 } from '../src/node/sha256.js';
import { fileStore } from '../src/node/wal-store/file-store.js';
import { memoryStore, openWalWriter, readWal, verifyWal } from '../src/wal/index.js';

const EVENTS = 100_000;
const BATCH = 1_000;
const ROUNDS = 15;
const RX = 1_723_075_200_000_000;

function quote(i: number): EventInput {
  return {
    t: 'Quote',
    sv: 1,
    rx: RX + i * 137,
    ts: RX + i * 130,
    src: 'BINANCE',
    body: {
      ask: 5_982_320 + (i % 997),
      askQty: 15_300 + (i % 777),
      bid: 5_982_310 + (i % 997),
      bidQty: 22_100 + (i % 555),
      inst: 'BINANCE:USDM:BTCUSDT',
      venueSeq: 4_983_302_931 + i,
    },
  };
}

/** CPU nanoseconds per event of one run. */
async function cost(run: () => unknown): Promise<number> {
  const from = process.cpuUsage();
  await run();
  const { user, system } = process.cpuUsage(from);
  return ((user + system) * 1_000) / EVENTS;
}

const store = memoryStore();
const log = await openWalWriter(store, {
  walId: '0123456789abcdef0123456789abcdef',
  clock: { nowUs: () => RX },
  hasher: nodeSha256,
  policy: { kind: 'os' },
  rotate: { bytes: 67_108_864, events: 10_000_000 },
});
for (let i = 0; i < EVENTS; i += 1) {
  log.append(quote(i));
  if (i % BATCH === BATCH - 1) await log.flush();
}
await log.close();
const bytes = [...store.snapshot().values()][0] as Uint8Array;
const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);

const eachLine = (visit: (start: number, lf: number) => void): void => {
  for (let start = 0, lf = bytes.indexOf(10); lf >= 0; lf = bytes.indexOf(10, start)) {
    visit(start, lf);
    start = lf + 1;
  }
};
let sink = 0;
const packed = gzipSync(bytes, { level: 1 });
const hashed = (part: Uint8Array): void => {
  const hash = nodeSha256();
  hash.update(part);
  sink += hash.digest()[0] as number;
};
const chained = (): void => {
  const step = Math.ceil((bytes.length * BATCH) / EVENTS);
  for (let at = 0; at < bytes.length; at += step) hashed(bytes.subarray(at, at + step));
};
const rows: [string, () => unknown][] = [
  [
    'JSON.parse per line, nothing checked',
    () =>
      eachLine((start, lf) => {
        sink += JSON.parse(text.toString('latin1', start, lf)).seq ?? 0;
      }),
  ],
  [
    'JSON.parse per line + CRC-32C + SHA-256',
    () => {
      const hasher = nodeSha256();
      hasher.update(bytes);
      sink += hasher.digest()[0] as number;
      eachLine((start, lf) => {
        sink += crc32c(bytes, start, lf - 18);
        sink += JSON.parse(text.toString('latin1', start, lf)).seq ?? 0;
      });
    },
  ],
  [
    'readWal: decode + chain',
    async () => {
      for await (const events of readWal(store, { hasher: nodeSha256 })) sink += events.length;
    },
  ],
  [
    'verifyWal: CRC + chain + SHA-256, no decode',
    async () => {
      sink += (await verifyWal(store, { hasher: nodeSha256 })).totalEvents;
    },
  ],
  [
    'verifyWal canonical: decode + CRC + chain + SHA-256',
    () => verifyWal(store, { hasher: nodeSha256, canonical: true }),
  ],
  ['stage: line ends, found by a search', () => eachLine((start, lf) => (sink += lf - start))],
  [
    'stage: CRC-32C per line',
    () => eachLine((start, lf) => (sink += crc32c(bytes, start, lf - 18))),
  ],
  ['stage: SHA-256 per commit (chain)', () => chained()],
  ['stage: SHA-256 of the segment', () => hashed(bytes)],
  ['stage: gzip level 1', () => (sink += gzipSync(bytes, { level: 1 }).length)],
  ['stage: gunzip', () => (sink += gunzipSync(packed).length)],
  [
    'stage: decodeEvent, line ends found by a search',
    () =>
      eachLine((start, lf) => {
        if (bytes[start + 6] === 69) sink += decodeEvent(bytes, start, lf - 18)?.seq ?? 0;
      }),
  ],
];
const least = rows.map(() => Number.POSITIVE_INFINITY);
for (let round = 0; round < ROUNDS; round += 1) {
  for (const [r, [, run]] of rows.entries()) {
    least[r] = Math.min(least[r] as number, await cost(run));
  }
}
console.log(`${EVENTS} quotes of ${Math.round(bytes.length / EVENTS)} bytes, ${BATCH} per commit`);
for (const [r, [name]] of rows.entries()) {
  const ns = least[r] as number;
  const ratio = ((least[0] as number) / ns).toFixed(2);
  console.log(`${ns.toFixed(0).padStart(6)} ns  ${ratio.padStart(5)}×  ${name}`);
}
console.log(`gzip level 1 makes them ${(bytes.length / packed.length).toFixed(1)} times smaller`);
if (sink === 0) throw new Error('nothing was read');

const PARALLEL_EVENTS = 600_000;

/** Elapsed milliseconds of one run. */
async function elapsed(run: () => Promise<unknown>): Promise<number> {
  const from = process.hrtime.bigint();
  await run();
  return Number(process.hrtime.bigint() - from) / 1e6;
}

const dir = mkdtempSync(join(tmpdir(), 'wal-bench-'));
try {
  const long = await openWalWriter(fileStore(dir), {
    walId: '0123456789abcdef0123456789abcdef',
    clock: { nowUs: () => RX },
    hasher: nodeSha256,
    policy: { kind: 'os' },
    rotate: { bytes: 16_777_216, events: 10_000_000 },
  });
  for (let i = 0; i < PARALLEL_EVENTS; i += 1) {
    long.append(quote(i));
    if (i % BATCH === BATCH - 1) await long.flush();
  }
  await long.close();
  const { verifyWalParallel } = (await import(
    new URL('../dist/node/index.js', import.meta.url).href
  )) as typeof import('../src/node/index.js');
  const workers = availableParallelism();
  let [one, many] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  for (let round = 0; round < 3; round += 1) {
    one = Math.min(one, await elapsed(() => verifyWalParallel(dir, { workers: 1 })));
    many = Math.min(many, await elapsed(() => verifyWalParallel(dir, { workers })));
  }
  console.log(`${PARALLEL_EVENTS} quotes in 9 segments, elapsed: one pass ${one.toFixed(0)} ms`);
  console.log(`${workers} threads ${many.toFixed(0)} ms, ${(one / many).toFixed(2)}×`);
} finally {
  rmSync(dir, { recursive: true });
}
