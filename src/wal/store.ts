/**
 * The port between the log and whatever holds its bytes: a flat folder of files with the seven
 * primitives a crash-safe log needs. The log composes them (create a temporary file, write, sync,
 * link, remove, sync the folder), so that every step between two of them can be tested.
 * @module
 */

/** Folder a name may stand in: the log's own, or `quarantine/` below it. */
export type WalFolder = '' | 'quarantine';

/** An open file of a store. Positions are absolute; nothing depends on a cursor. */
export interface WalFile {
  /** Length of the file, bytes. */
  size(): Promise<number>;
  /** Reads up to `into.length` bytes at `position`; returns the count, 0 at the end. */
  read(into: Uint8Array, position: number): Promise<number>;
  /** Writes at `position`; returns how many bytes were taken, which may be fewer than given. */
  write(bytes: Uint8Array, position: number): Promise<number>;
  /** Makes the file's data, and the metadata needed to read it back, durable. */
  datasync(): Promise<void>;
  /** Makes data and all metadata durable. */
  sync(): Promise<void>;
  /** Gives the handle back; what was not synced may be lost. */
  close(): Promise<void>;
}

/** Held by the one writer of a store. */
export interface WalLock {
  /** Writes who holds the lock, for people; never read as truth. */
  describe(holder: { readonly walId: string; readonly epoch: number }): Promise<void>;
  /** Lets the next writer in. */
  release(): Promise<void>;
}

/**
 * Where a log lives. Implementations: `memoryStore()` here, `fileStore(dir)` in `quantlaxmi/node`,
 * `simStore()` in `quantlaxmi/testing`; `walStoreContract` in `quantlaxmi/testing` tests any of
 * them.
 *
 * A primitive rejects with the platform's own error (its `code`, `errno` and `syscall` are shown to
 * the user); a log never retries one.
 */
export interface WalStore {
  /** What people call this place: a path, or `memory`. Used in messages only. */
  readonly place: string;
  /** Takes the single-writer lock, or rejects with `WAL_LOCKED`. */
  lock(): Promise<WalLock>;
  /** Plain file names in a folder, in no particular order. A missing folder is empty. */
  list(folder: WalFolder): Promise<readonly string[]>;
  /** Creates a file for writing; rejects with code `EEXIST` when the name is taken. */
  create(name: string): Promise<WalFile>;
  /** Opens a file for reading and syncing; rejects with code `ENOENT` when there is none. */
  open(name: string): Promise<WalFile>;
  /** Gives a file a second name; rejects with code `EEXIST` when that name is taken. */
  link(from: string, to: string): Promise<void>;
  /** Moves a file over `to`, replacing it in one step. */
  rename(from: string, to: string): Promise<void>;
  /** Removes a file of the folder. */
  remove(name: string): Promise<void>;
  /** Makes a finished file read-only where the platform can. */
  seal(name: string): Promise<void>;
  /** Makes the folder's names durable. */
  syncFolder(folder: WalFolder): Promise<void>;
  /** Free bytes for new files, or null when that is not known. */
  freeBytes(): Promise<number | null>;
}
