import type { EventInput, SessionBody } from 'quantlaxmi/events';
import { createMarketView } from 'quantlaxmi/market';
import {
  type BinanceCapture,
  type BinanceCaptureOptions,
  createBinanceCapture,
} from 'quantlaxmi/venues/binance';
import type { RawRecord } from 'quantlaxmi/venues/feed';
import { describe, expect, test } from 'vitest';
import { RX, SPOT_BTC, USDM_BTC, utf8 } from './messages.js';

const INST = 'BINANCE:USDM:BTCUSDT';

function usdmCapture(options: Partial<BinanceCaptureOptions> = {}): BinanceCapture {
  return createBinanceCapture({
    market: 'usdm',
    sessionId: 's',
    instruments: [USDM_BTC],
    ...options,
  });
}

const frame = (text: string, later = 0, conn = 1): RawRecord => ({
  kind: 'frame',
  rx: RX + later,
  conn,
  binary: false,
  bytes: utf8(text),
});

const answer = (url: string, text: string, more: { status?: number; later?: number } = {}) => {
  const { status = 200, later = 0 } = more;
  const rx = RX + later;
  return { kind: 'answer', rx, tookUs: 4000, status, url, bytes: utf8(text) } as const;
};

type Details = SessionBody['details'];
const fact = (
  kind: SessionBody['kind'],
  code: string,
  details: Details = {},
  inst: string | null = null,
): RawRecord => ({ kind: 'fact', rx: RX, body: { kind, code, inst, details } });

const delta = (pu: number, u: number): string =>
  `{"e":"depthUpdate","E":5,"T":4,"s":"BTCUSDT","U":${u},"u":${u},"pu":${pu},` +
  '"b":[["5.0","1"]],"a":[]}';
const trade = (id: number): string =>
  `{"e":"trade","E":5,"T":4,"s":"BTCUSDT","t":${id},"p":"5.0","q":"1","m":true}`;
const snapshot = (id: number, later = 0, tookUs = 0): RawRecord => {
  const text = `{"lastUpdateId":${id},"E":5,"T":4,"bids":[["4.0","1"]],"asks":[["9.0","1"]]}`;
  return { ...answer('/fapi/v1/depth?symbol=BTCUSDT&limit=1000', text, { later }), tookUs };
};

const run = (capture: BinanceCapture, records: readonly RawRecord[]): EventInput[] =>
  records.flatMap((record) => capture.record(record));
const codes = (events: readonly EventInput[]): string[] =>
  events.flatMap((event) =>
    event.t === 'Session' ? [`${event.body.kind} ${event.body.code}`.trim()] : [],
  );

const INFO = JSON.stringify({
  symbols: ['BTCUSDT', 'ETHUSDT', 'XRPUSDT'].map((symbol) => ({
    symbol,
    status: 'TRADING',
    contractType: 'PERPETUAL',
    baseAsset: symbol.slice(0, 3),
    quoteAsset: 'USDT',
    marginAsset: 'USDT',
    filters: [
      { filterType: 'PRICE_FILTER', tickSize: symbol === 'XRPUSDT' ? 'x' : '0.10' },
      { filterType: 'LOT_SIZE', minQty: '0.001', maxQty: '1000', stepSize: '0.001' },
    ],
  })),
});

describe('declarations', () => {
  test('BINANCE-8: wanted symbols are declared when the answer comes, before any data', () => {
    const wanted = ['BTCUSDT', 'ETHUSDT', 'XRPUSDT', 'NOPE'];
    const capture = usdmCapture({ instruments: [], symbols: wanted });
    const first = capture.record(frame(trade(1)));
    expect(codes(first)).toEqual(['start', 'malformed QL_VENUE_UNKNOWN_SYMBOL']);
    const events = capture.record(answer('/fapi/v1/exchangeInfo', INFO));
    const declared = events.flatMap((e) => (e.t === 'Instrument' ? [e.body.symbol] : []));
    expect(declared).toEqual(['BTCUSDT', 'ETHUSDT']);
    expect(codes(events)).toEqual([
      'malformed QL_VENUE_EXCHANGE_INFO',
      'malformed QL_VENUE_UNKNOWN_SYMBOL',
    ]);
    expect(capture.symbols()).toEqual(['BTCUSDT', 'ETHUSDT']);
    expect(capture.instrument('NOPE')).toBeNull();
    expect(capture.record(frame(trade(2)))).toMatchObject([{ t: 'Trade' }]);
    // The same answer again declares nothing again.
    const again = capture.record(answer('/fapi/v1/exchangeInfo', INFO));
    expect(again.filter((event) => event.t === 'Instrument')).toEqual([]);
  });

  test('BINANCE-14: with marks the price exponent is -8 from the start, the tick stays', () => {
    const capture = usdmCapture({ instruments: [], symbols: ['BTCUSDT'], marks: true });
    const [, instrument] = capture.record(answer('/fapi/v1/exchangeInfo', INFO));
    expect(instrument).toMatchObject({ body: { priceExponent: -8, tick: 1e7, qtyExponent: -3 } });
    const mark =
      '{"e":"markPriceUpdate","E":5,"s":"BTCUSDT","p":"61837.12345678","i":"61840.1",' +
      '"r":"0.00010000","T":0}';
    expect(capture.record(frame(mark))).toMatchObject([
      {
        t: 'Funding',
        ts: 5000,
        body: { mark: 6183712345678, index: 6184010000000, rateE8: 10000 },
      },
    ]);
  });

  test('BINANCE-14: finer digits declare the instrument again; the book waits', () => {
    const capture = usdmCapture({ finerDigits: 'redeclare' });
    const view = createMarketView();
    const take = (record: RawRecord): EventInput[] => {
      const events = capture.record(record);
      for (const event of events) view.onEvent(event);
      expect(view.book(INST).synced).toBe(capture.synced('BTCUSDT'));
      return events;
    };
    take(frame(delta(1, 2)));
    take(snapshot(2));
    take(frame(delta(2, 3)));
    expect(capture.synced('BTCUSDT')).toBe(true);
    const finer = take(frame(delta(3, 4).replace('"5.0"', '"5.01234567"')));
    expect(finer).toMatchObject([
      { t: 'Instrument', body: { priceExponent: -8, tick: 1e7, lot: 1 } },
      { t: 'BookDelta', body: { bids: [[501234567, 1000]] } },
    ]);
    expect(capture.unsynced()).toEqual(['BTCUSDT']);
    expect(codes(take(snapshot(4)))).toEqual(['resync']);
    // Nine decimals are damage, and so is a quantity beside which the limits do not fit.
    expect(codes(take(frame(trade(1).replace('5.0', '5.012345678'))))).toEqual([
      'malformed QL_FIXED_INEXACT',
    ]);
    // Control: without the choice the message is refused.
    const refusing = usdmCapture();
    const refused = refusing.record(frame(delta(3, 4).replace('"5.0"', '"5.01234567"')));
    expect(codes(refused)).toEqual(['start', 'malformed QL_FIXED_INEXACT']);
  });
});

describe('facts of the feed', () => {
  test('BINANCE-12: after a disconnect the book waits, and what is missing is a gap', () => {
    const capture = usdmCapture();
    const view = createMarketView();
    const take = (record: RawRecord): EventInput[] => {
      const events = capture.record(record);
      for (const event of events) view.onEvent(event);
      expect(view.book(INST).synced).toBe(capture.synced('BTCUSDT'));
      return events;
    };
    take(fact('connected', '', { attempt: 1, conn: 1, link: '0' }));
    expect(capture.unsynced()).toEqual([]);
    for (const record of [frame(delta(1, 2)), frame(trade(7))]) take(record);
    expect(capture.unsynced()).toEqual(['BTCUSDT']);
    take(snapshot(2));
    expect([capture.synced('BTCUSDT'), capture.unsynced()]).toEqual([true, []]);
    const details = { conn: 1, link: '0', closeCode: 1006, reason: 'gone' };
    const [gone] = take(fact('disconnected', 'QL_FEED_CLOSED', details));
    expect(gone).toMatchObject({ t: 'Session', body: { kind: 'disconnected', details } });
    expect([capture.synced('BTCUSDT'), capture.unsynced()]).toEqual([false, []]);
    take(fact('connected', 'QL_FEED_RECONNECTED', { attempt: 1, conn: 2, link: '0' }));
    const missing = take(frame(delta(5, 6), 0, 2));
    expect(missing[0]).toMatchObject({
      body: { code: 'QL_VENUE_SEQUENCE_GAP', details: { afterSeq: 2, missingTo: 5 } },
    });
    expect(codes(take(frame(trade(10), 0, 2)))).toEqual(['gap QL_VENUE_TRADE_GAP']);
    expect(capture.unsynced()).toEqual(['BTCUSDT']);
    // Asked for before the connection was lost, a snapshot says nothing about what came since.
    expect(codes(take(snapshot(6, 0, 10)))).toEqual(['gap QL_VENUE_SNAPSHOT_UNUSABLE']);
    expect(codes(take(snapshot(6)))).toEqual(['resync']);
    expect(codes(take(frame(delta(6, 7), 0, 2)))).toEqual([]);
    expect([capture.lastUpdate('BTCUSDT'), capture.lastUpdate('NOPE')]).toEqual([7, -1]);
    expect([capture.lastRx('BTCUSDT', 'Trade'), capture.lastRx('BTCUSDT', 'Bar')]).toEqual([RX, 0]);
  });

  test('BINANCE-12: a disconnect of one link leaves the books of the others alone', () => {
    const eth = { ...USDM_BTC, symbol: 'ETHUSDT', instrumentId: 'BINANCE:USDM:ETHUSDT' };
    const capture = usdmCapture({ instruments: [USDM_BTC, eth] });
    const other = (record: RawRecord): RawRecord => {
      const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
      if (record.kind === 'fact') return record;
      const bytes = utf8(text(record.bytes).replace('BTC', 'ETH'));
      return record.kind === 'answer'
        ? { ...record, bytes, url: record.url.replace('BTC', 'ETH') }
        : { ...record, bytes };
    };
    for (const record of [frame(delta(1, 2)), snapshot(2)]) run(capture, [record, other(record)]);
    expect([capture.synced('BTCUSDT'), capture.synced('ETHUSDT')]).toEqual([true, true]);
    const details = { conn: 1, link: '0', closeCode: 1006, reason: '' };
    capture.record(fact('disconnected', 'QL_FEED_CLOSED', details, INST));
    expect([capture.synced('BTCUSDT'), capture.synced('ETHUSDT')]).toEqual([false, true]);
  });

  test('BINANCE-12: a capture restored from the log goes on as the one that wrote it', () => {
    const before = [frame(delta(1, 2)), snapshot(2), frame(delta(2, 3)), frame(trade(7))];
    const after = [
      fact('gap', 'QL_FEED_RESTARTED', { lastRx: RX, lastSeq: 9 }),
      fact('connected', '', { attempt: 1, conn: 1, link: '0' }),
      frame(delta(8, 9), 10),
      frame(trade(9), 10),
      snapshot(9, 15),
      frame(delta(9, 10), 20),
    ];
    const whole = usdmCapture();
    const log = run(whole, before);
    const expected = run(whole, after);
    const restored = usdmCapture();
    for (const event of log) restored.restore(event);
    expect([restored.lastUpdate('BTCUSDT'), restored.synced('BTCUSDT')]).toEqual([3, true]);
    const events = run(restored, after);
    expect(events).toEqual(expected);
    expect(codes(events)).toEqual([
      'gap QL_FEED_RESTARTED',
      'connected',
      'gap QL_VENUE_SEQUENCE_GAP',
      'gap QL_VENUE_TRADE_GAP',
      'resync',
    ]);
    // Control: a capture that knows nothing of the log starts a session and sees no gap.
    expect(codes(run(usdmCapture(), after))).not.toContain('gap QL_VENUE_SEQUENCE_GAP');
    expect(restored.stop()).toMatchObject([{ body: { kind: 'stop' } }]);
  });

  test('BINANCE-7: a record whose time steps back is a clock fact, at the time before', () => {
    const capture = usdmCapture();
    const events = run(capture, [frame(trade(1), 100), frame(trade(2), 40)]);
    expect(codes(events)).toEqual(['start', 'clock QL_VENUE_CLOCK_STEP']);
    expect(new Set(events.map((event) => event.rx))).toEqual(new Set([RX + 100]));
  });

  test('BINANCE-9: answers to subscriptions are counted, also the refusals', () => {
    const capture = usdmCapture();
    const texts = ['{"result":null,"id":1}', '{"error":{"code":2,"msg":"x"},"id":3}'];
    const events = run(
      capture,
      [...texts, '{"code":2,"msg":"x"}'].map((text) => frame(text)),
    );
    expect([codes(events), capture.stats.ignored]).toEqual([['start'], 3]);
  });
});

describe('answers', () => {
  test('BINANCE-13: another status than 200 is a fact with status, address and excerpt', () => {
    const capture = usdmCapture();
    const url = '/fapi/v1/depth?symbol=BTCUSDT&limit=1000';
    const body = '{"code":-1003,"msg":"Too many requests\\u0007"}';
    const events = capture.record(answer(url, body, { status: 429 }));
    expect(events.at(-1)).toMatchObject({
      body: { kind: 'malformed', code: 'QL_VENUE_HTTP', details: { status: 429, url } },
    });
    expect(capture.stats.malformed).toBe(1);
  });

  test('BINANCE-13: the server time gives the offset of clocks, from mid-request', () => {
    const capture = usdmCapture();
    const serverMs = Math.floor(RX / 1000) + 250;
    const time = `{"serverTime":${serverMs}}`;
    const offset = capture.record(answer('/fapi/v1/time', time)).at(-1);
    expect(offset).toMatchObject({
      body: {
        kind: 'clock',
        code: 'QL_VENUE_CLOCK_OFFSET',
        details: { offsetUs: serverMs * 1000 - (RX - 2000), roundTripUs: 4000 },
      },
    });
  });

  test('BINANCE-13: mark prices, funding rates and open interest of the symbols recorded', () => {
    const capture = usdmCapture();
    const mark = (symbol: string, more = ''): string =>
      `{"symbol":"${symbol}","markPrice":"61837.1","indexPrice":"61840.2",` +
      `"lastFundingRate":"-0.00012345","nextFundingTime":1723161600000,"time":5${more}}`;
    const list = `[${mark('BTCUSDT')},${mark('ETHUSDT')},{"symbol":7},${mark('BTCUSDT')}]`;
    const events = run(capture, [
      answer('/fapi/v1/premiumIndex?symbol=BTCUSDT', mark('BTCUSDT', ',"interestRate":"0.0001"')),
      answer('/fapi/v1/premiumIndex', list),
      answer(
        '/fapi/v1/fundingRate?symbol=BTCUSDT',
        '[{"symbol":"BTCUSDT","fundingRate":"0.0001","fundingTime":1723132800000,"markPrice":""},' +
          '{"symbol":"BTCUSDT","fundingRate":"0.0002","fundingTime":1723161600000,' +
          '"markPrice":"6.1"}]',
      ),
      answer(
        '/fapi/v1/openInterest?symbol=BTCUSDT',
        '{"symbol":"BTCUSDT","openInterest":"26286.181"}',
      ),
    ]);
    const body = { inst: INST, intervalUs: null };
    const funding = { ...body, mark: 618371, index: 618402, rateE8: -12345 };
    expect(events.filter((e) => e.t === 'Funding').map((e) => [e.ts, e.body])).toEqual([
      ...Array.from({ length: 3 }, () => [5000, { ...funding, nextFundingTs: 1723161600000000 }]),
      [1723161600000000, { ...body, mark: 61, index: null, rateE8: 20000, nextFundingTs: null }],
    ]);
    expect(events.at(-1)).toMatchObject({
      t: 'Stats',
      body: { openInterest: 26286181, last: null },
    });
    expect(codes(events)).toEqual(['start', 'malformed QL_VENUE_ANSWER']);
    expect(capture.stats).toMatchObject({ answers: 4, fundings: 4, stats: 1, ignored: 2 });
  });

  test('BINANCE-13: an address that is not known is named once', () => {
    const capture = usdmCapture();
    const url = '/fapi/v1/fundingInfo';
    const events = run(capture, [answer(url, '[]'), answer(url, '[]')]);
    expect(codes(events)).toEqual(['start', 'malformed QL_VENUE_UNKNOWN_STREAM']);
    expect(capture.stats.unknownStreams).toBe(2);
  });

  test('BINANCE-9: what is pushed is never taken for an answer', () => {
    const bare = '{"lastUpdateId":9,"bids":[["4.0","1"]],"asks":[["9.0","1"]]}';
    const spot = { market: 'spot', instruments: [SPOT_BTC] } as const;
    const none = usdmCapture(spot);
    none.record(frame(bare));
    expect(none.stats).toMatchObject({ snapshots: 0, unknownStreams: 1 });
    // On a connection for that one stream it is the partial book it was asked for.
    const partial = usdmCapture({ ...spot, partialDepth: ['BTCUSDT'] });
    const [, , event] = partial.record(frame(bare));
    expect(event).toMatchObject({ t: 'BookSnapshot', body: { venueSeq: 9, bids: [[400, 1e8]] } });
    expect([partial.synced('BTCUSDT'), partial.unsynced()]).toEqual([true, []]);
  });
});
