import { type EventInput, eventSchema } from 'quantlaxmi/events';
import { createMarketView } from 'quantlaxmi/market';
import { encodeTick, kiteFrame, kiteHeartbeat } from 'quantlaxmi/testing';
import { type KiteTick, kiteCapture } from 'quantlaxmi/venues/zerodha';
import { describe, expect, test } from 'vitest';
import {
  CRUDE_ROW,
  codesOf,
  dump,
  eventsOf,
  fact,
  frame,
  INDEX_ROW,
  INFY_ROW,
  instruments,
  NIFTY_ROW,
  RX,
  text,
  utf8,
} from './lines.js';
import { KITE_TICKS, recordedTicks } from './recorded-ticks.js';
import { codeOf, haveKite } from './shared.js';

const LEVELS = [0, 1, 2, 3, 4];

/** A full tick of a future whose best bid is 100.00. */
function tickOf(wrong: Partial<KiteTick> = {}): KiteTick {
  return {
    token: 12683010,
    exponent: -2,
    tradable: true,
    mode: 'full',
    last: 10005,
    lastQty: 75,
    averagePrice: 10001,
    volume: 750,
    buyQty: 10,
    sellQty: 20,
    open: 9900,
    high: 10100,
    low: 9800,
    close: 9950,
    change: null,
    lastTradeTime: 1_766_992_619,
    openInterest: 5000,
    openInterestHigh: 5100,
    openInterestLow: 4900,
    exchangeTime: 1_766_992_620,
    bids: LEVELS.map((i) => ({ price: 10000 - i * 10, qty: 75 + i, orders: 1 })),
    asks: LEVELS.map((i) => ({ price: 10010 + i * 10, qty: 150 + i, orders: 2 })),
    ...wrong,
  };
}

const packets = (...ticks: KiteTick[]): Uint8Array => kiteFrame(ticks.map(encodeTick));
const niftyCapture = () =>
  kiteCapture({
    sessionId: 's',
    instruments: instruments(NIFTY_ROW, INFY_ROW, INDEX_ROW, CRUDE_ROW),
  });

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
    const bids = tickOf().bids!;
    const wrong: Partial<KiteTick>[] = [
      { bids: [bids[1]!, bids[0]!, ...bids.slice(2)] },
      { asks: [bids[0]!, bids[0]!, ...bids.slice(2)] },
      { low: 10200 },
      { last: -1 },
      { asks: [{ price: -5, qty: 1, orders: 1 }, ...bids.slice(1)] },
    ];
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

describe('instruments of an answer', () => {
  const answer = (...rows: string[]) => ({
    kind: 'answer' as const,
    rx: RX,
    tookUs: 5,
    status: 200,
    url: '/instruments/NFO',
    bytes: dump(...rows),
  });

  test('KITE-8: wanted ones are declared at once, others before their first tick', () => {
    const capture = kiteCapture({ sessionId: 's', tokens: [408065] });
    const first = capture.record(answer(INFY_ROW, NIFTY_ROW));
    expect(eventsOf(first, 'Instrument').map(({ body }) => body.symbol)).toEqual(['INFY']);
    expect(capture.known(12683010)?.symbol).toBe('NIFTY25DECFUT');
    expect(capture.instrument(12683010)).toBe(null);
    const tick = capture.record(frame(packets(tickOf())));
    expect(tick.map((event) => event.t)).toEqual(['Instrument', 'BookSnapshot', 'Quote', 'Stats']);
    expect(capture.tokens()).toEqual([408065, 12683010]);
    // The same again says nothing new; another lot is declared again.
    expect(capture.record(answer(INFY_ROW, NIFTY_ROW))).toEqual([]);
    const lot = capture.record(answer(INFY_ROW, NIFTY_ROW.replace(',75,', ',65,')));
    expect(eventsOf(lot, 'Instrument').map(({ body }) => body.lot)).toEqual([65]);
  });

  test('KITE-8: rows that cannot be used, odd tokens and answers that are no dump are facts', () => {
    const capture = kiteCapture({ sessionId: 's', tokens: [12683010, 408065] });
    const odd = NIFTY_ROW.replace(',49543,', ',49544,');
    const events = capture.record(answer(odd, INFY_ROW.replace('0.05', '0'), INFY_ROW));
    expect(codesOf(events)).toEqual([
      'start',
      'QL_KITE_TOKEN_PARTS',
      'QL_KITE_INSTRUMENTS',
      'QL_KITE_INSTRUMENTS',
    ]);
    expect(capture.tokens()).toEqual([12683010]);
    const html = { ...answer(), bytes: utf8('<html>') };
    expect(codesOf(capture.record(html))).toEqual(['QL_KITE_INSTRUMENTS']);
    expect(capture.record({ ...html, status: 502 })).toEqual([]);
  });

  test('an instrument given with an exponent that its token does not have is refused', () => {
    const [infy] = instruments(INFY_ROW);
    const body = { ...infy!.body, priceExponent: -4 };
    const given = [{ ...infy!, body }];
    expect(codeOf(() => kiteCapture({ sessionId: 's', instruments: given }))).toBe('QL_BAD_INPUT');
  });
});

describe('connections', () => {
  const HANDOVER = 'QL_FEED_HANDOVER';
  const connected = (conn: number, code = '') =>
    fact('connected', code, { attempt: 1, conn, link: '0' });
  const volumes = (events: readonly EventInput[]) =>
    eventsOf(events, 'Stats').map(({ body }) => body.volume);
  const tick = (volume: number, conn: number) => frame(packets(tickOf({ volume })), 0, conn);

  test('KITE-9: over a hand-over every tick comes once, repeats as often as they were sent', () => {
    const capture = niftyCapture();
    const run = (records: Parameters<typeof capture.record>[0][]): number[] =>
      volumes(records.flatMap((record) => capture.record(record))) as number[];
    expect(run([connected(1), tick(1, 1), connected(2, HANDOVER), tick(2, 1), tick(2, 1)])).toEqual(
      [1, 2, 2],
    );
    // The newer connection brings 2 twice as well, then 3 and 4, which the older one never will.
    expect(run([tick(2, 2), tick(2, 2), tick(3, 2), tick(4, 2), tick(3, 1)])).toEqual([3]);
    const over = fact('config', HANDOVER, { closed: 1, conn: 2, link: '0' });
    expect(run([over])).toEqual([4]);
    expect(run([tick(9, 1), tick(5, 2)])).toEqual([5]);
    expect(capture.stats.repeated).toBe(4);
  });

  test('KITE-9: when the newer connection fails, the older one goes on as if it had not been', () => {
    const capture = niftyCapture();
    const run = (records: Parameters<typeof capture.record>[0][]): number[] =>
      volumes(records.flatMap((record) => capture.record(record))) as number[];
    run([connected(1), tick(1, 1), connected(2, HANDOVER), tick(2, 2)]);
    const failed = fact('config', HANDOVER, { closed: 2, conn: 1, link: '0' });
    expect(run([failed, tick(3, 1)])).toEqual([3]);
    const died = fact('disconnected', 'QL_FEED_CLOSED', { conn: 1, link: '0' });
    expect(run([died])).toEqual([]);
  });

  test('KITE-9: when the older connection dies, what the newer one brought follows', () => {
    const capture = niftyCapture();
    const view = createMarketView();
    const run = (records: Parameters<typeof capture.record>[0][]): EventInput[] => {
      const events = records.flatMap((record) => capture.record(record));
      for (const event of events) view.onEvent(event);
      return events;
    };
    run([connected(1), tick(1, 1)]);
    expect(view.book('NSE:FO:NIFTY25DECFUT').synced).toBe(true);
    run([
      fact('disconnected', 'QL_FEED_CLOSED', { conn: 1, link: '0', closeCode: 1006, reason: '' }),
    ]);
    expect(view.book('NSE:FO:NIFTY25DECFUT').synced).toBe(false);
    run([connected(2, 'QL_FEED_RECONNECTED'), tick(2, 2)]);
    expect(view.book('NSE:FO:NIFTY25DECFUT').synced).toBe(true);
    run([connected(3, HANDOVER), tick(3, 3)]);
    const died = fact('disconnected', 'QL_FEED_CLOSED', { conn: 2, link: '0' });
    expect(volumes(run([died]))).toEqual([3]);
    expect(volumes(run([tick(4, 3)]))).toEqual([4]);
  });
});

describe('going on after a kill', () => {
  test('KITE-10: a restored capture goes on where the log stands, and the raw record agrees', () => {
    const given = instruments(NIFTY_ROW);
    const before = [frame(packets(tickOf())), frame(packets(tickOf({ token: 12683266 })), 1)];
    const restart = { ...fact('gap', 'QL_FEED_RESTARTED', { lastRx: RX, lastSeq: 6 }), rx: RX + 2 };
    const after = [restart, ...before.map((one) => ({ ...one, rx: one.rx + 2 }))];
    const one = kiteCapture({ sessionId: 's', instruments: given });
    const head = before.flatMap((record) => one.record(record));
    const two = kiteCapture({ sessionId: 's', instruments: given });
    for (const event of head) two.restore(event);
    const tail = [...after.flatMap((record) => two.record(record)), ...two.stop()];
    expect(codesOf(tail)).toEqual(['QL_FEED_RESTARTED', 'QL_VENUE_UNKNOWN_SYMBOL', 'stop']);
    expect(eventsOf(tail, 'Instrument')).toEqual([]);
    expect(eventsOf(tail, 'BookSnapshot')[0]?.body.venueSeq).toBe(RX + 2);
    const again = kiteCapture({ sessionId: 's', instruments: given });
    const whole = [...before, ...after].flatMap((record) => again.record(record));
    expect([...whole, ...again.stop()]).toEqual([...head, ...tail]);
  });
});
