/** The quick check of a sealed segment: header, last commit and footer, not what lies between. */
import { fromHex } from '../../core/index.js';
import { ioError } from '../errors.js';
import { TAIL_BYTES } from '../format.js';
import type { WalFile } from '../store.js';
import { readFully } from './line-source.js';
import { hexIs, LF, lineHolds, parseCommit, parseFooter } from './lines.js';
import type { Committed, Expected } from './segment-rules.js';
import type { SegmentScan } from './segment-scan.js';

const END_BYTES = 65_536;

async function readPart(file: WalFile, label: string, from: number, to: number) {
  const bytes = new Uint8Array(to - from);
  try {
    return bytes.subarray(0, await readFully(file, bytes, from));
  } catch (cause) {
    throw ioError(cause, label);
  }
}

/**
 * Checks the ends of a sealed segment.
 *
 * @returns what the next segment must follow from, or the reason why this one does not hold
 */
export async function checkEnds(
  scan: SegmentScan,
  file: WalFile,
  label: string,
): Promise<Expected | string> {
  const size = await file.size();
  const head = await readPart(file, label, 0, Math.min(size, END_BYTES));
  const firstLf = head.indexOf(LF);
  scan.consume(head.subarray(0, firstLf + 1));
  const { header } = scan;
  if (header === null) return scan.fault?.reason ?? 'the first line is no header';
  const from = Math.max(0, size - END_BYTES);
  const tail = await readPart(file, label, from, size);
  const lf = tail.length - 1;
  const start = tail.lastIndexOf(LF, lf - 1) + 1;
  const footer = lineHolds(tail, start, lf) ? parseFooter(tail, start, lf + 1 - TAIL_BYTES) : null;
  if (tail[lf] !== LF || footer === null) return 'the last line is no footer';
  if (footer.bytes !== from + start) return 'the footer is not where it says';
  if (footer.first !== header.first || footer.last !== footer.first + footer.n - 1) {
    return 'the footer counts other events than the header starts with';
  }
  const last = { ...scan.committed, h: fromHex(footer.h) } satisfies Committed;
  if (footer.n > 0) {
    const before = tail.lastIndexOf(LF, start - 2) + 1;
    const commit = { b: 0, d: 0, seq: 0, n: 0, chainEnd: 0 };
    const ok = lineHolds(tail, before, start - 1);
    if (!ok || !parseCommit(tail, before, start - TAIL_BYTES, commit)) {
      return 'there is no commit before the footer';
    }
    if (commit.b !== footer.b || commit.seq !== footer.last) return 'the last commit is another';
    if (!hexIs(tail, commit.chainEnd + 6, last.h)) return 'the last commit has another hash';
  }
  return {
    walId: header.wal,
    h: last.h,
    seq: footer.last,
    b: footer.b,
    epoch: header.epoch,
    rx: footer.rx1 ?? 0,
  };
}
