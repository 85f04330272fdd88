/**
 * A disk in memory that knows what is durable. Writes go to a cache; a sync copies the written
 * stretches to the medium; a folder's names become durable when the folder is synced. A failed sync
 * behaves as on Linux: the pages count as clean, a later sync succeeds, the bytes are not there.
 */
import type { Rng } from '../../core/index.js';
import type { WalFolder } from '../../wal/index.js';

const SECTOR = 512;

interface Stretch {
  readonly from: number;
  readonly to: number;
}

/** One file: what programs see, and what the medium holds. */
export class Inode {
  cached: Uint8Array;
  medium: Uint8Array;
  #dirty: Stretch[] = [];

  constructor(bytes: Uint8Array = new Uint8Array(0)) {
    this.cached = bytes.slice();
    this.medium = bytes.slice();
  }

  write(bytes: Uint8Array, position: number): void {
    const to = position + bytes.length;
    if (to > this.cached.length) {
      const grown = new Uint8Array(to);
      grown.set(this.cached);
      this.cached = grown;
    }
    this.cached.set(bytes, position);
    if (bytes.length > 0) this.#dirty.push({ from: position, to });
  }

  /** Copies what is dirty to the medium. */
  sync(): void {
    for (const stretch of this.#dirty) this.#land(stretch);
    this.#dirty = [];
  }

  /** A sync that failed: nothing lands, and nobody will try again. */
  failSync(): void {
    this.#dirty = [];
  }

  /** Lets some sectors of what is dirty reach the medium, as an interrupted write does. */
  tear(rng: Rng): void {
    for (const { from, to } of this.#dirty) {
      for (let at = from - (from % SECTOR); at < to; at += SECTOR) {
        if (rng.below(2) === 0) continue;
        this.#land({ from: Math.max(from, at), to: Math.min(to, at + SECTOR) });
      }
    }
    this.#dirty = [];
  }

  #land({ from, to }: Stretch): void {
    if (to > this.medium.length) {
      const grown = new Uint8Array(to);
      grown.set(this.medium);
      this.medium = grown;
    }
    this.medium.set(this.cached.subarray(from, to), from);
  }
}

/** Names as programs see them, and as the medium holds them. */
export class Disk {
  names = new Map<string, Inode>();
  #durable = new Map<string, Inode>();

  constructor(files: ReadonlyMap<string, Uint8Array>) {
    for (const [name, bytes] of files) this.names.set(name, new Inode(bytes));
    this.#durable = new Map(this.names);
  }

  syncFolder(folder: WalFolder): void {
    const inside = (name: string): boolean => name.startsWith('quarantine/') === (folder !== '');
    for (const name of [...this.#durable.keys()]) if (inside(name)) this.#durable.delete(name);
    for (const [name, inode] of this.names) if (inside(name)) this.#durable.set(name, inode);
  }

  /** What is on the medium after the power went, in one of the ways a disk may leave it. */
  survivors(unsynced: 'lost' | 'kept' | 'torn', rng: Rng): Map<string, Uint8Array> {
    const names = new Map(this.#durable);
    if (unsynced === 'kept') {
      for (const inode of this.names.values()) inode.sync();
      return contents(this.names);
    }
    if (unsynced === 'torn') {
      for (const inode of new Set([...this.names.values(), ...names.values()])) inode.tear(rng);
      for (const name of new Set([...this.names.keys(), ...names.keys()])) {
        if (rng.below(2) === 0) continue;
        const now = this.names.get(name);
        if (now === undefined) names.delete(name);
        else names.set(name, now);
      }
    }
    return contents(names);
  }
}

function contents(names: ReadonlyMap<string, Inode>): Map<string, Uint8Array> {
  const out = new Map<string, Uint8Array>();
  for (const [name, inode] of names) out.set(name, inode.medium.slice());
  return out;
}
