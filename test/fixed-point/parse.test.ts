import { encodeUtf8 } from 'quantlaxmi/core';
import {
  decimalsOf,
  formatBig,
  formatMantissa,
  MANTISSA_MAX,
  mantissa,
  parseBig,
  parseMantissa,
  parseMantissaBytes,
  parseRational,
} from 'quantlaxmi/fixed-point';
import { describe, expect, test } from 'vitest';
import { codeOf } from '../core/codes.js';
import { outcomeOf } from './outcome.js';

describe('parseMantissa', () => {
  test.each([
    ['43250.12000000', -2, 4325012],
    ['0', -8, 0],
    ['-0', -8, 0],
    ['-0.00', 0, 0],
    ['0.00000001', -8, 1],
    ['-1.5', -1, -15],
    ['007', 0, 7],
    ['9007199254740991', 0, 9007199254740991],
    ['-9007199254740991', 0, -9007199254740991],
    ['90071992.54740991', -8, 9007199254740991],
    ['0.9007199254740991', -16, 9007199254740991],
    ['1200', 2, 12],
    ['1200.00', 2, 12],
    ['0.0000000000000000000001', -22, 1],
    ['5.000000000000000000000000000000', 0, 5],
  ])('FIXED-1: %s at %i is %i', (text, exponent, expected) => {
    expect(Object.is(parseMantissa(text, exponent), expected)).toBe(true);
    const bytes = encodeUtf8(text);
    expect(Object.is(parseMantissaBytes(bytes, 0, bytes.length, exponent), expected)).toBe(true);
  });

  test.each([
    ['9007199254740992', 0, 'QL_FIXED_OVERFLOW'],
    ['9007199254740993', 0, 'QL_FIXED_OVERFLOW'],
    ['90071992547409910', 0, 'QL_FIXED_OVERFLOW'],
    ['90071992.54740992', -8, 'QL_FIXED_OVERFLOW'],
    ['900719925474099.2', -1, 'QL_FIXED_OVERFLOW'],
    ['1', -22, 'QL_FIXED_OVERFLOW'],
    ['1'.repeat(400), 0, 'QL_FIXED_OVERFLOW'],
    ['43250.125', -2, 'QL_FIXED_INEXACT'],
    ['0.10000000000000000000000000000001', -1, 'QL_FIXED_INEXACT'],
    ['1250', 2, 'QL_FIXED_INEXACT'],
    ['', -2, 'QL_FIXED_SYNTAX'],
    ['-', -2, 'QL_FIXED_SYNTAX'],
    ['.', -2, 'QL_FIXED_SYNTAX'],
    ['.5', -2, 'QL_FIXED_SYNTAX'],
    ['5.', -2, 'QL_FIXED_SYNTAX'],
    ['+5', -2, 'QL_FIXED_SYNTAX'],
    ['--5', -2, 'QL_FIXED_SYNTAX'],
    ['1e5', -2, 'QL_FIXED_SYNTAX'],
    ['1,5', -2, 'QL_FIXED_SYNTAX'],
    ['1.2.3', -2, 'QL_FIXED_SYNTAX'],
    ['1.23x', -2, 'QL_FIXED_SYNTAX'],
    [' 1', -2, 'QL_FIXED_SYNTAX'],
    ['1\n', -2, 'QL_FIXED_SYNTAX'],
    ['NaN', -2, 'QL_FIXED_SYNTAX'],
    ['Infinity', -2, 'QL_FIXED_SYNTAX'],
    ['٣', 0, 'QL_FIXED_SYNTAX'],
    ['0x10', 0, 'QL_FIXED_SYNTAX'],
    ['1', -23, 'QL_FIXED_RANGE'],
    ['1', 23, 'QL_FIXED_RANGE'],
    ['1', -1.5, 'QL_FIXED_RANGE'],
    ['1', Number.NaN, 'QL_FIXED_RANGE'],
  ])('FIXED-1: %s at %f is refused with %s', (text, exponent, code) => {
    expect(codeOf(() => parseMantissa(text, exponent))).toBe(code);
    const bytes = encodeUtf8(text);
    expect(codeOf(() => parseMantissaBytes(bytes, 0, bytes.length, exponent))).toBe(code);
  });

  test('FIXED-1: sixteen digits that a float rounds are exact or refused', () => {
    for (let last = 0; last <= 9; last += 1) {
      const text = `900719925474099.${last}`;
      const exact = 9007199254740990n + BigInt(last);
      const expected =
        exact <= BigInt(MANTISSA_MAX) ? { value: exact } : { code: 'QL_FIXED_OVERFLOW' };
      expect(outcomeOf(() => parseMantissa(text, -1))).toEqual(expected);
    }
    // The control: with a float in between some values of this size come out wrong.
    const wrong = Array.from({ length: 1000 }, (_, i) => Number.MAX_SAFE_INTEGER - i).filter(
      (m) => Math.round(Number.parseFloat(formatMantissa(m, -8)) * 1e8) !== m,
    );
    expect(wrong.length).toBeGreaterThan(0);
  });

  test('FIXED-2: a range past the end of the buffer is refused', () => {
    const bytes = encodeUtf8('12');
    expect(codeOf(() => parseMantissaBytes(bytes, 0, 3, 0))).toBe('QL_FIXED_SYNTAX');
    expect(codeOf(() => parseMantissaBytes(bytes, 0, 12, -2))).toBe('QL_FIXED_SYNTAX');
    expect(codeOf(() => parseMantissaBytes(bytes, 2, 2, 0))).toBe('QL_FIXED_SYNTAX');
    expect(codeOf(() => parseMantissaBytes(bytes, 2, 1, 0))).toBe('QL_FIXED_SYNTAX');
    expect(codeOf(() => parseMantissaBytes(encodeUtf8('1.2'), 0, 9, -8))).toBe('QL_FIXED_SYNTAX');
  });

  test('the message shows the text without its control characters', () => {
    expect(() => parseMantissa('1\u001b[2J', 0)).toThrow('"1\\u001b[2J" is not a decimal');
    expect(() => parseMantissa('x'.repeat(1000), 0)).toThrow(/^.{0,200}$/);
  });
});

describe('other readers and printers', () => {
  test('parseBig goes beyond 2^53, within its exponents', () => {
    expect(parseBig('123456789012345678901.5', -2)).toBe(12345678901234567890150n);
    expect(parseBig('5', -400)).toBe(5n * 10n ** 400n);
    for (const at of [-401, 401, 0.5]) {
      expect(codeOf(() => parseBig('1', at))).toBe('QL_FIXED_RANGE');
      expect(codeOf(() => formatBig(1n, at))).toBe('QL_FIXED_RANGE');
    }
  });

  test.each([
    ['43250.12000000', 2],
    ['0.00100000', 3],
    ['5.00', 0],
    ['100', 0],
    ['-0.10', 1],
  ])('decimalsOf %s is %i', (text, expected) => {
    expect(decimalsOf(text)).toBe(expected);
    expect(codeOf(() => decimalsOf(`${text}e1`))).toBe('QL_FIXED_SYNTAX');
  });

  test.each([
    [4325012, -2, '43250.12'],
    [-5, -3, '-0.005'],
    [0, -2, '0.00'],
    [-0, -2, '0.00'],
    [0, 3, '0'],
    [12, 2, '1200'],
    [7, 0, '7'],
    [9007199254740991, -8, '90071992.54740991'],
    [-9007199254740991, -9, '-9007199.254740991'],
    [9000000000000000, -9, '9000000.000000000'],
  ])('FIXED-3: %i at %i prints as %s', (m, exponent, expected) => {
    expect(formatMantissa(m, exponent)).toBe(expected);
  });

  test('FIXED-7: what is not a mantissa is refused', () => {
    for (const m of [1.5, 2 ** 53, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(codeOf(() => formatMantissa(m, -2))).toBe('QL_FIXED_RANGE');
      expect(codeOf(() => mantissa(m))).toBe('QL_FIXED_RANGE');
    }
    expect(codeOf(() => formatMantissa(1, -30))).toBe('QL_FIXED_RANGE');
    expect(Object.is(mantissa(-0), 0)).toBe(true);
  });

  test('parseRational keeps a decimal exactly', () => {
    expect(parseRational('-0.75')).toEqual({ num: -3n, den: 4n });
    expect(parseRational('100')).toEqual({ num: 100n, den: 1n });
  });
});
