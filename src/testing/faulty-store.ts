/**
 * A store that fails on demand and forgets what was never made durable.
 * @module
 */
import { createRng, QuantlaxmiError } from '../core/index.js';
import type { WalFile, WalStore } from '../wal/index.js';
import { Disk, Inode } from './internal/fault-disk.js';

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
  /** File or folder concerned. */
  readonly name: string;
}

/** What goes wrong, and when. */
export interface FaultPlan {
  /** Seed of what survives a torn crash. Default 1. */
  readonly seed?: bigint;
  /** Files to start with, all durable. */
  readonly files?: ReadonlyMap<string, Uint8Array>;
  /**
   * Asked before each call: an error code such as `EIO` to make it fail, `halt` to stop the machine
   * there (this call and all later ones fail, nothing of them happens), or null to let it pass.
   */
  readonly fault?: (call: StoreCall) => string | null;
  /** No write takes more bytes than this. */
  readonly writeBytesMax?: number;
  /** Bytes that fit before `ENOSPC`; the write that meets the edge is taken in part. */
  readonly spaceBytes?: number;
  /** The machine stops when this many bytes have been written; the last write is cut there. */
  readonly cutAtByte?: number;
}

/** A {@link WalStore} with a disk whose state after a crash can be asked for. */
export interface FaultyStore extends WalStore {
  /** Every call so far, in order. */
  readonly calls: readonly StoreCall[];
  /** True once the machine has stopped. */
  readonly halted: boolean;
  /** The files as programs see them. */
  snapshot(): Map<string, Uint8Array>;
  /**
   * The files after a power cut now.
   *
   * @param unsynced - what became of writes and names that were never synced: all `lost`, all
   * `kept`, or `torn`: a seeded choice of 512-byte sectors and names
   */
  crash(unsynced: 'lost' | 'kept' | 'torn'): Map<string, Uint8Array>;
}

function failure(code: string, op: StoreOperation, name: string): Error {
  return Object.assign(new Error(`${code}: ${op} '${name}'`), { code, errno: -1, syscall: op });
}

class Machine implements FaultyStore {
  readonly place = 'faulty store';
  readonly calls: StoreCall[] = [];
  halted = false;
  readonly #plan: FaultPlan;
  readonly #disk: Disk;
  #written = 0;
  #holder: object | null = null;

  constructor(plan: FaultPlan) {
    this.#plan = plan;
    this.#disk = new Disk(plan.files ?? new Map());
  }

  #enter(op: StoreOperation, name: string): void {
    if (this.halted) throw failure('EHALTED', op, name);
    const call = { n: this.calls.length + 1, op, name };
    this.calls.push(call);
    const fault = this.#plan.fault?.(call) ?? null;
    if (fault === null) return;
    if (fault === 'halt') this.halted = true;
    throw failure(fault === 'halt' ? 'EHALTED' : fault, op, name);
  }

  #find(op: StoreOperation, name: string): Inode {
    const inode = this.#disk.names.get(name);
    if (inode === undefined) throw failure('ENOENT', op, name);
    return inode;
  }

  #write(inode: Inode, name: string, bytes: Uint8Array, position: number): number {
    this.#enter('write', name);
    const { writeBytesMax = Infinity, spaceBytes = Infinity, cutAtByte = Infinity } = this.#plan;
    const left = cutAtByte - this.#written;
    if (bytes.length >= left) {
      inode.write(bytes.subarray(0, Math.max(0, left)), position);
      this.halted = true;
      throw failure('EHALTED', 'write', name);
    }
    const room = spaceBytes - this.#written;
    if (room <= 0) throw failure('ENOSPC', 'write', name);
    const taken = Math.min(bytes.length, writeBytesMax, room);
    inode.write(bytes.subarray(0, taken), position);
    this.#written += taken;
    return taken;
  }

  #sync(inode: Inode, op: 'datasync' | 'sync', name: string): void {
    try {
      this.#enter(op, name);
    } catch (error) {
      if (!this.halted) inode.failSync();
      throw error;
    }
    inode.sync();
  }

  #file(inode: Inode, name: string): WalFile {
    return {
      size: async () => {
        this.#enter('size', name);
        return inode.cached.length;
      },
      read: async (into, position) => {
        this.#enter('read', name);
        const part = inode.cached.subarray(position, position + into.length);
        into.set(part);
        return part.length;
      },
      write: async (bytes, position) => this.#write(inode, name, bytes, position),
      datasync: async () => this.#sync(inode, 'datasync', name),
      sync: async () => this.#sync(inode, 'sync', name),
      close: async () => this.#enter('close', name),
    };
  }

  async lock() {
    this.#enter('lock', 'LOCK');
    if (this.#holder !== null) {
      throw new QuantlaxmiError('WAL_LOCKED', 'another writer holds the faulty store');
    }
    const token = {};
    this.#holder = token;
    return {
      describe: async (): Promise<void> => undefined,
      release: async (): Promise<void> => {
        if (this.#holder === token) this.#holder = null;
      },
    };
  }

  async list(folder: '' | 'quarantine') {
    this.#enter('list', folder);
    const prefix = folder === '' ? '' : `${folder}/`;
    return [...this.#disk.names.keys()]
      .filter((name) => name.startsWith(prefix) && !name.slice(prefix.length).includes('/'))
      .map((name) => name.slice(prefix.length));
  }

  async create(name: string) {
    this.#enter('create', name);
    if (this.#disk.names.has(name)) throw failure('EEXIST', 'create', name);
    const inode = new Inode();
    this.#disk.names.set(name, inode);
    return this.#file(inode, name);
  }

  async open(name: string) {
    this.#enter('open', name);
    return this.#file(this.#find('open', name), name);
  }

  async link(from: string, to: string) {
    this.#enter('link', to);
    if (this.#disk.names.has(to)) throw failure('EEXIST', 'link', to);
    this.#disk.names.set(to, this.#find('link', from));
  }

  async rename(from: string, to: string) {
    this.#enter('rename', to);
    const inode = this.#find('rename', from);
    this.#disk.names.delete(from);
    this.#disk.names.set(to, inode);
  }

  async remove(name: string) {
    this.#enter('remove', name);
    this.#find('remove', name);
    this.#disk.names.delete(name);
  }

  async seal(name: string) {
    this.#enter('seal', name);
  }

  async syncFolder(folder: '' | 'quarantine') {
    this.#enter('syncFolder', folder);
    this.#disk.syncFolder(folder);
  }

  async freeBytes() {
    this.#enter('freeBytes', '');
    return null;
  }

  snapshot(): Map<string, Uint8Array> {
    const out = new Map<string, Uint8Array>();
    for (const [name, inode] of this.#disk.names) out.set(name, inode.cached.slice());
    return out;
  }

  crash(unsynced: 'lost' | 'kept' | 'torn'): Map<string, Uint8Array> {
    this.halted = true;
    return this.#disk.survivors(unsynced, createRng(this.#plan.seed ?? 1n, 0n));
  }
}

/**
 * A store in memory that fails where the plan says and can be asked what a power cut leaves.
 *
 * @param plan - see {@link FaultPlan}
 * @example
 * ```ts
 * import { faultyStore } from 'quantlaxmi/testing';
 *
 * const store = faultyStore({ fault: ({ op }) => (op === 'datasync' ? 'EIO' : null) });
 * const file = await store.create('a');
 * await file.write(new Uint8Array([1]), 0); // => 1
 * const failed = await file.datasync().then(() => '', (error) => error.code);
 * failed; // => 'EIO'
 * await file.sync();
 * await store.syncFolder('');
 * store.crash('lost').get('a')?.length; // => 0
 * ```
 */
export function faultyStore(plan: FaultPlan = {}): FaultyStore {
  return new Machine(plan);
}
