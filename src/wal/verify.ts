/**
 * Checking a whole log without decoding it: every checksum, every hash, every number. Never writes.
 * @module
 */
import type { HasherFactory } from '../core/index.js';
import { walError } from './errors.js';
import type { RemovedFront, SegmentName } from './format.js';
import type { Expected } from './internal/segment-rules.js';
import { EXPECT_NOTHING, expectedAfter } from './internal/segment-rules.js';
import { heldSegments, listStore, misnumberedMessage } from './internal/segments.js';
import type { WalStore } from './store.js';
import type { SegmentCheck, WalProblem, WalSegment } from './verify-segment.js';
import { checkSegment, placeCheck } from './verify-segment.js';

/** Options of `verifyWal`. */
export interface VerifyWalOptions {
  readonly hasher: HasherFactory;
  /** Also decode every event, which proves that its bytes are canonical. Default false. */
  readonly canonical?: boolean;
  /** A sealed log is expected: an unsealed last segment is then a problem. Default false. */
  readonly expectSealed?: boolean;
  /** The log must reach this `seq`. */
  readonly expectAtLeastSeq?: number;
  /** Collect in `headsAt` the chain heads at which the log stood at this `seq`. */
  readonly headAt?: number;
  /** Where the log starts when its front was removed; without it that is WAL_SEGMENT_MISSING. */
  readonly after?: RemovedFront;
  /** Take a log that is being written: bytes after the last commit are no problem. */
  readonly upTo?: 'commit';
  /**
   * Checks single segments ahead, e.g. in other threads, with `verifySegment` and these options. It
   * is called once for each segment before the first answer is awaited. The result is the same with
   * and without it: an answer is used where the segment follows the one before it, else the segment
   * is checked again at its place.
   */
  readonly checkAhead?: (segment: SegmentName, last: boolean) => Promise<SegmentCheck>;
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
  /**
   * With `headAt`: the chain heads at that `seq`, hex. Several where a header followed its commit;
   * none where no commit ends there.
   */
  readonly headsAt: readonly string[];
  /** Files in the folder that belong to no log. */
  readonly strays: readonly string[];
  readonly problems: readonly WalProblem[];
}

class Verification {
  readonly problems: WalProblem[] = [];
  readonly segments: WalSegment[] = [];
  readonly headsAt: string[] = [];
  readonly types = new Map<string, number>();
  expected: Expected = EXPECT_NOTHING;
  uncommittedBytes = 0;
  readonly #store: WalStore;
  readonly #options: VerifyWalOptions;

  constructor(store: WalStore, options: VerifyWalOptions) {
    this.#store = store;
    this.#options = options;
    const { after, headAt } = options;
    this.expected = expectedAfter(after);
    // Its commit is gone with the segment; what is held must follow from that head.
    if (after !== undefined && after.last === headAt) this.headsAt.push(after.h);
  }

  /** Takes `ahead` for the answer when the segment's place does not change it. */
  async segment(segment: SegmentName, last: boolean, ahead: SegmentCheck | null): Promise<void> {
    const task = { ...this.#options, segment, expected: this.expected, last };
    const placed = ahead === null ? null : placeCheck(ahead, task);
    const check = placed ?? (await checkSegment(this.#store, task));
    if (check.problem !== null) this.problems.push(check.problem);
    this.segments.push(check.segment);
    this.headsAt.push(...check.headsAt);
    for (const [type, n] of check.perType) this.types.set(type, (this.types.get(type) ?? 0) + n);
    if (last) this.uncommittedBytes = check.uncommittedBytes;
    this.expected = check.next;
  }
}

/** Problems of numbering; segments that can not be placed are left out of the scan. */
function checkNumbers(
  segments: readonly SegmentName[],
  removed: number,
): {
  readonly problems: WalProblem[];
  readonly broken: ReadonlySet<SegmentName>;
} {
  const problems: WalProblem[] = [];
  const broken = new Set<SegmentName>();
  let due = removed + 1;
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
  const { segments: listed, strays } = await listStore(store);
  const segments = heldSegments(listed, options.after);
  const { problems, broken } = checkNumbers(segments, options.after?.seg ?? 0);
  const state = new Verification(store, options);
  const ahead = segments.map((segment, i) =>
    options.checkAhead?.(segment, i === segments.length - 1),
  );
  // Each is awaited in its turn; one that fails meanwhile is not unhandled.
  for (const answer of ahead) answer?.catch(() => undefined);
  for (const [i, segment] of segments.entries()) {
    if (broken.has(segment)) {
      state.expected = { ...EXPECT_NOTHING, walId: state.expected.walId };
    }
    await state.segment(segment, i === segments.length - 1, (await ahead[i]) ?? null);
  }
  const last = state.segments[state.segments.length - 1];
  const lastSeq = last?.last ?? options.after?.last ?? 0;
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
    headsAt: state.headsAt,
    strays,
    problems,
  };
}

/**
 * Facts about a log for people and manifests: the same pass as {@link verifyWal}, taking a log that
 * is still being written, and throwing at the first problem instead of listing it.
 *
 * @param store - the log
 * @param options - the hasher; where the log starts when its front was removed
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
  options: Pick<VerifyWalOptions, 'after' | 'hasher'>,
): Promise<WalVerification> {
  const { after, hasher } = options;
  const held = after === undefined ? {} : { after };
  const found = await verifyWal(store, { hasher, upTo: 'commit', ...held });
  const first = found.problems[0];
  if (first === undefined) return found;
  const { code, message, file, byte, seq } = first;
  throw walError(code, message, { context: { file, byte, seq } });
}
