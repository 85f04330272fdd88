import { isForbiddenKey } from './canonical-json.js';
import { type ErrorCode, QuantlaxmiError } from './errors.js';
import { escapeControl } from './escape.js';
import { LIMITS } from './limits.js';
import { decodeUtf8, encodeUtf8, isWellFormed } from './utf8.js';

/** A value that JSON can hold. */
export type JsonValue =
  | null
  | boolean
  | number
  | string
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue };

/** Bounds and number rule of {@link parseStrictJson}. */
export interface StrictJsonOptions {
  /** Deepest nesting, default 16. */
  readonly maxDepth?: number;
  /** Longest text in UTF-8 bytes, default 16 MiB. */
  readonly maxBytes?: number;
  /** Most commas and opening brackets, default 400,000; counted before anything is built. */
  readonly maxParts?: number;
  /** Longest single text in it, in characters, default 1 Mi. */
  readonly maxTextChars?: number;
  /**
   * `integer` (default): no `.`, `e` or −0, nothing beyond 2^53−1. `any`: all finite doubles.
   * `text`: the digits as they stand, as a string, for prices and quantities.
   */
  readonly numbers?: 'integer' | 'any' | 'text';
}

const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
const INTEGER = /^(?:0|-?[1-9][0-9]{0,15})$/;
const BLANKS = /[ \t\n\r]*/y;

class Reader {
  readonly #text: string;
  readonly #maxDepth: number;
  readonly #numbers: 'integer' | 'any' | 'text';
  readonly #maxTextChars: number;
  #at = 0;

  constructor(text: string, options: Required<StrictJsonOptions>) {
    this.#text = text;
    this.#maxDepth = options.maxDepth;
    this.#maxTextChars = options.maxTextChars;
    this.#numbers = options.numbers;
  }

  document(): JsonValue {
    const value = this.#value(0);
    this.#skip();
    if (this.#at < this.#text.length) this.#fail('QL_JSON_SYNTAX', 'text goes on', 'the end');
    return value;
  }

  #fail(code: ErrorCode, found: string, expected: string): never {
    throw new QuantlaxmiError(
      code,
      `JSON, character ${this.#at}: ${escapeControl(found)}; expected ${expected}`,
      { context: { at: this.#at } },
    );
  }

  #skip(): void {
    BLANKS.lastIndex = this.#at;
    BLANKS.test(this.#text);
    this.#at = BLANKS.lastIndex;
  }

  #next(): string {
    this.#skip();
    return this.#text.charAt(this.#at);
  }

  #value(depth: number): JsonValue {
    const char = this.#next();
    if (char === '{' || char === '[') {
      if (depth >= this.#maxDepth) {
        this.#fail('QL_JSON_DEPTH', `nesting level ${depth + 1}`, `at most ${this.#maxDepth}`);
      }
      return char === '{' ? this.#object(depth + 1) : this.#array(depth + 1);
    }
    if (char === '"') return this.#string();
    for (const [word, value] of [
      ['true', true],
      ['false', false],
      ['null', null],
    ] as const) {
      if (this.#text.startsWith(word, this.#at)) {
        this.#at += word.length;
        return value;
      }
    }
    return this.#number();
  }

  #number(): number | string {
    NUMBER.lastIndex = this.#at;
    const token = NUMBER.exec(this.#text)?.[0];
    if (token === undefined) {
      const char = this.#text.charAt(this.#at);
      this.#fail('QL_JSON_SYNTAX', char === '' ? 'the end' : `"${char}"`, 'a value');
    }
    if (this.#numbers === 'text') {
      this.#at += token.length;
      return token;
    }
    const value = Number(token);
    const integers = this.#numbers === 'integer';
    const fits = integers
      ? INTEGER.test(token) && Number.isSafeInteger(value)
      : Number.isFinite(value);
    if (!fits) {
      const expected = integers ? 'an integer within 2^53-1' : 'a finite double';
      this.#fail('QL_JSON_NUMBER', token.slice(0, 40), `${expected}, or decimal text in quotes`);
    }
    this.#at += token.length;
    return value;
  }

  #string(): string {
    const text = this.#text;
    let end = this.#at + 1;
    while (end < text.length && text.charCodeAt(end) !== 34) {
      end += text.charCodeAt(end) === 92 ? 2 : 1;
    }
    if (end - this.#at > this.#maxTextChars) {
      const found = `a text of ${end - this.#at - 1} characters`;
      this.#fail('QL_JSON_SIZE', found, `at most ${this.#maxTextChars}`);
    }
    let value: unknown;
    try {
      value = JSON.parse(text.slice(this.#at, end + 1));
    } catch {
      this.#fail('QL_JSON_SYNTAX', 'text in quotes is broken', 'valid escapes and a closing quote');
    }
    if (typeof value !== 'string' || !isWellFormed(value)) {
      this.#fail('QL_JSON_SYNTAX', 'text with a lone surrogate', 'well-formed Unicode');
    }
    this.#at = end + 1;
    return value;
  }

  #array(depth: number): JsonValue {
    const items: JsonValue[] = [];
    this.#at += 1;
    if (this.#next() === ']') {
      this.#at += 1;
      return items;
    }
    for (;;) {
      items.push(this.#value(depth));
      const char = this.#next();
      if (char !== ',' && char !== ']') this.#fail('QL_JSON_SYNTAX', `"${char}"`, '"," or "]"');
      this.#at += 1;
      if (char === ']') return items;
    }
  }

  #object(depth: number): JsonValue {
    const fields: Record<string, JsonValue> = {};
    this.#at += 1;
    if (this.#next() === '}') {
      this.#at += 1;
      return fields;
    }
    for (;;) {
      if (this.#next() !== '"') {
        this.#fail('QL_JSON_SYNTAX', `"${this.#text.charAt(this.#at)}"`, 'a key in quotes');
      }
      const key = this.#string();
      if (isForbiddenKey(key)) this.#fail('QL_JSON_KEY', `key "${key}"`, 'another name');
      if (Object.hasOwn(fields, key)) {
        this.#fail('QL_JSON_DUPLICATE_KEY', `key "${key.slice(0, 80)}" again`, 'each key once');
      }
      if (this.#next() !== ':') {
        this.#fail('QL_JSON_SYNTAX', `"${this.#text.charAt(this.#at)}"`, '":"');
      }
      this.#at += 1;
      fields[key] = this.#value(depth);
      const char = this.#next();
      if (char !== ',' && char !== '}') this.#fail('QL_JSON_SYNTAX', `"${char}"`, '"," or "}"');
      this.#at += 1;
      if (char === '}') return fields;
    }
  }
}

/**
 * Commas and opening brackets outside of texts: no document has more values than that, plus one.
 */
function countParts(text: string | Uint8Array): number {
  let parts = 0;
  let quoted = false;
  for (let i = 0; i < text.length; i += 1) {
    const code = typeof text === 'string' ? text.charCodeAt(i) : text[i];
    if (code === 34) quoted = !quoted;
    else if (quoted) i += code === 92 ? 1 : 0;
    else if (code === 44 || code === 91 || code === 123) parts += 1;
  }
  return parts;
}

/**
 * Reads JSON that somebody else wrote, refusing what `JSON.parse` lets through: duplicate keys,
 * `__proto__` and its like, deep nesting, over-long text, too many values, integers that a
 * double would round, lone surrogates, bad UTF-8.
 *
 * @param text - text or UTF-8 bytes
 * @param options - bounds and number rule
 * @throws QuantlaxmiError QL_JSON_SYNTAX, QL_JSON_SIZE, QL_JSON_DEPTH, QL_JSON_DUPLICATE_KEY,
 * QL_JSON_KEY, QL_JSON_NUMBER, QL_UTF8
 * @example
 * ```ts
 * import { parseStrictJson } from 'quantlaxmi/core';
 *
 * parseStrictJson('{"a":[1,"x"]}'); // => { a: [1, 'x'] }
 * parseStrictJson('[16.90]', { numbers: 'text' }); // => ['16.90']
 * ```
 */
export function parseStrictJson(
  text: string | Uint8Array,
  options: StrictJsonOptions = {},
): JsonValue {
  const { maxDepth = LIMITS.jsonDepth, maxBytes = LIMITS.manifestBytes } = options;
  const { maxParts = LIMITS.jsonParts, maxTextChars = LIMITS.jsonTextChars } = options;
  const { numbers = 'integer' } = options;
  // A character takes at least one byte: text longer than the bound is not encoded to be measured.
  const size =
    typeof text === 'string' && text.length <= maxBytes ? encodeUtf8(text).length : text.length;
  if (size > maxBytes) {
    throw new QuantlaxmiError(
      'QL_JSON_SIZE',
      `JSON is ${size} bytes long; expected at most ${maxBytes}`,
      { context: { size, maxBytes } },
    );
  }
  const parts = countParts(text);
  if (parts > maxParts) {
    throw new QuantlaxmiError(
      'QL_JSON_SIZE',
      `JSON has ${parts} commas and opening brackets; expected at most ${maxParts}`,
      { context: { parts, maxParts } },
    );
  }
  const source = typeof text === 'string' ? text : decodeUtf8(text);
  return new Reader(source, { maxBytes, maxDepth, maxParts, maxTextChars, numbers }).document();
}
