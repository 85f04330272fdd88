/** CSV: examples, round trips against a writer, and a model that reads one character at a time. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type CsvRecord, encodeUtf8, readCsv } from 'quantlaxmi/core';

const read = (text: string): CsvRecord[] => [...readCsv(encodeUtf8(text))];
const fieldsOf = (text: string): (readonly string[])[] => read(text).map((row) => row.fields);

/** Reads well-formed CSV one character at a time; null for any other text. */
const model = (text: string): string[][] | null => {
  const rows: string[][] = [];
  let row: string[] = [''];
  let state: 'start' | 'bare' | 'quoted' | 'closed' = 'start';
  const add = (c: string): void => {
    row[row.length - 1] += c;
  };
  const endRow = (): void => {
    if (row.length > 1 || row[0] !== '' || state === 'closed') rows.push(row);
    row = [''];
    state = 'start';
  };
  for (let i = 0; i < text.length; i += 1) {
    const c = text[i] as string;
    if (state === 'quoted') {
      if (c !== '"') add(c);
      else if (text[i + 1] === '"') {
        add('"');
        i += 1;
      } else state = 'closed';
    } else if (c === '"') {
      if (state !== 'start') return null;
      state = 'quoted';
    } else if (c === ',') {
      row.push('');
      state = 'start';
    } else if (c === '\n') endRow();
    else if (c === '\r') {
      if (i + 1 < text.length && text[i + 1] !== '\n') return null;
    } else {
      if (state === 'closed') return null;
      state = 'bare';
      add(c);
    }
  }
  if (state === 'quoted') return null;
  endRow();
  return rows;
};

const quote = (field: string): string =>
  /[",\r\n]/.test(field) || field === '' ? `"${field.replaceAll('"', '""')}"` : field;

describe('readCsv', () => {
  test('CORE-12: fields stay text: nothing is trimmed, rounded or guessed', () => {
    expect(fieldsOf('a, b ,"1,23,456.50",""\r\n007,1e5,,\n')).toEqual([
      ['a', ' b ', '1,23,456.50', ''],
      ['007', '1e5', '', ''],
    ]);
    expect(fieldsOf('\ufeffSYMBOL\n\n\n"two\nlines"')).toEqual([['SYMBOL'], ['two\nlines']]);
    expect(read('a\n"x\ny"\nb').map((row) => row.line)).toEqual([1, 2, 4]);
  });

  test('CORE-12: a broken record costs its own line, and says where and what', () => {
    const rows = read('a,b\nc"d,e\n"f"g\nh,i\nj\rk\n"open\n');
    expect(rows.map((row) => row.error?.code ?? row.fields.join('|'))).toEqual([
      'a|b',
      'QL_CSV',
      'QL_CSV',
      'h|i',
      'QL_CSV',
      'QL_CSV',
    ]);
    expect(rows[1]?.error?.message).toContain('line 2');
    const wrong = [...readCsv(new Uint8Array([0x61, 0x0a, 0xff, 0x0a, 0x62, 0x0a]))];
    expect(wrong.map((row) => row.error?.code ?? row.fields[0])).toEqual(['a', 'QL_UTF8', 'b']);
  });

  test('CORE-12: what was written comes back', () => {
    const field = fc.string({ unit: fc.constantFrom('a', '"', ',', '\n', '\r', ' ', '₹', '1') });
    const table = fc.array(fc.array(field, { minLength: 1, maxLength: 4 }), { maxLength: 6 });
    fc.assert(
      fc.property(table, fc.constantFrom('\n', '\r\n'), (rows, end) => {
        const text = rows.map((row) => row.map(quote).join(',') + end).join('');
        expect(fieldsOf(text)).toEqual(rows);
      }),
      { seed: 20260, numRuns: 400 },
    );
  });

  test('CORE-12: any text: equal to the model where it is well formed, else an error', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b', '"', '"', ',', '\n', '\r\n', '\r') });
    let good = 0;
    fc.assert(
      fc.property(text, (given) => {
        const rows = read(given);
        const expected = model(given);
        const failed = rows.some((row) => row.error !== null);
        expect(failed).toBe(expected === null);
        if (expected === null) return;
        good += 1;
        expect(rows.map((row) => row.fields)).toEqual(expected);
      }),
      { seed: 20261, numRuns: 3000 },
    );
    // Control: the texts are of both kinds.
    expect(good).toBeGreaterThan(300);
    expect(good).toBeLessThan(2700);
  });
});
