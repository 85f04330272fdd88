import { spawn } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { createSession } from 'quantlaxmi/node';
import { timer } from '../../wal/support.js';
import type { Control, FaultCase, FaultContext } from '../lib/case.js';
import { GIB, type Hostile, hostileLogs, hostileManifests, type Reader } from './lib/hostile.js';
import { bytesOf, logOf, namesOf } from './lib/logs.js';

const GROWTH_MAX_KIB = 65_536;

interface Answer {
  readonly code: string;
  readonly grownKib: number;
}

/** A process that reads what it is told to, one folder after another. */
class ReaderProcess {
  readonly #child;
  readonly #lines;

  constructor(bundle: string) {
    this.#child = spawn(process.execPath, ['--expose-gc', bundle], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
  }

  async ask(reader: string, dir: string): Promise<Answer> {
    this.#child.stdin.write(`${reader}\t${dir}\n`);
    const { value, done } = await this.#lines.next();
    if (done === true) return { code: 'the reader died', grownKib: 0 };
    return JSON.parse(value as string) as Answer;
  }

  async end(): Promise<void> {
    const ended = new Promise((resolve) => this.#child.once('close', resolve));
    this.#child.stdin.end();
    await ended;
  }
}

async function bundleChild(dir: string): Promise<string> {
  const outfile = join(dir, 'reader.mjs');
  await build({
    entryPoints: [fileURLToPath(new URL('./lib/hostile-child.ts', import.meta.url))],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    logLevel: 'silent',
    alias: Object.fromEntries(
      ['core', 'events', 'manifest', 'node', 'wal'].map((room) => [
        `quantlaxmi/${room}`,
        fileURLToPath(new URL(`../../../src/${room}/index.ts`, import.meta.url)),
      ]),
    ),
  });
  return outfile;
}

/** An honest log and session, and a reader that has read both: what growth is measured from. */
async function honest(scratch: string) {
  const log = join(scratch, 'honest-log');
  mkdirSync(log);
  const files = await logOf([40, 40]);
  for (const name of namesOf(files)) writeFileSync(join(log, name), bytesOf(files, name));
  const session = join(scratch, 'honest-session');
  const writer = await createSession(session, {
    capture: { feed: { name: 'test', version: '1' } },
    policy: { kind: 'os' },
  });
  for (let i = 1; i <= 50; i += 1) writer.wal.append(timer(i));
  await writer.seal();
  const one = await logOf([1]);
  return { log, session, clean: bytesOf(one, namesOf(one)[0] as string) };
}

class Judge {
  injected = 0;
  undetected = 0;
  misclassified = 0;
  peakKib = 0;
  readonly codes: Record<string, number> = {};
  readonly failures: string[] = [];

  take(hostile: Hostile, reader: Reader, answer: Answer): void {
    const { code, grownKib } = answer;
    const due = hostile.expected[reader] as string;
    this.injected += 1;
    this.codes[code] = (this.codes[code] ?? 0) + 1;
    this.peakKib = Math.max(this.peakKib, grownKib);
    if (code !== due) {
      if (code === 'data' || code === 'clean') this.undetected += 1;
      else this.misclassified += 1;
      this.failures.push(`${hostile.name}, ${reader}: ${code}, expected ${due}`);
    }
    if (grownKib > GROWTH_MAX_KIB) {
      this.failures.push(`${hostile.name}, ${reader}: grew by ${grownKib} KiB`);
    }
  }
}

async function controls(scratch: string, bundle: string, all: readonly Hostile[]) {
  const taken: string[] = [];
  const reader = new ReaderProcess(bundle);
  await reader.ask('baseline', scratch);
  for (const hostile of all.filter(({ name }) => name.startsWith('event:'))) {
    const dir = join(scratch, 'naive');
    mkdirSync(dir);
    hostile.write(dir);
    if ((await reader.ask('naive', dir)).code === 'data') taken.push(hostile.name);
    rmSync(dir, { recursive: true });
  }
  const dir = join(scratch, 'naive');
  mkdirSync(dir);
  writeFileSync(join(dir, 'a'), Buffer.alloc(GIB / 8));
  const { grownKib } = await reader.ask('naive', dir);
  await reader.end();
  return [
    {
      name: 'a reader by JSON.parse takes hostile events as data',
      caught: taken.length > 10,
      detail: `${taken.length} taken`,
    },
    {
      name: 'a reader of whole files grows, and the measure sees it',
      caught: grownKib > GROWTH_MAX_KIB,
      detail: `${Math.round(grownKib / 1024)} MiB for a file of 128 MiB`,
    },
  ] satisfies Control[];
}

async function run({ scale, scratch, say }: FaultContext) {
  const { log, session, clean } = await honest(scratch);
  const bundle = await bundleChild(scratch);
  const manifest = readFileSync(join(session, 'session_manifest.json'), 'utf8');
  const huge = scale === 'full' ? GIB : GIB / 16;
  const logs = hostileLogs(clean, huge);
  const all = [...logs, ...hostileManifests(manifest, huge)];
  const judge = new Judge();
  const start = async (): Promise<ReaderProcess> => {
    const reader = new ReaderProcess(bundle);
    for (const [how, dir, due] of [
      ['read', log, 'data'],
      ['verify', log, 'clean'],
      ['session', session, 'data'],
    ] as const) {
      const { code } = await reader.ask(how, dir);
      if (code !== due) judge.failures.push(`honest ${how}: ${code}`);
    }
    await reader.ask('baseline', log);
    return reader;
  };
  let reader = await start();
  for (const hostile of all) {
    const dir = join(scratch, 'hostile');
    if (logs.includes(hostile)) mkdirSync(dir);
    else cpSync(session, dir, { recursive: true });
    hostile.write(dir);
    const before = readdirSync(dir, { recursive: true }).sort().join();
    for (const how of Object.keys(hostile.expected) as Reader[]) {
      judge.take(hostile, how, await reader.ask(how, dir));
      // In full each file meets a fresh process, so that none grows in the shadow of another.
      if (scale === 'full') {
        await reader.end();
        reader = await start();
      }
    }
    if (readdirSync(dir, { recursive: true }).sort().join() !== before) {
      judge.failures.push(`${hostile.name}: a reader wrote into the folder`);
    }
    rmSync(dir, { recursive: true });
  }
  await reader.end();
  say(`peak ${Math.round(judge.peakKib / 1024)} MiB over the baseline`);
  const { injected, undetected, misclassified, codes, failures } = judge;
  return {
    injected,
    acknowledged: 0,
    lost: 0,
    undetected,
    misclassified,
    codes,
    controls: await controls(scratch, bundle, logs),
    figures: `${all.length} hostile files, the largest of ${huge / 1_048_576} MiB; peak memory ${Math.round(judge.peakKib / 1024)} MiB over the baseline`,
    failures,
  };
}

export const F33: FaultCase = {
  id: 'F33',
  title: 'Files made to hurt: size, depth, keys, numbers, encoding, compression',
  method:
    'hostile logs with right checksums and hashes, manifests, signature files; read in a child',
  expected:
    'each is refused with its exact code and nothing of it is given out as data; memory grows by less than 64 MiB over what honest files take',
  needs: [],
  injectedMin: 90,
  slice: true,
  run,
};
