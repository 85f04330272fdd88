import fc from 'fast-check';
import { decodeUtf8, isQuantlaxmiError } from 'quantlaxmi/core';
import {
  createEncoder,
  decodeEvent,
  EVENT_TYPES,
  type Event,
  type EventInput,
  encodeEventPrefix,
  schemaOf,
} from 'quantlaxmi/events';
import { describe, expect, test } from 'vitest';
import { anyEventArbitrary, eventArbitrary } from '../../src/testing/event-arbitraries.js';
import {
  canonicalLine,
  edited,
  editArbitrary,
  judge,
  looseLine,
  mutate,
  stepArbitrary,
} from './oracle.js';

const encoder = createEncoder(64);
const lineOf = (event: Event): Uint8Array => encoder.encode(event, event.seq).slice();

/** The decoder's verdict; anything but the two documented codes is a bug. */
function decoded(line: Uint8Array): Event | null {
  try {
    return decodeEvent(line, 0, line.length);
  } catch (error) {
    if (isQuantlaxmiError(error, 'QL_EVENT_DECODE')) return null;
    if (isQuantlaxmiError(error, 'WAL_UNKNOWN_TYPE')) return null;
    throw error;
  }
}

describe.each(EVENT_TYPES)('%s', (t) => {
  const event = eventArbitrary(t) as fc.Arbitrary<Event>;
  const schema = schemaOf(t);

  test('EVENTS-1: what was written is read back, and is what the schema says', () => {
    fc.assert(
      fc.property(event, (given) => {
        const line = lineOf(given);
        const back = decodeEvent(line, 0, line.length);
        expect(back).toStrictEqual(given);
        expect(back).toStrictEqual(schema.parse(given));
      }),
      { numRuns: 100 },
    );
  });

  test('EVENTS-2: a line is the canonical JSON of its event', () => {
    fc.assert(
      fc.property(event, (given) => {
        expect(decodeUtf8(lineOf(given))).toBe(canonicalLine(given));
      }),
      { numRuns: 100 },
    );
  });

  test('EVENTS-3: the decoder accepts exactly the canonical lines that the schema accepts', () => {
    let accepted = 0;
    let refused = 0;
    fc.assert(
      fc.property(event, stepArbitrary, (given, step) => {
        const line = looseLine(mutate(given, step));
        const wanted = judge(line);
        expect(decoded(line)).toStrictEqual(wanted);
        if (wanted === null) refused++;
        else accepted++;
      }),
      { numRuns: 250 },
    );
    expect(accepted).toBeGreaterThan(0);
    expect(refused).toBeGreaterThan(0);
  });

  test('EVENTS-4: the encoder accepts exactly the events that the schema accepts', () => {
    const out = new Uint8Array(1 << 16);
    let accepted = 0;
    let refused = 0;
    fc.assert(
      fc.property(event, stepArbitrary, (given, step) => {
        const value = mutate(given, step);
        const wanted = schema.safeParse(value).success;
        let wrote = true;
        try {
          encodeEventPrefix(value as unknown as EventInput, value['seq'] as number, out, 0);
        } catch (error) {
          if (!isQuantlaxmiError(error, 'QL_EVENT_ENCODE')) throw error;
          wrote = false;
        }
        expect(wrote).toBe(wanted);
        if (wanted) accepted++;
        else refused++;
      }),
      { numRuns: 250 },
    );
    expect(accepted).toBeGreaterThan(0);
    expect(refused).toBeGreaterThan(0);
  });
});

test('EVENTS-3: no edit of bytes gets past the decoder that does not get past the judge', () => {
  fc.assert(
    fc.property(anyEventArbitrary(), editArbitrary, (given, edit) => {
      const line = edited(lineOf(given), edit);
      expect(decoded(line)).toStrictEqual(judge(line));
    }),
    { numRuns: 3_000 },
  );
});

test('EVENTS-3: bytes outside the given range have no influence', () => {
  fc.assert(
    fc.property(anyEventArbitrary(), fc.nat(40), fc.nat(400), (given, before, cut) => {
      const line = lineOf(given);
      const full = new Uint8Array(before + line.length + 40).fill(0x30);
      full.set(line, before);
      const end = before + line.length;
      expect(decodeEvent(full, before, end)).toStrictEqual(given);
      // A shorter range is another line, even when the missing bytes follow in the buffer.
      expect(() => decodeEvent(full, before, end - 1 - (cut % (line.length - 1)))).toThrow();
      expect(() => decodeEvent(full, before, end + 1)).toThrow();
    }),
    { numRuns: 250 },
  );
});

test('EVENTS-5: the encoder reports too little room and never writes before its start', () => {
  fc.assert(
    fc.property(anyEventArbitrary(), fc.nat(500), (given, short) => {
      const line = lineOf(given);
      const exact = new Uint8Array(7 + line.length).fill(1);
      expect(encodeEventPrefix(given, given.seq, exact, 7)).toBe(7 + line.length);
      expect(exact.subarray(7)).toStrictEqual(line);
      expect(exact.subarray(0, 7)).toStrictEqual(new Uint8Array(7).fill(1));
      const small = new Uint8Array(7 + line.length - 1 - (short % line.length)).fill(1);
      expect(encodeEventPrefix(given, given.seq, small, 7)).toBe(-1);
      expect(small.subarray(0, 7)).toStrictEqual(new Uint8Array(7).fill(1));
    }),
    { numRuns: 250 },
  );
});
