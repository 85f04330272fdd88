import fc from 'fast-check';
import {
  addMantissa,
  divBig,
  isMultipleOf,
  mulDiv,
  mulExact,
  rescale,
  rescaleExact,
  roundToStep,
  subMantissa,
  toMantissa,
} from 'quantlaxmi/fixed-point';
import { describe, expect, test } from 'vitest';
import { mantissa, ROUNDINGS, rounding } from './arbitraries.js';
import { mantissaOf, roundByName } from './model.js';
import { outcomeOf } from './outcome.js';

const exponent = fc.integer({ min: -22, max: 22 });
const many = { numRuns: 1000 };

describe('arithmetic against bigint', () => {
  test('FIXED-4: sums and differences are exact or overflow', () => {
    fc.assert(
      fc.property(mantissa, mantissa, (a, b) => {
        expect(outcomeOf(() => addMantissa(a, b) + 0)).toEqual(mantissaOf(BigInt(a) + BigInt(b)));
        expect(outcomeOf(() => subMantissa(a, b) + 0)).toEqual(mantissaOf(BigInt(a) - BigInt(b)));
      }),
      many,
    );
  });

  test('FIXED-4: products are exact', () => {
    fc.assert(
      fc.property(mantissa, mantissa, (a, b) => {
        expect(mulExact(a, b)).toBe(BigInt(a) * BigInt(b));
      }),
      many,
    );
  });

  test('FIXED-5: divBig rounds as its name says', () => {
    fc.assert(
      fc.property(fc.bigInt(), fc.bigInt(), rounding, (n, d, name) => {
        fc.pre(d !== 0n);
        expect(divBig(n, d, name)).toBe(roundByName(n, d, name));
      }),
      many,
    );
    for (const name of ROUNDINGS) {
      for (let n = -24n; n <= 24n; n += 1n) {
        for (const d of [-8n, -5n, -4n, -2n, -1n, 1n, 2n, 4n, 5n, 8n]) {
          expect(divBig(n, d, name), `${n}/${d} ${name}`).toBe(roundByName(n, d, name));
        }
      }
    }
  });

  test('FIXED-5: mulDiv rounds the exact quotient once', () => {
    fc.assert(
      fc.property(mantissa, mantissa, mantissa, rounding, (a, b, c, name) => {
        const expected =
          c === 0
            ? { code: 'QL_FIXED_DIVIDE_BY_ZERO' }
            : mantissaOf(roundByName(BigInt(a) * BigInt(b), BigInt(c), name));
        expect(outcomeOf(() => mulDiv(a, b, c, name))).toEqual(expected);
      }),
      { numRuns: 1500 },
    );
  });

  test('FIXED-5: quotients next to whole numbers and halves', () => {
    const near = fc.integer({ min: -2, max: 2 });
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 94906265 }),
        fc.integer({ min: 1, max: 94906265 }),
        near,
        fc.constantFrom(1, 2),
        rounding,
        (q, d, off, part, name) => {
          const n = q * d + Math.trunc(d / part) + off;
          fc.pre(Number.isSafeInteger(n));
          const expected = mantissaOf(roundByName(BigInt(n), BigInt(d), name));
          expect(outcomeOf(() => mulDiv(n, 1, d, name))).toEqual(expected);
          expect(outcomeOf(() => mulDiv(-n, 1, d, name))).toEqual(
            mantissaOf(roundByName(BigInt(-n), BigInt(d), name)),
          );
        },
      ),
      { numRuns: 1500 },
    );
  });

  test('FIXED-5: the largest dividends over every power of two', () => {
    for (const name of ROUNDINGS) {
      for (let n = 0; n < 4; n += 1) {
        for (let k = 0; k <= 52; k += 1) {
          for (const off of [-1, 0, 1]) {
            const dividend = Number.MAX_SAFE_INTEGER - n;
            const divisor = Number(2n ** BigInt(k)) + off;
            if (divisor === 0) continue;
            const expected = roundByName(BigInt(dividend), BigInt(divisor), name);
            expect(mulDiv(dividend, 1, divisor, name)).toBe(Number(expected));
          }
        }
      }
    }
  });

  test('FIXED-5: rescale moves the exponent and rounds once', () => {
    fc.assert(
      fc.property(mantissa, exponent, exponent, rounding, (m, from, to, name) => {
        const up = 10n ** BigInt(Math.max(0, from - to));
        const down = 10n ** BigInt(Math.max(0, to - from));
        const rounded = roundByName(BigInt(m) * up, down, name);
        expect(outcomeOf(() => rescale(m, from, to, name))).toEqual(mantissaOf(rounded));
        const exact = rounded * down === BigInt(m) * up;
        expect(outcomeOf(() => rescaleExact(m, from, to))).toEqual(
          exact ? mantissaOf(rounded) : { code: 'QL_FIXED_INEXACT' },
        );
      }),
      { numRuns: 1500 },
    );
  });

  test('FIXED-5: roundToStep gives the multiple that the name says', () => {
    const step = mantissa.map((m) => Math.abs(m)).filter((m) => m > 0);
    fc.assert(
      fc.property(mantissa, step, rounding, (m, size, name) => {
        const expected = roundByName(BigInt(m), BigInt(size), name) * BigInt(size);
        expect(outcomeOf(() => roundToStep(m, size, name))).toEqual(mantissaOf(expected));
        expect(isMultipleOf(m, size)).toBe(BigInt(m) % BigInt(size) === 0n);
      }),
      { numRuns: 1500 },
    );
  });

  test('FIXED-4: a bigint becomes a mantissa or an overflow', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 54n), max: 2n ** 54n }), (value) => {
        expect(outcomeOf(() => toMantissa(value))).toEqual(mantissaOf(value));
      }),
    );
  });
});
