import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Event } from 'quantlaxmi/events';
import { buildIndex, memoryStore, openWalWriter, tailWal } from 'quantlaxmi/wal';
import { lastBefore, parseIndex } from '../../src/wal/internal/index-file.js';
import { hasher, linesOf, options, readAll, timer, trade } from './support.js';

type Files = Map<string, Uint8Array>;

/** Batches of events whose receive times stand still or jump, in small segments. */
async function logOf(sizes: readonly number[], salt: number): Promise<Files> {
  const store = memoryStore();
  const walId = String(salt).padStart(32, '0');
  const log = await openWalWriter(store, options({ walId, rotate: { bytes: 6_000, events: 40 } }));
  let rx = 1_000;
  for (const size of sizes) {
    for (let i = 0; i < size; i += 1) {
      const seq = log.appendedSeq + 1;
      rx += (seq * salt) % 3 === 0 ? 7 : 0;
      log.append(seq % 4 === 0 ? { ...trade(seq), rx } : timer(seq, rx));
    }
    await log.flush();
  }
  await log.close();
  await buildIndex(store, { hasher, everyBytes: 500 });
  return store.snapshot();
}

const SIZES = [3, 1, 8, 2, 5, 12, 1, 1, 20, 4, 6, 9, 2, 2, 15, 3];
const mine = await logOf(SIZES, 5);
const foreign = await logOf(SIZES, 7);
const younger = await logOf(SIZES.slice(0, 5), 5);
const all = await readAll(memoryStore(mine));
const indexes = [...mine.keys()].filter((name) => name.endsWith('.idx')).sort();
const segments = indexes.map((name) => name.slice(0, -4));

const pick = <T>(from: readonly T[], at: number): T => from[at % from.length] as T;
const entryText = (entries: readonly object[]): Uint8Array =>
  new Uint8Array(Buffer.from(entries.map((entry) => `${JSON.stringify(entry)}\n`).join('')));

/** An index whose lines are well formed, ordered, and point at real lines with other facts. */
function forged(segment: string, picks: readonly number[], shift: readonly number[]): Uint8Array {
  const lines = linesOf(mine.get(segment) as Uint8Array);
  const chosen = [...new Set(picks.map((at) => at % lines.length))].sort((a, b) => a - b);
  const entries = chosen.map((at, i) => {
    const line = lines[at] as (typeof lines)[number];
    const { seq = 1, rx = 1_000 } = JSON.parse(line.text) as { seq?: number; rx?: number };
    const [bySeq, byRx, byOff] = [0, 1, 2].map((k) => shift[(3 * i + k) % shift.length] ?? 0);
    return {
      seq: Math.max(1, seq + (bySeq as number)),
      off: Math.max(1, line.byte + (byOff as number)),
      rx: Math.max(0, rx + (byRx as number)),
    };
  });
  return entryText(entries.sort((a, b) => a.seq - b.seq || a.off - b.off));
}

/** What becomes of one index. */
const hurt = fc.oneof(
  fc.uint8Array({ maxLength: 300 }).map((bytes) => () => bytes),
  fc.nat().map((cut) => (name: string) => {
    const bytes = mine.get(name) as Uint8Array;
    return bytes.slice(0, cut % (bytes.length + 1));
  }),
  fc.tuple(fc.nat(), fc.nat({ max: 255 })).map(([at, value]) => (name: string) => {
    const bytes = (mine.get(name) as Uint8Array).slice();
    if (bytes.length > 0) bytes[at % bytes.length] = value;
    return bytes;
  }),
  // A digit changed keeps the line well formed.
  fc
    .array(fc.tuple(fc.nat(), fc.nat({ max: 9 })), { minLength: 1 })
    .map((edits) => (name: string) => {
      const bytes = (mine.get(name) as Uint8Array).slice();
      for (const [at, digit] of edits) {
        const place = at % Math.max(1, bytes.length);
        if (/[0-9]/.test(String.fromCharCode(bytes[place] ?? 0))) bytes[place] = 48 + digit;
      }
      return bytes;
    }),
  fc.nat().map((at) => () => mine.get(pick(indexes, at)) as Uint8Array),
  fc.nat().map((at) => (name: string) => {
    const others = [...foreign.keys()].filter((one) => one.endsWith('.idx'));
    return foreign.get(name) ?? (foreign.get(pick(others, at)) as Uint8Array);
  }),
  fc.constant((name: string) => younger.get(name) ?? new Uint8Array(0)),
  fc
    .tuple(
      fc.array(fc.nat(), { minLength: 1, maxLength: 6 }),
      fc.array(fc.constantFrom(0, 0, 0, 1, -1, 40, -40), { minLength: 1, maxLength: 9 }),
    )
    .map(
      ([picks, shift]) =>
        (name: string) =>
          forged(name.slice(0, -4), picks, shift),
    ),
);

const bound = (max: number) => fc.option(fc.nat({ max }), { nil: undefined });
const rxMax = (all.at(-1)?.rx ?? 0) + 20;
const range = fc.record({
  fromSeq: bound(all.length + 3),
  toSeq: bound(all.length + 3),
  fromRx: bound(rxMax),
  toRx: bound(rxMax),
});

type Range = { readonly [K in 'fromSeq' | 'toSeq' | 'fromRx' | 'toRx']?: number | undefined };
const given = (range: Range) =>
  Object.fromEntries(Object.entries(range).filter(([, value]) => value !== undefined));

/** The obvious way. */
const wanted = ({ fromSeq = 0, toSeq = Infinity, fromRx = 0, toRx = Infinity }: Range): Event[] =>
  all.filter((e) => e.seq >= fromSeq && e.seq <= toSeq && e.rx >= fromRx && e.rx <= toRx);

describe('seeks', () => {
  test('the log of these tests has many segments, entries and equal receive times', () => {
    expect(segments.length).toBeGreaterThan(2);
    const entries = indexes.flatMap((name) =>
      parseIndex(Buffer.from(mine.get(name) ?? []).toString()),
    );
    expect(entries.length).toBeGreaterThan(10);
    expect(new Set(all.map((event) => event.rx)).size).toBeLessThan(all.length / 2);
  });

  test('by seq and by time give what the whole log holds there', async () => {
    const plain = new Map([...mine].filter(([name]) => !name.endsWith('.idx')));
    const check = async (asked: Range) => {
      for (const files of [mine, plain]) {
        expect(await readAll(memoryStore(files), given(asked))).toEqual(wanted(asked));
      }
    };
    await fc.assert(fc.asyncProperty(range, check), { seed: 1907, numRuns: 120 });
  });

  test('WAL-19: whatever stands in an index, the events are those without one', async () => {
    let misleading = 0;
    const check = async (hurts: readonly ((name: string) => Uint8Array)[], asked: Range) => {
      const files = new Map(mine);
      indexes.forEach((name, i) => {
        const harm = hurts[i];
        if (harm !== undefined) files.set(name, harm(name));
      });
      expect(await readAll(memoryStore(files), given(asked))).toEqual(wanted(asked));
      const { fromSeq = 0, fromRx = 0 } = asked;
      for (const name of indexes) {
        const entries = parseIndex(Buffer.from(files.get(name) ?? []).toString('latin1'));
        const entry = lastBefore(entries, ({ seq, rx }) => seq < fromSeq || rx < fromRx);
        const event = entry === null ? undefined : all[entry.seq - 1];
        if (entry !== null && event?.rx !== entry.rx) misleading += 1;
      }
    };
    await fc.assert(
      fc.asyncProperty(fc.array(hurt, { minLength: 1, maxLength: indexes.length }), range, check),
      { seed: 20_260, numRuns: 400 },
    );
    // Control: a reader that believed its index would have gone wrong.
    expect(misleading).toBeGreaterThan(20);
  });

  test('WAL-19: a follower starts at the same event under any index', async () => {
    const check = async (harm: (name: string) => Uint8Array, asked: Range) => {
      const files = new Map(mine);
      for (const name of indexes) files.set(name, harm(name));
      const signal = { aborted: false };
      const wait = async () => {
        signal.aborted = true;
      };
      const seen: Event[] = [];
      const { fromSeq, fromRx } = asked;
      const from = given({ fromSeq, fromRx });
      for await (const events of tailWal(memoryStore(files), { hasher, wait, signal, ...from })) {
        seen.push(...events);
      }
      expect(seen).toEqual(wanted({ fromSeq, fromRx }));
    };
    await fc.assert(fc.asyncProperty(hurt, range, check), { seed: 44, numRuns: 100 });
  });
});

test('text inside an event that reads like a line is no place to start', async () => {
  const store = memoryStore();
  const log = await openWalWriter(store, options());
  const donor = [...mine.values()][0] as Uint8Array;
  const [, event] = linesOf(donor);
  for (let i = 1; i <= 5; i += 1) {
    log.append({ ...timer(i), t: 'Timer', body: { cause: i, due: i, id: event?.text ?? '' } });
    await log.flush();
  }
  await log.close();
  const files = store.snapshot();
  const [name, bytes] = [...files][0] as [string, Uint8Array];
  const text = Buffer.from(bytes).toString('latin1');
  const [from, to] = ['"seq":3,', '"seq":4,'].map((part) => text.indexOf(part)) as [number, number];
  for (let off = from - 20; off < to; off += 1) {
    files.set(`${name}.idx`, entryText([{ seq: 3, off, rx: 1_003 }]));
    const seqs = (await readAll(memoryStore(files), { fromSeq: 4 })).map((e) => e.seq);
    if (seqs.join() !== '4,5') expect([off, seqs]).toEqual([off, [4, 5]]);
  }
});
