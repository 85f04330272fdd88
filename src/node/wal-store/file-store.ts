/**
 * A log in a folder of files.
 * @module
 */
import { constants } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import {
  chmod,
  link,
  lstat,
  mkdir,
  open,
  readdir,
  rename,
  stat,
  statfs,
  unlink,
} from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { QuantlaxmiError } from '../../core/index.js';
import type { WalFile, WalStore } from '../../wal/index.js';
import type { LockKind } from '../lock.js';
import { lockFile } from '../lock.js';
import { compressedStore } from './compressed-store.js';
import { explained } from './explain-failure.js';

/** Options of `fileStore`. */
export interface FileStoreOptions {
  /** Lock file; default `LOCK` in the log's folder. */
  readonly lockPath?: string;
  /** How to lock; default `flock` where there is `flock(1)`. */
  readonly lockKind?: LockKind;
  /** Take network and user-space file systems too, where a sync may not mean what it says. */
  readonly allowUnsafeFs?: boolean;
}

const FILE_MODE = 0o640;
const FOLDER_MODE = 0o750;
const SEALED_MODE = 0o440;
/** `statfs` types of NFS, SMB, CIFS, SMB2, FUSE, AFS: no promise about links and syncs. */
const UNSAFE_FS = /* @__PURE__ */ new Set([
  0x6969, 0x517b, 0xff534d42, 0xfe534d42, 0x65735546, 0x5346414f,
]);
const NAME = /^(quarantine\/)?[A-Za-z0-9._-]+$/;

function asFile(handle: FileHandle, dir: string): WalFile {
  return {
    size: async () => (await handle.stat()).size,
    async read(into, position) {
      for (;;) {
        try {
          return (await handle.read(into, 0, into.length, position)).bytesRead;
        } catch (error) {
          // Of all calls, libuv does not make a read again that a signal interrupted.
          if ((error as NodeJS.ErrnoException).code !== 'EINTR') throw error;
        }
      }
    },
    async write(bytes, position) {
      const writing = handle.write(bytes, 0, bytes.length, position);
      return (await explained(dir, writing)).bytesWritten;
    },
    datasync: () => explained(dir, handle.datasync()),
    sync: () => explained(dir, handle.sync()),
    close: () => explained(dir, handle.close()),
  };
}

async function openHandle(path: string, flags: number): Promise<WalFile> {
  const handle = await open(path, flags | constants.O_NOFOLLOW, FILE_MODE);
  const stat = await handle.stat();
  if (stat.isFile()) return asFile(handle, dirname(path));
  await handle.close();
  throw Object.assign(new Error(`not a regular file: ${path}`), {
    code: 'EINVAL',
    syscall: 'open',
  });
}

async function syncPath(path: string): Promise<void> {
  // Windows can not open a folder; its file systems journal names by themselves.
  if (process.platform === 'win32') return;
  const handle = await open(path, constants.O_RDONLY | (constants.O_DIRECTORY ?? 0));
  try {
    await handle.sync();
  } catch (error) {
    // The sync of a descriptor does not say of what.
    throw Object.assign(error as Error, { path });
  } finally {
    await handle.close();
  }
}

/** Answers of `mkdir` that leave open whether the folder is there. */
const MAYBE_THERE = /* @__PURE__ */ new Set(['EACCES', 'EEXIST', 'EPERM', 'EROFS']);

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EIO') throw error;
    return false;
  }
}

/** Makes a folder unless it is there; `orphan` when the one it would be in is not. */
async function makeOne(path: string): Promise<'made' | 'found' | 'orphan'> {
  try {
    // Not `recursive`: that reports a failing disk, or a read-only one, as ENOENT.
    await mkdir(path, FOLDER_MODE);
    return 'made';
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' && dirname(path) !== path) return 'orphan';
    if (MAYBE_THERE.has(code) && (await isFolder(path))) return 'found';
    throw error;
  }
}

/**
 * Creates the folder with those above it. Each name is durable in its parent before the next one
 * is made, so that of what a crash left only the last name can be without its sync; that one is
 * synced here too.
 */
export async function makeFolder(path: string): Promise<void> {
  const at = resolve(path);
  const parent = dirname(at);
  const made = await makeOne(at);
  if (made === 'found') return syncName(parent);
  if (made === 'made') await syncName(dirname(parent));
  else {
    await makeFolder(parent);
    await mkdir(at, { recursive: true, mode: FOLDER_MODE });
  }
  await syncPath(parent);
}

/** Syncs the parent of a folder found there; one that may not be read is not ours to sync. */
async function syncName(parent: string): Promise<void> {
  try {
    await syncPath(parent);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'EACCES' && code !== 'EPERM' && code !== 'EROFS') throw error;
  }
}

async function checkFileSystem(dir: string, allowUnsafeFs: boolean): Promise<void> {
  const { type } = await statfs(dir);
  if (allowUnsafeFs || !UNSAFE_FS.has(type)) return;
  throw new QuantlaxmiError(
    'WAL_OPTIONS',
    `${dir} is on a network or user-space file system (0x${type.toString(16)}), where a sync ` +
      'may promise less than a log needs. Use a local disk, or say allowUnsafeFs',
    { context: { dir, type } },
  );
}

/**
 * A store over the files of one folder: `O_NOFOLLOW` everywhere, regular files only, folders 0750,
 * files 0640, sealed segments 0440, writes at explicit positions. A sealed segment that was
 * compressed is read under its plain name.
 *
 * @param dir - the log's folder; created with the first `lock`
 * @param options - see {@link FileStoreOptions}
 * @example
 * ```ts
 * import { mkdtempSync } from 'node:fs';
 * import { tmpdir } from 'node:os';
 * import { dirname, join, resolve } from 'node:path';
 * import { fileStore, nodeSha256 } from 'quantlaxmi/node';
 * import { openWalWriter, verifyWal } from 'quantlaxmi/wal';
 *
 * const store = fileStore(join(mkdtempSync(join(tmpdir(), 'wal-')), 'wal'));
 * const log = await openWalWriter(store, {
 *   walId: '0123456789abcdef0123456789abcdef',
 *   clock: { nowUs: () => 1_700_000_000_000_000 },
 *   hasher: nodeSha256,
 *   policy: { kind: 'always' },
 *   rotate: { bytes: 1_048_576, events: 1_000_000 },
 * });
 * await log.close();
 * (await verifyWal(store, { hasher: nodeSha256 })).ok; // => true
 * ```
 */
export function fileStore(dir: string, options: FileStoreOptions = {}): WalStore {
  return compressedStore(rawFileStore(dir, options));
}

/** The files of a folder as they are: a compressed segment is another file than a plain one. */
export function rawFileStore(dir: string, options: FileStoreOptions = {}): WalStore {
  const path = (name: string): string => {
    if (NAME.test(name)) return join(dir, name);
    throw new QuantlaxmiError('QL_PATH_UNSAFE', `log file name ${JSON.stringify(name)} is refused`);
  };
  const intoFolder = async (name: string): Promise<string> => {
    if (name.startsWith('quarantine/')) await makeFolder(join(dir, 'quarantine'));
    return path(name);
  };
  return {
    place: dir,
    async lock() {
      await explained(dirname(dir), makeFolder(dir));
      await checkFileSystem(dir, options.allowUnsafeFs === true);
      return lockFile(options.lockPath ?? join(dir, 'LOCK'), options.lockKind);
    },
    async list(folder) {
      try {
        const entries = await readdir(join(dir, folder), { withFileTypes: true });
        return entries.filter((entry) => !entry.isDirectory()).map((entry) => entry.name);
      } catch (error) {
        if (folder === 'quarantine' && (error as NodeJS.ErrnoException).code === 'ENOENT')
          return [];
        throw error;
      }
    },
    async create(name) {
      const flags = constants.O_RDWR | constants.O_CREAT | constants.O_EXCL;
      return explained(dir, openHandle(await intoFolder(name), flags));
    },
    open: (name) => openHandle(path(name), constants.O_RDONLY),
    link: (from, to) => explained(dir, link(path(from), path(to))),
    rename: (from, to) => explained(dir, rename(path(from), path(to))),
    remove: (name) => explained(dir, unlink(path(name))),
    async seal(name) {
      if ((await lstat(path(name))).isFile()) await chmod(path(name), SEALED_MODE);
    },
    syncFolder: (folder) => explained(dir, syncPath(join(dir, folder))),
    async freeBytes() {
      const { bavail, bsize } = await statfs(dir);
      return bavail * bsize;
    },
  };
}
