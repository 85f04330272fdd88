import { memoryStore, openWalWriter, readWal } from 'quantlaxmi/wal';
import { failureOf, hasher, options } from '../../wal/support.js';
import type { Control, FaultCase, FaultContext } from '../lib/case.js';
import type { Files } from './lib/logs.js';
import { bytesOf, logOf, namesOf, textLines, withBytes } from './lib/logs.js';
import type { Verdict } from './lib/verdicts.js';
import { NONE, Tally, verifying } from './lib/verdicts.js';

interface Line {
  readonly kind: string;
  readonly byte: number;
  readonly end: number;
  /** Committed events once this line is whole. */
  readonly events: number;
}

function linesOf(bytes: Uint8Array): Line[] {
  let byte = 0;
  let events = 0;
  let open = 0;
  return textLines(bytes).map((text) => {
    const kind = text[6] ?? '';
    if (kind === 'E') open += 1;
    if (kind === 'C') {
      events += open;
      open = 0;
    }
    const line = { kind, byte, end: byte + text.length + 1, events };
    byte = line.end;
    return line;
  });
}

/** What must be found of a log cut at `cut`. */
interface Due {
  readonly verdict: Verdict;
  readonly events: number;
  /** Byte after the last commit that is whole. */
  readonly kept: number;
}

function dueAt(name: string, lines: readonly Line[], cut: number): Due {
  const whole = lines.filter(({ end }) => end <= cut);
  const anchor = whole.filter(({ kind }) => kind !== 'E').at(-1);
  const events = anchor?.events ?? 0;
  const kept = anchor?.end ?? 0;
  if (kept === cut && anchor !== undefined) return { verdict: NONE, events, kept };
  const last = whole.at(-1);
  // Whole event lines without a commit: the log ends there, and not within a line.
  const byte = last === undefined ? 0 : last.end;
  const verdict = { code: 'WAL_TORN_TAIL', file: name, byte, seq: events + 1 };
  return { verdict, events, kept };
}

/** Events that reading gives before it ends, and how it ends. */
async function readUntil(files: Files): Promise<{ events: number; code: string }> {
  let events = 0;
  const { code } = await failureOf(
    (async () => {
      for await (const part of readWal(memoryStore(files), { hasher })) events += part.length;
    })(),
  );
  return { events, code };
}

async function recoverCut(files: Files, name: string, cut: number, due: Due): Promise<string> {
  const store = memoryStore(files);
  const log = await openWalWriter(store, options());
  const { recovered, appendedSeq } = log;
  await log.close();
  const after = store.snapshot();
  const aside = [...after].find(([file]) => file.startsWith('quarantine/'))?.[1];
  const torn = bytesOf(files, name).subarray(due.kept, cut);
  const facts = {
    // One event on top says that there was a recovery.
    seq: appendedSeq === due.events + 1,
    dropped: recovered?.droppedBytes === cut - due.kept,
    aside: Buffer.compare(aside ?? Buffer.alloc(0), torn) === 0,
    verified: (await verifying(after, { expectSealed: true })).code === 'none',
  };
  return Object.entries(facts)
    .filter(([, holds]) => !holds)
    .map(([fact]) => fact)
    .join(', ');
}

/** A reader that takes every line whose checksum holds, committed or not. */
function readsLines(lines: readonly Line[], cut: number): number {
  return lines.filter(({ kind, end }) => kind === 'E' && end <= cut).length;
}

async function run({ scale, say }: FaultContext) {
  const full = scale === 'full';
  const sizes = full ? [40, 40, 64, 64, 64] : [3, 2, 3, 3, 2];
  const files = await logOf(sizes, { close: false });
  const [name] = namesOf(files) as [string];
  const whole = bytesOf(files, name);
  const lines = linesOf(whole);
  const commits = lines.filter(({ kind }) => kind === 'C');
  const from = commits.at(-4)?.end ?? 0;
  const tally = new Tally();
  let greedy = 0;
  let recovered = 0;
  for (let cut = from; cut <= whole.length; cut += full ? 1 : 3) {
    const cutFiles = withBytes(files, name, whole.slice(0, cut));
    const due = dueAt(name, lines, cut);
    tally.injected += 1;
    tally.acknowledged += due.events;
    tally.hold(`cut at ${cut}`, await verifying(cutFiles), due.verdict);
    const read = await readUntil(cutFiles);
    tally.lost += Math.max(0, due.events - read.events);
    if (read.events !== due.events || read.code !== due.verdict.code) {
      tally.fail(`cut at ${cut}: read ${read.events} events, then ${read.code}`);
    }
    const wrong = due.kept === cut ? '' : await recoverCut(cutFiles, name, cut, due);
    if (wrong !== '') tally.fail(`cut at ${cut}: after recovery not as due: ${wrong}`);
    if (due.kept !== cut) recovered += 1;
    if (readsLines(lines, cut) !== due.events) greedy += 1;
    if (cut % 8_000 === 0) say(`byte ${cut} of ${whole.length}`);
  }
  const control: Control = {
    name: 'a reader that takes each line whose checksum holds',
    caught: greedy > 0,
    detail: `gave uncommitted events at ${greedy} of ${tally.injected} cuts`,
  };
  const figures = `${recovered} recoveries, each with the cut bytes kept aside and a clean verify`;
  return tally.outcome([control], figures);
}

export const F16: FaultCase = {
  id: 'F16',
  title: 'The end of an unsealed log is cut off',
  method: 'the last segment truncated at every byte of its last three batches',
  expected:
    'Reading, verifying and recovery end at the last whole commit: `WAL_TORN_TAIL` at the byte, ' +
    'or nothing at all when the cut is behind a commit. Recovery keeps the bytes cut into aside.',
  needs: [],
  injectedMin: 30_000,
  slice: true,
  run,
};
