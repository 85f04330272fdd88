/**
 * Emits byte scanners: straight-line code over local variables that accepts the canonical form of
 * one body and nothing else.
 * @module
 */

import type {
  BoolField,
  Field,
  Fields,
  IntField,
  TextField,
  WordField,
} from '../../src/events/descriptors.data.js';
import { expectLiteral, type Lines, literalTest, quoted, sorted } from './lines.js';

/** Where generated code puts a value and how it names the field in errors. */
export interface Target {
  /** Variable to assign. */
  readonly name: string;
  /** Source text of the field path: a quoted string or a template. */
  readonly path: string;
}

const MAX_SAFE = '9007199254740991';

/** What an integer has to look like, in words. */
function intWords(field: IntField): string {
  const low = field.min === undefined ? '' : ` >= ${field.min}`;
  const high = field.max === undefined ? '' : ` and <= ${field.max}`;
  return `a safe integer${low}${high}${field.nullable ? ' or null' : ''}`;
}

function refuse(path: string, words: string, where = 'p'): string {
  return `throw badBytes(b, ${where}, { field: ${path}, expected: ${quoted(words)} });`;
}

/** Four digits at a time as one word, then the rest one by one. */
const DIGIT_WORDS =
  'while (p <= last && ((((w = d.getInt32(p, true) ^ 0x30303030) + 0x76767676) | w) & 0x80808080) === 0) {';

/** An integer in its only spelling: no leading zero, no -0, at most 2^53-1 in magnitude. */
export function scanInt(w: Lines, { name, path }: Target, field: IntField): void {
  const words = intWords(field);
  const signed = field.min === undefined || field.min < 0;
  w.add('i = p;', 'c = b[p]!;');
  if (signed) w.add('if (c === 45) c = b[++p]!;');
  w.add('if (c === 48) {', signed ? `if (p !== i) ${refuse(path, words)}` : '', 'v = 0;', 'p++;');
  w.add(
    '} else {',
    `if (!(c >= 49 && c <= 57)) ${refuse(path, words)}`,
    's = p;',
    'v = 0;',
    DIGIT_WORDS,
    'w = Math.imul(w, 10) + (w >>> 8);',
    'v = v * 10000 + (w & 255) * 100 + ((w >>> 16) & 255);',
    'p += 4;',
    '}',
    'while ((c = b[p]! - 48) >= 0 && c <= 9) {',
    'v = v * 10 + c;',
    'p++;',
    '}',
    `if (p - s > 16 || v > ${MAX_SAFE}) ${refuse(path, words, 'i')}`,
    signed ? 'if (s !== i) v = -v;' : '',
    '}',
  );
  const limits: string[] = [];
  if (field.min !== undefined && field.min !== 0) limits.push(`v < ${field.min}`);
  if (field.max !== undefined) limits.push(`v > ${field.max}`);
  if (limits.length > 0) w.add(`if (${limits.join(' || ')}) ${refuse(path, words, 'i')}`);
  w.add(`${name} = v;`);
}

/** Four characters of 0x20..0x7f that are neither a quote nor a backslash. */
const PLAIN_WORDS =
  'while (p <= last && (((w = d.getInt32(p, true)) | (w - 0x20202020) | ((w ^ 0x22222222) - 0x01010101) | ((w ^ 0x5c5c5c5c) - 0x01010101)) & 0x80808080) === 0) {';

/** A text: ASCII without escapes in one pass, anything else through `hardText`. */
export function scanText(w: Lines, { name, path }: Target, field: TextField): void {
  w.add(
    `if (b[p] !== 34) ${refuse(path, field.nullable ? 'a text or null' : 'a text')}`,
    'i = ++p;',
    field.cached ? 'h = 0;' : '',
    'c = 0;',
    PLAIN_WORDS,
    field.cached ? 'h = Math.imul(h ^ w, 0x9e3779b1);' : '',
    'p += 4;',
    '}',
    'while (p < end && (c = b[p]!) !== 34 && c !== 92 && c >= 32 && c < 128) {',
    field.cached ? 'h = Math.imul(h ^ c, 0x9e3779b1);' : '',
    'p++;',
    '}',
    'if (p < end && c === 34) {',
    `${name} = ${field.cached ? 'cachedAscii(d, i, p, h)' : 'ascii(b, i, p)'};`,
    '} else {',
    'p = closingQuote(b, p, end);',
    `if (p < 0) ${refuse(path, 'a closing quote', 'end')}`,
    `${name} = hardText(b, i, p, ${path});`,
    '}',
    'p++;',
  );
  const words = formWords(field);
  if (words !== null) w.add(`if (${formTest(field, name)}) ${refuse(path, words, 'i')}`);
}

/** Test for a text that does NOT have the form. */
export function formTest(field: TextField, name: string): string {
  if (field.form === 'nonEmpty') return `${name} === ''`;
  return field.form === 'decimal' ? `!isDecimalText(${name})` : `!isHex64(${name})`;
}

/** What the form asks for in words; null when anything goes. */
export function formWords(field: TextField): string | null {
  if (field.form === 'any') return null;
  if (field.form === 'nonEmpty') return 'at least one character';
  return field.form === 'decimal' ? 'decimal text like -12.5' : '64 lower-case hex digits';
}

function scanWord(w: Lines, { name, path }: Target, words: readonly string[]): void {
  words.forEach((word, n) => {
    const lead = n === 0 ? 'if' : '} else if';
    w.add(
      `${lead} (${literalTest(`"${word}"`)}) {`,
      `${name} = ${quoted(word)};`,
      `p += ${word.length + 2};`,
    );
  });
  w.add('} else {', refuse(path, `one of ${words.join(', ')}`), '}');
}

function scanBool(w: Lines, { name, path }: Target): void {
  w.add(
    `if (${literalTest('true')}) {`,
    `${name} = true;`,
    'p += 4;',
    `} else if (${literalTest('false')}) {`,
    `${name} = false;`,
    'p += 5;',
    '} else {',
    refuse(path, 'true or false'),
    '}',
  );
}

/** `[a,b,…]`: opening, the loop around `item`, closing. */
function scanItems(w: Lines, { path }: Target, item: () => void): void {
  w.add(`if (b[p] !== 91) ${refuse(path, 'an array')}`, 'p++;', 'if (b[p] === 93) {', 'p++;');
  w.add('} else {', 'for (;;) {');
  item();
  w.add(
    'c = b[p]!;',
    'if (c === 44) {',
    'p++;',
    '} else if (c === 93) {',
    'p++;',
    'break;',
    '} else {',
    refuse(path, '"," or "]"'),
    '}',
    '}',
    '}',
  );
}

function scanLevels(w: Lines, target: Target): void {
  const { name, path } = target;
  w.add(`const ${name}: Level[] = [];`);
  scanItems(w, target, () => {
    w.add(`if (b[p] !== 91) ${refuse(path, 'a level [price,qty]')}`, 'p++;');
    scanInt(w, { name: 'price', path }, { kind: 'int' });
    w.add(`if (b[p] !== 44) ${refuse(path, '","')}`, 'p++;');
    scanInt(w, { name: 'qty', path }, { kind: 'int', min: 0 });
    w.add(`if (b[p] !== 93) ${refuse(path, '"]"')}`, 'p++;');
    w.add(`${name}.push([price, qty]);`);
  });
}

function scanMap(w: Lines, { name, path }: Target, of: 'text' | 'intOrText'): void {
  const value = of === 'text' ? 'string' : 'number | string';
  const key: TextField = { kind: 'text', form: 'any', cached: true };
  w.add(
    `const ${name}: Record<string, ${value}> = {};`,
    `if (b[p] !== 123) ${refuse(path, 'a record')}`,
    'p++;',
    'if (b[p] === 125) {',
    'p++;',
    '} else {',
    'prev = null;',
    'for (;;) {',
    'at = p;',
  );
  scanText(w, { name: 'key', path }, key);
  w.add(
    `if (prev !== null && !(prev < key)) ${refuse(path, 'keys in UTF-16 order, each once', 'at')}`,
    `if (isForbiddenKey(key)) ${refuse(path, 'another key name', 'at')}`,
    'prev = key;',
    `if (b[p] !== 58) ${refuse(path, '":"')}`,
    'p++;',
  );
  if (of === 'text') {
    scanText(w, { name: 'text', path }, { kind: 'text', form: 'any' });
    w.add(`${name}[key] = text;`);
  } else {
    w.add('if (b[p] === 34) {');
    scanText(w, { name: 'text', path }, { kind: 'text', form: 'any' });
    w.add(`${name}[key] = text;`, '} else {');
    scanInt(w, { name: `${name}[key]`, path }, { kind: 'int' });
    w.add('}');
  }
  w.add(
    'c = b[p]!;',
    'p++;',
    'if (c === 125) break;',
    `if (c !== 44) ${refuse(path, '"," or "}"', 'p - 1')}`,
    '}',
    '}',
  );
}

function scanList(w: Lines, target: Target, of: Fields): void {
  const { name, path } = target;
  const keys = sorted(of);
  w.add(`const ${name}: Array<${recordType(of)}> = [];`);
  scanItems(w, target, () => {
    const inner = `\`\${${path}}[\${${name}.length}]`;
    keys.forEach((key, n) => {
      const to = { name: `${name}_${key}`, path: `${inner}.${key}\`` };
      expectLiteral(w, `${n === 0 ? '{' : ','}"${key}":`, to.path);
      scanField(w, to, of[key] as Field);
    });
    w.add(`if (b[p] !== 125) ${refuse(path, '"}"')}`, 'p++;');
    w.add(`${name}.push({ ${keys.map((key) => `${key}: ${name}_${key}`).join(', ')} });`);
  });
}

/** TypeScript type of a field's value. */
export function fieldType(field: Field): string {
  switch (field.kind) {
    case 'int':
      return field.nullable ? 'number | null' : 'number';
    case 'text':
      return field.nullable ? 'string | null' : 'string';
    case 'word':
      return [...field.of.map(quoted), ...(field.nullable ? ['null'] : [])].join(' | ');
    case 'bool':
      return 'boolean';
    case 'levels':
      return 'Level[]';
    case 'map':
      return `Record<string, ${field.of === 'text' ? 'string' : 'number | string'}>`;
    case 'list':
      return `Array<${recordType(field.of)}>`;
  }
}

function recordType(of: Fields): string {
  return `{ ${sorted(of)
    .map((key) => `${key}: ${fieldType(of[key] as Field)}`)
    .join('; ')} }`;
}

/** Declares `target.name` and scans one field into it. */
export function scanField(w: Lines, target: Target, field: Field): void {
  if (field.kind === 'levels') scanLevels(w, target);
  else if (field.kind === 'map') scanMap(w, target, field.of);
  else if (field.kind === 'list') scanList(w, target, field.of);
  else scanScalar(w, target, field);
}

function scanScalar(
  w: Lines,
  target: Target,
  field: IntField | TextField | WordField | BoolField,
): void {
  w.add(`let ${target.name}: ${fieldType(field)};`);
  const nullable = field.kind !== 'bool' && field.nullable === true;
  if (nullable)
    w.add(`if (${literalTest('null')}) {`, `${target.name} = null;`, 'p += 4;', '} else {');
  if (field.kind === 'int') scanInt(w, target, field);
  else if (field.kind === 'text') scanText(w, target, field);
  else if (field.kind === 'word') scanWord(w, target, field.of);
  else scanBool(w, target);
  if (nullable) w.add('}');
}

/** The shared locals a scanner declares; unused ones are left out by looking at the code. */
export const LOCALS: readonly (readonly [name: string, declaration: string])[] = [
  ['c', 'let c = 0;'],
  ['i', 'let i = 0;'],
  ['h', 'let h = 0;'],
  ['s', 'let s = 0;'],
  ['v', 'let v = 0;'],
  ['w', 'let w = 0;'],
  ['at', 'let at = 0;'],
  ['price', 'let price = 0;'],
  ['qty', 'let qty = 0;'],
  ['key', "let key = '';"],
  ['text', "let text = '';"],
  ['prev', 'let prev: string | null = null;'],
];
