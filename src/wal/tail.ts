/**
 * Following a log while it is written. No lock, no writing; never past the last commit.
 * @module
 */
import type { HasherFactory } from '../core/index.js';
import type { Event } from '../events/index.js';
import type { RemovedFront, SegmentName } from './format.js';
import { faultError, judgeEnding } from './internal/judge.js';
import { scanFile } from './internal/line-source.js';
import type { Expected } from './internal/segment-rules.js';
import { EXPECT_NOTHING, expectedAfter } from './internal/segment-rules.js';
import { SegmentScan } from './internal/segment-scan.js';
import type { EventDecoder } from './internal/scan-types.js';
import { firstSegment, skipAhead } from './internal/seek.js';
import { listLog, openFile } from './internal/segments.js';
import { scanOptions, spanOf, within } from './internal/span.js';
import { assertHeld } from './read.js';
import { follows, unsealedError } from './recover.js';
import type { WalFile, WalStore } from './store.js';

/** Options of `tailWal`. */
export interface TailWalOptions {
  readonly hasher: HasherFactory;
  /** Called when there is nothing new; resolve it to look again (a timer, a file watch). */
  readonly wait: () => Promise<void>;
  /** Ends the iteration at the next look. An `AbortSignal` fits. */
  readonly signal: { readonly aborted: boolean };
  /** First `seq` to give. Default 1. */
  readonly fromSeq?: number;
  /** Give events received at this time or later, µs. Default 0. */
  readonly fromRx?: number;
  /** Where the log starts when its front was removed; without it that is WAL_SEGMENT_MISSING. */
  readonly after?: RemovedFront;
  /** Reads event lines in place of `decodeEvent`. */
  readonly decode?: EventDecoder;
}

/** A segment being followed. */
interface Followed {
  readonly store: WalStore;
  readonly segment: SegmentName;
  readonly scan: SegmentScan;
  /** True when a later segment was there before this one was opened: its footer must be too. */
  readonly ended: boolean;
  /** Called once, before the first byte is read. */
  readonly begin: ((file: WalFile) => Promise<void>) | null;
}

/** Reads on in one segment until its footer or the end of what is there. */
async function* readOn({ store, segment, scan, ended, begin }: Followed): AsyncGenerator<void> {
  // Opened anew each time: recovery replaces the file under the same name.
  const file = await openFile(store, segment.name);
  try {
    await begin?.(file);
    scan.rewind();
    for await (const _ of scanFile(scan, file, segment.name, true)) yield;
    if (scan.footer !== null && scan.fault === null) return;
    const lastSeq = scan.committed.seq;
    if (ended && scan.fault === null) throw unsealedError(segment.name, lastSeq);
    if (ended && scan.fault !== null) throw faultError(segment.name, scan.fault, { lastSeq });
    if (scan.fault === null) return;
    const ending = await judgeEnding(scan, file, segment.name);
    if (ending.kind === 'damaged') {
      const { fault, durableBatch } = ending;
      throw faultError(segment.name, fault, { lastSeq, durableBatch });
    }
  } finally {
    await file.close();
  }
}

/** True when a file went away between being listed and being opened: look again. */
function isGone(error: unknown): boolean {
  const { cause } = error as { readonly cause?: { readonly code?: unknown } };
  return cause?.code === 'ENOENT';
}

/**
 * Reads a log's committed events and goes on with those that come, across rotations and across a
 * recovery by another process.
 *
 * @param store - the log
 * @param options - see {@link TailWalOptions}
 * @throws QuantlaxmiError as `readWal`, but for WAL_TORN_TAIL: an unfinished tail is waited for
 * @example
 * ```ts
 * import { sha256Pure } from 'quantlaxmi/core';
 * import { memoryStore, tailWal } from 'quantlaxmi/wal';
 *
 * const signal = { aborted: false };
 * const wait = async () => { signal.aborted = true; };
 * let seen = 0;
 * for await (const events of tailWal(memoryStore(), { hasher: sha256Pure, wait, signal })) {
 *   seen += events.length;
 * }
 * seen; // => 0
 * ```
 */
export async function* tailWal(store: WalStore, options: TailWalOptions): AsyncGenerator<Event[]> {
  const { hasher, signal, decode, after } = options;
  assertHeld(store, options);
  const span = spanOf({ fromSeq: options.fromSeq, fromRx: options.fromRx });
  let expected: Expected = EXPECT_NOTHING;
  /** Number of the segment being read; 0 before there is one. */
  let seg = 0;
  let scan: SegmentScan | null = null;
  while (!signal.aborted) {
    const listing = await listLog(store, after);
    const { segments } = listing;
    const start = seg === 0;
    if (start && segments.length > 0) {
      const from = await firstSegment(store, segments, span);
      seg = (segments[from] as SegmentName).seg;
      if (from === 0) expected = expectedAfter(after);
    }
    const at = segments.findIndex((one) => one.seg === seg);
    const segment = segments[at];
    if (segment !== undefined) {
      // Each line's own checksum is looked at: here a fault has to be judged at once.
      const how = { ...scanOptions(segment, expected, { hasher, span, decode }), crc: true };
      const reading: SegmentScan = scan ?? new SegmentScan(how);
      const place = { store, listing, segment, span };
      const begin = start ? (file: WalFile) => skipAhead(reading, file, place) : null;
      scan = reading;
      const ended = at + 1 < segments.length;
      try {
        for await (const _ of readOn({ store, segment, scan, ended, begin })) {
          const events = within(scan.takeEvents(), span);
          if (events.length > 0) yield events;
          if (signal.aborted) return;
        }
      } catch (error) {
        if (!isGone(error)) throw error;
      }
      if (scan.footer !== null) {
        expected = follows(scan, expected);
        scan = null;
        seg += 1;
        continue;
      }
    }
    await options.wait();
  }
}
