import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { listFiles } from './lib/source.js';
import { BANNED_WORDS, WORDS_ALLOWED_IN } from './lib/words.data.js';

const bannedIn = (path: string, text: string): string[] =>
  text.split('\n').flatMap((line, i) =>
    BANNED_WORDS.flatMap(({ word, instead }) => {
      const found = word.exec(line)?.[0];
      return found === undefined ? [] : [`${path}:${i + 1}: "${found}": ${instead}`];
    }),
  );

test('no banned word anywhere in the project', () => {
  const samples = ['// TODO later', 'see issue 4', 'Issue #2', 'a helper agent', 'as in HOUSE.md'];
  for (const sample of samples) expect(bannedIn('x', sample), sample).toHaveLength(1);
  expect(bannedIn('x', 'the session of a market; one shared helper; issued 3 orders')).toEqual([]);
  const roots = ['src', 'test', 'docs', 'examples', 'bench', 'scripts'];
  const paths = [
    ...roots.flatMap((root) => [...listFiles(root, '.ts'), ...listFiles(root, '.md')]),
    ...['README.md', 'CHANGELOG.md', 'package.json', '.ci/run'],
  ].filter((path) => !path.startsWith('docs/api/') && !WORDS_ALLOWED_IN.includes(path));
  expect(paths.flatMap((path) => bannedIn(path, readFileSync(path, 'utf8')))).toEqual([]);
});
