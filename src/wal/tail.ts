/**
 * Following a log while it is written. No lock, no writing; never past the last commit.
 * @module
 */
import type { HasherFactory } from '../core/index.js';
import type { Event } from '../events/index.js';
import { faultError, judgeEnding } from './internal/judge.js';
import { scanFile } from './internal/line-source.js';
import type { Expected } from './internal/segment-rules.js';
import { EXPECT_NOTHING } from './internal/segment-rules.js';
import { SegmentScan } from './internal/segment-scan.js';
import { listSegments, openFile } from './internal/segments.js';
import { scanOptions, segmentOf, within } from './read.js';
import { follows } from './recover.js';
import type { WalStore } from './store.js';

/** Options of `tailWal`. */
export interface TailWalOptions {
  readonly hasher: HasherFactory;
  /** Called when there is nothing new; resolve it to look again (a timer, a file watch). */
  readonly wait: () => Promise<void>;
  /** Ends the iteration at the next look. An `AbortSignal` fits. */
  readonly signal: { readonly aborted: boolean };
  /** First `seq` to give. Default 1. */
  readonly fromSeq?: number;
}

/** Reads on in one segment until its footer or the end of what is there. */
async function* readOn(store: WalStore, name: string, scan: SegmentScan): AsyncGenerator<void> {
  // Opened anew each time: recovery replaces the file under the same name.
  const file = await openFile(store, name);
  try {
    scan.rewind();
    for await (const _ of scanFile(scan, file, name, true)) yield;
    if (scan.fault === null) return;
    const ending = await judgeEnding(scan, file, name);
    if (ending.kind === 'damaged') {
      const { fault, durableBatch } = ending;
      throw faultError(name, fault, { lastSeq: scan.committed.seq, durableBatch });
    }
  } finally {
    await file.close();
  }
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
  const { hasher, signal } = options;
  const span = { fromSeq: options.fromSeq ?? 1, toSeq: Infinity };
  let expected: Expected = EXPECT_NOTHING;
  let at = -1;
  let scan: SegmentScan | null = null;
  while (!signal.aborted) {
    const segments = await listSegments(store);
    if (at < 0 && segments.length > 0) at = segmentOf(segments, span.fromSeq);
    const segment = segments[at];
    if (segment !== undefined) {
      // Each line's own checksum is looked at: here a fault has to be judged at once.
      const how = { ...scanOptions(segment, expected, { hasher, ...span }), crc: true };
      scan ??= new SegmentScan(how);
      for await (const _ of readOn(store, segment.name, scan)) {
        const events = within(scan.takeEvents(), span);
        if (events.length > 0) yield events;
        if (signal.aborted) return;
      }
      if (scan.footer !== null) {
        expected = follows(scan, expected);
        scan = null;
        at += 1;
        continue;
      }
    }
    await options.wait();
  }
}
