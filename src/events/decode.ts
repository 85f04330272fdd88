import { encodeUtf8 } from '../core/index.js';
import { decodeLine } from './generated/envelope.js';
import { badBytes } from './internal/errors.js';
import { viewMemo } from './internal/view.js';
import type { Event } from './types.js';

const viewOf = /* @__PURE__ */ viewMemo();

/**
 * Reads one line of the log, from `{"k":"E"` up to, not including, `,"crc":"…"}`, and proves on
 * the way that the bytes are the only ones that {@link encodeEventPrefix} could have written:
 * key order, integer grammar, escapes, UTF-8, limits of the schema.
 *
 * A body of an older schema version is lifted to the current one; `sv` then says the current.
 *
 * @param bytes - buffer that holds the line; nothing outside `[start, end)` has influence
 * @param start - offset of `{`
 * @param end - offset after the body's `}`
 * @returns the event, or null when its type starts with `x-` and may be skipped
 * @throws QuantlaxmiError QL_EVENT_DECODE with `field`, `byte` (offset in `bytes`) and `expected`;
 * WAL_UNKNOWN_TYPE for another unknown type or a newer version
 * @example
 * ```ts
 * import { decodeEvent } from 'quantlaxmi/events';
 * import { encodeUtf8 } from 'quantlaxmi/core';
 *
 * const line = encodeUtf8(
 *   '{"k":"E","seq":3,"t":"Timer","sv":1,"rx":9,"ts":null,"src":"RUNNER",' +
 *     '"body":{"cause":7,"due":8,"id":"decide"}',
 * );
 * decodeEvent(line, 0, line.length)?.body; // => { cause: 7, due: 8, id: 'decide' }
 * ```
 */
export function decodeEvent(bytes: Uint8Array, start: number, end: number): Event | null {
  if (end > bytes.length) {
    throw badBytes(bytes, bytes.length, { field: 'body', expected: `a line up to byte ${end}` });
  }
  return decodeLine(bytes, viewOf(bytes), start, end);
}

/**
 * Reads the text that {@link encodeEventJson} writes.
 *
 * @param text - one line of JSON, without line end
 * @returns as {@link decodeEvent}
 * @throws QuantlaxmiError as {@link decodeEvent}; QL_UTF8 for a lone surrogate
 * @example
 * ```ts
 * import { decodeEventJson } from 'quantlaxmi/events';
 *
 * const head = '{"k":"E","seq":3,"t":"x-note","sv":1,"rx":9,"ts":null,"src":"A",';
 * decodeEventJson(`${head}"body":{}}`); // => null
 * ```
 */
export function decodeEventJson(text: string): Event | null {
  const bytes = encodeUtf8(text);
  const end = bytes.length - 1;
  if (bytes[end] !== 125) throw badBytes(bytes, Math.max(end, 0), { field: 'k', expected: '"}"' });
  return decodeEvent(bytes, 0, end);
}
