/**
 * Scenarios of exchange-core (Apache-2.0), re-typed: `basic.feature` and the cases of
 * `OrderBookBaseTest` on limit, immediate-or-cancel, move and cancel. What other users rest there
 * is the recorded book here; each difference that README.md names has a test below.
 */
import type { Level } from 'quantlaxmi/events';
import { describe, expect, test } from 'vitest';
import { Floor } from './lib.js';

const ASKS: Level[] = [
  [81_599, 75],
  [81_600, 100],
  [200_954, 10],
  [201_000, 60],
];
const BIDS: Level[] = [
  [81_593, 40],
  [81_590, 21],
  [81_200, 20],
  [10_000, 13],
  [9_136, 2],
];
const MAX_PRICE = 400_000;

/** The book that every case of `OrderBookBaseTest` begins with. */
const base = (): Floor => {
  const floor = new Floor();
  floor.book(BIDS, ASKS);
  return floor;
};

describe('SIM-17: OrderBookBaseTest, immediate-or-cancel', () => {
  test.each([
    ['shouldMatchIocOrderPartialBBO', 'sell', 1, 10, [[81_593, 10]]],
    ['shouldMatchIocOrderFullBBO', 'sell', 1, 40, [[81_593, 40]]],
    [
      'shouldMatchIocOrderWithTwoLimitOrdersPartial',
      'sell',
      1,
      41,
      [
        [81_593, 40],
        [81_590, 1],
      ],
    ],
    [
      'shouldMatchIocOrderFullLiquidity',
      'buy',
      MAX_PRICE,
      175,
      [
        [81_599, 75],
        [81_600, 100],
      ],
    ],
  ] as const)('%s', (_, side, price, qty, levels) => {
    const market = base();
    const order = market.send({ price, qty, side, tif: 'ioc' });
    expect(market.levels(order)).toEqual(levels);
    expect(market.last(order)).toMatchObject({ state: 'filled', remaining: 0 });
  });

  test('shouldMatchIocOrderWithRejection: what is left of 270 ends, here as expired', () => {
    const market = base();
    const order = market.send({ price: MAX_PRICE, qty: 270, tif: 'ioc' });
    expect(market.levels(order)).toEqual(ASKS);
    const left = { state: 'expired', reason: 'QL_SIM_IOC', remaining: 25 };
    expect(market.last(order)).toMatchObject(left);
  });
});

describe('SIM-17: OrderBookBaseTest, limit orders that take', () => {
  test.each([
    ['shouldFullyMatchMarketableGtcOrder', 81_599, 1, [[81_599, 1]], 0],
    ['shouldPartiallyMatchMarketableGtcOrderAndPlace', 81_599, 77, [[81_599, 75]], 2],
    [
      'shouldFullyMatchMarketableGtcOrder2Prices',
      81_600,
      77,
      [
        [81_599, 75],
        [81_600, 2],
      ],
      0,
    ],
    ['shouldFullyMatchMarketableGtcOrderWithAllLiquidity', 220_000, 1_000, ASKS, 755],
  ] as const)('%s', (_, price, qty, levels, remaining) => {
    const market = base();
    const order = market.send({ price, qty });
    expect(market.levels(order)).toEqual(levels);
    const state = remaining === 0 ? 'filled' : 'partiallyFilled';
    expect(market.last(order)).toMatchObject({ state, remaining, reason: '' });
  });

  test('shouldAddGtcOrders: orders within the spread and far away rest', () => {
    const market = base();
    for (const [side, price, qty] of [
      ['sell', 81_598, 1],
      ['buy', 81_594, 9_000],
      ['sell', 130_000, 13_000],
      ['buy', 1_000, 4],
    ] as const) {
      const order = market.send({ price, qty, side });
      expect(market.states(order)).toEqual(['acked']);
    }
  });
});

describe('SIM-17: OrderBookBaseTest, moves and cancels', () => {
  test.each([
    ['shouldMoveOrderExistingBucket', 81_590],
    ['shouldMoveOrderNewBucket', 81_594],
  ])('%s', (_, price) => {
    const market = base();
    const order = market.send({ price: 81_200, qty: 20 });
    market.amend(order, { price, qty: 20 });
    expect(market.last(order)).toMatchObject({ state: 'acked', price, remaining: 20 });
    expect(market.fills(order)).toEqual([]);
  });

  test.each([
    ['shouldMoveOrderFullyMatchAsMarketable', [81_200, 20], 81_602, [[81_599, 20]], 0],
    [
      'shouldMoveOrderFullyMatchAsMarketable2Prices',
      [81_594, 100],
      81_600,
      [
        [81_599, 75],
        [81_600, 25],
      ],
      0,
    ],
    ['shouldMoveOrderMatchesAllLiquidity', [81_594, 246], 201_000, ASKS, 1],
  ] as const)('%s', (_, [price, qty], to, levels, remaining) => {
    const market = base();
    const order = market.send({ price, qty });
    expect(market.fills(order)).toEqual([]);
    market.amend(order, { price: to, qty });
    expect(market.levels(order)).toEqual(levels);
    expect(market.last(order)).toMatchObject({ price: to, remaining });
  });

  test('shouldRemoveOrder: a cancel ends the whole remainder', () => {
    const market = base();
    const order = market.send({ price: 81_590, qty: 20 });
    market.cancel(order);
    expect(market.last(order)).toMatchObject({ state: 'cancelled', remaining: 20 });
  });

  test('shouldReturnErrorWhenCancelUnknownOrder, …UpdatingUnknownOrder: no answer here', () => {
    const market = base();
    const order = market.send({ price: 81_590, qty: 20 });
    market.cancel(order);
    const before = market.facts.length;
    market.cancel(order);
    market.amend(order, { price: 300, qty: 20 });
    expect(market.facts.length).toBe(before);
  });
});

describe('SIM-17: basic.feature', () => {
  // Alice is the recorded book, Bob sends.
  test('basic full cycle, as Bob sees it', () => {
    const market = new Floor();
    market.book([[1_550, 4]], [[1_600, 7]]);
    const first = market.send({ price: 1_700, qty: 2, tif: 'ioc' });
    expect(market.levels(first)).toEqual([[1_600, 2]]);
    const second = market.send({ price: 1_583, qty: 4 });
    expect(market.states(second)).toEqual(['acked']);
    // Alice moves her ask of 5 from 1600 to 1580: it meets Bob at his price.
    market.book([[1_550, 4]], [[1_580, 5]]);
    expect(market.levels(second)).toEqual([[1_583, 4]]);
    expect(market.last(second)?.state).toBe('filled');
    const rest = market.send({ price: 1_580, qty: 9, tif: 'ioc' });
    expect(market.levels(rest)).toEqual([[1_580, 1]]);
  });

  test('full cycle, as Alice sees it: her move takes at the price of the one who waits', () => {
    const market = new Floor();
    market.book([[1_540, 1]], [[1_700, 1]]);
    const ask = market.send({ side: 'sell', price: 1_600, qty: 7 });
    const bid = market.send({ price: 1_550, qty: 4 });
    // Bob buys 2 at 1600.
    market.quote(1_600, 1_700, [2, 1]);
    expect(market.levels(ask)).toEqual([[1_600, 2]]);
    market.quote(1_583, 1_700, [4, 1]);
    market.amend(ask, { price: 1_580, qty: 7 });
    expect(market.levels(ask)).toEqual([
      [1_600, 2],
      [1_583, 4],
    ]);
    expect(market.last(ask)).toMatchObject({
      state: 'partiallyFilled',
      price: 1_580,
      remaining: 1,
    });
    expect(market.states(bid)).toEqual(['acked']);
  });

  test('cancel of a bid', () => {
    const market = new Floor();
    market.book([[18_000, 1]], [[20_000, 1]]);
    const order = market.send({ price: 18_500, qty: 500 });
    expect(market.last(order)).toMatchObject({ state: 'acked', price: 18_500, remaining: 500 });
    market.cancel(order);
    expect(market.last(order)).toMatchObject({ state: 'cancelled', remaining: 500 });
  });
});

describe('SIM-17: where the models differ', () => {
  test('own orders never meet each other', () => {
    const market = base();
    const ask = market.send({ side: 'sell', price: 81_595, qty: 10 });
    const bid = market.send({ price: 81_598, qty: 10 });
    expect([market.states(ask), market.states(bid)]).toEqual([['acked'], ['acked']]);
    const taker = market.send({ price: 81_598, qty: 10, tif: 'ioc' });
    expect(market.fills(taker)).toEqual([]);
  });

  test('one execution by level, not one by counterparty', () => {
    // There 81599 holds orders of 50 and 25, and 75 are two trades.
    const market = base();
    expect(market.levels(market.send({ price: 81_599, qty: 75 }))).toEqual([[81_599, 75]]);
  });

  test('own takes do not change the recorded book, they are only not on offer again', () => {
    const market = base();
    market.send({ price: 81_599, qty: 75, tif: 'ioc' });
    // There the book would now begin at 81600; a post-only order at 81599 would rest.
    const order = market.send({ price: 81_599, qty: 1, tif: 'gtx' });
    expect(market.last(order)).toMatchObject({ state: 'expired', reason: 'QL_SIM_WOULD_CROSS' });
    expect(market.fills(market.send({ price: 81_599, qty: 1, tif: 'ioc' }))).toEqual([]);
  });

  test('an amend reduces the total, where a reduce takes a quantity off', () => {
    const market = base();
    const order = market.send({ price: 81_590, qty: 20 });
    market.amend(order, { price: 81_590, qty: 12 });
    expect(market.last(order)).toMatchObject({ qty: 12, remaining: 12 });
  });

  test('no reserve price: a buy may be moved above any price it was sent with', () => {
    const market = base();
    const order = market.send({ price: 81_590, qty: 1 });
    market.amend(order, { price: 81_597, qty: 1 });
    expect(market.last(order)).toMatchObject({ price: 81_597, reason: '' });
  });
});
