import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { ERROR_CODES } from '../../src/core/index.js';
import { errorDocs, reasonTable } from '../../scripts/lib/error-docs.js';
import { loadUnits } from './lib/source.js';

const codes = Object.keys(ERROR_CODES);
const units = loadUnits('src');
const reasons = Object.keys(await reasonTable(units));

test('error codes are in alphabetical order and follow one form', () => {
  expect(codes).toEqual([...codes].sort());
  expect(
    [...codes, ...reasons].filter((code) => !/^(QL|WAL)_[A-Z0-9]+(_[A-Z0-9]+)*$/.test(code)),
  ).toEqual([]);
});

test('docs/errors.md has a heading per code and is what the generator writes', async () => {
  const text = readFileSync('docs/errors.md', 'utf8');
  const headings = [...text.matchAll(/^## `([A-Z0-9_]+)`$/gm)].map((match) => match[1]);
  expect(headings).toEqual([...codes, ...reasons]);
  expect(text, 'run npm run docs:errors').toBe(await errorDocs(ERROR_CODES, units));
});

test('every code is used by the source, and the source uses no other', () => {
  const used = new Set<string>();
  for (const unit of units) {
    if (unit.path.endsWith('.data.ts')) continue;
    for (const match of unit.text.matchAll(/['"`]((?:QL|WAL)_[A-Z0-9_]+)['"`]/g)) {
      used.add(match[1] ?? '');
    }
  }
  const known = [...codes, ...reasons];
  expect(known.filter((code) => !used.has(code))).toEqual([]);
  expect([...used].filter((code) => !known.includes(code))).toEqual([]);
});
