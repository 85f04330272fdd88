/**
 * Small JSON answers as trees in which numbers keep their text, so that no decimal passes through a
 * float. Objects are maps: their names cannot touch anything.
 * @module
 */
import { skipBlank, skipString, skipValue, refuse } from './json-scan.js';
import { byteText } from './message.js';

/** A number as it was written. */
export class NumberText {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** Escapes in texts are left as they were written. */
export type JsonTree =
  | null
  | boolean
  | string
  | NumberText
  | readonly JsonTree[]
  | ReadonlyMap<string, JsonTree>;

class TreeReader {
  readonly #bytes: Uint8Array;
  readonly #end: number;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    // Checks the whole answer, also its depth, before anything is built.
    const start = skipBlank(bytes, 0);
    this.#end = skipValue(bytes, start, bytes.length, 0);
    const rest = skipBlank(bytes, this.#end);
    if (rest < bytes.length) refuse(rest, 'the end of the answer');
    this.#at = start;
  }

  value(): JsonTree {
    const bytes = this.#bytes;
    const start = this.#at;
    const c = bytes[start];
    if (c === 0x7b) return this.#object();
    if (c === 0x5b) return this.#array();
    this.#at = skipValue(bytes, start, this.#end, 0);
    if (c === 0x22) return byteText(bytes, start + 1, this.#at - 1);
    if (c === 0x74) return true;
    if (c === 0x66) return false;
    return c === 0x6e ? null : new NumberText(byteText(bytes, start, this.#at));
  }

  #array(): JsonTree[] {
    const items: JsonTree[] = [];
    if (this.#next(0x5d)) return items;
    do items.push(this.value());
    while (!this.#next(0x5d));
    return items;
  }

  #object(): Map<string, JsonTree> {
    const items = new Map<string, JsonTree>();
    if (this.#next(0x7d)) return items;
    do {
      const start = this.#at;
      const nameEnd = skipString(this.#bytes, start, this.#end);
      const name = byteText(this.#bytes, start + 1, nameEnd - 1);
      if (items.has(name)) refuse(start, 'each name once');
      this.#at = skipBlank(this.#bytes, skipBlank(this.#bytes, nameEnd) + 1);
      items.set(name, this.value());
    } while (!this.#next(0x7d));
    return items;
  }

  /** Goes over an opening bracket or comma; true when the closing bracket followed instead. */
  #next(close: number): boolean {
    let at = this.#at;
    const c = this.#bytes[at];
    if (c === 0x5b || c === 0x7b) {
      // Only a container that was just entered is at its bracket: values end after theirs.
      at = skipBlank(this.#bytes, at + 1);
      if (this.#bytes[at] !== close) {
        this.#at = at;
        return false;
      }
      this.#at = at + 1;
      return true;
    }
    at = skipBlank(this.#bytes, at);
    this.#at = skipBlank(this.#bytes, at + 1);
    if (this.#bytes[at] !== close) return false;
    this.#at = at + 1;
    return true;
  }
}

/**
 * Reads an answer. O(bytes).
 *
 * @throws QL_VENUE_FRAME when it is not JSON, is nested too deep, or holds a name twice
 */
export function parseTree(bytes: Uint8Array): JsonTree {
  return new TreeReader(bytes).value();
}

/** The entries of an object, or null for anything else. */
export function asObject(tree: JsonTree | undefined): ReadonlyMap<string, JsonTree> | null {
  return tree instanceof Map ? (tree as ReadonlyMap<string, JsonTree>) : null;
}

/** The items of an array; a single object counts as an array of one. */
export function asRows(tree: JsonTree): readonly JsonTree[] {
  if (Array.isArray(tree)) return tree as readonly JsonTree[];
  return tree instanceof Map ? [tree as ReadonlyMap<string, JsonTree>] : refuse(0, 'an array');
}

const EXPONENT_MAX = 40;

/**
 * A decimal without an exponent: `1.8E3` → `1800`. The venue writes some numbers as doubles.
 * Null when it is no number, or one of more than 64 digits.
 */
export function plainDecimal(tree: JsonTree | undefined): string | null {
  const text = tree instanceof NumberText ? tree.text : tree;
  if (typeof text !== 'string' || text.length > 64) return null;
  const match = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?)(\d{1,2}))?$/.exec(text);
  if (match === null) return null;
  const [, sign = '', whole = '', part = '', exponentSign = '', exponentDigits = '0'] = match;
  let exponent = 0;
  for (const digit of exponentDigits) exponent = exponent * 10 + (digit.charCodeAt(0) - 48);
  if (exponent > EXPONENT_MAX) return null;
  const point = whole.length + (exponentSign === '-' ? -exponent : exponent);
  const digits = (whole + part).padEnd(point, '0');
  const head = point > 0 ? digits.slice(0, point) : '0';
  const tail = point > 0 ? digits.slice(point) : '0'.repeat(-point) + digits;
  const integer = head.replace(/^0+(?=\d)/, '');
  return sign + (tail === '' ? integer : `${integer}.${tail}`);
}
