/**
 * Checking one segment without decoding it. What is found is plain data, so that a segment can be
 * checked in another thread and the answer be joined to those of its neighbours.
 * @module
 */
import type { HasherFactory, QuantlaxmiError } from '../core/index.js';
import { toHex } from '../core/index.js';
import { decodeEvent } from '../events/index.js';
import type { WalErrorCode } from './errors.js';
import type { FooterReason, SegmentName, WalHeader } from './format.js';
import type { Ending } from './internal/judge.js';
import { faultError, judgeEnding, tornTailError } from './internal/judge.js';
import { scanFile } from './internal/line-source.js';
import type { Expected } from './internal/segment-rules.js';
import { EXPECT_NOTHING, refuseHeader } from './internal/segment-rules.js';
import { SegmentScan } from './internal/segment-scan.js';
import { openFile } from './internal/segments.js';
import { follows, unsealedError } from './recover.js';
import type { WalStore } from './store.js';

/** One segment as it was found. */
export interface WalSegment {
  readonly name: string;
  readonly seg: number;
  readonly first: number;
  /** Last committed `seq`; `first - 1` when there is none. */
  readonly last: number;
  /** Committed events. */
  readonly n: number;
  /** Bytes before the footer, or up to the last commit when there is none. */
  readonly bytes: number;
  /** SHA-256 of those bytes (`head -c BYTES FILE | sha256sum`); null without a footer. */
  readonly sha256: string | null;
  /** Chain head, hex. */
  readonly h: string;
  readonly rx0: number | null;
  readonly rx1: number | null;
  /** Why it was sealed; null when it is not. */
  readonly why: FooterReason | null;
}

/** Something wrong with a log. */
export interface WalProblem {
  readonly code: WalErrorCode;
  readonly file: string;
  /** First byte of the line concerned. */
  readonly byte: number;
  /** `seq` of the event there, or the one that was due there. */
  readonly seq: number;
  readonly message: string;
}

/** What is asked of a segment, whichever place it has in its log. */
export interface SegmentCheckOptions {
  /** Also decode every event, which proves that its bytes are canonical. Default false. */
  readonly canonical?: boolean;
  /** A segment without footer is a problem even at the end of the log. Default false. */
  readonly expectSealed?: boolean;
  /** Bytes after the last commit of the last segment are no problem. */
  readonly upTo?: 'commit';
  /** Collect the chain heads at which the log stood at this `seq`. */
  readonly headAt?: number;
}

/** What checking one segment found; plain data, as a message to another thread may be. */
export interface SegmentCheck {
  readonly segment: WalSegment;
  /** Its first line; null when that does not hold. */
  readonly header: WalHeader | null;
  /** True when it was read to a footer, or to a commit at the end of the log. */
  readonly whole: boolean;
  readonly problem: WalProblem | null;
  /** Events by type. */
  readonly perType: ReadonlyMap<string, number>;
  /** With `headAt`: chain heads at that `seq`, hex. */
  readonly headsAt: readonly string[];
  /** Bytes after the last commit. */
  readonly uncommittedBytes: number;
  /** What the next segment must follow from. */
  readonly next: Expected;
}

/** A segment and what is asked of it. */
export interface SegmentTask extends SegmentCheckOptions {
  readonly segment: SegmentName;
  readonly expected: Expected;
  /** True for the last segment of its log. */
  readonly last: boolean;
  readonly hasher: HasherFactory;
}

function problemOf(error: QuantlaxmiError): WalProblem {
  const { file, byte, seq } = error.context;
  return {
    code: error.code as WalErrorCode,
    file: typeof file === 'string' ? file : '',
    byte: typeof byte === 'number' ? byte : 0,
    seq: typeof seq === 'number' ? seq : 0,
    message: error.message,
  };
}

function errorOf(
  task: SegmentTask,
  scan: SegmentScan,
  ending: Ending | null,
): QuantlaxmiError | null {
  const lastSeq = scan.committed.seq;
  const { expectSealed, upTo } = task;
  const { name } = task.segment;
  if (ending === null) {
    if (scan.fault !== null) return faultError(name, scan.fault, { lastSeq });
    return scan.footer === null ? unsealedError(name, lastSeq) : null;
  }
  if (ending.kind === 'damaged') {
    const { fault, durableBatch } = ending;
    return faultError(name, fault, { lastSeq, durableBatch });
  }
  if (ending.kind === 'torn') {
    if (expectSealed === true && scan.fault !== null) {
      return faultError(name, scan.fault, { lastSeq });
    }
    if (expectSealed !== true && upTo === 'commit') return null;
    return tornTailError(name, ending, lastSeq);
  }
  return ending.kind === 'clean' && expectSealed === true ? unsealedError(name, lastSeq) : null;
}

function foundSegment({ segment }: SegmentTask, { committed, footer }: SegmentScan): WalSegment {
  return {
    name: segment.name,
    seg: segment.seg,
    first: segment.first,
    last: committed.seq,
    n: committed.n,
    bytes: footer?.bytes ?? committed.offset,
    sha256: footer?.sha256 ?? null,
    h: toHex(committed.h),
    rx0: committed.rx0,
    rx1: committed.rx1,
    why: footer?.why ?? null,
  };
}

/** Checks a segment at its place in the log. */
export async function checkSegment(store: WalStore, task: SegmentTask): Promise<SegmentCheck> {
  const { segment, expected } = task;
  const headsAt: string[] = [];
  const file = await openFile(store, segment.name);
  try {
    const scan = new SegmentScan({
      seg: segment.seg,
      first: segment.first,
      expected,
      hasher: task.hasher,
      crc: true,
      sha256: true,
      count: true,
      decode: task.canonical === true ? decodeEvent : null,
      fromSeq: 1,
      onHead: ({ seq, h }) => {
        if (seq === task.headAt) headsAt.push(toHex(h));
      },
    });
    for await (const _ of scanFile(scan, file, segment.name)) scan.takeEvents();
    const ending = task.last ? await judgeEnding(scan, file, segment.name) : null;
    const error = errorOf(task, scan, ending);
    const perType = new Map<string, number>();
    scan.types.addTo(perType);
    const next = follows(scan, expected);
    return {
      segment: foundSegment(task, scan),
      header: scan.header,
      whole: scan.fault === null && (scan.footer !== null || ending?.kind === 'clean'),
      problem: error === null ? null : problemOf(error),
      perType,
      headsAt,
      uncommittedBytes: ending?.kind === 'torn' ? ending.bytes : 0,
      // After damage the next segment can only be held against itself.
      next: scan.fault === null ? next : { ...EXPECT_NOTHING, walId: next.walId },
    };
  } finally {
    await file.close();
  }
}

/**
 * Checks a segment by itself, as {@link verifyWal} does but for what comes before it: every line's
 * checksum, every number, its part of the hash chain, its footer.
 *
 * @param store - the log; never written
 * @param segment - one of its segments, see `parseSegmentName`
 * @param options - the hasher; `last` when an unfinished end is to be judged as that of a log
 * @throws QuantlaxmiError WAL_IO when bytes could not be read
 * @example
 * ```ts
 * import { sha256Pure } from 'quantlaxmi/core';
 * import { memoryStore, openWalWriter, parseSegmentName, verifySegment } from 'quantlaxmi/wal';
 *
 * const store = memoryStore();
 * const log = await openWalWriter(store, {
 *   walId: '0123456789abcdef0123456789abcdef',
 *   clock: { nowUs: () => 1_700_000_000_000_000 },
 *   hasher: sha256Pure,
 *   policy: { kind: 'always' },
 *   rotate: { bytes: 16_777_216, events: 1_000_000 },
 * });
 * await log.close();
 * const segment = parseSegmentName('00000001-0000000000000001.wal.jsonl');
 * const check = segment && (await verifySegment(store, segment, { hasher: sha256Pure }));
 * check?.problem; // => null
 * check?.segment.why; // => 'close'
 * ```
 */
export async function verifySegment(
  store: WalStore,
  segment: SegmentName,
  options: SegmentCheckOptions & { readonly hasher: HasherFactory; readonly last?: boolean },
): Promise<SegmentCheck> {
  const last = options.last === true;
  return checkSegment(store, { ...options, segment, expected: EXPECT_NOTHING, last });
}

/**
 * What a check made by itself says at a place in the log; null when that place could have changed
 * the answer, so that the segment must be checked there.
 */
export function placeCheck(
  check: SegmentCheck,
  task: Pick<SegmentTask, 'segment' | 'expected' | 'hasher'>,
): SegmentCheck | null {
  const { header, segment } = check;
  const { expected, hasher } = task;
  if (!check.whole || header === null || segment.name !== task.segment.name) return null;
  const { seg, first } = task.segment;
  if (refuseHeader(header, { seg, first, expected, hasher }) !== null) return null;
  if (segment.rx0 !== null && segment.rx0 < expected.rx) return null;
  return { ...check, next: { ...check.next, rx: segment.rx1 ?? expected.rx } };
}
