/** Half a million frames over real sockets, the same memory: the capturer in its own process. */
import { type ChildProcess, fork } from 'node:child_process';
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterEach, expect, test } from 'vitest';
import {
  type BinanceSource,
  type BinanceVenue,
  binanceVenue,
  syntheticBinance,
} from '../../src/testing/node/index.js';
import { temporaryFolder } from '../node/folders.js';
import type { MemorySample } from './live-memory-child.js';

const FRAMES = Number(process.env['QL_MEMORY_FRAMES'] ?? 520_000);
const SAMPLES = 40;
/** Most that the last quarter may hold over the second one. */
const GROWTH_MAX = 1.25;

const running = new Set<ChildProcess>();

// A test that failed leaves no process behind.
afterEach(() => {
  for (const child of running) child.kill('SIGKILL');
});

type Answer = MemorySample & { readonly state: string };

/** Bundled by itself: a capturer that compiles while it runs would measure the compiler. */
async function bundleChild(dir: string): Promise<string> {
  const outfile = join(dir, 'live-memory-child.mjs');
  await build({
    entryPoints: [fileURLToPath(new URL('./live-memory-child.ts', import.meta.url))],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    logLevel: 'silent',
    external: ['apache-arrow', 'hyparquet-writer'],
    banner: {
      js:
        'import { createRequire as toRequire } from "node:module"; ' +
        'const require = toRequire(import.meta.url);',
    },
  });
  copyFileSync(
    fileURLToPath(new URL('../../package.json', import.meta.url)),
    join(dir, 'package.json'),
  );
  return outfile;
}

/** Asks a child for what it holds; its end instead of an answer is a failure. */
function ask(child: ChildProcess, snapshot?: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const ended = (code: number | null): void => reject(new Error(`capturer ended: ${code}`));
    child.once('exit', ended);
    child.once('message', (answer: Answer) => {
      child.off('exit', ended);
      resolve(answer);
    });
    child.send({ t: 'sample', ...(snapshot === undefined ? {} : { snapshot }) });
  });
}

/** Plays until the capturer took so many frames; nothing is on its way when it returns. */
async function playTo(venue: BinanceVenue, child: ChildProcess, frames: number): Promise<Answer> {
  for (;;) {
    const before = await ask(child);
    if (before.frames >= frames) return before;
    expect(venue.finished, 'the playback lasts').toBe(false);
    const left = Math.min(2_000, frames - before.frames);
    for (let sent = 0; sent < left; sent += 200) await venue.release(200);
    await venue.settled();
  }
}

async function measured(source: BinanceSource, frames: number, leak = ''): Promise<Answer[]> {
  const dir = temporaryFolder();
  const venue = await binanceVenue({ source, retime: true, log: false });
  const symbols = source.symbols.map((one) => one.symbol).join(',');
  const { url } = venue;
  const args = [join(dir, 'session'), url.ws, url.http, symbols, leak];
  const child = fork(await bundleChild(dir), args, { execArgv: ['--expose-gc'] });
  running.add(child);
  const exited = new Promise((resolve) => child.once('exit', resolve));
  try {
    await venue.until(() => venue.connections.some((one) => one.subscriptions.length > 8));
    const samples: Answer[] = [];
    for (let n = 1; n <= SAMPLES; n += 1) {
      samples.push(await playTo(venue, child, Math.ceil((frames * n) / SAMPLES)));
      const snapshots = process.env['QL_MEMORY_SNAPSHOTS'];
      if (snapshots !== undefined && (n === SAMPLES / 2 || n === SAMPLES)) {
        await ask(child, join(snapshots, `${leak}${n}.heapsnapshot`));
      }
    }
    child.send({ t: 'stop' });
    expect(await exited).toBe(0);
    return samples;
  } finally {
    child.kill('SIGKILL');
    running.delete(child);
    await venue.close();
  }
}

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[values.length >> 1] as number;

/** Median of the last quarter of the samples over that of the second quarter. */
function growth(samples: readonly MemorySample[], of: 'held' | 'rss'): number {
  const quarter = samples.length / 4;
  const values = samples.map((one) => one[of]);
  return median(values.slice(3 * quarter)) / median(values.slice(quarter, 2 * quarter));
}

function told(name: string, samples: readonly MemorySample[]): void {
  const mib = (bytes: number): number => Math.round((bytes / 1_048_576) * 10) / 10;
  const last = samples.at(-1);
  console.log(
    JSON.stringify({
      name,
      ...{ frames: last?.frames, seq: last?.seq, connections: last?.connections },
      heldMiB: samples.map((one) => mib(one.held)),
      rssMiB: samples.map((one) => mib(one.rss)),
      growth: { held: growth(samples, 'held'), rss: growth(samples, 'rss') },
    }),
  );
}

const source = syntheticBinance({ market: 'usdm', seed: 23n, durationUs: 24 * 3_600_000_000 });

test('a live capture of half a million frames holds the same memory at its end', async () => {
  const samples = await measured(source, FRAMES);
  told('capture', samples);
  expect(samples.at(-1)?.frames).toBeGreaterThanOrEqual(FRAMES);
  expect(samples.at(-1)?.state).toBe('live');
  // Several connections came and went, each of them taken over from.
  expect(samples.at(-1)?.connections).toBeGreaterThan(5);
  expect(growth(samples, 'held')).toBeLessThan(GROWTH_MAX);
  expect(growth(samples, 'rss')).toBeLessThan(GROWTH_MAX);
});

test('the control: a capture that keeps two numbers of each record is caught', async () => {
  const samples = await measured(source, FRAMES, 'records');
  told('leaks', samples);
  expect(growth(samples, 'held')).toBeGreaterThan(GROWTH_MAX);
});

test('the control: a capture that keeps the bytes of each frame is seen from outside', async () => {
  const samples = await measured(source, FRAMES / 2, 'bytes');
  told('leaks bytes', samples);
  expect(growth(samples, 'rss')).toBeGreaterThan(GROWTH_MAX);
});
