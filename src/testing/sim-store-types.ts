/**
 * What a simulated store can be told to do wrong, and what can be asked of it afterwards.
 * @module
 */
import type { WalStore } from '../wal/index.js';

/** Primitive of a store, as it is counted. */
export type StoreOperation =
  | 'lock'
  | 'list'
  | 'create'
  | 'open'
  | 'size'
  | 'read'
  | 'write'
  | 'datasync'
  | 'sync'
  | 'close'
  | 'link'
  | 'rename'
  | 'remove'
  | 'seal'
  | 'syncFolder'
  | 'freeBytes';

/** One call of a primitive. */
export interface StoreCall {
  /** 1 for the first call of this store. */
  readonly n: number;
  readonly op: StoreOperation;
  /** File or folder concerned; a file keeps the name it was opened by. */
  readonly name: string;
}

/**
 * What goes wrong at one call. In capitals: the call fails with this error code (`EIO`, `ENOSPC`)
 * and does nothing, but that a failed sync makes what it should have written count as clean. In
 * small letters:
 * - `halt`: the machine stops before the call; this call and all later ones fail
 * - `short`: a write takes half of its bytes
 * - `lie`: a sync says yes and makes nothing durable
 * - `lose`: a write is read back well and never reaches the disk
 * - `misdirect`: a write is read back well, and reaches another place of the disk instead
 */
export type StoreFault =
  | 'halt'
  | 'short'
  | 'lie'
  | 'lose'
  | 'misdirect'
  | (string & Record<never, never>);

/** What goes wrong, and when. */
export interface SimPlan {
  /** Seed of every choice the store makes. Default 1. */
  readonly seed?: bigint;
  /** Files to start with, all durable. */
  readonly files?: ReadonlyMap<string, Uint8Array>;
  /** Asked before each call; null lets it pass. */
  readonly fault?: (call: StoreCall) => StoreFault | null;
  /** No write takes more bytes than this. */
  readonly writeBytesMax?: number;
  /** Bytes that all files together may have; the write that meets the edge is taken in part. */
  readonly spaceBytes?: number;
  /** `freeBytes` tells what is left of `spaceBytes`. Default: it tells nothing. */
  readonly tellsSpace?: boolean;
  /** The machine stops when this many bytes have been written; the last write is cut there. */
  readonly cutAtByte?: number;
}

/**
 * What becomes of writes and names that were never synced when the power goes: all `lost`, all
 * `kept`, or `torn`: by seed, any 512-byte sectors in any of the states they went through, files
 * grown without their data, any names in any of the states they went through.
 */
export type Unsynced = 'lost' | 'kept' | 'torn';

/** A {@link WalStore} in memory over a disk that can fail, lie, tear and rot. */
export interface SimStore extends WalStore {
  /** Every call so far, in order. */
  readonly calls: readonly StoreCall[];
  /** True once the machine has stopped. */
  readonly halted: boolean;
  /** The files as programs see them. */
  snapshot(): Map<string, Uint8Array>;
  /**
   * The files that a power cut at this moment would leave. The machine goes on.
   *
   * @param unsynced - see {@link Unsynced}
   * @param seed - of the choices of `torn`. Default: the plan's
   */
  survivors(unsynced: Unsynced, seed?: bigint): Map<string, Uint8Array>;
  /** Cuts the power: `survivors`, and the machine stops. */
  crash(unsynced: Unsynced, seed?: bigint): Map<string, Uint8Array>;
  /** Kills the process and not the machine: the lock is free, what was cached is still cached. */
  restart(): void;
  /** Makes a 512-byte sector of a file fail to read with `EIO`, until it is written anew. */
  spoil(name: string, sector: number): void;
  /** Changes bits of one byte of a file at rest. */
  rot(name: string, byte: number, bits: number): void;
}
