/**
 * High 32 bits of the 64-bit product of two unsigned 32-bit integers, by 16-bit halves: every
 * intermediate stays below 2^32, where doubles are exact.
 */
export function mulHigh(a: number, b: number): number {
  const a0 = a & 0xffff;
  const a1 = a >>> 16;
  const b0 = b & 0xffff;
  const b1 = b >>> 16;
  const middle = a1 * b0 + ((a0 * b0) >>> 16);
  const cross = a0 * b1 + (middle & 0xffff);
  return a1 * b1 + (middle >>> 16) + (cross >>> 16);
}

const M0 = 0xd2511f53;
const M1 = 0xcd9e8d57;
const W0 = 0x9e3779b9;
const W1 = 0xbb67ae85;

/**
 * One block of Philox4x32-10 (Salmon, Moraes, Dror, Shaw: Parallel Random Numbers, SC11).
 * A pure function of counter and key: no state, so streams never depend on evaluation order.
 *
 * @param counter - four words
 * @param key - two words
 * @param out - receives four words; may be `counter`
 * @example
 * ```ts
 * import { philox4x32 } from 'quantlaxmi/core';
 *
 * const out = new Uint32Array(4);
 * philox4x32(new Uint32Array(4), new Uint32Array(2), out);
 * (out[0] as number).toString(16); // => '6627e8d5'
 * ```
 */
export function philox4x32(counter: Uint32Array, key: Uint32Array, out: Uint32Array): void {
  let c0 = counter[0] as number;
  let c1 = counter[1] as number;
  let c2 = counter[2] as number;
  let c3 = counter[3] as number;
  let k0 = key[0] as number;
  let k1 = key[1] as number;
  for (let round = 0; round < 10; round += 1) {
    const high0 = mulHigh(M0, c0);
    const high1 = mulHigh(M1, c2);
    const next0 = high1 ^ c1 ^ k0;
    const next2 = high0 ^ c3 ^ k1;
    c1 = Math.imul(M1, c2);
    c3 = Math.imul(M0, c0);
    c0 = next0;
    c2 = next2;
    k0 = (k0 + W0) | 0;
    k1 = (k1 + W1) | 0;
  }
  out[0] = c0;
  out[1] = c1;
  out[2] = c2;
  out[3] = c3;
}
