import { describe, expect, test } from 'vitest';
import { simStore } from 'quantlaxmi/testing';
import { memoryStore, openWalWriter, verifyWal } from 'quantlaxmi/wal';
import { appendSizes, failureOf, hasher, linesOf, options, readAll, writeLog } from './support.js';

type Files = Map<string, Uint8Array>;

const FIRST = '00000001-0000000000000001.wal.jsonl';
const SECOND = '00000002-0000000000000005.wal.jsonl';
const ROTATE = { rotate: { bytes: 1e6, events: 4 } };

/** Two segments of four events; the second sealed or not. */
async function twoSegments(sealed: boolean, over = {}): Promise<Files> {
  const store = memoryStore();
  const log = await openWalWriter(store, options({ ...ROTATE, ...over }));
  await appendSizes(log, [2, 2, 2, 2]);
  if (sealed) await log.close();
  return store.snapshot();
}

const cut = (files: Files, name: string, bytes: number): Files =>
  new Map(files).set(name, (files.get(name) as Uint8Array).slice(0, -bytes));

const stepsOf = async (files: Files, over = {}): Promise<string[]> => {
  const store = simStore({ files });
  const log = await openWalWriter(store, options(over));
  const steps = store.calls.map(({ op, name }) => `${op} ${name}`.trim());
  await log.close();
  return steps;
};

const without = (steps: readonly string[], ...noise: readonly string[]): string[] =>
  steps.filter((step) => !noise.some((op) => step.startsWith(op)));

describe('the steps of an opening, in order', () => {
  const third = '00000003-0000000000000009.wal.jsonl';
  const published = (name: string): string[] => [
    `create ${name}.tmp`,
    `write ${name}.tmp`,
    `sync ${name}.tmp`,
    `link ${name}`,
    `remove ${name}.tmp`,
    'syncFolder',
  ];

  test('folder and last segment are synced before they are read', async () => {
    const steps = await stepsOf(await twoSegments(false));
    expect(steps.indexOf('syncFolder')).toBeGreaterThan(0);
    expect(steps.indexOf('syncFolder')).toBeLessThan(steps.indexOf(`open ${FIRST}`));
    expect(steps.indexOf(`sync ${SECOND}`)).toBeGreaterThan(0);
    expect(steps.indexOf(`sync ${SECOND}`)).toBeLessThan(steps.indexOf(`read ${SECOND}`));
  });

  test('WAL-3: the last segment is written anew, byte for byte, also when sealed', async () => {
    const files = await twoSegments(true);
    const steps = without(await stepsOf(files), 'list', 'size', 'read', 'close', 'freeBytes');
    expect(steps).toEqual([
      'lock LOCK',
      'syncFolder',
      `open ${FIRST}`,
      `open ${SECOND}`,
      `sync ${SECOND}`,
      `create ${SECOND}.tmp`,
      `write ${SECOND}.tmp`,
      `sync ${SECOND}.tmp`,
      `seal ${SECOND}.tmp`,
      `rename ${SECOND}`,
      'syncFolder',
      ...published(third),
    ]);
    const store = memoryStore(files);
    await (await openWalWriter(store, options())).close();
    expect(store.snapshot().get(SECOND)).toEqual(files.get(SECOND));
    expect(store.snapshot().get(FIRST)).toEqual(files.get(FIRST));
  });

  test('WAL-5: what is dropped is safe in quarantine before the segment is replaced', async () => {
    const files = cut(await twoSegments(false), SECOND, 5);
    const commits = linesOf(files.get(SECOND) as Uint8Array).filter(({ text }) =>
      text.startsWith('{"k":"C"'),
    );
    const from = commits.at(-1)?.end ?? 0;
    const dropped = (files.get(SECOND) as Uint8Array).length - from;
    const torn = `${SECOND}.${from}.${dropped}.torn`;
    const steps = without(await stepsOf(files), 'list', 'size', 'read', 'close', 'freeBytes');
    const at = steps.indexOf(`create quarantine/${torn}.tmp`);
    expect(steps.slice(at, at + 10)).toEqual([
      `create quarantine/${torn}.tmp`,
      `write quarantine/${torn}.tmp`,
      `sync quarantine/${torn}.tmp`,
      `seal quarantine/${torn}.tmp`,
      `rename quarantine/${torn}`,
      'syncFolder quarantine',
      `create ${SECOND}.tmp`,
      `write ${SECOND}.tmp`,
      `write ${SECOND}.tmp`,
      `sync ${SECOND}.tmp`,
    ]);
    const store = memoryStore(files);
    const log = await openWalWriter(store, options());
    expect(log.recovered).toEqual({
      lastSeq: 6,
      droppedBytes: dropped,
      quarantine: `quarantine/${torn}`,
    });
    await log.close();
    const whole = files.get(SECOND) as Uint8Array;
    expect(store.snapshot().get(`quarantine/${torn}`)).toEqual(whole.slice(from));
    // Named in the log, too: the next reader finds where the bytes went.
    expect((await readAll(store)).at(-1)?.body).toMatchObject({
      details: { quarantine: `quarantine/${torn}` },
    });
  });

  test('a second crash at the same place keeps both pieces', async () => {
    const store = memoryStore(cut(await twoSegments(false), SECOND, 5));
    await (await openWalWriter(store, options())).close();
    const before = [...store.snapshot().keys()].filter((name) => name.startsWith('quarantine/'));
    const log = await openWalWriter(store, options());
    await appendSizes(log, [2, 2]);
    const files = store.snapshot();
    const last =
      [...files.keys()]
        .filter((name) => !name.includes('/'))
        .sort()
        .at(-1) ?? '';
    const again = memoryStore(cut(files, last, 3));
    await (await openWalWriter(again, options())).close();
    const after = [...again.snapshot().keys()].filter((name) => name.startsWith('quarantine/'));
    expect(after.length).toBe(before.length + 1);
    expect(after).toEqual(expect.arrayContaining(before));
  });

  test('left-overs of an interrupted making are removed, and only those', async () => {
    const files = await twoSegments(true);
    const other = new Uint8Array([1]);
    files.set(`${third}.tmp`, other).set('notes.txt', other).set('notes.tmp', other);
    const store = memoryStore(files);
    await (await openWalWriter(store, options())).close();
    const names = [...store.snapshot().keys()];
    expect(names).not.toContain(`${third}.tmp`);
    expect(names).toEqual(expect.arrayContaining(['notes.txt', 'notes.tmp']));
  });

  test('each opening has the next epoch and a segment of its own', async () => {
    const store = memoryStore(await twoSegments(true));
    for (const epoch of [2, 3, 4]) {
      const log = await openWalWriter(store, options());
      expect(log.epoch).toBe(epoch);
      await log.close();
    }
    const found = await verifyWal(store, { hasher });
    expect([found.ok, found.segments.length, found.lastSeq]).toEqual([true, 5, 8]);
  });
});

describe('what an opening refuses, and leaves as it is', () => {
  const rename = (files: Files, from: string, to: string): Files => {
    const bytes = files.get(from) as Uint8Array;
    files.delete(from);
    return files.set(to, bytes);
  };
  const unsealed = (files: Files, name: string): Files => {
    const bytes = files.get(name) as Uint8Array;
    return files.set(name, bytes.slice(0, linesOf(bytes).at(-1)?.byte));
  };
  const flipped = (files: Files, name: string, back: number): Files => {
    const bytes = (files.get(name) as Uint8Array).slice();
    bytes[bytes.length - back] = (bytes[bytes.length - back] as number) ^ 1;
    return files.set(name, bytes);
  };

  test.each<[string, (files: Files) => Files | Promise<Files>, string, object]>([
    ['no first segment', (f) => rename(f, FIRST, 'FIRST'), 'WAL_SEGMENT_MISSING', {}],
    [
      'a first seq in the name that is not the header’s',
      (f) => rename(f, SECOND, '00000002-0000000000000006.wal.jsonl'),
      'WAL_SEGMENT_MISSING',
      {},
    ],
    ['a segment without footer before others', (f) => unsealed(f, FIRST), 'WAL_UNSEALED', {}],
    ['a log of another id', (f) => f, 'WAL_FOREIGN', { walId: 'f'.repeat(32) }],
    [
      'a segment of another log',
      async (f) => {
        const other = await twoSegments(true, { walId: 'e'.repeat(32) });
        return f.set(SECOND, other.get(SECOND) as Uint8Array);
      },
      'WAL_FOREIGN',
      {},
    ],
    ['a flipped byte before the last footer', (f) => flipped(f, SECOND, 600), 'WAL_CORRUPT', {}],
  ])('%s', async (_, damage, code, over) => {
    const files = await damage(await twoSegments(true));
    const checks = ['strict', 'fast'] as const;
    for (const check of checks) {
      const store = memoryStore(files);
      const failed = await failureOf(openWalWriter(store, options({ check, ...over })));
      expect([check, failed.code]).toEqual([check, code]);
      expect(store.snapshot()).toEqual(files);
      await (await store.lock()).release();
    }
  });

  test('control: the same files undamaged are taken, by either check', async () => {
    for (const check of ['strict', 'fast'] as const) {
      const log = await openWalWriter(memoryStore(await twoSegments(true)), options({ check }));
      expect([log.appendedSeq, log.recovered]).toEqual([8, null]);
    }
  });
});

test('WAL-7: opening and closing without an event, again and again, changes no event', async () => {
  const store = memoryStore();
  await writeLog(store, [3]);
  const before = await readAll(store);
  for (let i = 0; i < 3; i += 1) await (await openWalWriter(store, options())).close();
  expect(await readAll(store)).toEqual(before);
});

describe('WAL-8: two writers past the lock, as after a lock file that somebody removed', () => {
  const lockless = (store: ReturnType<typeof memoryStore>) => ({
    ...store,
    lock: async () => ({ describe: async () => {}, release: async () => {} }),
  });

  test('only one of them gets the next segment; the other is poisoned', async () => {
    const store = memoryStore();
    const first = await openWalWriter(lockless(store), options(ROTATE));
    await appendSizes(first, [4]);
    const second = await openWalWriter(lockless(store), options(ROTATE));
    await appendSizes(second, [3]);
    const failed = await failureOf(appendSizes(first, [4]));
    expect(failed.code).toBe('WAL_POISONED');
    expect(failed.message).toContain('EEXIST');
    expect(first.durableSeq).toBe(4);
    await second.close();
    const found = await verifyWal(store, { hasher });
    expect(found.problems).toEqual([]);
    // Four, the fact of the recovery, three.
    expect(found.lastSeq).toBe(8);
  });
});
