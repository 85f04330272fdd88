import { lineHolds } from '../../../../src/wal/internal/lines.js';
import { kindOf, textLines } from './logs.js';

const LF = 10;

/** One line of a segment, and the `seq` due at it. */
export interface LineSpan {
  readonly from: number;
  /** Its LF. */
  readonly lf: number;
  readonly seq: number;
}

export function spansOf(bytes: Uint8Array): LineSpan[] {
  let from = 0;
  let seq = 1;
  return textLines(bytes).map((text) => {
    if (from === 0) seq = Number(/"first":(\d+)/.exec(text)?.[1]);
    const span = { from, lf: from + text.length, seq };
    from = span.lf + 1;
    if (kindOf(text) === 'E') seq += 1;
    return span;
  });
}

/**
 * Whether the line that starts at `span.from` still holds with the byte at `at` as it is now in
 * `bytes`. What stands before it is untouched, so a scan comes to it in the same state, and what
 * it says of it is what it says of the segment.
 */
export function stillHolds(bytes: Uint8Array, span: LineSpan, at: number): boolean {
  if (at === span.lf) {
    // The line runs on into the next one.
    const lf = bytes.indexOf(LF, span.from);
    return lf >= 0 && lineHolds(bytes, span.from, lf);
  }
  return lineHolds(bytes, span.from, bytes[at] === LF ? at : span.lf);
}

/** What a byte is changed to: each of its bits alone, and four values that parsers trip over. */
export function valuesFor(whole: number): number[] {
  const bits = Array.from({ length: 8 }, (_, bit) => whole ^ (1 << bit));
  return [...new Set([...bits, 0x00, 0xff, LF, 0x20])].filter((value) => value !== whole);
}
