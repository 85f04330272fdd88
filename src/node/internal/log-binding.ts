/** What a manifest says of a log, taken from its verified bytes. */
import { QuantlaxmiError } from '../../core/index.js';
import {
  diffJson,
  type FieldDifference,
  type LogBinding,
  type SegmentBinding,
} from '../../manifest/index.js';
import {
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
  const found = await verifyWal(store, {
    hasher: nodeSha256,
    expectSealed: true,
    expectAtLeastSeq: bound.lastSeq,
  });
  // Damage explains why the log ends early; a rollback on top of it would only hide the place.
  const damage = found.problems.filter((problem) => problem.code !== 'WAL_ROLLBACK');
  const wal = damage.length === 0 ? found : { ...found, problems: damage };
  const differences = diffJson(bound, bindingOf(bound.dir, found));
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
