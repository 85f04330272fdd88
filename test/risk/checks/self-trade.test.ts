import fc from 'fast-check';
import type { OrderState } from 'quantlaxmi/events';
import { maxQty, orderRate, riskPolicy, selfTrade, type WorkingOrder } from 'quantlaxmi/risk';
import { testInstrument } from 'quantlaxmi/testing';
import { describe, expect, test } from 'vitest';
import { decide, inst, intent } from '../lib.js';
import { ask, codeOf, market, resting } from './ask.js';

const seed = 20_260_103;
const over = (...orders: WorkingOrder[]) => ({ workingOrders: () => orders });
const newest = selfTrade({ mode: 'cancelNewest' });
const oldest = selfTrade({ mode: 'cancelOldest' });
const decrement = selfTrade({ mode: 'decrement' });

describe('RISK-26: no order goes that could execute against an own one', () => {
  test('a limit order at or through an own order of the other side', () => {
    const at = (price: number) => codeOf(newest, { price }, over(resting()));
    expect([at(1_004), at(1_005), at(1_006)]).toEqual([
      '',
      'QL_RISK_SELF_TRADE',
      'QL_RISK_SELF_TRADE',
    ]);
    const buy = resting({ side: 'buy', price: 995 });
    const sell = (price: number) => codeOf(newest, { side: 'sell', price }, over(buy));
    expect([sell(996), sell(995)]).toEqual(['', 'QL_RISK_SELF_TRADE']);
    expect(codeOf(newest, { price: 1_100 }, over(resting({ side: 'buy' })))).toBe('');
  });

  test('market orders meet every one, an own market order every new one', () => {
    expect(codeOf(newest, market, over(resting({ price: 9_999 })))).toBe('QL_RISK_SELF_TRADE');
    expect(codeOf(newest, { price: 1 }, over(resting({ price: null })))).toBe('QL_RISK_SELF_TRADE');
    expect(codeOf(newest, { tif: 'ioc', price: 1_005 }, over(resting()))).toBe(
      'QL_RISK_SELF_TRADE',
    );
    expect(codeOf(newest, { price: 1 }, over(resting({ price: Number.NaN })))).toBe(
      'QL_RISK_SELF_TRADE',
    );
  });

  test('cancelOldest: those it would meet go first, others stay', () => {
    const orders = over(
      resting({ intentId: 'a', price: 1_001 }),
      resting({ intentId: 'b', price: 1_009 }),
      resting({ intentId: 'c', price: 1_000, state: 'partiallyFilled' }),
      resting({ intentId: 'd', price: 1_000, state: 'cancelRequested' }),
    );
    const result = ask(oldest, { price: 1_005 }, orders);
    expect(result).toMatchObject({ code: '', cancelFirst: ['a', 'c'] });
    expect(result.qtyMax).toBeUndefined();
  });

  test('decrement: their quantity comes off the new order, in whole lots', () => {
    const orders = over(resting({ intentId: 'a', remaining: 3 }), resting({ price: 1_006 }));
    expect(ask(decrement, { price: 1_005, qty: 10 }, orders)).toMatchObject({
      code: '',
      cancelFirst: ['a'],
      qtyMax: 7,
    });
    const lots = { ...orders, instrument: () => testInstrument({ lot: 5 }) };
    expect(ask(decrement, { price: 1_005, qty: 10 }, lots).qtyMax).toBe(5);
    expect(codeOf(decrement, { price: 1_005, qty: 3 }, orders)).toBe('QL_RISK_SELF_TRADE');
    expect(codeOf(decrement, { price: 1_005, qty: 7 }, lots)).toBe('QL_RISK_SELF_TRADE');
  });

  test.each(['unknown', 'submitted', 'approved'] as OrderState[])(
    'an order in the state %s cannot be relied on to be cancelled',
    (state) => {
      for (const check of [newest, oldest, decrement]) {
        expect(codeOf(check, { price: 1_005, qty: 50 }, over(resting({ state })))).toBe(
          'QL_RISK_SELF_TRADE',
        );
        expect(codeOf(check, { price: 1_004 }, over(resting({ state })))).toBe('');
      }
    },
  );

  test('the decision seals the cancels, and the smaller order', () => {
    const known = {
      order: (id: string) =>
        id === 'w-1'
          ? { clientOrderId: 'c-w', inst: intent().inst, open: true, orderId: 'o-w' }
          : null,
      workingOrder: (id: string) => (id === 'w-1' ? resting() : null),
      ...over(resting()),
      touch: () => ({ ask: 1_005, askQty: 9, bid: 1_000, bidQty: 9, rx: 1_000_000 }),
    };
    const by = (check: typeof oldest) => riskPolicy({ checks: [check] });
    const gone = decide(intent({ price: 1_005, qty: 8 }), known, by(oldest));
    expect(gone).toMatchObject({ verdict: 'allow', approved: { qty: 8 } });
    expect(gone.cancelFirst).toMatchObject([{ action: 'cancel', intentId: 'w-1', orderId: 'o-w' }]);
    const less = decide(intent({ price: 1_005, qty: 8 }), known, by(decrement));
    expect(less).toMatchObject({ verdict: 'reduce', approved: { qty: 3 } });
    expect(less.cancelFirst).toMatchObject([{ intentId: 'w-1' }]);
    expect(decide(intent({ price: 1_005, qty: 8 }), known, by(newest))).toMatchObject({
      verdict: 'reject',
      cancelFirst: [],
    });
  });

  test('RISK-26: after any yes nothing of the other side can meet it', () => {
    const order = fc.record({
      side: fc.constantFrom('buy' as const, 'sell' as const),
      price: fc.option(fc.integer({ min: 990, max: 1_010 }), { nil: null }),
      remaining: fc.integer({ min: 1, max: 9 }),
      state: fc.constantFrom<OrderState>(
        'acked',
        'partiallyFilled',
        'unknown',
        'submitted',
        'cancelRequested',
        'amendRequested',
      ),
    });
    let allowed = 0;
    fc.assert(
      fc.property(
        fc.array(order, { maxLength: 6 }),
        order,
        fc.constantFrom('cancelNewest', 'cancelOldest', 'decrement'),
        (orders, one, mode) => {
          const working = orders.map((part, i) => resting({ ...part, intentId: `w-${i}` }));
          const { side, price } = one;
          const type = price === null ? 'market' : 'limit';
          const qty = one.remaining * 2;
          const check = selfTrade({ mode: mode as 'decrement' });
          const {
            cancelFirst = [],
            code,
            qtyMax,
          } = ask(check, { side, price, type, qty }, over(...working));
          const meeting = working.filter((w) => {
            if (w.side === side) return false;
            const [bid, ask_] = side === 'buy' ? [price, w.price] : [w.price, price];
            return bid === null || ask_ === null || bid >= ask_;
          });
          const sure = ['acked', 'partiallyFilled', 'amendRequested', 'cancelRequested'];
          if (code !== '') {
            const met = meeting.reduce((sum, w) => sum + w.remaining, 0);
            expect(meeting.length).toBeGreaterThan(0);
            if (mode === 'cancelOldest') {
              expect(meeting.some((w) => !sure.includes(w.state))).toBe(true);
            }
            if (mode === 'decrement') {
              expect(met >= qty || meeting.some((w) => !sure.includes(w.state))).toBe(true);
            }
            return;
          }
          allowed += 1;
          for (const w of meeting) {
            expect(cancelFirst.includes(w.intentId) || w.state === 'cancelRequested').toBe(true);
            expect(sure).toContain(w.state);
          }
          expect(cancelFirst.length).toBeLessThanOrEqual(meeting.length);
          if (mode === 'decrement' && meeting.length > 0) {
            expect(qtyMax).toBe(qty - meeting.reduce((sum, w) => sum + w.remaining, 0));
          }
        },
      ),
      { seed, numRuns: 400 },
    );
    expect(allowed).toBeGreaterThan(50);
  });
});

test('RISK-11: cancels that go first count against a message rate before the order does', () => {
  const rate = (orders: number) =>
    orderRate({ scope: 'account', orders, perUs: 1_000_000, method: 'window', counts: 'messages' });
  const orders = [1, 2, 3].map((n) => resting({ intentId: `w-${n}`, orderId: `o-${n}` }));
  const known = (intentId: string) => {
    const order = orders.find((one) => one.intentId === intentId);
    return order === undefined ? null : { ...order, open: true };
  };
  const cap = maxQty({ qtyMax: { [inst]: '1000' } });
  const verdict = (allowed: number) => {
    const policy = riskPolicy({ checks: [cap, oldest, rate(allowed)] });
    const part = { order: known, workingOrders: () => orders };
    return decide(intent({ price: 1_005 }), part, policy);
  };
  expect(verdict(4)).toMatchObject({ verdict: 'allow', cancelFirst: [{}, {}, {}] });
  expect(verdict(3)).toMatchObject({ verdict: 'throttle', approved: null, cancelFirst: [] });
  expect(
    verdict(3)
      .checks.filter(({ ok }) => !ok)
      .map(({ code }) => code),
  ).toEqual(['QL_RISK_ORDER_RATE']);
});
