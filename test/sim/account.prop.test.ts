import fc from 'fast-check';
import type { EventInput, FundingBody, IntentBody } from 'quantlaxmi/events';
import { createOrderStore, isOpenState } from 'quantlaxmi/execution';
import { createPortfolio } from 'quantlaxmi/portfolio';
import type { PlaceOrder } from 'quantlaxmi/risk';
import { constantLatency } from 'quantlaxmi/sim';
import { placeIntentArbitrary, sessionArbitrary, testInstrument } from 'quantlaxmi/testing';
import { expect, test } from 'vitest';
import { Floor, inst } from './lib.js';

type Move =
  | { readonly kind: 'market' | 'query' | 'reconcile' }
  | { readonly kind: 'cancel'; readonly pick: number }
  | { readonly kind: 'amend'; readonly pick: number; readonly by: number; readonly qty: number }
  | { readonly kind: 'funding'; readonly inUs: number; readonly rateE8: number }
  | { readonly kind: 'send'; readonly intent: IntentBody };

const pick = fc.nat(5);
const moves = fc.array(
  fc.oneof<fc.Arbitrary<Move>[]>(
    fc.record({ kind: fc.constantFrom('market', 'market', 'query', 'reconcile') }),
    fc.record({ kind: fc.constant('cancel' as const), pick }),
    fc.record({
      kind: fc.constant('amend' as const),
      pick,
      by: fc.integer({ min: -3, max: 3 }),
      qty: fc.integer({ min: 1, max: 30 }),
    }),
    fc.record({
      kind: fc.constant('funding' as const),
      inUs: fc.integer({ min: 1, max: 2_000_000 }),
      rateE8: fc.integer({ min: -50_000, max: 50_000 }),
    }),
    fc.record({ kind: fc.constant('send' as const), intent: placeIntentArbitrary() }),
  ),
  { maxLength: 60, size: 'max' },
);

/** A run that sends, amends, cancels and asks, and takes every fact in as it comes. */
class Follower {
  readonly floor = new Floor(constantLatency({ entryUs: 300, responseUs: 200 }), {
    cash: { USDT: '5000' },
  });
  readonly orders = createOrderStore();
  readonly portfolio = createPortfolio({ cash: { USDT: '5000' } });
  readonly sent: PlaceOrder[] = [];
  readonly #fills = new Set<string>();
  #seen = 0;

  move(move: Move, events: EventInput[]): void {
    this.#take();
    const { floor, orders } = this;
    const order = 'pick' in move ? this.sent[move.pick] : this.sent.at(-1);
    const own = order === undefined ? null : orders.get(order.orderId);
    switch (move.kind) {
      case 'market': {
        const event = events.shift();
        if (event === undefined) return;
        floor.settle(Math.max(floor.nowUs, event.rx));
        floor.market(event.t, event.body as never);
        return;
      }
      case 'funding': {
        const { inUs, rateE8 } = move;
        const nextFundingTs = floor.nowUs + inUs;
        const rest = { index: null, intervalUs: null, mark: 1_000 };
        const body: FundingBody = { ...rest, inst, nextFundingTs, rateE8 };
        floor.market('Funding', body);
        return;
      }
      case 'send': {
        const { price, qty, reduceOnly, side, tif, type } = move.intent;
        const placed = floor.send({ price, qty, reduceOnly, side, tif, type });
        orders.submit(placed);
        this.sent.push(placed);
        return;
      }
      case 'query':
        if (order !== undefined) floor.query(order);
        return;
      case 'reconcile':
        floor.reconcile();
        return;
      case 'cancel':
        if (order === undefined || own === null || !isOpenState(own.state)) return;
        orders.requestCancel(order.orderId);
        floor.cancel(order);
        return;
      default: {
        const working = this.sent.flatMap(({ orderId }) => orders.get(orderId) ?? []);
        const free = working.filter(({ price, state }) => {
          return price !== null && (state === 'acked' || state === 'partiallyFilled');
        });
        const target = free[move.pick % free.length];
        const of = this.sent.find(({ orderId }) => orderId === target?.orderId);
        if (target === undefined || of === undefined || target.price === null) return;
        const terms = { price: target.price + move.by, qty: target.filled + move.qty };
        if (terms.price <= 0) return;
        orders.requestAmend(of.orderId, terms);
        floor.amend(of, terms);
      }
    }
  }

  /** Lets everything arrive. */
  finish(): void {
    this.floor.settle(this.floor.nowUs + 10_000_000);
    this.#take();
  }

  #take(): void {
    for (const fact of this.floor.facts.slice(this.#seen)) {
      this.#seen += 1;
      if (fact.t === 'Order') this.orders.onOrder(fact.body);
      if (fact.t === 'CashFlow') this.portfolio.applyCashFlow(fact.body, testInstrument());
      if (fact.t !== 'Fill') continue;
      this.orders.onFill(fact.body);
      if (this.#fills.has(fact.body.fillId)) continue;
      this.#fills.add(fact.body.fillId);
      this.portfolio.applyFill(fact.body, testInstrument());
    }
  }
}

test('SIM-11, SIM-12, SIM-13, SIM-16: whoever follows the facts knows what the venue knows', () => {
  const met = { amended: 0, fills: 0, flows: 0, working: 0 };
  fc.assert(
    fc.property(sessionArbitrary({ lengthMax: 40 }), moves, (session, steps) => {
      const run = new Follower();
      const events: EventInput[] = [...session];
      for (const step of steps) run.move(step, events);
      run.finish();
      const { floor, orders, portfolio, sent } = run;
      const open = new Map<string, number>();
      let account = null;
      const from = floor.facts.length;
      floor.reconcile();
      floor.settle(floor.nowUs + 1_000);
      for (const fact of floor.facts.slice(from)) {
        if (fact.t === 'Order') open.set(fact.body.orderId, fact.body.remaining);
        if (fact.t === 'Account') account = fact.body;
      }
      for (const order of sent) {
        const own = orders.get(order.orderId);
        const works = own !== null && isOpenState(own.state);
        expect(open.get(order.orderId)).toBe(works ? own.remaining : undefined);
        expect(own?.pending ?? null).toBeNull();
        if (own?.former.length) met.amended += 1;
      }
      const { cash, fills } = portfolio.snapshot();
      expect(account?.balances).toEqual(
        Object.entries(cash).map(([currency, total]) => ({ currency, free: total, total })),
      );
      const held = portfolio.qty(inst);
      const told = account?.positions.map(({ qty }) => Math.round(Number(qty) * 1_000));
      expect(told).toEqual(held === 0 ? [] : [held]);
      met.fills += fills;
      met.flows += floor.flows().length;
      met.working += open.size;
    }),
    { numRuns: 800, seed: 16 },
  );
  // The runs reach what they are about.
  expect(Math.min(...Object.values(met)), JSON.stringify(met)).toBeGreaterThan(10);
});
