/**
 * Text frames: order updates, errors and messages.
 * Source: kite.trade/docs/connect/v3/websocket, "Postbacks and non-binary updates".
 * @module
 */
import { type JsonValue, parseStrictJson, QuantlaxmiError } from '../../core/index.js';

/** A text frame; narrow on `type`. */
export type KiteText =
  /** An order changed. `data` is read by `decodeOrder`. */
  | { readonly type: 'order'; readonly data: JsonValue }
  /** The venue refused something, e.g. a subscription. */
  | { readonly type: 'error'; readonly said: string }
  /** A message of the broker to its users. */
  | { readonly type: 'message'; readonly said: string }
  /** A type that is not documented. */
  | { readonly type: 'unknown'; readonly name: string };

/** Longest name of an unknown type that is told. */
const NAME_MAX = 64;

function refuse(wrong: string): never {
  throw new QuantlaxmiError(
    'QL_KITE_TEXT',
    `Kite text frame: ${wrong}. A text frame is {"type":"order"|"error"|"message","data":…}.`,
  );
}

/**
 * Reads a text frame. Numbers in `data` stay the digits that were sent.
 *
 * @param bytes - the frame
 * @returns what it says; O(bytes)
 * @throws QuantlaxmiError QL_KITE_TEXT, or what `parseStrictJson` throws
 * @example
 * ```ts
 * import { encodeUtf8 } from 'quantlaxmi/core';
 * import { decodeText } from 'quantlaxmi/venues/zerodha';
 *
 * decodeText(encodeUtf8('{"type":"error","data":"Invalid mode"}'));
 * // => { type: 'error', said: 'Invalid mode' }
 * ```
 */
export function decodeText(bytes: Uint8Array): KiteText {
  const root = parseStrictJson(bytes, { numbers: 'text' });
  if (typeof root !== 'object' || root === null || Array.isArray(root)) {
    return refuse('found no object');
  }
  const { type, data } = root as { readonly [key: string]: JsonValue };
  if (typeof type !== 'string') return refuse('found no "type"');
  switch (type) {
    case 'order':
      return data === undefined ? refuse('found an order without "data"') : { type, data };
    case 'error':
    case 'message':
      return typeof data === 'string' ? { type, said: data } : refuse(`found no text in "${type}"`);
    default:
      return { type: 'unknown', name: type.slice(0, NAME_MAX) };
  }
}
