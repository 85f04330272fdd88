import fc from 'fast-check';
import { createLineSplitter, splitRecordingLine, symbolOfUrl } from 'quantlaxmi/venues/binance';
import { describe, expect, test } from 'vitest';
import { codeOf, utf8 } from './messages.js';

const split = (text: string): ReturnType<typeof splitRecordingLine> => {
  const bytes = utf8(text);
  return splitRecordingLine(bytes, 0, bytes.length);
};

describe('recording lines', () => {
  test.each([
    ['1723161255030314667 {}', 1723161255030314],
    ['1723161255030314999 {}', 1723161255030314],
    ['1723161255030314 {}', 1723161255030314],
    ['1723161255030 {}', 1723161255030000],
    ['1723161255 {}', 1723161255000000],
    ['1626992741.06217: {}', 1626992741062170],
    ['1633998512.0633569: {}', 1633998512063356],
    ['1633998512. {}', 1633998512000000],
    ['9999999999999999999 {}', 9999999999999999],
  ])('BINANCE-7: the time of "%s" is %i µs, cut off and never rounded', (text, rx) => {
    const line = split(text);
    expect([line.rx, line.url]).toEqual([rx, null]);
    expect(text.slice(line.start, line.end)).toBe('{}');
  });

  test('BINANCE-2: an answer recorded with its address gives the address and its symbol', () => {
    const url = 'https://api.binance.com/api/v3/depth?symbol=NKNUSDT&limit=1000';
    const text = `${url} -> 1633998512.320639: {"lastUpdateId":1}`;
    const line = split(text);
    expect([line.url, line.rx]).toEqual([url, 1633998512320639]);
    expect(text.slice(line.start)).toBe('{"lastUpdateId":1}');
    expect(symbolOfUrl(url)).toBe('NKNUSDT');
    expect(symbolOfUrl('https://api.binance.com/api/v3/exchangeInfo')).toBeNull();
  });

  test.each([
    '',
    ' ',
    '{}',
    '1723161255030314667',
    '1723161255030314667{}',
    '172316125503031466 {}',
    '17231612550303146678 {}',
    '1723161255030.5 {}',
    '-1723161255030 {}',
    '1723161255030\t{}',
    'wss://stream.binance.com -> soon: {}',
  ])('BINANCE-5: "%s" is no recording line', (text) => {
    expect(codeOf(() => split(text))).toBe('QL_VENUE_LINE');
  });
});

interface Got {
  readonly lines: string[];
  readonly tooLong: number[];
}

function splitAll(chunks: readonly Uint8Array[], max: number): Got {
  const got: Got = { lines: [], tooLong: [] };
  const splitter = createLineSplitter(max, {
    line: (bytes, start, end) => got.lines.push(new TextDecoder().decode(bytes.slice(start, end))),
    tooLong: (byteLength, head) => {
      got.tooLong.push(byteLength);
      expect(head.length).toBeLessThanOrEqual(1024);
    },
  });
  for (const chunk of chunks) splitter.push(chunk);
  splitter.end();
  return got;
}

describe('line splitter', () => {
  test('BINANCE-10: lines do not depend on where the chunks are cut', () => {
    const text = fc
      .array(fc.constantFrom('a', 'bc', '\n', '\n', '\r\n', 'x'.repeat(15)), { maxLength: 60 })
      .map((parts) => parts.join(''));
    const cuts = fc.array(fc.nat({ max: 200 }), { maxLength: 20 });
    fc.assert(
      fc.property(text, cuts, (whole, at) => {
        const bytes = utf8(whole);
        const marks = [...new Set([0, ...at, bytes.length])].sort((a, b) => a - b);
        const chunks = marks.slice(1).map((to, i) => bytes.slice(marks[i], to));
        const lines = whole.split('\n');
        if (lines.at(-1) === '') lines.pop();
        const max = 20;
        expect(splitAll(chunks, max)).toEqual({
          lines: lines.filter((l) => l.length <= max).map((l) => l.replace(/\r$/, '')),
          tooLong: lines.map((l) => l.length).filter((length) => length > max),
        });
      }),
      { numRuns: 400 },
    );
  });

  test('BINANCE-10: of a line without end only the start is held', () => {
    const chunk = new Uint8Array(1 << 16).fill(0x61);
    const got: number[] = [];
    const splitter = createLineSplitter(1 << 20, {
      line: () => got.push(-1),
      tooLong: (byteLength, head) => got.push(byteLength, head.length),
    });
    for (let i = 0; i < 160; i++) splitter.push(chunk);
    expect(got).toEqual([]);
    splitter.push(utf8('b\n'));
    expect(got).toEqual([(10 << 20) + 1, 1024]);
  });
});
