import fc from 'fast-check';
import { createRng } from 'quantlaxmi/core';
import {
  floorDiv,
  floorMod,
  neumaier,
  pow10,
  powInt,
  rngNormal,
  sumOrdered,
  sumPairwise8,
} from 'quantlaxmi/numeric';
import { describe, expect, test } from 'vitest';
import { codeOf } from '../core/codes.js';
import { sharedCases } from '../core/shared-file.js';
import { ulpsApart } from './ulp.js';

const number = (value: number | string): number =>
  typeof value === 'number' ? value : ({ inf: Number.POSITIVE_INFINITY }[value] ?? Number.NaN);

const finite = fc.array(fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e9, max: 1e9 }), {
  maxLength: 60,
});

describe('sums', () => {
  const cases = sharedCases<{
    xs: number[];
    left_to_right: number | string;
    neumaier: number | string;
    pairwise8: number | string;
  }>('numerics', 'sum');
  test.skipIf(cases === undefined)('NUMERIC-4: reference sums', () => {
    for (const { xs, id, ...expected } of cases ?? []) {
      expect(sumOrdered(xs), id).toBe(number(expected.left_to_right));
      expect(neumaier(xs), id).toBe(number(expected.neumaier));
      expect(sumPairwise8(xs), id).toBe(number(expected.pairwise8));
    }
  });

  test('NUMERIC-4: the three orders differ where they must', () => {
    const tenths = new Array<number>(10).fill(0.1);
    expect([sumOrdered(tenths), neumaier(tenths)]).toEqual([0.9999999999999999, 1]);
    const wide = [1, 1e100, 1, -1e100];
    expect([sumOrdered(wide), neumaier(wide), sumPairwise8(wide)]).toEqual([0, 2, 0]);
    expect([sumOrdered([]), neumaier([]), sumPairwise8([])]).toEqual([0, 0, 0]);
    expect(sumOrdered(new Float64Array([1, 2]))).toBe(3);
  });

  test('NUMERIC-4: left to right is a fold, halving is its own definition', () => {
    const halves = (xs: readonly number[]): number => {
      if (xs.length <= 8) return xs.reduce((sum, x) => sum + x, 0);
      const middle = Math.floor(xs.length / 2);
      return halves(xs.slice(0, middle)) + halves(xs.slice(middle));
    };
    fc.assert(
      fc.property(finite, (xs) => {
        expect(sumOrdered(xs)).toBe(xs.reduce((sum, x) => sum + x, 0));
        expect(sumPairwise8(xs)).toBe(halves(xs));
      }),
    );
  });

  test('NUMERIC-4: Neumaier is next to the exact sum', () => {
    /** Exact: all doubles here are multiples of 2^-1074. */
    const exactly = (xs: readonly number[]): bigint =>
      xs.reduce((sum, x) => {
        const view = new DataView(new ArrayBuffer(8));
        view.setFloat64(0, Math.abs(x));
        const bits = view.getBigUint64(0);
        const power = bits >> 52n;
        const size = bits & 0xf_ffff_ffff_ffffn;
        const units = power === 0n ? size : (size | (1n << 52n)) << (power - 1n);
        return x < 0 ? sum - units : sum + units;
      }, 0n);
    fc.assert(
      fc.property(finite, (xs) => {
        const gap = exactly([neumaier(xs)]) - exactly(xs);
        const size = exactly(xs.map((x) => Math.abs(x)));
        expect((gap < 0n ? -gap : gap) << 52n).toBeLessThanOrEqual(size + (1n << 52n));
      }),
    );
  });
});

describe('integers', () => {
  const cases = sharedCases<{ a: number; b: number; floor_q: number; floor_r: number }>(
    'numerics',
    'floor_div_mod',
  );
  test.skipIf(cases === undefined)('NUMERIC-6: reference floor divisions', () => {
    for (const { a, b, floor_q: q, floor_r: r, id } of cases ?? []) {
      expect([floorDiv(a, b), floorMod(a, b)], id).toEqual([q, r]);
    }
  });

  test('NUMERIC-6: floor division is exact for all safe integers', () => {
    const divisor = fc.oneof(fc.integer({ min: -50, max: 50 }), fc.maxSafeInteger());
    fc.assert(
      fc.property(fc.maxSafeInteger(), divisor, (a, b) => {
        fc.pre(b !== 0);
        const [n, d] = [BigInt(a), BigInt(b)];
        let q = n / d;
        if (q * d !== n && n < 0n !== d < 0n) q -= 1n;
        expect(BigInt(floorDiv(a, b))).toBe(q);
        expect(BigInt(floorMod(a, b))).toBe(n - q * d);
        expect(Object.is(floorMod(a, b), -0) || Object.is(floorDiv(a, b), -0)).toBe(false);
      }),
    );
    for (const [a, b] of [
      [1, 0],
      [1.5, 1],
      [1, Number.NaN],
      [2 ** 53, 1],
    ] as const) {
      expect(codeOf(() => floorDiv(a, b))).toBe('QL_BAD_INPUT');
      expect(codeOf(() => floorMod(a, b))).toBe('QL_BAD_INPUT');
    }
  });

  test('NUMERIC-6: powers multiply by squaring from the highest bit', () => {
    const byBits = (x: number, n: number): number =>
      [...n.toString(2)].reduce((p, bit) => (bit === '1' ? p * p * x : p * p), 1);
    fc.assert(
      fc.property(fc.double({ noNaN: true, min: -3, max: 3 }), fc.nat({ max: 500 }), (x, n) => {
        expect(powInt(x, n)).toBe(n === 0 ? 1 : byBits(x, n));
        if (n > 0) expect(powInt(x, -n)).toBe(1 / byBits(x, n));
      }),
    );
    expect([powInt(2, 10), powInt(2, -2), powInt(0, 0), powInt(-2, 3)]).toEqual([
      1024, 0.25, 1, -8,
    ]);
    expect(powInt(1, 2 ** 31 - 1)).toBe(1);
    for (const n of [0.5, 2 ** 31, Number.NaN]) {
      expect(codeOf(() => powInt(2, n))).toBe('QL_BAD_INPUT');
    }
    expect(codeOf(() => powInt(Number.NaN, 2))).toBe('QL_BAD_INPUT');
  });

  test('NUMERIC-6: powers of ten are the nearest doubles', () => {
    for (let n = -22; n <= 22; n += 1) expect(pow10(n)).toBe(Number(`1e${n}`));
    for (const n of [-23, 23, 0.5]) expect(codeOf(() => pow10(n))).toBe('QL_BAD_INPUT');
  });
});

describe('rngNormal', () => {
  const cases = sharedCases<{ seed: string; stream: string; out: number[]; tol_ulp: number }>(
    'prng',
    'normal_inverse_cdf',
  );
  test.skipIf(cases === undefined)('NUMERIC-5: reference normals', () => {
    for (const { seed, stream, out, tol_ulp: most } of cases ?? []) {
      const rng = createRng(BigInt(seed), BigInt(stream));
      for (const expected of out) {
        expect(ulpsApart(rngNormal(rng), expected)).toBeLessThanOrEqual(most);
      }
    }
  });

  test('NUMERIC-5: takes two words each', () => {
    const rng = createRng(1n, 1n);
    for (let i = 1; i <= 50; i += 1) {
      rngNormal(rng);
      expect(rng.state().words).toBe(2 * i);
    }
  });

  test('NUMERIC-5: the first and the last cell are finite', () => {
    const rng = createRng(1n, 1n);
    const at = (f64: number) => rngNormal({ ...rng, f64: () => f64 });
    expect(at(0)).toBeCloseTo(-8.2, 0);
    expect(at(1 - 2 ** -53)).toBeCloseTo(8.2, 0);
  });

  test('NUMERIC-5: mean and variance of many are those of the distribution', () => {
    const rng = createRng(3n, 3n);
    const many = Array.from({ length: 20_000 }, () => rngNormal(rng));
    expect(Math.abs(sumOrdered(many) / many.length)).toBeLessThan(0.03);
    expect(Math.abs(sumOrdered(many.map((z) => z * z)) / many.length - 1)).toBeLessThan(0.05);
  });
});
