import { QuantlaxmiError } from './errors.js';
import { escapeControl } from './escape.js';
import { LIMITS } from './limits.js';
import { encodeUtf8, isWellFormed } from './utf8.js';

/** Text that JSON writes as it is: printable ASCII but for quote and backslash. */
const PLAIN = /^[\x20\x21\x23-\x5b\x5d-\x7e]*$/;

/**
 * True for a key that JSON read or written here never holds, because it turns into a prototype when
 * an object is copied carelessly.
 *
 * @param key - a key from outside
 * @example
 * ```ts
 * import { isForbiddenKey } from 'quantlaxmi/core';
 *
 * isForbiddenKey('__proto__'); // => true
 * ```
 */
export function isForbiddenKey(key: string): boolean {
  return key === '__proto__' || key === 'constructor' || key === 'prototype';
}

interface Rules {
  readonly integersOnly: boolean;
  readonly depth: number;
}

const FULL: Rules = { integersOnly: false, depth: LIMITS.canonicalDepth };
const INTEGERS: Rules = { integersOnly: true, depth: LIMITS.jsonDepth };

/** Writes one value; keeps the place it is at only to name it in an error. */
class Writer {
  readonly #rules: Rules;
  readonly #place: (string | number)[] = [];

  constructor(rules: Rules) {
    this.#rules = rules;
  }

  write(value: unknown): string {
    switch (typeof value) {
      case 'string':
        return this.#string(value);
      case 'number':
        return this.#number(value);
      case 'boolean':
        return value ? 'true' : 'false';
      case 'object':
        if (value === null) return 'null';
        if (this.#place.length >= this.#rules.depth) {
          this.#refuse('nested too deep', `at most ${this.#rules.depth} levels`);
        }
        return Array.isArray(value) ? this.#array(value) : this.#object(value);
      default:
        return this.#refuse(`a ${typeof value}`, 'a JSON value');
    }
  }

  #refuse(found: string, expected: string): never {
    const steps = this.#place.map((step) => (typeof step === 'number' ? `[${step}]` : `.${step}`));
    const place = steps.length === 0 ? 'the value' : escapeControl(steps.join('').slice(0, 200));
    throw new QuantlaxmiError(
      'QL_JSON_VALUE',
      `canonical JSON: ${place} is ${found}; expected ${expected}`,
      { context: { place, found } },
    );
  }

  #number(value: number): string {
    if (!Number.isFinite(value)) this.#refuse(String(value), 'a finite number');
    if (this.#rules.integersOnly && (!Number.isSafeInteger(value) || Object.is(value, -0))) {
      const found = Object.is(value, -0) ? '-0' : String(value);
      this.#refuse(found, 'an integer within plus or minus 2^53-1, or decimal text');
    }
    // ECMAScript's own number to text is the RFC's; it already writes -0 as 0.
    return String(value);
  }

  #string(value: string): string {
    if (PLAIN.test(value)) return `"${value}"`;
    if (!isWellFormed(value)) {
      this.#refuse('text with a lone surrogate', 'well-formed Unicode');
    }
    return JSON.stringify(value);
  }

  #array(items: readonly unknown[]): string {
    const level = this.#place.length;
    let text = '[';
    for (let i = 0; i < items.length; i += 1) {
      if (i > 0) text += ',';
      this.#place[level] = i;
      text += this.write(items[i]);
    }
    this.#place.length = level;
    return `${text}]`;
  }

  #object(value: object): string {
    const prototype: unknown = Object.getPrototypeOf(value);
    if (prototype !== Object.prototype && prototype !== null) {
      this.#refuse('an object with a class of its own', 'a plain object, array or primitive');
    }
    if (Object.getOwnPropertySymbols(value).length > 0) {
      this.#refuse('an object with symbol keys', 'string keys only');
    }
    const level = this.#place.length;
    let text = '{';
    for (const key of sortedKeys(value)) {
      if (text.length > 1) text += ',';
      this.#place[level] = key;
      if (this.#rules.integersOnly && isForbiddenKey(key)) {
        this.#refuse('a forbidden key', 'another name');
      }
      text += `${this.#string(key)}:`;
      text += this.write((value as Record<string, unknown>)[key]);
    }
    this.#place.length = level;
    return `${text}}`;
  }
}

/** Keys by UTF-16 code units, the order of `<` on strings. Most objects are in it already. */
function sortedKeys(value: object): string[] {
  const keys = Object.keys(value);
  for (let i = 1; i < keys.length; i += 1) {
    if ((keys[i - 1] as string) > (keys[i] as string)) return keys.sort();
  }
  return keys;
}

/**
 * Canonical JSON by RFC 8785: one value, one text. Keys sorted by UTF-16 code units, no blanks,
 * ECMAScript number form, least escapes. Refuses what JSON can not hold (NaN, `undefined`, bigint,
 * lone surrogates, class instances) instead of dropping it.
 *
 * @param value - plain objects, arrays and primitives, at most 256 levels
 * @throws QuantlaxmiError QL_JSON_VALUE with the place
 * @example
 * ```ts
 * import { canonicalJson } from 'quantlaxmi/core';
 *
 * canonicalJson({ b: 1e21, a: [-0, 'é'] }); // => '{"a":[0,"é"],"b":1e+21}'
 * ```
 */
export function canonicalJson(value: unknown): string {
  return new Writer(FULL).write(value);
}

/**
 * UTF-8 bytes of {@link canonicalJson}.
 *
 * @param value - as for `canonicalJson`
 * @throws QuantlaxmiError QL_JSON_VALUE
 * @example
 * ```ts
 * import { canonicalJsonBytes } from 'quantlaxmi/core';
 *
 * canonicalJsonBytes([1]); // => new Uint8Array([91, 49, 93])
 * ```
 */
export function canonicalJsonBytes(value: unknown): Uint8Array {
  return encodeUtf8(canonicalJson(value));
}

/**
 * Canonical JSON as logs and manifests hold it: {@link canonicalJson}, and besides numbers must be
 * safe integers (no −0), keys may not be `__proto__`, `constructor` or `prototype`, and nesting
 * stops at 16 levels.
 *
 * @param value - plain objects, arrays and primitives
 * @throws QuantlaxmiError QL_JSON_VALUE with the place
 * @example
 * ```ts
 * import { canonicalIntegerJson } from 'quantlaxmi/core';
 *
 * canonicalIntegerJson({ qty: 5, px: 4325012 }); // => '{"px":4325012,"qty":5}'
 * ```
 */
export function canonicalIntegerJson(value: unknown): string {
  return new Writer(INTEGERS).write(value);
}
