import { spawn } from 'node:child_process';
import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Event } from 'quantlaxmi/events';
import { fileStore, nodeSha256 } from 'quantlaxmi/node';
import { readWal, tailWal, verifyWal } from 'quantlaxmi/wal';
import { sealLine } from './support.js';

const root = mkdtempSync(join(tmpdir(), 'wal-tail-'));
const child = join(root, 'child.mjs');
const dir = join(root, 'wal');
const hasher = nodeSha256;

beforeAll(async () => {
  await build({
    entryPoints: [fileURLToPath(new URL('./tail-child.ts', import.meta.url))],
    outfile: child,
    bundle: true,
    platform: 'node',
    format: 'esm',
    logLevel: 'silent',
  });
});
afterAll(() => rmSync(root, { recursive: true }));

/** Runs the child until it says it is done; kills it there unless it closes by itself. */
async function write(flushes: number, ending: 'killed' | 'close'): Promise<void> {
  const running = spawn(process.execPath, [child, dir, String(flushes), ending], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = new Promise((resolve) => running.on('close', resolve));
  running.stdout.on('data', () => {
    if (ending === 'killed') running.kill('SIGKILL');
  });
  await ended;
}

/** A follower in the background. */
class Follower {
  readonly seen: Event[] = [];
  polls = 0;
  readonly #signal = { aborted: false };
  readonly #running: Promise<void>;

  constructor(from: { readonly fromSeq?: number; readonly fromRx?: number } = {}) {
    this.#running = this.#run(from);
    this.#running.catch(() => undefined);
  }

  async #run(from: object): Promise<void> {
    const wait = async () => {
      this.polls += 1;
      await new Promise((resolve) => setTimeout(resolve, 2));
    };
    const how = { hasher, wait, signal: this.#signal, ...from };
    for await (const events of tailWal(fileStore(dir), how)) this.seen.push(...events);
  }

  /** Waits until the follower has looked twice more; what it threw is thrown. */
  async looked(): Promise<void> {
    const until = this.polls + 2;
    const more = async () => {
      while (this.polls < until) await new Promise((resolve) => setTimeout(resolve, 2));
    };
    await Promise.race([this.#running, more()]);
  }

  async stop(): Promise<readonly Event[]> {
    await this.looked();
    this.#signal.aborted = true;
    await this.#running;
    return this.seen;
  }
}

const segments = (): string[] =>
  readdirSync(dir)
    .filter((name) => name.endsWith('.wal.jsonl'))
    .sort();

async function readAll(from: object = {}): Promise<Event[]> {
  const all: Event[] = [];
  const how = { hasher, upTo: 'commit' as const, ...from };
  for await (const events of readWal(fileStore(dir), how)) all.push(...events);
  return all;
}

/** Whole event lines of the last segment, committed or not. */
function eventLines(): string[] {
  const text = readFileSync(join(dir, segments().at(-1) as string), 'utf8');
  return text.split('\n').filter((line) => line.startsWith('{"k":"E"'));
}

test('WAL-20: follows another process over rotations, a kill and its recovery', async () => {
  await write(1, 'killed');
  const followers = [
    new Follower(),
    new Follower({ fromSeq: 61 }),
    new Follower({ fromRx: 10_301 }),
  ];
  const looked = () => Promise.all(followers.map((follower) => follower.looked()));
  await write(60, 'killed');
  await looked();

  // A commit that never came: whole lines with checksums that hold, and a piece of one.
  const committed = await readAll();
  const lastSeq = committed.at(-1)?.seq as number;
  const path = join(dir, segments().at(-1) as string);
  const line = (seq: number): string =>
    sealLine(
      `{"k":"E","seq":${seq},"t":"Timer","sv":1,"rx":${10_000 + 2 * seq},"ts":null,` +
        `"src":"RUNNER","body":{"cause":1,"due":1,"id":"never"}`,
    );
  appendFileSync(
    path,
    `${line(lastSeq + 1)}\n${line(lastSeq + 2)}\n${line(lastSeq + 3).slice(0, 60)}`,
  );
  await looked();
  expect(followers[0]?.seen).toEqual(committed);
  // Control: whoever took every whole line would have gone past the last commit.
  expect(eventLines().filter((text) => text.includes('"never"')).length).toBe(2);
  const before = statSync(path).ino;

  await write(60, 'killed');
  expect(statSync(path).ino).not.toBe(before);
  await looked();
  // Read what there is, then follow from there.
  const read = await readAll();
  const after = new Follower({ fromSeq: (read.at(-1)?.seq as number) + 1 });
  await write(60, 'close');

  const all = await readAll();
  const [whole, bySeq, byRx] = await Promise.all(followers.map((follower) => follower.stop()));
  expect(whole).toEqual(all);
  expect(bySeq).toEqual(all.filter((event) => event.seq >= 61));
  expect(byRx).toEqual(all.filter((event) => event.rx >= 10_301));
  expect([...read, ...(await after.stop())]).toEqual(all);
  expect(all.map((event) => event.seq)).toEqual(all.map((_, i) => i + 1));
  expect(all.some((event) => event.t === 'Timer' && event.body.id === 'never')).toBe(false);
  expect(segments().length).toBeGreaterThan(80);
  const found = await verifyWal(fileStore(dir), { hasher, expectSealed: true });
  expect([found.ok, found.totalEvents]).toEqual([true, all.length]);
}, 240_000);
