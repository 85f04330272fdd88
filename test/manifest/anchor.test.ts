import fc from 'fast-check';
import { encodeUtf8, isQuantlaxmiError } from 'quantlaxmi/core';
import { anchorOrigin, anchorProblems, encodeAnchor, parseAnchor } from 'quantlaxmi/manifest';
import { describe, expect, test } from 'vitest';

const walId = '0123456789abcdef'.repeat(2);
const head = 'ab'.repeat(32);
const anchor = { origin: anchorOrigin(walId), lastSeq: 7, chainHead: head };
const text = `quantlaxmi/wal/${walId}\n7\n${head}\n`;

const codeOf = (bytes: Uint8Array): string => {
  try {
    parseAnchor(bytes);
  } catch (error) {
    return isQuantlaxmiError(error) ? error.code : String(error);
  }
  return 'accepted';
};

describe('an anchor', () => {
  test('MANIFEST-13: is three lines: origin, last seq, chain head', () => {
    expect(new TextDecoder().decode(encodeAnchor(anchor))).toBe(text);
    expect(parseAnchor(encodeAnchor(anchor))).toEqual(anchor);
  });

  test('MANIFEST-13: one byte more, less or other is refused or another anchor', () => {
    const bytes = encodeUtf8(text);
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.nat(255), (at, byte) => {
        fc.pre(bytes[at] !== byte);
        const changed = bytes.slice();
        changed[at] = byte;
        if (codeOf(changed) === 'accepted') expect(parseAnchor(changed)).not.toEqual(anchor);
        else expect(codeOf(changed)).toBe('QL_ANCHOR');
        const shorter = bytes.filter((_, i) => i !== at);
        if (codeOf(shorter) === 'accepted') expect(parseAnchor(shorter)).not.toEqual(anchor);
      }),
    );
    for (const bad of ['', text.slice(0, -1), `${text}x\n`, text.replace('7', '07'), `\r${text}`]) {
      expect([bad, codeOf(encodeUtf8(bad))]).toEqual([bad, 'QL_ANCHOR']);
    }
    expect(codeOf(new Uint8Array(300).fill(65))).toBe('QL_ANCHOR');
    expect(codeOf(new Uint8Array([0xff]))).toBe('QL_ANCHOR');
  });

  const found = { walId, lastSeq: 9, headsAt: [head], segments: [] };
  test('MANIFEST-13: a log that stands there, or grew from there, is taken', () => {
    expect(anchorProblems(anchor, found, 'a')).toEqual([]);
    const rotated = { ...found, headsAt: ['cd'.repeat(32), head] };
    expect(anchorProblems(anchor, rotated, 'a')).toEqual([]);
  });

  test('MANIFEST-13: within a removed front it is no pass, and no word of a rewrite', () => {
    const after = { walId, seg: 1, last: 8, h: 'cd'.repeat(32) };
    const [problem, ...more] = anchorProblems(anchor, { ...found, headsAt: [], after }, 'a');
    expect([problem?.code, more.length]).toEqual(['WAL_ANCHOR', 0]);
    expect(problem?.message).toContain('removed by retention up to seq 8: it cannot be judged');
    const other = { ...found, walId: 'f'.repeat(32), headsAt: [], after };
    expect(anchorProblems(anchor, other, 'a')[0]?.message).toContain('another log');
    // Control: at the cut itself another head is a rewrite.
    const cut = { ...found, headsAt: [after.h], after: { ...after, last: 7 } };
    expect(anchorProblems(anchor, cut, 'a')[0]?.message).toContain('rewritten');
  });

  test.each([
    ['shorter', { ...found, lastSeq: 6, headsAt: [] }, 'WAL_ROLLBACK'],
    ['of another history', { ...found, headsAt: ['cd'.repeat(32)] }, 'WAL_ANCHOR'],
    ['without a commit there', { ...found, headsAt: [] }, 'WAL_ANCHOR'],
    ['of another name', { ...found, walId: 'f'.repeat(32) }, 'WAL_ANCHOR'],
    ['gone', { ...found, walId: null, lastSeq: 0, headsAt: [] }, 'WAL_ANCHOR'],
  ])('MANIFEST-13: a log that is %s is told apart', (_, wal, code) => {
    expect(anchorProblems(anchor, wal, 'a').map((problem) => problem.code)).toEqual([code]);
  });
});
