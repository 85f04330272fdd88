/**
 * SHA-256 over the platform's own implementation.
 * @module
 */
import { createHash } from 'node:crypto';
import type { HasherFactory } from '../core/index.js';

/**
 * SHA-256 by `node:crypto`: the same digests as `sha256Pure`, some fifteen times as fast.
 *
 * @example
 * ```ts
 * import { encodeUtf8, toHex } from 'quantlaxmi/core';
 * import { nodeSha256 } from 'quantlaxmi/node';
 *
 * const hasher = nodeSha256();
 * hasher.update(encodeUtf8('abc'));
 * toHex(hasher.digest()).slice(0, 8); // => 'ba7816bf'
 * ```
 */
export const nodeSha256: HasherFactory = () => {
  const hash = createHash('sha256');
  return {
    update(bytes) {
      hash.update(bytes);
    },
    digest: () => new Uint8Array(hash.digest()),
  };
};
