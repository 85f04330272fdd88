/** Reads exported files back with other people's readers: DuckDB and Apache Arrow. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DuckDBConnection } from '@duckdb/node-api';
import { type Data, DataType, tableFromIPC, type Utf8, Vector } from 'apache-arrow';
import { type EventType, eventFields } from 'quantlaxmi/events';
import { type ColumnFacts, columnFacts, type TableFacts } from './logged-tables.js';

let connection: Promise<DuckDBConnection> | null = null;

const connect = async (): Promise<DuckDBConnection> => {
  const made = await DuckDBConnection.create();
  await made.run('SET threads = 1');
  return made;
};

/** Runs one query; every cell comes as text, number or null. */
export const duck = async (sql: string): Promise<Record<string, unknown>[]> => {
  connection ??= connect();
  return (await (await connection).runAndReadAll(sql)).getRowObjectsJson();
};

/** The table function that reads a file; a CSV file does not say the types of its columns. */
const source = (file: string, type: string): string => {
  if (file.endsWith('.parquet')) return `read_parquet('${file}')`;
  const sqlTypes: Readonly<Record<string, string>> = { int: 'BIGINT', bool: 'BOOLEAN' };
  const fields = eventFields(type as EventType);
  const columns = [
    ...[`'seq': 'BIGINT'`, `'rx': 'BIGINT'`, `'ts': 'BIGINT'`, `'src': 'VARCHAR'`],
    ...fields.map(({ name, kind }) => `'${name}': '${sqlTypes[kind] ?? 'VARCHAR'}'`),
  ];
  const format = `header = true, nullstr = '', allow_quoted_nulls = false, max_line_size = 8000000`;
  const quotes = `auto_detect = false, delim = ',', quote = '"', escape = '"', new_line = '\\r\\n'`;
  const texts = ['src', ...fields.filter(({ kind }) => kind === 'text').map(({ name }) => name)];
  // The documented way back from the apostrophe in front of what a spreadsheet would run.
  const undo = texts.map((name) => `regexp_replace("${name}", '^''', '') AS "${name}"`).join(', ');
  const read = `read_csv('${file}', columns = {${columns.join(', ')}}, ${format}, ${quotes})`;
  return `(SELECT * REPLACE (${undo}) FROM ${read})`;
};

/** Columns and their types as DuckDB sees them. */
export const duckTypes = async (file: string): Promise<Record<string, string>> => {
  const rows = await duck(`DESCRIBE SELECT * FROM read_parquet('${file}')`);
  return Object.fromEntries(
    rows.map((row) => [String(row['column_name']), String(row['column_type'])]),
  );
};

const duckTable = async (file: string, type: string): Promise<TableFacts> => {
  const from = source(file, type);
  const described = await duck(`DESCRIBE SELECT * FROM ${from}`);
  const names = described.map((one) => String(one['column_name']));
  const parts = described.map(({ column_type: sqlType }, i) => {
    const column = `"${names[i] ?? ''}"`;
    const text = `coalesce(CAST(${column} AS VARCHAR), chr(8709))`;
    const sum = sqlType === 'BIGINT' ? `CAST(sum(${column}) AS VARCHAR)` : 'NULL';
    const digest = `md5(string_agg(${text}, chr(10) ORDER BY seq))`;
    return `count(${column}) AS n${i}, ${sum} AS s${i}, ${digest} AS d${i}`;
  });
  const [row = {}] = await duck(`SELECT count(*) AS r, ${parts.join(', ')} FROM ${from}`);
  const columns = names.map((name, i): [string, ColumnFacts] => {
    const sum = row[`s${i}`] as string | null;
    // Over no rows DuckDB aggregates to null.
    const digest = (row[`d${i}`] as string | null) ?? columnFacts([]).digest;
    return [name, { values: Number(row[`n${i}`]), sum, digest }];
  });
  return { rows: Number(row['r']), columns: Object.fromEntries(columns) };
};

/** Arrow's own decoder drops a byte order mark from the start of a text. */
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

const arrowCell = (data: Data | undefined, at: number): string | number | boolean | null => {
  if (data === undefined || !data.getValid(at)) return null;
  if (!DataType.isUtf8(data.type)) {
    const value: unknown = new Vector([data]).get(at);
    return typeof value === 'bigint' ? Number(value) : (value as boolean);
  }
  const { valueOffsets, values } = data as Data<Utf8>;
  return utf8.decode(values.subarray(valueOffsets[at], valueOffsets[at + 1]));
};

const arrowTable = (file: string): TableFacts => {
  const table = tableFromIPC(readFileSync(file));
  const columns = table.schema.fields.map(({ name }, i): [string, ColumnFacts] => {
    const cells = table.batches.flatMap((batch) => {
      const data = batch.data.children[i];
      return Array.from({ length: batch.numRows }, (_, row) => arrowCell(data, row));
    });
    return [name, columnFacts(cells)];
  });
  return { rows: table.numRows, columns: Object.fromEntries(columns) };
};

/** Facts of every exported file of a folder, by event type. */
export const readBack = async (folder: string): Promise<Record<string, TableFacts>> => {
  const facts: Record<string, TableFacts> = {};
  for (const name of readdirSync(folder).sort()) {
    const [type = ''] = name.split('.');
    const file = join(folder, name);
    facts[type] = name.endsWith('.arrow') ? arrowTable(file) : await duckTable(file, type);
  }
  return facts;
};
