import { memoryStore, segmentName, verifyWal } from 'quantlaxmi/wal';
import type { WalStore } from 'quantlaxmi/wal';
import type { StoreFault, Unsynced } from 'quantlaxmi/testing';
import { simStore } from 'quantlaxmi/testing';
import { expect, test } from 'vitest';
import { compressStore } from '../../../src/node/wal-store/compress-segments.js';
import { compressedStore } from '../../../src/node/wal-store/compressed-store.js';
import { failureOf, hasher, writeLog } from '../../wal/support.js';

const ROTATE = { rotate: { bytes: 2_200, events: 1e6 } };

async function segments(): Promise<Map<string, Uint8Array>> {
  const store = memoryStore();
  await writeLog(store, [9, 6], ROTATE);
  return new Map([...store.snapshot()].filter(([name]) => name.endsWith('.jsonl')));
}

const files = await segments();
const names = [...files.keys()].sort();
const whole = await verifyWal(memoryStore(files), { hasher });

/** What compression left, read as a log. */
const found = (left: ReadonlyMap<string, Uint8Array>) =>
  verifyWal(compressedStore(memoryStore(left)), { hasher });

/** Compresses with one fault, then asks for what the machine holds. */
async function attempt(at: number, fault: StoreFault) {
  const store = simStore({ files, fault: ({ n }) => (n === at ? fault : null) });
  const result = await compressStore(store, {}, true).then(
    () => 'done' as const,
    (error: { code: string }) => error.code,
  );
  return { store, result };
}

const UNSYNCED: readonly Unsynced[] = ['lost', 'kept', 'torn', 'torn'];

test('WAL-23: interrupted at any step, every segment is there; the next run ends', async () => {
  const quiet = simStore({ files });
  await compressStore(quiet, {}, true);
  const steps = quiet.calls.length;
  expect(steps).toBeGreaterThan(40);
  let states = 0;
  for (let at = 1; at <= steps; at += 1) {
    for (const fault of ['halt', 'EIO', 'short']) {
      const { store, result } = await attempt(at, fault);
      const place = `${fault} at call ${at}, ${store.calls[at - 1]?.op}`;
      if (fault !== 'short') expect(result, place).not.toBe('done');
      for (const [seed, unsynced] of UNSYNCED.entries()) {
        const left = store.survivors(unsynced, BigInt(at * 10 + seed));
        expect(await found(left), place).toEqual(whole);
        states += 1;
        if (seed > 0) continue;
        const again = simStore({ files: left });
        await compressStore(again, {}, true);
        const ended = again.crash('lost');
        expect([...ended.keys()].sort(), place).toEqual(names.map((name) => `${name}.gz`));
        expect(await found(ended), place).toEqual(whole);
      }
    }
  }
  expect(states).toBeGreaterThan(500);
}, 120_000);

test('WAL-23: the control: without its syncs the same compression loses segments', async () => {
  const lying = simStore({
    files,
    fault: ({ op, name }) => (op === 'sync' && name.endsWith('.gz.tmp') ? 'lie' : null),
  });
  await compressStore(lying, {}, true);
  expect((await found(lying.crash('lost'))).ok).toBe(false);
  const unnamed = simStore({ files });
  const hasty: WalStore = { ...plainly(unnamed), syncFolder: async () => undefined };
  await compressStore(hasty, {}, true);
  let lost = 0;
  for (let seed = 1n; seed <= 40n; seed += 1n) {
    if (!(await found(unnamed.survivors('torn', seed))).ok) lost += 1;
  }
  expect(lost).toBeGreaterThan(0);
});

test('WAL-23: bytes that do not read back never replace the plain segment', async () => {
  const bad = simStore({
    files,
    fault: ({ op, name }) => (op === 'write' && name.endsWith('.gz.tmp') ? 'lose' : null),
  });
  // Read back from the cache the lost write looks well: nothing but the disk can tell.
  await compressStore(bad, {}, true);
  const inner = simStore({ files });
  const rotten: WalStore = {
    ...plainly(inner),
    async open(name) {
      if (name.endsWith('.gz.tmp')) inner.rot(name, 40, 4);
      return inner.open(name);
    },
  };
  const failed = await failureOf(compressStore(rotten, {}, true));
  expect([failed.code, failed.context['file']]).toEqual(['WAL_IO', `${names[0]}.gz`]);
  expect([...inner.crash('lost').keys()].sort()).toEqual(names);
});

test('a segment removed meanwhile does not come back compressed', async () => {
  const inner = simStore({ files });
  const first = names[0] as string;
  const racing: WalStore = {
    ...plainly(inner),
    async rename(from, to) {
      if (to.startsWith(first)) await compressedStore(inner).remove(first);
      await inner.rename(from, to);
    },
  };
  await compressStore(racing, {}, true);
  expect([...inner.crash('lost').keys()].some((name) => name.startsWith(first))).toBe(false);
});

test('compressed names show as plain ones, both are removed, neither is linked over', async () => {
  const first = names[0] as string;
  const bytes = files.get(first) as Uint8Array;
  const raw = memoryStore(
    new Map([
      [`${first}.gz`, bytes],
      [`${first}.gz.tmp`, bytes],
    ]),
  );
  const store = compressedStore(raw);
  expect(await store.list('')).toEqual([first]);
  await (await store.create('x')).close();
  expect((await failureOf(store.link('x', first))).code).toBe('EEXIST');
  await store.remove(first);
  expect((await failureOf(store.remove(first))).code).toBe('ENOENT');
  expect((await failureOf(store.open(first))).code).toBe('ENOENT');
  await store.link('x', first);
  expect([...(await store.list(''))].sort()).toEqual([first, 'x'].sort());
});

test('a folder that is read while a name changes is read again', async () => {
  const all = [1, 2, 3].map((seg) => segmentName(seg, seg));
  const raw = memoryStore(new Map(all.map((name) => [name, new Uint8Array(1)])));
  for (const missing of all.slice(0, 2)) {
    let asked = 0;
    const blinking: WalStore = {
      ...raw,
      list: async (folder) => {
        asked += 1;
        return (await raw.list(folder)).filter((name) => asked > 1 || name !== missing);
      },
    };
    expect([...(await compressedStore(blinking).list(''))].sort()).toEqual(all);
    expect(asked).toBe(2);
  }
});

/** A simulated store's methods as plain functions, to be replaced one by one. */
function plainly(inner: ReturnType<typeof simStore>): WalStore {
  return {
    place: inner.place,
    lock: () => inner.lock(),
    list: (folder) => inner.list(folder),
    create: (name) => inner.create(name),
    open: (name) => inner.open(name),
    link: (from, to) => inner.link(from, to),
    rename: (from, to) => inner.rename(from, to),
    remove: (name) => inner.remove(name),
    seal: (name) => inner.seal(name),
    syncFolder: (folder) => inner.syncFolder(folder),
    freeBytes: () => inner.freeBytes(),
  };
}
