import { QuantlaxmiError } from './errors.js';

/** With the u flag a surrogate class matches lone surrogates only: pairs are one code point. */
const LONE_SURROGATE = /[\ud800-\udfff]/u;

const encoder = /* @__PURE__ */ new TextEncoder();
const decoder = /* @__PURE__ */ new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * True when `text` has no lone surrogate, so that it has a UTF-8 form.
 *
 * @param text - any string
 * @example
 * ```ts
 * import { isWellFormed } from 'quantlaxmi/core';
 *
 * isWellFormed('₹'); // => true
 * isWellFormed('\ud800'); // => false
 * ```
 */
export function isWellFormed(text: string): boolean {
  return !LONE_SURROGATE.test(text);
}

/**
 * UTF-8 bytes of `text`. The platform encoder would write U+FFFD for a lone surrogate; this throws.
 *
 * @param text - well-formed text
 * @throws QuantlaxmiError QL_UTF8
 * @example
 * ```ts
 * import { encodeUtf8 } from 'quantlaxmi/core';
 *
 * encodeUtf8('₹'); // => new Uint8Array([0xe2, 0x82, 0xb9])
 * ```
 */
export function encodeUtf8(text: string): Uint8Array {
  const at = text.search(LONE_SURROGATE);
  if (at >= 0) {
    throw new QuantlaxmiError(
      'QL_UTF8',
      `text has a lone surrogate at code unit ${at}; expected well-formed Unicode`,
      { context: { at } },
    );
  }
  return encoder.encode(text);
}

/**
 * Text of UTF-8 bytes. Bad bytes throw instead of turning into U+FFFD; a byte order mark is kept.
 *
 * @param bytes - UTF-8
 * @throws QuantlaxmiError QL_UTF8
 * @example
 * ```ts
 * import { decodeUtf8 } from 'quantlaxmi/core';
 *
 * decodeUtf8(new Uint8Array([0xe2, 0x82, 0xb9])); // => '₹'
 * ```
 */
export function decodeUtf8(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch (cause) {
    throw new QuantlaxmiError(
      'QL_UTF8',
      `${bytes.length} bytes are not well-formed UTF-8; check the file or the transport`,
      { cause, context: { length: bytes.length } },
    );
  }
}
