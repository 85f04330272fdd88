import {
  addMantissa,
  divBig,
  isMultipleOf,
  mulDiv,
  mulExact,
  type Rounding,
  rescale,
  rescaleExact,
  roundToStep,
  subMantissa,
} from 'quantlaxmi/fixed-point';
import { describe, expect, test } from 'vitest';
import { codeOf } from '../core/codes.js';

describe('roundings', () => {
  // 2.5, -2.5, 3.5, 2.4, -2.6
  test.each<[Rounding, number[]]>([
    ['floor', [2, -3, 3, 2, -3]],
    ['ceil', [3, -2, 4, 3, -2]],
    ['trunc', [2, -2, 3, 2, -2]],
    ['halfEven', [2, -2, 4, 2, -3]],
    ['halfUp', [3, -3, 4, 2, -3]],
  ])('FIXED-5: %s', (name, expected) => {
    const tenths = [25, -25, 35, 24, -26];
    expect(tenths.map((m) => rescale(m, -1, 0, name))).toEqual(expected);
    expect(tenths.map((m) => mulDiv(m, 1, 10, name))).toEqual(expected);
    expect(tenths.map((m) => mulDiv(m, -1, -10, name))).toEqual(expected);
    expect(tenths.map((m) => Number(divBig(BigInt(m), 10n, name)))).toEqual(expected);
  });

  test('FIXED-5: a name that does not exist is refused, as soon as it would matter', () => {
    const wrong = 'round' as Rounding;
    expect(codeOf(() => divBig(5n, 2n, wrong))).toBe('QL_FIXED_RANGE');
    expect(codeOf(() => mulDiv(5, 1, 2, wrong))).toBe('QL_FIXED_RANGE');
  });
});

describe('refusals', () => {
  test('FIXED-4: one beyond the largest mantissa is an overflow', () => {
    const max = Number.MAX_SAFE_INTEGER;
    expect(codeOf(() => addMantissa(max, 1))).toBe('QL_FIXED_OVERFLOW');
    expect(codeOf(() => subMantissa(-max, 1))).toBe('QL_FIXED_OVERFLOW');
    expect(codeOf(() => addMantissa(max, max))).toBe('QL_FIXED_OVERFLOW');
    expect(codeOf(() => rescale(max, 0, -1, 'trunc'))).toBe('QL_FIXED_OVERFLOW');
    expect(codeOf(() => mulDiv(max, 3, 2, 'trunc'))).toBe('QL_FIXED_OVERFLOW');
    expect(codeOf(() => roundToStep(max, 10, 'ceil'))).toBe('QL_FIXED_OVERFLOW');
    expect(rescale(0, 22, -22, 'trunc')).toBe(0);
  });

  test.each([1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53])(
    'FIXED-7: %d is no operand',
    (wrong) => {
      const calls = [
        () => mulExact(wrong, 1),
        () => mulExact(1, wrong),
        () => mulDiv(wrong, 1, 1, 'trunc'),
        () => mulDiv(1, wrong, 1, 'trunc'),
        () => mulDiv(1, 1, wrong, 'trunc'),
        () => rescale(wrong, 0, 0, 'trunc'),
        () => rescaleExact(wrong, 0, 0),
        () => roundToStep(wrong, 1, 'trunc'),
        () => roundToStep(1, wrong, 'trunc'),
        () => isMultipleOf(wrong, 1),
        () => isMultipleOf(1, wrong),
        () => addMantissa(wrong, 1),
        () => subMantissa(1, wrong),
      ];
      for (const call of calls) expect(codeOf(call), String(call)).toBe('QL_FIXED_RANGE');
    },
  );

  test('FIXED-7: steps are above 0, exponents whole and within 22', () => {
    for (const step of [0, -5]) {
      expect(codeOf(() => roundToStep(5, step, 'floor'))).toBe('QL_FIXED_RANGE');
      expect(codeOf(() => isMultipleOf(5, step))).toBe('QL_FIXED_RANGE');
    }
    for (const at of [23, -23, 0.5]) {
      expect(codeOf(() => rescale(1, at, 0, 'floor'))).toBe('QL_FIXED_RANGE');
      expect(codeOf(() => rescale(1, 0, at, 'floor'))).toBe('QL_FIXED_RANGE');
    }
  });

  test('FIXED-7: no result is -0', () => {
    for (const zero of [
      addMantissa(-0, -0),
      subMantissa(-0, 0),
      mulDiv(-1, 1, 3, 'trunc'),
      mulDiv(0, 1, -3, 'trunc'),
      rescale(-1, 0, 1, 'ceil'),
      rescale(-0, 0, 0, 'ceil'),
      rescale(-0, 0, -2, 'ceil'),
      roundToStep(-1, 5, 'ceil'),
    ]) {
      expect(Object.is(zero, 0)).toBe(true);
    }
  });

  test('ticks that are no power of ten', () => {
    expect(roundToStep(10003, 5, 'floor')).toBe(10000);
    expect(isMultipleOf(10003, 5)).toBe(false);
    expect(isMultipleOf(-10005, 5)).toBe(true);
    expect(roundToStep(-7, 5, 'halfEven')).toBe(-5);
  });
});
