/** Stores that break one promise each; what the controls of the power rows must catch. */
import {
  closeSync,
  existsSync,
  fdatasyncSync,
  ftruncateSync,
  openSync,
  readFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import type { WalFile, WalStore } from '../../../../src/wal/index.js';
import type { WrongLog } from './spec.js';

const nothing = (): Promise<void> => Promise.resolve();

function onFiles(store: WalStore, change: (file: WalFile) => WalFile): WalStore {
  const { create } = store;
  return { ...store, create: async (name) => change(await create(name)) };
}

const noSync = (store: WalStore): WalStore => ({
  ...onFiles(store, (file) => ({ ...file, datasync: nothing, sync: nothing })),
  syncFolder: nothing,
});

/** `call`, but a full disk counts as done. */
const orFull =
  <A extends readonly unknown[], R>(call: (...args: A) => Promise<R>, done: (...args: A) => R) =>
  async (...args: A): Promise<R> => {
    try {
      return await call(...args);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
      return done(...args);
    }
  };

const fullIsFine = (store: WalStore): WalStore =>
  onFiles(store, (file) => ({
    ...file,
    write: orFull(file.write, (bytes) => bytes.length),
  }));

/** Brings the bytes of `temporary` into the old file, writing only what reads differently there. */
function changeInPlace(path: string, wanted: Uint8Array): void {
  const held = readFileSync(path);
  const fd = openSync(path, 'r+');
  try {
    let same = 0;
    while (same < Math.min(held.length, wanted.length) && held[same] === wanted[same]) same += 1;
    ftruncateSync(fd, same);
    writeSync(fd, wanted, same, wanted.length - same, same);
    fdatasyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/** A recovery that trusts what the old file reads as. */
function trusting(store: WalStore, dir: string, whenSealedOnly: boolean): WalStore {
  const { rename } = store;
  return {
    ...store,
    async rename(from, to) {
      const [temporary, target] = [join(dir, from), join(dir, to)];
      if (!existsSync(target)) return rename(from, to);
      const wanted = readFileSync(temporary);
      if (wanted.equals(readFileSync(target))) return store.remove(from);
      if (whenSealedOnly) return rename(from, to);
      changeInPlace(target, wanted);
      return store.remove(from);
    },
  };
}

const isFooter = (bytes: Uint8Array): boolean =>
  new TextDecoder().decode(bytes.subarray(0, 8)) === '{"k":"F"';

/** Syncs as late as the next write, and not before a footer. */
const earlyFooter = (store: WalStore): WalStore =>
  onFiles(store, (file) => {
    let owed = false;
    const pay = async (): Promise<void> => {
      if (owed) await file.datasync();
      owed = false;
    };
    return {
      ...file,
      async write(bytes, position) {
        if (!isFooter(bytes)) await pay();
        return file.write(bytes, position);
      },
      async datasync() {
        owed = true;
      },
      async close() {
        await pay();
        await file.close();
      },
    };
  });

/** `store`, made wrong. */
export function wrongStore(store: WalStore, dir: string, wrong: WrongLog | undefined): WalStore {
  if (wrong === 'noSync') return noSync(store);
  if (wrong === 'noFolderSync') return { ...store, syncFolder: nothing };
  if (wrong === 'fullIsFine') return fullIsFine(store);
  if (wrong === 'inPlace') return trusting(store, dir, false);
  if (wrong === 'sealedAlone') return trusting(store, dir, true);
  if (wrong === 'earlyFooter') return earlyFooter(store);
  return store;
}
