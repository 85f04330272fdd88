import type { EventInput } from 'quantlaxmi/events';
import { createMarketView } from 'quantlaxmi/market';
import { kiteCapture } from 'quantlaxmi/venues/zerodha';
import { describe, expect, test } from 'vitest';
import {
  codesOf,
  dump,
  eventsOf,
  fact,
  frame,
  INFY_ROW,
  instruments,
  NIFTY_ROW,
  RX,
  utf8,
} from './lines.js';
import { niftyCapture, packets, tickOf } from './sample-ticks.js';
import { codeOf } from './shared.js';

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

  test('KITE-8: rows that cannot be used, odd tokens, answers that are no dump are facts', () => {
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

  test('KITE-9: the packet that repeats a state on subscribing is never told', () => {
    const capture = niftyCapture();
    const run = (records: Parameters<typeof capture.record>[0][]): number[] =>
      volumes(records.flatMap((record) => capture.record(record))) as number[];
    expect(run([connected(1), tick(100, 1), connected(2, HANDOVER), tick(100, 2)])).toEqual([100]);
    expect(run([tick(101, 1), tick(101, 2), tick(102, 1), tick(102, 2)])).toEqual([101, 102]);
    expect(run([fact('config', HANDOVER, { closed: 1, conn: 2, link: '0' })])).toEqual([]);
    expect(run([tick(102, 1), tick(103, 2)])).toEqual([103]);
    expect(capture.stats.dropped).toBe(4);
    expect(eventsOf(capture.stop(), 'Session')[0]?.body.details['dropped']).toBe(4);
  });

  test('KITE-9: when the newer connection fails, the older one goes on as before', () => {
    const capture = niftyCapture();
    const run = (records: Parameters<typeof capture.record>[0][]): number[] =>
      volumes(records.flatMap((record) => capture.record(record))) as number[];
    run([connected(1), tick(1, 1), connected(2, HANDOVER), tick(2, 2)]);
    const failed = fact('config', HANDOVER, { closed: 2, conn: 1, link: '0' });
    expect(run([failed, tick(3, 1), tick(3, 2)])).toEqual([3]);
    const died = fact('disconnected', 'QL_FEED_CLOSED', { conn: 1, link: '0' });
    expect(run([died, tick(4, 2)])).toEqual([]);
    expect(run([connected(3, 'QL_FEED_RECONNECTED'), tick(5, 3)])).toEqual([5]);
  });

  test('KITE-9: when the older connection dies, books wait for a tick of the newer one', () => {
    const capture = niftyCapture();
    const view = createMarketView();
    const run = (records: Parameters<typeof capture.record>[0][]): EventInput[] => {
      const events = records.flatMap((record) => capture.record(record));
      for (const event of events) view.onEvent(event);
      return events;
    };
    const synced = (): boolean => view.book('NSE:FO:NIFTY25DECFUT').synced;
    run([connected(1), tick(1, 1)]);
    expect(synced()).toBe(true);
    run([
      fact('disconnected', 'QL_FEED_CLOSED', { conn: 1, link: '0', closeCode: 1006, reason: '' }),
    ]);
    expect(synced()).toBe(false);
    run([connected(2, 'QL_FEED_RECONNECTED'), tick(2, 2)]);
    expect(synced()).toBe(true);
    run([connected(3, HANDOVER), tick(3, 3)]);
    const died = fact('disconnected', 'QL_FEED_CLOSED', { conn: 2, link: '0' });
    expect(volumes(run([died]))).toEqual([]);
    expect(synced()).toBe(false);
    expect(volumes(run([tick(4, 3)]))).toEqual([4]);
    expect(synced()).toBe(true);
  });
});

describe('going on after a kill', () => {
  test('KITE-10: a restored capture goes on where the log stands; the raw record agrees', () => {
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
