import { constantLatency } from 'quantlaxmi/sim';
import { testInstrument } from 'quantlaxmi/testing';
import { describe, expect, test } from 'vitest';
import { Floor } from './lib.js';

const finer = testInstrument({ qtyExponent: -4, lot: 1 });

describe('SIM-10: an instrument declared with other exponents', () => {
  test('resting orders expire, and nothing executes in other units', () => {
    const market = new Floor();
    market.quote(1_000, 1_010);
    const order = market.send({ price: 1_005, qty: 10 });
    market.market('Instrument', finer);
    expect(market.last(order)).toMatchObject({
      state: 'expired',
      reason: 'QL_SIM_REDECLARED',
      remaining: 10,
    });
    market.trade(900);
    expect(market.fills(order)).toEqual([]);
  });

  test('the same exponents change nothing', () => {
    const market = new Floor();
    market.quote(1_000, 1_010);
    const order = market.send({ price: 1_005, qty: 10 });
    market.market('Instrument', testInstrument({ tick: 5 }));
    market.trade(900);
    expect(market.states(order).at(-1)).toBe('filled');
  });

  test('an order under way is refused', () => {
    const market = new Floor(constantLatency({ entryUs: 100, responseUs: 0 }));
    market.quote(1_000, 1_010);
    const order = market.send({ price: 1_010, qty: 10 });
    market.market('Instrument', finer);
    market.quote(1_000, 1_010, [100, 100]);
    market.settle(1_000);
    expect(market.last(order)).toMatchObject({ state: 'rejected', reason: 'QL_SIM_REDECLARED' });
    expect(market.fills(order)).toEqual([]);
  });

  test('what was taken before is no longer taken from levels in new units', () => {
    const market = new Floor();
    market.quote(1_000, 1_010);
    market.send({ price: 1_010, qty: 10, tif: 'ioc' });
    market.market('Instrument', finer);
    market.quote(1_000, 1_010);
    const order = market.send({ price: 1_010, qty: 10, tif: 'ioc' });
    expect(market.levels(order)).toEqual([[1_010, 10]]);
  });

  test.each([
    [-4, 100],
    [-2, 1],
    [-1, 0],
  ])('reduce-only at exponent %i executes %i of a position of 0.010', (qtyExponent, most) => {
    const market = new Floor();
    market.quote(1_000, 1_010);
    market.send({ price: 1_010, qty: 10, tif: 'ioc' });
    market.market('Instrument', testInstrument({ qtyExponent, lot: 1 }));
    market.quote(1_000, 1_010, [500, 500]);
    const exit = market.send({ side: 'sell', price: 1_000, qty: 300, reduceOnly: true });
    expect(market.fills(exit).reduce((sum, fill) => sum + fill.qty, 0)).toBe(most);
  });

  test('a position between coarser mantissas is kept whole', () => {
    const market = new Floor();
    market.quote(1_000, 1_010, [50, 50]);
    market.send({ price: 1_010, qty: 15, tif: 'ioc' });
    for (const part of [{ qtyExponent: -2 }, { qtyExponent: -3 }]) {
      market.market('Instrument', testInstrument({ ...part, lot: 1 }));
      market.quote(1_000, 1_010, [50, 50]);
      market.send({ side: 'sell', price: 1_000, qty: 30, reduceOnly: true, tif: 'ioc' });
    }
    const sold = market.facts.flatMap((fact) =>
      fact.t === 'Fill' && fact.body.side === 'sell' ? [fact.body.qty] : [],
    );
    expect(sold).toEqual([1, 5]);
  });
});
