import { createOrderStore, type OrderStore, type OwnOrder } from 'quantlaxmi/execution';
import type { SendAction } from 'quantlaxmi/strategy';
import { expect, test } from 'vitest';
import { heldBack } from '../../src/strategy/internal/held-back.js';
import { inst, placed, report } from '../execution/lib.js';

const terms = { price: 1_000, qty: 50 };
const working = (): OrderStore => {
  const orders = createOrderStore();
  orders.submit(placed());
  orders.onOrder(report());
  return orders;
};
const hold = (orders: OrderStore, ...kinds: readonly ('amend' | 'cancel')[]) => {
  const own = orders.get('o-1') as OwnOrder;
  for (const kind of kinds) {
    const action = { kind, order: { orderId: 'o-1' } } as unknown as SendAction;
    for (const event of heldBack(action, 'QL_WAL_POISONED', own).events) {
      if (event.t === 'Order') orders.onOrder(event.body);
    }
  }
};

test('STRATEGY-11: a cancel held back keeps the amend in front of it, with its quantity', () => {
  const orders = working();
  orders.requestAmend('o-1', terms);
  orders.requestCancel('o-1');
  hold(orders, 'cancel');
  expect(orders.get('o-1')).toMatchObject({ cancels: 0, pending: terms, state: 'unknown' });
  expect(orders.working(inst)).toEqual({ buyQty: 50, sellQty: 0 });
  expect(orders.onOrder(report({ ...terms, remaining: 50 }))).toBe('applied');
  expect(orders.get('o-1')).toMatchObject({ pending: null, qty: 50, state: 'acked' });
});

test('STRATEGY-11: two of them do, too', () => {
  const orders = working();
  orders.requestAmend('o-1', terms);
  orders.requestCancel('o-1');
  orders.requestCancel('o-1');
  hold(orders, 'cancel', 'cancel');
  expect(orders.get('o-1')).toMatchObject({ cancels: 0, pending: terms, state: 'unknown' });
});

test('STRATEGY-11: an amend held back keeps the cancel behind it', () => {
  const orders = working();
  orders.requestAmend('o-1', terms);
  orders.requestCancel('o-1');
  hold(orders, 'amend');
  expect(orders.get('o-1')).toMatchObject({ cancels: 1, pending: null, state: 'cancelRequested' });
  expect(orders.working(inst)).toEqual({ buyQty: 10, sellQty: 0 });
});

test('STRATEGY-11: both held back, nothing is under way', () => {
  const orders = working();
  orders.requestAmend('o-1', terms);
  orders.requestCancel('o-1');
  hold(orders, 'amend', 'cancel');
  expect(orders.get('o-1')).toMatchObject({ cancels: 0, pending: null });
  expect(orders.working(inst)).toEqual({ buyQty: 10, sellQty: 0 });
});
