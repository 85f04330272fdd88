/** Damages a frame. @module */
import { Buffer } from 'node:buffer';
import type { Rng } from '../../../core/index.js';
import type { Damage } from '../faults.js';

/** A byte that no UTF-8 text holds. */
const NEVER_UTF8 = 0xff;
const PRINTABLE_FROM = 0x20;
const PRINTABLE_COUNT = 0x5f;

/** A damaged copy, never equal to the original. Empty frames stay empty. */
export function damage(payload: string | Uint8Array, how: Damage, rng: Rng): Uint8Array {
  const bytes = Uint8Array.from(typeof payload === 'string' ? Buffer.from(payload) : payload);
  if (bytes.length === 0) return bytes;
  const at = rng.below(bytes.length);
  if (how === 'truncate') return bytes.subarray(0, at);
  if (how === 'notUtf8') {
    bytes[at] = bytes[at] === NEVER_UTF8 ? 0xfe : NEVER_UTF8;
    return bytes;
  }
  if (how === 'bitFlip') {
    // ASCII bytes of a text keep bit 7, and with it the frame stays UTF-8.
    const ascii = bytes.findIndex((byte, i) => i >= at && byte < 0x80);
    const place = ascii < 0 ? at : ascii;
    bytes[place] = (bytes[place] as number) ^ (1 << rng.below(7));
    return bytes;
  }
  const first = bytes[0] as number;
  const text = typeof payload === 'string';
  for (let i = 0; i < bytes.length; i++) {
    bytes[i] = text ? PRINTABLE_FROM + rng.below(PRINTABLE_COUNT) : rng.below(256);
  }
  if (bytes[0] === first) bytes[0] = first === 0x21 ? 0x22 : 0x21;
  return bytes;
}
