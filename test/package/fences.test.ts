import { describe, expect, test } from 'vitest';
import { brokenLinks } from '../../scripts/check/links.js';
import { equalsText, expectValue } from '../../scripts/lib/fence-expect.js';
import { countArrows, withExpectations } from '../../scripts/lib/fence-program.js';
import { commentFences, markdownFences } from '../../scripts/lib/fences.js';

const ticks = '```';

describe('code in the documentation', () => {
  test('fences are found in Markdown, with their lines', () => {
    const text = `# T\n${ticks}ts\na;\n${ticks}\n${ticks}sh\nls\n${ticks}\n${ticks}ts no-run\nb;\n${ticks}`;
    expect(markdownFences('x.md', text)).toEqual([
      { path: 'x.md', line: 3, code: 'a;', runs: true },
      { path: 'x.md', line: 9, code: 'b;', runs: false },
    ]);
  });

  test('a continued fence keeps the names and the line numbers of the one before', () => {
    const text = `${ticks}ts\na;\n${ticks}\nwords\n${ticks}ts continue\nb;\n${ticks}`;
    expect(markdownFences('x.md', text)).toEqual([
      { path: 'x.md', line: 2, code: 'a;\n\n\n\nb;', runs: true },
    ]);
  });

  test('fences are found in comments', () => {
    const text = `const a = 1;\n/**\n * @example\n * ${ticks}ts\n *   b; // => 1\n * ${ticks}\n */`;
    expect(commentFences('x.ts', text)).toEqual([
      { path: 'x.ts', line: 5, code: '  b; // => 1', runs: true },
    ]);
  });

  test('each arrow becomes one expectation', () => {
    const code = [
      'f(1); // => 2',
      'const a = await g(); // => 3',
      'console.log(h()); // => 4',
      'k({',
      '  deep: true,',
      '}); // => 5',
      'm();',
      '// => 6',
      'for (const x of xs) {',
      '  x; // => 7',
      '}',
    ].join('\n');
    const made = withExpectations(code);
    expect(made.expectations).toBe(6);
    expect(countArrows(code)).toBe(6);
    expect(made.code).toContain('await __expect(0, async () => (f(1)), "2");');
    expect(made.code).toContain('await __expect(1, async () => a, "3");');
    expect(made.code).toContain('await __expect(2, async () => (h()), "4");');
  });

  test('a wrong value is refused, a right one is not', async () => {
    expect(equalsText({ a: [1n] }, '{ a: [1n] }')).toBe(true);
    expect(equalsText(new Uint8Array([1]), 'Uint8Array(1) [ 1 ]')).toBe(true);
    expect(equalsText('e3b0c442', "'e3b0…'")).toBe(true);
    expect(equalsText(26, '25')).toBe(false);
    expect(equalsText('25', '26…')).toBe(false);
    await expectValue(1, async () => 25, '25');
    await expect(expectValue(1, async () => 25, '26')).rejects.toThrow(
      /the text says 26, it is 25/,
    );
    const failing = async (): Promise<never> => {
      throw Object.assign(new Error('x'), { code: 'QL_A' });
    };
    await expectValue(1, failing, 'throws QL_A');
    await expect(expectValue(1, failing, 'throws QL_B')).rejects.toThrow(/throws QL_B/);
    await expect(expectValue(1, async () => 1, 'throws QL_B')).rejects.toThrow(/nothing is thrown/);
  });
});

describe('links in the documentation', () => {
  test('links to missing files and headings are reported', () => {
    const read = (path: string): string | undefined =>
      path === 'docs/b.md' ? '# One `two` three\n## Same\n## Same' : undefined;
    const text = [
      '[a](b.md) [b](b.md#one-two-three) [c](b.md#same-1) [web](https://x.org/y)',
      '`[code](gone.md)`',
      '[bad](gone.md) [bad too](b.md#four) [own](#nothing)',
    ].join('\n');
    expect(brokenLinks('docs/a.md', text, read)).toEqual([
      'docs/a.md: (gone.md) leads to no file',
      'docs/a.md: (b.md#four) has no such heading',
      'docs/a.md: (#nothing) has no such heading',
    ]);
  });
});
