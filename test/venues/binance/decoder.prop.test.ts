import fc from 'fast-check';
import { parseMantissa } from 'quantlaxmi/fixed-point';
import { describe, expect, test } from 'vitest';
import { codeOf, decode, decoderOf, SPOT_BTC, spotCapture, utf8 } from './messages.js';

const decoder = decoderOf(SPOT_BTC);

const decimal = (places: number, least: number): fc.Arbitrary<string> =>
  fc
    .tuple(fc.integer({ min: least, max: 9_999_999 }), fc.nat({ max: 10 ** places - 1 }), fc.nat(4))
    .map(
      ([whole, part, zeros]) =>
        `${whole}.${part.toString().padStart(places, '0')}${'0'.repeat(zeros)}`,
    );
const level = fc.tuple(decimal(2, 1), decimal(8, 0));
const id = fc.integer({ min: 0, max: 2 ** 50 });
const later = fc.integer({ min: 2 ** 50, max: 2 ** 51 });
const message = fc.record({
  e: fc.constant('depthUpdate'),
  E: fc.integer({ min: 1_600_000_000_000, max: 1_900_000_000_000 }),
  s: fc.constant('BTCUSDT'),
  U: id,
  u: later,
  b: fc.array(level, { maxLength: 8 }),
  a: fc.array(level, { maxLength: 8 }),
});

/** Writes an object with its names in a given order, and blanks or none. */
function written(object: Record<string, unknown>, order: readonly number[], blank: string): string {
  const entries = Object.entries(object)
    .map((entry, i): [number, [string, unknown]] => [order[i] ?? 0, entry])
    .sort((x, y) => x[0] - y[0])
    .map(([, [name, value]]) => `${JSON.stringify(name)}${blank}:${blank}${JSON.stringify(value)}`);
  return `{${blank}${entries.join(`${blank},${blank}`)}${blank}}`;
}

const isJson = (text: string): boolean => {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
};

describe('decoder against JSON.parse', () => {
  test('BINANCE-1: a depth update means what JSON.parse and exact decimals say', () => {
    const order = fc.array(fc.nat(), { minLength: 9, maxLength: 9 });
    const extra = fc.dictionary(
      fc.stringMatching(/^[a-z_]{3,12}$/),
      fc.jsonValue({ maxDepth: 2 }),
      {
        maxKeys: 2,
        noNullPrototype: true,
      },
    );
    const blanks = fc.constantFrom('', '', ' ', '\n\t ');
    fc.assert(
      fc.property(message, order, extra, blanks, fc.boolean(), (body, by, more, blank, wrap) => {
        const known = ['stream', 'data', 'bids', 'asks', 'symbol', 'symbols', 'result', 'error'];
        for (const name of [...known, 'code']) delete more[name];
        const inner = written({ ...more, ...body }, by, blank);
        const text = wrap ? `{"stream":"btcusdt@depth","data":${inner}}` : inner;
        const side = (levels: readonly (readonly [string, string])[]): number[][] =>
          levels.map(([p, q]) => [parseMantissa(p, -2), parseMantissa(q, -8)]);
        expect(decode(decoder, text)).toEqual({
          t: 'BookDelta',
          sv: 1,
          rx: 5,
          ts: body.E * 1000,
          src: 'BINANCE',
          body: {
            asks: side(body.a),
            bids: side(body.b),
            firstSeq: body.U,
            inst: 'BINANCE:SPOT:BTCUSDT',
            lastSeq: body.u,
            prevSeq: null,
          },
        });
      }),
      { numRuns: 300 },
    );
  });

  test('BINANCE-5: what is not JSON is never an event, whatever one edit makes of it', () => {
    const good =
      '{"stream":"btcusdt@depth","data":{"e":"depthUpdate","E":1,"s":"BTCUSDT","U":1,"u":2,' +
      '"b":[["1.00","2.0"],["3","4"]],"a":[["5","6"]]}}';
    const puts = ['', '"', '[', ']', '{', '}', ',', ':', '0', '.', '\\', ' ', 'e', '\u0000'];
    const codes = ['nothing thrown', 'QL_VENUE_FRAME', 'QL_FIXED_SYNTAX', 'QL_FIXED_INEXACT'];
    const wrong: string[] = [];
    let refused = 0;
    for (let at = 0; at < good.length; at++) {
      for (const cut of [0, 1, 2, 3]) {
        for (const put of puts) {
          const text = good.slice(0, at) + put + good.slice(at + cut);
          const code = codeOf(() => decode(decoder, text));
          if (!codes.includes(code)) wrong.push(`${code}: ${text}`);
          if (isJson(text)) continue;
          refused += 1;
          if (code === 'nothing thrown') wrong.push(text);
        }
      }
    }
    expect(wrong).toEqual([]);
    expect(refused).toBeGreaterThan(2500);
  });

  test('BINANCE-5: no bytes stop a capture; every line is an event or counted', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 60 }), { maxLength: 20 }), (lines) => {
        const capture = spotCapture();
        for (const bytes of lines) {
          const start = utf8('1723161254087891268 ');
          const whole = new Uint8Array([...start, ...bytes]);
          capture.line(whole, 0, whole.length);
          capture.line(bytes, 0, bytes.length);
        }
        expect(capture.stats.lines).toBe(lines.length * 2);
        expect(capture.stats.malformed).toBe(lines.length * 2);
      }),
    );
  });
});
