/**
 * A store over a simulated disk: it fails, lies, tears and rots on demand, by seed.
 * @module
 */
import type { Rng } from '../core/index.js';
import { createRng, QuantlaxmiError } from '../core/index.js';
import type { WalFile } from '../wal/index.js';
import { Disk, Inode, SECTOR_BYTES } from './internal/sim-disk.js';
import type { SimPlan, SimStore, StoreCall, StoreOperation, Unsynced } from './sim-store-types.js';

/** What a call does instead of what it should; null when it does that. */
type Effect = (typeof EFFECTS)[number] | null;

const EFFECTS = ['short', 'lie', 'lose', 'misdirect'] as const;

function isEffect(fault: string): fault is (typeof EFFECTS)[number] {
  return (EFFECTS as readonly string[]).includes(fault);
}

function failure(code: string, op: StoreOperation, name: string): Error {
  return Object.assign(new Error(`${code}: ${op} '${name}'`), { code, errno: -1, syscall: op });
}

class Machine implements SimStore {
  readonly place = 'simulated store';
  readonly calls: StoreCall[] = [];
  halted = false;
  readonly #plan: SimPlan;
  readonly #disk: Disk;
  readonly #seed: bigint;
  readonly #rng: Rng;
  #written = 0;
  #holder: object | null = null;

  constructor(plan: SimPlan) {
    this.#plan = plan;
    this.#disk = new Disk(plan.files ?? new Map());
    this.#seed = plan.seed ?? 1n;
    this.#rng = createRng(this.#seed, 1n);
  }

  #enter(op: StoreOperation, name: string): Effect {
    if (this.halted) throw failure('EHALTED', op, name);
    const call = { n: this.calls.length + 1, op, name };
    this.calls.push(call);
    const fault = this.#plan.fault?.(call) ?? null;
    if (fault === null || isEffect(fault)) return fault;
    if (fault === 'halt') this.halted = true;
    throw failure(fault === 'halt' ? 'EHALTED' : fault, op, name);
  }

  #find(op: StoreOperation, name: string): Inode {
    const inode = this.#disk.names.get(name);
    if (inode === undefined) throw failure('ENOENT', op, name);
    return inode;
  }

  #write(inode: Inode, name: string, bytes: Uint8Array, position: number): number {
    const effect = this.#enter('write', name);
    const { writeBytesMax = Infinity, spaceBytes = Infinity, cutAtByte = Infinity } = this.#plan;
    const left = cutAtByte - this.#written;
    if (bytes.length >= left) {
      inode.write(position, bytes.subarray(0, Math.max(0, left)));
      this.halted = true;
      throw failure('EHALTED', 'write', name);
    }
    const grows = Math.max(0, position + bytes.length - inode.cached.length);
    const lacking = Math.max(0, this.#disk.usedBytes + grows - spaceBytes);
    if (lacking >= bytes.length && bytes.length > 0) throw failure('ENOSPC', 'write', name);
    const half = effect === 'short' ? Math.ceil(bytes.length / 2) : bytes.length;
    const taken = Math.min(half, writeBytesMax, bytes.length - lacking);
    const part = bytes.subarray(0, taken);
    inode.write(position, part, effect !== 'lose' && effect !== 'misdirect');
    if (effect === 'misdirect') this.#misdirect(part);
    this.#written += taken;
    return taken;
  }

  /** Lets bytes land on the medium at the start of some other sector. */
  #misdirect(bytes: Uint8Array): void {
    const inodes = [...new Set(this.#disk.names.values())].filter((i) => i.medium.length > 0);
    const inode = inodes[inodes.length === 0 ? 0 : this.#rng.below(inodes.length)];
    if (inode === undefined) return;
    const { length } = inode.medium;
    const at = SECTOR_BYTES * this.#rng.below(Math.ceil(length / SECTOR_BYTES));
    inode.medium.put({ at, bytes: bytes.subarray(0, length - at) });
  }

  #sync(inode: Inode, op: 'datasync' | 'sync', name: string): void {
    let effect: Effect;
    try {
      effect = this.#enter(op, name);
    } catch (error) {
      if (!this.halted) inode.failSync();
      throw error;
    }
    if (effect !== 'lie') inode.sync();
  }

  #read(inode: Inode, name: string, into: Uint8Array, position: number): number {
    this.#enter('read', name);
    const end = Math.min(inode.cached.length, position + into.length);
    if (end <= position) return 0;
    for (const sector of inode.spoiled) {
      const from = sector * SECTOR_BYTES;
      if (from < end && from + SECTOR_BYTES > position) throw failure('EIO', 'read', name);
    }
    into.set(inode.cached.view.subarray(position, end));
    return end - position;
  }

  #file(inode: Inode, name: string): WalFile {
    return {
      size: async () => {
        this.#enter('size', name);
        return inode.cached.length;
      },
      read: async (into, position) => this.#read(inode, name, into, position),
      write: async (bytes, position) => this.#write(inode, name, bytes, position),
      datasync: async () => this.#sync(inode, 'datasync', name),
      sync: async () => this.#sync(inode, 'sync', name),
      close: async () => void this.#enter('close', name),
    };
  }

  async lock() {
    this.#enter('lock', 'LOCK');
    if (this.#holder !== null) {
      throw new QuantlaxmiError('WAL_LOCKED', 'another writer holds the simulated store');
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
    this.#disk.point(name, inode);
    return this.#file(inode, name);
  }

  async open(name: string) {
    this.#enter('open', name);
    return this.#file(this.#find('open', name), name);
  }

  async link(from: string, to: string) {
    this.#enter('link', to);
    const inode = this.#find('link', from);
    if (this.#disk.names.has(to)) throw failure('EEXIST', 'link', to);
    this.#disk.point(to, inode);
  }

  async rename(from: string, to: string) {
    this.#enter('rename', to);
    const inode = this.#find('rename', from);
    this.#disk.point(to, inode);
    this.#disk.point(from, null);
  }

  async remove(name: string) {
    this.#enter('remove', name);
    this.#find('remove', name);
    this.#disk.point(name, null);
  }

  async seal(name: string) {
    this.#enter('seal', name);
    this.#find('seal', name);
  }

  async syncFolder(folder: '' | 'quarantine') {
    let effect: Effect;
    try {
      effect = this.#enter('syncFolder', folder);
    } catch (error) {
      if (!this.halted) this.#disk.failSyncFolder(folder);
      throw error;
    }
    if (effect !== 'lie') this.#disk.syncFolder(folder);
  }

  async freeBytes() {
    this.#enter('freeBytes', '');
    const { spaceBytes, tellsSpace } = this.#plan;
    if (spaceBytes === undefined || tellsSpace !== true) return null;
    return Math.max(0, spaceBytes - this.#disk.usedBytes);
  }

  snapshot(): Map<string, Uint8Array> {
    const out = new Map<string, Uint8Array>();
    for (const [name, inode] of this.#disk.names) out.set(name, inode.cached.view.slice());
    return out;
  }

  survivors(unsynced: Unsynced, seed: bigint = this.#seed): Map<string, Uint8Array> {
    return this.#disk.survivors(unsynced, createRng(seed, 0n));
  }

  crash(unsynced: Unsynced, seed: bigint = this.#seed): Map<string, Uint8Array> {
    this.halted = true;
    return this.survivors(unsynced, seed);
  }

  restart(): void {
    this.halted = false;
    this.#holder = null;
  }

  spoil(name: string, sector: number): void {
    this.#find('read', name).spoiled.add(sector);
  }

  rot(name: string, byte: number, bits: number): void {
    const { cached, medium } = this.#find('read', name);
    for (const { view } of [cached, medium]) {
      const old = view[byte];
      if (old !== undefined) view[byte] = old ^ bits;
    }
  }
}

/**
 * A store in memory over a disk that can be made to fail, and asked what a power cut leaves.
 *
 * @param plan - see {@link SimPlan}
 * @example
 * ```ts
 * import { simStore } from 'quantlaxmi/testing';
 *
 * const store = simStore({ fault: ({ op }) => (op === 'datasync' ? 'EIO' : null) });
 * const file = await store.create('a');
 * await file.write(new Uint8Array([1]), 0); // => 1
 * const failed = await file.datasync().then(() => '', (error) => error.code);
 * failed; // => 'EIO'
 * await file.sync();
 * await store.syncFolder('');
 * store.snapshot().get('a')?.length; // => 1
 * store.crash('lost').get('a')?.length; // => 0
 * ```
 */
export function simStore(plan: SimPlan = {}): SimStore {
  return new Machine(plan);
}
