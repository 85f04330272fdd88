import type { OrderState } from 'quantlaxmi/events';
import {
  createOrderStore,
  NO_SUCH_ORDER,
  type OrderStore,
  orderTimer,
  overdue,
  STATE_TOLD,
  timedOrderId,
} from 'quantlaxmi/execution';
import { describe, expect, test } from 'vitest';
import { codeOf, filled, inst, placed, report } from './lib.js';

const TERMS = { price: 1_005, qty: 16 };

/** A store with one acked order of 10 at 1000, asked to be amended. */
const amending = (terms = TERMS, side: 'buy' | 'sell' = 'buy'): OrderStore => {
  const orders = createOrderStore();
  orders.submit(placed({ side }));
  orders.onOrder(report({ side }));
  orders.requestAmend('o-1', terms);
  return orders;
};
const taken = (part: { state?: OrderState; remaining?: number; reason?: string } = {}) =>
  report({ ...TERMS, remaining: 16, ...part });

describe('EXECUTION-9: an amend', () => {
  test('counts by the worse of both terms until it is answered', () => {
    const orders = amending();
    expect(orders.get('o-1')).toMatchObject({ pending: TERMS, price: 1_000, qty: 10 });
    expect(orders.working(inst)).toEqual({ buyQty: 16, sellQty: 0 });
    expect(orders.workingOrder('i-1')).toMatchObject({ price: 1_005, remaining: 16 });
    expect(orders.workingOrders(inst)).toEqual([orders.workingOrder('i-1')]);
    const lower = amending({ price: 990, qty: 4 });
    expect(lower.workingOrder('i-1')).toMatchObject({ price: 1_000, remaining: 10 });
    const sale = amending({ price: 990, qty: 4 }, 'sell');
    expect(sale.workingOrder('i-1')).toMatchObject({ price: 990, remaining: 10 });
  });

  test('that is taken puts the new terms in force, and reports of the old ones are late', () => {
    const orders = amending();
    expect(orders.onOrder(report())).toBe('duplicate');
    expect(orders.get('o-1')?.state).toBe('amendRequested');
    expect(orders.onOrder(taken())).toBe('applied');
    expect(orders.get('o-1')).toMatchObject({ ...TERMS, pending: null, state: 'acked' });
    expect(orders.onOrder(report())).not.toBe('applied');
    expect(orders.onOrder(report({ state: 'partiallyFilled', remaining: 8 }))).toBe('late');
    expect(orders.get('o-1')).toMatchObject({ ...TERMS, remaining: 16, state: 'acked' });
  });

  test('that is refused leaves the old terms in force', () => {
    const orders = amending();
    orders.onOrder(report({ reason: 'NO_AMENDS' }));
    expect(orders.get('o-1')).toMatchObject({ pending: null, qty: 10, reason: 'NO_AMENDS' });
    expect(orders.working(inst)).toEqual({ buyQty: 10, sellQty: 0 });
    expect(codeOf(() => orders.onOrder(taken()))).toBeNull();
    expect(orders.get('o-1')).toMatchObject({ qty: 10 });
  });

  test('answered with terms that nobody asked for is a contradiction', () => {
    const orders = amending();
    for (const part of [{ qty: 15 }, { price: 1_004 }, { qty: 16 }, { price: 1_005 }]) {
      const body = report({ remaining: 5, ...part });
      expect(codeOf(() => orders.onOrder(body))).toBe('QL_ORDER_TRANSITION');
    }
  });

  test('races with fills of the old terms, and a fill beyond them shows that it was taken', () => {
    const orders = amending();
    orders.onFill(filled({ qty: 9 }));
    expect(orders.get('o-1')).toMatchObject({ remaining: 7, state: 'amendRequested' });
    orders.onFill(filled({ fillId: 'f-2', qty: 1 }));
    expect(orders.get('o-1')).toMatchObject({ remaining: 6, state: 'amendRequested' });
    orders.onFill(filled({ fillId: 'f-3', qty: 1 }));
    expect(orders.get('o-1')).toMatchObject({ ...TERMS, pending: null, state: 'partiallyFilled' });
    orders.onOrder(taken());
    orders.onFill(filled({ fillId: 'f-4', qty: 5 }));
    expect(orders.get('o-1')).toMatchObject({ remaining: 0, state: 'filled' });
  });

  test('to less: executions beyond the new quantity are impossible once it is in force', () => {
    const orders = amending({ price: 1_005, qty: 6 });
    orders.onFill(filled());
    orders.onOrder(report({ price: 1_005, qty: 6, remaining: 2, state: 'partiallyFilled' }));
    expect(orders.get('o-1')).toMatchObject({ qty: 6, remaining: 2, state: 'partiallyFilled' });
    const beyond = filled({ fillId: 'f-9', qty: 3 });
    expect(codeOf(() => orders.onFill(beyond))).toBe('QL_ORDER_TRANSITION');
    orders.onFill(filled({ fillId: 'f-2', qty: 2 }));
    expect(orders.get('o-1')?.state).toBe('filled');
  });

  test('to less than what was filled meanwhile cannot have been taken', () => {
    const orders = amending({ price: 1_005, qty: 3 });
    orders.onFill(filled());
    const body = report({ price: 1_005, qty: 3, remaining: 0 });
    expect(codeOf(() => orders.onOrder(body))).toBe('QL_ORDER_TRANSITION');
    orders.onOrder(report({ reason: 'TOO_LATE', remaining: 6, state: 'partiallyFilled' }));
    expect(orders.get('o-1')).toMatchObject({ pending: null, qty: 10, remaining: 6 });
  });

  test('to what is filled by the time it is taken ends the order', () => {
    const orders = amending({ price: 1_005, qty: 4 });
    orders.onFill(filled());
    expect(orders.get('o-1')?.state).toBe('amendRequested');
    orders.onOrder(report({ price: 1_005, qty: 4, remaining: 0, state: 'partiallyFilled' }));
    expect(orders.get('o-1')).toMatchObject({ qty: 4, remaining: 0, state: 'filled' });
  });

  test('with a cancel behind it: the first refusal is its own, the second the cancel’s', () => {
    const orders = amending();
    orders.requestCancel('o-1');
    orders.onOrder(report({ reason: 'NO_AMENDS' }));
    expect(orders.get('o-1')).toMatchObject({ pending: null, state: 'cancelRequested' });
    orders.onOrder(report({ reason: 'NO_CANCELS' }));
    expect(orders.get('o-1')).toMatchObject({ pending: null, state: 'acked' });
  });

  test('with a cancel behind it that ends the order on the new terms, or on the old', () => {
    for (const body of [taken({ state: 'cancelled' }), report({ state: 'cancelled' })]) {
      const orders = amending();
      orders.requestCancel('o-1');
      expect(orders.onOrder(body)).toBe('applied');
      expect(orders.get('o-1')).toMatchObject({ pending: null, remaining: 0, state: 'cancelled' });
      expect(orders.onOrder(taken())).toBe('late');
      expect(orders.onOrder(report({ reason: 'TOO_LATE' }))).toBe('late');
    }
  });

  test.each<[string, (orders: OrderStore) => void]>([
    ['that waits for an answer', (orders) => void orders.requestAmend('o-1', TERMS)],
    ['that is to be cancelled', (orders) => void orders.requestCancel('o-1')],
    ['that is unknown', (orders) => void orders.markUnknown('o-1', '')],
    ['that is over', (orders) => void orders.onOrder(report({ state: 'cancelled' }))],
    ['that executed as much', (orders) => void orders.onFill(filled({ qty: 9 }))],
  ])('of an order %s is refused', (_, before) => {
    const orders = createOrderStore();
    orders.submit(placed());
    before(orders);
    const was = orders.get('o-1');
    const next = { price: 1_000, qty: 9 };
    expect(codeOf(() => orders.requestAmend('o-1', next))).toBe('QL_ORDER_TRANSITION');
    expect(orders.get('o-1')).toEqual(was);
  });
});

describe('EXECUTION-10: an order that is not answered', () => {
  const spec = { ackTimeoutUs: 500, changeTimeoutUs: 700, queryEveryUs: 1_000 };
  const due = (orders: OrderStore): { id: string; at: number } => {
    const order = orders.get('o-1');
    const timer = order === null ? null : orderTimer(order, spec, 10_000);
    return { id: timer?.id ?? '', at: timer?.dueUs ?? 0 };
  };

  test('becomes unknown, is asked about, and goes on from any truth', () => {
    const truths: OrderState[] = ['acked', 'cancelled', 'expired', 'rejected'];
    for (const state of truths) {
      const orders = createOrderStore();
      orders.submit(placed());
      const sent = due(orders);
      expect(sent.at).toBe(10_500);
      expect(timedOrderId(sent.id)).toBe('o-1');
      expect(overdue(orders.get('o-1'), sent.id)).toBe('unknown');
      orders.markUnknown('o-1', 'QL_TIMEOUT');
      expect(orders.get('o-1')).toMatchObject({ reason: 'QL_TIMEOUT', state: 'unknown' });
      expect([orders.unknownCount, orders.openCount(null)]).toEqual([1, 1]);
      expect(orders.working(inst)).toEqual({ buyQty: 10, sellQty: 0 });
      expect(overdue(orders.get('o-1'), sent.id)).toBeNull();
      const asked = due(orders);
      expect([asked.at, overdue(orders.get('o-1'), asked.id)]).toEqual([11_000, 'query']);
      orders.onOrder(report({ state }));
      expect([orders.get('o-1')?.state, orders.unknownCount]).toEqual([state, 0]);
      expect(overdue(orders.get('o-1'), asked.id)).toBeNull();
    }
  });

  test('a timer of another wait, order or owner means nothing', () => {
    const orders = createOrderStore();
    orders.submit(placed());
    const sent = due(orders);
    orders.onOrder(report());
    expect(due(orders).id).toBe('');
    expect(overdue(orders.get('o-1'), sent.id)).toBeNull();
    orders.requestAmend('o-1', TERMS);
    expect(overdue(orders.get('o-1'), sent.id)).toBeNull();
    const amend = due(orders);
    expect([amend.at, overdue(orders.get('o-1'), amend.id)]).toEqual([10_700, 'unknown']);
    orders.requestCancel('o-1');
    expect(overdue(orders.get('o-1'), amend.id)).toBeNull();
    expect(overdue(null, amend.id)).toBeNull();
    expect([timedOrderId('ladder'), timedOrderId('order/x')]).toEqual([null, null]);
  });

  test('seen alive on its old terms, it still waits for the amend, and for the cancel', () => {
    const amended = amending();
    amended.markUnknown('o-1', '');
    amended.onOrder(report());
    expect(amended.get('o-1')).toMatchObject({ pending: TERMS, state: 'amendRequested' });
    expect(due(amended).at).toBe(10_700);
    const cancelled = amending();
    cancelled.requestCancel('o-1');
    cancelled.markUnknown('o-1', '');
    cancelled.onOrder(taken());
    expect(cancelled.get('o-1')).toMatchObject({ pending: null, state: 'cancelRequested' });
  });

  test('told for good, it waits for nothing any more', () => {
    const orders = amending();
    orders.requestCancel('o-1');
    orders.markUnknown('o-1', '');
    orders.onOrder(report({ reason: STATE_TOLD }));
    expect(orders.get('o-1')).toMatchObject({ cancels: 0, pending: null, state: 'acked' });
    const other = amending();
    other.requestCancel('o-1');
    other.markUnknown('o-1', '');
    other.onOrder(taken({ reason: STATE_TOLD }));
    expect(other.get('o-1')).toMatchObject({ ...TERMS, cancels: 0, pending: null, state: 'acked' });
  });

  test('denied by the venue it is over, whatever terms the denial names', () => {
    const denial = { price: null, qty: 0, reason: NO_SUCH_ORDER, remaining: 0, state: 'rejected' };
    const orders = createOrderStore();
    orders.submit(placed());
    orders.markUnknown('o-1', '');
    orders.onOrder(report({ ...denial, state: 'rejected' }));
    expect(orders.get('o-1')).toMatchObject({ qty: 10, remaining: 0, state: 'rejected' });
    const filledOnce = createOrderStore();
    filledOnce.submit(placed());
    filledOnce.onFill(filled());
    const body = report({ ...denial, state: 'rejected' });
    expect(codeOf(() => filledOnce.onOrder(body))).toBe('QL_ORDER_TRANSITION');
  });

  test('an order that is over cannot be doubted, and one in doubt stays as it is', () => {
    const orders = createOrderStore();
    orders.submit(placed());
    const first = orders.markUnknown('o-1', 'A');
    expect(orders.markUnknown('o-1', 'B')).toEqual(first);
    orders.onOrder(report({ state: 'cancelled' }));
    expect(codeOf(() => orders.markUnknown('o-1', ''))).toBe('QL_ORDER_TRANSITION');
  });
});

test('EXECUTION-13: a report without an order id is found by the client’s', () => {
  const orders = createOrderStore();
  orders.submit(placed());
  expect(orders.onOrder(report({ orderId: '' }))).toBe('applied');
  expect(orders.byClientOrderId('c-1')?.state).toBe('acked');
  expect(orders.byClientOrderId('c-9')).toBeNull();
  const foreign = report({ clientOrderId: 'c-9', orderId: '' });
  expect(codeOf(() => orders.onOrder(foreign))).toBe('QL_ORDER_UNKNOWN');
});
