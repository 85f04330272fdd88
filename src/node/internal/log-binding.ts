/** What a manifest says of a log, taken from its verified bytes. */
import { QuantlaxmiError } from '../../core/index.js';
import {
  diffJson,
  expiredSegments,
  type FieldDifference,
  type LogBinding,
  type SegmentBinding,
} from '../../manifest/index.js';
import {
  type RemovedFront,
  verifyWal,
  type WalSegment,
  type WalStore,
  type WalVerification,
} from '../../wal/index.js';
import { nodeSha256 } from '../sha256.js';

/** Stands for a hash that does not exist yet. */
export const NO_HASH = '0'.repeat(64);

/** Binding of a log that has nothing in it yet. */
export function emptyBinding(dir: string, walId: string): LogBinding {
  return {
    chainHead: NO_HASH,
    dir,
    lastSeq: 0,
    perType: {},
    segments: [],
    totalEvents: 0,
    walId,
  };
}

function segmentBinding(segment: WalSegment): SegmentBinding {
  const { bytes, first, h, last, n, name, rx0, rx1, seg, sha256, why } = segment;
  return { bytes, first, h, last, n, name, rx0, rx1, seg, sha256: sha256 ?? NO_HASH, why };
}

/** Where a bound log starts now; undefined while all of it is held. */
export function removedFront(bound: LogBinding): RemovedFront | undefined {
  const last = expiredSegments(bound).at(-1);
  if (last === undefined) return undefined;
  return { walId: bound.walId, seg: last.seg, last: last.last, h: last.h };
}

/**
 * `found` with what the manifest keeps of segments that were removed. Their events can be counted
 * again in sum only: the count of a type is the bound one unless more are there than it says.
 */
function withRemoved(found: LogBinding, bound: LogBinding): LogBinding {
  const removed = expiredSegments(bound);
  if (removed.length === 0) return found;
  const fits = Object.entries(found.perType).every(([t, n]) => n <= (bound.perType[t] ?? 0));
  return {
    ...found,
    perType: fits ? bound.perType : found.perType,
    segments: [...removed, ...found.segments],
    totalEvents: removed.reduce((sum, { n }) => sum + n, found.totalEvents),
  };
}

/** Where a log that was found differs from the one that a manifest binds. */
export function bindingDifferences(
  bound: LogBinding,
  found: WalVerification,
): readonly FieldDifference[] {
  return diffJson(bound, withRemoved(bindingOf(bound.dir, found), bound));
}

/** Binding of a log as a verification found it. */
export function bindingOf(dir: string, found: WalVerification): LogBinding {
  return {
    chainHead: found.chainHead === '' ? NO_HASH : found.chainHead,
    dir,
    lastSeq: found.lastSeq,
    perType: { ...found.perType },
    segments: found.segments.map(segmentBinding),
    totalEvents: found.totalEvents,
    walId: found.walId ?? '0'.repeat(32),
  };
}

/** Checks a log in full, and that it is the one `bound` states. */
export async function compareLog(
  store: WalStore,
  bound: LogBinding,
): Promise<{ ok: boolean; differences: readonly FieldDifference[]; wal: WalVerification }> {
  const after = removedFront(bound);
  const found = await verifyWal(store, {
    hasher: nodeSha256,
    expectSealed: true,
    expectAtLeastSeq: bound.lastSeq,
    ...(after === undefined ? {} : { after }),
  });
  // Damage explains why the log ends early; a rollback on top of it would only hide the place.
  const damage = found.problems.filter((problem) => problem.code !== 'WAL_ROLLBACK');
  const wal = damage.length === 0 ? found : { ...found, problems: damage };
  const differences = bindingDifferences(bound, found);
  return { ok: wal.ok && differences.length === 0, differences, wal };
}

/** Verifies a closed log in full and binds it; the first problem is thrown. */
export async function bindSealedLog(store: WalStore, dir: string): Promise<LogBinding> {
  const found = await verifyWal(store, { hasher: nodeSha256, expectSealed: true });
  const first = found.problems[0];
  if (first !== undefined) {
    const { code, message, file, byte, seq } = first;
    throw new QuantlaxmiError(code, message, { context: { file, byte, seq } });
  }
  return bindingOf(dir, found);
}
