import { QuantlaxmiError } from './errors.js';
import { sha256Pure } from './hash.js';
import { mulHigh, philox4x32 } from './philox.js';
import { encodeUtf8 } from './utf8.js';

/** Where a generator stands: plain JSON, enough to go on from exactly there. */
export interface RngState {
  /** Decimal text of the 64-bit seed. */
  readonly seed: string;
  /** Decimal text of the 64-bit stream number. */
  readonly stream: string;
  /** 32-bit words drawn so far. */
  readonly words: number;
}

/** A seeded generator; the same seed and stream give the same numbers on every engine. */
export interface Rng {
  /** Next word, 0 to 2^32−1. */
  u32(): number;
  /** Next double in [0, 1), 53 random bits (two words). */
  f64(): number;
  /** Unbiased integer in [0, n), n from 1 to 2^32−1 (Lemire's multiply and reject). */
  below(n: number): number;
  /** Shuffles in place (Fisher-Yates from the end) and returns the same array. */
  shuffle<T>(items: T[]): T[];
  /** Where it stands, for {@link restoreRng}. */
  state(): RngState;
}

const U64_MAX = 0xffff_ffff_ffff_ffffn;

function checkU64(name: string, value: bigint): void {
  if (typeof value === 'bigint' && value >= 0n && value <= U64_MAX) return;
  throw new QuantlaxmiError(
    'QL_BAD_INPUT',
    `rng ${name} is ${value}; expected a bigint from 0 to 2^64-1`,
    { context: { [name]: String(value) } },
  );
}

function bigPair(value: bigint): [number, number] {
  return [Number(value & 0xffff_ffffn), Number(value >> 32n)];
}

class PhiloxRng implements Rng {
  readonly #seed: bigint;
  readonly #stream: bigint;
  readonly #key: Uint32Array;
  readonly #counter: Uint32Array;
  readonly #block = new Uint32Array(4);
  #words: number;

  constructor(seed: bigint, stream: bigint, words: number) {
    this.#seed = seed;
    this.#stream = stream;
    this.#key = new Uint32Array(bigPair(seed));
    this.#counter = new Uint32Array([0, 0, ...bigPair(stream)]);
    this.#words = words;
    if ((words & 3) !== 0) this.#load();
  }

  #load(): void {
    const index = Math.floor(this.#words / 4);
    this.#counter[0] = index;
    this.#counter[1] = Math.floor(index / 0x1_0000_0000);
    philox4x32(this.#counter, this.#key, this.#block);
  }

  u32(): number {
    const lane = this.#words & 3;
    if (lane === 0) this.#load();
    this.#words += 1;
    return this.#block[lane] as number;
  }

  f64(): number {
    const high = this.u32() >>> 5;
    return (high * 67_108_864 + (this.u32() >>> 6)) / 9_007_199_254_740_992;
  }

  below(n: number): number {
    if (!Number.isInteger(n) || n < 1 || n > 0xffff_ffff) {
      throw new QuantlaxmiError(
        'QL_BAD_INPUT',
        `rng below(${n}): expected an integer from 1 to 2^32-1`,
        { context: { n } },
      );
    }
    const biased = (0x1_0000_0000 - n) % n;
    for (;;) {
      const word = this.u32();
      if (Math.imul(word, n) >>> 0 >= biased) return mulHigh(word, n);
    }
  }

  shuffle<T>(items: T[]): T[] {
    for (let i = items.length - 1; i > 0; i -= 1) {
      const j = this.below(i + 1);
      const held = items[i] as T;
      items[i] = items[j] as T;
      items[j] = held;
    }
    return items;
  }

  state(): RngState {
    return { seed: String(this.#seed), stream: String(this.#stream), words: this.#words };
  }
}

/**
 * A Philox4x32-10 generator. Give every component its own stream ({@link streamIdOf}), so that
 * one that draws more does not move the numbers of another.
 *
 * @param seed - 0 to 2^64−1
 * @param stream - 0 to 2^64−1
 * @throws QuantlaxmiError QL_BAD_INPUT
 * @example
 * ```ts
 * import { createRng, streamIdOf } from 'quantlaxmi/core';
 *
 * createRng(0n, 0n).u32(); // => 1713891541
 * const rng = createRng(42n, streamIdOf('latency'));
 * rng.below(6) < 6; // => true
 * ```
 */
export function createRng(seed: bigint, stream: bigint): Rng {
  checkU64('seed', seed);
  checkU64('stream', stream);
  return new PhiloxRng(seed, stream, 0);
}

/**
 * The generator that goes on exactly where `state` was taken.
 *
 * @param state - from {@link Rng.state}
 * @throws QuantlaxmiError QL_BAD_INPUT
 * @example
 * ```ts
 * import { createRng, restoreRng } from 'quantlaxmi/core';
 *
 * const rng = createRng(1n, 2n);
 * rng.u32();
 * const later = restoreRng(rng.state());
 * later.u32() === rng.u32(); // => true
 * ```
 */
export function restoreRng(state: RngState): Rng {
  const { seed, stream, words } = state;
  if (!/^\d{1,20}$/.test(seed) || !/^\d{1,20}$/.test(stream) || !Number.isSafeInteger(words)) {
    throw new QuantlaxmiError(
      'QL_BAD_INPUT',
      'rng state: expected seed and stream as decimal text and words as an integer',
      { context: { seed, stream, words } },
    );
  }
  checkU64('seed', BigInt(seed));
  checkU64('stream', BigInt(stream));
  if (words < 0) {
    throw new QuantlaxmiError('QL_BAD_INPUT', `rng state: words is ${words}; expected 0 or more`, {
      context: { words },
    });
  }
  return new PhiloxRng(BigInt(seed), BigInt(stream), words);
}

/**
 * The stream number of a named component: the first 8 bytes of SHA-256 of the name, big-endian.
 *
 * @param name - stable name, e.g. `sim/latency`
 * @example
 * ```ts
 * import { streamIdOf } from 'quantlaxmi/core';
 *
 * streamIdOf('abc').toString(16); // => 'ba7816bf8f01cfea'
 * ```
 */
export function streamIdOf(name: string): bigint {
  const hasher = sha256Pure();
  hasher.update(encodeUtf8(name));
  const digest = hasher.digest();
  let id = 0n;
  for (let i = 0; i < 8; i += 1) id = (id << 8n) | BigInt(digest[i] as number);
  return id;
}
