/**
 * Reading a log. Batches of decoded events, never one that is not committed.
 * @module
 */
import type { HasherFactory } from '../core/index.js';
import type { Event } from '../events/index.js';
import { decodeEvent } from '../events/index.js';
import { walError } from './errors.js';
import type { SegmentName } from './format.js';
import { faultError, judgeEnding, tornTailError } from './internal/judge.js';
import { scanFile } from './internal/line-source.js';
import type { Expected } from './internal/segment-rules.js';
import type { ScanOptions } from './internal/scan-types.js';
import { EXPECT_NOTHING } from './internal/segment-rules.js';
import { SegmentScan } from './internal/segment-scan.js';
import { listSegments, openFile } from './internal/segments.js';
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
  /** First `seq` to give; whole segments before it are not opened. Default 1. */
  readonly fromSeq?: number;
  /** Last `seq` to give. Default: to the end. */
  readonly toSeq?: number;
  /**
   * What to do at bytes that no commit covers. Left out: reject with WAL_TORN_TAIL, after the
   * committed events. `commit`: end quietly at the last commit. `durable`: end at the last batch
   * that the log itself states as durable.
   */
  readonly upTo?: 'commit' | 'durable';
  /** Needed for `salvage`: told of every stretch of the log that could not be read. */
  readonly onGap?: (gap: Gap) => void;
}

interface SeqSpan {
  readonly fromSeq: number;
  readonly toSeq: number;
}

/** `events` within the span; the same array when all are. */
export function within(events: Event[], { fromSeq, toSeq }: SeqSpan): Event[] {
  const first = events[0];
  const last = events[events.length - 1];
  if (first === undefined || last === undefined) return events;
  if (first.seq >= fromSeq && last.seq <= toSeq) return events;
  return events.filter((event) => event.seq >= fromSeq && event.seq <= toSeq);
}

export function scanOptions(
  segment: SegmentName,
  expected: Expected,
  options: { readonly hasher: HasherFactory; readonly fromSeq: number },
): ScanOptions {
  return {
    seg: segment.seg,
    first: segment.first,
    expected,
    hasher: options.hasher,
    crc: false,
    sha256: false,
    count: false,
    decode: decodeEvent,
    fromSeq: options.fromSeq,
  };
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

/** Index of the segment that holds `seq`, or of the last one. */
export function segmentOf(segments: readonly SegmentName[], seq: number): number {
  let at = 0;
  while (at + 1 < segments.length && (segments[at + 1] as SegmentName).first <= seq) at += 1;
  return at;
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
    const options = { ...scanOptions(last, EXPECT_NOTHING, { hasher, fromSeq: 1 }), decode: null };
    const scan = new SegmentScan({ ...options, trackDurable: true });
    for await (const _ of scanFile(scan, file, last.name, true)) if (scan.fault !== null) break;
    return scan.footer === null ? scan.durableSeq : scan.committed.seq;
  } finally {
    await file.close();
  }
}

async function* readStrict(
  store: WalStore,
  options: ReadWalOptions,
  span: SeqSpan,
): AsyncGenerator<Event[]> {
  const segments = await listSegments(store);
  const { hasher, upTo } = options;
  const durable = upTo === 'durable' ? await durableSeqOf(store, segments, hasher) : Infinity;
  const limits = { fromSeq: span.fromSeq, toSeq: Math.min(span.toSeq, durable) };
  let expected = EXPECT_NOTHING;
  for (let i = segmentOf(segments, limits.fromSeq); i < segments.length; i += 1) {
    const segment = segments[i] as SegmentName;
    if (segment.first > limits.toSeq) return;
    const file = await openFile(store, segment.name);
    try {
      const how = scanOptions(segment, expected, { hasher, fromSeq: limits.fromSeq });
      const scan = new SegmentScan(how);
      for await (const _ of scanFile(scan, file, segment.name)) {
        const events = within(scan.takeEvents(), limits);
        if (events.length > 0) yield events;
        if (scan.committed.seq >= limits.toSeq) return;
      }
      const last = i === segments.length - 1;
      const whole = scan.fault === null && scan.footer !== null;
      if (!whole && !(last && endsAtCommit(scan))) {
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
 * Every byte read is covered by the hash chain of its commit before an event of it is given out.
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
  const span = { fromSeq: options.fromSeq ?? 1, toSeq: options.toSeq ?? Infinity };
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
