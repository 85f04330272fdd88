import { QuantlaxmiError } from './errors.js';

const DIGITS = '0123456789abcdef';

/**
 * Bytes as lower-case hex.
 *
 * @param bytes - any bytes
 * @example
 * ```ts
 * import { toHex } from 'quantlaxmi/core';
 *
 * toHex(new Uint8Array([0, 255, 16])); // => '00ff10'
 * ```
 */
export function toHex(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += DIGITS.charAt(byte >>> 4) + DIGITS.charAt(byte & 15);
  return text;
}

/**
 * Bytes from lower-case hex, strictly: upper case, odd length and anything else is refused, so
 * that one value has one spelling.
 *
 * @param text - lower-case hex of even length
 * @throws QuantlaxmiError QL_BAD_INPUT
 * @example
 * ```ts
 * import { fromHex } from 'quantlaxmi/core';
 *
 * fromHex('00ff10'); // => new Uint8Array([0, 255, 16])
 * ```
 */
export function fromHex(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length >>> 1);
  for (let i = 0; i < text.length; i += 1) {
    const digit = DIGITS.indexOf(text.charAt(i));
    if (digit < 0 || (text.length & 1) === 1) {
      throw new QuantlaxmiError(
        'QL_BAD_INPUT',
        `hex of ${text.length} characters, stopped at ${i}; expected an even count of 0-9a-f`,
        { context: { length: text.length, at: i } },
      );
    }
    bytes[i >>> 1] = ((bytes[i >>> 1] as number) << 4) | digit;
  }
  return bytes;
}
