/**
 * Checking a whole log without decoding it: every checksum, every hash, every number. Never writes.
 * @module
 */
import type { HasherFactory, QuantlaxmiError } from '../core/index.js';
import { toHex } from '../core/index.js';
import { decodeEvent } from '../events/index.js';
import type { WalErrorCode } from './errors.js';
import { walError } from './errors.js';
import type { FooterReason, SegmentName } from './format.js';
import type { Ending } from './internal/judge.js';
import { faultError, judgeEnding, tornTailError } from './internal/judge.js';
import { scanFile } from './internal/line-source.js';
import type { Expected } from './internal/segment-rules.js';
import { EXPECT_NOTHING } from './internal/segment-rules.js';
import { SegmentScan } from './internal/segment-scan.js';
import { listStore, misnumberedMessage, openFile } from './internal/segments.js';
import { follows, unsealedError } from './recover.js';
import type { WalStore } from './store.js';

/** Options of `verifyWal`. */
export interface VerifyWalOptions {
  readonly hasher: HasherFactory;
  /** Also decode every event, which proves that its bytes are canonical. Default false. */
  readonly canonical?: boolean;
  /** A sealed log is expected: an unsealed last segment is then a problem. Default false. */
  readonly expectSealed?: boolean;
  /** The log must reach this `seq`. */
  readonly expectAtLeastSeq?: number;
  /** Take a log that is being written: bytes after the last commit are no problem. */
  readonly upTo?: 'commit';
}

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

/** What `verifyWal` found. */
export interface WalVerification {
  readonly ok: boolean;
  /** Null for an empty store. */
  readonly walId: string | null;
  readonly lastSeq: number;
  /** Hash that binds everything up to `lastSeq`, hex; empty for an empty store. */
  readonly chainHead: string;
  readonly totalEvents: number;
  readonly perType: Readonly<Record<string, number>>;
  readonly segments: readonly WalSegment[];
  /** True when the last segment has a footer. */
  readonly sealed: boolean;
  /** Bytes after the last commit of an unsealed log. */
  readonly uncommittedBytes: number;
  /** Files in the folder that belong to no log. */
  readonly strays: readonly string[];
  readonly problems: readonly WalProblem[];
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

class Verification {
  readonly problems: WalProblem[] = [];
  readonly segments: WalSegment[] = [];
  readonly types = new Map<string, number>();
  expected: Expected = EXPECT_NOTHING;
  uncommittedBytes = 0;
  readonly #store: WalStore;
  readonly #options: VerifyWalOptions;

  constructor(store: WalStore, options: VerifyWalOptions) {
    this.#store = store;
    this.#options = options;
  }

  async segment(segment: SegmentName, last: boolean): Promise<void> {
    const file = await openFile(this.#store, segment.name);
    try {
      const scan = new SegmentScan({
        seg: segment.seg,
        first: segment.first,
        expected: this.expected,
        hasher: this.#options.hasher,
        crc: true,
        sha256: true,
        count: true,
        decode: this.#options.canonical === true ? decodeEvent : null,
        fromSeq: 1,
      });
      for await (const _ of scanFile(scan, file, segment.name)) scan.takeEvents();
      const ending = last ? await judgeEnding(scan, file, segment.name) : null;
      const error = this.#errorOf(segment, scan, ending);
      if (error !== null) this.problems.push(problemOf(error));
      this.#note(segment, scan);
      // After damage the next segment can only be held against itself.
      const { walId } = follows(scan, this.expected);
      this.expected =
        scan.fault === null ? follows(scan, this.expected) : { ...EXPECT_NOTHING, walId };
    } finally {
      await file.close();
    }
  }

  #errorOf(segment: SegmentName, scan: SegmentScan, ending: Ending | null): QuantlaxmiError | null {
    const lastSeq = scan.committed.seq;
    const { expectSealed, upTo } = this.#options;
    const { name } = segment;
    if (ending === null) {
      if (scan.fault !== null) return faultError(name, scan.fault, { lastSeq });
      return scan.footer === null ? unsealedError(name, lastSeq) : null;
    }
    if (ending.kind === 'damaged') {
      const { fault, durableBatch } = ending;
      return faultError(name, fault, { lastSeq, durableBatch });
    }
    if (ending.kind === 'torn') {
      this.uncommittedBytes = ending.bytes;
      if (expectSealed === true && scan.fault !== null) {
        return faultError(name, scan.fault, { lastSeq });
      }
      if (expectSealed !== true && upTo === 'commit') return null;
      return tornTailError(name, ending, lastSeq);
    }
    return ending.kind === 'clean' && expectSealed === true ? unsealedError(name, lastSeq) : null;
  }

  #note(segment: SegmentName, scan: SegmentScan): void {
    const { committed, footer } = scan;
    scan.types.addTo(this.types);
    this.segments.push({
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
    });
  }
}

/** Problems of numbering; segments that can not be placed are left out of the scan. */
function checkNumbers(segments: readonly SegmentName[]): {
  readonly problems: WalProblem[];
  readonly broken: ReadonlySet<SegmentName>;
} {
  const problems: WalProblem[] = [];
  const broken = new Set<SegmentName>();
  let due = 1;
  for (const segment of segments) {
    if (segment.seg !== due) {
      problems.push({
        code: 'WAL_SEGMENT_MISSING',
        file: segment.name,
        byte: 0,
        seq: segment.first,
        message: misnumberedMessage(due, segment.name),
      });
      broken.add(segment);
    }
    due = segment.seg + 1;
  }
  return { problems, broken };
}

/**
 * Checks a log: every line's CRC, every number, the hash chain, every footer. Problems are
 * returned, not thrown; each names file, byte and seq. One problem per segment: what follows damage
 * within a segment is not judged.
 *
 * @param store - the log; never written
 * @param options - see {@link VerifyWalOptions}
 * @throws QuantlaxmiError WAL_IO when bytes could not be read
 * @example
 * ```ts
 * import { sha256Pure } from 'quantlaxmi/core';
 * import { memoryStore, verifyWal } from 'quantlaxmi/wal';
 *
 * const { ok, totalEvents } = await verifyWal(memoryStore(), { hasher: sha256Pure });
 * ok; // => true
 * totalEvents; // => 0
 * ```
 */
export async function verifyWal(
  store: WalStore,
  options: VerifyWalOptions,
): Promise<WalVerification> {
  const { segments, strays } = await listStore(store);
  const { problems, broken } = checkNumbers(segments);
  const state = new Verification(store, options);
  for (const segment of segments) {
    if (broken.has(segment)) {
      state.expected = { ...EXPECT_NOTHING, walId: state.expected.walId };
    }
    await state.segment(segment, segment === segments[segments.length - 1]);
  }
  const last = state.segments[state.segments.length - 1];
  const lastSeq = last?.last ?? 0;
  problems.push(...state.problems);
  // After the damage that explains it: the first problem is the place to look at.
  const least = options.expectAtLeastSeq ?? 0;
  if (lastSeq < least) {
    problems.push({
      code: 'WAL_ROLLBACK',
      file: last?.name ?? store.place,
      byte: last?.bytes ?? 0,
      seq: lastSeq + 1,
      message: `log ends at seq ${lastSeq} but seq ${least} is known to have been durable`,
    });
  }
  return {
    ok: problems.length === 0,
    walId: state.expected.walId,
    lastSeq,
    chainHead: last?.h ?? '',
    totalEvents: state.segments.reduce((sum, segment) => sum + segment.n, 0),
    perType: Object.fromEntries([...state.types].sort(([a], [b]) => (a < b ? -1 : 1))),
    segments: state.segments,
    sealed: last !== undefined && last.why !== null,
    uncommittedBytes: state.uncommittedBytes,
    strays,
    problems,
  };
}

/**
 * Facts about a log for people and manifests: the same pass as {@link verifyWal}, taking a log that
 * is still being written, and throwing at the first problem instead of listing it.
 *
 * @param store - the log
 * @param options - the hasher
 * @throws QuantlaxmiError of the first problem
 * @example
 * ```ts
 * import { sha256Pure } from 'quantlaxmi/core';
 * import { memoryStore, walStat } from 'quantlaxmi/wal';
 *
 * (await walStat(memoryStore(), { hasher: sha256Pure })).lastSeq; // => 0
 * ```
 */
export async function walStat(
  store: WalStore,
  options: { readonly hasher: HasherFactory },
): Promise<WalVerification> {
  const found = await verifyWal(store, { hasher: options.hasher, upTo: 'commit' });
  const first = found.problems[0];
  if (first === undefined) return found;
  const { code, message, file, byte, seq } = first;
  throw walError(code, message, { context: { file, byte, seq } });
}
