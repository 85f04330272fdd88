import type { InstrumentBody } from 'quantlaxmi/events';
import {
  binanceFrameDecoder,
  createBinanceCapture,
  createRecordingScan,
  inferredInstrument,
} from 'quantlaxmi/venues/binance';
import { describe, expect, test } from 'vitest';
import { codeOf, decode, decoderOf, RX, SPOT_BTC, USDM_BTC, utf8 } from './messages.js';

const usdm = decoderOf(USDM_BTC);
const fine: InstrumentBody = inferredInstrument({
  market: 'usdm',
  symbol: 'BTCUSDT',
  priceDecimals: 8,
  qtyDecimals: 3,
});
const exact = decoderOf(fine);

const mark = (more: string): string =>
  `{"e":"markPriceUpdate","E":1562305380000,"s":"BTCUSDT",${more}}`;

describe('markPriceUpdate', () => {
  test('BINANCE-15: mark, index and rate are exact; T is the next funding, E the time', () => {
    const text = mark(
      '"p":"11794.15000000","i":"11784.62659091","P":"1","r":"-0.00038167","T":1562306400000',
    );
    expect(decode(exact, text)).toEqual({
      t: 'Funding',
      sv: 1,
      rx: 5,
      ts: 1562305380000000,
      src: 'BINANCE',
      body: {
        index: 1178462659091,
        inst: 'BINANCE:USDM:BTCUSDT',
        intervalUs: null,
        mark: 1179415000000,
        nextFundingTs: 1562306400000000,
        rateE8: -38167,
      },
    });
    expect(codeOf(() => decode(usdm, text))).toBe('QL_FIXED_INEXACT');
    const finer = text.replace('-0.00038167', '0.000381671');
    expect(codeOf(() => decode(exact, finer))).toBe('QL_FIXED_INEXACT');
  });

  test('BINANCE-15: a delivery contract has no funding', () => {
    const none = { index: null, rateE8: 0, nextFundingTs: null };
    for (const more of ['"p":"5.0","r":"","T":0,"i":""', '"p":"5.0"']) {
      expect(decode(usdm, mark(more))).toMatchObject({ t: 'Funding', body: { mark: 50, ...none } });
    }
    expect(codeOf(() => decode(usdm, mark('"p":"0.0","r":"0","T":0')))).toBe('QL_VENUE_FRAME');
    expect(codeOf(() => decode(usdm, mark('"r":"0","T":0')))).toBe('QL_VENUE_FRAME');
  });

  test('BINANCE-9: of a whole market the symbols recorded, each element for itself', () => {
    const good = mark('"p":"5.0","r":"0.0001","T":1');
    const eth = good.replace('BTCUSDT', 'ETHUSDT');
    const bad = good.replace('"5.0"', '"x"');
    for (const text of [
      `{"stream":"!markPrice@arr@1s","data":[${eth},${bad},${good}]}`,
      `{ "data" : [ ${eth} , ${bad} , ${good} ] , "stream" : "!markPrice@arr" }`,
    ]) {
      const capture = createBinanceCapture({
        market: 'usdm',
        sessionId: 's',
        instruments: [USDM_BTC],
      });
      const bytes = utf8(text);
      const events = capture.record({ kind: 'frame', rx: RX, conn: 1, binary: false, bytes });
      expect(events.map((event) => event.t)).toEqual([
        'Session',
        'Instrument',
        'Funding',
        'Session',
      ]);
      expect(capture.stats).toMatchObject({ fundings: 1, ignored: 1, malformed: 1, lines: 1 });
    }
  });
});

describe('forceOrder', () => {
  const order = (more: string): string =>
    '{"stream":"btcusdt@forceOrder","data":{"e":"forceOrder","E":1568014460893,"o":{' +
    `"s":"BTCUSDT","o":"LIMIT","f":"IOC",${more},"l":"0.014","T":1568014460891}}}`;

  test('BINANCE-15: a liquidation with what filled, its limit and the average', () => {
    const text = order(
      '"S":"SELL","q":"0.024","p":"9910.0","ap":"9911.5","X":"FILLED","z":"0.014"',
    );
    expect(decode(usdm, text)).toEqual({
      t: 'Liquidation',
      sv: 1,
      rx: 5,
      ts: 1568014460891000,
      src: 'BINANCE',
      body: {
        avgPrice: 99115,
        filledQty: 14,
        inst: 'BINANCE:USDM:BTCUSDT',
        price: 99100,
        qty: 24,
        side: 'sell',
        status: 'FILLED',
      },
    });
    const fresh = order('"S":"BUY","q":"0.024","p":"9910","ap":"0","X":"NEW","z":"0"');
    expect(decode(usdm, fresh)).toMatchObject({ body: { avgPrice: null, side: 'buy' } });
    const other = text.replace('BTCUSDT"', 'ETHUSDT"');
    expect(decode(usdm, other)).toMatchObject({ reason: 'unknownSymbol', name: 'ETHUSDT' });
    const all = other.replace('btcusdt@forceOrder', '!forceOrder@arr');
    expect(decode(usdm, all)).toMatchObject({ reason: 'otherSymbol' });
  });

  test.each([
    '"S":"HOLD","q":"0.024","p":"9910","ap":"0","X":"NEW","z":"0"',
    '"S":"BUY","q":"0.024","p":"9910","ap":"0","X":"NEW","z":"0.025"',
    '"S":"BUY","q":"-1","p":"9910","ap":"0","X":"NEW","z":"0"',
    '"S":"BUY","q":"1","p":"9910","ap":"0","z":"0"',
  ])('BINANCE-15: %s is refused', (more) => {
    expect(codeOf(() => decode(usdm, order(more)))).toBe('QL_VENUE_FRAME');
  });
});

describe('kline', () => {
  const bar = (more: Record<string, unknown> = {}): string =>
    JSON.stringify({
      e: 'kline',
      E: 1672515782136,
      s: 'BTCUSDT',
      k: {
        t: 1672515780000,
        T: 1672515839999,
        s: 'BTCUSDT',
        i: '1m',
        f: 100,
        L: 200,
        o: '5.0',
        c: '7.0',
        h: '8.5',
        l: '4.5',
        v: '1000.125',
        n: 100,
        x: false,
        q: '1.00000000',
        V: '500',
        Q: '0.500',
        B: '123456',
        ...more,
      },
    });

  test('BINANCE-15: a bar with its interval, volume and turnover', () => {
    expect(decode(usdm, bar())).toEqual({
      t: 'Bar',
      sv: 1,
      rx: 5,
      ts: 1672515782136000,
      src: 'BINANCE',
      body: {
        close: 70,
        final: false,
        high: 85,
        inst: 'BINANCE:USDM:BTCUSDT',
        intervalUs: 60_000_000,
        low: 45,
        open: 50,
        openTs: 1672515780000000,
        trades: 100,
        turnover: '1.00000000',
        volume: 1_000_125,
      },
    });
    expect(decode(usdm, bar({ x: true }))).toMatchObject({ body: { final: true } });
  });

  test.each([
    ['1s', 1],
    ['15m', 900],
    ['12h', 43_200],
    ['3d', 259_200],
    ['1w', 604_800],
  ])('BINANCE-15: interval %s is %i s', (i, seconds) => {
    expect(decode(usdm, bar({ i }))).toMatchObject({ body: { intervalUs: seconds * 1_000_000 } });
  });

  test('BINANCE-15: a month is as long as its own times say, in ms and in µs', () => {
    const [t, T] = [Date.UTC(2024, 1, 1), Date.UTC(2024, 2, 1) - 1];
    const february = { body: { intervalUs: 29 * 86_400_000_000, openTs: t * 1000 } };
    expect(decode(usdm, bar({ i: '1M', t, T }))).toMatchObject(february);
    const us = { i: '1M', t: t * 1000, T: (T + 1) * 1000 - 1 };
    expect(decode(usdm, bar(us))).toMatchObject(february);
    expect(codeOf(() => decode(usdm, bar({ i: '1M' })))).toBe('QL_VENUE_FRAME');
  });

  test('BINANCE-15: the turnover of a coin-margined bar is in the base asset, so not told', () => {
    const perp = inferredInstrument({
      market: 'coinm',
      symbol: 'BTCUSDT',
      priceDecimals: 1,
      qtyDecimals: 3,
    });
    expect(decode(decoderOf(perp), bar())).toMatchObject({ body: { turnover: null } });
  });

  test.each([
    { h: '6.9' },
    { l: '5.1' },
    { l: '0' },
    { i: '1y' },
    { x: 1 },
    { q: '-1' },
    { n: -1 },
  ])('BINANCE-15: %j is refused', (more) => {
    expect(codeOf(() => decode(usdm, bar(more)))).toBe('QL_VENUE_FRAME');
  });
});

describe('partial depth', () => {
  const partial = binanceFrameDecoder({
    instruments: [USDM_BTC],
    aggTrades: false,
    partialDepth: ['BTCUSDT'],
  });
  const body = '"E":2,"T":1,"s":"BTCUSDT","U":8,"u":9,"pu":7,"b":[["5.0","1"],["4.0","1"]],"a":[]';

  test('BINANCE-9: of a symbol whose book comes that way each message is a snapshot', () => {
    const snapshot = { t: 'BookSnapshot', ts: 1000, body: { venueSeq: 9 } };
    const data = `{"e":"depthUpdate",${body}}`;
    for (const stream of ['btcusdt@depth5', 'btcusdt@depth20@500ms']) {
      const text = `{"stream":"${stream}","data":${data}}`;
      expect(decode(partial, text)).toMatchObject(snapshot);
    }
    expect(decode(partial, data)).toMatchObject(snapshot);
    const spot = '{"lastUpdateId":9,"bids":[["5.0","1"]],"asks":[]}';
    const pushed = `{"stream":"btcusdt@depth10@100ms","data":${spot}}`;
    expect(decode(partial, pushed)).toMatchObject({ t: 'BookSnapshot', body: { venueSeq: 9 } });
    const changes = `{"stream":"btcusdt@depth@100ms","data":${data}}`;
    expect(decode(partial, changes)).toMatchObject({ t: 'BookDelta' });
    const unsorted = data.replace('"4.0"', '"6.0"');
    expect(codeOf(() => decode(partial, unsorted))).toBe('QL_VENUE_FRAME');
  });
});

describe('times and impossible values', () => {
  test('BINANCE-15: microseconds where the connection asked for them', () => {
    const spot = decoderOf(SPOT_BTC);
    const trade = (T: string): string =>
      `{"e":"trade","E":1,"s":"BTCUSDT","t":1,"p":"5.0","q":"1","T":${T},"m":true}`;
    expect(decode(spot, trade('1672515782136789'))).toMatchObject({ ts: 1672515782136789 });
    expect(decode(spot, trade('1672515782136'))).toMatchObject({ ts: 1672515782136000 });
    // 14 digits of ms: beyond what µs can hold.
    expect(codeOf(() => decode(spot, trade('99999999999999')))).toBe('QL_VENUE_FRAME');
  });

  test.each([
    '{"e":"trade","E":1,"s":"BTCUSDT","t":1,"p":"-5.0","q":"1","m":true}',
    '{"e":"trade","E":1,"s":"BTCUSDT","t":1,"p":"5.0","q":"-1","m":true}',
    '{"u":7,"s":"BTCUSDT","b":"0","B":"1","a":"9","A":"1"}',
    '{"u":7,"s":"BTCUSDT","b":"5","B":"-1","a":"9","A":"1"}',
    '{"e":"depthUpdate","E":1,"s":"BTCUSDT","U":2,"u":1,"b":[],"a":[]}',
    '{"e":"depthUpdate","E":1,"s":"BTCUSDT","U":1,"u":2,"b":[["0.0","1"]],"a":[]}',
    '{"e":"depthUpdate","E":1,"s":"BTCUSDT","U":1,"u":2,"b":[["-5.0","1"]],"a":[]}',
  ])('BINANCE-15: %s is refused', (text) => {
    expect(codeOf(() => decode(usdm, text))).toBe('QL_VENUE_FRAME');
  });

  test('BINANCE-15: a trade of nothing is none, and its id is one of the sequence', () => {
    const capture = createBinanceCapture({
      market: 'usdm',
      sessionId: 's',
      instruments: [USDM_BTC],
    });
    const trade = (id: number, p: string): void => {
      const text = `{"e":"trade","E":1,"s":"BTCUSDT","t":${id},"p":"${p}","q":"${p}","m":true}`;
      capture.record({ kind: 'frame', rx: RX, conn: 1, binary: false, bytes: utf8(text) });
    };
    trade(1, '5.0');
    trade(2, '0');
    trade(3, '5.0');
    expect(capture.stats).toMatchObject({ trades: 2, ignored: 1, gaps: 0 });
  });
});

test('BINANCE-14: the first pass finds the digits of mark prices, bars and liquidations', () => {
  const scan = createRecordingScan('usdm');
  const look = (text: string): void => scan.message(utf8(text), null);
  look(mark('"p":"5.12345","i":"5.1"'));
  look('{"e":"forceOrder","o":{"s":"BTCUSDT","q":"0.0125","p":"1","ap":"1.123","z":"0"}}');
  look('{"e":"kline","k":{"s":"ETHUSDT","o":"1.25","h":"1","l":"1","c":"1","v":"0.5"}}');
  // Being in a stream of the whole market does not make a symbol one of the recording.
  const eth = '{"e":"markPriceUpdate","s":"ETHUSDT","p":"1.123456","i":"1"}';
  look(`{"stream":"!markPrice@arr","data":[${eth},${eth.replace('ETH', 'XRP')}]}`);
  expect(scan.instruments().map((i) => [i.symbol, i.priceExponent, i.qtyExponent])).toEqual([
    ['BTCUSDT', -5, -4],
    ['ETHUSDT', -6, -1],
  ]);
});
