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

/** Rows of one table, kept until they are worth writing. */
export class RowBuffer {
  readonly columns: readonly ExportColumn[];
  #cells: Cell[][];
  #rows = 0;
  #chars = 0;

  constructor(t: EventType) {
    this.columns = exportColumns(t);
    this.#cells = this.columns.map(() => []);
  }

  get rows(): number {
    return this.#rows;
  }

  /** Length of all texts held. */
  get chars(): number {
    return this.#chars;
  }

  add(event: Event): void {
    const body = event.body as unknown as Readonly<Record<string, unknown>>;
    this.columns.forEach(({ name, kind }, i) => {
      const value = i < ENVELOPE.length ? event[name as 'seq' | 'rx' | 'ts' | 'src'] : body[name];
      const cell = cellOf(value, kind);
      if (typeof cell === 'string') this.#chars += cell.length;
      (this.#cells[i] as Cell[]).push(cell);
    });
    this.#rows += 1;
  }

  /** Gives the rows out and starts anew. */
  take(): RowGroup {
    const group = { rows: this.#rows, cells: this.#cells };
    this.#cells = this.columns.map(() => []);
    this.#rows = 0;
    this.#chars = 0;
    return group;
  }
}
