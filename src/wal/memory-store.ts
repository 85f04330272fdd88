import { walError } from './errors.js';
import type { WalFile, WalFolder, WalStore } from './store.js';

/** Bytes of a file in memory: a buffer with room, and how much of it counts. */
interface Content {
  bytes: Uint8Array;
  length: number;
}

/** A {@link WalStore} in memory that shows its files. */
export interface MemoryStore extends WalStore {
  /** A copy of every file by name, `quarantine/…` included. */
  snapshot(): Map<string, Uint8Array>;
}

function refusal(code: string, syscall: string, name: string): Error {
  return Object.assign(new Error(`${code}: ${syscall} '${name}'`), { code, syscall });
}

function memoryFile(content: Content): WalFile {
  return {
    size: async () => content.length,
    async read(into, position) {
      const end = Math.min(content.length, position + into.length);
      if (end <= position) return 0;
      into.set(content.bytes.subarray(position, end));
      return end - position;
    },
    async write(bytes, position) {
      const end = position + bytes.length;
      if (end > content.bytes.length) {
        const grown = new Uint8Array(Math.max(end, content.bytes.length * 2, 1024));
        grown.set(content.bytes.subarray(0, content.length));
        content.bytes = grown;
      }
      content.bytes.set(bytes, position);
      content.length = Math.max(content.length, end);
      return bytes.length;
    },
    async datasync() {},
    async sync() {},
    async close() {},
  };
}

/**
 * A store in memory: for tests, browsers and runs whose log need not outlive the process. Syncing
 * does nothing here; `simStore` in `quantlaxmi/testing` models what a crash would lose.
 *
 * @param files - files to start with, for instance an earlier `snapshot()`
 * @example
 * ```ts
 * import { memoryStore } from 'quantlaxmi/wal';
 *
 * const store = memoryStore();
 * store.place; // => 'memory'
 * [...store.snapshot().keys()]; // => []
 * ```
 */
export function memoryStore(files: ReadonlyMap<string, Uint8Array> = new Map()): MemoryStore {
  const contents = new Map<string, Content>();
  for (const [name, bytes] of files) {
    contents.set(name, { bytes: bytes.slice(), length: bytes.length });
  }
  let holder: object | null = null;
  const find = (name: string, syscall: string): Content => {
    const content = contents.get(name);
    if (content === undefined) throw refusal('ENOENT', syscall, name);
    return content;
  };
  const inFolder = (folder: WalFolder): string[] => {
    const prefix = folder === '' ? '' : `${folder}/`;
    return [...contents.keys()]
      .filter((name) => name.startsWith(prefix) && !name.slice(prefix.length).includes('/'))
      .map((name) => name.slice(prefix.length));
  };
  return {
    place: 'memory',
    async lock() {
      if (holder !== null) {
        throw walError('WAL_LOCKED', 'another writer in this process holds the memory store');
      }
      const token = {};
      holder = token;
      return {
        async describe() {},
        async release() {
          if (holder === token) holder = null;
        },
      };
    },
    list: async (folder) => inFolder(folder),
    async create(name) {
      if (contents.has(name)) throw refusal('EEXIST', 'open', name);
      const content = { bytes: new Uint8Array(0), length: 0 };
      contents.set(name, content);
      return memoryFile(content);
    },
    open: async (name) => memoryFile(find(name, 'open')),
    async link(from, to) {
      if (contents.has(to)) throw refusal('EEXIST', 'link', to);
      contents.set(to, find(from, 'link'));
    },
    async rename(from, to) {
      const content = find(from, 'rename');
      contents.delete(from);
      contents.set(to, content);
    },
    async remove(name) {
      find(name, 'unlink');
      contents.delete(name);
    },
    seal: async (name) => void find(name, 'chmod'),
    async syncFolder() {},
    freeBytes: async () => null,
    snapshot() {
      const copy = new Map<string, Uint8Array>();
      for (const [name, c] of contents) copy.set(name, c.bytes.slice(0, c.length));
      return copy;
    },
  };
}
