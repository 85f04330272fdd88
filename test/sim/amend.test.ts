import { constantLatency } from 'quantlaxmi/sim';
import { testInstrument } from 'quantlaxmi/testing';
import { describe, expect, test } from 'vitest';
import { approvedAmend, Floor } from './lib.js';

/** Two own buys of 6 at 1001, first and second in the queue. */
const queue = () => {
  const market = new Floor();
  market.quote(1_000, 1_010);
  const first = market.send({ price: 1_001, qty: 6 });
  const second = market.send({ price: 1_001, qty: 6 });
  return { market, first, second };
};

describe('SIM-11: amends', () => {
  test('less at the same price keeps its place in the queue', () => {
    const { market, first, second } = queue();
    market.amend(first, { price: 1_001, qty: 5 });
    expect(market.last(first)).toMatchObject({ state: 'acked', qty: 5, remaining: 5, reason: '' });
    market.quote(990, 1_001, [10, 5]);
    expect(market.levels(first)).toEqual([[1_001, 5]]);
    expect(market.fills(second)).toEqual([]);
  });

  test.each([
    ['more at the same price', { price: 1_001, qty: 7 }],
    ['another price and back', { price: 1_002, qty: 6 }],
  ])('%s goes last', (_, terms) => {
    const { market, first, second } = queue();
    market.amend(first, terms);
    if (terms.price !== 1_001) market.amend(first, { price: 1_001, qty: 6 });
    market.quote(990, 1_001, [10, 6]);
    expect(market.fills(first)).toEqual([]);
    expect(market.levels(second)).toEqual([[1_001, 6]]);
  });

  test('to a price that crosses takes what it meets, as taker, and rests the remainder', () => {
    const { market, first } = queue();
    market.amend(first, { price: 1_010, qty: 16 });
    expect(market.fills(first)).toMatchObject([{ price: 1_010, qty: 10, liquidity: 'taker' }]);
    expect(market.reports(first).map(({ state, remaining }) => [state, remaining])).toEqual([
      ['acked', 6],
      ['acked', 16],
      ['partiallyFilled', 6],
    ]);
  });

  test('its quantity includes what has executed', () => {
    const { market, first } = queue();
    market.quote(990, 1_001, [10, 4]);
    market.amend(first, { price: 1_001, qty: 5 });
    expect(market.last(first)).toMatchObject({ state: 'partiallyFilled', qty: 5, remaining: 1 });
    market.trade(900);
    expect(market.levels(first)).toEqual([
      [1_001, 4],
      [1_001, 1],
    ]);
    expect(market.last(first)).toMatchObject({ state: 'filled', remaining: 0 });
  });

  test.each([4, 3])('to %i with 4 executed is refused, and the old terms stand', (qty) => {
    const { market, first } = queue();
    market.quote(990, 1_001, [10, 4]);
    market.amend(first, { price: 1_001, qty });
    expect(market.last(first)).toMatchObject({
      state: 'partiallyFilled',
      reason: 'QL_SIM_AMEND_FILLED',
      price: 1_001,
      qty: 6,
      remaining: 2,
    });
    market.trade(900);
    expect(market.last(first)).toMatchObject({ state: 'filled', reason: '' });
  });

  test('a post-only order is not amended into taking', () => {
    const market = new Floor();
    market.quote(1_000, 1_010);
    const order = market.send({ price: 1_001, qty: 6, tif: 'gtx' });
    market.amend(order, { price: 1_010, qty: 6 });
    const refused = { state: 'acked', price: 1_001, reason: 'QL_SIM_WOULD_CROSS' };
    expect(market.last(order)).toMatchObject(refused);
    market.amend(order, { price: 1_009, qty: 6 });
    expect(market.last(order)).toMatchObject({ state: 'acked', price: 1_009, reason: '' });
  });

  test('nothing is amended while the instrument does not trade', () => {
    const { market, first } = queue();
    market.market('Instrument', testInstrument({ status: 'halted' }));
    market.amend(first, { price: 1_002, qty: 6 });
    expect(market.last(first)).toMatchObject({ price: 1_001, reason: 'QL_SIM_NOT_TRADING' });
  });

  test('a copy of an approved amend is refused', () => {
    const { market, first } = queue();
    const copy = { ...approvedAmend(first, { price: 1_002, qty: 6 }) };
    expect(() => market.venue.amend(copy as never, 0)).toThrow(
      expect.objectContaining({ code: 'QL_ORDER_NOT_APPROVED' }),
    );
  });
});

describe('SIM-11: amends race with what happens meanwhile', () => {
  const slow = () => {
    const market = new Floor(constantLatency({ entryUs: 100, responseUs: 50 }));
    market.quote(1_000, 1_010);
    const order = market.send({ price: 1_001, qty: 6 });
    market.settle(1_000);
    return { market, order };
  };

  test('it acts at its entry latency and is known at its response latency', () => {
    const { market, order } = slow();
    market.amend(order, { price: 1_002, qty: 6 });
    market.settle(1_099);
    market.quote(900, 1_001, [10, 2]);
    market.settle(2_000);
    // The quote was a microsecond early: the old price met it.
    expect(market.levels(order)).toEqual([[1_001, 2]]);
    expect(market.last(order)).toMatchObject({ state: 'partiallyFilled', price: 1_002 });
    const known = market.facts.map((fact) => fact.knownUs);
    expect(known).toEqual([150, 1_149, 1_149, 1_150]);
  });

  test('one that finds the order filled or cancelled has nothing to say', () => {
    const { market, order } = slow();
    market.amend(order, { price: 1_002, qty: 7 });
    market.trade(900);
    market.settle(2_000);
    expect(market.states(order)).toEqual(['acked', 'filled']);
    const { market: other, order: gone } = slow();
    other.cancel(gone);
    other.amend(gone, { price: 1_002, qty: 7 });
    other.settle(2_000);
    expect(other.states(gone)).toEqual(['acked', 'cancelled']);
  });

  test('a cancel behind it ends the order with the new terms', () => {
    const { market, order } = slow();
    market.amend(order, { price: 1_002, qty: 7 });
    market.cancel(order);
    market.settle(2_000);
    expect(market.reports(order).map(({ state, qty }) => [state, qty])).toEqual([
      ['acked', 6],
      ['acked', 7],
      ['cancelled', 7],
    ]);
  });

  test('one that the latency model refuses is told so, once its time is over', () => {
    let lost = false;
    const market = new Floor({ entryUs: () => (lost ? -300 : 100), responseUs: () => 50 });
    market.quote(1_000, 1_010);
    const order = market.send({ price: 1_001, qty: 6 });
    market.settle(1_000);
    lost = true;
    market.amend(order, { price: 1_002, qty: 7 });
    market.quote(900, 1_001, [10, 2]);
    market.settle(2_000);
    expect(market.facts.at(-1)).toMatchObject({
      knownUs: 1_300,
      body: {
        ...{ state: 'partiallyFilled', reason: 'QL_SIM_LATENCY' },
        ...{ price: 1_001, qty: 6, remaining: 4 },
      },
    });
  });
});
