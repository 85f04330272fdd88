import fc from 'fast-check';
import { flattenIntents, type RiskView } from 'quantlaxmi/risk';
import { testInstrument } from 'quantlaxmi/testing';
import { describe, expect, test } from 'vitest';
import { decide, inst, policy, view } from './lib.js';

const spec = { slicePpm: 250_000, everyUs: 10, throughBps: 20, ordersMax: 5 };
const progress = { inst, sent: 0, lastUs: null, intentId: 'f-1' };
const step = (part: Partial<RiskView>, more: object = {}, by = spec) =>
  flattenIntents(by, view(part), { ...progress, ...more });

describe('RISK-14: flattening', () => {
  test('RISK-14: a slice, through the touch, rounded against us', () => {
    expect(step({ position: () => 10 }).intents).toEqual([
      {
        action: 'place',
        inst,
        intentId: 'f-1',
        // 1000 × 0.998 = 998.
        price: 998,
        qty: 3,
        reduceOnly: true,
        side: 'sell',
        tif: 'ioc',
        type: 'limit',
      },
    ]);
    // 1001 × 1.002 = 1003.002.
    expect(step({ position: () => -10 }).intents[0]).toMatchObject({ side: 'buy', price: 1_004 });
  });

  test('RISK-14: pace, most orders, nothing to do and nothing known each have a name', () => {
    const position = () => 10;
    expect(step({ position: () => 0 }).hold).toBe('flat');
    expect(step({ position, nowUs: 19 }, { lastUs: 10 }).hold).toBe('pace');
    expect(step({ position, nowUs: 20 }, { lastUs: 10 }).hold).toBe('');
    expect(step({ position, nowUs: 5 }, { lastUs: 10 }).hold).toBe('pace');
    expect(step({ position }, { sent: 5 }).hold).toBe('ordersMax');
    expect(step({ position, working: () => ({ buyQty: 0, sellQty: 10 }) }).hold).toBe('working');
    expect(step({ position, touch: () => null }).hold).toBe('price');
    const noBid = { ask: 1_001, askQty: 1, bid: null, bidQty: 0, rx: 0 };
    expect(step({ position, touch: () => noBid }).hold).toBe('price');
    expect(step({ position: () => null }).hold).toBe('unknown');
    expect(step({ position: () => Number.NaN }).hold).toBe('unknown');
    expect(step({ position, working: () => null }).hold).toBe('unknown');
    expect(step({ position, instrument: () => null }).hold).toBe('unknown');
  });

  const cases = fc.record({
    position: fc.integer({ min: -1_000, max: 1_000 }),
    buyQty: fc.integer({ min: 0, max: 300 }),
    sellQty: fc.integer({ min: 0, max: 300 }),
    lot: fc.integer({ min: 1, max: 7 }),
    tick: fc.integer({ min: 1, max: 7 }),
    bid: fc.integer({ min: 1, max: 5_000 }),
    slicePpm: fc.integer({ min: 1, max: 1_000_000 }),
    throughBps: fc.integer({ min: 0, max: 9_999 }),
  });

  test('RISK-14: never past zero, working orders counted in, on lot and tick, against us', () => {
    let sent = 0;
    fc.assert(
      fc.property(cases, ({ bid, buyQty, lot, position, sellQty, tick, ...rest }) => {
        const by = { ...spec, ...rest };
        const { intents } = step(
          {
            position: () => position,
            working: () => ({ buyQty, sellQty }),
            instrument: () => testInstrument({ lot, tick }),
            touch: () => ({ ask: bid + 1, askQty: 1, bid, bidQty: 1, rx: 0 }),
          },
          {},
          by,
        );
        for (const { price, qty, side } of intents) {
          sent += 1;
          const working = side === 'sell' ? sellQty : buyQty;
          expect(side).toBe(position > 0 ? 'sell' : 'buy');
          expect(qty).toBeGreaterThan(0);
          expect(qty + working).toBeLessThanOrEqual(Math.abs(position));
          expect([qty % lot, (price ?? 0) % tick]).toEqual([0, 0]);
          // At or through the exact price, by less than a tick.
          const exact =
            side === 'sell' ? bid * (10_000 - by.throughBps) : (bid + 1) * (10_000 + by.throughBps);
          const off =
            side === 'sell' ? exact - (price ?? 0) * 10_000 : (price ?? 0) * 10_000 - exact;
          expect(off >= 0 && off < tick * 10_000).toBe(true);
        }
      }),
      { seed: 14, numRuns: 1_500 },
    );
    expect(sent).toBeGreaterThan(500);
  });

  test('RISK-14: risk lets a slice through at HALT, and control: not an order that opens', () => {
    const rung = { level: 'halt', trigger: 't', clearSinceUs: -1, latched: true } as const;
    const part = { position: () => 10, ladder: { all: rung } };
    const [slice] = step(part).intents;
    expect(decide(slice, part, policy).verdict).toBe('allow');
    expect(decide({ ...slice, side: 'buy' }, part, policy).verdict).toBe('halt');
  });
});
