import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { createRng, type Rng } from 'quantlaxmi/core';
import {
  erf,
  erfc,
  erfcx,
  exp,
  expm1,
  log,
  log1p,
  normalCdf,
  normalInverseCdf,
  normalPdf,
  tanh,
} from 'quantlaxmi/numeric';
import { describe, expect, test } from 'vitest';
import { codeOf } from '../core/codes.js';
import { sharedCases } from '../core/shared-file.js';
import { doubleOfHex, ulpsApart } from './ulp.js';

/** Function, arguments to try it on, SHA-256 over its results as little-endian doubles. */
const PINNED: readonly [string, (x: number) => number, (rng: Rng) => number, string][] = [
  [
    'exp',
    exp,
    (rng) => -750 + 1470 * rng.f64(),
    '34c81d8bd6ee877f8b9276065f411b2635022703e4c4bce8ac5e5c99f97e7825',
  ],
  [
    'expm1',
    expm1,
    (rng) => -4 + 8 * rng.f64(),
    '4e677cf7c07e52160987aec3619f12d0343cbd78b16576d16afadf8958134975',
  ],
  [
    'log',
    log,
    (rng) => 10 * rng.f64(),
    'a1b5deca8e548f801a95ccf484ce5e045398b8f45279b879699f31bca0e0c58f',
  ],
  [
    'log1p',
    log1p,
    (rng) => -1 + 4 * rng.f64(),
    '0bd7bd198bc2dc584e94e632c9b613a10c2e7bad6e48ee5e39de2effe43a1e68',
  ],
  [
    'tanh',
    tanh,
    (rng) => -25 + 50 * rng.f64(),
    '80d22dd7a30e6446c49541d988f2264dc5bb49e167f157d091e016ea7849e980',
  ],
  [
    'erf',
    erf,
    (rng) => -7 + 14 * rng.f64(),
    '802527e694d1c34ec2865f485714007cffcfd71cff1cb44fa9ed0f6669dc48c6',
  ],
  [
    'erfc',
    erfc,
    (rng) => -7 + 35 * rng.f64(),
    'b3160759c8e1c313627d577c24265131eecb27afa64b62d19c7c847c9cf1dd6f',
  ],
  [
    'erfcx',
    erfcx,
    (rng) => -26 + 60 * rng.f64(),
    '641bc9ced8dfdce722f7fe74f9236fd4d98c359fb7045ba998467f67f423ca14',
  ],
  [
    'normalPdf',
    normalPdf,
    (rng) => -9 + 18 * rng.f64(),
    '77b61a86a3c2b5e685ee4fb7e622314ee4a8055dc246db964b2c8782c44da6c3',
  ],
  [
    'normalCdf',
    normalCdf,
    (rng) => -38 + 47 * rng.f64(),
    '3456a0a92fbae5449c19ca60811805c74aeaf2b3341bd1ed9b923744b9f9943a',
  ],
  [
    'normalInverseCdf',
    normalInverseCdf,
    (rng) => (rng.f64() + 2 ** -54) * (rng.below(2) === 0 ? 1 : 1e-12),
    '0b6469514de98f7544224109c157009b0b39eaf7545ee89d5723730cc4585816',
  ],
];

function hashOf(f: (x: number) => number, argument: (rng: Rng) => number): string {
  const rng = createRng(11n, 1n);
  const results = new DataView(new ArrayBuffer(800_000));
  for (let i = 0; i < 100_000; i += 1) results.setFloat64(i * 8, f(argument(rng)), true);
  return createHash('sha256').update(results).digest('hex');
}

describe('bits', () => {
  test.each(PINNED)('NUMERIC-1: %s', (_, f, argument, pinned) => {
    expect(hashOf(f, argument)).toBe(pinned);
  });

  test('NUMERIC-1: one bit in one result changes the hash', () => {
    let calls = 0;
    const off = (x: number) => {
      calls += 1;
      return calls === 50_000 ? exp(x) * (1 + 2 ** -52) : exp(x);
    };
    const [, , argument] = PINNED[0] as (typeof PINNED)[number];
    expect(hashOf(off, argument)).not.toBe(hashOf(exp, argument));
  });
});

const REFERENCE: Record<string, (x: number) => number> = {
  exp,
  expm1,
  log,
  log1p,
  tanh,
  erf,
  erfc,
  normcdf: normalCdf,
  norminv: normalInverseCdf,
  sqrt: Math.sqrt,
};

describe('accuracy', () => {
  const cases = sharedCases<{ fn: string; x_hex: string; f64_hex: string; max_ulp: number }>(
    'numerics',
    'fn',
  );
  test.skipIf(cases === undefined)('NUMERIC-2: correctly rounded references', () => {
    for (const { fn, x_hex: x, f64_hex: expected, max_ulp: most, id } of cases ?? []) {
      const f = REFERENCE[fn];
      if (f === undefined) throw new Error(`no function for ${fn}`);
      const apart = ulpsApart(f(doubleOfHex(x)), doubleOfHex(expected));
      expect(apart, `${id} ${fn}`).toBeLessThanOrEqual(most);
    }
  });

  // Values from tables to 30 digits, rounded to the nearest double.
  test.each([
    ['exp', exp, 1, 2.718281828459045, 0],
    ['exp', exp, -1, 0.36787944117144233, 1],
    ['exp', exp, 709, 8.218407461554972e307, 1],
    ['log', log, 2, 0.6931471805599453, 0],
    ['log', log, 10, 2.302585092994046, 1],
    ['log1p', log1p, 1e-5, 0.000009999950000333331, 1],
    ['expm1', expm1, 1e-5, 0.000010000050000166667, 1],
    ['tanh', tanh, 0.5, 0.46211715726000973, 1],
    ['erf', erf, 1, 0.8427007929497149, 1],
    ['erfc', erfc, 1, 0.15729920705028513, 2],
    ['erfc', erfc, 10, 2.088487583762545e-45, 4],
    ['erfcx', erfcx, 10, 0.05614099274382259, 2],
    ['normalCdf', normalCdf, 1.959963984540054, 0.975, 2],
    ['normalInverseCdf', normalInverseCdf, 0.975, 1.959963984540054, 2],
    ['normalInverseCdf', normalInverseCdf, 1e-20, -9.262340089798408, 4],
  ])('NUMERIC-2: %s of table value %#', (_, f, x, expected, most) => {
    expect(ulpsApart(f(x), expected)).toBeLessThanOrEqual(most);
  });

  test('NUMERIC-2: within 2 ulp of this engine over the whole range', () => {
    const pairs = [
      [exp, Math.exp],
      [expm1, Math.expm1],
      [tanh, Math.tanh],
      [(x: number) => log(Math.abs(x)), (x: number) => Math.log(Math.abs(x))],
      [(x: number) => log1p(Math.abs(x)), (x: number) => Math.log1p(Math.abs(x))],
    ] as const;
    fc.assert(
      fc.property(fc.double({ noNaN: true }), (x) => {
        for (const [ours, native] of pairs) {
          expect(ulpsApart(ours(x), native(x))).toBeLessThanOrEqual(2);
        }
      }),
      { numRuns: 3000 },
    );
  });

  test('NUMERIC-2: next to powers of two and where exponents end', () => {
    const steps = [-(2 ** -21), -(2 ** -52), -(2 ** -53), 0, 2 ** -52, 2 ** -30, 2 ** -21];
    for (let k = -60; k <= 60; k += 1) {
      for (const step of steps) {
        const x = 2 ** k * (1 + step);
        expect(ulpsApart(log(x), Math.log(x))).toBeLessThanOrEqual(1);
        expect(ulpsApart(log1p(x - 1), Math.log1p(x - 1))).toBeLessThanOrEqual(1);
        const power = k * Math.LN2 * (1 + step);
        expect(ulpsApart(exp(power), Math.exp(power))).toBeLessThanOrEqual(1);
        expect(ulpsApart(expm1(power), Math.expm1(power))).toBeLessThanOrEqual(1);
      }
    }
    for (const x of [709.7827128933839, 709.5, 709, -708, -709, -744, -745.1, -745.1332191]) {
      expect(ulpsApart(exp(x), Math.exp(x))).toBeLessThanOrEqual(1);
      expect(ulpsApart(expm1(x), Math.expm1(x))).toBeLessThanOrEqual(1);
    }
  });

  test('NUMERIC-2: erf, erfc and erfcx agree with one another', () => {
    fc.assert(
      fc.property(fc.double({ min: -5, max: 20, noNaN: true }), (x) => {
        expect(Math.abs(erf(x) + erfc(x) - 1)).toBeLessThan(4e-16);
        const scaled = erfcx(x) * exp(-x * x);
        expect(Math.abs(scaled - erfc(x))).toBeLessThanOrEqual(erfc(x) * 2e-13);
      }),
    );
  });

  test('NUMERIC-2: the normal distribution and its inverse undo one another', () => {
    fc.assert(
      fc.property(fc.double({ min: -37, max: 5, noNaN: true }), (z) => {
        const back = normalInverseCdf(normalCdf(z));
        // Above 0 the probability itself has lost digits: its spacing over the density.
        const lost = z > 0 ? 2 ** -52 / normalPdf(z) : 0;
        expect(Math.abs(back - z)).toBeLessThanOrEqual(1e-12 + 2 * lost);
      }),
    );
  });
});

describe('edges', () => {
  test('NUMERIC-3: limits at infinity and at 0', () => {
    const up = Number.POSITIVE_INFINITY;
    expect([exp(up), exp(-up), exp(710), exp(-746), exp(0)]).toEqual([up, 0, up, 0, 1]);
    expect([expm1(up), expm1(-up), expm1(-60), expm1(0)]).toEqual([up, -1, -1, 0]);
    expect([log(up), log(0), log(1)]).toEqual([up, -up, 0]);
    expect([log1p(up), log1p(-1), log1p(0)]).toEqual([up, -up, 0]);
    expect([tanh(up), tanh(-up), tanh(0)]).toEqual([1, -1, 0]);
    expect([erf(up), erf(-up), erf(0)]).toEqual([1, -1, 0]);
    expect([erfc(up), erfc(-up), erfc(0)]).toEqual([0, 2, 1]);
    expect([erfcx(up), erfcx(-up), erfcx(-30)]).toEqual([0, up, up]);
    expect([normalCdf(up), normalCdf(-up), normalCdf(0)]).toEqual([1, 0, 0.5]);
    expect([normalPdf(up), normalPdf(-up)]).toEqual([0, 0]);
    expect(exp(-745.13)).toBe(5e-324);
    expect(log(5e-324)).toBe(-744.4400719213812);
    expect(normalCdf(-40)).toBe(0);
  });

  test('NUMERIC-3: NaN and arguments outside the domain throw', () => {
    const all = PINNED.map(([, f]) => f);
    for (const f of all)
      expect(
        codeOf(() => f(Number.NaN)),
        f.name,
      ).toBe('QL_BAD_INPUT');
    for (const call of [
      () => log(-1),
      () => log(Number.NEGATIVE_INFINITY),
      () => log1p(-1.5),
      () => normalInverseCdf(0),
      () => normalInverseCdf(1),
      () => normalInverseCdf(-0.5),
      () => normalInverseCdf(2),
    ]) {
      expect(codeOf(call), String(call)).toBe('QL_BAD_INPUT');
    }
  });

  test('odd functions are odd to the bit', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true }), (x) => {
        for (const f of [tanh, erf]) expect(f(-x)).toBe(-f(x));
      }),
    );
  });
});
