import { type EventInput, eventSchema } from 'quantlaxmi/events';
import { createMarketView } from 'quantlaxmi/market';
import { encodeTick, kiteFrame, kiteHeartbeat } from 'quantlaxmi/testing';
import { type KiteTick, kiteCapture } from 'quantlaxmi/venues/zerodha';
import { describe, expect, test } from 'vitest';
import { codesOf, eventsOf, frame, instruments, NIFTY_ROW, RX, text, utf8 } from './lines.js';
import { KITE_TICKS, recordedTicks } from './recorded-ticks.js';
import { LEVELS, niftyCapture, packets, tickOf } from './sample-ticks.js';
import { haveKite } from './shared.js';

describe('ticks to events', () => {
  test('KITE-4: a full tick is a book, a quote and statistics; absent values are null', () => {
    const capture = niftyCapture();
    const events = capture.record(frame(packets(tickOf())));
    expect(events.map((event) => event.t)).toEqual([
      'Session',
      'Instrument',
      'Instrument',
      'Instrument',
      'Instrument',
      'BookSnapshot',
      'Quote',
      'Stats',
    ]);
    const schema = eventSchema();
    for (const event of events) expect(schema.safeParse({ seq: 1, ...event }).success).toBe(true);
    const [book] = eventsOf(events, 'BookSnapshot');
    expect([book?.rx, book?.ts]).toEqual([RX, 1_766_992_620_000_000]);
    expect(book?.body.bids[4]).toEqual([9960, 79]);
    expect(eventsOf(events, 'Quote')[0]?.body).toEqual({
      ask: 10010,
      askQty: 150,
      bid: 10000,
      bidQty: 75,
      inst: 'NSE:FO:NIFTY25DECFUT',
      venueSeq: null,
    });
    expect(eventsOf(events, 'Stats')[0]?.body).toEqual({
      close: 9950,
      high: 10100,
      inst: 'NSE:FO:NIFTY25DECFUT',
      last: 10005,
      low: 9800,
      open: 9900,
      openInterest: 5000,
      turnover: null,
      volume: 750,
    });
    expect([capture.lastRx(12683010), capture.mode(12683010)]).toEqual([RX, 'full']);
    expect([capture.lastRx(408065), capture.mode(408065)]).toEqual([0, null]);
  });

  test('KITE-4: ltp, quote and index ticks say nothing of what they do not hold', () => {
    const capture = niftyCapture();
    const quote = { exchangeTime: null, lastTradeTime: null, bids: null, asks: null };
    const ticks: KiteTick[] = [
      tickOf({ mode: 'ltp', token: 408065 }),
      tickOf({ ...quote, mode: 'quote', token: 408065, open: 0, high: 0, low: 0 }),
      tickOf({ token: 256265, change: 5, last: 0 }),
      tickOf({ token: 408065 }),
    ];
    const stats = eventsOf(capture.record(frame(packets(...ticks))), 'Stats');
    const held = { turnover: null, inst: 'NSE:EQ:INFY', last: 10005, openInterest: null };
    const prices = { close: 9950, high: 10100, low: 9800, open: 9900 };
    const none = { close: null, high: null, low: null, open: null };
    expect(stats.map((event) => event.body)).toEqual([
      { ...held, ...none, volume: null },
      { ...held, ...none, close: 9950, volume: 750 },
      { ...held, ...prices, inst: 'NSE:INDEX:NIFTY 50', last: null, volume: null },
      // An equity has no open interest: the 0 of its packets says nothing.
      { ...held, ...prices, volume: 750 },
    ]);
    expect(stats.map((event) => event.ts)).toEqual([null, null, RX, RX]);
    expect([capture.stats.stats, capture.stats.quotes, capture.stats.snapshots]).toEqual([4, 1, 1]);
  });

  test('KITE-4: empty levels are left out; an empty side has no price', () => {
    const empty = LEVELS.map(() => ({ price: 0, qty: 0, orders: 0 }));
    const market = [{ price: 0, qty: 900, orders: 4 }, ...tickOf().bids!.slice(0, 4)];
    const capture = niftyCapture();
    const events = capture.record(frame(packets(tickOf({ asks: empty, bids: market }))));
    const [book] = eventsOf(events, 'BookSnapshot');
    expect(book?.body.asks).toEqual([]);
    expect(book?.body.bids.map(([price]) => price)).toEqual([10000, 9990, 9980, 9970]);
    const [quote] = eventsOf(events, 'Quote');
    expect([quote?.body.ask, quote?.body.askQty, quote?.body.bid]).toEqual([null, 0, 10000]);
  });

  test('KITE-4: an unchanged tick that comes again is recorded again; sequences rise', () => {
    const capture = niftyCapture();
    const frames = [0, 0, 0, 7].map((later) => frame(packets(tickOf()), later));
    const books = frames.flatMap((one) => eventsOf(capture.record(one), 'BookSnapshot'));
    expect(books.map(({ body }) => body.venueSeq - RX)).toEqual([0, 1, 2, 7]);
  });

  test.runIf(haveKite(KITE_TICKS))('KITE-5: the 271 recorded ticks, nothing unexplained', () => {
    const ticks = recordedTicks();
    const capture = kiteCapture({ sessionId: 's', instruments: instruments(NIFTY_ROW) });
    const view = createMarketView();
    const events: EventInput[] = [];
    ticks.forEach((tick, i) => {
      const hex = [...packets(tick)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
      const line = utf8(`${tick.exchangeTime}${String(i).padStart(6, '0')} ${hex}`);
      for (const event of capture.line(line, 0, line.length)) {
        events.push(event);
        view.onEvent(event);
      }
      const book = view.book('NSE:FO:NIFTY25DECFUT');
      expect(book.bestBid()?.[0]).toBe(tick.bids?.[0]?.price);
      expect(book.levels('ask').map(([price]) => price)).toEqual(tick.asks?.map((l) => l.price));
    });
    const { malformed, quotes, snapshots, stats, unknownTokens } = capture.stats;
    expect([ticks.length, stats, quotes, snapshots]).toEqual([271, 271, 271, 271]);
    expect([malformed, unknownTokens]).toEqual([0, 0]);
    expect(codesOf(events)).toEqual(['start']);
  });
});

describe('faults are facts', () => {
  test('KITE-6: a bad packet costs itself only, a bad frame the frame', () => {
    const capture = niftyCapture();
    capture.record(frame(kiteHeartbeat()));
    const bad = kiteFrame([encodeTick(tickOf()), new Uint8Array(20), encodeTick(tickOf())]);
    const events = capture.record(frame(bad));
    expect(events.map((event) => event.t).join()).toBe(
      'BookSnapshot,Quote,Stats,Session,BookSnapshot,Quote,Stats',
    );
    const { code, details } = eventsOf(events, 'Session')[0]!.body;
    expect([code, details['byteLength'], details['excerpt']]).toEqual([
      'QL_KITE_FRAME',
      20,
      '00'.repeat(20),
    ]);
    const cut = capture.record(frame(packets(tickOf()).slice(0, 100)));
    expect(codesOf(cut)).toEqual(['QL_KITE_FRAME']);
    expect([capture.stats.malformed, capture.stats.packets, capture.stats.heartbeats]).toEqual([
      2, 3, 1,
    ]);
  });

  test('KITE-6: a tick that contradicts itself is not recorded', () => {
    const wrong: Partial<KiteTick>[] = [{ low: 10200 }, { last: -1 }];
    const capture = niftyCapture();
    capture.record(frame(kiteHeartbeat()));
    for (const change of wrong) {
      const events = capture.record(frame(packets(tickOf(change))));
      expect(codesOf(events)).toEqual(['QL_KITE_TICK']);
      expect(events.length).toBe(1);
      expect(eventsOf(events, 'Session')[0]?.body.inst).toBe('NSE:FO:NIFTY25DECFUT');
    }
    // Crude oil did trade below zero.
    const crude = tickOf({ token: 58424839, last: -100, low: -200, bids: null, asks: null });
    const ltp = capture.record(frame(packets({ ...crude, mode: 'ltp' })));
    expect(eventsOf(ltp, 'Stats')[0]?.body.last).toBe(-100);
  });

  test('KITE-6: a depth that contradicts itself is not recorded, the rest of the tick is', () => {
    const bids = tickOf().bids!;
    const asks = tickOf().asks!;
    const wrong: [Partial<KiteTick>, RegExp][] = [
      [{ bids: [bids[1]!, bids[0]!, ...bids.slice(2)] }, /depth, bid 2 is not worse/],
      [{ asks: [asks[0]!, asks[0]!, ...asks.slice(2)] }, /depth, ask 2 is not worse/],
      [{ asks: [{ price: -5, qty: 1, orders: 1 }, ...asks.slice(1)] }, /ask 1 has price -5/],
    ];
    for (const [change, message] of wrong) {
      const inst = 'NSE:FO:NIFTY25DECFUT';
      const capture = kiteCapture({
        sessionId: 's',
        instruments: instruments(NIFTY_ROW),
        factLimit: 1,
      });
      const view = createMarketView();
      const run = (tick: Partial<KiteTick>): EventInput[] => {
        const events = capture.record(frame(packets(tickOf(tick))));
        for (const event of events) view.onEvent(event);
        return events;
      };
      run({});
      expect(view.book(inst).synced).toBe(true);
      const refused = run({ ...change, last: 10006, volume: 751 });
      expect(refused.map(({ t }) => t)).toEqual(['Session', 'Stats', 'Session']);
      const [stats] = eventsOf(refused, 'Stats');
      expect([stats?.body.last, stats?.body.volume]).toEqual([10006, 751]);
      expect(stats?.body.openInterest).toBe(5000);
      const [gap, malformed] = eventsOf(refused, 'Session').map(({ body }) => body);
      expect([gap?.kind, gap?.code, gap?.inst]).toEqual(['gap', 'QL_KITE_TICK', inst]);
      expect([malformed?.kind, malformed?.code]).toEqual(['malformed', 'QL_KITE_TICK']);
      expect(malformed?.details['message']).toMatch(message);
      expect(view.book(inst).synced).toBe(false);
      // Told once until the next snapshot; and then again, however many facts there were.
      expect(run(change).map(({ t }) => t)).toEqual(['Stats']);
      run({});
      expect(view.book(inst).synced).toBe(true);
      run(change);
      expect(view.book(inst).synced).toBe(false);
      expect([capture.stats.stats, capture.stats.snapshots, capture.stats.malformed]).toEqual([
        5, 2, 3,
      ]);
    }
  });

  test('KITE-6: a token without an instrument is named once and counted', () => {
    const capture = niftyCapture();
    const unknown = tickOf({ token: 12683266 });
    const events = [0, 1, 2].flatMap((i) => capture.record(frame(packets(unknown), i)));
    expect(codesOf(events)).toEqual(['start', 'QL_VENUE_UNKNOWN_SYMBOL']);
    expect(eventsOf(events, 'Session')[1]?.body.details).toEqual({ name: '12683266' });
    expect(capture.stats.unknownTokens).toBe(3);
  });

  test('KITE-6: facts of one code are bounded, counts are not', () => {
    const capture = kiteCapture({ sessionId: 's', factLimit: 3, excerptBytes: 4 });
    const events = Array.from({ length: 9 }, () =>
      capture.record(frame(new Uint8Array(50))),
    ).flat();
    expect(codesOf(events)).toEqual(['start', ...Array(3).fill('QL_KITE_FRAME')]);
    expect(eventsOf(events, 'Session')[1]?.body.details['excerpt']).toBe('00000000…');
    expect(capture.stats.malformed).toBe(9);
    expect(eventsOf(capture.stop(), 'Session')[0]?.body.details['malformed']).toBe(9);
  });

  test('KITE-7: receive times do not step back', () => {
    const capture = niftyCapture();
    const events = [9, 4, 12].flatMap((later) => capture.record(frame(packets(tickOf()), later)));
    expect(codesOf(events)).toEqual(['start', 'QL_VENUE_CLOCK_STEP']);
    expect(eventsOf(events, 'Stats').map(({ rx }) => rx - RX)).toEqual([9, 9, 12]);
    expect(eventsOf(events, 'BookSnapshot').map(({ body }) => body.venueSeq - RX)).toEqual([
      9, 10, 12,
    ]);
  });

  test('KITE-6: lines that are no records are facts, however they are broken', () => {
    const capture = niftyCapture();
    const hex = '0001000800063a0100026683';
    const lines = [
      `1766992620000 ${hex}`,
      '1766992620000 AAEACAAGOgEAAmaD',
      `1766992620000001 #1b AAEACAAGOgEAAmaD`,
      '1766992620000 zz',
      `17 ${hex}`,
      hex,
      '',
      '1766992620000001 #1b *',
      '1766992620000001 @head {}',
    ];
    const events = lines.flatMap((line) => capture.line(utf8(line), 0, line.length));
    expect(eventsOf(events, 'Stats').map(({ body }) => body.last)).toEqual([
      157315, 157315, 157315,
    ]);
    expect(codesOf(events).slice(1)).toEqual([
      'QL_BAD_INPUT',
      'QL_VENUE_LINE',
      'QL_VENUE_LINE',
      'QL_VENUE_LINE',
      'QL_VENUE_LINE',
      'QL_VENUE_LINE',
    ]);
    expect(codesOf(capture.tooLong(9_000_000, utf8('x')))).toEqual(['QL_VENUE_LINE_TOO_LONG']);
  });

  test('texts: errors and messages are told, unknown types named once, orders counted', () => {
    const capture = niftyCapture();
    const texts = [
      '{"type":"error","data":"Invalid mode\u0007"}',
      '{"type":"message","data":"Markets close early"}',
      '{"type":"order","data":{}}',
      '{"type":"new","data":1}',
      '{"type":"new"}',
      '{"type":"order"',
      '[]',
      '{"data":1}',
      '{"type":"error","data":{"a":1}}',
    ];
    const events = texts.flatMap((message) => capture.record(text(message)));
    expect(codesOf(events)).toEqual([
      'start',
      'QL_JSON_SYNTAX',
      'QL_KITE_MESSAGE',
      'QL_VENUE_UNKNOWN_STREAM',
      'QL_JSON_SYNTAX',
      'QL_KITE_TEXT',
      'QL_KITE_TEXT',
      'QL_KITE_TEXT',
    ]);
    const told = capture.record(text('{"type":"error","data":"Invalid mode"}'));
    expect(eventsOf(told, 'Session')[0]?.body).toEqual({
      code: 'QL_KITE_REFUSED',
      details: { excerpt: '{"type":"error","data":"Invalid mode"}' },
      inst: null,
      kind: 'malformed',
    });
    expect([capture.stats.orders, capture.stats.unknownTypes, capture.stats.notices]).toEqual([
      1, 2, 2,
    ]);
  });
});
