/** Kills a live capture again and again while a local venue plays to it, and goes on each time. */
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { copyFile } from 'node:fs/promises';
import { build } from 'esbuild';
import { afterEach, vi } from 'vitest';
import { createRng } from '../../../src/core/index.js';
import type { BinanceSource, BinanceVenue } from '../../../src/testing/node/index.js';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const PATIENT = { timeout: 110_000, interval: 5 };

/** Bundles the command by itself: `dist` may be built anew while a test runs. */
export async function bundleCommand(dir: string): Promise<string> {
  const outfile = join(dir, 'quantlaxmi.mjs');
  await build({
    entryPoints: [join(ROOT, 'src/cli/main.ts')],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    logLevel: 'silent',
    external: ['apache-arrow', 'hyparquet-writer'],
    banner: {
      js: 'import { createRequire as toRequire } from "node:module"; const require = toRequire(import.meta.url);',
    },
  });
  // The bundle stands for the package: its code hash needs a name and a version.
  await copyFile(join(ROOT, 'package.json'), join(dir, 'package.json'));
  return outfile;
}

const running = new Set<ChildProcess>();

// A test that failed leaves no process behind.
afterEach(() => {
  for (const child of running) child.kill('SIGKILL');
});

/** A capturer in a process of its own. */
export interface Capturer {
  readonly child: ChildProcess;
  /** Last `seq` it said to be durable. */
  readonly acknowledged: () => number;
  readonly stdout: () => string;
  readonly stderr: () => string;
  readonly exited: Promise<number | null>;
}

export interface CapturerOptions {
  readonly program: string;
  readonly venue: BinanceVenue;
  readonly source: BinanceSource;
  readonly out: string;
  readonly extra?: readonly string[];
}

/** Starts `capture binance` live against a local venue. */
export function startCapturer(options: CapturerOptions): Capturer {
  const { program, venue, source, out, extra = [] } = options;
  const symbols = source.symbols.map((one) => one.symbol).join(',');
  const child = spawn(
    process.execPath,
    [
      ...[program, 'capture', 'binance', '--market', source.market, '--symbols', symbols],
      ...['--endpoint-ws', venue.url.ws, '--endpoint-rest', venue.url.http],
      ...['--out', out, '--ack', '--json', ...extra],
    ],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  running.add(child);
  child.once('close', () => running.delete(child));
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (part: string) => {
    stdout += part;
  });
  child.stderr.setEncoding('utf8').on('data', (part: string) => {
    stderr += part;
  });
  const acks = (): string[] => stderr.match(/^A \d+$/gm) ?? [];
  return {
    child,
    acknowledged: () => Number(acks().at(-1)?.slice(2) ?? 0),
    stdout: () => stdout,
    stderr: () => stderr,
    exited: new Promise((resolve) => child.once('close', resolve)),
  };
}

/** What the rounds found. */
export interface KillLiveTally {
  readonly kills: number;
  /** Last `seq` promised before each kill, and where the log of the next process began. */
  readonly promised: readonly number[];
}

/** Plays to one capturer after the other; each is killed at a random moment. */
export async function killLive(
  options: Omit<CapturerOptions, 'extra'>,
  rounds: number,
): Promise<KillLiveTally> {
  const { venue } = options;
  const rng = createRng(0x6b696c6c_6c697665n, 1n);
  const promised: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const capturer = startCapturer({ ...options, extra: ['--raw', '--resume'] });
    await played(venue, capturer, 1 + rng.below(12));
    capturer.child.kill('SIGKILL');
    await capturer.exited;
    promised.push(capturer.acknowledged());
  }
  return { kills: rounds, promised };
}

/** Plays frames until the capturer acknowledged something `times` times more. */
async function played(venue: BinanceVenue, capturer: Capturer, times: number): Promise<void> {
  const dead = (): boolean => capturer.child.exitCode !== null;
  const ready = (): boolean => venue.connections.some((one) => one.open && one.sentCount >= 0);
  await vi.waitUntil(() => {
    if (dead()) throw new Error(`the capturer ended: ${capturer.stderr()}`);
    // The fact of the restart is kept: it comes before anything of a connection.
    if (capturer.acknowledged() === 0) return false;
    return ready() && (venue.connections.at(-1)?.subscriptions.length ?? 0) > 0;
  }, PATIENT);
  for (let i = 0; i < times && !venue.finished; i += 1) {
    const before = capturer.acknowledged();
    await venue.release(15);
    if (i + 1 < times) await vi.waitUntil(() => capturer.acknowledged() > before, PATIENT);
  }
}
