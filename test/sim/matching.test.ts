import type { Level } from 'quantlaxmi/events';
import { SIM_REASONS } from 'quantlaxmi/sim';
import { testInstrument } from 'quantlaxmi/testing';
import { describe, expect, test } from 'vitest';
import { Floor, inst } from './lib.js';

const bids: Level[] = [
  [1_000, 4],
  [999, 6],
];
const asks: Level[] = [
  [1_001, 5],
  [1_002, 7],
  [1_004, 100],
];
const floor = (): Floor => {
  const made = new Floor();
  made.book(bids, asks);
  return made;
};

describe('SIM-1: the walk', () => {
  test('best level first, within the limit', () => {
    const market = floor();
    const order = market.send({ price: 1_002, qty: 20, tif: 'ioc' });
    expect(market.levels(order)).toEqual([
      [1_001, 5],
      [1_002, 7],
    ]);
    expect(market.last(order)).toMatchObject({ state: 'expired', remaining: 8 });
    const sell = market.send({ price: 990, qty: 5, side: 'sell', tif: 'ioc' });
    expect(market.levels(sell)).toEqual([
      [1_000, 4],
      [999, 1],
    ]);
    expect(market.states(sell)).toEqual(['acked', 'filled']);
  });

  test('what was taken stays taken until its level is reported anew', () => {
    const market = floor();
    market.send({ price: 1_001, qty: 4, tif: 'ioc' });
    const second = market.send({ price: 1_001, qty: 4, tif: 'ioc' });
    expect(market.levels(second)).toEqual([[1_001, 1]]);
    market.delta([], [[1_002, 9]]);
    expect(market.levels(market.send({ price: 1_001, qty: 4, tif: 'ioc' }))).toEqual([]);
    market.delta([], [[1_001, 3]]);
    expect(market.levels(market.send({ price: 1_001, qty: 4, tif: 'ioc' }))).toEqual([[1_001, 3]]);
    market.book(bids, asks);
    expect(market.levels(market.send({ price: 1_001, qty: 9, tif: 'ioc' }))).toEqual([[1_001, 5]]);
  });

  // Level 100 with 30 consumed leaves 70; a report of 120 offers all of it (nautilus_trader docs).
  test('a published case of consumption', () => {
    const market = new Floor();
    market.book([[1_000, 1]], [[1_001, 100]]);
    market.send({ price: 1_001, qty: 30, tif: 'ioc' });
    const all = { price: 1_001, qty: 500, tif: 'ioc' } as const;
    expect(market.levels(market.send({ ...all }))).toEqual([[1_001, 70]]);
    market.delta([], [[1_001, 120]]);
    expect(market.levels(market.send({ ...all }))).toEqual([[1_001, 120]]);
  });

  // exchange-core `basic.feature`: an order walks to a better ask than its own limit.
  test('a published case of price improvement', () => {
    const market = new Floor();
    market.book([[1_550, 4]], [[1_600, 7]]);
    const taker = market.send({ price: 1_700, qty: 2, tif: 'ioc' });
    expect(market.levels(taker)).toEqual([[1_600, 2]]);
  });
});

describe('SIM-2: quotes only', () => {
  test('the quote is the whole display, and is used up', () => {
    const market = new Floor();
    market.quote(1_000, 1_001, [3, 2]);
    const order = market.send({ type: 'market', price: null, qty: 5, tif: 'ioc' });
    expect(market.levels(order)).toEqual([[1_001, 2]]);
    expect(market.last(order)).toMatchObject({ state: 'expired', reason: 'QL_SIM_NO_LIQUIDITY' });
    market.quote(999, 1_001, [3, 2]);
    const again = market.send({ type: 'market', price: null, qty: 5, tif: 'ioc' });
    expect(market.levels(again)).toEqual([]);
    market.quote(999, 1_001, [3, 4]);
    expect(market.levels(market.send({ price: 1_001, qty: 5, tif: 'ioc' }))).toEqual([[1_001, 4]]);
  });

  test('without any price an order is rejected', () => {
    const market = new Floor();
    const order = market.send({});
    expect(market.last(order)).toMatchObject({ state: 'rejected', reason: 'QL_SIM_NO_MARKET' });
  });

  test('a halted instrument and an ended one take no orders', () => {
    const market = floor();
    market.market('Instrument', testInstrument({ status: 'halted' }));
    expect(market.last(market.send({}))).toMatchObject({ reason: 'QL_SIM_NOT_TRADING' });
    market.market('Instrument', testInstrument({ validTo: 50 }));
    market.settle(50);
    expect(market.last(market.send({}))).toMatchObject({ reason: 'QL_SIM_NOT_TRADING' });
  });

  test('a book out of sequence offers nothing', () => {
    const market = floor();
    const seqs = { firstSeq: 90, lastSeq: 91, prevSeq: 89 };
    market.market('BookDelta', { asks: [], bids: [], inst, ...seqs });
    expect(market.last(market.send({}))).toMatchObject({ reason: 'QL_SIM_NO_MARKET' });
  });
});

describe('SIM-3: time in force', () => {
  test('gtc rests with its remainder', () => {
    const market = floor();
    const order = market.send({ price: 1_001, qty: 8 });
    expect(market.states(order)).toEqual(['acked', 'partiallyFilled']);
    expect(market.last(order)?.remaining).toBe(3);
    market.cancel(order);
    expect(market.last(order)).toMatchObject({ state: 'cancelled', remaining: 3 });
  });

  test('fok takes all or nothing, also of what is left', () => {
    const market = floor();
    const most = market.send({ price: 1_002, qty: 12, tif: 'fok' });
    expect(market.last(most)?.state).toBe('filled');
    const fresh = floor();
    const more = fresh.send({ price: 1_002, qty: 13, tif: 'fok' });
    expect(fresh.last(more)).toMatchObject({
      state: 'expired',
      reason: 'QL_SIM_FOK',
      remaining: 13,
    });
    expect(fresh.fills(more)).toEqual([]);
    fresh.send({ price: 1_001, qty: 1, tif: 'ioc' });
    expect(fresh.last(fresh.send({ price: 1_002, qty: 12, tif: 'fok' }))?.state).toBe('expired');
  });

  test('gtx rests, or expires where it would take', () => {
    const market = floor();
    const joins = market.send({ price: 1_000, qty: 1, tif: 'gtx' });
    expect(market.states(joins)).toEqual(['acked']);
    const crosses = market.send({ price: 1_001, qty: 1, tif: 'gtx' });
    expect(market.last(crosses)).toMatchObject({ state: 'expired', reason: 'QL_SIM_WOULD_CROSS' });
    expect(market.fills(crosses)).toEqual([]);
  });
});

describe('SIM-4: resting orders', () => {
  const resting = (side: 'buy' | 'sell' = 'buy') => {
    const market = new Floor();
    market.quote(1_000, 1_010);
    const price = side === 'buy' ? 1_001 : 1_009;
    return { market, order: market.send({ price, qty: 6, side }) };
  };

  test('a trade at the price fills nothing, one through it everything, at our price', () => {
    for (const side of ['buy', 'sell'] as const) {
      const { market, order } = resting(side);
      const at = side === 'buy' ? 1_001 : 1_009;
      market.trade(at, 1_000);
      expect(market.fills(order)).toEqual([]);
      market.trade(side === 'buy' ? at - 1 : at + 1, 1);
      expect(market.fills(order)).toMatchObject([{ price: at, qty: 6, liquidity: 'maker' }]);
      expect(market.last(order)?.state).toBe('filled');
    }
  });

  // A buy of 1000 rests; offers of 30 and then 200 come down to it (nautilus_trader docs): 30, 230.
  test('the opposite side comes to it: what is on display executes', () => {
    const market = new Floor();
    market.quote(9_990, 10_010);
    const order = market.send({ price: 10_005, qty: 1_000 });
    market.quote(9_990, 10_000, [10, 30]);
    expect(market.levels(order)).toEqual([[10_005, 30]]);
    market.quote(9_990, 9_995, [10, 200]);
    expect(market.levels(order)).toEqual([
      [10_005, 30],
      [10_005, 200],
    ]);
    expect(market.last(order)).toMatchObject({ state: 'partiallyFilled', remaining: 770 });
  });

  test('the same display is not taken twice', () => {
    const { market, order } = resting();
    market.quote(990, 1_001, [10, 2]);
    market.quote(991, 1_001, [10, 2]);
    expect(market.levels(order)).toEqual([[1_001, 2]]);
  });

  test('orders at one price go by acceptance', () => {
    const { market, order } = resting();
    const later = market.send({ price: 1_001, qty: 6 });
    market.quote(990, 1_001, [10, 8]);
    expect(market.levels(order)).toEqual([[1_001, 6]]);
    expect(market.levels(later)).toEqual([[1_001, 2]]);
  });

  test('a cancelled or finished order takes no further part', () => {
    const { market, order } = resting();
    market.cancel(order);
    market.trade(900);
    expect(market.states(order)).toEqual(['acked', 'cancelled']);
    market.cancel(order);
    expect(market.states(order)).toEqual(['acked', 'cancelled']);
  });
});

describe('SIM-9: reduce-only', () => {
  test('without a position it is rejected', () => {
    const market = floor();
    const order = market.send({ side: 'sell', price: 1_000, reduceOnly: true });
    expect(market.last(order)).toMatchObject({ state: 'rejected', reason: 'QL_SIM_REDUCE_ONLY' });
  });

  test('it executes what the position leaves, and ends there', () => {
    const market = floor();
    market.send({ price: 1_001, qty: 3, tif: 'ioc' });
    const order = market.send({ side: 'sell', price: 1_000, qty: 4, reduceOnly: true });
    expect(market.levels(order)).toEqual([[1_000, 3]]);
    expect(market.last(order)).toMatchObject({ state: 'expired', reason: 'QL_SIM_REDUCE_ONLY' });
  });

  test('a resting one ends when the position is gone', () => {
    const market = floor();
    market.send({ price: 1_001, qty: 3, tif: 'ioc' });
    const exit = market.send({ side: 'sell', price: 1_006, qty: 3, reduceOnly: true });
    market.send({ side: 'sell', price: 1_000, qty: 3, tif: 'ioc' });
    market.trade(1_007);
    expect(market.fills(exit)).toEqual([]);
    expect(market.last(exit)).toMatchObject({ state: 'expired', remaining: 3 });
  });
});

test('every reason has a meaning', () => {
  const codes = Object.keys(SIM_REASONS);
  expect(codes).toEqual([...codes].sort());
});
