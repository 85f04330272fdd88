import { beforeAll, describe, expect, test } from 'vitest';
import type { RemovedFront } from 'quantlaxmi/wal';
import { buildIndex, memoryStore, verifyWal } from 'quantlaxmi/wal';
import { failureOf, hasher, readAll, WAL_ID, writeLog } from './support.js';

describe('a log without its front', () => {
  let whole: Map<string, Uint8Array>;
  let left: Map<string, Uint8Array>;
  let after: RemovedFront;
  beforeAll(async () => {
    const store = memoryStore();
    await writeLog(store, [2, 2, 2, 2, 2], { rotate: { bytes: 1e6, events: 2 } });
    whole = store.snapshot();
    const names = [...whole.keys()].sort();
    left = new Map([...whole].filter(([name]) => name > (names[1] as string)));
    const { segments } = await verifyWal(store, { hasher });
    const { seg, last, h } = segments[1] as (typeof segments)[number];
    after = { walId: WAL_ID, seg, last, h };
  });

  test('WAL-21: is read and verified from there by who knows what was removed', async () => {
    const store = memoryStore(left);
    expect((await readAll(store, { after })).map((event) => event.seq)).toEqual([
      5, 6, 7, 8, 9, 10,
    ]);
    expect((await readAll(store, { after, fromSeq: 8 })).map(({ seq }) => seq)).toEqual([8, 9, 10]);
    expect((await readAll(store, { after, fromRx: 1_009 })).length).toBe(2);
    const found = await verifyWal(store, { hasher, after, expectSealed: true });
    expect(found).toMatchObject({ ok: true, walId: WAL_ID, lastSeq: 10, totalEvents: 6 });
    expect(found.chainHead).toBe((await verifyWal(memoryStore(whole), { hasher })).chainHead);
    expect((await buildIndex(store, { hasher, after, everyBytes: 100 })).length).toBe(3);
    expect((await readAll(store, { after, fromSeq: 8 })).length).toBe(3);
  });

  test('WAL-21: is a missing segment to everybody else', async () => {
    const store = memoryStore(left);
    expect((await failureOf(readAll(store))).code).toBe('WAL_SEGMENT_MISSING');
    expect((await failureOf(buildIndex(store, { hasher }))).code).toBe('WAL_SEGMENT_MISSING');
    const [problem] = (await verifyWal(store, { hasher })).problems;
    expect([problem?.code, problem?.seq]).toEqual(['WAL_SEGMENT_MISSING', 5]);
    const asked = await failureOf(readAll(store, { after, fromSeq: 4 }));
    expect(asked.code).toBe('WAL_SEGMENT_MISSING');
    expect(asked.message).toMatch(/seq 4 .* removed; start at seq 5/);
  });

  test('WAL-21: what does not follow from it is refused, by its exact class', async () => {
    const store = memoryStore(left);
    const wrong: [RemovedFront, string][] = [
      [{ ...after, h: 'a'.repeat(64) }, 'WAL_CHAIN'],
      [{ ...after, last: 3 }, 'WAL_SEQ'],
      [{ ...after, walId: 'b'.repeat(32) }, 'WAL_FOREIGN'],
      [{ ...after, seg: 1 }, 'WAL_SEGMENT_MISSING'],
    ];
    for (const [front, code] of wrong) {
      expect((await failureOf(readAll(store, { after: front }))).code).toBe(code);
      expect((await verifyWal(store, { hasher, after: front })).problems[0]?.code).toBe(code);
    }
    // One segment more is gone than the manifest says.
    const [third] = [...left.keys()].sort() as [string];
    const fewer = memoryStore(new Map([...left].filter(([name]) => name !== third)));
    expect((await failureOf(readAll(fewer, { after }))).code).toBe('WAL_SEGMENT_MISSING');
  });

  test('segments that are listed as removed and still there change nothing', async () => {
    const names = [...whole.keys()].sort();
    for (const gone of [[], [names[0]], [names[1]]]) {
      const store = memoryStore(new Map([...whole].filter(([name]) => !gone.includes(name))));
      expect((await readAll(store, { after })).length).toBe(6);
      const found = await verifyWal(store, { hasher, after, expectSealed: true });
      expect([found.ok, found.segments.length, found.strays]).toEqual([true, 3, []]);
    }
  });
});
