/**
 * Finding the place to start reading: the segment by its name or footer, the byte by its index.
 * Every answer comes from lines of the log itself; an index only says where to look.
 */
import { ioError } from '../errors.js';
import type { SegmentName, WalFooter } from '../format.js';
import { TAIL_BYTES } from '../format.js';
import type { WalFile, WalStore } from '../store.js';
import { INDEX_SUFFIX, lastBefore, proveEntry, readIndex } from './index-file.js';
import { readFully } from './line-source.js';
import { LF, lineHolds, parseFooter } from './lines.js';
import type { SegmentScan } from './segment-scan.js';
import { type Listing, openFile } from './segments.js';
import type { Span } from './span.js';

/** Longer than any header or footer. */
const END_BYTES = 4_096;

/** The footer of a segment, or null when its last line is none. */
async function footerOf(store: WalStore, segment: SegmentName): Promise<WalFooter | null> {
  const file = await openFile(store, segment.name);
  try {
    const size = await file.size();
    const from = Math.max(0, size - END_BYTES);
    const buffer = new Uint8Array(size - from);
    const bytes = buffer.subarray(0, await readFully(file, buffer, from));
    const lf = bytes.length - 1;
    const start = bytes.lastIndexOf(LF, lf - 1) + 1;
    if (bytes[lf] !== LF || !lineHolds(bytes, start, lf)) return null;
    const footer = parseFooter(bytes, start, lf + 1 - TAIL_BYTES);
    return footer?.bytes === from + start && footer.first === segment.first ? footer : null;
  } catch (cause) {
    throw ioError(cause, segment.name);
  } finally {
    await file.close();
  }
}

/** Index of the segment that holds `seq`, or of the last one. */
function segmentOf(segments: readonly SegmentName[], seq: number): number {
  let low = 0;
  let high = segments.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((segments[middle] as SegmentName).first <= seq) low = middle;
    else high = middle - 1;
  }
  return low;
}

/**
 * True when segments `low` to `at` hold no event received at `rx` or later, as their footers say. A
 * segment without a footer is never passed over: reading it tells what is wrong with it.
 */
async function endBefore(
  store: WalStore,
  segments: readonly SegmentName[],
  { low, at, rx }: { readonly low: number; readonly at: number; readonly rx: number },
): Promise<boolean> {
  for (let i = at; i >= low; i -= 1) {
    const footer = await footerOf(store, segments[i] as SegmentName);
    const next = segments[i + 1] as SegmentName;
    if (footer === null || footer.last + 1 !== next.first) return false;
    if (footer.rx1 !== null) return footer.rx1 < rx;
  }
  return true;
}

/** Index of the segment where the span's first event stands; of the last one when none does. */
export async function firstSegment(
  store: WalStore,
  segments: readonly SegmentName[],
  span: Span,
): Promise<number> {
  let low = segmentOf(segments, span.fromSeq);
  if (span.fromRx <= 0) return low;
  let high = segments.length - 1;
  while (low < high) {
    const at = (low + high) >> 1;
    if (await endBefore(store, segments, { low, at, rx: span.fromRx })) low = at + 1;
    else high = at;
  }
  return low;
}

/** The first line of a file with its LF; null when it is longer than any header. */
async function headerLine(file: WalFile): Promise<Uint8Array | null> {
  const bytes = new Uint8Array(END_BYTES);
  const got = await readFully(file, bytes, 0);
  const lf = bytes.subarray(0, got).indexOf(LF);
  return lf < 0 ? null : bytes.subarray(0, lf + 1);
}

/**
 * Moves a new scan behind the last commit whose events all lie before the span, if an index knows
 * of one. Otherwise, and whenever the index is wrong in any way, the scan starts at the header.
 */
export async function skipAhead(
  scan: SegmentScan,
  file: WalFile,
  { store, listing, segment, span }: SkipPlace,
): Promise<void> {
  const name = `${segment.name}${INDEX_SUFFIX}`;
  if (span.fromSeq <= segment.first && span.fromRx <= 0) return;
  if (!listing.indexes.has(name)) return;
  const entries = await readIndex(() => store.open(name));
  const entry = lastBefore(entries, ({ seq, rx }) => seq < span.fromSeq || rx < span.fromRx);
  if (entry === null) return;
  try {
    // In this order: a compressed segment is read forward only.
    const header = await headerLine(file);
    const start = await proveEntry(file, entry);
    if (start === null || header === null) return;
    scan.consume(header);
    const b0 = scan.header?.b0 ?? Infinity;
    if (start.b > b0 && start.seq >= segment.first) scan.startAt(start);
  } catch (cause) {
    throw ioError(cause, segment.name);
  }
}

interface SkipPlace {
  readonly store: WalStore;
  readonly listing: Listing;
  readonly segment: SegmentName;
  readonly span: Span;
}
