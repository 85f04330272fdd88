import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import type { Event } from 'quantlaxmi/events';
import { fileStore } from 'quantlaxmi/node';
import { readWal, tailWal, verifyWal } from 'quantlaxmi/wal';
import { hasher } from '../../wal/support.js';
import type { Control, FaultCase, FaultContext } from '../lib/case.js';
import { textLines } from './lib/logs.js';
import { Tally } from './lib/verdicts.js';

/** A writer in a process of its own. */
async function startWriter(scratch: string, dir: string, { rotations, forMs }: Length) {
  const child = join(scratch, 'tail-child.mjs');
  await build({
    entryPoints: [fileURLToPath(new URL('./lib/tail-child.ts', import.meta.url))],
    outfile: child,
    bundle: true,
    platform: 'node',
    format: 'esm',
    logLevel: 'silent',
  });
  const args = [child, dir, String(rotations), String(forMs)];
  const running = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let said = '';
  running.stdout.setEncoding('utf8');
  running.stdout.on('data', (part: string) => {
    said += part;
  });
  const ended = new Promise<number | null>((resolve) => running.on('close', resolve));
  return { ended, said: () => said };
}

interface Length {
  readonly rotations: number;
  readonly forMs: number;
}

/** Whether events are whole batches, in order, from the first; what is wrong, or null. */
class BatchCheck {
  events = 0;
  #batch = 0;
  #left = 0;

  take(events: readonly Event[]): string | null {
    for (const event of events) {
      this.events += 1;
      if (event.seq !== this.events) return `seq ${event.seq}, expected ${this.events}`;
      if (event.t !== 'Timer') return `an event of type ${event.t}`;
      const { cause, due, id } = event.body;
      const size = Number(id.slice(3));
      if (this.#left === 0) {
        this.#batch += 1;
        this.#left = size;
      }
      if (cause !== this.#batch || due !== size - this.#left) return `batch ${cause} at ${due}`;
      this.#left -= 1;
    }
    return this.#left === 0 ? null : `given out ${this.#left} events before their commit`;
  }
}

/** A reader that takes every whole line of the newest file: true when it is past the commit. */
function pastCommit(dir: string): boolean {
  const name = readdirSync(dir)
    .filter((file) => file.endsWith('.wal.jsonl'))
    .sort()
    .at(-1);
  if (name === undefined) return false;
  return textLines(readFileSync(join(dir, name))).at(-1)?.[6] === 'E';
}

interface Polls {
  tail: number;
  whole: number;
  halves: number;
}

async function follow(dir: string, tally: Tally, polls: Polls, signal: { aborted: boolean }) {
  const check = new BatchCheck();
  const seen: Event[] = [];
  const wait = async (): Promise<void> => {
    polls.tail += 1;
    await pause(0);
  };
  for await (const events of tailWal(fileStore(dir), { hasher, wait, signal })) {
    const wrong = check.take(events);
    if (wrong !== null) tally.fail(`tail: ${wrong}`);
    seen.push(...events);
  }
  return seen;
}

/** Reads the log from its start, again and again, while it grows. */
async function pollWhole(dir: string, tally: Tally, polls: Polls, signal: { aborted: boolean }) {
  while (!signal.aborted) {
    const check = new BatchCheck();
    for await (const events of readWal(fileStore(dir), { hasher, upTo: 'commit' })) {
      const wrong = check.take(events);
      if (wrong !== null) tally.fail(`read up to commit: ${wrong}`);
    }
    polls.whole += 1;
    await pause(5);
  }
}

async function run({ scale, scratch, say }: FaultContext) {
  const full = scale === 'full';
  const length = full ? { rotations: 45, forMs: 5_000 } : { rotations: 3, forMs: 0 };
  const dir = join(scratch, 'wal');
  const tally = new Tally();
  const polls: Polls = { tail: 0, whole: 0, halves: 0 };
  const writer = await startWriter(scratch, dir, length);
  while (!writer.said().includes('O\n')) await pause(5);
  const [tailing, polling, watching] = [{ aborted: false }, { aborted: false }, { aborted: false }];
  const tail = follow(dir, tally, polls, tailing);
  const whole = pollWhole(dir, tally, polls, polling);
  const halves = (async () => {
    while (!watching.aborted) {
      if (pastCommit(dir)) polls.halves += 1;
      await pause(2);
    }
  })();
  const code = await writer.ended;
  if (code !== 0) tally.fail(`the writer ended with ${code}`);
  for (const signal of [polling, watching]) signal.aborted = true;
  await Promise.all([whole, halves]);
  const [, last = '0', turned = '0'] = /C (\d+) (\d+)/.exec(writer.said()) ?? [];
  // What is left is read at the next look; then it is told to stop.
  const { tail: before } = polls;
  while (polls.tail < before + 3) await pause(5);
  tailing.aborted = true;
  const seen = await tail;
  const final: Event[] = [];
  for await (const events of readWal(fileStore(dir), { hasher })) final.push(...events);
  tally.injected = Number(turned);
  tally.acknowledged = Number(last);
  tally.lost = Math.max(0, Number(last) - seen.length);
  if (JSON.stringify(seen) !== JSON.stringify(final)) tally.fail('the tail is not the final log');
  const { ok } = await verifyWal(fileStore(dir), { hasher, expectSealed: true });
  if (!ok) tally.fail('the final log does not verify');
  tally.count('events followed', seen.length);
  say(`${turned} rotations, ${polls.tail} looks, ${polls.whole} whole reads`);
  const controls: Control[] = [
    {
      name: 'a reader that takes each whole line of the newest file',
      caught: polls.halves > 0,
      detail: `stood past the last commit at ${polls.halves} looks`,
    },
  ];
  const figures =
    `${turned} rotations by another process; ${polls.tail} looks of the tail found nothing new, ` +
    `${polls.whole} whole reads up to the last commit`;
  return tally.outcome(controls, figures);
}

export const F29: FaultCase = {
  id: 'F29',
  title: 'A reader follows a log that another process writes and turns over',
  method: 'a writer process whose commits reach the file in two halves; tail and whole reads here',
  expected: 'No error, never an event past a commit, and in the end exactly the final log.',
  needs: [],
  injectedMin: 40,
  slice: true,
  run,
};
