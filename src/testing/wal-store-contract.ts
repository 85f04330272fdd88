/**
 * What every `WalStore` must do, as cases for any test runner.
 * @module
 */
import type { WalStore } from '../wal/index.js';

/** One case of a contract: reject or throw means that the store does not hold to it. */
export interface ContractCase {
  readonly name: string;
  /** Throws when the store does not hold the rule. */
  readonly run: () => Promise<void>;
}

type Check = (store: WalStore) => Promise<void>;

function same(found: unknown, wanted: unknown, what: string): void {
  const [a, b] = [JSON.stringify(found), JSON.stringify(wanted)];
  if (a !== b) throw new Error(`${what}: found ${a}, wanted ${b}`);
}

async function codeOf(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
    return null;
  } catch (error) {
    return (error as { code?: unknown }).code;
  }
}

async function put(store: WalStore, name: string, bytes: readonly number[]): Promise<void> {
  const file = await store.create(name);
  same(await file.write(new Uint8Array(bytes), 0), bytes.length, 'count of a small write');
  await file.datasync();
  await file.close();
}

async function contentOf(store: WalStore, name: string): Promise<number[]> {
  const file = await store.open(name);
  const into = new Uint8Array(await file.size());
  let got = 0;
  while (got < into.length) {
    const count = await file.read(into.subarray(got), got);
    if (count === 0) break;
    got += count;
  }
  await file.close();
  return [...into.subarray(0, got)];
}

/** Names in the main folder but the lock's own. */
async function names(store: WalStore): Promise<string[]> {
  return (await store.list('')).filter((name) => name !== 'LOCK').sort();
}

const CHECKS: Readonly<Record<string, Check>> = {
  'a new store is empty, in both folders': async (store) => {
    same(await names(store), [], 'names');
    same(await store.list('quarantine'), [], 'quarantined names');
  },
  'reads back what was written, at the positions it was written to': async (store) => {
    const file = await store.create('a');
    await file.write(new Uint8Array([1, 2, 3]), 0);
    await file.write(new Uint8Array([9, 8]), 1);
    await file.write(new Uint8Array([7]), 5);
    same(await file.size(), 6, 'size');
    const into = new Uint8Array(10);
    same(await file.read(into, 0), 6, 'count');
    same([...into], [1, 9, 8, 0, 0, 7, 0, 0, 0, 0], 'bytes, with zeros in the hole');
    same(await file.read(into, 6), 0, 'count at the end');
    same(await file.read(into.subarray(0, 2), 4), 2, 'count of a short read');
    same([...into.subarray(0, 2)], [0, 7], 'bytes of a short read');
    await file.close();
  },
  'create refuses a name that is taken and leaves the file alone': async (store) => {
    await put(store, 'a', [1]);
    same(await codeOf(store.create('a')), 'EEXIST', 'code');
    same(await contentOf(store, 'a'), [1], 'content');
  },
  'open refuses a name that is not there': async (store) => {
    same(await codeOf(store.open('a')), 'ENOENT', 'code');
  },
  'link gives a second name to one file and refuses a taken one': async (store) => {
    await put(store, 'a', [1]);
    await store.link('a', 'b');
    same(await names(store), ['a', 'b'], 'names');
    same(await codeOf(store.link('a', 'b')), 'EEXIST', 'code');
    await store.remove('a');
    same(await contentOf(store, 'b'), [1], 'content after the first name went');
  },
  'a file made under one name can be written after link and remove': async (store) => {
    const file = await store.create('a.tmp');
    await file.write(new Uint8Array([1]), 0);
    await store.link('a.tmp', 'a');
    await store.remove('a.tmp');
    await file.write(new Uint8Array([2]), 1);
    await file.datasync();
    await file.close();
    same(await contentOf(store, 'a'), [1, 2], 'content');
  },
  'rename replaces a file, sealed or not': async (store) => {
    await put(store, 'a', [1]);
    await put(store, 'b', [2]);
    await store.seal('b');
    await store.seal('a');
    await store.rename('a', 'b');
    same(await names(store), ['b'], 'names');
    same(await contentOf(store, 'b'), [1], 'content');
    await store.syncFolder('');
  },
  'remove takes a name away; a missing one is refused': async (store) => {
    await put(store, 'a', [1]);
    await store.remove('a');
    same(await names(store), [], 'names');
    same(await codeOf(store.remove('a')), 'ENOENT', 'code');
  },
  'quarantine is a folder of its own': async (store) => {
    await put(store, 'quarantine/x', [5]);
    same(await names(store), [], 'names');
    same(await store.list('quarantine'), ['x'], 'quarantined names');
    await store.syncFolder('quarantine');
    same(await contentOf(store, 'quarantine/x'), [5], 'content');
  },
  'an opened file can be synced': async (store) => {
    await put(store, 'a', [1]);
    const file = await store.open('a');
    await file.sync();
    await file.close();
  },
  'there is one writer at a time, and releasing twice is harmless': async (store) => {
    const lock = await store.lock();
    await lock.describe({ walId: '0'.repeat(32), epoch: 1 });
    same(await codeOf(store.lock()), 'WAL_LOCKED', 'code');
    await lock.release();
    const second = await store.lock();
    await lock.release();
    same(await codeOf(store.lock()), 'WAL_LOCKED', 'code after a stale release');
    await second.release();
  },
  'free space is a count or unknown': async (store) => {
    const free = await store.freeBytes();
    same(free === null || (Number.isFinite(free) && free >= 0), true, 'free bytes');
  },
  'a read takes no more than it is asked for, and nothing beyond the end': async (store) => {
    await put(store, 'a', [1, 2, 3, 4]);
    const file = await store.open('a');
    const into = new Uint8Array([9, 9, 9, 9]);
    same(await file.read(into.subarray(0, 2), 1), 2, 'count');
    same([...into], [2, 3, 9, 9], 'bytes around the read');
    same(await file.read(into, 100), 0, 'count far beyond the end');
    await file.close();
  },
  'a buffer can be used again once a write has returned': async (store) => {
    const bytes = new Uint8Array([1, 2]);
    const file = await store.create('a');
    await file.write(bytes, 0);
    bytes.fill(9);
    await file.datasync();
    await file.close();
    same(await contentOf(store, 'a'), [1, 2], 'content');
  },
  'what one handle writes another sees, size and bytes': async (store) => {
    const writer = await store.create('a');
    const reader = await store.open('a');
    await writer.write(new Uint8Array([1, 2, 3]), 0);
    same(await reader.size(), 3, 'size');
    const into = new Uint8Array(3);
    same(await reader.read(into, 0), 3, 'count');
    same([...into], [1, 2, 3], 'bytes');
    await reader.close();
    await writer.close();
  },
  'an open handle keeps its file when the name goes or gets another': async (store) => {
    await put(store, 'a', [1]);
    await put(store, 'b', [2, 2]);
    const old = await store.open('b');
    await store.rename('a', 'b');
    same(await old.size(), 2, 'size of the replaced file');
    await store.remove('b');
    const into = new Uint8Array(2);
    same(await old.read(into, 0), 2, 'count after its name went');
    same([...into], [2, 2], 'bytes of the replaced file');
    await old.close();
  },
  'rename moves a file, and refuses one that is not there': async (store) => {
    await put(store, 'a', [1]);
    await store.rename('a', 'b');
    same(await names(store), ['b'], 'names');
    same(await codeOf(store.rename('a', 'b')), 'ENOENT', 'code');
    same(await contentOf(store, 'b'), [1], 'content');
  },
  'link and seal refuse a name that is not there': async (store) => {
    same(await codeOf(store.link('a', 'b')), 'ENOENT', 'code of link');
    same(await codeOf(store.seal('a')), 'ENOENT', 'code of seal');
    same(await names(store), [], 'names');
  },
  'a sealed file is read, synced and replaced like any other': async (store) => {
    await put(store, 'a', [1, 2]);
    await store.seal('a');
    const file = await store.open('a');
    await file.sync();
    await file.close();
    same(await contentOf(store, 'a'), [1, 2], 'content');
    await store.remove('a');
    same(await names(store), [], 'names');
  },
  'many names are all listed, once each, and no folder among them': async (store) => {
    const wanted = Array.from({ length: 40 }, (_, i) => `f${String(i).padStart(2, '0')}`);
    for (const name of wanted) await put(store, name, [1]);
    await put(store, 'quarantine/g', [1]);
    same(await names(store), wanted, 'names');
    same(await store.list('quarantine'), ['g'], 'quarantined names');
  },
  'a quarantined file is replaced and removed under its own name': async (store) => {
    await put(store, 'quarantine/x.tmp', [5]);
    await put(store, 'quarantine/x', [4]);
    await store.rename('quarantine/x.tmp', 'quarantine/x');
    same(await store.list('quarantine'), ['x'], 'names');
    same(await contentOf(store, 'quarantine/x'), [5], 'content');
    await store.remove('quarantine/x');
    same(await store.list('quarantine'), [], 'names after removal');
  },
  'a name is free again once its file was moved or removed': async (store) => {
    await put(store, 'a', [1]);
    await store.remove('a');
    await put(store, 'a', [2]);
    await store.rename('a', 'b');
    await put(store, 'a', [3]);
    same([await contentOf(store, 'a'), await contentOf(store, 'b')], [[3], [2]], 'contents');
  },
  'a large write arrives whole when its counts are followed': async (store) => {
    const bytes = new Uint8Array(300_000).map((_, i) => i % 251);
    const file = await store.create('a');
    for (let done = 0; done < bytes.length; ) {
      done += await file.write(bytes.subarray(done), done);
    }
    await file.close();
    const back = await contentOf(store, 'a');
    same(back.length, bytes.length, 'length');
    same(
      back.every((byte, i) => byte === i % 251),
      true,
      'every byte',
    );
  },
};

/**
 * The cases that make a {@link WalStore}. Each opens a store of its own.
 *
 * @param open - makes a fresh, empty store
 * @returns cases to hand to a test runner
 * @example
 * ```ts
 * import { walStoreContract } from 'quantlaxmi/testing';
 * import { memoryStore } from 'quantlaxmi/wal';
 *
 * for (const { run } of walStoreContract(async () => memoryStore())) await run();
 * ```
 */
export function walStoreContract(open: () => Promise<WalStore>): readonly ContractCase[] {
  return Object.entries(CHECKS).map(([name, check]) => ({
    name,
    run: async () => {
      const store = await open();
      // A folder store makes its folder when it is first locked.
      await (await store.lock()).release();
      await check(store);
    },
  }));
}
