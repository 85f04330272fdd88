import { Decimal } from 'decimal.js';
import fc from 'fast-check';
import { formatMantissa, type Rounding } from 'quantlaxmi/fixed-point';
import { fromDecimal, toDecimal } from 'quantlaxmi/fixed-point/decimal';
import { describe, expect, test } from 'vitest';
import { codeOf } from '../core/codes.js';
import { mantissa, rounding } from './arbitraries.js';
import { outcomeOf } from './outcome.js';

const MODES: Record<Rounding, Decimal.Rounding> = {
  floor: Decimal.ROUND_FLOOR,
  ceil: Decimal.ROUND_CEIL,
  trunc: Decimal.ROUND_DOWN,
  halfEven: Decimal.ROUND_HALF_EVEN,
  halfUp: Decimal.ROUND_HALF_UP,
};
const exponent = fc.integer({ min: -22, max: 22 });

describe('the decimal.js bridge', () => {
  test('FIXED-8: there and back is the identity', () => {
    fc.assert(
      fc.property(mantissa, exponent, rounding, (m, at, name) => {
        expect(toDecimal(m, at).toFixed()).toBe(new Decimal(formatMantissa(m, at)).toFixed());
        expect(fromDecimal(toDecimal(m, at), at, name)).toBe(m + 0);
      }),
    );
  });

  test('FIXED-8: rounding agrees with that of decimal.js', () => {
    const Wide = Decimal.clone({ precision: 100 });
    fc.assert(
      fc.property(mantissa, fc.integer({ min: -22, max: 0 }), rounding, (m, from, name) => {
        for (const to of [-8, -2, 0]) {
          const value = new Wide(formatMantissa(m, from));
          const expected = value.toDecimalPlaces(-to, MODES[name]).times(new Wide(10).pow(-to));
          const ours = outcomeOf(() => fromDecimal(value, to, name));
          if (expected.abs().gt(Number.MAX_SAFE_INTEGER)) {
            expect(ours).toEqual({ code: 'QL_FIXED_OVERFLOW' });
          } else expect(ours).toEqual({ value: BigInt(expected.toFixed()) });
        }
      }),
    );
  });

  test('FIXED-8: global settings are neither read nor changed', () => {
    const before = { ...Decimal };
    try {
      Decimal.set({ precision: 3, rounding: Decimal.ROUND_UP, toExpPos: 2, toExpNeg: -2 });
      const value = toDecimal(123456789012345, -8);
      expect(value.toString()).toBe('1234567.89012345');
      expect(value.times('1.00000001').toString()).toBe('1234567.9024691289012345');
      expect(fromDecimal(new Decimal('43250.125'), -2, 'halfEven')).toBe(4325012);
      expect(Decimal.precision).toBe(3);
    } finally {
      Decimal.set({ defaults: true });
    }
    expect({ ...Decimal }).toEqual(before);
  });

  test('values far outside any exponent end at once', () => {
    expect(fromDecimal(new Decimal('1e-9000000'), -8, 'ceil')).toBe(1);
    expect(fromDecimal(new Decimal('-1e-9000000'), -8, 'floor')).toBe(-1);
    expect(fromDecimal(new Decimal('1e-9000000'), -8, 'halfEven')).toBe(0);
    expect(codeOf(() => fromDecimal(new Decimal('1e9000000'), 22, 'trunc'))).toBe(
      'QL_FIXED_OVERFLOW',
    );
    expect(Object.is(fromDecimal(new Decimal('-0'), -2, 'floor'), 0)).toBe(true);
    for (const wrong of [Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(codeOf(() => fromDecimal(new Decimal(wrong), 0, 'trunc'))).toBe('QL_FIXED_RANGE');
    }
  });
});
