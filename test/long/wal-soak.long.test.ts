import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { buildProgram } from '../node/wal/build-program.js';

/** A day of a busy venue: 100 million events, some 24 GB before compression. */
const EVENTS = Number(process.env['QL_SOAK_EVENTS'] ?? 100_000_000);
/** Enough for the leak to show, few enough to wait for. */
const CONTROL_EVENTS = 3_000_000;
const MIB = 1_048_576;

const PROGRAM = `
import { readdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { nodeSha256 as hasher } from './src/node/sha256.ts';
import { compressSegments } from './src/node/wal-store/compress-segments.ts';
import { fileStore } from './src/node/wal-store/file-store.ts';
import { openWalWriter, parseSegmentName, verifySegment, verifyWal } from './src/wal/index.ts';
const [role, dir, count, leak] = process.argv.slice(2);
const EVENTS = Number(count);
const RX = 1_723_075_200_000_000;
const samples = [];
const sample = (at) => samples.push([at, process.memoryUsage().rss]);
const plainSegments = () => readdirSync(dir).filter((name) => name.endsWith('.wal.jsonl'));
const kept = [];

async function write() {
  const log = await openWalWriter(fileStore(dir), {
    walId: '0123456789abcdef0123456789abcdef', clock: { nowUs: () => RX }, hasher,
    policy: { kind: 'os' }, rotate: { bytes: 67_108_864, events: 1e9 },
  });
  console.log('OPEN');
  const every = Math.max(1_000, Math.floor(EVENTS / 400_000) * 1_000);
  for (let i = 0; i < EVENTS; ) {
    for (let k = 0; k < 1_000 && i < EVENTS; k += 1, i += 1) {
      const noise = Math.imul(i, 2_654_435_761) >>> 0;
      const event = {
        t: 'Quote', sv: 1, rx: RX + i * 137, ts: RX + i * 137 - (noise & 4_095), src: 'BINANCE',
        body: {
          ask: 5_982_320 + (noise % 997), askQty: 1 + (noise >>> 12) % 40_000,
          bid: 5_982_310 + (noise % 997), bidQty: 1 + (noise >>> 7) % 40_000,
          inst: 'BINANCE:USDM:BTCUSDT', venueSeq: 4_983_302_931 + i,
        },
      };
      if (leak === 'leak') kept.push(event);
      log.append(event);
    }
    await log.flush();
    if (i % every === 0) {
      sample(i);
      // The disk stays bounded: a writer that is far ahead waits for its keeper.
      while (role === 'write' && plainSegments().length > 12) await sleep(20);
    }
  }
  const footer = await log.close();
  return { last: footer.last };
}

/** Compresses what is sealed, and verifies each segment as it then stands. */
async function keep() {
  let events = 0;
  let bytes = 0;
  let compressedBytes = 0;
  for (let ended = false; !ended; ) {
    ended = process.exitCode === 42;
    const done = await compressSegments(dir, { includeLast: ended });
    for (const one of done) {
      const check = await verifySegment(fileStore(dir), parseSegmentName(one.name), { hasher });
      if (check.problem !== null) throw new Error(check.problem.message);
      events += check.segment.n;
      bytes += one.bytes;
      compressedBytes += one.compressedBytes;
      sample(events);
    }
    if (done.length === 0) await sleep(50);
  }
  process.exitCode = 0;
  return { events, bytes, compressedBytes };
}

async function verify() {
  const log = await verifyWal(fileStore(dir), { hasher, expectSealed: true });
  return { ok: log.ok, lastSeq: log.lastSeq, events: log.totalEvents, n: log.segments.length };
}

// The keeper is told over stdin that nothing more will come.
process.stdin.on('data', () => { process.exitCode = 42; }).unref();
const result = await { write, keep, verify, leakingWrite: write }[role]();
sample(EVENTS);
console.log(JSON.stringify({ ...result, samples }));
process.exit(0);
`;

interface Child {
  readonly opened: Promise<void>;
  readonly done: Promise<Record<string, unknown> & { samples: [number, number][] }>;
  readonly tell: () => void;
}

function start(args: readonly string[]): Child {
  const child = spawn(process.execPath, [...args], { stdio: ['pipe', 'pipe', 'inherit'] });
  let text = '';
  let open: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  child.stdout.setEncoding('utf8').on('data', (part: string) => {
    text += part;
    if (text.startsWith('OPEN')) open();
  });
  const done = new Promise<never>((resolve, reject) => {
    child.on('close', (code) => {
      if (code === 0) resolve(JSON.parse(text.trim().split('\n').at(-1) ?? '') as never);
      else reject(new Error(`${args[1]} ended with ${code}`));
    });
  });
  return { opened, done, tell: () => void child.stdin.write('end\n') };
}

/**
 * Memory is flat when the last quarter of the work needs no more than the second one did, but for a
 * tenth and 32 MiB that the collector may have left for later.
 */
function growth(samples: readonly [number, number][]): { ratio: number; flat: boolean } {
  const top = samples.at(-1)?.[0] ?? 0;
  const most = (from: number, to: number): number =>
    Math.max(...samples.filter(([at]) => at > top * from && at <= top * to).map(([, rss]) => rss));
  const [second, last] = [most(0.25, 0.5), most(0.75, 1)];
  return { ratio: last / second, flat: last <= second * 1.1 + 32 * MIB };
}

test('WAL-10: millions of events rotated, compressed, verified in flat memory', async () => {
  const root = mkdtempSync(join(tmpdir(), 'wal-soak-'));
  try {
    const script = await buildProgram(root, PROGRAM);
    const dir = join(root, 'wal');
    const startedMs = Date.now();
    const writer = start([script, 'write', dir, String(EVENTS)]);
    await writer.opened;
    const keeper = start([script, 'keep', dir, String(EVENTS)]);
    const written = await writer.done;
    keeper.tell();
    const compressed = await keeper.done;
    const verified = await start([script, 'verify', dir, String(EVENTS)]).done;
    const [grownWriter, grownKeeper] = [growth(written.samples), growth(compressed.samples)];
    const top = (samples: [number, number][]) => Math.max(...samples.map(([, rss]) => rss)) / MIB;
    console.log(
      `${EVENTS} events, ${String(verified['n'])} segments, ${String(compressed['bytes'])} bytes, ` +
        `compressed ${(Number(compressed['bytes']) / Number(compressed['compressedBytes'])).toFixed(1)}×, ` +
        `${Math.round((Date.now() - startedMs) / 1000)} s; RSS MiB writer ` +
        `${top(written.samples).toFixed(0)} (last/second quarter ${grownWriter.ratio.toFixed(2)}), keeper ` +
        `${top(compressed.samples).toFixed(0)} (${grownKeeper.ratio.toFixed(2)})`,
    );
    expect(written['last']).toBe(EVENTS);
    expect(compressed['events']).toBe(EVENTS);
    expect(verified).toMatchObject({ ok: true, lastSeq: EVENTS, events: EVENTS });
    expect(readdirSync(dir).some((name) => name.endsWith('.jsonl'))).toBe(false);
    expect([grownWriter.flat, grownKeeper.flat]).toEqual([true, true]);
    rmSync(dir, { recursive: true });
    // The control: a writer that keeps its events is caught by the same judge.
    const args = [script, 'leakingWrite', dir, String(CONTROL_EVENTS), 'leak'];
    const leaking = growth((await start(args).done).samples);
    console.log(`the control's last/second quarter: ${leaking.ratio.toFixed(2)}`);
    expect(leaking.flat).toBe(false);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}, 36_000_000);
