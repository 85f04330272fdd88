import fc from 'fast-check';
import type { FillBody, OrderBody } from 'quantlaxmi/events';
import { createOrderStore, isOpenState, type OrderStore } from 'quantlaxmi/execution';
import { expect, test } from 'vitest';
import { filled, inst, placed, report } from './lib.js';

/**
 * What really happens at the venue, in order. The store gets the same facts in any order, with
 * repeats, and must end up with the same truth.
 */
interface Truth {
  readonly qty: number;
  executed: number;
  ended: boolean;
  readonly facts: (OrderBody | FillBody)[];
}

interface Model {
  readonly orders: Map<string, Truth>;
  /** Facts not yet handed over, by order. */
  readonly waiting: { readonly orderId: string; readonly body: OrderBody | FillBody }[];
}

type Command = fc.Command<Model, OrderStore>;

const give = (store: OrderStore, body: OrderBody | FillBody): void => {
  if ('fillId' in body) store.onFill(body);
  else store.onOrder(body);
};

const say = (model: Model, orderId: string, body: OrderBody | FillBody): void => {
  model.orders.get(orderId)?.facts.push(body);
  model.waiting.push({ orderId, body });
};

const check = (model: Model, store: OrderStore): void => {
  let buyQty = 0;
  for (const [orderId, truth] of model.orders) {
    const order = store.get(orderId);
    if (order === null) throw new Error(`${orderId} is gone`);
    expect(order.filled).toBeLessThanOrEqual(truth.executed);
    expect(order.filled + order.remaining).toBeLessThanOrEqual(truth.qty);
    // Whatever the venue has executed without our knowing is still counted as working.
    expect(order.remaining).toBeGreaterThanOrEqual(
      isOpenState(order.state) ? truth.executed - order.filled : 0,
    );
    buyQty += order.remaining;
  }
  expect(store.working(inst)).toEqual({ buyQty, sellQty: 0 });
};

class Submit implements Command {
  readonly qty: number;
  constructor(qty: number) {
    this.qty = qty;
  }
  check = () => true;
  run(model: Model, store: OrderStore): void {
    const orderId = `o-${model.orders.size}`;
    store.submit(placed({ orderId, intentId: `i-${model.orders.size}`, qty: this.qty }));
    model.orders.set(orderId, { qty: this.qty, executed: 0, ended: false, facts: [] });
    say(model, orderId, report({ orderId, qty: this.qty, remaining: this.qty }));
    check(model, store);
  }
  toString = () => `submit ${this.qty}`;
}

abstract class OnOrder implements Command {
  readonly pick: number;
  constructor(pick: number) {
    this.pick = pick;
  }
  protected target(model: Model): readonly [string, Truth] | undefined {
    const open = [...model.orders].filter(([, truth]) => !truth.ended);
    return open[this.pick % Math.max(1, open.length)];
  }
  check = (model: Readonly<Model>) => this.target(model as Model) !== undefined;
  abstract run(model: Model, store: OrderStore): void;
}

class Execute extends OnOrder {
  readonly share: number;
  constructor(pick: number, share: number) {
    super(pick);
    this.share = share;
  }
  override run(model: Model, store: OrderStore): void {
    const [orderId, truth] = this.target(model) as [string, Truth];
    const qty = Math.min(this.share, truth.qty - truth.executed);
    truth.executed += qty;
    const remaining = truth.qty - truth.executed;
    truth.ended = remaining === 0;
    say(model, orderId, filled({ orderId, fillId: `${orderId}/${truth.facts.length}`, qty }));
    const state = truth.ended ? 'filled' : 'partiallyFilled';
    say(model, orderId, report({ orderId, qty: truth.qty, remaining, state }));
    check(model, store);
  }
  override toString = () => `execute ${this.share} of #${this.pick}`;
}

class Cancel extends OnOrder {
  override run(model: Model, store: OrderStore): void {
    const [orderId, truth] = this.target(model) as [string, Truth];
    const known = store.get(orderId);
    if (known !== null && isOpenState(known.state)) store.requestCancel(orderId);
    truth.ended = true;
    const remaining = truth.qty - truth.executed;
    say(model, orderId, report({ orderId, qty: truth.qty, remaining, state: 'cancelled' }));
    check(model, store);
  }
  override toString = () => `cancel #${this.pick}`;
}

/** Hands over a waiting fact, not the oldest first, perhaps twice. */
class Deliver implements Command {
  readonly pick: number;
  readonly twice: boolean;
  constructor(pick: number, twice: boolean) {
    this.pick = pick;
    this.twice = twice;
  }
  check = (model: Readonly<Model>) => model.waiting.length > 0;
  run(model: Model, store: OrderStore): void {
    const at = this.pick % model.waiting.length;
    const [fact] = model.waiting.splice(at, 1);
    if (fact === undefined) return;
    give(store, fact.body);
    if (this.twice) give(store, fact.body);
    check(model, store);
  }
  toString = () => `deliver ${this.pick}${this.twice ? ' twice' : ''}`;
}

const commands = [
  fc.integer({ min: 1, max: 20 }).map((qty) => new Submit(qty)),
  fc.tuple(fc.nat(9), fc.integer({ min: 1, max: 10 })).map((args) => new Execute(...args)),
  fc.nat(9).map((pick) => new Cancel(pick)),
  fc.tuple(fc.nat(20), fc.boolean()).map((args) => new Deliver(...args)),
  fc.tuple(fc.nat(20), fc.boolean()).map((args) => new Deliver(...args)),
];

test('EXECUTION-2 and EXECUTION-3: any order of arrival ends in the same truth', () => {
  fc.assert(
    fc.property(fc.commands(commands, { maxCommands: 60 }), (cmds) => {
      const model: Model = { orders: new Map(), waiting: [] };
      const real = createOrderStore();
      fc.modelRun(() => ({ model, real }), cmds);
      for (const { body } of model.waiting) give(real, body);
      for (const [orderId, truth] of model.orders) {
        const order = real.get(orderId);
        expect(order?.filled).toBe(truth.executed);
        expect(order?.remaining).toBe(truth.ended ? 0 : truth.qty - truth.executed);
        expect(isOpenState(order?.state ?? 'filled')).toBe(!truth.ended);
      }
    }),
    { numRuns: 300 },
  );
});
