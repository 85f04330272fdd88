import { encodeTick, kiteFrame } from 'quantlaxmi/testing';
import { decodeTicks, kiteCapture } from 'quantlaxmi/venues/zerodha';
import { expect, test } from 'vitest';
import { createEventSanity } from '../lib/event-sanity.js';
import { fuzz, usualTick } from './fuzz.js';
import { frame, instruments, NIFTY_ROW } from './lines.js';

test('KITE-6: 6,000 damaged records: no crash, no impossible event, each class counted', () => {
  const { codes, events, impossible, records, stats } = fuzz(6_000, 41n);
  expect(impossible).toEqual([]);
  expect([stats.records, records]).toEqual([6_000, 6_000]);
  expect(events).toBeGreaterThan(6_000);
  for (const code of ['QL_KITE_FRAME', 'QL_KITE_TICK', 'QL_KITE_TEXT', 'QL_JSON_SYNTAX']) {
    expect([code, (codes.get(code) ?? 0) > 20]).toEqual([code, true]);
  }
  let malformed = 0;
  const others = ['', 'QL_KITE_REFUSED', 'QL_KITE_MESSAGE', 'QL_KITE_TOKEN_PARTS'];
  for (const [code, count] of codes) {
    if (!others.includes(code) && !code.startsWith('QL_VENUE_')) malformed += count;
  }
  expect(malformed).toBe(stats.malformed);
});

test('control: the check of events sees an impossible one', () => {
  const capture = kiteCapture({ sessionId: 's', instruments: instruments(NIFTY_ROW) });
  const sanity = createEventSanity();
  const events = capture.record(frame(kiteFrame([encodeTick(usualTick(1))])));
  expect(events.map((event) => sanity.check(event)).join('')).toBe('');
  const book = events.find((event) => event.t === 'BookSnapshot');
  const body = { ...book!.body, bids: [...book!.body.asks] };
  expect(sanity.check({ ...book!, body } as typeof book & object)).toBe('order of levels');
});

test('KITE-2: a frame cut or lengthened anywhere gives no tick at all', () => {
  const whole = kiteFrame([encodeTick(usualTick(1)), encodeTick(usualTick(2, 256265))]);
  expect(decodeTicks(whole).length).toBe(2);
  for (let length = 2; length < whole.length; length++) {
    expect(() => decodeTicks(whole.slice(0, length))).toThrow(/Kite frame/);
  }
});
