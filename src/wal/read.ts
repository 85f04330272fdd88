/**
 * Reading a log. Batches of decoded events, never one that is not committed.
 * @module
 */
import type { HasherFactory } from '../core/index.js';
import type { Event } from '../events/index.js';
import { walError } from './errors.js';
import type { RemovedFront, SegmentName } from './format.js';
import { faultError, judgeEnding, tornTailError } from './internal/judge.js';
import { scanFile } from './internal/line-source.js';
import type { EventDecoder, ScanOptions } from './internal/scan-types.js';
import { firstSegment, skipAhead } from './internal/seek.js';
import { EXPECT_NOTHING, expectedAfter } from './internal/segment-rules.js';
import { SegmentScan } from './internal/segment-scan.js';
import { listLog, openFile } from './internal/segments.js';
import type { Span } from './internal/span.js';
import { scanOptions, spanOf, within } from './internal/span.js';
import { follows, unsealedError } from './recover.js';
import type { Gap } from './salvage.js';
import { salvageWal } from './salvage.js';
import type { WalFile, WalStore } from './store.js';

/** Options of `readWal`. */
export interface ReadWalOptions {
  readonly hasher: HasherFactory;
  /**
   * `strict` (default) stops with an error at the first violation. `salvage` gives every event
   * whose checksum holds and calls `onGap` for the rest; nothing built on it is evidence.
   */
  readonly mode?: 'strict' | 'salvage';
  /**
   * First `seq` to give. Whole segments before it are not opened, and an index (`buildIndex`)
   * spares most of the rest. Default 1.
   */
  readonly fromSeq?: number;
  /** Last `seq` to give. Default: to the end. */
  readonly toSeq?: number;
  /** Give events received at this time or later, µs; found as `fromSeq` is. Default 0. */
  readonly fromRx?: number;
  /** Give events received at this time or earlier, µs. Default: to the end. */
  readonly toRx?: number;
  /** Where the log starts when its front was removed; without it that is WAL_SEGMENT_MISSING. */
  readonly after?: RemovedFront;
  /**
   * Reads event lines in place of `decodeEvent`: for logs whose schemas only the caller knows. Not
   * for `salvage`.
   */
  readonly decode?: EventDecoder;
  /**
   * What to do at bytes that no commit covers. Left out: reject with WAL_TORN_TAIL, after the
   * committed events. `commit`: end quietly at the last commit. `durable`: end at the last batch
   * that the log itself states as durable.
   */
  readonly upTo?: 'commit' | 'durable';
  /** Needed for `salvage`: told of every stretch of the log that could not be read. */
  readonly onGap?: (gap: Gap) => void;
}

/**
 * Finds out what exactly is wrong with a segment whose quick scan did not reach a footer, by
 * checking every line's own checksum, and throws it. Returns only when the log ends there in order.
 */
async function explain(
  file: WalFile,
  segment: SegmentName,
  options: ScanOptions,
  place: { readonly last: boolean; readonly upTo: 'commit' | 'durable' | undefined },
): Promise<void> {
  const scan = new SegmentScan({ ...options, crc: true, sha256: true });
  for await (const _ of scanFile(scan, file, segment.name)) scan.takeEvents();
  const lastSeq = scan.committed.seq;
  if (!place.last) {
    if (scan.fault !== null) throw faultError(segment.name, scan.fault, { lastSeq });
    if (scan.footer === null) throw unsealedError(segment.name, lastSeq);
    throw walError('WAL_IO', `${segment.name} read differently twice; check the device`, {
      context: { file: segment.name },
    });
  }
  const ending = await judgeEnding(scan, file, segment.name);
  if (ending.kind === 'damaged') {
    const { fault, durableBatch } = ending;
    throw faultError(segment.name, fault, { lastSeq, durableBatch });
  }
  if (place.upTo !== undefined) return;
  const byte = scan.offset;
  const torn = ending.kind === 'torn' ? ending : { byte, bytes: 0 };
  throw tornTailError(segment.name, torn, lastSeq);
}

/** True when a scan stopped right behind a commit: a log that is still open, or was killed. */
function endsAtCommit(scan: SegmentScan): boolean {
  return scan.fault === null && scan.header !== null && scan.offset === scan.committed.offset;
}

/** Last `seq` that the log states as durable: of batch `d` of its last commit. */
async function durableSeqOf(
  store: WalStore,
  segments: readonly SegmentName[],
  hasher: HasherFactory,
): Promise<number> {
  const last = segments[segments.length - 1];
  if (last === undefined) return 0;
  const file = await openFile(store, last.name);
  try {
    const how = { hasher, span: spanOf({}) };
    const options = { ...scanOptions(last, EXPECT_NOTHING, how), decode: null };
    const scan = new SegmentScan({ ...options, trackDurable: true });
    for await (const _ of scanFile(scan, file, last.name, true)) if (scan.fault !== null) break;
    return scan.footer === null ? scan.durableSeq : scan.committed.seq;
  } finally {
    await file.close();
  }
}

/** Who asks for an event by its number is told when it was removed. */
export function assertHeld(
  store: WalStore,
  { after, fromSeq }: Pick<ReadWalOptions, 'after' | 'fromSeq'>,
): void {
  if (after === undefined || fromSeq === undefined || fromSeq > after.last) return;
  throw walError(
    'WAL_SEGMENT_MISSING',
    `${store.place}: seq ${fromSeq} was asked for, but the manifest says that segments up to ` +
      `${after.seg}, seq ${after.last}, were removed; start at seq ${after.last + 1}`,
    { context: { file: store.place, byte: 0, seq: fromSeq, expected: after.last + 1 } },
  );
}

async function* readStrict(
  store: WalStore,
  options: ReadWalOptions,
  whole: Span,
): AsyncGenerator<Event[]> {
  const { hasher, upTo, decode, after } = options;
  assertHeld(store, options);
  const listing = await listLog(store, after);
  const { segments } = listing;
  const durable = upTo === 'durable' ? await durableSeqOf(store, segments, hasher) : Infinity;
  const span = { ...whole, toSeq: Math.min(whole.toSeq, durable) };
  const start = await firstSegment(store, segments, span);
  let expected = start === 0 ? expectedAfter(after) : EXPECT_NOTHING;
  for (let i = start; i < segments.length; i += 1) {
    const segment = segments[i] as SegmentName;
    if (segment.first > span.toSeq) return;
    const file = await openFile(store, segment.name);
    try {
      const how = scanOptions(segment, expected, { hasher, span, decode });
      const scan = new SegmentScan(how);
      if (i === start) await skipAhead(scan, file, { store, listing, segment, span });
      for await (const _ of scanFile(scan, file, segment.name)) {
        const events = within(scan.takeEvents(), span);
        if (events.length > 0) yield events;
        const { seq, rx1 } = scan.committed;
        if (seq >= span.toSeq || (rx1 ?? 0) > span.toRx) return;
      }
      const last = i === segments.length - 1;
      const ended = scan.fault === null && scan.footer !== null;
      if (!ended && !(last && endsAtCommit(scan))) {
        await explain(file, segment, how, { last, upTo });
      }
      expected = follows(scan, expected);
    } finally {
      await file.close();
    }
  }
}

/**
 * Reads a log's events in order, in batches. The batches follow the reading, not the commits; none
 * ever holds an event of an uncommitted batch. Memory does not grow with the log.
 *
 * Every byte read is covered by the hash chain of its commit before an event of it is given out. A
 * reader that starts in the middle checks the chain from there on; that what it passed over is
 * whole, and leads there, is proved by `verifyWal` only.
 *
 * @param store - the log
 * @param options - see {@link ReadWalOptions}
 * @throws QuantlaxmiError (while iterating) WAL_CORRUPT, WAL_CHAIN, WAL_SEQ, WAL_RX_ORDER,
 * WAL_LINE_TOO_LONG, WAL_NON_CANONICAL, WAL_UNKNOWN_TYPE, WAL_VERSION, WAL_SEGMENT_MISSING,
 * WAL_UNSEALED, WAL_FOREIGN, WAL_TORN_TAIL, WAL_IO; `context` has `file`, `byte` and `seq`
 * @example
 * ```ts
 * import { sha256Pure } from 'quantlaxmi/core';
 * import { memoryStore, openWalWriter, readWal } from 'quantlaxmi/wal';
 *
 * const store = memoryStore();
 * const log = await openWalWriter(store, {
 *   walId: '0123456789abcdef0123456789abcdef',
 *   clock: { nowUs: () => 1_700_000_000_000_000 },
 *   hasher: sha256Pure,
 *   policy: { kind: 'always' },
 *   rotate: { bytes: 16_777_216, events: 1_000_000 },
 * });
 * const body = { cause: 7, due: 1_000, id: 'decide' };
 * log.append({ t: 'Timer', sv: 1, rx: 1_001, ts: null, src: 'RUNNER', body });
 * await log.close();
 *
 * let count = 0;
 * for await (const events of readWal(store, { hasher: sha256Pure })) count += events.length;
 * count; // => 1
 * ```
 */
export async function* readWal(store: WalStore, options: ReadWalOptions): AsyncGenerator<Event[]> {
  const span = spanOf(options);
  if (options.mode !== 'salvage') {
    yield* readStrict(store, options, span);
    return;
  }
  const { onGap } = options;
  if (onGap === undefined) {
    throw walError('WAL_OPTIONS', "readWal with mode 'salvage' needs onGap; gaps are not silent");
  }
  for await (const part of salvageWal(store)) {
    for (const gap of part.gaps) onGap(gap);
    const events = within(part.events, span);
    if (events.length > 0) yield events;
  }
}
