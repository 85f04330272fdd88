/**
 * Session facts of a capture: bounded in number and size, counted without bound.
 * @module
 */
import { escapeControl } from '../../../core/index.js';
import { type EventInputOf, SCHEMA_VERSIONS, type SessionKind } from '../../../events/index.js';
import { BINANCE_VENUE } from '../market.js';

/** A fact to be recorded. */
export interface Fact {
  readonly kind: SessionKind;
  readonly code: string;
  readonly inst: string | null;
  readonly details: Readonly<Record<string, number | string>>;
}

/** A Session event. Keys of details are sorted when the event is written. */
export function sessionEvent(rx: number, fact: Fact): EventInputOf<'Session'> {
  const { code, details, inst, kind } = fact;
  return {
    t: 'Session',
    sv: SCHEMA_VERSIONS.Session,
    rx,
    ts: null,
    src: BINANCE_VENUE,
    body: { code, details, inst, kind },
  };
}

/**
 * The first bytes of a message as text that is safe in a log and on a terminal: ASCII as it is,
 * control characters and every byte above ASCII as escapes.
 */
export function excerpt(bytes: Uint8Array, start: number, end: number, limit: number): string {
  const stop = end - start > limit ? start + limit : end;
  let text = '';
  for (let at = start; at < stop; at++) {
    const c = bytes[at] as number;
    text += c < 0x80 ? String.fromCharCode(c) : `\\x${c.toString(16)}`;
  }
  const safe = escapeControl(text);
  return stop < end ? `${safe}…` : safe;
}

/** Counts facts by code and says which of them are still to be recorded one by one. */
export class FactLimiter {
  readonly #counts = new Map<string, number>();
  readonly #limit: number;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Counts one; true while fewer than the limit were counted before. */
  admit(code: string): boolean {
    const before = this.#counts.get(code) ?? 0;
    this.#counts.set(code, before + 1);
    return before < this.#limit;
  }

  count(code: string): number {
    return this.#counts.get(code) ?? 0;
  }
}
