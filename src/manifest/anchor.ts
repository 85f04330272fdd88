/**
 * An anchor: what a log was at one moment, in three lines, to be kept where whoever can rewrite the
 * log cannot rewrite it too.
 * @module
 */
import { decodeUtf8, encodeUtf8, isQuantlaxmiError, QuantlaxmiError } from '../core/index.js';
import type { RemovedFront, WalProblem, WalVerification } from '../wal/index.js';

/** Where a log stood: `origin`, `lastSeq`, `chainHead`, a line each. */
export interface Anchor {
  /** Chain head after the commit that ends at `lastSeq` (64 hex digits). */
  readonly chainHead: string;
  /** Last committed `seq`; 0 for a log without events. */
  readonly lastSeq: number;
  /** Names the log: see {@link anchorOrigin}. */
  readonly origin: string;
}

const ORIGIN = /^quantlaxmi\/wal\/[0-9a-f]{32}$/;
const SEQ = /^(?:0|[1-9][0-9]{0,15})$/;
const HASH = /^[0-9a-f]{64}$/;

/** Longest anchor, bytes. */
export const ANCHOR_BYTES_MAX = 256;

/**
 * The name of a log in an anchor: its random id, which every header of it states.
 *
 * @param walId - id of the log (32 hex digits)
 * @example
 * ```ts
 * import { anchorOrigin } from 'quantlaxmi/manifest';
 *
 * anchorOrigin('0123456789abcdef0123456789abcdef');
 * // => 'quantlaxmi/wal/0123456789abcdef0123456789abcdef'
 * ```
 */
export function anchorOrigin(walId: string): string {
  return `quantlaxmi/wal/${walId}`;
}

function refuse(label: string, why: string): never {
  throw new QuantlaxmiError(
    'QL_ANCHOR',
    `${label}: ${why}; expected three lines: quantlaxmi/wal/<log id>, last seq, chain head in hex`,
    { context: { label } },
  );
}

function check(anchor: Anchor, label: string): Anchor {
  if (!ORIGIN.test(anchor.origin)) refuse(label, 'line 1 names no log');
  if (!Number.isSafeInteger(anchor.lastSeq) || anchor.lastSeq < 0)
    refuse(label, 'line 2 is no seq');
  if (!HASH.test(anchor.chainHead)) refuse(label, 'line 3 is no chain head');
  return anchor;
}

/**
 * Anchor of a log as it was verified.
 *
 * @param found - what `verifyWal` found, without problems
 * @throws QuantlaxmiError QL_ANCHOR for a log that holds no header or has problems
 */
export function anchorOf(found: WalVerification): Anchor {
  if (found.walId === null || !found.ok) refuse('anchor', 'the log is empty or does not hold');
  const { chainHead, lastSeq, walId } = found;
  return check({ chainHead, lastSeq, origin: anchorOrigin(walId) }, 'anchor');
}

/**
 * The three lines of an anchor.
 *
 * @param anchor - the anchor
 */
export function encodeAnchor({ origin, lastSeq, chainHead }: Anchor): Uint8Array {
  return encodeUtf8(`${origin}\n${lastSeq}\n${chainHead}\n`);
}

/**
 * Reads an anchor.
 *
 * @param bytes - its three lines
 * @param label - how errors name it
 * @throws QuantlaxmiError QL_ANCHOR
 * @example
 * ```ts
 * import { anchorOrigin, encodeAnchor, parseAnchor } from 'quantlaxmi/manifest';
 *
 * const origin = anchorOrigin('0123456789abcdef0123456789abcdef');
 * const bytes = encodeAnchor({ origin, lastSeq: 7, chainHead: 'ab'.repeat(32) });
 * parseAnchor(bytes).lastSeq; // => 7
 * ```
 */
export function parseAnchor(bytes: Uint8Array, label = 'anchor'): Anchor {
  if (bytes.length > ANCHOR_BYTES_MAX) refuse(label, `${bytes.length} bytes`);
  let text: string;
  try {
    text = decodeUtf8(bytes);
  } catch (cause) {
    if (!isQuantlaxmiError(cause)) throw cause;
    return refuse(label, cause.message);
  }
  const [origin = '', seq = '', chainHead = '', rest, ...more] = text.split('\n');
  if (rest !== '' || more.length > 0) refuse(label, 'not three lines');
  if (!SEQ.test(seq)) refuse(label, 'line 2 is no seq');
  return check({ origin, lastSeq: Number(seq), chainHead }, label);
}

/**
 * What stands against a log being the one that was anchored, or one that grew from it. Empty when
 * nothing does.
 *
 * @param anchor - kept outside of the log
 * @param found - what `verifyWal` found with `headAt: anchor.lastSeq`, and the `after` it was
 * given: of an anchor within a removed front nothing can be said, which is a problem too
 * @param source - how messages name the anchor
 */
export function anchorProblems(
  anchor: Anchor,
  found: Pick<WalVerification, 'headsAt' | 'lastSeq' | 'segments' | 'walId'> & {
    readonly after?: RemovedFront | undefined;
  },
  source: string,
): readonly WalProblem[] {
  const { lastSeq, chainHead } = anchor;
  const segment =
    found.segments.find(({ first, last }) => first <= lastSeq && lastSeq <= last) ??
    found.segments.at(-1);
  const at = { file: segment?.name ?? '', byte: 0 };
  if (found.walId === null || anchorOrigin(found.walId) !== anchor.origin) {
    const is = found.walId === null ? 'no log' : anchorOrigin(found.walId);
    const message = `${source} is of ${anchor.origin}, this is ${is}: another log, or one made anew`;
    return [{ ...at, code: 'WAL_ANCHOR', seq: 1, message }];
  }
  if (found.lastSeq < lastSeq) {
    const message = `log ends at seq ${found.lastSeq} but ${source} proves that it reached seq ${lastSeq}`;
    return [{ ...at, code: 'WAL_ROLLBACK', seq: found.lastSeq + 1, message }];
  }
  if (found.headsAt.includes(chainHead)) return [];
  const removed = found.after?.last ?? 0;
  if (lastSeq < removed) {
    const message = `${source} is of seq ${lastSeq}, which was removed by retention up to seq ${removed}: it cannot be judged. Hold the log against an anchor of seq ${removed} or later`;
    return [{ ...at, code: 'WAL_ANCHOR', seq: lastSeq, message }];
  }
  const heads = found.headsAt.length === 0 ? 'no commit ends there' : found.headsAt.join(' or ');
  const message = `${source} states chain head ${chainHead} at seq ${lastSeq}; found ${heads}: the log was rewritten at or before that seq`;
  return [{ ...at, code: 'WAL_ANCHOR', seq: lastSeq, message }];
}
