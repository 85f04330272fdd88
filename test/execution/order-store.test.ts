import type { OrderState } from 'quantlaxmi/events';
import {
  CLOSED_ORDERS_KEPT,
  canTransition,
  createOrderStore,
  isOpenState,
  ORDER_TRANSITIONS,
  type OrderStore,
} from 'quantlaxmi/execution';
import { describe, expect, test } from 'vitest';
import { codeOf, filled, inst, placed, report } from './lib.js';

const store = (): OrderStore => {
  const orders = createOrderStore();
  orders.submit(placed());
  return orders;
};
const STATES = Object.keys(ORDER_TRANSITIONS) as OrderState[];

/** Facts that take an order into a state. */
const PATHS: Partial<Record<OrderState, (orders: OrderStore) => void>> = {
  submitted: () => {},
  acked: (orders) => void orders.onOrder(report()),
  partiallyFilled: (orders) => {
    orders.onOrder(report());
    orders.onFill(filled());
  },
  amendRequested: (orders) => void orders.requestAmend('o-1', { price: 1_001, qty: 12 }),
  cancelRequested: (orders) => void orders.requestCancel('o-1'),
  unknown: (orders) => void orders.onOrder(report({ state: 'unknown' })),
  filled: (orders) => void orders.onFill(filled({ qty: 10 })),
  cancelled: (orders) => void orders.onOrder(report({ state: 'cancelled' })),
  rejected: (orders) => void orders.onOrder(report({ state: 'rejected' })),
  expired: (orders) => void orders.onOrder(report({ state: 'expired' })),
};

describe('EXECUTION-1: only transitions of the table', () => {
  test('the table knows every state, and final ones lead nowhere', () => {
    expect(STATES.filter((state) => !isOpenState(state)).sort()).toEqual([
      'cancelled',
      'expired',
      'filled',
      'rejected',
    ]);
    for (const from of STATES) expect(canTransition(from, 'intent')).toBe(false);
  });

  test.each(Object.keys(PATHS) as OrderState[])('from %s', (from) => {
    for (const to of STATES) {
      const orders = store();
      PATHS[from]?.(orders);
      const before = orders.get('o-1');
      expect(before?.state).toBe(from);
      const partial = from === 'partiallyFilled' || from === 'filled';
      const done = to === 'filled' || from === 'filled' ? 10 : partial ? 4 : 0;
      const code = codeOf(() => orders.onOrder(report({ state: to, remaining: 10 - done })));
      const after = orders.get('o-1')?.state;
      if (code === null) {
        const moved = after === to && (canTransition(from, to) || from === to);
        // Overtaken reports leave the state alone.
        expect(moved || after === from, `${from} → ${to} gave ${after}`).toBe(true);
      } else {
        expect(code).toBe('QL_ORDER_TRANSITION');
        expect(orders.get('o-1')).toEqual(before);
        const ours = to.endsWith('Requested') || to === 'rejected';
        expect(canTransition(from, to) && !ours).toBe(false);
      }
      if (!isOpenState(from)) expect(after).toBe(from);
    }
  });

  test('states only the run itself may set are refused from outside', () => {
    for (const state of ['intent', 'approved', 'amendRequested', 'cancelRequested'] as const) {
      expect(codeOf(() => store().onOrder(report({ state })))).toBe('QL_ORDER_TRANSITION');
    }
  });

  test('a finished order cannot be cancelled', () => {
    const orders = store();
    orders.onFill(filled({ qty: 10 }));
    expect(codeOf(() => orders.requestCancel('o-1'))).toBe('QL_ORDER_TRANSITION');
  });
});

describe('EXECUTION-2: duplicates and overtaken facts', () => {
  test('a second ack, a second fill, a second end', () => {
    const orders = store();
    expect(orders.onOrder(report())).toBe('applied');
    expect(orders.onOrder(report())).toBe('duplicate');
    expect(orders.onFill(filled())).toBe('applied');
    expect(orders.onFill(filled())).toBe('duplicate');
    expect(orders.get('o-1')?.filled).toBe(4);
    expect(orders.onOrder(report({ state: 'cancelled', remaining: 6 }))).toBe('applied');
    expect(orders.onOrder(report({ state: 'cancelled', remaining: 6 }))).toBe('duplicate');
  });

  test('an ack behind its fills', () => {
    const orders = store();
    orders.onFill(filled());
    expect(orders.get('o-1')?.state).toBe('partiallyFilled');
    expect(orders.onOrder(report())).toBe('late');
    expect(orders.get('o-1')).toMatchObject({ state: 'partiallyFilled', venueOrderId: 'v-1' });
  });

  test('an ack behind the end', () => {
    const orders = store();
    orders.onFill(filled({ qty: 10 }));
    expect(orders.onOrder(report())).toBe('late');
    expect(orders.onOrder(report({ state: 'partiallyFilled', remaining: 3 }))).toBe('late');
    expect(orders.get('o-1')?.state).toBe('filled');
  });

  test('an ack that crossed the request to cancel, and a refused cancel', () => {
    const orders = store();
    orders.requestCancel('o-1');
    orders.onOrder(report());
    expect(orders.get('o-1')?.state).toBe('cancelRequested');
    orders.onOrder(report({ reason: 'TOO_LATE' }));
    expect(orders.get('o-1')).toMatchObject({ state: 'acked', reason: 'TOO_LATE' });
  });
});

test('EXECUTION-2: a fill that cannot be true is refused once, and then a duplicate', () => {
  const orders = store();
  const beyond = filled({ qty: 11 });
  expect(codeOf(() => orders.onFill(beyond))).toBe('QL_ORDER_TRANSITION');
  expect(orders.onFill(beyond)).toBe('duplicate');
  const strange = filled({ orderId: 'o-9' });
  expect(codeOf(() => orders.onFill(strange))).toBe('QL_ORDER_UNKNOWN');
  expect(orders.onFill(strange)).toBe('duplicate');
  expect(orders.get('o-1')?.filled).toBe(0);
});

describe('EXECUTION-3: quantities', () => {
  test('a fill behind the end of its order is still owed and then booked', () => {
    const orders = store();
    orders.onOrder(report());
    orders.onOrder(report({ state: 'cancelled', remaining: 6 }));
    expect(orders.get('o-1')).toMatchObject({ filled: 0, remaining: 4, state: 'cancelled' });
    expect(orders.working(inst)).toEqual({ buyQty: 4, sellQty: 0 });
    orders.onFill(filled());
    expect(orders.get('o-1')).toMatchObject({ filled: 4, remaining: 0, state: 'cancelled' });
    expect(orders.working(inst)).toEqual({ buyQty: 0, sellQty: 0 });
  });
});

test('EXECUTION-4: ids are used once', () => {
  const orders = store();
  expect(codeOf(() => orders.submit(placed()))).toBe('QL_ORDER_DUPLICATE');
  expect(codeOf(() => orders.submit(placed({ orderId: 'o-2' })))).toBe('QL_ORDER_DUPLICATE');
  expect(codeOf(() => orders.submit(placed({ intentId: 'i-2' })))).toBe('QL_ORDER_DUPLICATE');
  const client = { clientOrderId: 'c-1', intentId: 'i-2', orderId: 'o-2' };
  expect(codeOf(() => orders.submit(placed(client)))).toBe('QL_ORDER_DUPLICATE');
  orders.submit(placed({ orderId: 'o-2', intentId: 'i-2' }));
  expect(orders.open().map((order) => order.orderId)).toEqual(['o-1', 'o-2']);
});

test('EXECUTION-4: a forgotten order still keeps its intent id', () => {
  const orders = createOrderStore();
  for (let i = 0; i <= CLOSED_ORDERS_KEPT; i += 1) {
    orders.submit(placed({ orderId: `o${i}`, intentId: `i${i}` }));
    orders.onOrder(report({ orderId: `o${i}`, state: 'rejected' }));
  }
  expect(orders.get('o0')).toBeNull();
  expect(orders.get('o1')?.state).toBe('rejected');
  expect(orders.usedIntent('i0')).toBe(true);
  expect(codeOf(() => orders.submit(placed({ orderId: 'x', intentId: 'i0' })))).toBe(
    'QL_ORDER_DUPLICATE',
  );
});

test('EXECUTION-5: facts about unknown orders are errors', () => {
  const orders = createOrderStore();
  expect(codeOf(() => orders.onOrder(report()))).toBe('QL_ORDER_UNKNOWN');
  expect(codeOf(() => orders.onFill(filled()))).toBe('QL_ORDER_UNKNOWN');
  expect(codeOf(() => orders.requestCancel('o-1'))).toBe('QL_ORDER_UNKNOWN');
});

describe('EXECUTION-6: contradictions', () => {
  test.each([
    ['another instrument', report({ inst: 'SIM:X:ETHUSDT' })],
    ['the other side', report({ side: 'sell' })],
    ['another quantity', report({ qty: 11, remaining: 11 })],
    ['negative remaining', report({ remaining: -1 })],
    ['NaN remaining', report({ remaining: Number.NaN })],
    ['more remaining than ordered', report({ remaining: 11 })],
  ])('a report of %s', (_, body) => {
    expect(codeOf(() => store().onOrder(body))).toBe('QL_ORDER_TRANSITION');
  });

  test('a changed venue id', () => {
    const orders = store();
    orders.onOrder(report());
    const body = report({ state: 'unknown', venueOrderId: 'v-2' });
    expect(codeOf(() => orders.onOrder(body))).toBe('QL_ORDER_TRANSITION');
  });

  test.each([
    ['more than ordered', filled({ qty: 11 })],
    ['of another instrument', filled({ inst: 'SIM:X:ETHUSDT' })],
    ['of the other side', filled({ side: 'sell' })],
    ['of NaN', filled({ qty: Number.NaN })],
  ])('a fill %s', (_, body) => {
    const orders = store();
    const before = orders.get('o-1');
    expect(codeOf(() => orders.onFill(body))).toBe('QL_ORDER_TRANSITION');
    expect(orders.get('o-1')).toEqual(before);
  });

  test('a reject after a fill, an end that forgets one, a fill beyond the end', () => {
    const partly = store();
    partly.onFill(filled());
    expect(codeOf(() => partly.onOrder(report({ state: 'rejected' })))).toBe('QL_ORDER_TRANSITION');
    const forgets = report({ state: 'cancelled', remaining: 7 });
    expect(codeOf(() => partly.onOrder(forgets))).toBe('QL_ORDER_TRANSITION');
    const ended = store();
    ended.onOrder(report({ state: 'cancelled', remaining: 10 }));
    expect(codeOf(() => ended.onFill(filled()))).toBe('QL_ORDER_TRANSITION');
  });
});

test('EXECUTION-7: an unknown order still works', () => {
  const orders = store();
  orders.onFill(filled());
  orders.onOrder(report({ state: 'unknown', remaining: 6 }));
  expect(orders.open()).toHaveLength(1);
  expect(orders.working(inst)).toEqual({ buyQty: 6, sellQty: 0 });
  expect(orders.working('SIM:X:ETHUSDT')).toEqual({ buyQty: 0, sellQty: 0 });
});
