/** What a header and a footer must say to belong where they stand. */
import type { HasherFactory } from '../../core/index.js';
import { fromHex, toHex } from '../../core/index.js';
import type { WalErrorCode } from '../errors.js';
import type { RemovedFront, WalFooter, WalHeader } from '../format.js';
import { chainStart } from './chain.js';

/** State as of the last commit. */
export interface Committed {
  readonly seq: number;
  readonly b: number;
  readonly d: number;
  readonly h: Uint8Array;
  /** Byte after the commit (or header) line. */
  readonly offset: number;
  readonly n: number;
  readonly rx0: number | null;
  readonly rx1: number | null;
}

/** What is known of a segment before its first byte is read; null means "believe the header". */
export interface Expected {
  readonly walId: string | null;
  readonly h: Uint8Array | null;
  readonly seq: number | null;
  readonly b: number | null;
  readonly epoch: number;
  readonly rx: number;
}

/** Expectations for the first segment of a log of unknown id. */
export const EXPECT_NOTHING: Expected = {
  walId: null,
  h: null,
  seq: null,
  b: null,
  epoch: 0,
  rx: 0,
};

/** Expectations for the first segment that is held. */
export function expectedAfter(after: RemovedFront | undefined): Expected {
  if (after === undefined) return EXPECT_NOTHING;
  const { walId, last, h } = after;
  return { ...EXPECT_NOTHING, walId, seq: last, h: fromHex(h) };
}

/** Why a line is refused. */
export interface Refusal {
  readonly code: WalErrorCode;
  readonly reason: string;
}

/** Holds a header against the segment's name and what came before it. */
export function refuseHeader(
  header: WalHeader,
  place: {
    readonly seg: number;
    readonly first: number;
    readonly expected: Expected;
    readonly hasher: HasherFactory;
  },
): Refusal | null {
  const { seg, first, expected, hasher } = place;
  if (header.seg !== seg || header.first !== first) {
    const found = `segment ${header.seg} first ${header.first}`;
    return { code: 'WAL_SEGMENT_MISSING', reason: `holds ${found}, not what its name says` };
  }
  if (expected.walId !== null && header.wal !== expected.walId) {
    const reason = `belongs to log ${header.wal}, expected ${expected.walId}`;
    return { code: 'WAL_FOREIGN', reason };
  }
  if (expected.seq !== null && header.first !== expected.seq + 1) {
    return { code: 'WAL_SEQ', reason: `first seq ${header.first}, expected ${expected.seq + 1}` };
  }
  const head = expected.h ?? (seg === 1 ? chainStart(hasher, header.wal) : null);
  if (head !== null && toHex(head) !== header.prev) {
    return { code: 'WAL_CHAIN', reason: `previous hash ${header.prev} is not ${toHex(head)}` };
  }
  if ((expected.b !== null && header.b0 !== expected.b) || header.epoch < expected.epoch) {
    const reason = `batch ${header.b0} epoch ${header.epoch} does not follow`;
    return { code: 'WAL_CHAIN', reason };
  }
  return null;
}

/** Holds a footer against what was read. `sha256` is null when it was not computed. */
export function refuseFooter(
  footer: WalFooter,
  read: {
    readonly committed: Committed;
    readonly first: number;
    readonly offset: number;
    /** The segment was read from a commit in its middle: its first `rx` was not seen. */
    readonly partial: boolean;
    readonly sha256: string | null;
  },
): Refusal | null {
  const { committed, first, offset, partial, sha256 } = read;
  const rx0 = partial ? footer.rx0 : committed.rx0;
  if (committed.offset !== offset || footer.bytes !== offset) {
    return { code: 'WAL_CHAIN', reason: 'the footer does not stand after the last commit' };
  }
  const facts = [footer.n, footer.first, footer.last, footer.b, footer.rx0, footer.rx1];
  const want = [committed.n, first, committed.seq, committed.b, rx0, committed.rx1];
  if (facts.some((fact, i) => fact !== want[i]) || footer.h !== toHex(committed.h)) {
    return { code: 'WAL_CHAIN', reason: 'the footer does not state what the segment holds' };
  }
  if (sha256 !== null && sha256 !== footer.sha256) {
    return { code: 'WAL_CHAIN', reason: `the footer's SHA-256 is not ${sha256}` };
  }
  return null;
}
