/**
 * How events lie in columns: one table per event type, the same in every format.
 * @module
 */
import { canonicalIntegerJson } from '../../core/index.js';
import { type Event, type EventType, eventFields } from '../../events/index.js';

/** A value of a cell: an integer, a text (also JSON text) or a truth value. */
export type Cell = number | string | boolean | null;

/** One column of a table. */
export interface ExportColumn {
  readonly name: string;
  /** `int` is a 64-bit integer; `json` is text that holds a nested value as canonical JSON. */
  readonly kind: 'int' | 'text' | 'bool' | 'json';
  readonly nullable: boolean;
  /** True for text that anybody can have put into a message; false for words and numbers. */
  readonly free: boolean;
}

/** Columns of a table with the cells of one stretch of its rows, in the order of `columns`. */
export interface RowGroup {
  readonly rows: number;
  readonly cells: readonly (readonly Cell[])[];
}

const ENVELOPE: readonly ExportColumn[] = [
  { name: 'seq', kind: 'int', nullable: false, free: false },
  { name: 'rx', kind: 'int', nullable: false, free: false },
  { name: 'ts', kind: 'int', nullable: true, free: false },
  { name: 'src', kind: 'text', nullable: false, free: true },
];

const KINDS = {
  int: 'int',
  bool: 'bool',
  text: 'text',
  decimal: 'text',
  word: 'text',
  levels: 'json',
  map: 'json',
  list: 'json',
} as const;

/**
 * Columns of the table of an event type: `seq`, `rx`, `ts`, `src`, then the body's fields.
 *
 * @param t - event type
 * @example
 * ```ts
 * import { exportColumns } from 'quantlaxmi/node/export';
 *
 * exportColumns('Timer').map(({ name }) => name);
 * // => ['seq', 'rx', 'ts', 'src', 'cause', 'due', 'id']
 * ```
 */
export function exportColumns(t: EventType): readonly ExportColumn[] {
  const body = eventFields(t).map(({ name, kind, nullable }) => ({
    name,
    kind: KINDS[kind],
    nullable,
    free: kind === 'text',
  }));
  return [...ENVELOPE, ...body];
}

function cellOf(value: unknown, kind: ExportColumn['kind']): Cell {
  return kind === 'json' ? canonicalIntegerJson(value) : (value as Cell);
}

/** Bytes that a cell takes as a slot of an array with a boxed number, and the head of a text. */
const CELL_BYTES = 16;
const TEXT_BYTES = 24;

/**
 * The same text as one piece. A text that was put together is kept by the engine as a tree of its
 * parts, which for book levels was measured at more than ten times the text.
 */
function onePiece(text: string): string {
  return Buffer.from(text, 'utf8').toString('utf8');
}

/** Rows of one table, kept until they are worth writing. */
export class RowBuffer {
  readonly columns: readonly ExportColumn[];
  #cells: Cell[][];
  #rows = 0;
  #bytes = 0;

  constructor(t: EventType) {
    this.columns = exportColumns(t);
    this.#cells = this.columns.map(() => []);
  }

  get rows(): number {
    return this.#rows;
  }

  /** Estimate of the memory that the rows take. */
  get bytes(): number {
    return this.#bytes;
  }

  add(event: Event): void {
    const body = event.body as unknown as Readonly<Record<string, unknown>>;
    this.columns.forEach(({ name, kind }, i) => {
      const value = i < ENVELOPE.length ? event[name as 'seq' | 'rx' | 'ts' | 'src'] : body[name];
      this.#push(this.#cells[i] as Cell[], cellOf(value, kind));
    });
    this.#rows += 1;
  }

  #push(column: Cell[], cell: Cell): void {
    this.#bytes += CELL_BYTES;
    if (typeof cell !== 'string') {
      column.push(cell);
      return;
    }
    // Instruments and sources repeat from row to row: one text is kept for all of them. It counts
    // each time, because formats write it each time.
    this.#bytes += TEXT_BYTES + cell.length;
    const above = column.at(-1);
    column.push(cell === above ? above : onePiece(cell));
  }

  /** Gives the rows out and starts anew. */
  take(): RowGroup {
    const group = { rows: this.#rows, cells: this.#cells };
    this.#cells = this.columns.map(() => []);
    this.#rows = 0;
    this.#bytes = 0;
    return group;
  }
}
