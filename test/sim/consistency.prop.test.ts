import fc from 'fast-check';
import type { Event, EventInput, IntentBody } from 'quantlaxmi/events';
import { createOrderStore, isOpenState } from 'quantlaxmi/execution';
import type { PlaceOrder } from 'quantlaxmi/risk';
import { placeIntentArbitrary, sessionArbitrary } from 'quantlaxmi/testing';
import { expect, test } from 'vitest';
import { Floor, inst } from './lib.js';

type Move =
  | { readonly kind: 'market' }
  | { readonly kind: 'cancel'; readonly pick: number }
  | { readonly kind: 'send'; readonly intent: IntentBody };

const moves = fc.array(
  fc.oneof<fc.Arbitrary<Move>[]>(
    fc.constant({ kind: 'market' as const }),
    fc.record({ kind: fc.constant('cancel' as const), pick: fc.nat(5) }),
    fc.record({ kind: fc.constant('send' as const), intent: placeIntentArbitrary() }),
  ),
  { maxLength: 80 },
);

const run = (session: readonly Event[], steps: readonly Move[]) => {
  const floor = new Floor();
  const sent: PlaceOrder[] = [];
  const events = [...session];
  for (const move of steps) {
    const event = move.kind === 'market' ? events.shift() : undefined;
    if (event !== undefined) {
      floor.nowUs = Math.max(floor.nowUs, event.rx);
      floor.market(event.t, (event as EventInput).body as never);
    }
    if (move.kind === 'send') {
      const { price, qty, reduceOnly, side, tif, type } = move.intent;
      sent.push(floor.send({ price, qty, reduceOnly, side, tif, type }));
    }
    const target = move.kind === 'cancel' ? sent[move.pick] : undefined;
    if (target !== undefined) floor.cancel(target);
  }
  return { floor, sent };
};

test('SIM-5: fills add up, no fill is worse than the limit, reduce-only never adds', () => {
  fc.assert(
    fc.property(sessionArbitrary({ lengthMax: 50 }), moves, (session, steps) => {
      const { floor, sent } = run(session, steps);
      const orders = createOrderStore();
      for (const order of sent) orders.submit(order);
      let position = 0;
      for (const fact of floor.facts) {
        // The state machine takes every fact: nothing illegal, nothing twice.
        if (fact.t === 'Order') expect(orders.onOrder(fact.body)).not.toBe('late');
        if (fact.t !== 'Fill') continue;
        expect(orders.onFill(fact.body)).toBe('applied');
        const { orderId, price, qty, side } = fact.body;
        const order = orders.get(orderId);
        const before = position;
        position += side === 'buy' ? qty : -qty;
        if (order?.reduceOnly === true) {
          expect(Math.abs(position)).toBeLessThan(Math.abs(before));
          expect(position * before).toBeGreaterThanOrEqual(0);
        }
        const limit = order?.price ?? null;
        if (limit !== null) expect(side === 'buy' ? price <= limit : price >= limit).toBe(true);
      }
      for (const order of sent) {
        const last = floor.last(order);
        const filled = floor.fills(order).reduce((sum, fill) => sum + fill.qty, 0);
        expect(filled).toBe(order.qty - (last?.remaining ?? order.qty));
        if (order.tif !== 'gtc' && order.tif !== 'gtx') {
          expect(isOpenState(last?.state ?? 'unknown')).toBe(false);
        }
        if (order.tif === 'fok') expect([0, order.qty]).toContain(filled);
        if (order.tif === 'gtx') {
          expect(floor.fills(order).every((fill) => fill.liquidity === 'maker')).toBe(true);
        }
      }
    }),
    { numRuns: 300 },
  );
});

test('SIM-5: on one display, takers together get no more of a level than it shows', () => {
  const sizes = fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 3, maxLength: 3 });
  const takers = fc.array(
    placeIntentArbitrary().filter((intent) => intent.tif !== 'gtx' && !intent.reduceOnly),
    { maxLength: 30 },
  );
  fc.assert(
    fc.property(sizes, sizes, takers, (bidSizes, askSizes, intents) => {
      const floor = new Floor();
      floor.book(
        bidSizes.map((qty, i) => [1_000 - i, qty]),
        askSizes.map((qty, i) => [1_001 + i, qty]),
      );
      const taken = new Map<string, number>();
      for (const { price, qty, side, type } of intents) {
        const order = floor.send({ price, qty, side, tif: 'ioc', type });
        for (const fill of floor.fills(order)) {
          const level = `${fill.side} ${fill.price}`;
          taken.set(level, (taken.get(level) ?? 0) + fill.qty);
        }
      }
      bidSizes.forEach((qty, i) => {
        expect(taken.get(`sell ${1_000 - i}`) ?? 0).toBeLessThanOrEqual(qty);
      });
      askSizes.forEach((qty, i) => {
        expect(taken.get(`buy ${1_001 + i}`) ?? 0).toBeLessThanOrEqual(qty);
      });
    }),
    { numRuns: 200 },
  );
});

test('the instrument of these tests', () => {
  expect(new Floor().send({}).inst).toBe(inst);
});
