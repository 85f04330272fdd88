/**
 * Reading whatever log a folder holds, to the end that its manifest states where there is one.
 * @module
 */
import { dirname } from 'node:path';
import type { Event } from '../../events/index.js';
import { parseSegmentName, readWal, type WalFile, type WalStore } from '../../wal/index.js';
import { logOf, manifestIn } from '../internal/log-owner.js';
import { readBound } from '../internal/read-bound.js';
import { nodeSha256 } from '../sha256.js';
import { fileStore } from '../wal-store/file-store.js';
import { sealedManifestOf } from './compare-manifest.js';
import { findLog } from './find-log.js';

/** How far reading a log has come, in bytes of its files. */
export interface LogProgress {
  readonly bytes: number;
  readonly totalBytes: number;
}

/** Options of reading a log. */
export interface ReadLogOptions {
  /** First and last `seq`; the whole log by default. */
  readonly fromSeq?: number;
  readonly toSeq?: number;
  /** First and last receive time, µs. */
  readonly fromRx?: number;
  readonly toRx?: number;
  /** Told after every read of a file. */
  readonly onProgress?: (progress: LogProgress) => void;
}

/**
 * A store that tells how many bytes of its segments were read.
 *
 * @param store - the log
 * @param onProgress - told after every read
 */
export function watchedStore(
  store: WalStore,
  onProgress: (progress: LogProgress) => void,
): WalStore {
  let totalBytes = 0;
  let bytes = 0;
  const watched = (file: WalFile): WalFile => ({
    size: () => file.size(),
    async read(into, position) {
      const got = await file.read(into, position);
      bytes += got;
      onProgress({ bytes: Math.min(bytes, totalBytes), totalBytes });
      return got;
    },
    write: (from, position) => file.write(from, position),
    datasync: () => file.datasync(),
    sync: () => file.sync(),
    close: () => file.close(),
  });
  return {
    place: store.place,
    lock: () => store.lock(),
    async list(folder) {
      const names = await store.list(folder);
      if (folder === '' && totalBytes === 0) totalBytes = await sizeOfLog(store, names);
      return names;
    },
    create: (name) => store.create(name),
    open: async (name) => watched(await store.open(name)),
    link: (from, to) => store.link(from, to),
    rename: (from, to) => store.rename(from, to),
    remove: (name) => store.remove(name),
    seal: (name) => store.seal(name),
    syncFolder: (folder) => store.syncFolder(folder),
    freeBytes: () => store.freeBytes(),
  };
}

/** Bytes of all segments of a log. */
export async function sizeOfLog(store: WalStore, names?: readonly string[]): Promise<number> {
  let bytes = 0;
  for (const name of names ?? (await store.list(''))) {
    if (parseSegmentName(name) !== null) bytes += await sizeOf(store, name);
  }
  return bytes;
}

async function sizeOf(store: WalStore, name: string): Promise<number> {
  try {
    const file = await store.open(name);
    return await file.size().finally(() => file.close());
  } catch {
    // Who reads it gets the error; a bar without it is only a little off.
    return 0;
  }
}

/**
 * The committed events of a log, in order, in batches. Beside a sealed manifest the log must reach
 * the end that the manifest states, by time the end of the last segment of that time; without one
 * it is read up to its last commit.
 *
 * @param dir - session folder, run folder or folder of segments
 * @throws QuantlaxmiError QL_LOG_MISSING at once; while reading what `readWal` throws, WAL_ROLLBACK
 * where the log ends before what its manifest binds
 */
export function readLog(
  dir: string,
  options: ReadLogOptions = {},
): AsyncGenerator<readonly Event[]> {
  const place = fileStore(findLog(dir));
  const { onProgress } = options;
  return readFrom(dir, onProgress === undefined ? place : watchedStore(place, onProgress), options);
}

async function* readFrom(
  dir: string,
  store: WalStore,
  { fromSeq, toSeq, fromRx, toRx }: ReadLogOptions,
): AsyncGenerator<readonly Event[]> {
  const range = {
    ...(fromSeq === undefined ? {} : { fromSeq }),
    ...(toSeq === undefined ? {} : { toSeq }),
    ...(fromRx === undefined ? {} : { fromRx }),
    ...(toRx === undefined ? {} : { toRx }),
  };
  const path = await sealedManifestOf(dir);
  const manifest = path === null ? null : await manifestIn(dirname(path));
  if (path === null || manifest === null) {
    yield* readWal(store, { hasher: nodeSha256, upTo: 'commit', ...range });
    return;
  }
  const log = logOf(manifest);
  yield* readBound(store, { dir: dirname(path), source: path, log }, range);
}
