/**
 * Dumps that a capture received: rows are read when they are needed.
 * @module
 */
import { isQuantlaxmiError, readCsv } from '../../../core/index.js';
import { type KiteInstrumentRow, readInstruments } from '../instruments.js';

interface Dump {
  readonly bytes: Uint8Array;
  /** First and last byte of the header, for reading single rows. */
  readonly head: Uint8Array;
  /** Start and end of the row of a token. */
  readonly rows: ReadonlyMap<number, readonly [start: number, end: number]>;
}

const LF = 0x0a;

/** Token of a row whose first column it is; -1 when it is none. */
function tokenOf(text: string | undefined): number {
  if (text === undefined || text.length > 10) return -1;
  let token = 0;
  for (let i = 0; i < text.length; i++) {
    const digit = text.charCodeAt(i) - 48;
    if (digit < 0 || digit > 9) return -1;
    token = token * 10 + digit;
  }
  return text === '' ? -1 : token;
}

export class InstrumentTable {
  readonly #dumps = new Map<string, Dump>();

  /**
   * Takes the answer of an address; one of the same address before is forgotten.
   *
   * @returns rows of the wanted tokens, and what is wrong with others
   * @throws QL_KITE_INSTRUMENTS, QL_CSV when it is no dump
   */
  load(url: string, bytes: Uint8Array, wanted: (token: number) => boolean): KiteInstrumentRow[] {
    const found = [...readInstruments(bytes, wanted)];
    const rows = new Map<number, readonly [number, number]>();
    let head: Uint8Array | null = null;
    let column = 0;
    for (const record of readCsv(bytes)) {
      if (head === null) {
        head = bytes.slice(record.start, record.end);
        column = record.fields.indexOf('instrument_token');
        continue;
      }
      const token = tokenOf(record.fields[column]);
      if (token >= 0 && !rows.has(token)) rows.set(token, [record.start, record.end]);
    }
    this.#dumps.delete(url);
    this.#dumps.set(url, { bytes, head: head ?? new Uint8Array(0), rows });
    return found;
  }

  clear(): void {
    this.#dumps.clear();
  }

  /** The row of a token in the dump received last that has it; null when none has. */
  find(token: number): KiteInstrumentRow | null {
    let row: KiteInstrumentRow | null = null;
    for (const dump of this.#dumps.values()) {
      const at = dump.rows.get(token);
      if (at !== undefined) row = readRow(dump, at[0], at[1]) ?? row;
    }
    return row;
  }
}

function readRow(dump: Dump, start: number, end: number): KiteInstrumentRow | null {
  const { bytes, head } = dump;
  const text = new Uint8Array(head.length + 1 + end - start);
  text.set(head);
  text[head.length] = LF;
  text.set(bytes.subarray(start, end), head.length + 1);
  try {
    return readInstruments(text).next().value ?? null;
  } catch (error) {
    if (!isQuantlaxmiError(error)) throw error;
    return null;
  }
}
