/**
 * A disk in memory that knows what is durable. Writes go to a cache; a sync lets them reach the
 * medium; a folder's names become durable when the folder is synced. A failed sync behaves as on
 * Linux: the pages count as clean, a later sync succeeds, the bytes are not there.
 */
import type { Rng } from '../../core/index.js';
import type { WalFolder } from '../../wal/index.js';
import type { Unsynced } from '../sim-store-types.js';

export const SECTOR_BYTES = 512;

interface Write {
  readonly at: number;
  readonly bytes: Uint8Array;
}

/** Bytes that grow. */
class Extent {
  length: number;
  #bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes.slice();
    this.length = bytes.length;
  }

  get view(): Uint8Array {
    return this.#bytes.subarray(0, this.length);
  }

  put({ at, bytes }: Write): void {
    this.reach(at + bytes.length);
    this.#bytes.set(bytes, at);
  }

  /** Makes it at least this long, with zeros. */
  reach(length: number): void {
    if (length > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(length, 2 * this.#bytes.length));
      grown.set(this.view);
      this.#bytes = grown;
    }
    this.length = Math.max(this.length, length);
  }
}

/** One file: what programs see, and what the medium holds. */
export class Inode {
  readonly cached: Extent;
  readonly medium: Extent;
  readonly spoiled = new Set<number>();
  /** Written and not synced, in order. */
  #pending: Write[] = [];
  /** What failed syncs gave up: nobody writes it any more, some of it may be there. */
  #givenUp: Write[] = [];

  constructor(bytes: Uint8Array = new Uint8Array(0)) {
    this.cached = new Extent(bytes);
    this.medium = new Extent(bytes);
  }

  write(at: number, bytes: Uint8Array, reaches = true): void {
    if (bytes.length === 0) return;
    const write = { at, bytes: bytes.slice() };
    this.cached.put(write);
    const last = Math.floor((at + bytes.length - 1) / SECTOR_BYTES);
    for (let s = Math.floor(at / SECTOR_BYTES); s <= last; s += 1) this.spoiled.delete(s);
    if (reaches) this.#pending.push(write);
  }

  sync(): void {
    for (const write of this.#pending) this.medium.put(write);
    this.#pending = [];
  }

  failSync(): void {
    this.#givenUp.push(...this.#pending);
    this.#pending = [];
  }

  /** What the medium holds after the power went. */
  survivor(unsynced: Unsynced, rng: Rng): Uint8Array {
    const left = new Extent(this.medium.view);
    if (unsynced === 'kept') for (const write of this.#pending) left.put(write);
    if (unsynced === 'torn') this.#tear(left, rng);
    return left.view;
  }

  /** Brings each sector to one of the states it went through since it was last durable. */
  #tear(left: Extent, rng: Rng): void {
    const writes = [...this.#givenUp, ...this.#pending];
    if (writes.length === 0) return;
    // Mostly lost, even, mostly kept: each is a way in which disks leave things.
    const chance = rng.below(5);
    const sectors = new Map<number, Write[]>();
    for (const { at, bytes } of writes) {
      for (let from = at; from < at + bytes.length; ) {
        const sector = Math.floor(from / SECTOR_BYTES);
        const to = Math.min((sector + 1) * SECTOR_BYTES, at + bytes.length);
        const part = { at: from, bytes: bytes.subarray(from - at, to - at) };
        const parts = sectors.get(sector);
        if (parts === undefined) sectors.set(sector, [part]);
        else parts.push(part);
        from = to;
      }
    }
    for (const parts of sectors.values()) {
      if (rng.below(6) > chance) continue;
      const count = 1 + rng.below(parts.length);
      for (const part of parts.slice(0, count)) left.put(part);
    }
    // The new length may be on the disk before the data is.
    const grown = this.cached.length - left.length;
    if (grown > 0 && rng.below(4) === 0) left.reach(left.length + 1 + rng.below(grown));
  }
}

/** Names as programs see them, and as the medium holds them. */
export class Disk {
  readonly names = new Map<string, Inode>();
  #durable: Map<string, Inode>;
  /** States each name went through since it was last durable. */
  readonly #past = new Map<string, (Inode | null)[]>();

  constructor(files: ReadonlyMap<string, Uint8Array>) {
    for (const [name, bytes] of files) this.names.set(name, new Inode(bytes));
    this.#durable = new Map(this.names);
  }

  /** Lets `name` mean `inode`, or nothing. */
  point(name: string, inode: Inode | null): void {
    if (inode === null) this.names.delete(name);
    else this.names.set(name, inode);
    const past = this.#past.get(name);
    if (past === undefined) this.#past.set(name, [inode]);
    else past.push(inode);
  }

  syncFolder(folder: WalFolder): void {
    for (const name of this.#changed(folder)) {
      const inode = this.names.get(name);
      if (inode === undefined) this.#durable.delete(name);
      else this.#durable.set(name, inode);
      this.#past.delete(name);
    }
  }

  /** A folder sync that failed: the names count as clean and are not on the disk. */
  failSyncFolder(folder: WalFolder): void {
    for (const name of this.#changed(folder)) this.#past.delete(name);
  }

  #changed(folder: WalFolder): string[] {
    return [...this.#past.keys()].filter(
      (name) => name.startsWith('quarantine/') === (folder !== ''),
    );
  }

  get usedBytes(): number {
    let bytes = 0;
    for (const inode of new Set(this.names.values())) bytes += inode.cached.length;
    return bytes;
  }

  /** What is on the medium after the power went, in one of the ways a disk may leave it. */
  survivors(unsynced: Unsynced, rng: Rng): Map<string, Uint8Array> {
    const names = new Map(this.#durable);
    if (unsynced !== 'lost') {
      const chance = rng.below(5);
      for (const [name, past] of this.#past) {
        if (unsynced === 'torn' && rng.below(6) > chance) continue;
        const at = unsynced === 'kept' ? past.length - 1 : rng.below(past.length);
        const inode = past[at] ?? null;
        if (inode === null) names.delete(name);
        else names.set(name, inode);
      }
    }
    const out = new Map<string, Uint8Array>();
    const left = new Map<Inode, Uint8Array>();
    for (const [name, inode] of names) {
      const bytes = left.get(inode) ?? inode.survivor(unsynced, rng);
      left.set(inode, bytes);
      out.set(name, bytes);
    }
    return out;
  }
}
