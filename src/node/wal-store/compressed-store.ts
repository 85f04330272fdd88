/**
 * A store that shows compressed segments under their plain names.
 * @module
 */
import type { WalFile, WalStore } from '../../wal/index.js';
import { parseSegmentName } from '../../wal/index.js';
import { compressedFile } from './compressed-file.js';
import type { CompressedKind } from './compressed-format.js';
import { COMPRESSED_SUFFIX, COMPRESSING, parseCompressedName } from './compressed-format.js';

const KINDS = /* @__PURE__ */ Object.keys(COMPRESSED_SUFFIX) as readonly CompressedKind[];
/** How often a folder is read again when a segment seems to be missing. */
const LIST_TRIES = 3;

const codeOf = (error: unknown): unknown => (error as { code?: unknown }).code;

/** Plain names, in no order; compressed ones and those being made are not shown. */
function plainNames(names: readonly string[]): string[] {
  const plain = new Set<string>();
  for (const name of names) {
    const compressed = parseCompressedName(name);
    if (compressed !== null) plain.add(compressed.segment);
    else if (!COMPRESSING.test(name)) plain.add(name);
  }
  return [...plain];
}

/** True when a number is missing before or between segments; retention leaves one, too. */
function hasHole(names: readonly string[]): boolean {
  const numbers = names.flatMap((name) => parseSegmentName(name)?.seg ?? []).sort((a, b) => a - b);
  return numbers.some((seg, i) => seg > (numbers[i - 1] ?? 0) + 1);
}

/** Opens a compressed form of segment `name`; null when there is none. */
async function openCompressed(raw: WalStore, name: string): Promise<WalFile | null> {
  for (const kind of KINDS) {
    const compressed = `${name}${COMPRESSED_SUFFIX[kind]}`;
    try {
      return compressedFile({ file: await raw.open(compressed), name: compressed, kind });
    } catch (error) {
      if (codeOf(error) !== 'ENOENT') throw error;
    }
  }
  return null;
}

/**
 * `raw` with every compressed segment under its plain name; where both are, the plain one is read.
 *
 * @param raw - a store that shows its files as they are
 */
export function compressedStore(raw: WalStore): WalStore {
  const isSegment = (name: string): boolean => parseSegmentName(name) !== null;
  return {
    place: raw.place,
    lock: () => raw.lock(),
    create: (name) => raw.create(name),
    rename: (from, to) => raw.rename(from, to),
    seal: (name) => raw.seal(name),
    syncFolder: (folder) => raw.syncFolder(folder),
    freeBytes: () => raw.freeBytes(),
    async list(folder) {
      if (folder !== '') return raw.list(folder);
      let names = plainNames(await raw.list(folder));
      // A folder that is read while names change may show neither the old nor the new one.
      for (let i = 1; i < LIST_TRIES && hasHole(names); i += 1) {
        names = plainNames(await raw.list(folder));
      }
      return names;
    },
    async open(name) {
      try {
        return await raw.open(name);
      } catch (error) {
        if (codeOf(error) !== 'ENOENT' || !isSegment(name)) throw error;
        // Recovery may put the plain file back between the two looks.
        return (await openCompressed(raw, name)) ?? raw.open(name);
      }
    },
    async link(from, to) {
      if (isSegment(to)) {
        const compressed = await openCompressed(raw, to);
        if (compressed !== null) {
          await compressed.close();
          throw Object.assign(new Error(`EEXIST: ${to} is there, compressed`), {
            code: 'EEXIST',
            syscall: 'link',
          });
        }
      }
      await raw.link(from, to);
    },
    async remove(name) {
      if (!isSegment(name)) return raw.remove(name);
      // The plain one last: interrupted, nothing older comes to light under the name.
      let removed = false;
      for (const compressed of [
        ...KINDS.map((kind) => `${name}${COMPRESSED_SUFFIX[kind]}`),
        name,
      ]) {
        try {
          await raw.remove(compressed);
          removed = true;
        } catch (error) {
          if (codeOf(error) !== 'ENOENT' || (compressed === name && !removed)) throw error;
        }
      }
    },
  };
}
