import { beforeAll, describe, expect, test } from 'vitest';
import { simStore } from 'quantlaxmi/testing';
import {
  buildIndex,
  type MemoryStore,
  memoryStore,
  openWalWriter,
  verifyWal,
} from 'quantlaxmi/wal';
import { countingStore } from './counting.js';
import {
  appendSizes,
  failureOf,
  hasher,
  linesOf,
  options,
  readAll,
  trade,
  writeLog,
} from './support.js';

const EVENTS = 60_000;
const BATCH = 500;

/** Some 14 MB of trades in segments of at most 4 MB. */
async function bigLog(): Promise<MemoryStore> {
  const store = memoryStore();
  const log = await openWalWriter(store, options({ rotate: { bytes: 4_000_000, events: 1e6 } }));
  for (let i = 1; i <= EVENTS; i += 1) {
    log.append(trade(i));
    if (i % BATCH === 0) await log.flush();
  }
  await log.close();
  return store;
}

describe('an index', () => {
  let log: MemoryStore;
  let indexed: MemoryStore;
  beforeAll(async () => {
    log = await bigLog();
    indexed = memoryStore(log.snapshot());
    await buildIndex(indexed, { hasher });
  });

  test('has a line per megabyte: the last event of a commit and where it stands', async () => {
    const files = indexed.snapshot();
    const segments = [...files.keys()].filter((name) => name.endsWith('.jsonl')).sort();
    expect(segments.length).toBeGreaterThan(2);
    for (const name of segments) {
      const bytes = files.get(name) as Uint8Array;
      const text = Buffer.from(bytes).toString();
      const entries = Buffer.from(files.get(`${name}.idx`) as Uint8Array)
        .toString()
        .trimEnd()
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as { seq: number; off: number; rx: number });
      expect(entries.length).toBe(Math.floor(bytes.length / 1_100_000));
      for (const { seq, off, rx } of entries) {
        const [event, commit] = text.slice(off, off + 4_000).split('\n');
        expect(JSON.parse(event as string)).toMatchObject({ k: 'E', seq, rx });
        expect(JSON.parse(commit as string)).toMatchObject({ k: 'C', seq });
      }
    }
  });

  test('is no stray file, and changes nothing that verification sees', async () => {
    expect(await verifyWal(indexed, { hasher })).toEqual(await verifyWal(log, { hasher }));
    const files = indexed.snapshot();
    const [name] = [...files.keys()].filter((one) => one.endsWith('.idx'));
    files.set(`${name}.tmp`, new Uint8Array(3));
    const interrupted = memoryStore(files);
    expect((await verifyWal(interrupted, { hasher })).strays).toEqual([]);
    await buildIndex(interrupted, { hasher });
    expect([...interrupted.snapshot().keys()].filter((one) => one.endsWith('.tmp'))).toEqual([]);
  });

  test('WAL-19: a seek reads a small part of its segment; with no index, all before', async () => {
    const names = [...log.snapshot().keys()].sort();
    const near = Number(names[1]?.slice(9, 25)) - 20;
    const seek = async (store: MemoryStore) => {
      const counted = countingStore(store);
      const events = await readAll(counted.store, { fromSeq: near, toSeq: near + 5 });
      expect(events.map((event) => event.seq)).toEqual([0, 1, 2, 3, 4, 5].map((i) => near + i));
      return counted;
    };
    const [plain, quick] = [await seek(log), await seek(indexed)];
    // Only the segment of the event is opened, with or without an index.
    expect(plain.opened).toEqual([names[0]]);
    expect(quick.opened).toEqual([names[0], `${names[0]}.idx`]);
    expect(plain.bytes).toBe(log.snapshot().get(names[0] as string)?.length);
    expect(quick.bytes).toBeLessThan(1_250_000);
    expect(plain.bytes).toBeGreaterThan(3 * quick.bytes);
  });

  test('WAL-19: a seek by time opens footers, not segments', async () => {
    const rx = 1_000 + Math.floor(EVENTS / 2);
    const seek = async (store: MemoryStore) => {
      const counted = countingStore(store);
      const events = await readAll(counted.store, { fromRx: rx, toRx: rx + 3 });
      expect(events.map((event) => event.rx)).toEqual([rx, rx + 1, rx + 2, rx + 3]);
      return counted.bytes;
    };
    const [plain, quick] = [await seek(log), await seek(indexed)];
    expect(quick).toBeLessThan(2_200_000);
    expect(plain).toBeLessThan(4_100_000);
    let whole = 0;
    for (const bytes of log.snapshot().values()) whole += bytes.length;
    expect(whole).toBeGreaterThan(3 * plain);
  });
});

test('WAL-19: an index is built again over any other, and is only ever whole', async () => {
  const store = memoryStore();
  await writeLog(store, Array(20).fill(10));
  await buildIndex(store, { hasher, everyBytes: 2_000 });
  const wanted = store.snapshot();
  const [name] = [...wanted.keys()].filter((one) => one.endsWith('.idx')) as [string];
  for (const old of [new Uint8Array(0), new Uint8Array(5_000).fill(65)]) {
    const faults = simStore({ files: new Map(wanted).set(name, old) });
    await buildIndex(faults, { hasher, everyBytes: 2_000 });
    expect(faults.crash('lost')).toEqual(wanted);
  }
  // Every call fails once: the old index stands until the new one is whole.
  const all = simStore({ files: new Map(wanted).set(name, new Uint8Array(4)) });
  await buildIndex(all, { hasher, everyBytes: 2_000 });
  for (const { n } of all.calls) {
    const files = new Map(wanted).set(name, new Uint8Array(4));
    const halted = simStore({ files, fault: (call) => (call.n === n ? 'halt' : null) });
    expect((await failureOf(buildIndex(halted, { hasher, everyBytes: 2_000 }))).code).toBe(
      'WAL_IO',
    );
    for (const how of ['lost', 'kept'] as const) {
      const left = halted.crash(how).get(name) as Uint8Array;
      expect([4, (wanted.get(name) as Uint8Array).length]).toContain(left.length);
    }
  }
});

test('a damaged log gets no index; one being written gets one up to its commit', async () => {
  const store = memoryStore();
  const log = await openWalWriter(store, options());
  await appendSizes(log, Array(20).fill(10));
  const files = store.snapshot();
  const [name, bytes] = [...files][0] as [string, Uint8Array];
  const cut = bytes.slice(0, (linesOf(bytes).at(-1)?.byte ?? 0) + 5);
  const open = memoryStore(new Map([[name, cut]]));
  const [built] = await buildIndex(open, { hasher, everyBytes: 2_000 });
  expect(built?.entries).toBeGreaterThan(5);
  const seqs = (await readAll(open, { fromSeq: 171, upTo: 'commit' })).map((event) => event.seq);
  expect(seqs).toEqual(Array.from({ length: 20 }, (_, i) => 171 + i));
  const hurt = bytes.slice();
  hurt[900] = 0;
  const damaged = memoryStore(new Map([[name, hurt]]));
  expect((await failureOf(buildIndex(damaged, { hasher }))).code).toBe('WAL_CORRUPT');
  expect(damaged.snapshot().has(`${name}.idx`)).toBe(false);
});
