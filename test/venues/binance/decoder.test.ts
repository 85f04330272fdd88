import { describe, expect, test } from 'vitest';
import { codeOf, decode, decoderOf, SPOT_BTC, USDM_BTC } from './messages.js';

const spot = decoderOf(SPOT_BTC);
const usdm = decoderOf(USDM_BTC);
const head = { sv: 1, rx: 5, src: 'BINANCE' };

describe('messages', () => {
  test('BINANCE-2: futures depth update', () => {
    const text =
      '{"stream":"btcusdt@depth@0ms","data":{"e":"depthUpdate","E":1723161256299,' +
      '"T":1723161256298,"s":"BTCUSDT","U":10,"u":12,"pu":9,' +
      '"b":[["58710.20","0.014"],["61496.50","0.000"]],"a":[]}}';
    expect(decode(usdm, text)).toEqual({
      t: 'BookDelta',
      ...head,
      ts: 1_723_161_256_298_000,
      body: {
        asks: [],
        bids: [
          [587_102, 14],
          [614_965, 0],
        ],
        firstSeq: 10,
        inst: 'BINANCE:USDM:BTCUSDT',
        lastSeq: 12,
        prevSeq: 9,
      },
    });
  });

  test('BINANCE-2: spot depth update has no pu and no T; µs are told from ms', () => {
    const text =
      '{"e":"depthUpdate","E":1723161255208123,"s":"BTCUSDT","U":1,"u":2,' +
      '"b":[],"a":[["61837.64000000","1.54698000"]]}';
    const event = decode(spot, text);
    expect(event).toMatchObject({ ts: 1_723_161_255_208_123, body: { prevSeq: null } });
    expect(event).toMatchObject({ body: { asks: [[6_183_764, 154_698_000]] } });
  });

  test('BINANCE-2: spot book ticker without type and time; an empty side is null', () => {
    const text =
      '{"stream":"btcusdt@bookTicker","data":{"u":7,"s":"BTCUSDT",' +
      '"b":"61837.63000000","B":"3.78826000","a":"0.00000000","A":"0.00000000"}}';
    expect(decode(spot, text)).toEqual({
      t: 'Quote',
      ...head,
      ts: null,
      body: {
        ask: null,
        askQty: 0,
        bid: 6_183_763,
        bidQty: 378_826_000,
        inst: 'BINANCE:SPOT:BTCUSDT',
        venueSeq: 7,
      },
    });
  });

  test('BINANCE-2: trades name the side that took', () => {
    const trade = (maker: boolean): string =>
      '{"e":"trade","E":1723161255343,"s":"BTCUSDT","t":3735683259,"p":"61837.63000000",' +
      `"q":"0.02000000","T":1723161255342,"m":${maker},"M":true}`;
    expect(decode(spot, trade(true))).toEqual({
      t: 'Trade',
      ...head,
      ts: 1_723_161_255_342_000,
      body: {
        aggressor: 'sell',
        inst: 'BINANCE:SPOT:BTCUSDT',
        price: 6_183_763,
        qty: 2_000_000,
        tradeId: '3735683259',
        venueSeq: 3735683259,
      },
    });
    expect(decode(spot, trade(false))).toMatchObject({ body: { aggressor: 'buy' } });
  });

  test('BINANCE-2: aggregated trades have their id in "a" and are off unless asked for', () => {
    const text =
      '{"e":"aggTrade","E":1,"s":"BTCUSDT","a":26129,"p":"1.00","q":"4","f":100,"l":105,' +
      '"T":1498793709153,"m":true,"M":true}';
    expect(decode(spot, text)).toMatchObject({ t: 'Trade', body: { tradeId: '26129' } });
  });

  test('BINANCE-2: REST snapshots name their symbol or are given one', () => {
    const body = '"bids":[["5.00","1"],["4.00","2"]],"asks":[["6.00","3"]]}';
    const bare = `{"lastUpdateId":100,${body}`;
    expect(codeOf(() => decode(spot, bare))).toBe('QL_VENUE_FRAME');
    expect(decode(spot, bare, 'BTCUSDT')).toMatchObject({
      t: 'BookSnapshot',
      ts: null,
      body: {
        venueSeq: 100,
        bids: [
          [500, 1e8],
          [400, 2e8],
        ],
        asks: [[600, 3e8]],
      },
    });
    const named = `{"lastUpdateId":100,"E":5,"T":4,"symbol":"BTCUSDT","pair":"BTCUSD",${body}`;
    expect(decode(spot, named)).toMatchObject({ t: 'BookSnapshot', ts: 4000 });
    expect(decode(spot, named.replace('BTCUSDT', 'ETHUSDT'))).toMatchObject({
      reason: 'unknownSymbol',
      name: 'ETHUSDT',
    });
    const unsorted = bare.replace('["4.00","2"]', '["5.50","2"]');
    expect(codeOf(() => decode(spot, unsorted, 'BTCUSDT'))).toBe('QL_VENUE_FRAME');
  });

  test('BINANCE-9: partial depth is never taken for changes or for the whole book', () => {
    const data =
      '{"e":"depthUpdate","E":1,"T":1,"s":"BTCUSDT","U":1,"u":2,"pu":0,"b":[["5.0","1"]],"a":[]}';
    const on = (stream: string): unknown => decode(usdm, `{"stream":"${stream}","data":${data}}`);
    for (const stream of ['btcusdt@depth20', 'btcusdt@depth5@100ms']) {
      expect(on(stream)).toEqual({ t: 'ignored', reason: 'unknownStream', name: stream });
    }
    for (const stream of ['btcusdt@depth', 'btcusdt@depth@0ms', 'btcusdt@depth@500ms']) {
      expect(on(stream)).toMatchObject({ t: 'BookDelta' });
    }
    const pushed = '{"stream":"btcusdt@depth10","data":{"lastUpdateId":1,"bids":[],"asks":[]}}';
    expect(decode(spot, pushed, 'BTCUSDT')).toMatchObject({ reason: 'unknownStream' });
  });

  test('BINANCE-9: other messages are told apart, none is an error', () => {
    const frames: [string, string, string][] = [
      ['{"e":"24hrTicker","E":1,"s":"BTCUSDT","c":"1"}', 'unknownStream', '24hrTicker'],
      ['{"e":"trade","E":1,"s":"XYZ","t":1}', 'unknownSymbol', 'XYZ'],
      ['[]', 'unknownStream', 'array'],
      ['[7]', 'unknownStream', 'array'],
      ['{"stream":"!ticker@arr","data":[]}', 'unknownStream', '!ticker@arr'],
      ['{"result":null,"id":1}', 'control', ''],
      ['{"code":2,"msg":"Invalid request"}', 'control', ''],
      ['{"error":{"code":3,"msg":"x"}}', 'control', ''],
      ['{"timezone":"UTC","symbols":[]}', 'exchangeInfo', ''],
    ];
    for (const [text, reason, name] of frames) {
      expect(decode(spot, text), text).toEqual({ t: 'ignored', reason, name });
    }
  });
});

describe('numbers', () => {
  const quote = (bid: string, qty = '"1"'): string =>
    `{"u":7,"s":"BTCUSDT","b":${bid},"B":${qty},"a":"9","A":"1"}`;
  const delta = (price: string, qty: string): string =>
    '{"e":"depthUpdate","E":1,"s":"BTCUSDT","U":1,"u":2,' +
    `"b":[["1","1"],[${price},${qty}]],"a":[]}`;

  test('BINANCE-1: 16 digits that a float would round keep every digit', () => {
    const digits = '90071992547409.85';
    expect(JSON.parse(digits) * 100).not.toBe(9007199254740985);
    expect(decode(spot, quote(`"${digits}"`))).toMatchObject({ body: { bid: 9007199254740985 } });
    expect(decode(spot, delta(`"${digits}"`, '"0.1"'))).toMatchObject({
      body: {
        bids: [
          [100, 1e8],
          [9007199254740985, 1e7],
        ],
      },
    });
    expect(decode(spot, quote('"1"', '"70000000.12345679"'))).toMatchObject({
      body: { bidQty: 7000000012345679 },
    });
  });

  test.each([
    ['"1e5"', 'QL_FIXED_SYNTAX'],
    ['"1E-7"', 'QL_FIXED_SYNTAX'],
    ['"+1.0"', 'QL_FIXED_SYNTAX'],
    ['" 1.0"', 'QL_FIXED_SYNTAX'],
    ['"1."', 'QL_FIXED_SYNTAX'],
    ['".5"', 'QL_FIXED_SYNTAX'],
    ['""', 'QL_FIXED_SYNTAX'],
    ['"1,5"', 'QL_FIXED_SYNTAX'],
    ['"NaN"', 'QL_FIXED_SYNTAX'],
    ['"1.001"', 'QL_FIXED_INEXACT'],
    ['"1.0000000001"', 'QL_FIXED_INEXACT'],
    ['"90071992547409.92"', 'QL_FIXED_OVERFLOW'],
    ['"99999999999999999999999.00"', 'QL_FIXED_OVERFLOW'],
    ['61837.63', 'QL_VENUE_FRAME'],
    ['null', 'QL_VENUE_FRAME'],
  ])('BINANCE-1: a price of %s is %s, in a quote and in a level', (price, code) => {
    expect(codeOf(() => decode(spot, quote(price)))).toBe(code);
    expect(codeOf(() => decode(spot, delta(price, '"1"')))).toBe(code);
  });

  test('BINANCE-1: zeros behind the digits of the instrument change nothing', () => {
    for (const text of ['"61837.6"', '"61837.60"', '"061837.600000000000000000000"']) {
      expect(decode(spot, quote(text))).toMatchObject({ body: { bid: 6_183_760 } });
      expect(decode(spot, delta(text, '"1"'))).toMatchObject({
        body: {
          bids: [
            [100, 1e8],
            [6_183_760, 1e8],
          ],
        },
      });
    }
    expect(codeOf(() => decode(spot, delta('"1"', '"-1"')))).toBe('QL_VENUE_FRAME');
  });
});

describe('hostile messages', () => {
  const good = '{"u":7,"s":"BTCUSDT","b":"5","B":"1","a":"9","A":"1"}';

  test('BINANCE-6: __proto__ and its like are names like any other', () => {
    const text = good.replace(
      '{',
      '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}},"toString":1,',
    );
    expect(decode(spot, text)).toEqual(decode(spot, good));
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  test('BINANCE-6: a name that occurs twice makes the message malformed', () => {
    expect(codeOf(() => decode(spot, good.replace('"b":"5"', '"b":"5","b":"6"')))).toBe(
      'QL_VENUE_FRAME',
    );
    const wrapped = `{"stream":"a","data":${good},"data":${good}}`;
    expect(codeOf(() => decode(spot, wrapped))).toBe('QL_VENUE_FRAME');
    // A name that is never read may repeat.
    expect(decode(spot, good.replace('{', '{"zz":1,"zz":2,'))).toEqual(decode(spot, good));
  });

  test.each([
    '',
    ' ',
    'null',
    '5',
    '"text"',
    '{',
    '{}',
    '[',
    '[1,]',
    good.slice(0, -1),
    `${good}x`,
    `${good}${good}`,
    good.replace('7', '07x'),
    good.replace('"s"', 's'),
    good.replace(':"5"', '"5"'),
    good.replace('7', '-7'),
    good.replace('7', '7.0'),
    good.replace('7', '7e3'),
    good.replace('7', '99999999999999999999'),
    good.replace('"A":"1"', '"A":"1",'),
    good.replace('"b":"5"', '"b":"5'),
    good.replace('"5"', '"5\\q"'),
    good.replace('"5"', '"5\u0001"'),
    good.replace('"5"', '"5\\u12g4"'),
    `{"stream":"a","data":${good}`,
    `{"stream":"a","data":${good}}}`,
    '{"e":"depthUpdate","s":"BTCUSDT","U":1,"u":2,"b":[["1","1"],"a":[]}',
    '{"e":"depthUpdate","s":"BTCUSDT","U":1,"u":2,"b":[["1","1"]["1","1"]],"a":[]}',
    '{"e":"depthUpdate","s":"BTCUSDT","U":1,"u":2,"b":[["1"]],"a":[]}',
    '{"e":"depthUpdate","s":"BTCUSDT","U":1,"u":2,"b":[["1","1","1"]],"a":[]}',
    '{"e":"depthUpdate","s":"BTCUSDT","U":1,"u":2,"b":{},"a":[]}',
    '{"e":"depthUpdate","s":"BTCUSDT","U":1,"u":2,"b":[]}',
    '{"e":"depthUpdate","s":"BTCUSDT","u":2,"b":[],"a":[]}',
    '{"e":"trade","s":"BTCUSDT","t":1,"p":"1","q":"1"}',
    '{"e":"trade","s":"BTCUSDT","t":1,"p":"1","q":"1","m":null}',
    '{"e":"trade","s":"BTCUSDT","t":"1","p":"1","q":"1","m":true}',
    `{"e":"kline","k":${'['.repeat(40)}${']'.repeat(40)}}`,
  ])('BINANCE-5: %s is refused with a place', (text) => {
    expect(codeOf(() => decode(spot, text))).toBe('QL_VENUE_FRAME');
    expect(() => decode(spot, text)).toThrow(/^Message, byte \d+: expected /);
    expect(codeOf(() => decode(spot, good))).toBe('nothing thrown');
  });

  test('BINANCE-5: any order of names, blanks and escapes that JSON allows are read', () => {
    const expected = decode(spot, good);
    for (const text of [
      '{"A":"1","a":"9","B":"1","b":"5","s":"BTCUSDT","u":7}',
      ' { "u" : 7 , "s" : "BTCUSDT" , "b" : "5" , "B" : "1" , "a" : "9" , "A" : "1" } ',
      `{"stream":"btcusdt@bookTicker","data":${good}}`,
      `{"data":${good},"stream":"btcusdt@bookTicker"}`,
      `{ "stream" : "btcusdt@bookTicker" , "data" : ${good} }`,
      `{"stream":"btcusdt@bookTicker","data":${good},"x":[1,{"y":"\\u00e9\\n"}]}`,
      good.replace('{', '{"x":"\\"}","n":[-1.5e+3,true,false,null,[],{}],'),
    ]) {
      expect(decode(spot, text), text).toEqual(expected);
    }
  });
});
