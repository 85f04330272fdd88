import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { encodeUtf8, isQuantlaxmiError } from 'quantlaxmi/core';
import { decodeEvent, EVENT_TYPES, type Event } from 'quantlaxmi/events';
import { expect, test } from 'vitest';
import { eventArbitrary } from '../../src/testing/event-arbitraries.js';
import { canonicalLine, edited, editArbitrary, judge } from '../events/oracle.js';

const FOLDER = fileURLToPath(new URL('../../fixtures/events/v1/', import.meta.url));

function decoded(line: Uint8Array): Event | null {
  try {
    return decodeEvent(line, 0, line.length);
  } catch (error) {
    if (isQuantlaxmiError(error, 'QL_EVENT_DECODE')) return null;
    if (isQuantlaxmiError(error, 'WAL_UNKNOWN_TYPE')) return null;
    throw error;
  }
}

/** Compares verdicts without the cost of an assertion for each of millions of lines. */
function agree(line: Uint8Array): boolean {
  const found = decoded(line);
  const wanted = judge(line);
  if (found === null || wanted === null) return found === wanted;
  return JSON.stringify(found) === JSON.stringify({ ...found, ...wanted, body: found.body });
}

test.each(EVENT_TYPES)('EVENTS-3: %s, every byte of the golden lines as every other byte', (t) => {
  let accepted = 0;
  let refused = 0;
  for (const text of readFileSync(`${FOLDER}${t}.jsonl`, 'utf8').trimEnd().split('\n')) {
    const line = encodeUtf8(text.slice(0, -1));
    for (let at = 0; at < line.length; at++) {
      const whole = line[at] as number;
      for (let byte = 0; byte < 256; byte++) {
        line[at] = byte;
        if (!agree(line)) throw new Error(`${t} byte ${at} as ${byte}: ${text}`);
        if (decoded(line) === null) refused++;
        else accepted++;
      }
      line[at] = whole;
      const shorter = Uint8Array.from([...line.subarray(0, at), ...line.subarray(at + 1)]);
      if (!agree(shorter)) throw new Error(`${t} without byte ${at}: ${text}`);
    }
  }
  expect(accepted).toBeGreaterThan(0);
  expect(refused).toBeGreaterThan(accepted);
});

test.each(EVENT_TYPES)('EVENTS-3: %s, two edits of bytes', (t) => {
  fc.assert(
    fc.property(
      eventArbitrary(t) as fc.Arbitrary<Event>,
      editArbitrary,
      editArbitrary,
      (event, first, second) => {
        const once = edited(encodeUtf8(canonicalLine(event)), first);
        return once.length === 0 || agree(edited(once, second));
      },
    ),
    { numRuns: 20_000 },
  );
});
