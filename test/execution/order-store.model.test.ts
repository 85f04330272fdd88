import fc from 'fast-check';
import { createOrderStore, type OrderStore } from 'quantlaxmi/execution';
import { expect, test } from 'vitest';
import { checkAgainst, type Model, orderCommands, settleAll } from './order-model.js';

const property = (make: () => OrderStore) =>
  fc.property(orderCommands(90), (commands) => {
    const model: Model = { orders: new Map(), waiting: [], told: [] };
    const real = make();
    fc.modelRun(() => ({ model, real }), commands);
    settleAll(model, real);
  });

const options = { seed: 5, numRuns: 250 };

test('EXECUTION-2, EXECUTION-3 and EXECUTION-9: any order of arrival ends the same', () => {
  fc.assert(property(createOrderStore), options);
});

test('EXECUTION-3: the model is wide enough to see a store that counts only the old terms', () => {
  const careless = (): OrderStore => {
    const store = createOrderStore();
    const get: OrderStore['get'] = (orderId) => {
      const order = store.get(orderId);
      if (order === null || order.pending === null) return order;
      return { ...order, remaining: Math.max(0, order.qty - order.filled) };
    };
    return new Proxy(store, {
      get: (target, name) => {
        if (name === 'get') return get;
        const value: unknown = Reflect.get(target, name, target);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
  };
  expect(fc.check(property(careless), options).failed).toBe(true);
});

test('EXECUTION-3: and one that books a repeated fill again', () => {
  const model: Model = { orders: new Map(), waiting: [], told: [] };
  expect(() => checkAgainst(model, createOrderStore())).not.toThrow();
  const twice = (): OrderStore => {
    const store = createOrderStore();
    let repeats = 0;
    return new Proxy(store, {
      get: (target, name) => {
        if (name === 'onFill') {
          return (body: Parameters<OrderStore['onFill']>[0]) => {
            repeats += 1;
            return store.onFill({ ...body, fillId: `${body.fillId}/${repeats}` });
          };
        }
        const value: unknown = Reflect.get(target, name, target);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
  };
  expect(fc.check(property(twice), options).failed).toBe(true);
});
