/**
 * Comma-separated values after RFC 4180: CRLF, a header line, a quote doubled inside quotes. An
 * empty cell is null; an empty text is a pair of quotes.
 * @module
 */
import { encodeUtf8 } from '../../core/index.js';
import type { Cell, ExportColumn } from './columns.js';
import type { TableFormat } from './table-format.js';

const CRLF = '\r\n';
/** Lines that are text at once, before they are bytes. */
const LINES = 256;

/** What a spreadsheet takes for the start of a formula, also in full width; and the mark itself. */
const FORMULA = /^[=+\-@\t\r\n'\uff1d\uff0b\uff0d\uff20]/;

/** Text as one cell; free text that a spreadsheet would run gets an apostrophe in front. */
export function csvCell(cell: Cell, free: boolean): string {
  if (cell === null) return '';
  if (typeof cell !== 'string') return String(cell);
  const text = free && FORMULA.test(cell) ? `'${cell}` : cell;
  return text === '' || /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function header(columns: readonly ExportColumn[]): string {
  return `${columns.map(({ name }) => name).join(',')}${CRLF}`;
}

/** CSV in UTF-8, without a byte order mark. */
export const csv: TableFormat = (_t, columns) => {
  let start = header(columns);
  return {
    add({ rows, cells }) {
      const parts = [encodeUtf8(start)];
      start = '';
      for (let from = 0; from < rows; from += LINES) {
        const lines: string[] = [];
        for (let row = from; row < Math.min(from + LINES, rows); row += 1) {
          const line = columns.map(({ free }, i) => csvCell(cells[i]?.[row] ?? null, free));
          lines.push(line.join(',') + CRLF);
        }
        parts.push(encodeUtf8(lines.join('')));
      }
      return Promise.resolve(Buffer.concat(parts));
    },
    end: () => Promise.resolve(encodeUtf8(start)),
  };
};
