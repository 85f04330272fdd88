import { encodeUtf8, isQuantlaxmiError } from 'quantlaxmi/core';
import { decodeEvent, decodeEventJson, type Event } from 'quantlaxmi/events';
import { describe, expect, test } from 'vitest';

const TIMER =
  '{"k":"E","seq":3,"t":"Timer","sv":1,"rx":9,"ts":null,"src":"A","body":{"cause":7,"due":8,"id":"decide"}';

const decode = (text: string | Uint8Array): Event | null => {
  const bytes = typeof text === 'string' ? encodeUtf8(text) : text;
  return decodeEvent(bytes, 0, bytes.length);
};

function refusal(
  text: string | Uint8Array,
): { code: string; message: string } & Record<string, unknown> {
  try {
    decode(text);
  } catch (error) {
    if (!isQuantlaxmiError(error)) throw error;
    return { code: error.code, message: error.message, ...error.context };
  }
  throw new Error('was accepted');
}

test('a line of the log becomes an event', () => {
  expect(decode(TIMER)).toStrictEqual({
    seq: 3,
    t: 'Timer',
    sv: 1,
    rx: 9,
    ts: null,
    src: 'A',
    body: { cause: 7, due: 8, id: 'decide' },
  });
});

describe('EVENTS-10: an error names the field, the byte and what belongs there', () => {
  const at = (piece: string): number => TIMER.indexOf(piece);
  test.each([
    ['another key', TIMER.replace('"due"', '"dup"'), 'body.due', at('"due"') + 3, "'e\":'"],
    [
      'a fraction',
      TIMER.replace('"due":8', '"due":8.5'),
      'body.id',
      at('"due":8') + 7,
      '\',"id":\'',
    ],
    [
      'a blank',
      TIMER.replace('"due":8', '"due": 8'),
      'body.due',
      at('"due":8') + 6,
      'a safe integer >= 0',
    ],
    [
      'a negative',
      TIMER.replace('"due":8', '"due":-8'),
      'body.due',
      at('"due":8') + 6,
      'a safe integer >= 0',
    ],
    [
      '2^53',
      TIMER.replace('"due":8', '"due":9007199254740992'),
      'body.due',
      at('"due":8') + 6,
      'a safe integer >= 0',
    ],
    [
      '17 digits',
      TIMER.replace('"due":8', '"due":10000000000000000'),
      'body.due',
      at('"due":8') + 6,
      'a safe integer >= 0',
    ],
    [
      'a leading zero',
      TIMER.replace('"seq":3', '"seq":03'),
      'seq',
      at('"seq":3') + 6,
      'a safe integer >= 1',
    ],
    ['seq 0', TIMER.replace('"seq":3', '"seq":0'), 'seq', at('"seq":3') + 6, 'a safe integer >= 1'],
    [
      'an empty name',
      TIMER.replace('"decide"', '""'),
      'body.id',
      at('decide'),
      'at least one character',
    ],
    [
      'an escape too many',
      TIMER.replace('decide', 'd\\u0065'),
      'body.id',
      at('decide') + 1,
      'a canonical JSON escape',
    ],
    [
      'a long escape of LF',
      TIMER.replace('decide', 'd\\u000a'),
      'body.id',
      at('decide') + 1,
      'a canonical JSON escape',
    ],
    [
      'a long escape of a quote',
      TIMER.replace('decide', 'd\\u0022'),
      'body.id',
      at('decide') + 1,
      'a canonical JSON escape',
    ],
    [
      'an upper-case escape',
      TIMER.replace('decide', 'd\\u001F'),
      'body.id',
      at('decide') + 1,
      'a canonical JSON escape',
    ],
    [
      'an escaped DEL',
      TIMER.replace('decide', 'd\\u007f'),
      'body.id',
      at('decide') + 1,
      'a canonical JSON escape',
    ],
    [
      'an escaped letter',
      TIMER.replace('decide', 'd\\u00e9'),
      'body.id',
      at('decide') + 1,
      'a canonical JSON escape',
    ],
    [
      'an unfinished escape',
      TIMER.replace('decide', 'd\\u00'),
      'body.id',
      at('decide') + 1,
      'a canonical JSON escape',
    ],
    [
      'a solidus escape',
      TIMER.replace('decide', 'd\\/'),
      'body.id',
      at('decide') + 1,
      'a canonical JSON escape',
    ],
    [
      'a raw tab',
      TIMER.replace('decide', 'd\te'),
      'body.id',
      at('decide') + 1,
      'an escaped control character or quote',
    ],
    ['no end', TIMER.slice(0, -2), 'body.id', TIMER.length - 2, 'a closing quote'],
    ['a tail', `${TIMER},`, 'body', TIMER.length, 'the end'],
    ['nothing', '', 'k', 0, '\'{"k":"E","seq":\''],
  ])('%s', (_what, text, field, byte, expected) => {
    expect(refusal(text)).toMatchObject({ code: 'QL_EVENT_DECODE', field, byte, expected });
    expect(refusal(text).message).toContain(`byte ${byte}`);
  });

  test('bytes that are not UTF-8', () => {
    const cases = [
      [0xff],
      [0xc0, 0xaf],
      [0xc3],
      [0xc3, 0x28],
      [0xe0, 0x80, 0xaf],
      [0xed, 0xa0, 0x80],
      [0xe2, 0x82],
      [0xf0, 0x80, 0x80, 0xaf],
      [0xf4, 0x90, 0x80, 0x80],
      [0xf8, 0x88, 0x80, 0x80, 0x80],
      [0x80],
    ];
    const from = TIMER.indexOf('decide');
    for (const bad of cases) {
      const bytes = Uint8Array.from([
        ...encodeUtf8(TIMER.slice(0, from)),
        ...bad,
        ...encodeUtf8(TIMER.slice(from + 6)),
      ]);
      expect(refusal(bytes)).toMatchObject({
        code: 'QL_EVENT_DECODE',
        field: 'body.id',
        byte: from,
      });
    }
    expect(decode(TIMER.replace('decide', '߿ࠀ￿𐀀􏿿﻿'))).toMatchObject({
      body: { id: '߿ࠀ￿𐀀􏿿﻿' },
    });
  });

  test('control characters in found bytes are escaped in the message', () => {
    const { message } = refusal(TIMER.replace('"due"', '\u001b[2J'));
    expect(message).not.toContain('\u001b');
  });
});

describe('EVENTS-8: types and versions that are not known here', () => {
  test('a newer version of a known type is refused with both versions', () => {
    const error = refusal(TIMER.replace('"sv":1', '"sv":2'));
    expect(error).toMatchObject({ code: 'WAL_UNKNOWN_TYPE', type: 'Timer', found: 2, known: 1 });
    expect(error.message).toContain('version 2');
    expect(error.message).toContain('versions up to 1');
  });

  test('version 0 is not a version', () => {
    expect(refusal(TIMER.replace('"sv":1', '"sv":0'))).toMatchObject({ field: 'sv' });
  });

  test('an unknown type is refused', () => {
    for (const t of ['Timers', 'Time', 'timer', 'Zzz', 'X-note', 'y-note']) {
      expect(refusal(TIMER.replace('Timer', t))).toMatchObject({
        code: 'WAL_UNKNOWN_TYPE',
        type: t,
        found: 1,
        known: null,
      });
    }
  });

  test('a name that is no type name is refused', () => {
    for (const t of ['', '1', 'Ti mer', '-x', 'a'.repeat(65), 'Ti_mer']) {
      expect(refusal(TIMER.replace('Timer', t))).toMatchObject({ code: 'QL_EVENT_DECODE' });
    }
  });

  test('a type whose name starts with x- is skipped when its line is canonical', () => {
    const note = TIMER.replace('"Timer","sv":1', '"x-note","sv":7');
    expect(decode(note)).toBeNull();
    expect(
      decode(note.replace('{"cause":7,"due":8,"id":"decide"}', '{"a":[{"b":[]}]}')),
    ).toBeNull();
    const broken = [
      note.replace('"due"', '"aaa"'),
      note.replace('"due":8', '"due":8.5'),
      note.replace('"due":8', '"due": 8'),
      note.replace('"due"', '"__proto__"'),
      note.replace('"seq":3', '"seq":0'),
      note.replace('"seq":3', '"seq":"3"'),
      note.replace('"rx":9', '"rx":-9'),
      note.replace('"sv":7', '"sv":0'),
      note.replace('"ts":null', '"ts":""'),
      note.replace('"src":"A"', '"src":""'),
      note.replace('{"cause":7,"due":8,"id":"decide"}', '[]'),
      note.replace('"src":"A",', '"src":"A","zz":1,'),
      note.slice(0, -1),
      `${note},`,
    ];
    for (const line of broken) expect(refusal(line)).toMatchObject({ code: 'QL_EVENT_DECODE' });
  });
});

describe('maps', () => {
  const SESSION =
    '{"k":"E","seq":3,"t":"Session","sv":1,"rx":9,"ts":null,"src":"A","body":{"code":"","details":{"a":1,"b":"x"},"inst":null,"kind":"start"}';
  const withDetails = (details: string): string => SESSION.replace('{"a":1,"b":"x"}', details);

  test('EVENTS-3: keys are sorted, unique and never name a prototype', () => {
    expect(decode(SESSION)).toMatchObject({ body: { details: { a: 1, b: 'x' } } });
    expect(decode(withDetails('{"":1,"1":1,"10":1,"2":1,"𝄞":1,"ﬀ":1}'))).not.toBeNull();
    const wrong = [
      '{"b":1,"a":1}',
      '{"a":1,"a":1}',
      '{"__proto__":1}',
      '{"constructor":1}',
      '{"a":1,"prototype":1}',
      '{"ﬀ":1,"𝄞":1}',
      '{"2":1,"10":1}',
      '{"a":null}',
      '{"a":1.5}',
      '{"a":[]}',
      '{"a":1,}',
      '{,"a":1}',
      '{"a" :1}',
      '{"a":1 }',
      '[]',
    ];
    for (const details of wrong) {
      expect(refusal(withDetails(details))).toMatchObject({ code: 'QL_EVENT_DECODE' });
    }
  });

  test('EVENTS-3: a decoded map has the usual prototype and nothing else', () => {
    const event = decode(SESSION) as Event;
    const { details } = event.body as { details: object };
    expect(Object.getPrototypeOf(details)).toBe(Object.prototype);
    expect(Object.keys(details)).toEqual(['a', 'b']);
  });
});

test('dump text is read back, other text is refused', () => {
  expect(decodeEventJson(`${TIMER}}`)).toStrictEqual(decode(TIMER));
  expect(() => decodeEventJson(TIMER.slice(0, -1))).toThrow(/expected/);
  expect(() => decodeEventJson('')).toThrow(/expected "}"/);
});

test('a range beyond the bytes is refused', () => {
  const bytes = encodeUtf8(TIMER);
  expect(() => decodeEvent(bytes, 0, bytes.length + 1)).toThrow(/a line up to byte/);
});

test('cached texts that share a slot never mix', () => {
  for (let n = 0; n < 20_000; n++) {
    const id = `inst-${n.toString(36)}`;
    expect(decode(TIMER.replace('decide', id))?.body).toStrictEqual({ cause: 7, due: 8, id });
  }
  const long = 'y'.repeat(300);
  expect(decode(TIMER.replace('decide', long))).toMatchObject({ body: { id: long } });
});
