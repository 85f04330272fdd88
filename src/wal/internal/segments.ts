/** Which segments a log has, and opening them. */
import { ioError, walError } from '../errors.js';
import type { RemovedFront } from '../format.js';
import type { SegmentName } from '../format.js';
import { parseSegmentName } from '../format.js';
import type { WalFile, WalStore } from '../store.js';

/** Names in a store, sorted out. */
export interface Listing {
  readonly segments: readonly SegmentName[];
  /** Names of the indexes that are there. */
  readonly indexes: ReadonlySet<string>;
  /** Temporary files of an interrupted creation. */
  readonly temporary: readonly string[];
  /** Everything else but the lock, the ballast and indexes. */
  readonly strays: readonly string[];
}

const TEMPORARY = /\.wal\.jsonl\.tmp$/;
const KNOWN = /^(LOCK|SEAL|BALLAST|COMPRESS|.*\.wal\.jsonl\.(idx|idx\.tmp|gz|zst))$/;
const INDEX = /\.wal\.jsonl\.idx$/;

/** Lists a store's log; numbers are not checked here. */
export async function listStore(store: WalStore): Promise<Listing> {
  let names: readonly string[];
  try {
    names = await store.list('');
  } catch (cause) {
    throw ioError(cause, store.place);
  }
  const segments: SegmentName[] = [];
  const temporary: string[] = [];
  const strays: string[] = [];
  for (const name of names) {
    const segment = parseSegmentName(name);
    if (segment !== null) segments.push(segment);
    else if (TEMPORARY.test(name)) temporary.push(name);
    else if (!KNOWN.test(name)) strays.push(name);
  }
  segments.sort((a, b) => a.seg - b.seg || a.first - b.first);
  const indexes = new Set(names.filter((name) => INDEX.test(name)));
  return { segments, indexes, temporary, strays: strays.sort() };
}

/** What is wrong with the numbering, or null: segments must be 1, 2, 3, ... after the removed. */
export function misnumbered(
  segments: readonly SegmentName[],
  removed = 0,
): { readonly expected: number; readonly found: SegmentName } | null {
  for (let i = 0; i < segments.length; i += 1) {
    const found = segments[i] as SegmentName;
    const expected = removed + i + 1;
    if (found.seg !== expected) return { expected, found };
  }
  return null;
}

/** Message of a numbering fault. */
export function misnumberedMessage(expected: number, found: string): string {
  return (
    `expected segment ${expected}, found ${found}; a segment was deleted, renamed or added. ` +
    'Restore the missing file under its own name, or read the rest with salvage'
  );
}

/** The segments that are still part of a log: a removed one may be there until it is deleted. */
export function heldSegments(
  segments: readonly SegmentName[],
  after: RemovedFront | undefined,
): readonly SegmentName[] {
  return after === undefined ? segments : segments.filter(({ seg }) => seg > after.seg);
}

/** A store's log whose numbering holds; without what a manifest says was removed. */
export async function listLog(store: WalStore, after?: RemovedFront): Promise<Listing> {
  const all = await listStore(store);
  const listing = { ...all, segments: heldSegments(all.segments, after) };
  const wrong = misnumbered(listing.segments, after?.seg);
  if (wrong !== null) {
    const { expected, found } = wrong;
    throw walError('WAL_SEGMENT_MISSING', misnumberedMessage(expected, found.name), {
      context: { file: found.name, byte: 0, seq: found.first, expected },
    });
  }
  return listing;
}

/** Segments of a log whose numbering holds. */
export async function listSegments(store: WalStore): Promise<readonly SegmentName[]> {
  return (await listLog(store)).segments;
}

/** Opens a file for reading. */
export async function openFile(store: WalStore, name: string): Promise<WalFile> {
  try {
    return await store.open(name);
  } catch (cause) {
    throw ioError(cause, name);
  }
}
