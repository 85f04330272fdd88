import type { InstrumentBody } from 'quantlaxmi/events';
import { constantLatency, makerTakerFees } from 'quantlaxmi/sim';
import { testInstrument } from 'quantlaxmi/testing';
import { describe, expect, test } from 'vitest';
import { Floor } from './lib.js';

const codeOf = (run: () => unknown): unknown => {
  try {
    run();
    return null;
  } catch (error) {
    return (error as { code?: unknown }).code;
  }
};

describe('SIM-6: messages take their time', () => {
  test('the order meets the market of its arrival, and is known after the response', () => {
    const market = new Floor(constantLatency({ entryUs: 100, responseUs: 40 }));
    market.quote(1_000, 1_001);
    const order = market.send({ price: 1_005, qty: 2, tif: 'ioc' });
    market.settle(99);
    market.quote(1_001, 1_003);
    market.settle(100);
    market.settle(500);
    expect(market.levels(order)).toEqual([[1_003, 2]]);
    const [ack] = market.facts;
    expect(ack).toMatchObject({ ts: 100, rx: 140, knownUs: 140 });
  });

  test('a cancel does not overtake its order', () => {
    const market = new Floor({ entryUs: (k) => (k === 1 ? 1_000 : 1), responseUs: () => 0 });
    market.quote(1_000, 1_001);
    const order = market.send({ price: 999 });
    market.cancel(order);
    market.settle(5_000);
    expect(market.states(order)).toEqual(['acked', 'cancelled']);
    expect(market.facts.map((fact) => fact.ts)).toEqual([1_000, 1_001]);
  });

  test('responses do not overtake each other', () => {
    const market = new Floor({ entryUs: () => 0, responseUs: (k) => (k === 1 ? 1_000 : 1) });
    market.quote(1_000, 1_001);
    const order = market.send({ price: 999 });
    market.cancel(order);
    market.settle(5_000);
    expect(market.states(order)).toEqual(['acked', 'cancelled']);
    expect(market.facts.map((fact) => fact.knownUs)).toEqual([1_000, 1_000]);
  });

  test('a negative entry latency is a refusal, known after its absolute value', () => {
    const market = new Floor({ entryUs: () => -70, responseUs: () => 5 });
    market.quote(1_000, 1_001);
    const order = market.send({});
    market.settle(69);
    expect(market.facts).toEqual([]);
    market.settle(100);
    expect(market.last(order)).toMatchObject({ state: 'rejected', reason: 'QL_SIM_LATENCY' });
    expect(market.facts[0]?.knownUs).toBe(70);
  });

  test('latencies that are no time are refused', () => {
    for (const bad of [-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(codeOf(() => constantLatency({ entryUs: bad, responseUs: 0 }))).toBe('QL_BAD_INPUT');
      expect(codeOf(() => constantLatency({ entryUs: 0, responseUs: bad }))).toBe('QL_BAD_INPUT');
    }
  });
});

describe('SIM-7: fees', () => {
  const charge = (
    options: Parameters<typeof makerTakerFees>[0],
    fill: { price: number; qty: number; liquidity?: 'maker' | 'taker' },
    part: Partial<InstrumentBody> = {},
  ) =>
    makerTakerFees(options).charge({
      instrument: testInstrument(part),
      liquidity: 'taker',
      side: 'buy',
      timeUs: 0,
      ...fill,
    });
  const vip0 = { makerPpm: 200, takerPpm: 500, feeExponent: -8 };

  test('an exact share of the notional', () => {
    // 61659.7 × 1.486 = 91626.3142; 0.05 % = 45.8131571
    const fill = { price: 616_597, qty: 1_486 };
    expect(charge(vip0, fill)).toEqual({
      fee: 4_581_315_710,
      feeCurrency: 'USDT',
      feeExponent: -8,
    });
    expect(charge(vip0, { ...fill, liquidity: 'maker' }).fee).toBe(1_832_526_284);
  });

  test('rounded up: a fee grows, a rebate shrinks', () => {
    // 0.1 × 0.001 = 0.0001; 0.05 % = 0.00000005
    const tiny = { price: 1, qty: 1 };
    expect(charge({ ...vip0, feeExponent: -6 }, tiny).fee).toBe(1);
    const rebate = { ...vip0, makerPpm: -500, feeExponent: -6 };
    expect(charge(rebate, { ...tiny, liquidity: 'maker' }).fee).toBe(0);
    expect(charge(rebate, { price: 1, qty: 41, liquidity: 'maker' }).fee).toBe(-2);
    expect(charge({ ...vip0, takerPpm: 0 }, tiny).fee).toBe(0);
  });

  test('inverse contracts pay in the base currency (published: 0.00714286 BTC)', () => {
    const inverse = {
      inverse: true,
      settle: 'BTC',
      quote: 'USD',
      priceExponent: 0,
      qtyExponent: 0,
    };
    const options = { makerPpm: 0, takerPpm: 750, feeExponent: -8 };
    expect(charge(options, { price: 10_500, qty: 100_000 }, inverse)).toEqual({
      fee: 714_286,
      feeCurrency: 'BTC',
      feeExponent: -8,
    });
  });

  test('rates and exponents that are none are refused', () => {
    for (const bad of [0.5, Number.NaN, 1_000_001]) {
      expect(codeOf(() => makerTakerFees({ ...vip0, takerPpm: bad }))).toBe('QL_BAD_INPUT');
    }
    for (const bad of [-19, 1, 0.5]) {
      expect(codeOf(() => makerTakerFees({ ...vip0, feeExponent: bad }))).toBe('QL_BAD_INPUT');
    }
  });
});
