/**
 * Emits byte encoders: literals as single stores, integers and texts through the two writers.
 * @module
 */

import type { Field, Fields, IntField, TextField } from '../../src/events/descriptors.data.js';
import { formTest, formWords } from './decoder.js';
import { type Lines, quoted, sorted, storeLiteral } from './lines.js';

/** The value expression and its field path as source text. */
export interface Source {
  readonly value: string;
  readonly path: string;
}

function refuse({ value, path }: Source, words: string): string {
  return `throw badValue(${path}, ${value}, ${quoted(words)});`;
}

/** Writes an integer expression that was stored in a local. */
export function putIntField(w: Lines, source: Source, field: IntField): void {
  const limits: string[] = [];
  if (field.min !== undefined) limits.push(`${source.value} < ${field.min}`);
  if (field.max !== undefined) limits.push(`${source.value} > ${field.max}`);
  const low = field.min === undefined ? '' : ` >= ${field.min}`;
  const high = field.max === undefined ? '' : ` and <= ${field.max}`;
  const words = `a safe integer${low}${high}${field.nullable ? ' or null' : ''}`;
  w.add(`q = putInt(d, p, ${source.value});`);
  w.add(`if (${['q < 0', ...limits].join(' || ')}) ${refuse(source, words)}`, 'p = q;');
}

/** Writes a text expression that was stored in a local. */
export function putTextField(w: Lines, source: Source, field: TextField): void {
  const words = formWords(field);
  const kind = 'text of well-formed Unicode';
  w.add(`q = putText(d, p, ${source.value});`, `if (q < 0) ${refuse(source, kind)}`);
  if (words !== null) w.add(`if (${formTest(field, source.value)}) ${refuse(source, words)}`);
  w.add('p = q;');
}

function putWord(w: Lines, source: Source, words: readonly string[]): void {
  w.add(`switch (${source.value}) {`);
  for (const word of words) {
    w.add(`case ${quoted(word)}: {`);
    storeLiteral(w, `"${word}"`);
    w.add('break;', '}');
  }
  w.add('default: {', refuse(source, `one of ${words.join(', ')}`), '}', '}');
}

function putBool(w: Lines, source: Source): void {
  w.add(`if (${source.value} === true) {`);
  storeLiteral(w, 'true');
  w.add(`} else if (${source.value} === false) {`);
  storeLiteral(w, 'false');
  w.add('} else {', refuse(source, 'true or false'), '}');
}

function putItems(w: Lines, source: Source, index: string, item: () => void): void {
  w.add(
    `if (!Array.isArray(${source.value})) ${refuse(source, 'an array')}`,
    'd.setUint8(p++, 91);',
    `for (let ${index} = 0; ${index} < ${source.value}.length; ${index}++) {`,
    `if (${index} !== 0) d.setUint8(p++, 44);`,
  );
  item();
  w.add('}', 'd.setUint8(p++, 93);');
}

function putLevels(w: Lines, source: Source): void {
  putItems(w, source, 'i', () => {
    const path = `\`\${${source.path}}[\${i}]\``;
    w.add(
      `const level = ${source.value}[i]!;`,
      `if (!Array.isArray(level) || level.length !== 2) ${refuse({ value: 'level', path }, 'a pair [price, qty]')}`,
      'const price: number = level[0]!;',
      'const qty: number = level[1]!;',
      'd.setUint8(p++, 91);',
    );
    putIntField(w, { value: 'price', path }, { kind: 'int' });
    w.add('d.setUint8(p++, 44);');
    putIntField(w, { value: 'qty', path }, { kind: 'int', min: 0 });
    w.add('d.setUint8(p++, 93);');
  });
}

function putMap(w: Lines, source: Source, of: 'text' | 'intOrText'): void {
  const path = `\`\${${source.path}}.\${key}\``;
  w.add(
    `const ${source.value}Keys = sortedKeys(${source.value});`,
    `if (${source.value}Keys === null) ${refuse(source, 'a plain record')}`,
    'd.setUint8(p++, 123);',
    `for (let i = 0; i < ${source.value}Keys.length; i++) {`,
    `const key = ${source.value}Keys[i]!;`,
    'if (i !== 0) d.setUint8(p++, 44);',
    `if (isForbiddenKey(key)) throw badValue(${source.path}, key, 'another key name');`,
    'q = putText(d, p, key);',
    `if (q < 0) throw badValue(${source.path}, key, 'a key of well-formed Unicode');`,
    'p = q;',
    'd.setUint8(p++, 58);',
    `const item = ${source.value}[key]!;`,
  );
  const item = { value: 'item', path };
  if (of === 'text') {
    putTextField(w, item, { kind: 'text', form: 'any' });
  } else {
    w.add("q = typeof item === 'number' ? putInt(d, p, item) : putText(d, p, item);");
    w.add(`if (q < 0) ${refuse(item, 'a safe integer or text of well-formed Unicode')}`, 'p = q;');
  }
  w.add('}', 'd.setUint8(p++, 125);');
}

function putList(w: Lines, source: Source, of: Fields): void {
  putItems(w, source, 'j', () => {
    const name = `${source.value}Item`;
    w.add(`const ${name} = ${source.value}[j]!;`);
    const inner = `\`\${${source.path}}[\${j}]`;
    putRecord(w, { value: name, path: `${inner}\``, inner }, of);
  });
}

/** Writes a record: counts its keys first, so that an unknown key is an error and not a loss. */
export function putRecord(
  w: Lines,
  { value, path, inner }: Source & { readonly inner: string },
  of: Fields,
): void {
  const keys = sorted(of);
  const list = `[${keys.map(quoted).join(', ')}]`;
  w.add(
    'n = 0;',
    `for (const _key in ${value}) n++;`,
    `if (n !== ${keys.length} || typeof ${value} !== 'object') throw badKeys(${path}, ${value}, ${list});`,
  );
  let literal = '';
  keys.forEach((key, index) => {
    literal += `${index === 0 ? '{' : ','}"${key}":`;
    const local = value === 'body' ? `${key}_` : `${value}_${key}`;
    const field = of[key] as Field;
    w.add(`const ${local} = ${value}.${key};`);
    literal = putField(w, { value: local, path: `${inner}.${key}\`` }, { field, literal });
  });
  storeLiteral(w, `${literal}}`);
}

/** Writes the pending literal and one field; returns the literal that is still pending. */
function putField(
  w: Lines,
  source: Source,
  { field, literal }: { readonly field: Field; readonly literal: string },
): string {
  storeLiteral(w, literal);
  const nullable = 'nullable' in field && field.nullable === true;
  if (nullable) {
    w.add(`if (${source.value} === null) {`);
    storeLiteral(w, 'null');
    w.add('} else {');
  }
  if (field.kind === 'int') putIntField(w, source, field);
  else if (field.kind === 'text') putTextField(w, source, field);
  else if (field.kind === 'word') putWord(w, source, field.of);
  else if (field.kind === 'bool') putBool(w, source);
  else if (field.kind === 'levels') putLevels(w, source);
  else if (field.kind === 'map') putMap(w, source, field.of);
  else putList(w, source, field.of);
  if (nullable) w.add('}');
  return '';
}
