import fc from 'fast-check';
import type { IntentBody } from 'quantlaxmi/events';
import {
  evaluateIntent,
  maxQty,
  type RiskView,
  riskPolicy,
  sanitizeIntent,
  type WorkingOrder,
} from 'quantlaxmi/risk';
import { describe, expect, test } from 'vitest';
import { codes, inst, intent, ordered, view } from '../lib.js';
import { working } from './world.js';

const policy = riskPolicy({ checks: [maxQty({ qtyMax: { [inst]: '1000' } })] });

/** An order as the exchange has it: an amend under way may or may not have arrived. */
interface Order {
  readonly id: string;
  readonly side: 'buy' | 'sell';
  readonly reduceOnly: boolean;
  qty: number;
  filled: number;
  pending: number | null;
}

const worstRemaining = ({ filled, pending, qty }: Order): number =>
  Math.max(qty, pending ?? 0) - filled;

function asWorking(order: Order): WorkingOrder {
  return {
    ...working(inst, order.side, worstRemaining(order)),
    filled: order.filled,
    intentId: order.id,
    orderId: `o-${order.id}`,
    reduceOnly: order.reduceOnly,
    state: order.pending === null ? 'acked' : 'amendRequested',
  };
}

function viewOf(position: number, orders: readonly Order[]): RiskView {
  const open = orders.filter((order) => worstRemaining(order) > 0).map(asWorking);
  const total = (side: 'buy' | 'sell') =>
    open.reduce((sum, one) => sum + (one.side === side ? one.remaining : 0), 0);
  return view({
    position: () => position,
    working: () => ({ buyQty: total('buy'), sellQty: total('sell') }),
    workingOrders: () => open,
    workingOrder: (id) => open.find((one) => one.intentId === id) ?? null,
    openOrderCount: () => open.length,
  });
}

const approved = (raw: IntentBody, seen: RiskView): boolean =>
  evaluateIntent(policy, ordered(raw), seen).approved !== null;

const reducing = (part: Partial<IntentBody> = {}): IntentBody =>
  intent({ reduceOnly: true, ...part });

describe('RISK-5: holes of a state that looks at sides only', () => {
  test.each([
    ['from flat, buy', 0, { side: 'buy' }, false],
    ['from flat, sell', 0, { side: 'sell' }, false],
    ['through zero', 4, { side: 'sell', qty: 5 }, false],
    ['as far on the other side', 5, { side: 'sell', qty: 10 }, false],
    ['to zero', 5, { side: 'sell', qty: 5 }, true],
    ['to zero from short', -5, { side: 'buy', qty: 5 }, true],
    ['more of the same', 5, { side: 'buy', qty: 1 }, false],
  ] as const)('%s', (_, position, part, passes) => {
    expect(approved(reducing(part), viewOf(position, []))).toBe(passes);
    // Control: the same order passes when it is not to reduce only.
    expect(approved(intent({ ...part }), viewOf(position, []))).toBe(true);
  });

  test('several at once count together', () => {
    const first: Order = order('a', 'sell', 6);
    expect(approved(reducing({ side: 'sell', qty: 4 }), viewOf(10, [first]))).toBe(true);
    expect(approved(reducing({ side: 'sell', qty: 5 }), viewOf(10, [first]))).toBe(false);
  });

  test('an amend under way counts at the larger of its quantities', () => {
    const first: Order = { ...order('a', 'sell', 2), pending: 6 };
    expect(approved(reducing({ side: 'sell', qty: 4 }), viewOf(10, [first]))).toBe(true);
    expect(approved(reducing({ side: 'sell', qty: 5 }), viewOf(10, [first]))).toBe(false);
  });

  test('an amend past the position is refused', () => {
    const seen = viewOf(10, [order('a', 'sell', 6)]);
    const amend = (qty: number) =>
      evaluateIntent(
        policy,
        ordered(reducing({ action: 'amend', intentId: 'a', side: 'sell', qty })),
        seen,
      );
    expect(codes(amend(10))).toEqual([]);
    expect(codes(amend(11))).toContain('QL_RISK_REDUCE_ONLY');
  });
});

function order(id: string, side: 'buy' | 'sell', qty: number): Order {
  return { id, side, reduceOnly: true, qty, filled: 0, pending: null };
}

type Command =
  | { readonly kind: 'place'; readonly side: 'buy' | 'sell'; readonly qty: number }
  | { readonly kind: 'amend'; readonly at: number; readonly qty: number }
  | { readonly kind: 'answer'; readonly at: number; readonly taken: boolean }
  | { readonly kind: 'fill'; readonly at: number; readonly qty: number }
  | { readonly kind: 'cancel'; readonly at: number };

const side = fc.constantFrom('buy' as const, 'sell' as const);
const qty = fc.integer({ min: 1, max: 12 });
const at = fc.nat(20);
const command: fc.Arbitrary<Command> = fc.oneof(
  fc.record({ kind: fc.constant('place' as const), side, qty }),
  fc.record({ kind: fc.constant('amend' as const), at, qty }),
  fc.record({ kind: fc.constant('answer' as const), at, taken: fc.boolean() }),
  fc.record({ kind: fc.constant('fill' as const), at, qty }),
  fc.record({ kind: fc.constant('cancel' as const), at }),
);

/** One venue with orders that only reduce, and others from before. */
class Venue {
  position: number;
  readonly orders: Order[];
  sent = 0;
  executed = 0;

  constructor(position: number, orders: Order[]) {
    this.position = position;
    this.orders = orders;
  }

  open(index: number): Order | undefined {
    const open = this.orders.filter((one) => worstRemaining(one) > 0);
    return open[index % Math.max(1, open.length)];
  }

  run(step: Command): void {
    if (step.kind === 'place') this.place(step);
    else if (step.kind === 'amend') this.amend(step);
    else this.happen(step, this.open(step.at));
  }

  place(step: { readonly side: 'buy' | 'sell'; readonly qty: number }): void {
    const id = `r-${this.orders.length}`;
    const raw = reducing({ intentId: id, side: step.side, qty: step.qty });
    if (!approved(raw, viewOf(this.position, this.orders))) return;
    this.sent += 1;
    this.orders.push(order(id, step.side, step.qty));
  }

  amend(step: { readonly at: number; readonly qty: number }): void {
    const found = this.open(step.at);
    if (found === undefined || !found.reduceOnly) return;
    const { id, side: way } = found;
    const raw = reducing({ action: 'amend', intentId: id, side: way, qty: step.qty });
    expect(sanitizeIntent(raw).problem).toBe('');
    if (approved(raw, viewOf(this.position, this.orders))) found.pending = step.qty;
  }

  happen(step: Exclude<Command, { kind: 'place' | 'amend' }>, found: Order | undefined): void {
    if (found === undefined) return;
    if (step.kind === 'answer') {
      // It may have arrived after more than it asks for was executed.
      if (step.taken && found.pending !== null) found.qty = Math.max(found.pending, found.filled);
      found.pending = null;
    } else if (step.kind === 'cancel') {
      found.qty = found.filled;
      found.pending = null;
    } else {
      this.fill(found, Math.min(step.qty, worstRemaining(found)));
    }
  }

  fill(found: Order, count: number): void {
    const before = this.position;
    found.filled += count;
    this.position += found.side === 'buy' ? count : -count;
    if (!found.reduceOnly) return;
    this.executed += 1;
    expect(Math.abs(this.position)).toBeLessThan(Math.abs(before));
    expect(this.position === 0 || this.position > 0 === before > 0).toBe(true);
  }
}

test('RISK-5: no execution of a reduce-only order makes the position larger or turns it', () => {
  let [sent, executed] = [0, 0];
  fc.assert(
    fc.property(
      fc.integer({ min: -60, max: 60 }),
      fc.array(fc.record({ side, qty }), { maxLength: 2 }),
      fc.array(command, { minLength: 10, maxLength: 60, size: 'max' }),
      (position, others, steps) => {
        const orders = others.map(
          (one, i): Order => ({
            ...order(`n-${i}`, one.side, one.qty),
            reduceOnly: false,
          }),
        );
        const venue = new Venue(position, orders);
        for (const step of steps) venue.run(step);
        sent += venue.sent;
        executed += venue.executed;
      },
    ),
    { seed: 49, numRuns: 300 },
  );
  expect(Math.min(sent, executed)).toBeGreaterThan(200);
});

test('RISK-5: a plain order is held to what there is to reduce while a reducing one rests', () => {
  const rests: Order = {
    id: 'r',
    side: 'sell',
    reduceOnly: true,
    qty: 5,
    filled: 0,
    pending: null,
  };
  const plain = (part: Partial<IntentBody>) => intent({ intentId: 'p', side: 'sell', ...part });
  expect(approved(plain({ qty: 5 }), viewOf(5, [rests]))).toBe(false);
  expect(approved(plain({ qty: 3 }), viewOf(8, [rests]))).toBe(true);
  // Without it a plain order may turn the position, and one of the other side may always go.
  expect(approved(plain({ qty: 5 }), viewOf(5, [{ ...rests, reduceOnly: false }]))).toBe(true);
  expect(approved(plain({ qty: 5, side: 'buy' }), viewOf(5, [rests]))).toBe(true);
});
