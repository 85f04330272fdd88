import fc from 'fast-check';
import { createRng, philox4x32, restoreRng, type Rng, streamIdOf } from 'quantlaxmi/core';
import { describe, expect, test } from 'vitest';
import { codeOf } from './codes.js';
import { sharedCases } from './shared-file.js';

/** The definition with 64-bit products in bigint. */
function philoxByBigint(counter: readonly number[], key: readonly number[]): number[] {
  let [c0, c1, c2, c3] = counter.map(BigInt) as [bigint, bigint, bigint, bigint];
  let [k0, k1] = key.map(BigInt) as [bigint, bigint];
  const low = 0xffffffffn;
  for (let round = 0; round < 10; round += 1) {
    const p0 = 0xd2511f53n * c0;
    const p1 = 0xcd9e8d57n * c2;
    [c0, c1, c2, c3] = [(p1 >> 32n) ^ c1 ^ k0, p1 & low, (p0 >> 32n) ^ c3 ^ k1, p0 & low];
    k0 = (k0 + 0x9e3779b9n) & low;
    k1 = (k1 + 0xbb67ae85n) & low;
  }
  return [c0, c1, c2, c3].map(Number);
}

function block(counter: readonly number[], key: readonly number[]): number[] {
  const out = new Uint32Array(4);
  philox4x32(new Uint32Array(counter), new Uint32Array(key), out);
  return [...out];
}

const words = (text: string) => text.split(' ').map((word) => Number.parseInt(word, 16));
const word = fc.integer({ min: 0, max: 0xffffffff });
const u64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });

describe('Philox4x32-10', () => {
  test.each([
    [
      '00000000 00000000 00000000 00000000',
      '00000000 00000000',
      '6627e8d5 e169c58d bc57ac4c 9b00dbd8',
    ],
    [
      'ffffffff ffffffff ffffffff ffffffff',
      'ffffffff ffffffff',
      '408f276d 41c83b0e a20bc7c6 6d5451fd',
    ],
    [
      '243f6a88 85a308d3 13198a2e 03707344',
      'a4093822 299f31d0',
      'd16cfe09 94fdcceb 5001e420 24126ea1',
    ],
  ])('CORE-6: Random123 known answer for counter %s', (counter, key, expected) => {
    expect(block(words(counter), words(key))).toEqual(words(expected));
  });

  test('CORE-6: equals the definition in bigint', () => {
    fc.assert(
      fc.property(
        fc.array(word, { minLength: 4, maxLength: 4 }),
        fc.array(word, { minLength: 2, maxLength: 2 }),
        (counter, key) => {
          expect(block(counter, key)).toEqual(philoxByBigint(counter, key));
        },
      ),
    );
  });

  test('the counter may be overwritten by the result', () => {
    const both = new Uint32Array(4);
    philox4x32(both, new Uint32Array(2), both);
    expect([...both]).toEqual(words('6627e8d5 e169c58d bc57ac4c 9b00dbd8'));
  });
});

interface Drawn {
  readonly seed: string;
  readonly stream: string;
  readonly n: number;
  readonly out: number[];
}

const draw: Record<string, (rng: Rng, each: Drawn) => number[]> = {
  u32: (rng, { out }) => out.map(() => rng.u32()),
  f64: (rng, { out }) => out.map(() => rng.f64()),
  below: (rng, { out, n }) => out.map(() => rng.below(n)),
  shuffle: (rng, { n }) => rng.shuffle(Array.from({ length: n }, (_, i) => i)),
};

describe('createRng', () => {
  for (const [kind, numbers] of Object.entries(draw)) {
    const cases = sharedCases<Drawn>('prng', kind);
    test.skipIf(cases === undefined)(`CORE-6: reference vectors of ${kind}`, () => {
      for (const each of cases ?? []) {
        const rng = createRng(BigInt(each.seed), BigInt(each.stream));
        expect(numbers(rng, each), each.id).toEqual(each.out);
      }
    });
  }
  const blocks = sharedCases<{ counter: number[]; key: number[]; out: number[] }>('prng', 'block');
  test.skipIf(blocks === undefined)('CORE-6: reference vectors of blocks', () => {
    for (const { counter, key, out, id } of blocks ?? []) {
      expect(block(counter, key), id).toEqual(out);
    }
  });

  test('CORE-6: a state resumes at any place, beyond 2^32 blocks as well', () => {
    fc.assert(
      fc.property(u64, u64, fc.nat({ max: 40 }), (seed, stream, count) => {
        const rng = createRng(seed, stream);
        for (let i = 0; i < count; i += 1) rng.u32();
        const state = rng.state();
        expect(JSON.parse(JSON.stringify(state))).toEqual(state);
        const resumed = restoreRng(state);
        for (let i = 0; i < 9; i += 1) expect(resumed.u32()).toBe(rng.u32());
        expect(resumed.state()).toEqual(rng.state());
      }),
    );
    const far = restoreRng({ seed: '7', stream: '9', words: 2 ** 34 + 4 });
    expect(far.u32()).toBe(philoxByBigint([1, 1, 9, 0], [7, 0])[0]);
  });

  test('CORE-6: word i of a stream is a function of seed, stream and i', () => {
    fc.assert(
      fc.property(u64, u64, fc.nat({ max: 1000 }), (seed, stream, i) => {
        const at = restoreRng({ seed: String(seed), stream: String(stream), words: i });
        const pair = (value: bigint) => [Number(value & 0xffffffffn), Number(value >> 32n)];
        const [lo, hi] = pair(stream) as [number, number];
        expect(at.u32()).toBe(philoxByBigint([i >> 2, 0, lo, hi], pair(seed))[i & 3]);
      }),
    );
  });

  test('below equals Lemire in bigint and stays in range', () => {
    fc.assert(
      fc.property(u64, fc.integer({ min: 1, max: 0xffffffff }), (seed, n) => {
        const rng = createRng(seed, 1n);
        const source = createRng(seed, 1n);
        for (let i = 0; i < 5; i += 1) {
          let product: bigint;
          do product = BigInt(source.u32()) * BigInt(n);
          while ((product & 0xffffffffn) < BigInt((2 ** 32 - n) % n));
          expect(rng.below(n)).toBe(Number(product >> 32n));
        }
        expect(rng.state()).toEqual(source.state());
      }),
    );
  });

  test('shuffle keeps every item', () => {
    fc.assert(
      fc.property(fc.array(fc.integer()), u64, (items, seed) => {
        const same = [...items];
        expect(createRng(seed, 0n).shuffle(same)).toBe(same);
        expect([...same].sort()).toEqual([...items].sort());
      }),
    );
  });

  test('refuses what is outside the documented range', () => {
    const rng = createRng(1n, 1n);
    for (const n of [0, -1, 1.5, 2 ** 32, Number.NaN]) {
      expect(codeOf(() => rng.below(n))).toBe('QL_BAD_INPUT');
    }
    expect(rng.state().words).toBe(0);
    expect(codeOf(() => createRng(-1n, 0n))).toBe('QL_BAD_INPUT');
    expect(codeOf(() => createRng(0n, 2n ** 64n))).toBe('QL_BAD_INPUT');
    expect(codeOf(() => createRng(1 as unknown as bigint, 0n))).toBe('QL_BAD_INPUT');
    const state = { seed: '1', stream: '1', words: 0 };
    for (const wrong of [
      { seed: 'x' },
      { stream: '' },
      { words: -1 },
      { words: 0.5 },
      { seed: '18446744073709551616' },
      { stream: '99999999999999999999' },
    ]) {
      expect(codeOf(() => restoreRng({ ...state, ...wrong }))).toBe('QL_BAD_INPUT');
    }
  });

  test('CORE-6: a name is a stream of its own', () => {
    expect(streamIdOf('abc')).toBe(0xba7816bf8f01cfean);
    expect(streamIdOf('sim/latency')).not.toBe(streamIdOf('sim/queue'));
  });
});
