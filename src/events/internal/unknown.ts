/**
 * What happens to lines whose type or version is not the newest one known here.
 * @module
 */

import {
  canonicalIntegerJson,
  decodeUtf8,
  LIMITS,
  parseStrictJson,
  QuantlaxmiError,
} from '../../core/index.js';
import type { Event, EventInput, EventType } from '../types.js';
import type { UpcasterTable } from '../upcast.js';
import { UPCASTERS, upcastBody } from '../upcast.js';
import { badBytes, badValue, unknownType } from './errors.js';
import { sortedKeys } from './write.js';

/** A type name: a letter, then letters, digits and dashes; names that may be skipped start `x-`. */
const TYPE_NAME = /^[A-Za-z][A-Za-z0-9-]{0,63}$/;

interface OldLine {
  readonly t: EventType;
  readonly newest: number;
  readonly seq: number;
  readonly sv: number;
  readonly rx: number;
  readonly ts: number | null;
  readonly src: string;
}

/** Scans a body of an older version and lifts it, or refuses a version from the future. */
export function otherVersion(
  { newest, ...line }: OldLine,
  scanners: Readonly<Record<number, () => Readonly<Record<string, unknown>>>>,
  table: UpcasterTable = UPCASTERS,
): Event {
  const scan = scanners[line.sv];
  if (scan === undefined) throw unknownType(line.t, line.sv, newest);
  const body = upcastBody({ t: line.t, from: line.sv, to: newest, body: scan() }, table);
  return { ...line, sv: newest, body } as unknown as Event;
}

/** The error for an event that this release does not write. */
export function refuseWrite(event: EventInput, newest: number | null): Error {
  if (newest === null) return badValue('t', event.t, 'a known event type');
  return badValue('sv', event.sv, `${newest}, the version this release writes`);
}

/**
 * A line of a type that is not in the table: null when its name starts with `x-` and the line is
 * canonical, an error otherwise.
 */
export function skipOrRefuse(bytes: Uint8Array, start: number, end: number): null {
  const { t, sv, ...line } = parseLine(bytes, start, end);
  const wrong = (field: string, expected: string): Error =>
    badBytes(bytes, start, { field, expected });
  if (typeof t !== 'string' || !TYPE_NAME.test(t)) throw wrong('t', 'the name of an event type');
  if (line['k'] !== 'E') throw wrong('k', '"E"');
  if (!isAtLeast(line['seq'], 1)) throw wrong('seq', 'a safe integer >= 1');
  if (!isAtLeast(sv, 1)) throw wrong('sv', 'a safe integer >= 1');
  if (!isAtLeast(line['rx'], 0)) throw wrong('rx', 'a safe integer >= 0');
  if (line['ts'] !== null && !isAtLeast(line['ts'], 0)) throw wrong('ts', 'null or >= 0');
  if (typeof line['src'] !== 'string' || line['src'] === '') throw wrong('src', 'a source');
  if (sortedKeys(line['body']) === null) throw wrong('body', 'a record');
  if (!t.startsWith('x-')) throw unknownType(t, typeof sv === 'number' ? sv : -1, null);
  return null;
}

function isAtLeast(value: unknown, min: number): boolean {
  return Number.isSafeInteger(value) && (value as number) >= min;
}

const ENVELOPE = ['k', 'seq', 't', 'sv', 'rx', 'ts', 'src', 'body'] as const;

/** The slow, general reading of a line: canonical JSON with the keys of the envelope. */
function parseLine(bytes: Uint8Array, start: number, end: number): Record<string, unknown> {
  try {
    const text = decodeUtf8(bytes.subarray(start, end));
    const line = parseStrictJson(`${text}}`, {
      maxBytes: LIMITS.lineBytes,
      maxDepth: LIMITS.jsonDepth,
    }) as Record<string, unknown>;
    const parts = ENVELOPE.map((key) => `"${key}":${canonicalIntegerJson(line[key])}`);
    if (text === `{${parts.join(',')}`) return line;
  } catch (cause) {
    if (!(cause instanceof QuantlaxmiError)) throw cause;
  }
  throw badBytes(bytes, start, { field: 't', expected: 'a canonical line of a known type' });
}
