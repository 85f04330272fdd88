/**
 * What a fault means. In a sealed segment it is damage. At the end of an unsealed one it is the
 * trace of an interrupted write, unless something behind it proves that the bytes had been durable.
 */
import type { QuantlaxmiError } from '../../core/index.js';
import { walError } from '../errors.js';
import { TAIL_BYTES } from '../format.js';
import type { WalFile } from '../store.js';
import { damageOf, LineSource } from './line-source.js';
import type { Commit } from './lines.js';
import { KIND_COMMIT, KIND_FOOTER, LF, lineHolds, parseCommit, parseFooter } from './lines.js';
import type { Fault } from './scan-types.js';
import { NO_LINE_END } from './scan-types.js';
import type { SegmentScan } from './segment-scan.js';
import { LIMITS } from '../../core/index.js';

/** State of a log's last segment. */
export type Ending =
  | { readonly kind: 'sealed' | 'clean' }
  | { readonly kind: 'torn'; readonly byte: number; readonly bytes: number }
  | { readonly kind: 'damaged'; readonly fault: Fault; readonly durableBatch: number | null };

const OPENING = /* @__PURE__ */ [123, 34, 107, 34, 58, 34];

/** Next `{"k":"` at or after `from`, or -1. */
function nextOpening(view: Uint8Array, from: number, end: number): number {
  for (let at = view.indexOf(123, from); at >= 0 && at < end; at = view.indexOf(123, at + 1)) {
    if (OPENING.every((byte, i) => view[at + i] === byte)) return at;
  }
  return -1;
}

/** Batch that a surviving line in `view[start..lf]` proves durable; 0 when it proves nothing. */
function provenIn(view: Uint8Array, start: number, lf: number): number {
  const commit: Commit = { b: 0, d: 0, seq: 0, n: 0, chainEnd: 0 };
  let proven = 0;
  for (let at = nextOpening(view, start, lf); at >= 0; at = nextOpening(view, at + 1, lf)) {
    const kind = view[at + 6];
    if ((kind !== KIND_COMMIT && kind !== KIND_FOOTER) || !lineHolds(view, at, lf)) continue;
    const prefixEnd = lf + 1 - TAIL_BYTES;
    if (kind === KIND_FOOTER) {
      const footer = parseFooter(view, at, prefixEnd);
      if (footer !== null) proven = Math.max(proven, footer.b);
    } else if (parseCommit(view, at, prefixEnd, commit)) {
      proven = Math.max(proven, commit.d);
    }
  }
  return proven;
}

/** Highest batch that any whole line from `position` on proves to have been durable. */
async function provenBehind(file: WalFile, label: string, position: number): Promise<number> {
  const source = new LineSource(file, label, position);
  let proven = 0;
  while (await source.fill()) {
    const { view } = source;
    let pos = 0;
    for (let lf = view.indexOf(LF); lf >= 0; lf = view.indexOf(LF, pos)) {
      proven = Math.max(proven, provenIn(view, pos, lf));
      pos = lf + 1;
    }
    // No commit or footer is near the limit, so the front of an endless line can go.
    const rest = view.length - pos;
    source.drop(rest > LIMITS.lineBytes ? view.length - 4096 : pos);
  }
  return proven;
}

/** True when a footer or commit holds anywhere in the file: the segment had been live. */
export async function wasLive(file: WalFile, label: string): Promise<boolean> {
  const source = new LineSource(file, label, 0);
  while (await source.fill()) {
    const { view } = source;
    let pos = 0;
    for (let lf = view.indexOf(LF); lf >= 0; lf = view.indexOf(LF, pos)) {
      for (let at = nextOpening(view, pos, lf); at >= 0; at = nextOpening(view, at + 1, lf)) {
        const kind = view[at + 6];
        const known = kind === KIND_COMMIT || kind === KIND_FOOTER;
        if (known && lineHolds(view, at, lf)) return true;
      }
      pos = lf + 1;
    }
    const rest = view.length - pos;
    source.drop(rest > LIMITS.lineBytes ? view.length - 4096 : pos);
  }
  return false;
}

/** Judges the end of the last segment after `scan` has read it. */
export async function judgeEnding(
  scan: SegmentScan,
  file: WalFile,
  label: string,
): Promise<Ending> {
  try {
    return await endingOf(scan, file, label);
  } catch (error) {
    // A file that finds itself damaged behind the fault is no interrupted write.
    if (scan.fault === null || damageOf(error) === null) throw error;
    return { kind: 'damaged', fault: scan.fault, durableBatch: null };
  }
}

async function endingOf(scan: SegmentScan, file: WalFile, label: string): Promise<Ending> {
  const { fault, committed } = scan;
  if (fault === null && scan.footer !== null) return { kind: 'sealed' };
  if (fault === null && scan.offset === committed.offset && scan.header !== null) {
    return { kind: 'clean' };
  }
  if (fault !== null && !fault.tornLike) return { kind: 'damaged', fault, durableBatch: null };
  const size = await file.size();
  if (fault === null) return { kind: 'torn', byte: scan.offset, bytes: size - committed.offset };
  if (scan.header === null) {
    if (await wasLive(file, label)) return { kind: 'damaged', fault, durableBatch: null };
    return { kind: 'torn', byte: 0, bytes: size };
  }
  if (fault.reason === NO_LINE_END) {
    // Nothing stood behind it. Of a log that is being written, the line may be whole by now and
    // more may follow: that was not there to be read, and proves nothing.
    return { kind: 'torn', byte: fault.byte, bytes: fault.endByte - committed.offset };
  }
  const proven = await provenBehind(file, label, fault.byte);
  if (proven > committed.b) return { kind: 'damaged', fault, durableBatch: proven };
  return { kind: 'torn', byte: fault.byte, bytes: size - committed.offset };
}

/** The error for a fault in `file`. */
export function faultError(
  file: string,
  fault: Fault,
  state: { readonly lastSeq: number; readonly durableBatch?: number | null },
): QuantlaxmiError {
  const { lastSeq } = state;
  const place = `${file} byte ${fault.byte}`;
  const range = `bytes ${fault.byte} to ${fault.endByte - 1}, event seq ${fault.seq} was due`;
  const durable =
    state.durableBatch === undefined || state.durableBatch === null
      ? 'the segment is not the end of an interrupted write'
      : `batches up to ${state.durableBatch} were durable`;
  const message =
    fault.code === 'WAL_CORRUPT' || fault.code === 'WAL_LINE_TOO_LONG'
      ? `${place}: ${fault.reason} (${range}); last good seq ${lastSeq}; ${durable}, so this is ` +
        'data loss, not a torn write. Run "quantlaxmi wal salvage"'
      : `${place}: ${fault.reason} (${range}); last good seq ${lastSeq}. The line's own checksum ` +
        'holds, so the log was edited, mixed up, or written by another release';
  return walError(fault.code, message, {
    ...(fault.cause === undefined ? {} : { cause: fault.cause }),
    context: {
      file,
      byte: fault.byte,
      endByte: fault.endByte,
      seq: fault.seq,
      lastSeq,
      reason: fault.reason,
    },
  });
}

/** The error for reading a log that ends in bytes which were never committed. */
export function tornTailError(
  file: string,
  ending: { readonly byte: number; readonly bytes: number },
  lastSeq: number,
): QuantlaxmiError {
  return walError(
    'WAL_TORN_TAIL',
    `${file} byte ${ending.byte}: ${ending.bytes} uncommitted bytes after seq ${lastSeq}; ` +
      'run "quantlaxmi wal seal" to recover, or read upTo:\'commit\'',
    { context: { file, byte: ending.byte, bytes: ending.bytes, seq: lastSeq + 1, lastSeq } },
  );
}
