import { decodeUtf8, isQuantlaxmiError, LIMITS } from 'quantlaxmi/core';
import {
  countEvent,
  createEncoder,
  type EventCounts,
  type EventInput,
  encodeEventPrefix,
  eventSchema,
  isEventType,
  validateEvent,
} from 'quantlaxmi/events';
import { describe, expect, test } from 'vitest';

const body = { ask: 2, askQty: 1, bid: null, bidQty: 0, inst: 'A', venueSeq: null };
const quote: EventInput = { t: 'Quote', sv: 1, rx: 9, ts: null, src: 'A', body };

function refusal(event: unknown, seq = 1): Record<string, unknown> {
  try {
    encodeEventPrefix(event as EventInput, seq, new Uint8Array(1_000), 0);
  } catch (error) {
    if (!isQuantlaxmiError(error)) throw error;
    return { code: error.code, message: error.message, ...error.context };
  }
  throw new Error('was accepted');
}

describe('EVENTS-4: a value that the schema refuses is not written', () => {
  test.each<[string, object, string]>([
    ['seq 0', { ...quote, seq: 0 }, 'seq'],
    ['a fraction', { ...quote, rx: 1.5 }, 'rx'],
    ['a negative time', { ...quote, ts: -1 }, 'ts'],
    ['no time', { ...quote, ts: undefined }, 'ts'],
    ['no source', { ...quote, src: '' }, 'src'],
    ['another version', { ...quote, sv: 2 }, 'sv'],
    ['another type', { ...quote, t: 'Quotes' }, 't'],
    ['no body', { ...quote, body: null }, 'body'],
    ['an array', { ...quote, body: [1, 2, 3, 4, 5, 6] }, 'body.ask'],
    ['a text', { ...quote, body: 'abcdef' }, 'body'],
    ['an unknown key', { ...quote, body: { ...body, note: 1 } }, 'body.note'],
    ['a missing key', { ...quote, body: { ...body, ask: undefined } }, 'body.ask'],
    ['-0', { ...quote, body: { ...body, ask: -0 } }, 'body.ask'],
    ['NaN', { ...quote, body: { ...body, ask: Number.NaN } }, 'body.ask'],
    ['2^53', { ...quote, body: { ...body, ask: 2 ** 53 } }, 'body.ask'],
    ['a bigint', { ...quote, body: { ...body, ask: 2n } }, 'body.ask'],
    ['a numeric text', { ...quote, body: { ...body, ask: '2' } }, 'body.ask'],
    ['a negative size', { ...quote, body: { ...body, askQty: -1 } }, 'body.askQty'],
    ['a lone surrogate', { ...quote, body: { ...body, inst: 'abcd\ud800' } }, 'body.inst'],
    ['a reversed pair', { ...quote, body: { ...body, inst: '\udd1e\ud834' } }, 'body.inst'],
  ])('%s', (_what, event, field) => {
    const seq = 'seq' in event ? (event.seq as number) : 1;
    expect(refusal(event, seq)).toMatchObject({ code: 'QL_EVENT_ENCODE', field });
  });

  test('a missing key is named', () => {
    const { bid: _, ...rest } = body;
    expect(refusal({ ...quote, body: rest })).toMatchObject({ field: 'body.bid' });
  });

  test('the place inside a list is named', () => {
    const levels = {
      asks: [[1, 2]],
      bids: [
        [1, 2],
        [3, -4],
      ],
      inst: 'A',
      venueSeq: 1,
    };
    const event = { ...quote, t: 'BookSnapshot', body: levels };
    expect(refusal(event)).toMatchObject({ field: 'body.bids[1]' });
    const balances = [
      { currency: 'A', free: '1', total: '1' },
      { currency: 'B', free: '', total: '1' },
    ];
    const account = { account: '', balances, cause: 0, margin: {}, positions: [] };
    expect(refusal({ ...quote, t: 'Account', body: account })).toMatchObject({
      field: 'body.balances[1].free',
      expected: 'decimal text like -12.5',
    });
  });

  test('a map of a class of its own is not silently empty', () => {
    const session = { code: '', details: new Map([['a', 1]]), inst: null, kind: 'start' };
    expect(refusal({ ...quote, t: 'Session', body: session })).toMatchObject({
      field: 'body.details',
    });
  });
});

test('EVENTS-4: the whole range of integers is written as JSON.stringify does', () => {
  const out = new Uint8Array(400);
  const values = [0];
  for (let power = 0; power < 54; power++) {
    for (const near of [-1, 0, 1]) values.push(2 ** power + near);
  }
  for (let power = 1; power < 16; power++) {
    for (const near of [-1, 0, 1]) values.push(Number(`1e${power}`) + near);
  }
  // Around every multiple of 10^8 where a rounded quotient could be one too high.
  for (let k = 90_071_992; k > 0; k -= 90_071) {
    for (const near of [-1, 0, 1]) values.push(k * 100_000_000 + near);
  }
  const kept = values.filter((value) => Number.isSafeInteger(value));
  for (const ask of kept.flatMap((value) => (value === 0 ? [value] : [value, -value]))) {
    const end = encodeEventPrefix({ ...quote, body: { ...body, ask } }, 1, out, 0);
    const line = JSON.parse(`${decodeUtf8(out.subarray(0, end))}}`) as { body: { ask: number } };
    expect(line.body.ask).toBe(ask);
    expect(decodeUtf8(out.subarray(0, end))).toContain(`"ask":${JSON.stringify(ask)},`);
  }
});

test('EVENTS-4: every code unit is escaped as JSON.stringify does', () => {
  const out = new Uint8Array(600);
  for (let unit = 0; unit < 0x3000; unit++) {
    for (const inst of [String.fromCharCode(unit), `abcde${String.fromCharCode(unit)}fghijk`]) {
      const end = encodeEventPrefix({ ...quote, body: { ...body, inst } }, 1, out, 0);
      if (!decodeUtf8(out.subarray(0, end)).includes(`"inst":${JSON.stringify(inst)},`)) {
        throw new Error(`U+${unit.toString(16)}`);
      }
    }
  }
});

test('EVENTS-5: an encoder of its own grows, up to the longest line of a log', () => {
  const encoder = createEncoder(1);
  const inst = 'x'.repeat(100_000);
  const line = encoder.encode({ ...quote, body: { ...body, inst } }, 1);
  expect(line.length).toBeGreaterThan(100_000);
  expect(encoder.encode(quote, 2).length).toBeLessThan(200);
  const tooLong = { ...quote, body: { ...body, inst: 'x'.repeat(2 * LIMITS.lineBytes) } };
  expect(() => encoder.encode(tooLong, 1)).toThrow(/a line of at most 1048576 bytes/);
});

test('validateEvent names the first field that does not fit', () => {
  const event = { seq: 1, ...quote };
  expect(validateEvent(event)).toStrictEqual(event);
  expect(() => validateEvent({ ...event, body: { ...body, ask: 1.5 } })).toThrow(/field body\.ask/);
  expect(() => validateEvent({ ...event, t: 'Nope' })).toThrow(/QL_EVENT_SCHEMA|field t/);
  expect(() => validateEvent(null)).toThrow(/whole event/);
});

test('event counts hold only the types that came', () => {
  const counts: EventCounts = {};
  expect(countEvent(counts, 'Quote')).toBe(1);
  expect(countEvent(counts, 'Quote')).toBe(2);
  expect(countEvent(counts, 'Fill')).toBe(1);
  expect(counts).toEqual({ Quote: 2, Fill: 1 });
});

test('isEventType knows the types and nothing inherited', () => {
  expect(isEventType('BookDelta')).toBe(true);
  expect(isEventType('toString')).toBe(false);
});

describe('EVENTS-4: texts with a form', () => {
  const out = new Uint8Array(1_000);
  const writes = (event: unknown): boolean => {
    try {
      return encodeEventPrefix(event as EventInput, 1, out, 0) > 0;
    } catch (error) {
      if (isQuantlaxmiError(error, 'QL_EVENT_ENCODE')) return false;
      throw error;
    }
  };
  const stats = (turnover: string): unknown => {
    const none = { close: null, high: null, last: null, low: null, open: null };
    const rest = { inst: 'A', openInterest: null, turnover, volume: null };
    return { seq: 1, t: 'Stats', sv: 1, rx: 9, ts: null, src: 'A', body: { ...none, ...rest } };
  };
  const feature = (hash: string): unknown => {
    const body = { cause: 1, hash, id: 'f', inst: 'A', values: {} };
    return { seq: 1, t: 'Feature', sv: 1, rx: 9, ts: null, src: 'A', body };
  };
  const both = (event: unknown): readonly boolean[] => [
    writes(event),
    eventSchema().safeParse(event).success,
  ];

  test('decimals are digits with at most one point between digits', () => {
    for (const good of ['0', '-0', '7', '-12.5', '0.00', '10', '123456789012345678901.5']) {
      expect(both(stats(good)), good).toEqual([true, true]);
    }
    const bad = [
      '',
      '-',
      '.',
      '1.',
      '.5',
      '-.5',
      '+1',
      '01',
      '-01',
      '00',
      '1e5',
      '1,5',
      ' 1',
      '1 ',
    ];
    for (const text of [...bad, '1.5.2', '--1', 'NaN', '1.-', '٣']) {
      expect(both(stats(text)), text).toEqual([false, false]);
    }
  });

  test('hashes are 64 lower-case hex digits', () => {
    const hex = '0123456789abcdef'.repeat(4);
    expect(both(feature(hex))).toEqual([true, true]);
    for (const bad of ['', hex.slice(1), `${hex}0`, hex.toUpperCase(), `g${hex.slice(1)}`]) {
      expect(both(feature(bad)), bad).toEqual([false, false]);
    }
  });
});
