import { describe, expect, test } from 'vitest';
import { simStore, walStoreContract } from 'quantlaxmi/testing';
import type { WalFile, WalStore } from 'quantlaxmi/wal';
import { memoryStore } from 'quantlaxmi/wal';

for (const [name, open] of [
  ['memory', async () => memoryStore()],
  ['simulated', async () => simStore()],
  ['simulated, with short writes', async () => simStore({ writeBytesMax: 1_000 })],
] as const) {
  describe(`${name} store`, () => {
    for (const { name: rule, run } of walStoreContract(open)) test(rule, run);
  });
}

type Break = (store: WalStore) => Partial<WalStore>;

/** A store whose files are changed by `change`. */
const files =
  (change: (file: WalFile) => Partial<WalFile>): Break =>
  (store) => ({
    create: async (name) => {
      const file = await store.create(name);
      return { ...file, ...change(file) };
    },
    open: async (name) => {
      const file = await store.open(name);
      return { ...file, ...change(file) };
    },
  });

const quietly = (promise: Promise<unknown>): Promise<void> =>
  promise.then(
    () => undefined,
    () => undefined,
  );

/** A store that a rule must refuse, by rule. */
const BROKEN: Readonly<Record<string, Break>> = {
  'a new store is empty, in both folders': () => ({ list: async () => ['left over'] }),
  'reads back what was written, at the positions it was written to': files((file) => ({
    write: (bytes) => file.write(bytes, 0),
  })),
  'create refuses a name that is taken and leaves the file alone': (store) => ({
    create: async (name) => {
      await quietly(store.remove(name));
      return store.create(name);
    },
  }),
  'open refuses a name that is not there': (store) => ({
    open: (name) => store.open(name).catch(() => store.create(name)),
  }),
  'link gives a second name to one file and refuses a taken one': (store) => ({
    link: async (from, to) => {
      await quietly(store.remove(to));
      await store.link(from, to);
    },
  }),
  'a file made under one name can be written after link and remove': (store) => ({
    link: async (from, to) => {
      // A copy, as a store without links would make.
      const [source, target] = [await store.open(from), await store.create(to)];
      const bytes = new Uint8Array(await source.size());
      await source.read(bytes, 0);
      await target.write(bytes, 0);
    },
  }),
  'rename replaces a file, sealed or not': (store) => ({
    rename: async (from, to) => {
      if ((await store.list('')).includes(to)) throw Object.assign(new Error(), { code: 'EEXIST' });
      await store.rename(from, to);
    },
  }),
  'remove takes a name away; a missing one is refused': (store) => ({
    remove: (name) => quietly(store.remove(name)),
  }),
  'quarantine is a folder of its own': (store) => ({
    list: async () => [...(await store.list('')), ...(await store.list('quarantine'))],
  }),
  'an opened file can be synced': (store) => ({
    open: async (name) => ({
      ...(await store.open(name)),
      sync: () => Promise.reject(new Error('opened for reading')),
    }),
  }),
  'there is one writer at a time, and releasing twice is harmless': (store) => ({
    lock: async () => {
      const free = { describe: async () => undefined, release: async () => undefined };
      return store.lock().catch(() => free);
    },
  }),
  'free space is a count or unknown': () => ({ freeBytes: async () => Number.NaN }),
  'a read takes no more than it is asked for, and nothing beyond the end': files((file) => ({
    read: (into, position) => file.read(new Uint8Array(into.buffer), position),
  })),
  'a buffer can be used again once a write has returned': files((file) => {
    const held: (() => Promise<number>)[] = [];
    return {
      write: async (bytes, position) => {
        held.push(() => file.write(bytes, position));
        return bytes.length;
      },
      datasync: async () => {
        for (const later of held) await later();
      },
    };
  }),
  'what one handle writes another sees, size and bytes': (store) => ({
    open: async (name) => {
      const file = await store.open(name);
      const size = await file.size();
      return { ...file, size: async () => size };
    },
  }),
  'an open handle keeps its file when the name goes or gets another': (store) => ({
    open: async (name) => ({
      ...(await store.open(name)),
      size: async () => (await store.open(name)).size(),
    }),
  }),
  'rename moves a file, and refuses one that is not there': (store) => ({
    rename: async (from, to) => {
      await quietly(store.remove(to));
      await store.link(from, to);
    },
  }),
  'link and seal refuse a name that is not there': () => ({ seal: async () => undefined }),
  'a sealed file is read, synced and replaced like any other': (store) => {
    const sealed = new Set<string>();
    return {
      seal: async (name) => void sealed.add(name),
      remove: (name) =>
        sealed.has(name) ? Promise.reject(new Error('read-only')) : store.remove(name),
    };
  },
  'many names are all listed, once each, and no folder among them': (store) => ({
    list: async (folder) => (await store.list(folder)).slice(0, 32),
  }),
  'a quarantined file is replaced and removed under its own name': (store) => ({
    rename: (from, to) => store.rename(from, to.replace('quarantine/', '')),
  }),
  'a name is free again once its file was moved or removed': (store) => {
    const used = new Set<string>();
    return {
      create: async (name) => {
        if (used.has(name)) throw Object.assign(new Error(), { code: 'EEXIST' });
        used.add(name);
        return store.create(name);
      },
    };
  },
  'a large write arrives whole when its counts are followed': files((file) => ({
    write: async (bytes, position) => {
      await file.write(bytes.subarray(0, 65_536), position);
      return bytes.length;
    },
  })),
};

describe('TESTING-3: the contract refuses a store that breaks', () => {
  test('each rule of it has such a store', () => {
    const rules = walStoreContract(async () => memoryStore()).map(({ name }) => name);
    expect(Object.keys(BROKEN).sort()).toEqual([...rules].sort());
  });

  for (const [rule, change] of Object.entries(BROKEN)) {
    test(rule, async () => {
      const broken = async (): Promise<WalStore> => {
        const store = memoryStore();
        return { ...store, ...change(store) };
      };
      const found = walStoreContract(broken).find(({ name }) => name === rule);
      const failed = await found?.run().then(
        () => 'held',
        () => 'refused',
      );
      expect(failed).toBe('refused');
    });
  }
});
