import { NO_SUCH_ORDER, RECONCILED_CODE } from 'quantlaxmi/execution';
import { constantLatency } from 'quantlaxmi/sim';
import { approvedOrder } from 'quantlaxmi/testing';
import { describe, expect, test } from 'vitest';
import { Floor, inst } from './lib.js';

const ids = (n: number) => ({ clientOrderId: `c-${n}`, inst, orderId: `o-${n}` });

describe('SIM-12: what became of an order', () => {
  test('its fills, then its state, as often as asked', () => {
    const market = new Floor();
    market.quote(1_000, 1_001, [10, 4]);
    const order = market.send({ price: 1_001, qty: 6 });
    const [fill] = market.fills(order);
    for (let i = 0; i < 2; i += 1) {
      const answer = market.query(order);
      expect(answer.map(({ t }) => t)).toEqual(['Fill', 'Order']);
      expect(answer[0]?.body).toEqual(fill);
      expect(answer[1]?.body).toEqual(market.reports(order)[1]);
    }
    market.cancel(order);
    expect(market.query(order).at(-1)?.body).toMatchObject({ state: 'cancelled', remaining: 2 });
  });

  test('the end of an order is told with its reason', () => {
    const market = new Floor();
    market.quote(1_000, 1_001, [10, 4]);
    const order = market.send({ price: 1_001, qty: 6, tif: 'ioc' });
    const told = { state: 'expired', reason: 'QL_SIM_IOC' };
    expect(market.query(order).at(-1)?.body).toMatchObject(told);
    const lost = new Floor({ entryUs: () => -5, responseUs: () => 0 });
    const never = lost.send({});
    lost.settle(10);
    expect(lost.last(never)).toMatchObject({ state: 'rejected', reason: 'QL_SIM_LATENCY' });
  });

  test('an order under way is not judged yet', () => {
    let entryUs = 100;
    const market = new Floor({ entryUs: () => entryUs, responseUs: () => 0 });
    market.quote(1_000, 1_001);
    expect(market.query(ids(1))).toEqual([]);
    const order = market.send({ price: 1_001, qty: 2 });
    entryUs = 0;
    market.settle(100);
    // The question came before the order, which it knew to be under way.
    expect(market.facts).toEqual([]);
    market.settle(1_000);
    expect(market.last(order)?.state).toBe('filled');
  });

  test('an id never sent is rejected, and does not execute afterwards', () => {
    const market = new Floor();
    market.quote(1_000, 1_001);
    const answer = market.query(ids(1));
    const told = { ...ids(1), state: 'rejected', reason: NO_SUCH_ORDER };
    expect(answer).toMatchObject([{ t: 'Order', body: told }]);
    const late = market.send({ price: 1_001, qty: 2 });
    expect(late.clientOrderId).toBe('c-1');
    expect(market.last(late)).toMatchObject({ state: 'rejected', reason: NO_SUCH_ORDER, qty: 2 });
    expect(market.fills(late)).toEqual([]);
    const again = market.facts.length;
    market.venue.submit(approvedOrder({ clientOrderId: 'c-1' }), market.nowUs);
    expect(market.facts.length).toBe(again);
    expect(market.query(late).at(-1)?.body).toMatchObject({ state: 'rejected' });
  });
});

describe('SIM-13: reconciliation', () => {
  const traded = (latency?: Parameters<typeof constantLatency>[0]) => {
    const options = { cash: { USDT: '1000.5' }, account: 'main' };
    const market = new Floor(latency && constantLatency(latency), options);
    market.quote(1_000, 1_001, [10, 4]);
    const rests = market.send({ price: 1_001, qty: 6 });
    const waits = market.send({ price: 990, qty: 3 });
    const done = market.send({ side: 'sell', price: 1_000, qty: 1, tif: 'ioc' });
    market.settle(1_000);
    return { market, rests, waits, done };
  };

  test('all fills, the open orders, the account, and the end', () => {
    const { market, rests, waits } = traded();
    const facts = market.reconcile();
    expect(facts.map(({ t }) => t)).toEqual([
      ...['Fill', 'Fill', 'Order', 'Order'],
      ...['Account', 'Session'],
    ]);
    const orders = facts.flatMap((fact) => (fact.t === 'Order' ? [fact.body] : []));
    expect(orders).toMatchObject([
      { orderId: rests.orderId, state: 'partiallyFilled', remaining: 2 },
      { orderId: waits.orderId, state: 'acked', remaining: 3 },
    ]);
    expect(facts.at(-1)?.body).toEqual({
      code: RECONCILED_CODE,
      details: { orders: 2, question: 1 },
      inst: null,
      kind: 'resync',
    });
  });

  test('balances and positions are exact decimals', () => {
    const { market } = traded();
    // 0.004 at 100.1 and 0.001 back at 100.0; fees of 0.05 % of 0.4004 and of 0.1, rounded up.
    expect(market.account()).toEqual({
      account: 'main',
      balances: [
        {
          currency: 'USDT',
          free: '1000.499649800000000000',
          total: '1000.499649800000000000',
        },
      ],
      cause: 0,
      margin: {},
      positions: [{ entryPrice: '100.100000000000000000', inst, qty: '0.003' }],
    });
  });

  test('one instant, told at the response latency, with nothing between', () => {
    const { market, rests } = traded({ entryUs: 100, responseUs: 50 });
    const before = market.facts.length;
    market.reconcile();
    market.settle(1_100);
    // What happens behind the instant comes behind the answer.
    market.trade(900);
    market.settle(2_000);
    const facts = market.facts.slice(before);
    const end = facts.findIndex(({ t }) => t === 'Session');
    expect(facts.slice(0, end + 1).map(({ knownUs }) => knownUs)).toEqual(Array(6).fill(1_150));
    const open = facts.slice(0, end).flatMap((fact) => (fact.t === 'Order' ? [fact.body] : []));
    expect(open.find(({ orderId }) => orderId === rests.orderId)?.remaining).toBe(2);
    expect(market.last(rests)?.state).toBe('filled');
    expect(facts.length).toBeGreaterThan(end + 1);
  });
});
