/**
 * Errors of the codecs. Built only when something is wrong, so the hot path carries no text.
 * @module
 */

import { escapeControl, QuantlaxmiError } from '../../core/index.js';

const SHOWN_CHARS = 40;

/** The bytes at `at` as printable text, for messages. */
function shown(bytes: Uint8Array, at: number): string {
  if (at >= bytes.length) return 'the end of the bytes';
  let text = '';
  for (let i = at; i < bytes.length && i < at + SHOWN_CHARS; i++) {
    text += String.fromCharCode(bytes[i] as number);
  }
  return `"${escapeControl(text)}"`;
}

/** A line that is not the canonical form of an event: where, what was found, what belongs there. */
export function badBytes(
  bytes: Uint8Array,
  at: number,
  { field, expected }: { readonly field: string; readonly expected: string },
): QuantlaxmiError {
  return new QuantlaxmiError(
    'QL_EVENT_DECODE',
    `event field ${field}, byte ${at}: found ${shown(bytes, at)}, expected ${expected}; ` +
      'the line was changed or not written by this format, verify the log',
    { context: { field, byte: at, expected } },
  );
}

/** Like {@link badBytes} for a fixed piece of text: points at the first byte that differs. */
export function badLiteral(
  bytes: Uint8Array,
  at: number,
  literal: string,
  field: string,
): QuantlaxmiError {
  let i = 0;
  while (i < literal.length && bytes[at + i] === literal.charCodeAt(i)) i++;
  return badBytes(bytes, at + i, { field, expected: `'${literal.slice(i)}'` });
}

/** A value that an event can not hold. */
export function badValue(field: string, value: unknown, expected: string): QuantlaxmiError {
  return new QuantlaxmiError(
    'QL_EVENT_ENCODE',
    `event field ${field}: found ${described(value)}, expected ${expected}; nothing was written`,
    { context: { field, expected } },
  );
}

/** A record whose keys are not exactly those of its type. */
export function badKeys(field: string, value: unknown, keys: readonly string[]): QuantlaxmiError {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return badValue(field, value, `a record with the keys ${keys.join(', ')}`);
  }
  const found = Object.keys(value);
  const unknown = found.find((key) => !keys.includes(key));
  if (unknown !== undefined) {
    return badValue(`${field}.${escapeControl(unknown)}`, 'an unknown key', 'no such key');
  }
  const missing = keys.find((key) => !found.includes(key));
  return badValue(`${field}.${missing ?? '?'}`, undefined, 'an own enumerable key');
}

/** An event type or version this build does not know. Never skipped in silence. */
export function unknownType(type: string, found: number, known: number | null): QuantlaxmiError {
  const why =
    known === null
      ? 'no such event type is known here'
      : `this build knows versions up to ${known}`;
  return new QuantlaxmiError(
    'WAL_UNKNOWN_TYPE',
    `event type ${escapeControl(type)} version ${found}: ${why}; ` +
      'read the log with the release that wrote it, or a newer one',
    { context: { type: escapeControl(type), found, known } },
  );
}

function described(value: unknown): string {
  if (typeof value === 'string') return `"${escapeControl(value.slice(0, SHOWN_CHARS))}"`;
  if (typeof value === 'number') return Object.is(value, -0) ? '-0' : String(value);
  if (value === null || value === undefined || typeof value === 'boolean') return String(value);
  return Array.isArray(value) ? 'an array' : `a value of type ${typeof value}`;
}
