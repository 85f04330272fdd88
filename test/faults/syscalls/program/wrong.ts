/** Stores that break one promise each; what the controls of the matrix must catch. */
import { closeSync, mkdirSync, openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { WalFile, WalStore } from '../../../../src/wal/index.js';
import type { WrongWriter } from './spec.js';

const HELD_WRITES = 8;

/** Says that bytes are written, and writes them some calls later; the header goes through. */
function early(file: WalFile): WalFile {
  let held: (() => Promise<unknown>)[] = [];
  return {
    ...file,
    async write(bytes, position) {
      if (position === 0) return file.write(bytes, position);
      const copy = bytes.slice();
      held.push(() => file.write(copy, position));
      if (held.length <= HELD_WRITES) return bytes.length;
      const all = held;
      held = [];
      for (const later of all) await later();
      return bytes.length;
    },
  };
}

const again =
  <A extends readonly unknown[], R>(call: (...args: A) => Promise<R>) =>
  async (...args: A): Promise<R> => {
    try {
      return await call(...args);
    } catch {
      return call(...args);
    }
  };

function retrying(file: WalFile): WalFile {
  return {
    ...file,
    write: again(file.write),
    datasync: again(file.datasync),
    sync: again(file.sync),
  };
}

function trusting(file: WalFile): WalFile {
  return {
    ...file,
    async write(bytes, position) {
      await file.write(bytes, position);
      return bytes.length;
    },
  };
}

const FILES: Readonly<Partial<Record<WrongWriter, (file: WalFile) => WalFile>>> = {
  early,
  noSync: (file) => ({ ...file, datasync: () => Promise.resolve() }),
  retry: retrying,
  short: trusting,
};

/** Writes over the file where it stands, instead of moving a finished one over it. */
function overwriting(store: WalStore): WalStore {
  return {
    ...store,
    rename(from, to) {
      const bytes = readFileSync(join(store.place, from));
      const fd = openSync(join(store.place, to), 'w', 0o640);
      writeSync(fd, bytes);
      closeSync(fd);
      return store.remove(from);
    },
  };
}

/** Takes no lock; the folder is made as the lock would make it. */
function unlocked(store: WalStore): WalStore {
  return {
    ...store,
    lock() {
      mkdirSync(store.place, { recursive: true });
      return Promise.resolve({
        describe: () => Promise.resolve(),
        release: () => Promise.resolve(),
      });
    },
  };
}

/** `store`, made wrong. */
export function wrongStore(store: WalStore, wrong: WrongWriter | undefined): WalStore {
  if (wrong === undefined) return store;
  if (wrong === 'inPlace') return overwriting(store);
  if (wrong === 'noFolderSync') return { ...store, syncFolder: () => Promise.resolve() };
  if (wrong === 'noLock') return unlocked(store);
  const change = FILES[wrong];
  if (change === undefined) return store;
  return {
    ...store,
    async create(name) {
      const file = await (wrong === 'retry' ? again(store.create) : store.create)(name);
      return name.includes('/') ? file : change(file);
    },
  };
}
