import type { EventInput, SessionBody } from 'quantlaxmi/events';
import { createMarketView } from 'quantlaxmi/market';
import { type BinanceCapture, createBinanceCapture } from 'quantlaxmi/venues/binance';
import type { RawRecord } from 'quantlaxmi/venues/feed';
import { describe, expect, test } from 'vitest';
import { RX, USDM_BTC, utf8 } from './messages.js';

const INST = 'BINANCE:USDM:BTCUSDT';
const HUGE = 9_000_000_000_000_000;

/** A capture that is told of one record after the other, and all it made of them. */
class Feed {
  readonly capture: BinanceCapture = createBinanceCapture({
    market: 'usdm',
    sessionId: 's',
    instruments: [USDM_BTC],
  });
  readonly view = createMarketView();
  readonly events: EventInput[] = [];
  #rx = RX;

  #take(record: RawRecord): EventInput[] {
    const events = this.capture.record(record);
    for (const [i, event] of events.entries()) {
      this.view.onEvent({ ...event, seq: this.events.length + i } as never);
    }
    this.events.push(...events);
    return events;
  }
  frame(conn: number, text: string): EventInput[] {
    this.#rx += 1000;
    return this.#take({ kind: 'frame', rx: this.#rx, conn, binary: false, bytes: utf8(text) });
  }
  fact(kind: SessionBody['kind'], code: string, conn: number): EventInput[] {
    this.#rx += 10;
    const details = { conn, link: '0', attempt: 1, closed: conn - 1 };
    return this.#take({ kind: 'fact', rx: this.#rx, body: { kind, code, inst: null, details } });
  }
  snapshot(id: number): EventInput[] {
    this.#rx += 10;
    const text = `{"lastUpdateId":${id},"E":5,"T":4,"bids":[["4.0","1"]],"asks":[["9.0","1"]]}`;
    const url = '/fapi/v1/depth?symbol=BTCUSDT&limit=1000';
    const bytes = utf8(text);
    return this.#take({ kind: 'answer', rx: this.#rx, tookUs: 1, status: 200, url, bytes });
  }
}

const depth = (u: number, pu = u - 1, end = u): string =>
  `{"e":"depthUpdate","E":5,"T":4,"s":"BTCUSDT","U":${u},"u":${end},"pu":${pu},` +
  '"b":[["5.0","1"]],"a":[]}';
const trade = (id: number): string =>
  `{"e":"trade","E":5,"T":4,"s":"BTCUSDT","t":${id},"p":"5.0","q":"1","m":true}`;
const mark = (at: number): string =>
  `{"e":"markPriceUpdate","E":${at},"s":"BTCUSDT","p":"5.0","r":"0.0001","T":0}`;

const codes = (events: readonly EventInput[]): string[] =>
  events.flatMap((event) =>
    event.t === 'Session' ? [`${event.body.kind} ${event.body.code}`.trim()] : [],
  );
const trades = (events: readonly EventInput[]): (number | null)[] =>
  events.flatMap((event) => (event.t === 'Trade' ? [event.body.venueSeq] : []));
const deltas = (events: readonly EventInput[]): number[] =>
  events.flatMap((event) => (event.t === 'BookDelta' ? [event.body.lastSeq] : []));

/** Connected, in sync at 10, last trade 9000. */
function running(from = 10): Feed {
  const feed = new Feed();
  feed.fact('connected', '', 1);
  feed.frame(1, depth(from));
  feed.snapshot(from);
  feed.frame(1, trade(9000));
  return feed;
}

describe('numbers that step back', () => {
  test('BINANCE-3: one update with a number far above is a gap two seconds later', () => {
    const feed = running();
    feed.frame(1, depth(11, 10, HUGE));
    for (let u = 12; u < 27; u++) feed.frame(1, depth(u));
    expect(feed.capture.synced('BTCUSDT')).toBe(true);
    expect(codes(feed.frame(1, depth(27)))).toEqual(['gap QL_VENUE_SEQUENCE_GAP']);
    expect(feed.capture.unsynced()).toEqual(['BTCUSDT']);
    expect(feed.view.book(INST).synced).toBe(false);
    expect(codes(feed.frame(1, depth(28)))).toEqual([]);
    expect(codes(feed.snapshot(27))).toEqual(['resync']);
    expect(codes(feed.frame(1, depth(29)))).toEqual([]);
    expect(feed.view.book(INST).synced).toBe(true);
    expect(feed.capture.lastUpdate('BTCUSDT')).toBe(29);
  });

  test('BINANCE-12: after a reconnect numbers may count anew; it is told once', () => {
    const feed = running(5010);
    feed.fact('disconnected', 'QL_FEED_CLOSED', 1);
    feed.fact('connected', 'QL_FEED_RECONNECTED', 2);
    feed.frame(2, depth(10));
    expect(codes(feed.frame(2, trade(1)))).toEqual(['gap QL_VENUE_NUMBERS_RESTARTED']);
    expect(codes(feed.snapshot(10))).toEqual(['resync']);
    const after = [feed.frame(2, depth(11)), feed.frame(2, trade(2)), feed.frame(2, trade(3))];
    expect(codes(after.flat())).toEqual([]);
    expect(codes(feed.frame(2, trade(5)))).toEqual(['gap QL_VENUE_TRADE_GAP']);
    expect(codes(feed.frame(2, trade(4)))).toEqual(['malformed QL_VENUE_OUT_OF_ORDER']);
  });

  test('BINANCE-12: after a reconnect ids that go on higher are a trade gap (control)', () => {
    const feed = running();
    feed.fact('disconnected', 'QL_FEED_CLOSED', 1);
    feed.fact('connected', 'QL_FEED_RECONNECTED', 2);
    expect(codes(feed.frame(2, trade(9005)))).toEqual(['gap QL_VENUE_TRADE_GAP']);
  });

  test('BINANCE-11: a hand-over after numbers began anew, or after a bad one, loses none', () => {
    for (const bad of [false, true]) {
      const feed = running(5010);
      if (bad) {
        feed.frame(1, trade(HUGE));
        feed.frame(1, trade(1));
      } else {
        feed.fact('disconnected', 'QL_FEED_CLOSED', 1);
        feed.fact('connected', 'QL_FEED_RECONNECTED', 1);
        feed.frame(1, trade(1));
      }
      feed.fact('connected', 'QL_FEED_HANDOVER', 2);
      const all = [feed.frame(1, trade(2))];
      for (const id of [1, 2, 3]) feed.frame(2, trade(id));
      all.push(feed.fact('config', 'QL_FEED_HANDOVER', 2));
      for (const id of [4, 5]) all.push(feed.frame(2, trade(id)));
      expect(trades(all.flat())).toEqual([2, 3, 4, 5]);
      expect(feed.capture.stats.repeated).toBe(2);
    }
  });

  test('BINANCE-11: a bad number last before the newer connection hides nothing', () => {
    const feed = running();
    feed.frame(1, trade(HUGE));
    feed.fact('connected', 'QL_FEED_HANDOVER', 2);
    feed.frame(1, trade(9001));
    for (const id of [9001, 9002]) feed.frame(2, trade(id));
    expect(trades(feed.fact('config', 'QL_FEED_HANDOVER', 2))).toEqual([9002]);
  });

  test('BINANCE-11: what the older connection skipped comes of the newer one', () => {
    const feed = running();
    feed.fact('connected', 'QL_FEED_HANDOVER', 2);
    for (const u of [11, 12, 14]) feed.frame(1, depth(u));
    for (const u of [11, 12, 13, 14, 15]) feed.frame(2, depth(u));
    expect(deltas(feed.fact('config', 'QL_FEED_HANDOVER', 2))).toEqual([13, 15]);
  });

  test('BINANCE-11: of many numbers in an overlap none is taken twice', () => {
    const feed = running();
    feed.fact('connected', 'QL_FEED_HANDOVER', 2);
    for (let id = 9001; id <= 25_000; id++) feed.frame(1, trade(id));
    for (let id = 8990; id <= 25_001; id++) feed.frame(2, trade(id));
    feed.fact('config', 'QL_FEED_HANDOVER', 2);
    const ids = trades(feed.events);
    // What came before the first number known of the older one is not known to have come.
    const before = ids.filter((id) => (id ?? 0) < 9000);
    expect(before).toHaveLength(10);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids).toHaveLength(16_012);
  });

  test('BINANCE-11: a mark of just before the newer connection is recorded once', () => {
    const feed = running();
    feed.frame(1, mark(1000));
    feed.fact('connected', 'QL_FEED_HANDOVER', 2);
    feed.frame(2, mark(1000));
    feed.frame(1, mark(2000));
    feed.frame(2, mark(2000));
    feed.fact('config', 'QL_FEED_HANDOVER', 2);
    feed.frame(2, mark(3000));
    const times = feed.events.flatMap((event) => (event.t === 'Funding' ? [event.ts] : []));
    expect(times).toEqual([1_000_000, 2_000_000, 3_000_000]);
  });
});
