import type { EventInput, SessionBody } from 'quantlaxmi/events';
import { createBinanceCapture, inferredInstrument } from 'quantlaxmi/venues/binance';
import { describe, expect, test } from 'vitest';
import { line, RX, SPOT_BTC, spotCapture, utf8 } from './messages.js';

const ticker = (u: number, more = ''): string =>
  `{"u":${u},"s":"BTCUSDT","b":"5","B":"1","a":"9","A":"1"${more}}`;

function feed(capture: ReturnType<typeof spotCapture>, lines: readonly Uint8Array[]): EventInput[] {
  return lines.flatMap((bytes) => capture.line(bytes, 0, bytes.length));
}

const facts = (events: readonly EventInput[]): SessionBody[] =>
  events.flatMap((event) => (event.t === 'Session' ? [event.body] : []));

describe('session', () => {
  test('BINANCE-8: starts with a Session fact and the instruments, ends with all counts', () => {
    const capture = spotCapture();
    expect(capture.stop()).toEqual([]);
    const [start, instrument, quote] = feed(capture, [line(ticker(1))]);
    expect(start).toEqual({
      t: 'Session',
      sv: 1,
      rx: RX,
      ts: null,
      src: 'BINANCE',
      body: {
        code: '',
        details: { market: 'spot', sessionId: 's', venue: 'BINANCE' },
        inst: null,
        kind: 'start',
      },
    });
    expect(instrument).toMatchObject({ t: 'Instrument', rx: RX, body: SPOT_BTC });
    expect(quote).toMatchObject({ t: 'Quote', rx: RX });
    const [stop] = capture.stop();
    expect(stop).toMatchObject({ t: 'Session', rx: RX, body: { kind: 'stop' } });
    expect(facts([stop as EventInput])[0]?.details).toMatchObject({ lines: 1, quotes: 1, gaps: 0 });
  });

  test('BINANCE-7: a receive time that steps back is kept at the time before, as a fact', () => {
    const capture = spotCapture();
    const events = feed(capture, [line(ticker(1)), line(ticker(2), -250), line(ticker(3), 10)]);
    const times = events.map((event) => event.rx);
    expect(times).toEqual([RX, RX, RX, RX, RX, RX + 10]);
    expect(facts(events)[1]).toEqual({
      code: 'QL_VENUE_CLOCK_STEP',
      details: { backUs: 250, receivedUs: RX - 250 },
      inst: null,
      kind: 'clock',
    });
    expect(capture.stats.clockSteps).toBe(1);
  });

  test('BINANCE-10: the same lines give the same events', () => {
    const lines = [line(ticker(1)), line('nonsense', 1), line(ticker(2), -9)];
    expect(feed(spotCapture(), lines)).toEqual(feed(spotCapture(), lines));
  });
});

describe('malformed', () => {
  test('BINANCE-1: a price that does not fit is a fact with its code and the message', () => {
    const capture = spotCapture();
    const events = feed(capture, [line(ticker(1).replace('"5"', '"5.001"')), line(ticker(2), 1)]);
    expect(facts(events)[1]).toMatchObject({
      kind: 'malformed',
      code: 'QL_FIXED_INEXACT',
      details: { byteLength: 57, excerpt: ticker(1).replace('"5"', '"5.001"') },
    });
    expect(capture.stats).toMatchObject({ malformed: 1, quotes: 1, lines: 2 });
  });

  test('BINANCE-5: excerpts are bounded and cannot move a cursor', () => {
    const capture = createBinanceCapture({
      market: 'spot',
      sessionId: 's',
      instruments: [SPOT_BTC],
      excerptBytes: 20,
    });
    const events = feed(capture, [line(`\u001b[2J\u0007é${'x'.repeat(100)}`)]);
    const { excerpt, byteLength } = facts(events)[1]?.details ?? {};
    expect(excerpt).toBe('\\u001b[2J\\u0007\\xc3\\xa9xxxxxxxxxxxxx…');
    expect(byteLength).toBe(107);
  });

  test('BINANCE-5: facts of one code are recorded up to the limit, and counted beyond', () => {
    const capture = spotCapture({ factLimit: 3 });
    const bad = Array.from({ length: 10 }, (_, i) => line('{"x":', i));
    const events = feed(capture, [...bad, line(ticker(1).replace('"5"', '"5e1"'), 20)]);
    expect(facts(events).map((fact) => fact.code)).toEqual([
      '',
      'QL_VENUE_FRAME',
      'QL_VENUE_FRAME',
      'QL_VENUE_FRAME',
      'QL_FIXED_SYNTAX',
    ]);
    expect(capture.stats.malformed).toBe(11);
    expect(facts(capture.stop())[0]?.details['malformed']).toBe(11);
  });

  test('BINANCE-5: lines without a receive time, and lines too long, are facts', () => {
    const capture = spotCapture();
    const events = feed(capture, [line(ticker(1)), utf8('hello'), utf8('')]);
    events.push(...capture.tooLong(10_485_760, utf8('1723161254087891268 {"stream":"')));
    expect(
      facts(events)
        .slice(1)
        .map((fact) => fact.code),
    ).toEqual(['QL_VENUE_LINE', 'QL_VENUE_LINE', 'QL_VENUE_LINE_TOO_LONG']);
    expect(facts(events)[3]?.details['byteLength']).toBe(10_485_760);
    expect(capture.stats).toMatchObject({ lines: 4, malformed: 3, quotes: 1 });
  });

  test('BINANCE-5: facts before the first receive time wait for it, else stand at 0', () => {
    const capture = spotCapture();
    expect(feed(capture, [utf8('hello'), utf8('world')])).toEqual([]);
    const events = feed(capture, [line(ticker(1))]);
    expect(facts(events).map((fact) => fact.code)).toEqual(['', 'QL_VENUE_LINE', 'QL_VENUE_LINE']);
    expect(events.map((event) => event.rx)).toEqual(events.map(() => RX));
    const untimed = spotCapture();
    expect(feed(untimed, [utf8('hello')])).toEqual([]);
    const all = untimed.stop();
    expect(facts(all).map((fact) => fact.kind)).toEqual(['start', 'malformed', 'stop']);
    expect(all.map((event) => event.rx)).toEqual([0, 0, 0, 0]);
  });

  test('BINANCE-5: a line of 10 MB that does come through is a fact, not a crash', () => {
    const capture = spotCapture();
    const events = feed(capture, [line(`{"x":"${'a'.repeat(10 << 20)}`)]);
    expect(facts(events)[1]?.code).toBe('QL_VENUE_FRAME');
    const whole = feed(capture, [line(`{"e":"24hrTicker","x":"${'a'.repeat(10 << 20)}"}`, 1)]);
    expect(facts(whole).map((fact) => fact.code)).toEqual(['QL_VENUE_UNKNOWN_STREAM']);
  });
});

describe('what is not recorded', () => {
  test('BINANCE-9: unknown types and symbols are named once each and counted', () => {
    const capture = spotCapture();
    const day = '{"e":"24hrTicker","E":1,"s":"BTCUSDT","c":"5"}';
    const other = ticker(1).replace('BTCUSDT', '__proto__');
    const events = feed(capture, [line(day), line(day), line(other), line(other), line(other)]);
    expect(
      facts(events)
        .slice(1)
        .map((fact) => [fact.code, fact.details['name']]),
    ).toEqual([
      ['QL_VENUE_UNKNOWN_STREAM', '24hrTicker'],
      ['QL_VENUE_UNKNOWN_SYMBOL', '__proto__'],
    ]);
    expect(capture.stats).toMatchObject({ unknownStreams: 2, unknownSymbols: 3, malformed: 0 });
  });

  test('BINANCE-9: the names remembered are bounded, the counts are not', () => {
    const capture = spotCapture();
    const lines = Array.from({ length: 1000 }, (_, i) => line(`{"e":"type${i}"}`, i));
    expect(facts(feed(capture, lines)).length).toBe(1 + 256);
    expect(capture.stats.unknownStreams).toBe(1000);
  });

  test('BINANCE-9: answers and switched-off aggregated trades are counted without a fact', () => {
    const trade = '{"e":"aggTrade","E":1,"s":"BTCUSDT","a":1,"p":"5","q":"1","T":1,"m":true}';
    const lines = [line('{"result":null,"id":1}'), line(trade, 1)];
    const off = spotCapture();
    expect(facts(feed(off, lines)).length).toBe(1);
    expect(off.stats).toMatchObject({ ignored: 2, trades: 0 });
    const on = spotCapture({ aggTrades: true });
    feed(on, lines);
    expect(on.stats).toMatchObject({ ignored: 1, trades: 1 });
  });
});

describe('instruments', () => {
  const info = (tick: string): string =>
    JSON.stringify({
      symbols: [
        {
          symbol: 'BTCUSDT',
          status: 'TRADING',
          baseAsset: 'BTC',
          quoteAsset: 'USDT',
          filters: [
            { filterType: 'PRICE_FILTER', minPrice: '0', maxPrice: '0', tickSize: tick },
            { filterType: 'LOT_SIZE', minQty: '0.001', maxQty: '9', stepSize: '0.001' },
          ],
        },
        { symbol: 'BROKEN' },
      ],
    });

  test('BINANCE-8: metadata that changes is declared again from there on', () => {
    const capture = spotCapture();
    const events = feed(capture, [
      line(info('0.01')),
      line(info('0.01'), 1),
      line(info('0.1000'), 2),
      line(ticker(1).replace('"5"', '"5.1"'), 3),
    ]);
    const declared = events.flatMap((e) => (e.t === 'Instrument' ? [[e.rx - RX, e.body]] : []));
    const grid = { priceExponent: -2, qtyExponent: -8 };
    expect(declared).toMatchObject([
      [0, { ...grid, inferred: true, tick: 1, lot: 1 }],
      [0, { ...grid, inferred: false, tick: 1, lot: 100_000, maxQty: 900_000_000 }],
      [2, { ...grid, inferred: false, tick: 10, lot: 100_000 }],
    ]);
    expect(events.at(-1)).toMatchObject({ t: 'Quote', body: { bid: 510, bidQty: 1e8 } });
    expect(capture.stats.malformed).toBe(0);
  });

  test('BINANCE-8: metadata that cannot be read is a malformed fact', () => {
    const capture = spotCapture();
    const broken = info('0.01').replace('"tickSize"', '"tick"');
    expect(facts(feed(capture, [line(broken)]))[1]?.code).toBe('QL_VENUE_EXCHANGE_INFO');
  });

  test('BINANCE-2: snapshots go to the only instrument, or to the one that is named', () => {
    const snapshot = '{"lastUpdateId":5,"bids":[["5","1"]],"asks":[["9","1"]]}';
    const eth = inferredInstrument({
      market: 'spot',
      symbol: 'ETHUSDT',
      priceDecimals: 2,
      qtyDecimals: 4,
    });
    const two = { market: 'spot', sessionId: 's', instruments: [SPOT_BTC, eth] } as const;
    const none = createBinanceCapture(two);
    expect(facts(feed(none, [line(snapshot)]))[1]?.code).toBe('QL_VENUE_FRAME');
    const named = createBinanceCapture({ ...two, snapshotSymbol: 'ETHUSDT' });
    expect(feed(named, [line(snapshot)]).at(-1)).toMatchObject({
      t: 'BookSnapshot',
      body: { inst: 'BINANCE:SPOT:ETHUSDT' },
    });
    const given = none.message(utf8(snapshot), RX + 5, 'BTCUSDT');
    expect(given).toMatchObject([{ t: 'BookSnapshot', body: { inst: 'BINANCE:SPOT:BTCUSDT' } }]);
  });
});
