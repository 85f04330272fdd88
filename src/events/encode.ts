import { decodeUtf8, LIMITS } from '../core/index.js';
import { encodeLine } from './generated/envelope.js';
import { badValue } from './internal/errors.js';
import { viewMemo } from './internal/view.js';
import type { Event, EventInput } from './types.js';

const viewOf = /* @__PURE__ */ viewMemo();

/**
 * Writes an event as the canonical line of the log, from `{"k":"E"` up to, not including,
 * `,"crc":"…"}`. No string is built; keys of the body come out in RFC 8785 order.
 *
 * Keys of the envelope beyond its own are not read, so a logged event may be passed as it is;
 * unknown or missing keys of the body are an error.
 *
 * @param event - the event; its `sv` is the version this release writes
 * @param seq - position in the log, from 1
 * @param out - where to write
 * @param pos - first byte to write
 * @returns the position after the last byte, or -1 when `out` is too short; bytes from `pos` on
 * are then undefined
 * @throws QuantlaxmiError QL_EVENT_ENCODE with the field's path when a value is not allowed
 * @example
 * ```ts
 * import { encodeEventPrefix } from 'quantlaxmi/events';
 *
 * const out = new Uint8Array(256);
 * const body = { cause: 7, due: 1_000, id: 'decide' };
 * const event = { t: 'Timer', sv: 1, rx: 1_001, ts: null, src: 'RUNNER', body } as const;
 * encodeEventPrefix(event, 1, out, 0); // => 114
 * encodeEventPrefix(event, 1, out, 200); // => -1
 * ```
 */
export function encodeEventPrefix(
  event: EventInput,
  seq: number,
  out: Uint8Array,
  pos: number,
): number {
  try {
    return encodeLine(event, seq, viewOf(out), pos);
  } catch (error) {
    // A store beyond the end of the view: the only RangeError that the encoders can raise.
    if (error instanceof RangeError) return -1;
    throw error;
  }
}

/** Encodes events into a buffer of its own that grows with the longest of them. */
export interface Encoder {
  /**
   * The canonical line of `event` without checksum. The bytes are a view of the encoder's buffer
   * and hold until the next call.
   */
  encode(event: EventInput, seq: number): Uint8Array;
}

/**
 * An {@link Encoder} for callers that do not manage a buffer themselves. Its `encode` throws
 * QL_EVENT_ENCODE also for an event that no line of a log can hold (some 1 MiB).
 *
 * @param capacityBytes - size to start with
 * @example
 * ```ts
 * import { createEncoder, decodeEvent } from 'quantlaxmi/events';
 *
 * const body = { cause: 7, due: 1_000, id: 'decide' };
 * const event = { t: 'Timer', sv: 1, rx: 1_001, ts: null, src: 'RUNNER', body } as const;
 * const line = createEncoder(64).encode(event, 1);
 * decodeEvent(line, 0, line.length)?.seq; // => 1
 * ```
 */
export function createEncoder(capacityBytes: number): Encoder {
  let out = new Uint8Array(Math.max(capacityBytes, 64));
  return {
    encode(event, seq) {
      let end = encodeEventPrefix(event, seq, out, 0);
      while (end < 0) {
        if (out.length > LIMITS.lineBytes) {
          throw badValue('body', event.body, `a line of at most ${LIMITS.lineBytes} bytes`);
        }
        out = new Uint8Array(out.length * 2);
        end = encodeEventPrefix(event, seq, out, 0);
      }
      return out.subarray(0, end);
    },
  };
}

/**
 * An event as one line of JSON text, for dumps and messages: the log's line without its checksum,
 * closed with a brace.
 *
 * @param event - a logged event
 * @throws QuantlaxmiError QL_EVENT_ENCODE
 * @example
 * ```ts
 * import { encodeEventJson } from 'quantlaxmi/events';
 *
 * const body = { cause: 7, due: 1_000, id: 'decide' };
 * const event = { seq: 3, t: 'Timer', sv: 1, rx: 1_001, ts: null, src: 'RUNNER', body } as const;
 * JSON.parse(encodeEventJson(event)).seq; // => 3
 * ```
 */
export function encodeEventJson(event: Event): string {
  return `${decodeUtf8(createEncoder(512).encode(event, event.seq))}}`;
}
