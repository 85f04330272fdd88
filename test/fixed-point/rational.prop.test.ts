import fc from 'fast-check';
import {
  addRational,
  compareRational,
  divRational,
  mulRational,
  type Rational,
  rational,
  rationalToBig,
  rationalToMantissa,
  subRational,
} from 'quantlaxmi/fixed-point';
import { describe, expect, test } from 'vitest';
import { codeOf } from '../core/codes.js';
import { rounding } from './arbitraries.js';
import { mantissaOf, roundByName } from './model.js';
import { outcomeOf } from './outcome.js';

const big = fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n });
const fraction = fc
  .tuple(
    big,
    big.filter((den) => den !== 0n),
  )
  .map(([num, den]) => ({ num, den }));

const of = ({ num, den }: Rational) => rational(num, den);

/** True when `r` is n/d, in lowest terms, with a denominator above 0. */
function isExactly(r: Rational, n: bigint, d: bigint): boolean {
  if (r.num * d !== n * r.den || r.den <= 0n) return false;
  for (const prime of [2n, 3n, 5n, 7n, 11n, 13n]) {
    if (r.num % prime === 0n && r.den % prime === 0n) return false;
  }
  return r.num !== 0n || r.den === 1n;
}

describe('rationals', () => {
  test('FIXED-6: all four operations are exact and in lowest terms', () => {
    fc.assert(
      fc.property(fraction, fraction, (a, b) => {
        const [x, y] = [of(a), of(b)];
        const dens = a.den * b.den;
        expect(isExactly(x, a.num, a.den)).toBe(true);
        expect(isExactly(addRational(x, y), a.num * b.den + b.num * a.den, dens)).toBe(true);
        expect(isExactly(subRational(x, y), a.num * b.den - b.num * a.den, dens)).toBe(true);
        expect(isExactly(mulRational(x, y), a.num * b.num, dens)).toBe(true);
        if (b.num === 0n) {
          expect(codeOf(() => divRational(x, y))).toBe('QL_FIXED_DIVIDE_BY_ZERO');
        } else expect(isExactly(divRational(x, y), a.num * b.den, a.den * b.num)).toBe(true);
      }),
    );
  });

  test('FIXED-6: comparison is that of the difference', () => {
    fc.assert(
      fc.property(fraction, fraction, (a, b) => {
        const { num } = subRational(of(a), of(b));
        expect(compareRational(of(a), of(b))).toBe(num < 0n ? -1 : num > 0n ? 1 : 0);
        expect(compareRational(of(a), of(a))).toBe(0);
      }),
    );
  });

  test('FIXED-6: leaving the fractions rounds once, by name', () => {
    fc.assert(
      fc.property(fraction, fc.integer({ min: -30, max: 30 }), rounding, (a, at, name) => {
        const up = 10n ** BigInt(Math.max(0, -at));
        const down = 10n ** BigInt(Math.max(0, at));
        const expected = roundByName(a.num * up, a.den * down, name);
        expect(rationalToBig(of(a), at, name)).toBe(expected);
        expect(outcomeOf(() => rationalToMantissa(of(a), at, name))).toEqual(mantissaOf(expected));
      }),
    );
  });

  test('FIXED-6: a denominator of 0 and a wild exponent are refused', () => {
    expect(codeOf(() => rational(1n, 0n))).toBe('QL_FIXED_DIVIDE_BY_ZERO');
    expect(codeOf(() => rationalToBig(rational(1n), 401, 'floor'))).toBe('QL_FIXED_RANGE');
    expect(codeOf(() => rationalToBig(rational(1n), 0.5, 'floor'))).toBe('QL_FIXED_RANGE');
    expect(rational(7n)).toEqual({ num: 7n, den: 1n });
    expect(rational(0n, -9n)).toEqual({ num: 0n, den: 1n });
  });
});
