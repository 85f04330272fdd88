import { createHash } from 'node:crypto';
import fc from 'fast-check';
import {
  canonicalIntegerJson,
  canonicalJson,
  canonicalJsonBytes,
  decodeUtf8,
  parseStrictJson,
  Secret,
  sha256Hex,
} from 'quantlaxmi/core';
import { describe, expect, test } from 'vitest';
import { codeOf } from './codes.js';
import { BOTH_SIGNS, FIRST, LAST } from './es6-numbers.data.js';
import { sharedCases } from './shared-file.js';

const view = new DataView(new ArrayBuffer(8));

function doubleOf(bits: bigint): number {
  view.setBigUint64(0, bits);
  return view.getFloat64(0);
}

function* es6Numbers(): Generator<bigint> {
  const both = BOTH_SIGNS.split(' ').map((hex) => BigInt(`0x${hex}`));
  for (const hex of FIRST.split(' ')) yield BigInt(`0x${hex}`);
  for (const bits of both) yield bits | (1n << 63n);
  yield* both;
  for (const hex of LAST.split(' ')) yield BigInt(`0x${hex}`);
  for (let i = 0n; i < 2000n; i += 1n) yield 0x0010000000000000n + i;
  let block = Buffer.alloc(32);
  for (;;) {
    block = createHash('sha256').update(block).digest();
    for (let at = 0; at < 32; at += 8) {
      const bits = block.readBigUInt64LE(at);
      const value = doubleOf(bits);
      if (value !== 0 && Number.isFinite(value)) yield bits;
    }
  }
}

describe('canonicalJson', () => {
  test('CORE-2: the published number stream hashes as published', () => {
    const published = new Map([
      [1000, 'be18b62b6f69cdab33a7e0dae0d9cfa869fda80ddc712221570f9f40a5878687'],
      [10_000, 'b9f7a8e75ef22a835685a52ccba7f7d6bdc99e34b010992cbc5864cd12be6892'],
    ]);
    const hash = createHash('sha256');
    let lines = 0;
    for (const bits of es6Numbers()) {
      hash.update(`${bits.toString(16)},${canonicalJson(doubleOf(bits))}\n`);
      lines += 1;
      const expected = published.get(lines);
      if (expected !== undefined) expect(hash.copy().digest('hex')).toBe(expected);
      if (lines === 10_000) break;
    }
  });

  test('CORE-2: RFC 8785 section 3.2.2 and 3.2.3 examples', () => {
    expect(
      canonicalJson({
        numbers: [333333333.33333329, 1e30, 4.5, 2e-3, 0.000000000000000000000000001],
        string: '\u20ac$\u000F\u000aA\'\u0042\u0022\u005c\\"/',
        literals: [null, true, false],
      }),
    ).toBe(
      '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],' +
        '"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
    );
    expect(
      canonicalJson({
        '\u20ac': 'Euro Sign',
        '\r': 'Carriage Return',
        '\ufb33': 'Hebrew Letter Dalet With Dagesh',
        '1': 'One',
        '\ud83d\ude00': 'Emoji: Grinning Face',
        '\u0080': 'Control',
        '\u00f6': 'Latin Small Letter O With Diaeresis',
      }),
    ).toBe(
      '{"\\r":"Carriage Return","1":"One","\u0080":"Control",' +
        '"ö":"Latin Small Letter O With Diaeresis","€":"Euro Sign",' +
        '"😀":"Emoji: Grinning Face","\ufb33":"Hebrew Letter Dalet With Dagesh"}',
    );
  });

  const documents = sharedCases<{ input: string; output: string; sha256: string }>(
    'numerics',
    'jcs_doc',
  );
  test.skipIf(documents === undefined)('CORE-2: the reference documents', () => {
    for (const { input, output, sha256, id } of documents ?? []) {
      const value: unknown = JSON.parse(input);
      expect(canonicalJson(value), id).toBe(output);
      expect(sha256Hex(canonicalJsonBytes(value)), id).toBe(sha256);
    }
  });

  const numbers = sharedCases<{ hex: string; json: string }>('numerics', 'jcs_number');
  test.skipIf(numbers === undefined)('CORE-2: the reference numbers', () => {
    for (const { hex, json, id } of numbers ?? []) {
      expect(canonicalJson(doubleOf(BigInt(`0x${hex}`))), id).toBe(json);
    }
  });

  test('CORE-2: key order of the source never shows', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.integer(), { noNullPrototype: true }), (object) => {
        const backwards = Object.fromEntries(Object.entries(object).reverse());
        expect(canonicalJson(backwards)).toBe(canonicalJson(object));
      }),
    );
  });

  test('CORE-2: reading it back gives the value, writing that the same text', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4, stringUnit: 'grapheme' }), (value) => {
        const text = canonicalJson(value);
        expect(canonicalJson(JSON.parse(text))).toBe(text);
        expect(decodeUtf8(canonicalJsonBytes(value))).toBe(text);
      }),
    );
  });

  test.each([
    ['undefined', undefined, /the value is a undefined/],
    ['a field that is undefined', { a: { b: undefined } }, /\.a\.b is a undefined/],
    ['a hole', [1, , 3], /\[1\] is a undefined/],
    ['NaN', [Number.NaN], /\[0\] is NaN/],
    ['Infinity', { x: Number.POSITIVE_INFINITY }, /\.x is Infinity/],
    ['a bigint', { x: 1n }, /\.x is a bigint/],
    ['a function', { x: () => 1 }, /\.x is a function/],
    ['a symbol', { x: Symbol('s') }, /\.x is a symbol/],
    ['a symbol key', { [Symbol('s')]: 1 }, /symbol keys/],
    ['a lone surrogate', ['ab\ud800'], /\[0\] is text with a lone surrogate/],
    ['a lone surrogate in a key', { 'a\udc00': 1 }, /lone surrogate/],
    ['a date', { when: new Date(0) }, /\.when is an object with a class/],
    ['a map', new Map(), /an object with a class/],
    ['a secret', { key: new Secret('k') }, /\.key is an object with a class/],
  ])('CORE-2: refuses %s and says where', (_, value, message) => {
    expect(codeOf(() => canonicalJson(value))).toBe('QL_JSON_VALUE');
    expect(() => canonicalJson(value)).toThrow(message);
  });

  test('CORE-2: refuses endless nesting', () => {
    const ring: unknown[] = [];
    ring.push(ring);
    expect(codeOf(() => canonicalJson(ring))).toBe('QL_JSON_VALUE');
  });
});

const nested = (levels: number): unknown => (levels === 0 ? 1 : [nested(levels - 1)]);

describe('canonicalIntegerJson', () => {
  test('CORE-3: writes what canonicalJson writes', () => {
    const value = { b: [1, -9007199254740991, null, true], a: 'x"\n€' };
    expect(canonicalIntegerJson(value)).toBe(canonicalJson(value));
    expect(canonicalIntegerJson(nested(16))).toBe(canonicalJson(nested(16)));
  });

  test.each([
    ['a fraction', 1.5],
    ['-0', -0],
    ['2^53', 2 ** 53],
    ['1e21', 1e21],
    ['a forbidden key', JSON.parse('{"__proto__":1}')],
    ['constructor', { constructor: 1 }],
    ['prototype', { prototype: 1 }],
    ['17 levels', nested(17)],
    ['undefined', { a: undefined }],
    ['a lone surrogate', '\ud800'],
  ])('CORE-3: refuses %s', (_, value) => {
    expect(codeOf(() => canonicalIntegerJson(value))).toBe('QL_JSON_VALUE');
  });
});

describe('parseStrictJson', () => {
  test('CORE-3: reads back what canonicalIntegerJson writes', () => {
    const json = fc.letrec((tie) => ({
      value: fc.oneof(
        { maxDepth: 4 },
        fc.maxSafeInteger(),
        fc.string({ unit: 'grapheme' }),
        fc.constantFrom(null, true, false),
        fc.array(tie('value'), { maxLength: 4 }),
        fc.dictionary(
          fc.string().filter((key) => !['__proto__', 'constructor', 'prototype'].includes(key)),
          tie('value'),
          { maxKeys: 4, noNullPrototype: true },
        ),
      ),
    })).value;
    fc.assert(
      fc.property(json, (value) => {
        fc.pre(!JSON.stringify(value).includes('-0'));
        const text = canonicalIntegerJson(value);
        expect(parseStrictJson(text)).toEqual(value);
        expect(parseStrictJson(canonicalJsonBytes(value))).toEqual(value);
      }),
    );
  });

  test('CORE-3: agrees with JSON.parse on what is JSON at all', () => {
    const pieces = ['{', '}', '[', ']', ',', ':', '"a"', '"b"', '1', '-', 'true', 'null', ' ', '"'];
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...pieces), { maxLength: 9 }), (parts) => {
        const text = parts.join('');
        let expected: { value: unknown } | undefined;
        try {
          expected = { value: JSON.parse(text) };
        } catch {
          expected = undefined;
        }
        const code = codeOf(() => parseStrictJson(text));
        if (expected === undefined) expect(code).toBe('QL_JSON_SYNTAX');
        else if (code === undefined) expect(parseStrictJson(text)).toEqual(expected.value);
        else expect(code).toMatch(/QL_JSON_(DUPLICATE_KEY|NUMBER)/);
      }),
      { numRuns: 2000 },
    );
  });

  test.each([
    ['{"a":1,"a":2}', 'QL_JSON_DUPLICATE_KEY'],
    ['{"a":1,"\\u0061":2}', 'QL_JSON_DUPLICATE_KEY'],
    ['{"__proto__":1}', 'QL_JSON_KEY'],
    ['{"x":{"constructor":1}}', 'QL_JSON_KEY'],
    ['{"\\u005f_proto__":1}', 'QL_JSON_KEY'],
    ['9007199254740993', 'QL_JSON_NUMBER'],
    ['9007199254740992', 'QL_JSON_NUMBER'],
    ['1.0', 'QL_JSON_NUMBER'],
    ['1e2', 'QL_JSON_NUMBER'],
    ['-0', 'QL_JSON_NUMBER'],
    ['01', 'QL_JSON_SYNTAX'],
    ['+1', 'QL_JSON_SYNTAX'],
    ['.5', 'QL_JSON_SYNTAX'],
    ['NaN', 'QL_JSON_SYNTAX'],
    ['truex', 'QL_JSON_SYNTAX'],
    ["'a'", 'QL_JSON_SYNTAX'],
    ['"\\ud800"', 'QL_JSON_SYNTAX'],
    ['"\\x41"', 'QL_JSON_SYNTAX'],
    ['"a\nb"', 'QL_JSON_SYNTAX'],
    ['"a', 'QL_JSON_SYNTAX'],
    ['"a\\', 'QL_JSON_SYNTAX'],
    ['[1,]', 'QL_JSON_SYNTAX'],
    ['{"a" 1}', 'QL_JSON_SYNTAX'],
    ['{a:1}', 'QL_JSON_SYNTAX'],
    ['{"a":1,', 'QL_JSON_SYNTAX'],
    ['{"a":1;', 'QL_JSON_SYNTAX'],
    ['[1', 'QL_JSON_SYNTAX'],
    ['', 'QL_JSON_SYNTAX'],
    ['1 2', 'QL_JSON_SYNTAX'],
    ['\ufeff1', 'QL_JSON_SYNTAX'],
    ['\u00a01', 'QL_JSON_SYNTAX'],
    [`${'['.repeat(17)}1${']'.repeat(17)}`, 'QL_JSON_DEPTH'],
    ['['.repeat(100_000), 'QL_JSON_DEPTH'],
  ])('CORE-3: refuses %s', (text, code) => {
    expect(codeOf(() => parseStrictJson(text))).toBe(code);
  });

  test('CORE-3: bounds count bytes, and the numbers rule can be widened', () => {
    expect(parseStrictJson('"₹"', { maxBytes: 5 })).toBe('₹');
    expect(codeOf(() => parseStrictJson('"₹"', { maxBytes: 4 }))).toBe('QL_JSON_SIZE');
    expect(codeOf(() => parseStrictJson(new Uint8Array(9), { maxBytes: 8 }))).toBe('QL_JSON_SIZE');
    expect(codeOf(() => parseStrictJson(new Uint8Array([34, 255, 34])))).toBe('QL_UTF8');
    expect(parseStrictJson('[1.5,-0,1e2]', { numbers: 'any' })).toEqual([1.5, -0, 100]);
    expect(codeOf(() => parseStrictJson('1e999', { numbers: 'any' }))).toBe('QL_JSON_NUMBER');
    const digits = parseStrictJson('[16.90,-0,9007199254740993]', { numbers: 'text' });
    expect(digits).toEqual(['16.90', '-0', '9007199254740993']);
    expect(codeOf(() => parseStrictJson('01', { numbers: 'text' }))).toBe('QL_JSON_SYNTAX');
    expect(codeOf(() => parseStrictJson('[[1]]', { maxDepth: 1 }))).toBe('QL_JSON_DEPTH');
    expect(parseStrictJson(' { "a" : [ ] } ')).toEqual({ a: [] });
  });
});
