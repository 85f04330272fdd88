import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import type { Event, EventInput } from 'quantlaxmi/events';
import { fileStore } from 'quantlaxmi/node';
import type { WalStore } from 'quantlaxmi/wal';
import { memoryStore, openWalWriter, readWal, salvageWal, verifyWal } from 'quantlaxmi/wal';
import { anyEventArbitrary } from '../../src/testing/event-arbitraries.js';
import { oracleRead } from './oracle.js';
import { failureOf, hasher, options, readAll } from './support.js';

const root = mkdtempSync(join(tmpdir(), 'wal-prop-'));
let made = 0;
afterAll(() => rmSync(root, { recursive: true }));

/** Batches of any events, their receive times put in order. */
const batches = fc
  .array(fc.array(anyEventArbitrary(), { minLength: 1, maxLength: 5 }), { maxLength: 8 })
  .map((lists) => {
    let rx = 0;
    return lists.map((list) =>
      list.map((event, i): EventInput => {
        const { seq: _, ...input } = event;
        rx = Math.min(rx + i, Number.MAX_SAFE_INTEGER);
        return { ...input, rx } as EventInput;
      }),
    );
  });

const rotations = fc.record({
  bytes: fc.integer({ min: 1, max: 6_000 }),
  events: fc.integer({ min: 1, max: 12 }),
});

async function write(store: WalStore, lists: EventInput[][], rotate: never): Promise<Event[]> {
  const log = await openWalWriter(store, options({ rotate }));
  const wanted: Event[] = [];
  for (const list of lists) {
    const { first } = log.appendBatch(list);
    wanted.push(...list.map((event, i) => ({ ...event, seq: first + i }) as Event));
    await log.flush();
  }
  await log.close();
  return wanted;
}

test('what was appended is read back: memory, files and a JSON.parse reader agree', async () => {
  await fc.assert(
    fc.asyncProperty(batches, rotations, async (lists, rotate) => {
      const memory = memoryStore();
      const wanted = await write(memory, lists, rotate as never);
      const files = fileStore(join(root, String((made += 1))));
      await write(files, lists, rotate as never);
      expect(await readAll(memory)).toEqual(wanted);
      expect(await readAll(files)).toEqual(wanted);
      const oracle = oracleRead(memory.snapshot());
      expect(oracle.events).toEqual(
        wanted.map(({ seq, t, sv, rx, ts, src, body }) => ({
          k: 'E',
          seq,
          t,
          sv,
          rx,
          ts,
          src,
          body,
        })),
      );
      expect(oracle.commits).toEqual(lists.map((list) => list.length));
      for (const store of [memory, files]) {
        const found = await verifyWal(store, { hasher, canonical: true, expectSealed: true });
        expect(found).toMatchObject({
          ok: true,
          totalEvents: wanted.length,
          lastSeq: wanted.length,
          chainHead: oracle.head,
        });
      }
    }),
    { numRuns: 20 },
  );
}, 120_000);

test('any window of seq is the same as cutting it out of the whole', async () => {
  await fc.assert(
    fc.asyncProperty(
      batches,
      rotations,
      fc.integer({ min: 1, max: 45 }),
      fc.integer({ min: 0, max: 45 }),
      async (lists, rotate, fromSeq, toSeq) => {
        const store = memoryStore();
        const wanted = await write(store, lists, rotate as never);
        const cut = wanted.filter((event) => event.seq >= fromSeq && event.seq <= toSeq);
        expect(await readAll(store, { fromSeq, toSeq })).toEqual(cut);
      },
    ),
    { numRuns: 60 },
  );
}, 120_000);

test('WAL-2: any bytes in any place: reading ends in a prefix, all paths agree', async () => {
  const junk = fc.record({
    segment: fc.nat(),
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    remove: fc.integer({ min: 0, max: 700 }),
    insert: fc.oneof(
      fc.uint8Array({ maxLength: 40 }),
      fc.constantFrom('\n', '{}\n', '{"k":"C"', ',"crc":"00000000"}\n').map((t) => Buffer.from(t)),
    ),
  });
  let damaged = 0;
  await fc.assert(
    fc.asyncProperty(batches, rotations, junk, async (lists, rotate, edit) => {
      const store = memoryStore();
      const wanted = await write(store, lists, rotate as never);
      const files = store.snapshot();
      const names = [...files.keys()].sort();
      const name = names[edit.segment % names.length] as string;
      const bytes = files.get(name) as Uint8Array;
      const at = Math.floor(edit.at * bytes.length);
      const changed = Buffer.concat([
        bytes.subarray(0, at),
        edit.insert,
        bytes.subarray(at + edit.remove),
      ]);
      files.set(name, new Uint8Array(changed));
      const same = Buffer.compare(changed, bytes) === 0;
      const broken = memoryStore(files);
      const seen: Event[] = [];
      const failed = await failureOf(
        (async () => {
          for await (const events of readWal(broken, { hasher })) seen.push(...events);
        })(),
      );
      expect(seen).toEqual(wanted.slice(0, seen.length));
      const found = await verifyWal(broken, { hasher });
      expect(found.ok).toBe(failed.code === 'none');
      // A cut at a commit of the last segment is what a crash leaves: only a watermark finds it.
      if (!same && found.ok) expect(found.sealed).toBe(false);
      if (!same && !found.ok) damaged += 1;
      const saved: Event[] = [];
      for await (const part of salvageWal(broken)) saved.push(...part.events);
      expect(saved.length).toBeGreaterThanOrEqual(seen.length);
      for (const event of saved) expect(event).toEqual(wanted[event.seq - 1]);
    }),
    { numRuns: 150 },
  );
  expect(damaged).toBeGreaterThan(50);
}, 120_000);
