/** Logs made wrong on purpose, by what stands between them and their store. */
import type { WalFile, WalStore } from 'quantlaxmi/wal';
import type { Wrap } from './judge.js';

function over(store: WalStore, change: Partial<WalStore>): WalStore {
  const same: WalStore = {
    place: store.place,
    lock: () => store.lock(),
    list: (folder) => store.list(folder),
    create: (name) => store.create(name),
    open: (name) => store.open(name),
    link: (from, to) => store.link(from, to),
    rename: (from, to) => store.rename(from, to),
    remove: (name) => store.remove(name),
    seal: (name) => store.seal(name),
    syncFolder: (folder) => store.syncFolder(folder),
    freeBytes: () => store.freeBytes(),
  };
  return { ...same, ...change };
}

/** Acknowledges without a sync. */
export const lyingWriter: Wrap = (store) =>
  over(store, {
    create: async (name) => ({
      ...(await store.create(name)),
      datasync: async () => undefined,
    }),
  });

/** Never makes the folder's names durable. */
export const namesLeftToChance: Wrap = (store) =>
  over(store, { syncFolder: async () => undefined });

/** After a failed sync, tries once more and believes the answer. */
export const syncsAgain: Wrap = (store) =>
  over(store, {
    create: async (name) => {
      const file = await store.create(name);
      return { ...file, datasync: () => file.datasync().catch(() => file.datasync()) };
    },
  });

async function contentOf(file: WalFile): Promise<Uint8Array> {
  const bytes = new Uint8Array(await file.size());
  await file.read(bytes, 0);
  return bytes;
}

const isSegment = (name: string): boolean => name.endsWith('.wal.jsonl') && !name.includes('/');

/** What of `made` and `held` is the same from the start. */
function sameFrom(made: Uint8Array, held: Uint8Array): number {
  let at = 0;
  while (at < made.length && made[at] === held[at]) at += 1;
  return at;
}

/**
 * A recovery that puts the footer into the old file, behind what it keeps, instead of writing all
 * of it anew. The pages it keeps may be the ones whose sync had failed.
 */
export function recoversInPlace(): Wrap {
  return (store) => {
    const handles = new Map<string, WalFile>();
    const remember = (name: string, file: WalFile): WalFile => {
      handles.set(name, file);
      return file;
    };
    return over(store, {
      create: async (name) => remember(name, await store.create(name)),
      open: async (name) => remember(name, await store.open(name)),
      rename: async (from, to) => {
        const old = handles.get(to);
        if (!isSegment(to) || old === undefined) return store.rename(from, to);
        const made = await contentOf(await store.open(from));
        const held = await contentOf(old);
        // The port has no truncate: what is longer than the kept part is left to the right way.
        if (held.length > made.length) return store.rename(from, to);
        const at = sameFrom(made, held);
        await old.write(made.subarray(at), at);
        await old.sync();
        await store.remove(from);
      },
    });
  };
}

/** A recovery that leaves the last segment alone when it reads well to its footer. */
export const leavesSealedAlone: Wrap = (store) =>
  over(store, {
    rename: async (from, to) => {
      if (!isSegment(to)) return store.rename(from, to);
      const made = await contentOf(await store.open(from));
      const held = await contentOf(await store.open(to));
      if (Buffer.compare(made, held) !== 0) return store.rename(from, to);
      await store.remove(from);
    },
  });

/** A writer that goes on after a failed write, as if it had been short. */
export const writesOn: Wrap = (store) =>
  over(store, {
    create: async (name) => {
      const file = await store.create(name);
      return {
        ...file,
        write: (bytes, at) => file.write(bytes, at).catch(() => file.write(bytes, at)),
      };
    },
  });
