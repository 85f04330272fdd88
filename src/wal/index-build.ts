/**
 * Writing the sparse indexes that let a reader start near the event it is asked for.
 * @module
 */
import type { HasherFactory } from '../core/index.js';
import { ioError } from './errors.js';
import type { RemovedFront, SegmentName } from './format.js';
import type { IndexEntry } from './internal/index-file.js';
import { INDEX_SUFFIX, indexLine } from './internal/index-file.js';
import { faultError, judgeEnding } from './internal/judge.js';
import { scanWhole } from './internal/line-source.js';
import { asciiBytes } from './internal/lines.js';
import { replaceFile, writeFully } from './internal/publish.js';
import type { Expected } from './internal/segment-rules.js';
import { expectedAfter } from './internal/segment-rules.js';
import { SegmentScan } from './internal/segment-scan.js';
import { listLog, openFile } from './internal/segments.js';
import { follows, unsealedError } from './recover.js';
import type { WalStore } from './store.js';

/** Options of `buildIndex`. */
export interface BuildIndexOptions {
  readonly hasher: HasherFactory;
  /** Bytes of log between two entries, at least. Default 1 MiB. */
  readonly everyBytes?: number;
  /** Where the log starts when its front was removed. */
  readonly after?: RemovedFront;
}

/** An index that was written. */
export interface BuiltIndex {
  /** Its file name: that of its segment with `.idx`. */
  readonly name: string;
  readonly entries: number;
  readonly bytes: number;
}

const EVERY_BYTES = 1_048_576;

interface Pass {
  readonly hasher: HasherFactory;
  readonly everyBytes: number;
}

/** Reads one segment in full and notes a commit for each stretch of it. */
async function indexSegment(
  store: WalStore,
  segment: SegmentName,
  before: { readonly expected: Expected; readonly last: boolean },
  { hasher, everyBytes }: Pass,
): Promise<{ readonly entries: readonly IndexEntry[]; readonly next: Expected }> {
  const entries: IndexEntry[] = [];
  let due = everyBytes;
  const file = await openFile(store, segment.name);
  try {
    const scan: SegmentScan = new SegmentScan({
      seg: segment.seg,
      first: segment.first,
      expected: before.expected,
      hasher,
      crc: true,
      sha256: true,
      count: false,
      decode: null,
      fromSeq: 1,
      onHead({ seq, rx1, offset }) {
        if (offset < due || rx1 === null) return;
        entries.push({ seq, off: scan.eventByte, rx: rx1 });
        due = offset + everyBytes;
      },
    });
    await scanWhole(scan, file, segment.name);
    const lastSeq = scan.committed.seq;
    if (!before.last) {
      if (scan.fault !== null) throw faultError(segment.name, scan.fault, { lastSeq });
      if (scan.footer === null) throw unsealedError(segment.name, lastSeq);
    }
    const ending = await judgeEnding(scan, file, segment.name);
    if (ending.kind === 'damaged') {
      const { fault, durableBatch } = ending;
      throw faultError(segment.name, fault, { lastSeq, durableBatch });
    }
    return { entries, next: follows(scan, before.expected) };
  } finally {
    await file.close();
  }
}

async function writeIndex(
  store: WalStore,
  name: string,
  entries: readonly IndexEntry[],
): Promise<BuiltIndex> {
  const bytes = asciiBytes(entries.map(indexLine).join(''));
  try {
    const temporary = `${name}.tmp`;
    if ((await store.list('')).includes(temporary)) await store.remove(temporary);
    await replaceFile(store, { name, folder: '', sealed: false }, (file) =>
      writeFully(file, bytes, 0),
    );
  } catch (cause) {
    throw ioError(cause, name);
  }
  return { name, entries: entries.length, bytes: bytes.length };
}

/**
 * Writes an index beside each segment of a log: `{segment}.idx`, one line per megabyte,
 * `{"seq":…,"off":…,"rx":…}`, the last event of a commit and where its line starts. The log is read
 * in full and checked on the way; nothing of it is changed, and no lock is taken.
 *
 * An index only says where to look. A reader believes it only when that event and its commit stand
 * there and their checksums hold; a damaged, old or foreign index costs time, never an event.
 * Building it again is the only repair.
 *
 * @param store - the log; one that is being written may be indexed up to its last commit
 * @param options - see {@link BuildIndexOptions}
 * @returns what was written, a segment each
 * @throws QuantlaxmiError as `readWal`, but for WAL_TORN_TAIL; WAL_IO when an index could not be
 * written
 * @example
 * ```ts
 * import { sha256Pure } from 'quantlaxmi/core';
 * import { buildIndex, memoryStore } from 'quantlaxmi/wal';
 *
 * await buildIndex(memoryStore(), { hasher: sha256Pure }); // => []
 * ```
 */
export async function buildIndex(
  store: WalStore,
  options: BuildIndexOptions,
): Promise<readonly BuiltIndex[]> {
  const { segments } = await listLog(store, options.after);
  const pass = { hasher: options.hasher, everyBytes: options.everyBytes ?? EVERY_BYTES };
  const built: BuiltIndex[] = [];
  let expected = expectedAfter(options.after);
  try {
    for (const [i, segment] of segments.entries()) {
      const last = i === segments.length - 1;
      const { entries, next } = await indexSegment(store, segment, { expected, last }, pass);
      built.push(await writeIndex(store, `${segment.name}${INDEX_SUFFIX}`, entries));
      expected = next;
    }
  } catch (cause) {
    throw ioError(cause, store.place);
  }
  return built;
}
