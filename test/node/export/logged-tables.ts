/**
 * What must be in an export, from the lines of a log alone: parsed by `JSON.parse`, laid out by
 * type and field, without any of the code under test.
 */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { canonicalIntegerJson } from 'quantlaxmi/core';

/** Count, sum of integers, and a digest over all values of a column in order. */
export interface ColumnFacts {
  readonly values: number;
  readonly sum: string | null;
  readonly digest: string;
}

/** Rows of a table and facts of its columns. */
export interface TableFacts {
  readonly rows: number;
  readonly columns: Readonly<Record<string, ColumnFacts>>;
}

type Value = number | string | boolean | null;
const NULL_TEXT = '\u2205';

/** Facts of one column from its values in order of `seq`. */
export const columnFacts = (values: readonly Value[]): ColumnFacts => {
  const there = values.filter((value) => value !== null);
  const numbers = there.filter((value) => typeof value === 'number');
  const sum = numbers.reduce((total, n) => total + BigInt(n), 0n);
  const text = values.map((value) => (value === null ? NULL_TEXT : String(value))).join('\n');
  return {
    values: there.length,
    sum: numbers.length > 0 ? String(sum) : null,
    digest: createHash('md5').update(text).digest('hex'),
  };
};

interface Line {
  readonly k: string;
  readonly t: string;
  readonly seq: number;
  readonly rx: number;
  readonly ts: number | null;
  readonly src: string;
  readonly body: Readonly<Record<string, unknown>>;
}

const cellOf = (value: unknown): Value =>
  typeof value === 'object' && value !== null ? canonicalIntegerJson(value) : (value as Value);

/** Rows of each event type in a folder of segments, by column. */
export const loggedRows = (wal: string): Map<string, Map<string, Value[]>> => {
  const tables = new Map<string, Map<string, Value[]>>();
  for (const name of readdirSync(wal).sort()) {
    if (!name.endsWith('.wal.jsonl')) continue;
    for (const text of readFileSync(join(wal, name), 'utf8').trimEnd().split('\n')) {
      const { k, t, seq, rx, ts, src, body } = JSON.parse(text) as Line;
      if (k !== 'E') continue;
      const table = tables.get(t) ?? new Map<string, Value[]>();
      tables.set(t, table);
      for (const [column, value] of Object.entries({ seq, rx, ts, src, ...body })) {
        const values = table.get(column) ?? [];
        table.set(column, values);
        values.push(cellOf(value));
      }
    }
  }
  return tables;
};

/** Facts of every table of a session, run or segment folder. */
export const loggedTables = (dir: string): Record<string, TableFacts> => {
  const folder = ['wal', 'decisions'].map((one) => join(dir, one)).find((one) => existsSync(one));
  const facts: Record<string, TableFacts> = {};
  for (const [type, columns] of [...loggedRows(folder ?? dir)].sort()) {
    facts[type] = {
      rows: columns.get('seq')?.length ?? 0,
      columns: Object.fromEntries([...columns].map(([name, cells]) => [name, columnFacts(cells)])),
    };
  }
  return facts;
};
