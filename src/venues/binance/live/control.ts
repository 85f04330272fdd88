/**
 * Messages about the connection: answers to SUBSCRIBE, the venue's notice that it shuts down.
 * Source: binance-spot-api-docs, web-socket-streams.md, Live Subscribing and Error Messages.
 * @module
 */
import { decodeUtf8, type JsonValue, parseStrictJson } from '../../../core/index.js';

/** What a control message says. */
export type ControlMessage =
  | {
      readonly t: 'reply';
      /** Id of the message it answers; null when the venue named none. */
      readonly id: number | null;
      /** Null when the message was carried out. */
      readonly error: { readonly code: number; readonly message: string } | null;
    }
  | { readonly t: 'shutdown' };

/** Longest control message looked at; answers to SUBSCRIBE are below 200 bytes. */
const BYTES_MAX = 4096;

type JsonObject = { readonly [key: string]: JsonValue };

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Tells by the first bytes, so that market data is never parsed here. */
function looksLikeControl(bytes: Uint8Array): boolean {
  if (bytes.length > BYTES_MAX || bytes[0] !== 0x7b || bytes[1] !== 0x22) return false;
  const c = bytes[2];
  // {"result", {"id", {"code", {"error", {"e":"serverShutdown", {"stream":"!serverShutdown"
  if (c === 0x72 || c === 0x69 || c === 0x63) return true;
  if (c === 0x65) return bytes[3] === 0x72 || bytes[6] === 0x73;
  return c === 0x73 && bytes[11] === 0x21;
}

function errorOf(root: JsonObject): { code: number; message: string } | null {
  const inner = root['error'];
  const from = isObject(inner) ? inner : root;
  const { code, msg } = from as { code?: JsonValue; msg?: JsonValue };
  if (!isObject(inner) && code === undefined) return null;
  return {
    code: typeof code === 'number' && Number.isSafeInteger(code) ? code : -1,
    message: typeof msg === 'string' ? msg : '',
  };
}

/** Reads a control message; null for anything else. */
export function readControl(bytes: Uint8Array): ControlMessage | null {
  if (!looksLikeControl(bytes)) return null;
  let root: JsonValue;
  try {
    root = parseStrictJson(decodeUtf8(bytes), { maxBytes: BYTES_MAX, numbers: 'any' });
  } catch {
    return null;
  }
  if (!isObject(root)) return null;
  const data = isObject(root['data']) ? root['data'] : root;
  if (data['e'] === 'serverShutdown') return { t: 'shutdown' };
  const id = root['id'];
  const error = errorOf(root);
  if (error === null && (typeof id !== 'number' || !('result' in root))) return null;
  return { t: 'reply', id: typeof id === 'number' ? id : null, error };
}
