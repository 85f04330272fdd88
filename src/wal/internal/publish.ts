/**
 * Bringing a file into being so that a crash at any step leaves either nothing or all of it under
 * its final name: temporary file, write, sync, link or rename, sync the folder.
 */
import type { WalFile, WalFolder, WalStore } from '../store.js';

/**
 * Runs one primitive of a store: `op` on `file`. The writer's refuses after a failure, and gives
 * up on a call that does not return.
 */
export type Guard = <T>(file: string, op: string, call: () => Promise<T>) => Promise<T>;

/** The writing half of a file, each call of it guarded. */
export function guardedWrites(file: WalFile, name: string, guard: Guard): Pick<WalFile, 'write'> {
  return { write: (bytes, at) => guard(name, 'write', () => file.write(bytes, at)) };
}

/** Writes all of `bytes`, going on after a short count. */
export async function writeFully(
  file: Pick<WalFile, 'write'>,
  bytes: Uint8Array,
  position: number,
): Promise<void> {
  let done = 0;
  while (done < bytes.length) {
    const rest = done === 0 ? bytes : bytes.subarray(done);
    const count = await file.write(rest, position + done);
    if (count <= 0) throw new Error(`write took ${count} of ${rest.length} bytes`);
    done += count;
  }
}

/**
 * Creates a segment that exists in full or not at all. `link` refuses to replace a file, so a
 * second writer that slipped past the lock fails here.
 *
 * @returns the open file, positioned by nothing; its header is durable
 */
export async function createSegment(
  store: WalStore,
  name: string,
  { header, guard }: { readonly header: Uint8Array; readonly guard: Guard },
): Promise<WalFile> {
  const temporary = `${name}.tmp`;
  const file = await guard(name, 'create', () => store.create(temporary));
  try {
    await writeFully(guardedWrites(file, name, guard), header, 0);
    await guard(name, 'sync', () => file.sync());
    await guard(name, 'link', () => store.link(temporary, name));
    await guard(name, 'remove', () => store.remove(temporary));
    await guard(store.place, 'syncFolder', () => store.syncFolder(''));
    return file;
  } catch (cause) {
    // Only the handle is let go, and not waited for: a call on it may never return.
    file.close().catch(() => undefined);
    throw cause;
  }
}

/** Writes a file under a temporary name, makes it durable and moves it over `name`. */
export async function replaceFile(
  store: WalStore,
  target: { readonly name: string; readonly folder: WalFolder; readonly sealed: boolean },
  fill: (file: WalFile) => Promise<void>,
): Promise<void> {
  const temporary = `${target.name}.tmp`;
  const file = await store.create(temporary);
  try {
    await fill(file);
    await file.sync();
  } finally {
    await file.close();
  }
  if (target.sealed) await store.seal(temporary);
  await store.rename(temporary, target.name);
  await store.syncFolder(target.folder);
}
