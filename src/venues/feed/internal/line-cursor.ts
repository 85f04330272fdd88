/**
 * Reads the fields of a raw line from left to right.
 * @module
 */
import { decodeUtf8, QuantlaxmiError } from '../../../core/index.js';
import { readBase64 } from './base64-bytes.js';

const BLANK = 0x20;

/** Refuses a raw line: the byte of the line, and what should have stood there. */
export function badLine(byte: number, expected: string, cause?: unknown): never {
  throw new QuantlaxmiError(
    'QL_VENUE_LINE',
    `Raw record line, byte ${byte}: expected ${expected}. The line is damaged or of a newer ` +
      'format; check the file against its hash in the session manifest.',
    { context: { byte, expected }, ...(cause === undefined ? {} : { cause }) },
  );
}

/** One line of a raw record, read field by field; every refusal names the byte. */
export class LineCursor {
  readonly #bytes: Uint8Array;
  readonly #start: number;
  readonly #end: number;
  #at: number;

  constructor(bytes: Uint8Array, start: number, end: number) {
    this.#bytes = bytes;
    this.#start = start;
    this.#end = end;
    this.#at = start;
  }

  /** Byte of the line that is read next. */
  get offset(): number {
    return this.#at - this.#start;
  }

  refuse(expected: string, shift = 0): never {
    return badLine(this.offset + shift, expected);
  }

  skip(count: number): void {
    this.#at += count;
  }

  blank(): void {
    if (this.#at >= this.#end || this.#bytes[this.#at] !== BLANK) this.refuse('a blank');
    this.#at += 1;
  }

  /** Digits without leading zeros, at most `max`. */
  integer(expected: string, max: number): number {
    const from = this.#at;
    let value = 0;
    while (this.#at < this.#end) {
      const digit = (this.#bytes[this.#at] as number) - 48;
      if (digit < 0 || digit > 9) break;
      value = value * 10 + digit;
      this.#at += 1;
      if (value > max) this.refuse(expected);
    }
    const length = this.#at - from;
    if (length === 0 || (length > 1 && this.#bytes[from] === 0x30)) this.refuse(expected);
    return value;
  }

  /** Text up to the next blank or the end. */
  word(expected: string): string {
    const from = this.#at;
    while (this.#at < this.#end && this.#bytes[this.#at] !== BLANK) this.#at += 1;
    // Marks of frames: no decoder for one letter.
    if (this.#at === from) return '';
    const first = this.#bytes[from] as number;
    if (this.#at === from + 1 && first < 0x80) return String.fromCharCode(first);
    try {
      return decodeUtf8(this.#bytes.subarray(from, this.#at));
    } catch (cause) {
      return badLine(from - this.#start, `${expected}, in UTF-8`, cause);
    }
  }

  /** The rest of the line, copied. */
  rest(): Uint8Array {
    const bytes = this.#bytes.slice(this.#at, this.#end);
    this.#at = this.#end;
    return bytes;
  }

  /** The rest of the line as the bytes that it is the base64 of; null when it is none. */
  base64(): Uint8Array | null {
    const bytes = readBase64(this.#bytes, this.#at, this.#end);
    this.#at = this.#end;
    return bytes;
  }

  /** True when `line` is the whole line, byte for byte. */
  isWhole(line: Uint8Array): boolean {
    if (line.length !== this.#end - this.#start) return false;
    for (let i = 0; i < line.length; i++) {
      if (line[i] !== this.#bytes[this.#start + i]) return false;
    }
    return true;
  }
}
