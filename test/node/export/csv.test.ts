import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { csvCell } from '../../../src/node/export/csv.js';
import { temporaryFolder } from '../folders.js';
import { duck } from './read-back.js';

/** Undoes a cell by the rule of RFC 4180 and the documented apostrophe. */
const undo = (cell: string): string | null => {
  if (cell === '') return null;
  const text = cell.startsWith('"') ? cell.slice(1, -1).replaceAll('""', '"') : cell;
  return text.startsWith("'") ? text.slice(1) : text;
};

const STARTS = ['=', '+', '-', '@', '\t', '\r', '\n', '\uff1d', '\uff0b', '\uff0d', '\uff20', "'"];

test('NODE-24: no free text starts a formula, and every text can be had back', () => {
  const odd = fc.constantFrom(...STARTS, '"', ',', 'a', '1', '');
  fc.assert(
    fc.property(odd, fc.string({ unit: 'binary' }), (start, rest) => {
      const cell = csvCell(start + rest, true);
      const shown = cell.startsWith('"') ? cell.slice(1) : cell;
      expect(STARTS.slice(0, -1).some((one) => shown.startsWith(one))).toBe(false);
      expect(undo(cell)).toBe(start + rest);
    }),
    { seed: 24, numRuns: 200 },
  );
});

test('NODE-24: numbers and words are not touched; null and empty text differ', () => {
  expect(csvCell(-5, false)).toBe('-5');
  expect(csvCell('-0.5', false)).toBe('-0.5');
  expect(csvCell(true, false)).toBe('true');
  expect(csvCell(null, true)).toBe('');
  expect(csvCell('', true)).toBe('""');
  expect(csvCell('=1+1', true)).toBe("'=1+1");
  expect(csvCell('a,"b"\r\n', true)).toBe('"a,""b""\r\n"');
});

test('NODE-24: another reader takes the quoting as meant', async () => {
  const texts = ['a,b', '"', '""', 'x\ny', 'x\r\ny', ' lead', 'trail ', ',', '\u00e9\u{1f600}'];
  for (const text of texts) {
    const csv = `a,b\r\n${csvCell(text, true)},1\r\n`;
    const file = join(temporaryFolder(), 'a.csv');
    writeFileSync(file, csv);
    const from = `read_csv('${file}', header = true, quote = '"', escape = '"', delim = ',',
      auto_detect = false, columns = {'a': 'VARCHAR', 'b': 'BIGINT'}, new_line = '\\r\\n')`;
    expect(await duck(`SELECT a FROM ${from}`)).toEqual([{ a: text }]);
  }
});
