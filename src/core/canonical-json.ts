import { QuantlaxmiError } from './errors.js';
import { escapeControl } from './escape.js';
import { LIMITS } from './limits.js';
import { encodeUtf8, isWellFormed } from './utf8.js';

/** Keys that turn into prototypes when an object is copied carelessly. */
const FORBIDDEN_KEYS: ReadonlySet<string> = /* @__PURE__ */ new Set([
  '__proto__',
  'constructor',
  'prototype',
]);

/** True for a key that JSON read or written here never holds. */
export function isForbiddenKey(key: string): boolean {
  return FORBIDDEN_KEYS.has(key);
}

interface Rules {
  readonly integersOnly: boolean;
  readonly depth: number;
}

const FULL: Rules = { integersOnly: false, depth: LIMITS.canonicalDepth };
const INTEGERS: Rules = { integersOnly: true, depth: LIMITS.jsonDepth };

function refuse(path: string, found: string, expected: string): never {
  const place = path === '' ? 'the value' : escapeControl(path.slice(0, 200));
  throw new QuantlaxmiError(
    'QL_JSON_VALUE',
    `canonical JSON: ${place} is ${found}; expected ${expected}`,
    { context: { path: place, found } },
  );
}

function writeNumber(value: number, path: string, rules: Rules): string {
  if (!Number.isFinite(value)) refuse(path, String(value), 'a finite number');
  if (rules.integersOnly && (!Number.isSafeInteger(value) || Object.is(value, -0))) {
    const found = Object.is(value, -0) ? '-0' : String(value);
    refuse(path, found, 'an integer within plus or minus 2^53-1, or decimal text');
  }
  // ECMAScript's own number to text is the RFC's; it already writes -0 as 0.
  return String(value);
}

function writeString(value: string, path: string): string {
  if (!isWellFormed(value)) refuse(path, 'text with a lone surrogate', 'well-formed Unicode');
  return JSON.stringify(value);
}

function writeObject(value: object, path: string, depth: number, rules: Rules): string {
  const prototype = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) {
    refuse(path, 'an object with a class of its own', 'a plain object, array or primitive');
  }
  if (Object.getOwnPropertySymbols(value).length > 0) {
    refuse(path, 'an object with symbol keys', 'string keys only');
  }
  const parts: string[] = [];
  // Default sort compares UTF-16 code units, which is the RFC's order.
  for (const key of Object.keys(value).sort()) {
    const place = `${path}.${key}`;
    if (rules.integersOnly && isForbiddenKey(key)) refuse(place, 'a forbidden key', 'another name');
    const text = write((value as Record<string, unknown>)[key], place, depth + 1, rules);
    parts.push(`${writeString(key, place)}:${text}`);
  }
  return `{${parts.join(',')}}`;
}

function writeArray(items: readonly unknown[], path: string, depth: number, rules: Rules): string {
  const parts: string[] = [];
  for (let i = 0; i < items.length; i += 1) {
    parts.push(write(items[i], `${path}[${i}]`, depth + 1, rules));
  }
  return `[${parts.join(',')}]`;
}

function write(value: unknown, path: string, depth: number, rules: Rules): string {
  switch (typeof value) {
    case 'string':
      return writeString(value, path);
    case 'number':
      return writeNumber(value, path, rules);
    case 'boolean':
      return value ? 'true' : 'false';
    case 'object':
      if (value === null) return 'null';
      if (depth >= rules.depth) refuse(path, 'nested too deep', `at most ${rules.depth} levels`);
      return Array.isArray(value)
        ? writeArray(value, path, depth, rules)
        : writeObject(value, path, depth, rules);
    default:
      return refuse(path, `a ${typeof value}`, 'a JSON value');
  }
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
  return write(value, '', 0, FULL);
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
  return write(value, '', 0, INTEGERS);
}
