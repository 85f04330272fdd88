import { QuantlaxmiError } from './errors.js';
import { decodeUtf8 } from './utf8.js';

/** One record of a CSV file, with its place; a broken one has `error` and no fields. */
export interface CsvRecord {
  /** Line on which it starts, from 1. */
  readonly line: number;
  /** First byte. */
  readonly start: number;
  /** After the last byte, without the line end. */
  readonly end: number;
  /** Fields as text, quotes undone; empty when the record is broken. */
  readonly fields: readonly string[];
  /** What is wrong with the record; null for a good one. */
  readonly error: QuantlaxmiError | null;
}

const QUOTE = 0x22;
const COMMA = 0x2c;
const LF = 0x0a;
const CR = 0x0d;

const broken = (line: number, found: string, expected: string): QuantlaxmiError =>
  new QuantlaxmiError('QL_CSV', `CSV, line ${line}: ${found}; expected ${expected}`, {
    context: { line, found, expected },
  });

/** After a quoted field that opens at `at`; −1 when its closing quote is missing. */
function quotedEnd(bytes: Uint8Array, at: number): number {
  for (let i = at + 1; i < bytes.length; i += 1) {
    if (bytes[i] !== QUOTE) continue;
    if (bytes[i + 1] !== QUOTE) return i + 1;
    i += 1;
  }
  return -1;
}

const isSpecial = (c: number): boolean => c === COMMA || c === QUOTE || c === CR;

const lineEnd = (bytes: Uint8Array, from: number): number => {
  const at = bytes.indexOf(LF, from);
  return at < 0 ? bytes.length : at;
};

interface Scan {
  /** Where the record's text ends: at LF, CRLF or the end of the bytes. */
  readonly end: number;
  /** Start of the next record. */
  readonly next: number;
  /** Some field is quoted. */
  readonly quoted: boolean;
  readonly error: QuantlaxmiError | null;
}

/** Finds the end of the record at `start`. A broken one ends with its first line. */
function scanRecord(bytes: Uint8Array, start: number, line: number): Scan {
  let at = start;
  let quoted = false;
  let error: QuantlaxmiError | null = null;
  let stop = lineEnd(bytes, start);
  for (;;) {
    if (bytes[at] === QUOTE) {
      quoted = true;
      const after = quotedEnd(bytes, at);
      const c = bytes[after];
      if (after < 0) error = broken(line, 'a quote without its end', '" before the file ends');
      else if (c !== undefined && c !== COMMA && c !== LF && c !== CR) {
        error = broken(line, 'text after a closing quote', 'a comma or the end of the line');
      }
      if (error !== null) break;
      at = after;
      if (at > stop) stop = lineEnd(bytes, at);
    } else {
      while (at < stop && !isSpecial(bytes[at] as number)) at += 1;
      if (bytes[at] === QUOTE) {
        error = broken(line, 'a quote inside a bare field', 'the whole field in quotes');
        break;
      }
    }
    if (bytes[at] !== COMMA) break;
    at += 1;
  }
  if (error !== null) stop = lineEnd(bytes, start);
  const end = stop > start && bytes[stop - 1] === CR ? stop - 1 : stop;
  if (error === null && at < end) error = broken(line, 'a carriage return', 'CR only before LF');
  return { end, next: stop + 1, quoted, error };
}

/** Splits the text of a whole record that is known to be well formed. */
function splitQuoted(text: string): string[] {
  const fields: string[] = [];
  let at = 0;
  for (;;) {
    let end: number;
    if (text.charCodeAt(at) === QUOTE) {
      end = at + 1;
      while (text.charCodeAt(end) !== QUOTE || text.charCodeAt(end + 1) === QUOTE) {
        end += text.charCodeAt(end) === QUOTE ? 2 : 1;
      }
      fields.push(text.slice(at + 1, end).replaceAll('""', '"'));
      end += 1;
    } else {
      const comma = text.indexOf(',', at);
      end = comma < 0 ? text.length : comma;
      fields.push(text.slice(at, end));
    }
    if (end >= text.length) return fields;
    at = end + 1;
  }
}

function fieldsOf(bytes: Uint8Array, start: number, scan: Scan): readonly string[] {
  const text = decodeUtf8(bytes.subarray(start, scan.end));
  return scan.quoted ? splitQuoted(text) : text.split(',');
}

/** Lines that bytes[from, to) end. */
function countLines(bytes: Uint8Array, from: number, to: number): number {
  let count = 0;
  for (let at = bytes.indexOf(LF, from); at >= 0 && at < to; at = bytes.indexOf(LF, at + 1)) {
    count += 1;
  }
  return count;
}

/**
 * Reads CSV as RFC 4180 has it: commas, quotes around a field (`""` for one inside it, which may
 * hold commas and line ends), LF or CRLF. Fields stay text: nothing is trimmed, nothing becomes a
 * number. A byte order mark at the start and empty lines are skipped.
 *
 * A broken record (quote without end, quote inside a bare field, stray carriage return, bytes that
 * are no UTF-8) is given with its error, and reading goes on at the next line. A field in quotes
 * may hold lines: two stray quotes at field borders make one record of all that lies between them.
 *
 * @param bytes - the whole file
 * @returns records one by one; O(bytes), one record held at a time
 * @example
 * ```ts
 * import { encodeUtf8, readCsv } from 'quantlaxmi/core';
 *
 * const rows = [...readCsv(encodeUtf8('STRIKE,LTP\r\n"22,950.00",-\n'))];
 * rows.map((row) => row.fields); // => [['STRIKE', 'LTP'], ['22,950.00', '-']]
 * [...readCsv(encodeUtf8('a"b\n'))][0]?.error?.code; // => 'QL_CSV'
 * ```
 */
export function* readCsv(bytes: Uint8Array): Generator<CsvRecord, void> {
  const marked = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
  let start = marked ? 3 : 0;
  let line = 1;
  while (start < bytes.length) {
    const scan = scanRecord(bytes, start, line);
    if (scan.end > start) {
      const place = { line, start, end: scan.end };
      let error: QuantlaxmiError | null = scan.error;
      let fields: readonly string[] = [];
      try {
        if (error === null) fields = fieldsOf(bytes, start, scan);
      } catch (thrown) {
        error = thrown as QuantlaxmiError;
      }
      yield { ...place, fields, error };
    }
    line += countLines(bytes, start, scan.next);
    start = scan.next;
  }
}
