/**
 * C0, DEL, C1, line and paragraph separators, marks that reorder or hide text, lone surrogates.
 * Built from code points: a literal class of these characters would itself be hard to read.
 */
const UNSAFE =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are the subject
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]/gu;

/**
 * Text that is safe to print on a terminal or in a log line: characters that move the cursor,
 * start a new line, reorder or hide text are shown as `\uXXXX`.
 *
 * @param text - text from outside
 * @example
 * ```ts
 * import { escapeControl } from 'quantlaxmi/core';
 *
 * escapeControl('BTC\u001b[2J'); // => 'BTC\\u001b[2J'
 * ```
 */
export function escapeControl(text: string): string {
  return text.replace(UNSAFE, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
