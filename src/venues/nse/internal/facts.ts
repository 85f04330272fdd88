/**
 * Facts about files: bounded in number and size, counted without bound.
 * @module
 */
import { decodeUtf8, escapeControl, isQuantlaxmiError } from '../../../core/index.js';
import type { ErrorCode } from '../../../core/index.js';
import { type EventInputOf, SCHEMA_VERSIONS, type SessionBody } from '../../../events/index.js';
import { NSE_VENUE } from '../market.js';

/** Says that a row, leg or file is not used, and why. Never leaves the room. */
export class Refusal extends Error {
  readonly code: ErrorCode;
  readonly value: string;

  constructor(code: ErrorCode, value: string, expected: string) {
    super(expected);
    this.code = code;
    this.value = value;
  }
}

/** Where a fact belongs. */
export interface Place {
  /** File as it was named. */
  readonly file: string;
  /** Line, or number of the entry in a JSON file; 0 when it is about the whole file. */
  readonly line: number;
  readonly inst: string | null;
  /** Gives the row as text, for the excerpt; null when the value says enough. */
  readonly text: (() => string) | null;
}

/** Text cut to a length and made safe for a log and a terminal: ASCII, escapes for the rest. */
export function excerptOf(text: string, limit: number): string {
  const cut = text.length > limit ? `${text.slice(0, limit)}…` : text;
  return escapeControl(
    cut.replace(
      /[\u0080-\u2025\u2027-\uffff]/g,
      (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`,
    ),
  );
}

/** Text of bytes for an excerpt, whatever they are. */
export function looseText(bytes: Uint8Array): string {
  try {
    return decodeUtf8(bytes);
  } catch {
    let text = '';
    for (const byte of bytes) {
      text += byte < 0x80 ? String.fromCharCode(byte) : `\\x${byte.toString(16)}`;
    }
    return text;
  }
}

/** A Session event of this room. */
export const sessionEvent = (rx: number, body: SessionBody): EventInputOf<'Session'> => ({
  t: 'Session',
  sv: SCHEMA_VERSIONS.Session,
  rx,
  ts: null,
  src: NSE_VENUE,
  body,
});

/** Collects facts: each is counted, the first ones of each code are recorded. */
export class FactSheet {
  readonly #counts = new Map<string, number>();
  readonly #limit: number;
  readonly #excerptChars: number;

  constructor(limit: number, excerptChars: number) {
    this.#limit = limit;
    this.#excerptChars = excerptChars;
  }

  /** Facts so far by code. */
  get counts(): ReadonlyMap<string, number> {
    return this.#counts;
  }

  /** All facts so far. */
  get total(): number {
    let total = 0;
    for (const count of this.#counts.values()) total += count;
    return total;
  }

  /** Body of a fact, or null when enough of its code were recorded. */
  take(code: string, place: Place, details: Readonly<Record<string, string>>): SessionBody | null {
    const before = this.#counts.get(code) ?? 0;
    this.#counts.set(code, before + 1);
    if (before >= this.#limit) return null;
    const limit = this.#excerptChars;
    const shown: Record<string, number | string> = { file: excerptOf(place.file, limit) };
    if (place.line > 0) shown['line'] = place.line;
    for (const [name, value] of Object.entries(details)) shown[name] = excerptOf(value, limit);
    if (place.text !== null) shown['excerpt'] = excerptOf(place.text(), limit);
    return { kind: 'malformed', code, inst: place.inst, details: shown };
  }

  /** Body of the fact that an error makes; throws what is no refusal. */
  refused(error: unknown, place: Place): SessionBody | null {
    if (error instanceof Refusal) {
      const details = { expected: error.message, value: error.value };
      return this.take(error.code, place, details);
    }
    if (!isQuantlaxmiError(error)) throw error;
    return this.take(error.code, place, { message: error.message });
  }
}
