import type { Rng } from 'quantlaxmi/core';
import { createRng } from 'quantlaxmi/core';
import { memoryStore, openWalWriter } from 'quantlaxmi/wal';
import { options } from '../../wal/support.js';
import type { Control, FaultCase, FaultContext } from '../lib/case.js';
import { bytesOf, logOf, namesOf, textLines, withBytes } from './lib/logs.js';
import type { Files } from './lib/logs.js';
import type { Verdict } from './lib/verdicts.js';
import { NONE, opening, reading, Tally, verifying } from './lib/verdicts.js';

const SECTOR = 512;

interface Line {
  readonly kind: string;
  readonly byte: number;
  readonly end: number;
  /** Batch the line belongs to; 0 for the header. */
  readonly batch: number;
  /** Events committed before this line, and before it in all. */
  readonly committed: number;
  readonly seq: number;
}

function linesOf(bytes: Uint8Array): Line[] {
  let [byte, batch, committed, seq] = [0, 0, 0, 0];
  return textLines(bytes).map((text) => {
    const kind = text[6] ?? '';
    if (kind !== 'H' && batch === 0) batch = 1;
    const line = { kind, byte, end: byte + text.length + 1, batch, committed, seq };
    byte = line.end;
    if (kind === 'E') seq += 1;
    if (kind === 'C') {
      batch += 1;
      committed = seq;
    }
    return line;
  });
}

/** What a log with these sectors zeroed is, from the rule alone: what a surviving line proves. */
function dueFor(name: string, lines: readonly Line[], bad: ReadonlySet<number>): Verdict {
  const damaged = (line: Line): boolean => {
    for (let s = Math.floor(line.byte / SECTOR); s * SECTOR < line.end; s += 1) {
      if (bad.has(s)) return true;
    }
    return false;
  };
  const first = lines.find(damaged);
  if (first === undefined) return NONE;
  const later = lines.filter((l) => l.kind === 'C' && l.byte > first.byte && !damaged(l));
  // A commit states that the one before it was durable when it was written.
  const proven = later.some((l) => l.batch - 1 >= first.batch && first.batch > 0);
  const live = first.kind === 'H' && later.length > 0;
  const corrupt = proven || live;
  // A torn tail is told with the first seq that no commit holds.
  const seq = corrupt ? first.seq : first.committed;
  const code = corrupt ? 'WAL_CORRUPT' : 'WAL_TORN_TAIL';
  return { code, file: name, byte: first.byte, seq: seq + 1 };
}

function zeroed(bytes: Uint8Array, bad: ReadonlySet<number>): Uint8Array {
  const out = bytes.slice();
  for (const sector of bad) out.fill(0, sector * SECTOR, (sector + 1) * SECTOR);
  return out;
}

const subset = (rng: Rng, from: number, to: number): Set<number> => {
  const out = new Set<number>();
  const chance = 1 + rng.below(12);
  for (let s = from; s < to; s += 1) if (rng.below(12) < chance) out.add(s);
  return out;
};

interface Round {
  readonly tally: Tally;
  readonly name: string;
  readonly lines: readonly Line[];
  readonly files: Files;
}

/** Zeroes sectors and holds reading, verifying and recovery against the rule. */
async function tryRound({ tally, name, lines, files }: Round, bad: ReadonlySet<number>) {
  const place = `sectors ${[...bad].sort((a, b) => a - b).join(' ')}`;
  const whole = bytesOf(files, name);
  const broken = withBytes(files, name, zeroed(whole, bad));
  const due = dueFor(name, lines, bad);
  tally.injected += 1;
  tally.hold(`${place}: verify`, await verifying(broken), due);
  const read = await reading(broken);
  if (read.code !== due.code) tally.fail(`${place}: reading ended with ${read.code}`);
  const opened = await opening(broken);
  if (due.code === 'WAL_CORRUPT') {
    if (opened.code !== 'WAL_CORRUPT' || opened.byte !== due.byte) {
      tally.misclassified += 1;
      tally.fail(`${place}: opening found ${opened.code}, due WAL_CORRUPT`);
    }
    return due;
  }
  if (opened.code !== 'none') {
    tally.misclassified += 1;
    tally.fail(`${place}: opening refused with ${opened.code}, due a recovery`);
  }
  // Whoever knows what was acknowledged is told when that is gone.
  const total = lines.at(-1)?.seq ?? 0;
  const known = await opening(broken, { expectAtLeastSeq: total });
  if (due.code !== 'none' && known.code !== 'WAL_ROLLBACK') {
    tally.undetected += 1;
    tally.fail(`${place}: expecting seq ${total} found ${known.code}, due WAL_ROLLBACK`);
  }
  return due;
}

/** A crash can only touch the last batch: nothing before it may be lost. */
async function lastBatchKeepsTheRest(round: Round, bad: ReadonlySet<number>): Promise<void> {
  const { tally, name, files, lines } = round;
  const store = memoryStore(withBytes(files, name, zeroed(bytesOf(files, name), bad)));
  const log = await openWalWriter(store, options());
  const kept = log.appendedSeq;
  await log.close();
  const acknowledged = lines.filter(({ kind }) => kind === 'C').at(-1)?.committed ?? 0;
  tally.acknowledged += acknowledged;
  if (kept < acknowledged) tally.lost += acknowledged - kept;
}

async function run({ scale, seed }: FaultContext) {
  const full = scale === 'full';
  const files = await logOf(full ? [12, 9, 20, 14, 30] : [5, 6, 9], { close: false });
  const [name] = namesOf(files) as [string];
  const lines = linesOf(bytesOf(files, name));
  const round: Round = { tally: new Tally(), name, lines, files };
  const { tally } = round;
  const rng = createRng(BigInt(seed), 17n);
  const sectors = Math.ceil(bytesOf(files, name).length / SECTOR);
  const lastBatch = lines.filter(({ kind }) => kind === 'C').at(-2)?.end ?? 0;
  const firstOfLast = Math.ceil(lastBatch / SECTOR);
  const seen = { corrupt: 0, torn: 0 };
  const note = (due: Verdict): void => {
    if (due.code === 'WAL_CORRUPT') seen.corrupt += 1;
    else seen.torn += 1;
  };
  for (let s = 0; s < sectors; s += 1) note(await tryRound(round, new Set([s])));
  const single = { ...seen };
  const rounds = full ? 2_000 : 60;
  for (let i = 0; i < rounds; i += 1) note(await tryRound(round, subset(rng, 0, sectors)));
  for (let i = 0; i < rounds / 4; i += 1) {
    const bad = subset(rng, firstOfLast, sectors);
    note(await tryRound(round, bad));
    await lastBatchKeepsTheRest(round, bad);
  }
  const controls: Control[] = [
    {
      name: 'a judge that takes every bad end for a torn one',
      caught: seen.corrupt > 0,
      detail: `would have dropped durable batches in ${seen.corrupt} rounds`,
    },
    {
      name: 'a judge that takes every bad end for corruption',
      caught: seen.torn > 0,
      detail: `would have refused what a crash leaves in ${seen.torn} rounds`,
    },
  ];
  const figures =
    `single sectors: ${single.corrupt} corrupt, ${single.torn} torn; ${rounds} random subsets of ` +
    `all sectors and ${rounds / 4} of the last batch's`;
  return tally.outcome(controls, figures);
}

export const F17: FaultCase = {
  id: 'F17',
  title: 'Sectors of an unsealed log read as zeros',
  method: 'each 512-byte sector alone, then random subsets of all, and of the last batch only',
  expected:
    '`WAL_CORRUPT` where a later commit proves the bytes durable, a torn tail and a recovery ' +
    'elsewhere; `WAL_ROLLBACK` for whoever knows what was acknowledged.',
  needs: [],
  injectedMin: 2_000,
  slice: true,
  run,
};
