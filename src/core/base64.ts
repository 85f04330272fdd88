import { QuantlaxmiError } from './errors.js';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const URL_SAFE = `${ALPHABET.slice(0, 62)}-_`;

/**
 * Bytes as base64 (RFC 4648, section 4) with padding.
 *
 * @param bytes - any bytes
 * @example
 * ```ts
 * import { toBase64 } from 'quantlaxmi/core';
 *
 * toBase64(new Uint8Array([104, 105])); // => 'aGk='
 * ```
 */
export function toBase64(bytes: Uint8Array): string {
  let text = '';
  for (let i = 0; i < bytes.length; i += 3) {
    const a = bytes[i] as number;
    const b = bytes[i + 1];
    const c = bytes[i + 2];
    text += ALPHABET.charAt(a >> 2);
    text += ALPHABET.charAt(((a & 3) << 4) | ((b ?? 0) >> 4));
    text += b === undefined ? '=' : ALPHABET.charAt(((b & 15) << 2) | ((c ?? 0) >> 6));
    text += c === undefined ? '=' : ALPHABET.charAt(c & 63);
  }
  return text;
}

function refuse(text: string, why: string): never {
  throw new QuantlaxmiError(
    'QL_BAD_INPUT',
    `base64 of ${text.length} characters: ${why}; expected RFC 4648 with padding and no blanks`,
    { context: { length: text.length } },
  );
}

/**
 * Bytes from base64, strictly: padding is due, blanks and unused bits that are not zero are
 * refused, so that one value has one spelling per alphabet. Takes the URL-safe alphabet (section 5)
 * too, but no mixture of both.
 *
 * @param text - base64 with padding
 * @throws QuantlaxmiError QL_BAD_INPUT
 * @example
 * ```ts
 * import { fromBase64 } from 'quantlaxmi/core';
 *
 * fromBase64('aGk='); // => new Uint8Array([104, 105])
 * fromBase64('-_-_'); // => new Uint8Array([251, 255, 191])
 * ```
 */
export function fromBase64(text: string): Uint8Array {
  const alphabet = /[-_]/.test(text) ? URL_SAFE : ALPHABET;
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0;
  if (text.length % 4 !== 0) refuse(text, 'its length is no multiple of 4');
  const bytes = new Uint8Array((text.length / 4) * 3 - padding);
  const digits = text.length - padding;
  let at = 0;
  for (let i = 0; i < text.length; i += 4) {
    let group = 0;
    for (let j = i; j < i + 4; j += 1) {
      const digit = j < digits ? alphabet.indexOf(text.charAt(j)) : 0;
      if (digit < 0) refuse(text, `character ${j} is of no base64 alphabet, or of the other one`);
      group = (group << 6) | digit;
    }
    for (let shift = 16; shift >= 0; shift -= 8) {
      if (at < bytes.length) bytes[at++] = (group >> shift) & 255;
      else if (((group >> shift) & 255) !== 0) refuse(text, 'its unused bits are not zero');
    }
  }
  return bytes;
}
