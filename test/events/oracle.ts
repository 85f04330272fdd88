/**
 * A slow, obvious judge of lines: JSON.parse, the zod schema and canonical JSON, nothing of the
 * generated code. And mutations of events to judge.
 * @module
 */

import fc from 'fast-check';
import { canonicalIntegerJson, decodeUtf8, encodeUtf8 } from 'quantlaxmi/core';
import { type Event, eventSchema } from 'quantlaxmi/events';

const schema = eventSchema();
const KEYS = ['k', 'seq', 't', 'sv', 'rx', 'ts', 'src', 'body'] as const;

/** The line that canonical JSON gives for an event, without checksum. */
export function canonicalLine(event: object): string {
  const line = { k: 'E', ...event } as Record<string, unknown>;
  return `{${KEYS.map((key) => `"${key}":${canonicalIntegerJson(line[key])}`).join(',')}`;
}

/** The event of a line, or null when the judge refuses it. */
export function judge(bytes: Uint8Array): Event | null {
  try {
    const text = decodeUtf8(bytes);
    const { k, ...event } = JSON.parse(`${text}}`) as Record<string, unknown>;
    if (k !== 'E' || canonicalLine(event) !== text) return null;
    const result = schema.safeParse(event);
    return result.success ? result.data : null;
  } catch {
    return null;
  }
}

/** Values that are wrong somewhere, and some that are right somewhere else. */
const ODD_VALUES: readonly unknown[] = [
  null,
  undefined,
  true,
  false,
  0,
  1,
  -1,
  -0,
  19,
  -19,
  1.5,
  1e21,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  Number.MAX_SAFE_INTEGER,
  Number.MAX_SAFE_INTEGER + 1,
  -Number.MAX_SAFE_INTEGER,
  -Number.MAX_SAFE_INTEGER - 1,
  10n,
  '',
  '0',
  '01',
  '1.',
  'buy',
  'Quote',
  '\ud800',
  'a\udc00b',
  '\u0000',
  'ab'.repeat(32),
  'AB'.repeat(32),
  [],
  [[1, 2]],
  [[1, -2]],
  [[1]],
  [[1, 2, 3]],
  [[1.5, 2]],
  [null],
  {},
  { a: 1 },
  { a: null },
  { constructor: 1 },
  { prototype: 'a' },
  { '\ud800': 1 },
  new Map([['a', 1]]),
];

const ODD_KEYS = ['zzz', 'a', '', '__proto__', 'constructor', 'prototype', 'toString', '\udfff'];

type Step =
  | { readonly kind: 'set' | 'delete'; readonly at: number; readonly value: unknown }
  | { readonly kind: 'add'; readonly at: number; readonly key: string; readonly value: unknown };

interface Slot {
  readonly holder: Record<string, unknown>;
  readonly key: string;
}

/** Every place of a value where something could be put, the envelope's own keys first. */
function slots(value: unknown, into: Slot[] = []): Slot[] {
  if (typeof value !== 'object' || value === null) return into;
  const holder = value as Record<string, unknown>;
  for (const key of Object.keys(holder)) {
    into.push({ holder, key });
    slots(holder[key], into);
  }
  return into;
}

/** A copy of the event with one place changed. Never adds keys to the envelope. */
export function mutate(event: Event, step: Step): Record<string, unknown> {
  const copy = structuredClone(event) as unknown as Record<string, unknown>;
  const all = slots(copy);
  const { holder, key } = all[step.at % all.length] as Slot;
  if (step.kind === 'add') {
    const inBody = holder === copy || Array.isArray(holder);
    const target = inBody ? (copy['body'] as Record<string, unknown>) : holder;
    if (typeof target !== 'object' || target === null) return copy;
    Object.defineProperty(target, step.key, {
      value: step.value,
      enumerable: true,
      configurable: true,
      writable: true,
    });
  } else if (step.kind === 'delete' && !Array.isArray(holder)) {
    delete holder[key];
  } else {
    holder[key] = step.value;
  }
  return copy;
}

export const stepArbitrary: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    kind: fc.constantFrom('set', 'set', 'delete') as fc.Arbitrary<'set' | 'delete'>,
    at: fc.nat(200),
    value: fc.constantFrom(...ODD_VALUES),
  }),
  fc.record({
    kind: fc.constant('add' as const),
    at: fc.nat(200),
    key: fc.constantFrom(...ODD_KEYS),
    value: fc.constantFrom(...ODD_VALUES),
  }),
);

/** Sorted-key JSON without any check, so that wrong values reach the decoder. */
function loose(value: unknown): string {
  if (Object.is(value, -0)) return '-0';
  if (typeof value === 'bigint') return String(value);
  if (Array.isArray(value)) return `[${value.map(loose).join(',')}]`;
  if (typeof value === 'object' && value !== null) {
    const parts = Object.keys(value)
      .sort()
      .map((key) => `${JSON.stringify(key)}:${loose((value as Record<string, unknown>)[key])}`);
    return `{${parts.join(',')}}`;
  }
  return JSON.stringify(value) ?? 'undefined';
}

/** The line of a mutated event, as a careless writer would write it. */
export function looseLine(event: Record<string, unknown>): Uint8Array {
  const line = { k: 'E', ...event } as Record<string, unknown>;
  const parts = KEYS.filter((key) => key in line).map((key) => `"${key}":${loose(line[key])}`);
  return encodeUtf8(`{${parts.join(',')}`);
}

const INTERESTING = [
  0x00, 0x0a, 0x1f, 0x20, 0x22, 0x2b, 0x2c, 0x2d, 0x2e, 0x30, 0x31, 0x39, 0x3a, 0x5b, 0x5c, 0x5d,
  0x61, 0x65, 0x6e, 0x75, 0x7b, 0x7d, 0x7f, 0x80, 0xbf, 0xc0, 0xc2, 0xe2, 0xed, 0xf0, 0xf4, 0xff,
];

/** One edit of a line's bytes. */
export interface Edit {
  readonly kind: 'flip' | 'put' | 'insert' | 'cut' | 'copy' | 'end';
  readonly at: number;
  readonly byte: number;
  readonly span: number;
}

export const editArbitrary: fc.Arbitrary<Edit> = fc.record({
  kind: fc.constantFrom('flip', 'put', 'insert', 'cut', 'copy', 'end'),
  at: fc.nat(2_000),
  byte: fc.constantFrom(...INTERESTING),
  span: fc.integer({ min: 1, max: 24 }),
});

/** The line after the edit. */
export function edited(line: Uint8Array, { kind, at, byte, span }: Edit): Uint8Array {
  const i = at % line.length;
  const bytes = [...line];
  if (kind === 'flip') bytes[i] = (bytes[i] as number) ^ (1 << (span & 7));
  else if (kind === 'put') bytes[i] = byte;
  else if (kind === 'insert') bytes.splice(i, 0, byte);
  else if (kind === 'cut') bytes.splice(i, span);
  else if (kind === 'copy') bytes.splice(i, 0, ...bytes.slice(i, i + span));
  else bytes.length = i;
  return Uint8Array.from(bytes);
}
