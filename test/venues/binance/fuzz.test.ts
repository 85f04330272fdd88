import type { EventInput } from 'quantlaxmi/events';
import { describe, expect, test } from 'vitest';
import { createEventSanity } from '../lib/event-sanity.js';
import { createMutator, DAMAGES } from '../lib/mutate.js';
import { fuzzCapture } from './fuzz.js';
import { decode, decoderOf, SPOT_BTC, utf8 } from './messages.js';

describe('damaged records', () => {
  test('BINANCE-5: 20,000 of them: none throws, no event is impossible, each is counted', () => {
    const { classes, events, wrong } = fuzzCapture({ seed: 7n, count: 20_000 });
    expect(wrong).toEqual([]);
    expect([...classes.values()].reduce((sum, n) => sum + n, 0)).toBe(20_000);
    expect(classes.get('not accounted')).toBeUndefined();
    expect(events).toBeGreaterThan(10_000);
    // Control: the damage leaves enough alone for every kind of event, and breaks enough.
    for (const type of ['Quote', 'BookDelta', 'Funding', 'Bar', 'Liquidation', 'Stats']) {
      expect(classes.get(`event ${type}`) ?? 0, type).toBeGreaterThan(10);
    }
    for (const code of ['QL_VENUE_FRAME', 'QL_FIXED_SYNTAX', 'QL_VENUE_ANSWER', 'QL_VENUE_HTTP']) {
      expect(classes.get(`fact malformed ${code}`) ?? 0, code).toBeGreaterThan(10);
    }
    for (const name of ['held', 'counted repeated', 'counted ignored']) {
      expect(classes.get(name) ?? 0, name).toBeGreaterThan(10);
    }
  }, 120_000);

  test('BINANCE-5: the same seed damages alike; every kind of damage changes the frame', () => {
    const frame = utf8('{"e":"trade","s":"BTCUSDT","t":900,"p":"61837.60","q":"0.100","m":true}');
    const run = (seed: bigint): string[] => {
      const mutator = createMutator([frame], seed);
      return Array.from({ length: 200 }, () => mutator.next().bytes.join());
    };
    expect(run(1n)).toEqual(run(1n));
    expect(run(1n)).not.toEqual(run(2n));
    for (const damage of DAMAGES) {
      const mutator = createMutator([frame], 3n, [damage]);
      const changed = Array.from({ length: 50 }, () => mutator.next().bytes.join());
      expect(changed.filter((one) => one !== frame.join()).length, damage).toBeGreaterThan(20);
    }
  });

  test('BINANCE-5: the check of events sees what is impossible (control)', () => {
    const quote = decode(
      decoderOf(SPOT_BTC),
      '{"u":7,"s":"BTCUSDT","b":"5","B":"1","a":"9","A":"1"}',
    ) as EventInput & { t: 'Quote' };
    const declared: EventInput = { ...quote, t: 'Instrument', body: SPOT_BTC } as EventInput;
    const check = (event: EventInput): string => {
      const sanity = createEventSanity();
      expect(sanity.check(declared)).toBe('');
      return sanity.check(event);
    };
    expect(check(quote)).toBe('');
    expect(createEventSanity().check(quote)).toContain('not declared');
    expect(check({ ...quote, rx: 4 })).toContain('receive time');
    expect(check({ ...quote, ts: 2 ** 60 })).toContain('schema');
    expect(check({ ...quote, body: { ...quote.body, bidQty: -1 } })).toContain('schema');
    expect(check({ ...quote, body: { ...quote.body, bid: -5 } })).toContain('side');
    expect(check({ ...quote, body: { ...quote.body, bid: null } })).toContain('side');
  });
});
