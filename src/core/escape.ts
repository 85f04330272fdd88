// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are the subject
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/g;
/** Separators of lines, marks and tags that reorder or hide text, lone surrogates. */
const HIDDEN =
  /[\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}\ud800-\udfff]/gu;

/** Per UTF-16 unit, as JSON does it: escaping a JSON text gives the same JSON value. */
function spell(char: string): string {
  let text = '';
  for (let i = 0; i < char.length; i += 1) {
    text += `\\u${char.charCodeAt(i).toString(16).padStart(4, '0')}`;
  }
  return text;
}

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
  return text.replace(CONTROL, spell).replace(HIDDEN, spell);
}
