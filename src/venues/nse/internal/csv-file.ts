/**
 * The part that is common to all CSV files: header, rows of its width, broken rows.
 * @module
 */
import { readCsv } from '../../../core/index.js';
import { Refusal, looseText } from './facts.js';
import { type Columns, type Header, readHeader } from './header.js';
import type { Item, NseFile, RowPlace } from './reading.js';

/** A row of the header's width. */
export interface Row<Name extends string> {
  readonly place: RowPlace;
  /** Text of a column. */
  get(name: Name): string;
}

/** Reads rows; what is wrong with header and rows is given as items by the way. */
export function* readRows<Name extends string>(
  file: NseFile,
  columnsOf: (fields: readonly string[]) => Columns<Name>,
): Generator<Item | { readonly t: 'csv'; readonly row: Row<Name> }, void> {
  let header: Header<Name> | null = null;
  for (const record of readCsv(file.bytes)) {
    const { line, start, end, fields, error } = record;
    const text = (): string => looseText(file.bytes.subarray(start, Math.min(end, start + 1024)));
    const place = { line, text };
    if (header === null) {
      if (error !== null) {
        yield { t: 'refused', what: 'file', place, error };
        return;
      }
      const columns = columnsOf(fields);
      try {
        header = readHeader(fields, columns);
      } catch (refusal) {
        yield { t: 'refused', what: 'file', place, error: refusal };
        return;
      }
      yield* headerRemarks(header, columns, fields);
      continue;
    }
    yield { t: 'row' };
    const { at, width } = header;
    if (error !== null) yield { t: 'refused', what: 'row', place, error };
    else if (fields.length !== width) {
      const refusal = new Refusal('QL_NSE_ROW', `${fields.length} fields`, `${width} fields`);
      yield { t: 'refused', what: 'row', place, error: refusal };
    } else yield { t: 'csv', row: { place, get: (name) => fields[at[name]] as string } };
  }
  if (header === null) {
    const refusal = new Refusal('QL_NSE_FILE', '', 'a header line');
    yield { t: 'refused', what: 'file', place: { line: 0, text: null }, error: refusal };
  }
}

function* headerRemarks(
  header: Header<string>,
  columns: Columns<string>,
  fields: readonly string[],
): Generator<Item, void> {
  for (const value of header.extra) {
    const expected = 'only columns that the format describes; it is not read';
    yield { t: 'remark', note: { code: 'QL_NSE_HEADER', value, expected } };
  }
  for (const name of columns.known) {
    if (fields.includes(name)) continue;
    const expected = `a column ${name}; nothing is read from it`;
    yield { t: 'remark', note: { code: 'QL_NSE_HEADER', value: '', expected } };
  }
}
