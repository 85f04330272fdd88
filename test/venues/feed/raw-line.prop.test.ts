import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeUtf8, encodeUtf8, isQuantlaxmiError } from 'quantlaxmi/core';
import { encodeRawLine, parseRawLine, type RawHead, type RawRecord } from 'quantlaxmi/venues/feed';

const seed = 4_001;
const natural = fc.maxSafeNat();
const bytes = fc.oneof(
  fc.uint8Array({ maxLength: 40 }),
  fc.string({ maxLength: 40, unit: 'grapheme' }).map(encodeUtf8),
  fc
    .constantFrom('@fact {}', '#1 x', '@http 200 1 / x', '17 #2 y', '\n', '\r', 'a\r', '')
    .map(encodeUtf8),
);
const name = fc.string({ minLength: 1, maxLength: 12, unit: 'grapheme' });
const text = fc.string({ maxLength: 12, unit: 'grapheme' });
const integer = fc.maxSafeInteger().map((n) => (Object.is(n, -0) ? 0 : n));
const details = fc.dictionary(name, fc.oneof(integer, text), { noNullPrototype: true, maxKeys: 4 });

const frame = fc.record({
  kind: fc.constant('frame' as const),
  rx: natural,
  conn: natural,
  binary: fc.boolean(),
  bytes,
});
const answer = fc.record({
  kind: fc.constant('answer' as const),
  rx: natural,
  tookUs: natural,
  status: fc.nat(999),
  url: fc.webPath().map((path) => `/api${path}?symbol=BTC`),
  bytes,
});
const fact = fc.record({
  kind: fc.constant('fact' as const),
  rx: natural,
  body: fc.record({
    code: text,
    details,
    inst: fc.option(name),
    kind: fc.constantFrom('connected' as const, 'disconnected', 'gap', 'resync', 'config'),
  }),
});
const head = fc.record({
  kind: fc.constant('head' as const),
  rx: natural,
  fmt: fc.constant('quantlaxmi.raw/1'),
  venue: text,
  sessionId: text,
  settings: details,
});
const record: fc.Arbitrary<RawRecord | RawHead> = fc.oneof(frame, answer, fact, head);

const forbidden = (r: RawRecord | RawHead): boolean =>
  /__proto__|constructor|prototype/.test(
    JSON.stringify(r.kind === 'fact' ? r.body : r.kind === 'head' ? r.settings : ''),
  );

test('FEED-1: every record and head is one line and comes back byte for byte', () => {
  fc.assert(
    fc.property(record, bytes, bytes, (r, before, after) => {
      fc.pre(!forbidden(r));
      const line = encodeRawLine(r);
      expect(line.includes(0x0a) || line.includes(0x0d)).toBe(false);
      // In the middle of a larger buffer, as a reader of a file has it.
      const buffer = new Uint8Array([...before, ...line, ...after]);
      const read = parseRawLine(buffer, before.length, before.length + line.length);
      expect(read).toEqual(r);
      buffer.fill(0x58);
      expect(read, 'its bytes are its own').toEqual(r);
    }),
    { seed, numRuns: 1_000 },
  );
});

type Reader = (line: Uint8Array) => RawRecord | RawHead | null;
const read: Reader = (line) => parseRawLine(line, 0, line.length);

/** What a reader makes of a line: refused, or a record that is exactly this line. */
function verdict(reader: Reader, line: Uint8Array): 'old' | 'error' | 'exact' | 'wrong' {
  try {
    const found = reader(line);
    if (found === null) return 'old';
    const again = encodeRawLine(found);
    return decodeLatin(again) === decodeLatin(line) ? 'exact' : 'wrong';
  } catch (error) {
    return isQuantlaxmiError(error, 'QL_VENUE_LINE') ? 'error' : 'wrong';
  }
}
const decodeLatin = (line: Uint8Array): string => String.fromCharCode(...line);

const piece = fc.constantFrom(
  ...['17', '0', '017', '9007199254740992', ' ', '  ', '#', '#1', '#1b', '#1t', '#01', '#x', '@'],
  ...['@http', '@http64', '@fact', '@head', '@HTTP', '200', '1e3', '-1', '/a', '{"e":1}', '{}'],
  ...['aGk=', 'aGl=', 'aGk', 'Cg==', '====', '\n', '\r', '\u0000', '{"fmt":"quantlaxmi.raw/2"}'],
  '{"code":"","details":{},"inst":null,"kind":"gap"}',
  '{"code":"","details":{},"inst":null,"kind":"toString"}',
  '{"code":"","details":{"a":1.5},"inst":null,"kind":"gap"}',
  '{"code":"","details":{"a":[]},"inst":null,"kind":"gap"}',
  '{"code":"", "details":{},"inst":null,"kind":"gap"}',
  '{"details":{},"code":"","inst":null,"kind":"gap"}',
);
const hostile = fc.oneof(
  fc.array(piece, { maxLength: 9 }).map((parts) => encodeUtf8(parts.join(''))),
  fc.array(piece, { maxLength: 6 }).map((parts) => encodeUtf8(parts.join(' '))),
  fc.tuple(record, fc.nat(), fc.nat(255)).map(([r, at, byte]) => {
    const line = forbidden(r) ? encodeUtf8('17 #1 x') : encodeRawLine(r);
    line[at % line.length] = byte;
    return line;
  }),
);

test('FEED-1: a damaged line is an error or an older line, never a record it does not hold', () => {
  const seen = new Map<string, number>();
  fc.assert(
    fc.property(hostile, (line) => {
      const found = verdict(read, line);
      seen.set(found, (seen.get(found) ?? 0) + 1);
      expect(found).not.toBe('wrong');
    }),
    { seed, numRuns: 4_000 },
  );
  for (const kind of ['old', 'error', 'exact']) expect(seen.get(kind), kind).toBeGreaterThan(50);
});

test('FEED-1: control: a reader that takes blanks twice, or ends early, is caught', () => {
  const lenient: Reader = (line) => read(encodeUtf8(decodeLatin(line).replace(/ +/g, ' ')));
  expect(verdict(lenient, encodeUtf8('17  #1 x'))).toBe('wrong');
  const short: Reader = (line) => parseRawLine(line, 0, line.length - 1);
  expect(verdict(short, encodeUtf8('17 #1 xy'))).toBe('wrong');
});

test('FEED-1: a byte above ASCII is no mark of a frame, and base64 has one spelling', () => {
  const line = encodeUtf8('17 #1b aGk=');
  expect(read(line)).toMatchObject({ binary: true, bytes: encodeUtf8('hi') });
  for (let byte = 0; byte < 256; byte++) {
    if (byte === 0x62) continue;
    const changed = Uint8Array.from(line);
    changed[5] = byte;
    expect(verdict(read, changed), String(byte)).not.toBe('wrong');
  }
  for (const text of [
    'aGl=',
    'aG==',
    'a===',
    '====',
    'aGk',
    'aG k',
    'aGk=aGk=',
    '\u0000Gk=',
    'a-k_',
  ]) {
    expect(verdict(read, encodeUtf8(`17 #1b ${text}`)), text).toBe('error');
  }
});

test('FEED-1: refuses what the format cannot hold, and says where a line is wrong', () => {
  const good: RawRecord = {
    kind: 'answer',
    rx: 17,
    tookUs: 5,
    status: 200,
    url: '/api/v3/depth?symbol=BTCUSDT',
    bytes: encodeUtf8('{"lastUpdateId":1}'),
  };
  expect(decodeUtf8(encodeRawLine(good))).toBe(
    '17 @http 200 5 /api/v3/depth?symbol=BTCUSDT {"lastUpdateId":1}',
  );
  const code = (change: Partial<typeof good>): string => {
    try {
      encodeRawLine({ ...good, ...change } as RawRecord);
      return 'taken';
    } catch (error) {
      return isQuantlaxmiError(error) ? error.code : 'other';
    }
  };
  expect(code({})).toBe('taken');
  for (const url of ['', 'a b', 'a\nb', '\u007f']) expect(code({ url })).toBe('QL_BAD_INPUT');
  expect(code({ url: '/\ud800' })).toBe('QL_UTF8');
  for (const rx of [-1, -0, 1.5, NaN, 2 ** 53]) expect(code({ rx })).toBe('QL_BAD_INPUT');
  expect(code({ status: 1_000 })).toBe('QL_BAD_INPUT');
  expect(() => read(encodeUtf8('17 #1z x'))).toThrow('Raw record line, byte 5: expected b, t or');
  expect(() => read(encodeUtf8('17 @https 1'))).toThrow('byte 3: expected @http, @http64');
});
