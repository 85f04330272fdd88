/**
 * A log as tables for other tools: one file per event type.
 * @module
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { QuantlaxmiError } from '../../core/index.js';
import { EVENT_TYPES, type Event, type EventType, isEventType } from '../../events/index.js';
import { readLog, type ReadLogOptions } from '../pipeline/read-log.js';
import { arrow } from './arrow.js';
import { RowBuffer } from './columns.js';
import { csv } from './csv.js';
import { OutputFile } from './output-file.js';
import { parquet } from './parquet.js';
import type { TableEncoder, TableFormat } from './table-format.js';

/** File formats of an export. */
export type ExportFormat = 'parquet' | 'arrow' | 'csv';

/** Options of {@link exportLog}. */
export interface ExportLogOptions extends ReadLogOptions {
  readonly format: ExportFormat;
  /** Folder of the files; made when it is not there. */
  readonly out: string;
  /** Event types to export; default all that occur. A type named here gets a file in any case. */
  readonly types?: readonly string[];
  /** Rows of a row group or record batch, default 50,000; fewer when they take 4 MiB. */
  readonly groupRows?: number;
}

/** One file of an export. */
export interface ExportedTable {
  readonly type: EventType;
  readonly file: string;
  readonly rows: number;
  readonly bytes: number;
}

const GROUP_ROWS = 50_000;
/** Memory of a row group: bounds what is held of a table where rows are wide or texts are long. */
const GROUP_BYTES = 4_194_304;

/** One table being written. */
class Table {
  readonly type: EventType;
  readonly file: OutputFile;
  rows = 0;
  readonly #buffer: RowBuffer;
  readonly #encoder: TableEncoder;
  readonly #groupRows: number;

  constructor(type: EventType, file: OutputFile, format: TableFormat, groupRows: number) {
    this.type = type;
    this.file = file;
    this.#buffer = new RowBuffer(type);
    this.#encoder = format(type, this.#buffer.columns);
    this.#groupRows = groupRows;
  }

  /** Takes an event; true when it is time to write. */
  add(event: Event): boolean {
    this.#buffer.add(event);
    return this.#buffer.rows >= this.#groupRows || this.#buffer.bytes >= GROUP_BYTES;
  }

  async flush(): Promise<void> {
    if (this.#buffer.rows === 0) return;
    const group = this.#buffer.take();
    this.rows += group.rows;
    await this.file.write(await this.#encoder.add(group));
  }

  async end(): Promise<void> {
    await this.flush();
    await this.file.write(await this.#encoder.end());
  }
}

const FORMATS: Readonly<Record<ExportFormat, () => TableFormat | Promise<TableFormat>>> = {
  parquet,
  arrow,
  csv: () => csv,
};

function checked({ format, types, groupRows = GROUP_ROWS }: ExportLogOptions): EventType[] | null {
  const wrong = (what: string): QuantlaxmiError => new QuantlaxmiError('QL_BAD_INPUT', what);
  if (!Object.hasOwn(FORMATS, format)) {
    throw wrong(`export format "${format}": expected parquet, arrow or csv`);
  }
  if (!Number.isSafeInteger(groupRows) || groupRows < 1) {
    throw wrong(`groupRows is ${groupRows}; give an integer from 1`);
  }
  const unknown = types?.find((type) => !isEventType(type));
  if (unknown !== undefined) {
    throw wrong(`event type "${unknown}" is not known; the types are ${EVENT_TYPES.join(', ')}`);
  }
  return types === undefined ? null : [...new Set(types as readonly EventType[])];
}

/** The tables of one export; all of them get their names, or none does. */
class Tables {
  readonly #open = new Map<EventType, Table>();
  readonly #options: ExportLogOptions;
  readonly #format: TableFormat;

  constructor(options: ExportLogOptions, format: TableFormat) {
    this.#options = options;
    this.#format = format;
  }

  async of(type: EventType): Promise<Table> {
    const { out, format, groupRows = GROUP_ROWS } = this.#options;
    const file = await OutputFile.create(join(out, `${type}.${format}`));
    const table = new Table(type, file, this.#format, groupRows);
    this.#open.set(type, table);
    return table;
  }

  async write(events: readonly Event[], types: ReadonlySet<string> | null): Promise<void> {
    for (const event of events) {
      if (types !== null && !types.has(event.t)) continue;
      const table = this.#open.get(event.t) ?? (await this.of(event.t));
      if (table.add(event)) await table.flush();
    }
  }

  async end(): Promise<ExportedTable[]> {
    const tables = [...this.#open.values()].sort((a, b) => (a.type < b.type ? -1 : 1));
    for (const table of tables) await table.end();
    for (const table of tables) await table.file.settle();
    // Whatever fails from here on, `abandon` takes the names given so far back.
    for (const table of tables) await table.file.publish();
    await tables[0]?.file.syncFolder();
    return tables.map(({ type, rows, file: { path, bytes } }) => ({
      type,
      file: path,
      rows,
      bytes,
    }));
  }

  async abandon(): Promise<void> {
    for (const { file } of this.#open.values()) await file.abandon();
  }
}

/**
 * Writes the committed events of a log as tables, one file per event type: `Trade.parquet`,
 * `Quote.parquet`, …. Columns are those of {@link exportColumns}: integers stay integers, nothing
 * becomes a float. At most `groupRows` rows or about 4 MiB are held of each type, and for Parquet
 * and Arrow the list of row groups that ends a file. Files appear when all are whole; no file is
 * ever replaced.
 *
 * Parquet is written by `hyparquet-writer`, Arrow by `apache-arrow`; both are optional packages.
 *
 * @param dir - session folder, run folder or folder of segments
 * @param options - format, folder, types, range
 * @returns the files, by type
 * @throws QuantlaxmiError QL_PEER_MISSING when the format's package is not installed; QL_BAD_INPUT;
 * QL_LOG_MISSING; QL_FILE_EXISTS, QL_FILE_WRITE; what reading the log throws: then no file is made
 * @example
 * ```ts
 * import { mkdtempSync, readFileSync } from 'node:fs';
 * import { tmpdir } from 'node:os';
 * import { join } from 'node:path';
 * import { createSession } from 'quantlaxmi/node';
 * import { exportLog } from 'quantlaxmi/node/export';
 *
 * const dir = mkdtempSync(join(tmpdir(), 'ql-'));
 * const writer = await createSession(join(dir, 'session'), {
 *   capture: { feed: { name: 'example', version: '1' } },
 *   policy: { kind: 'always' },
 * });
 * const body = { cause: 7, due: 1_000, id: 'decide' } as const;
 * writer.wal.append({ t: 'Timer', sv: 1, rx: 1_001, ts: null, src: 'RUNNER', body });
 * await writer.seal();
 *
 * const [timers] = await exportLog(writer.dir, { format: 'csv', out: join(dir, 'csv') });
 * timers?.rows; // => 1
 * readFileSync(timers?.file ?? '', 'utf8').split('\r\n')[1]; // => '1,1001,,RUNNER,7,1000,decide'
 * ```
 */
export async function exportLog(dir: string, options: ExportLogOptions): Promise<ExportedTable[]> {
  const types = checked(options);
  const wanted = types === null ? null : new Set<string>(types);
  const log = readLog(dir, options);
  const tables = new Tables(options, await FORMATS[options.format]());
  try {
    await mkdir(options.out, { recursive: true, mode: 0o750 });
    for (const type of types ?? []) await tables.of(type);
    for await (const events of log) await tables.write(events, wanted);
    return await tables.end();
  } catch (error) {
    await tables.abandon();
    throw error;
  }
}
