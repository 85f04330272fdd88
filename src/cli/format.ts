/**
 * Text for people: tables, counts, durations, and strings from outside made safe to print.
 * @module
 */
import Table from 'cli-table3';
import { escapeControl } from '../core/index.js';

/** A borderless table; cells that came from outside have their control characters escaped. */
export const table = (head: readonly string[], rows: readonly (readonly string[])[]): string => {
  const grid = new Table({
    head: [...head],
    style: { head: [], border: [], compact: true, 'padding-left': 0, 'padding-right': 2 },
    chars: {
      top: '',
      'top-mid': '',
      'top-left': '',
      'top-right': '',
      bottom: '',
      'bottom-mid': '',
      'bottom-left': '',
      'bottom-right': '',
      left: '',
      'left-mid': '',
      mid: '',
      'mid-mid': '',
      right: '',
      'right-mid': '',
      middle: '',
    },
  });
  for (const row of rows) grid.push(row.map((cell) => escapeControl(cell)));
  return grid.toString();
};

/** `1234567` → `1,234,567`, the same in every locale. */
export const grouped = (n: number): string => String(n).replace(/\B(?=(\d{3})+(?!\d))/g, ',');

/** Microseconds as signed milliseconds with three decimals. */
export const milliseconds = (us: number): string => {
  const sign = us < 0 ? '-' : '';
  const abs = Math.abs(us);
  return `${sign}${Math.trunc(abs / 1000)}.${String(abs % 1000).padStart(3, '0')} ms`;
};

/** Two columns, the first padded: the summary form most commands print. */
export const facts = (rows: readonly (readonly [string, string])[]): string => {
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `  ${name.padEnd(width)}  ${escapeControl(value)}`).join('\n');
};
