import { describe, expect, test } from 'vitest';
import { simStore } from 'quantlaxmi/testing';
import type { MemoryStore, WalFile, WalStore } from 'quantlaxmi/wal';
import { memoryStore, openWalWriter, verifyWal } from 'quantlaxmi/wal';
import { appendSizes, failureOf, hasher, options, readAll, timer, writeLog } from './support.js';

const SEGMENT = 20_000;
const OPTIONS = { rotate: { bytes: SEGMENT, events: 1_000_000 }, ballastBytes: SEGMENT };

const sizeOf = (store: MemoryStore, name: string): number | undefined =>
  store.snapshot().get(name)?.length;

/** A disk of so many bytes over a store in memory: what does not fit is `ENOSPC`. */
function disk(bytes: number, errno: { code: string; errno: number }, inner = memoryStore()) {
  const full = { bytes };
  const used = (): number => {
    let sum = 0;
    for (const content of inner.snapshot().values()) sum += content.length;
    return sum;
  };
  const free = (): number => Math.max(0, full.bytes - used());
  const wrap = (file: WalFile): WalFile => ({
    ...file,
    async write(part, at) {
      const room = free() + Math.max(0, (await file.size()) - at);
      if (room <= 0) throw Object.assign(new Error('no room'), { ...errno, syscall: 'write' });
      return file.write(part.subarray(0, room), at);
    },
  });
  const store: WalStore = {
    ...inner,
    create: async (name) => wrap(await inner.create(name)),
    freeBytes: async () => free(),
  };
  return { store, inner, full, free };
}

const ENOSPC = { code: 'ENOSPC', errno: -28 };
const EDQUOT = { code: 'UNKNOWN', errno: -122 };

/** A log on a disk that somebody else has filled up, poisoned by its next flush. */
async function filledUp(over: object, errno = ENOSPC) {
  const small = disk(200_000, errno);
  const log = await openWalWriter(small.store, options({ ...OPTIONS, ...over }));
  await appendSizes(log, [20, 20, 20]);
  small.full.bytes -= small.free() - 1_000;
  const failed = await failureOf(appendSizes(log, [20]));
  return { ...small, log, failed };
}

describe('WAL-17: the ballast', () => {
  test('is written in full, synced, and gone when the log is closed', async () => {
    const store = simStore();
    const log = await openWalWriter(store, options(OPTIONS));
    const bytes = store.crash('lost').get('BALLAST') as Uint8Array;
    expect(bytes.length).toBe(SEGMENT);
    // No zeros that a file system would leave out, and nothing that it could compress away.
    expect(new Set(bytes).size).toBe(256);
    expect(bytes.filter((byte) => byte === 0).length).toBeLessThan(SEGMENT / 100);
    expect(log.appendedSeq).toBe(0);
    const memory = memoryStore();
    await writeLog(memory, [2], OPTIONS);
    expect([...memory.snapshot().keys()]).toEqual(['00000001-0000000000000001.wal.jsonl']);
  });

  test('is not held unless asked for, and changes no byte of the log', async () => {
    const [bare, held] = [memoryStore(), memoryStore()];
    await writeLog(bare, [2, 3], { ...OPTIONS, ballastBytes: 0 });
    await writeLog(held, [2, 3], OPTIONS);
    expect(held.snapshot()).toEqual(bare.snapshot());
    const log = await openWalWriter(bare, options());
    expect(sizeOf(bare, 'BALLAST')).toBeUndefined();
    await log.close();
  });

  test('is no stray, and no part of the log', async () => {
    const store = memoryStore();
    const log = await openWalWriter(store, options(OPTIONS));
    await appendSizes(log, [2]);
    const found = await verifyWal(memoryStore(store.snapshot()), { hasher });
    expect(found.strays).toEqual([]);
    expect(found.problems).toEqual([]);
    const other = memoryStore(new Map([...store.snapshot(), ['BALLAST2', new Uint8Array(1)]]));
    expect((await verifyWal(other, { hasher })).strays).toEqual(['BALLAST2']);
  });

  test.each([
    ['ENOSPC', ENOSPC],
    ['EDQUOT, which has no name here,', EDQUOT],
  ])('%s gives it up after the poison, and the next opening can seal', async (_, errno) => {
    const { failed, log, inner, store } = await filledUp({}, errno);
    expect(failed.code).toBe('WAL_POISONED');
    expect(failed.message).toContain(String(errno.errno));
    await failureOf(log.close());
    expect(sizeOf(inner, 'BALLAST')).toBeUndefined();
    // Nobody freed anything: the log is recovered and sealed, and no new segment is started.
    const again = await failureOf(openWalWriter(store, options(OPTIONS)));
    expect(again.code).toBe('WAL_LOW_SPACE');
    expect(again.message).toContain('recovered and sealed up to seq 60');
    const found = await verifyWal(inner, { hasher });
    expect([found.ok, found.sealed, found.lastSeq]).toEqual([true, true, 60]);
    expect(found.segments.at(-1)?.why).toBe('recovered');
  });

  test('control: without it the same disk can not take the recovery', async () => {
    const { log, inner, store } = await filledUp({ ballastBytes: 0 });
    await failureOf(log.close());
    const again = await failureOf(openWalWriter(store, options({ ...OPTIONS, ballastBytes: 0 })));
    expect(again.code).toBe('WAL_IO');
    expect(again.message).toContain('ENOSPC');
    expect((await verifyWal(inner, { hasher })).sealed).toBe(false);
  });

  test('a killed writer left it: the next opening gives it up when space is short', async () => {
    const small = disk(200_000, ENOSPC);
    const log = await openWalWriter(small.store, options(OPTIONS));
    await appendSizes(log, [20, 20]);
    const files = small.inner.snapshot();
    expect(files.has('BALLAST')).toBe(true);
    const rest = memoryStore(files);
    const tight = disk(200_000 - small.free() + 500, ENOSPC, rest);
    const again = await failureOf(openWalWriter(tight.store, options(OPTIONS)));
    expect(again.code).toBe('WAL_LOW_SPACE');
    expect((await verifyWal(rest, { hasher })).sealed).toBe(true);
    // With room the one that is there is kept.
    const roomy = simStore({ files });
    const kept = await openWalWriter(roomy, options(OPTIONS));
    expect(roomy.calls.filter(({ op, name }) => op === 'create' && name === 'BALLAST')).toEqual([]);
    await kept.close();
    expect(roomy.snapshot().has('BALLAST')).toBe(false);
  });

  test.each([1, SEGMENT - 1, SEGMENT + 1])('one of %d bytes is made anew', async (bytes) => {
    const files = new Map([['BALLAST', new Uint8Array(bytes)]]);
    const store = memoryStore(files);
    await openWalWriter(store, options(OPTIONS));
    expect(sizeOf(store, 'BALLAST')).toBe(SEGMENT);
    const unwanted = memoryStore(files);
    await openWalWriter(unwanted, options());
    expect(sizeOf(unwanted, 'BALLAST')).toBeUndefined();
  });

  test('on a full disk an orderly close gives it up, so that the footer has room', async () => {
    const small = disk(200_000, ENOSPC);
    const log = await openWalWriter(small.store, options(OPTIONS));
    await appendSizes(log, [5]);
    small.full.bytes -= small.free();
    expect((await log.close()).why).toBe('close');
    expect((await readAll(small.inner)).length).toBe(5);
  });

  test('one that can not be written leaves nothing behind, and refuses to start', async () => {
    const store = simStore({
      fault: ({ op, name }) => (name === 'BALLAST' && op === 'sync' ? 'EIO' : null),
    });
    const failed = await failureOf(openWalWriter(store, options(OPTIONS)));
    expect(failed.code).toBe('WAL_IO');
    expect([...store.snapshot().keys()]).toEqual([]);
    await (await store.lock()).release();
  });

  test('too large to be of use is refused', async () => {
    for (const ballastBytes of [-1, 0.5, 134_217_729]) {
      const opening = openWalWriter(memoryStore(), options({ ballastBytes }));
      expect((await failureOf(opening)).code).toBe('WAL_OPTIONS');
    }
  });

  test('another failure keeps it for the next opening', async () => {
    let syncs = 0;
    const store = simStore({
      fault: ({ op }) => (op === 'datasync' && (syncs += 1) === 2 ? 'EIO' : null),
    });
    const log = await openWalWriter(store, options(OPTIONS));
    await appendSizes(log, [1]);
    log.append(timer(2));
    expect((await failureOf(log.flush())).code).toBe('WAL_POISONED');
    await failureOf(log.close());
    expect(store.snapshot().has('BALLAST')).toBe(true);
  });
});
