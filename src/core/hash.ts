import { sha256 } from '@noble/hashes/sha2.js';
import { toHex } from './hex.js';
import { encodeUtf8 } from './utf8.js';

/** An incremental hash. One `digest` ends it. */
export interface Hasher {
  /** Takes the next bytes; they are read before the call returns. */
  update(bytes: Uint8Array): void;
  /** The hash of all bytes; the hasher is spent. */
  digest(): Uint8Array;
}

/** Makes a fresh {@link Hasher}; `quantlaxmi/node` has one over `node:crypto`, some 10× faster. */
export type HasherFactory = () => Hasher;

/**
 * SHA-256 (FIPS 180-4) in pure JavaScript, for engines without a native one.
 *
 * @example
 * ```ts
 * import { encodeUtf8, sha256Pure, toHex } from 'quantlaxmi/core';
 *
 * const hasher = sha256Pure();
 * hasher.update(encodeUtf8('a'));
 * hasher.update(encodeUtf8('bc'));
 * toHex(hasher.digest()).slice(0, 8); // => 'ba7816bf'
 * ```
 */
export const sha256Pure: HasherFactory = () => {
  const state = sha256.create();
  return {
    update(bytes) {
      state.update(bytes);
    },
    digest: () => state.digest(),
  };
};

/**
 * SHA-256 as 64 lower-case hex digits; a string is hashed as UTF-8.
 *
 * @param data - bytes or well-formed text
 * @throws QuantlaxmiError QL_UTF8 when text has a lone surrogate
 * @example
 * ```ts
 * import { sha256Hex } from 'quantlaxmi/core';
 *
 * sha256Hex('abc').slice(0, 8); // => 'ba7816bf'
 * ```
 */
export function sha256Hex(data: Uint8Array | string): string {
  return toHex(sha256(typeof data === 'string' ? encodeUtf8(data) : data));
}
