import { sha256Pure } from './hash.js';
import { encodeUtf8 } from './utf8.js';

/** RFC 4648 base32, lower case. */
const ALPHABET = 'abcdefghijklmnopqrstuvwxyz234567';

function base32(bytes: Uint8Array, count: number): string {
  let text = '';
  let held = 0;
  let bits = 0;
  for (const byte of bytes) {
    held = ((held << 8) | byte) & 0xfff;
    bits += 8;
    while (bits >= 5 && text.length < count) {
      bits -= 5;
      text += ALPHABET.charAt((held >>> bits) & 31);
    }
  }
  return text;
}

/**
 * An id that is a pure function of its parts, so that a re-execution makes the same ids: `prefix`
 * and 16 base32 characters (80 bits) of SHA-256 over prefix and parts, each behind its length, so
 * that `('ab', 'c')` and `('a', 'bc')` differ. Numbers count as their decimal text.
 *
 * @param prefix - short tag, kept in front, e.g. `d-`
 * @param parts - what the id stands for
 * @throws QuantlaxmiError QL_UTF8 when a part has a lone surrogate
 * @example
 * ```ts
 * import { deriveId } from 'quantlaxmi/core';
 *
 * deriveId('d-', 'run-1', 'ema', 17).length; // => 18
 * deriveId('d-', 'run-1') === deriveId('d-', 'run-1'); // => true
 * ```
 */
export function deriveId(prefix: string, ...parts: readonly (string | number | bigint)[]): string {
  const hasher = sha256Pure();
  for (const part of [prefix, ...parts]) {
    const bytes = encodeUtf8(String(part));
    const size = bytes.length;
    hasher.update(new Uint8Array([size >>> 24, size >>> 16, size >>> 8, size]));
    hasher.update(bytes);
  }
  return prefix + base32(hasher.digest(), 16);
}
