import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { EVENT_TYPES, type Event, validateEvent } from 'quantlaxmi/events';
import { buildIndex, memoryStore, openWalWriter, salvageWal, verifyWal } from 'quantlaxmi/wal';
import {
  CORPUS,
  type CorpusEntry,
  filesOf,
  pinOf,
  readCorpus,
  schemaSet,
  traceOf,
} from '../../scripts/lib/wal-corpus.js';
import { oracleRead } from './oracle.js';
import { failureOf, hasher, options, readAll } from './support.js';

/**
 * The kept logs and what was true of each. A line is added with a log and never changed or removed:
 * `npx tsx scripts/keep-wal.ts LOG_DIR FOLDER NOTE` prints it.
 */
const PINS: Readonly<Record<string, string>> = {
  v1: '12dbbc515698308f3ec96f364e87d7681159a3a47b8adba33c9bd8b058a9190f',
  'v1-bars': '12024f45fa557e81f4488cd95c7baaa0b04cca265b6919d06654f0ee4bbb3019',
  'v1-cash-flows': '132d63cbb9bc0e1ae7dade27749590efe5bbbe03af44195785d671bebd74ad24',
  'v1-every-type': '5354929b505da3071f21b7d8a820aa08e4a87b1eca87ae00a122646e36d53b36',
  'v1-skippable-type': '99fb337b77f30cc9dd1d31bcc7680cb7937fb477b35b6d24b911a3adf65aaf59',
};

type Files = ReadonlyMap<string, Uint8Array>;
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** What is not as it was kept; empty when all is. */
function changes(entries: readonly CorpusEntry[], filesIn: (folder: string) => Files): string[] {
  const wrong: string[] = [];
  const pins = new Map(entries.map((entry) => [entry.folder, pinOf(entry)]));
  for (const [folder, pin] of Object.entries(PINS)) {
    if (pins.get(folder) !== pin) wrong.push(`${folder}: entry`);
  }
  for (const { folder, files } of entries) {
    if (PINS[folder] === undefined) wrong.push(`${folder}: no pin`);
    const found = filesIn(folder);
    for (const { name, sha256: kept } of files) {
      const bytes = found.get(name);
      if (bytes === undefined || sha256(bytes) !== kept) wrong.push(`${folder}/${name}`);
    }
    if (found.size !== files.length) wrong.push(`${folder}: files`);
  }
  return wrong;
}

const { logs } = readCorpus();
const kept = new Map(logs.map(({ folder }) => [folder, filesOf(join(CORPUS, folder))]));
const filesIn = (folder: string): Files => kept.get(folder) ?? new Map();

describe('the kept logs', () => {
  test('are all there, byte for byte, and each folder is listed', () => {
    expect(changes(logs, filesIn)).toEqual([]);
    const folders = readdirSync(CORPUS, { withFileTypes: true }).filter((e) => e.isDirectory());
    expect(folders.map(({ name }) => name).sort()).toEqual(Object.keys(PINS).sort());
    const types = new Set(logs.flatMap(({ perType }) => Object.keys(perType)));
    for (const t of EVENT_TYPES) expect([...types]).toContain(t);
  });

  test('control: a changed, missing or added file, entry or log is found', () => {
    const [first, ...rest] = logs as [CorpusEntry, ...CorpusEntry[]];
    const [name, bytes] = [...filesIn(first.folder)][0] as [string, Uint8Array];
    const other = bytes.slice();
    other[40] = (other[40] as number) ^ 1;
    const swap = (files: Files) => (folder: string) =>
      folder === first.folder ? files : filesIn(folder);
    const original = filesIn(first.folder);
    expect(changes(logs, swap(new Map(original).set(name, other)))).not.toEqual([]);
    const without = new Map(original);
    without.delete(name);
    expect(changes(logs, swap(without))).not.toEqual([]);
    expect(changes(logs, swap(new Map(original).set('x.wal.jsonl', bytes)))).not.toEqual([]);
    expect(changes(rest, filesIn)).not.toEqual([]);
    expect(changes([{ ...first, totalEvents: 9 }, ...rest], filesIn)).not.toEqual([]);
    expect(changes([...logs, { ...first, folder: 'v9' }], swap(original))).not.toEqual([]);
  });
});

describe.each(logs)('$folder', (entry) => {
  const files = filesIn(entry.folder);

  test('WAL-4: is verified in full to the same facts', async () => {
    const store = memoryStore(files);
    const found = await verifyWal(store, { hasher, canonical: true, expectSealed: true });
    const { walId, lastSeq, totalEvents, perType, chainHead, why } = entry;
    expect(found).toMatchObject({ ok: true, walId, lastSeq, totalEvents, perType, chainHead });
    expect(found.segments.map((segment) => segment.why)).toEqual(why);
    expect(oracleRead(files).head).toBe(chainHead);
  });

  test('WAL-11: reads to the same events under the schemas of this release', async () => {
    const events = await readAll(memoryStore(files));
    for (const event of events) expect(validateEvent(event)).toEqual(event);
    const trace = entry.traces[schemaSet()];
    expect(
      trace,
      'run `npx tsx scripts/keep-wal.ts --traces` and look at what it adds',
    ).toBeDefined();
    expect(await traceOf(files)).toBe(trace);
    const salvaged: Event[] = [];
    for await (const part of salvageWal(memoryStore(files))) {
      expect(part.gaps).toEqual([]);
      salvaged.push(...part.events);
    }
    expect(salvaged).toEqual(events);
  });

  test('is sought in with an index', async () => {
    const store = memoryStore(files);
    const events = await readAll(store);
    await buildIndex(store, { hasher, everyBytes: 200 });
    for (const { seq, rx } of events) {
      expect(await readAll(store, { fromSeq: seq })).toEqual(events.filter((e) => e.seq >= seq));
      expect(await readAll(store, { fromRx: rx })).toEqual(events.filter((e) => e.rx >= rx));
    }
  });

  test('is gone on with, and stays as it is', async () => {
    for (const check of ['strict', 'fast'] as const) {
      const store = memoryStore(files);
      const before = await readAll(store);
      const log = await openWalWriter(store, options({ walId: entry.walId, check }));
      expect([log.appendedSeq, log.recovered]).toEqual([entry.lastSeq, null]);
      await log.close();
      for (const [name, bytes] of files) expect(store.snapshot().get(name)).toEqual(bytes);
      expect(await readAll(store)).toEqual(before);
      expect((await verifyWal(store, { hasher, canonical: true })).ok).toBe(true);
    }
  });

  test('and recovered when its last bytes are lost', async () => {
    const names = [...files.keys()].sort();
    const last = names.at(-1) as string;
    const bytes = files.get(last) as Uint8Array;
    const store = memoryStore(new Map(files).set(last, bytes.slice(0, -60)));
    expect((await failureOf(readAll(store))).code).toBe('WAL_TORN_TAIL');
    const log = await openWalWriter(store, options({ walId: entry.walId }));
    expect(log.recovered?.lastSeq).toBe(entry.lastSeq);
    await log.close();
    const events = await readAll(store, { toSeq: entry.lastSeq });
    expect(events).toEqual(await readAll(memoryStore(files)));
  });
});
