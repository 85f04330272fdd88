import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

interface Evidence {
  /** An invariant, or text of a title. */
  readonly what: string;
  readonly path: string;
}

function evidenceOf(markdown: string): Evidence[] {
  const cells = markdown.matchAll(/`([^`]+)` \[[^\]]+\]\(\.\.\/(test\/[^)]+)\)/g);
  return [...cells].map(([, what = '', path = '']) => ({ what, path }));
}

/** What is wrong with the evidence, by reading the tests it names. */
function faultsOf(evidence: readonly Evidence[], read: (path: string) => string | null): string[] {
  return evidence.flatMap(({ path, what }) => {
    const text = read(path);
    if (text === null) return [`${path} is not there`];
    return text.includes(what) ? [] : [`${path} does not have "${what}"`];
  });
}

const read = (path: string): string | null =>
  existsSync(path) ? readFileSync(path, 'utf8') : null;

test('docs/add-a-venue.md: every test it names is there and has what it is named for', () => {
  const page = readFileSync('docs/add-a-venue.md', 'utf8');
  const rows = page.split('\n').filter((line) => /^\| \d+ \|/.test(line));
  expect(rows.length).toBeGreaterThan(20);
  // Each row has evidence, or says why it needs none, for both venues.
  for (const row of rows) {
    const [, , , binance = '', zerodha = ''] = row.split('|');
    for (const cell of [binance, zerodha]) expect(cell).toMatch(/\]\(\.\.\/test\/|not needed:/);
  }
  expect(faultsOf(evidenceOf(page), read)).toEqual([]);
});

test('the comparison sees a file and a title that are not there (control)', () => {
  const row = '| 1 | x | `AA-1` [a](../test/a.test.ts); `BB-2` [b](../test/b.test.ts) | |';
  const files = new Map([['test/b.test.ts', "test('BB-3: …')"]]);
  expect(faultsOf(evidenceOf(row), (path) => files.get(path) ?? null)).toEqual([
    'test/a.test.ts is not there',
    'test/b.test.ts does not have "BB-2"',
  ]);
});
