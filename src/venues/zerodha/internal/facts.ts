/**
 * Session facts of a capture: bounded in number and size, counted without bound.
 * @module
 */
import { escapeControl, toHex } from '../../../core/index.js';
import { type EventInputOf, SCHEMA_VERSIONS, type SessionBody } from '../../../events/index.js';
import { ZERODHA_SOURCE } from '../market.js';

/** A Session event. Keys of details are sorted when the event is written. */
export function sessionEvent(rx: number, body: SessionBody): EventInputOf<'Session'> {
  return { t: 'Session', sv: SCHEMA_VERSIONS.Session, rx, ts: null, src: ZERODHA_SOURCE, body };
}

/** Part of a buffer. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/**
 * The first bytes of a text as text that is safe in a log and on a terminal: ASCII as it is,
 * control characters and every byte above ASCII as escapes.
 */
export function textExcerpt(bytes: Uint8Array, span: Span, limit: number): string {
  const { start, end } = span;
  const stop = end - start > limit ? start + limit : end;
  let text = '';
  for (let at = start; at < stop; at++) {
    const c = bytes[at] as number;
    text += c < 0x80 ? String.fromCharCode(c) : `\\x${c.toString(16)}`;
  }
  const safe = escapeControl(text);
  return stop < end ? `${safe}…` : safe;
}

/** The first bytes of a binary message in hex. */
export function hexExcerpt(bytes: Uint8Array, span: Span, limit: number): string {
  const { start, end } = span;
  const hex = toHex(bytes.subarray(start, Math.min(end, start + limit)));
  return end - start > limit ? `${hex}…` : hex;
}

/** Counts facts by code and says which of them are still to be recorded one by one. */
export class FactLimiter {
  readonly #counts = new Map<string, number>();
  readonly #limit: number;

  constructor(limit: number) {
    this.#limit = limit;
  }

  clear(): void {
    this.#counts.clear();
  }

  /** Counts one; true while fewer than the limit were counted before. */
  admit(code: string): boolean {
    const before = this.#counts.get(code) ?? 0;
    this.#counts.set(code, before + 1);
    return before < this.#limit;
  }
}
