import {
  CLOSED_ORDERS_KEPT,
  createOrderStore,
  missingOrderEnd,
  NO_SUCH_ORDER,
  type OrderStore,
  type OwnOrder,
} from 'quantlaxmi/execution';
import { describe, expect, test } from 'vitest';
import { codeOf, filled, inst, placed, report } from './lib.js';

const store = (): OrderStore => {
  const orders = createOrderStore();
  orders.submit(placed());
  return orders;
};
const adopted = (orders: OrderStore) =>
  orders.onOrder(missingOrderEnd(orders.get('o-1') as OwnOrder, 1));
const denial = report({
  ...{ price: null, qty: 0, reason: NO_SUCH_ORDER, remaining: 0 },
  ...{ state: 'rejected', venueOrderId: '' },
});
const denied = (orders: OrderStore) => orders.onOrder(denial);

describe('EXECUTION-14: an end that was concluded does not stand against a report of life', () => {
  test.each([
    ['adopted as missing', adopted],
    ['denied by the venue', denied],
  ])('acked after it was %s, it is a contradiction and works again', (_, end) => {
    const orders = store();
    end(orders);
    expect([orders.working(inst).buyQty, orders.openCount(null)]).toEqual([0, 0]);
    expect(codeOf(() => orders.onOrder(report()))).toBe('QL_ORDER_TRANSITION');
    expect(orders.get('o-1')).toMatchObject({ state: 'unknown', venueOrderId: 'v-1' });
    expect([orders.working(inst).buyQty, orders.openCount(null)]).toEqual([10, 1]);
    expect(orders.snapshot()).toHaveLength(1);
    // From there on it is like any order in doubt.
    expect(orders.onOrder(report())).toBe('applied');
    expect(orders.onOrder(report({ state: 'cancelled' }))).toBe('applied');
    expect([orders.working(inst).buyQty, orders.openCount(null)]).toEqual([0, 0]);
  });

  test('with the terms of an amend that was given up, these count', () => {
    const orders = store();
    orders.requestAmend('o-1', { price: 1_001, qty: 50 });
    denied(orders);
    const body = report({ price: 1_001, qty: 50, remaining: 50 });
    expect(codeOf(() => orders.onOrder(body))).toBe('QL_ORDER_TRANSITION');
    expect(orders.working(inst)).toEqual({ buyQty: 50, sellQty: 0 });
    expect(orders.onOrder(body)).toBe('applied');
    expect(orders.get('o-1')).toMatchObject({ pending: null, qty: 50, state: 'acked' });
  });

  test('a fill behind it is one too, and what may still execute counts', () => {
    const orders = store();
    adopted(orders);
    expect(codeOf(() => orders.onFill(filled()))).toBe('QL_ORDER_TRANSITION');
    expect(orders.get('o-1')).toMatchObject({ filled: 4, remaining: 6, state: 'unknown' });
    expect(orders.onFill(filled())).toBe('duplicate');
  });

  test('control: behind an end that was told, an ack is late', () => {
    const orders = store();
    orders.onOrder(report({ state: 'cancelled' }));
    expect(orders.onOrder(report())).toBe('late');
    expect(orders.openCount(null)).toBe(0);
  });
});

test('EXECUTION-14: one that works again is closed once, and forgotten in its turn', () => {
  const orders = store();
  adopted(orders);
  expect(codeOf(() => orders.onOrder(report()))).toBe('QL_ORDER_TRANSITION');
  for (let i = 0; i <= CLOSED_ORDERS_KEPT; i += 1) {
    orders.submit(placed({ orderId: `o${i}`, clientOrderId: `c${i}`, intentId: `i${i}` }));
    orders.onOrder(report({ orderId: `o${i}`, clientOrderId: `c${i}`, state: 'rejected' }));
  }
  expect(orders.get('o-1')?.state).toBe('unknown');
  expect(orders.working(inst)).toEqual({ buyQty: 10, sellQty: 0 });
});

describe('EXECUTION-15: a venue that denies what it confirmed contradicts itself', () => {
  test.each([
    ['acked', (orders: OrderStore) => void orders.onOrder(report())],
    ['filled in part', (orders: OrderStore) => void orders.onFill(filled())],
  ])('an order that was %s stays in doubt and counts', (_, confirm) => {
    const orders = store();
    confirm(orders);
    const before = orders.working(inst);
    expect(codeOf(() => denied(orders))).toBe('QL_ORDER_TRANSITION');
    expect(orders.get('o-1')?.state).toBe('unknown');
    expect(orders.working(inst)).toEqual(before);
    expect(codeOf(() => denied(orders))).toBe('QL_ORDER_TRANSITION');
    expect(orders.working(inst)).toEqual(before);
  });
});

test('EXECUTION-16: a fill of a forgotten order is a duplicate; a new one is an error', () => {
  const orders = store();
  orders.onFill(filled({ qty: 10 }));
  for (let i = 0; i <= CLOSED_ORDERS_KEPT; i += 1) {
    orders.submit(placed({ orderId: `o${i}`, clientOrderId: `c${i}`, intentId: `i${i}` }));
    orders.onOrder(report({ orderId: `o${i}`, clientOrderId: `c${i}`, state: 'rejected' }));
  }
  expect(orders.get('o-1')).toBeNull();
  expect(orders.onFill(filled({ qty: 10 }))).toBe('duplicate');
  const late = filled({ fillId: 'f-2' });
  expect(codeOf(() => orders.onFill(late))).toBe('QL_ORDER_UNKNOWN');
  expect(orders.onFill(late)).toBe('duplicate');
});
