/**
 * Columns by their names.
 * @module
 */
import { Refusal } from './facts.js';

/** Which columns a kind of file has. */
export interface Columns<Name extends string> {
  /** Columns that are read; a file without one of them is refused. */
  readonly needed: readonly Name[];
  /** Columns that are known and not read. */
  readonly known: readonly string[];
}

/** Where each column is. */
export interface Header<Name extends string> {
  readonly at: Readonly<Record<Name, number>>;
  readonly width: number;
  /** Columns that no description of the format has. */
  readonly extra: readonly string[];
}

/** How many of the needed columns a header has. */
export const matches = (fields: readonly string[], columns: Columns<string>): number =>
  columns.needed.filter((name) => fields.includes(name)).length;

/** Finds the columns; refuses a header that lacks one or has one twice. */
export function readHeader<Name extends string>(
  fields: readonly string[],
  columns: Columns<Name>,
): Header<Name> {
  const at: Partial<Record<Name, number>> = {};
  for (const name of columns.needed) {
    const first = fields.indexOf(name);
    if (first < 0) throw new Refusal('QL_NSE_HEADER', fields.join(','), `a column ${name}`);
    if (fields.indexOf(name, first + 1) >= 0) {
      throw new Refusal('QL_NSE_HEADER', fields.join(','), `the column ${name} once`);
    }
    at[name] = first;
  }
  const isKnown = new Set<string>([...columns.needed, ...columns.known]);
  const extra = fields.filter((name) => !isKnown.has(name));
  return { at: at as Record<Name, number>, width: fields.length, extra };
}
