import type { AccountBody, OrderBody } from 'quantlaxmi/events';
import {
  createOrderStore,
  MISSING_ORDER,
  missingOrderEnd,
  type OrderStore,
  RECONCILED_CODE,
  type ReconcileInput,
  type ReconcileResult,
  reconcile,
  type VenueFact,
} from 'quantlaxmi/execution';
import { testInstrument } from 'quantlaxmi/testing';
import { describe, expect, test } from 'vitest';
import { filled, inst, placed, report } from './lib.js';

const envelope = { sv: 1, rx: 0, ts: null, src: 'SIM' } as const;
const spec: ReconcileInput['spec'] = {
  before: 'firstOrder',
  foreignOrders: 'cancel',
  missingOrders: 'adopt',
  positions: 'adopt',
  balances: 'adopt',
  balanceTolerance: '0.5',
  timeoutUs: 1_000_000,
};
const halting = {
  ...spec,
  foreignOrders: 'halt',
  missingOrders: 'halt',
  positions: 'halt',
  balances: 'halt',
} as const;

const order = (part: Partial<OrderBody>): VenueFact => ({
  ...envelope,
  t: 'Order',
  body: report(part),
});
const account = (part: Partial<AccountBody> = {}): VenueFact => ({
  ...envelope,
  t: 'Account',
  body: { account: 'a', balances: [], cause: 0, margin: {}, positions: [], ...part },
});
const end = (orders: number): VenueFact => ({
  ...envelope,
  t: 'Session',
  body: { code: RECONCILED_CODE, details: { orders }, inst: null, kind: 'resync' },
});
const position = (qty: string, of = inst) => ({ entryPrice: '100.0', inst: of, qty });
const balance = (total: string, currency = 'USDT') => ({ currency, free: total, total });

/** Applies what belongs to own orders, as the engine does, then compares. */
function compare(part: Partial<ReconcileInput> & { readonly store?: OrderStore }): ReconcileResult {
  const orders = part.store ?? createOrderStore();
  for (const fact of part.facts ?? []) {
    if (fact.t === 'Order' && orders.get(fact.body.orderId) !== null) orders.onOrder(fact.body);
    if (fact.t === 'Fill' && orders.get(fact.body.orderId) !== null) orders.onFill(fact.body);
  }
  const instrument = (id: string) => (id === inst ? testInstrument() : null);
  const nothing = { positions: [], cash: {}, facts: [], instrument, spec };
  return reconcile({ ...nothing, ...part, orders });
}

const kinds = ({ differences }: ReconcileResult): string[] => differences.map((d) => d.kind);
const one = (): OrderStore => {
  const store = createOrderStore();
  store.submit(placed());
  return store;
};

describe('EXECUTION-11: what agrees is no difference', () => {
  test('nothing on both sides', () => {
    const result = compare({ facts: [account(), end(0)] });
    expect(result).toEqual({ complete: true, differences: [], actions: [] });
  });

  test('an own order, its position and its cash, in other decimals', () => {
    const facts = [
      { ...envelope, t: 'Fill', body: filled() } as const,
      order({ state: 'partiallyFilled', remaining: 6 }),
      account({ positions: [position('0.00400')], balances: [balance('99.60')] }),
      end(1),
    ];
    const positions = [{ inst, qty: 4, qtyExponent: -3 }];
    const cash = { USDT: '100.1' };
    expect(kinds(compare({ store: one(), facts, positions, cash }))).toEqual([]);
    const over = compare({ store: one(), facts, positions, cash: { USDT: '100.11' } });
    expect(over.differences).toEqual([
      { kind: 'balance', expected: '100.11', found: '99.60', inst: '', id: 'USDT' },
    ]);
  });

  test('an order whose amend is under way, on either terms', () => {
    for (const part of [{}, { price: 1_001, qty: 20, remaining: 20 }]) {
      const store = one();
      store.onOrder(report());
      store.requestAmend('o-1', { price: 1_001, qty: 20 });
      expect(kinds(compare({ store, facts: [order(part), account(), end(1)] }))).toEqual([]);
    }
  });
});

describe('EXECUTION-11: each kind of difference, with the action of the policy', () => {
  test('a foreign order', () => {
    const part = { orderId: '', clientOrderId: 'theirs', venueOrderId: 'v-9' };
    const facts = [order(part), account(), end(1)];
    const result = compare({ facts });
    expect(result.differences).toEqual([
      {
        kind: 'foreignOrder',
        expected: '',
        found: 'acked: buy 10 at 1000, 0 filled',
        inst,
        id: 'v-9',
      },
    ]);
    expect(result.actions).toEqual([
      { kind: 'cancelForeign', clientOrderId: 'theirs', inst, venueOrderId: 'v-9' },
    ]);
    expect(compare({ facts, spec: halting }).actions).toEqual([
      { kind: 'halt', why: 'foreignOrder' },
    ]);
  });

  test('a missing order, adopted as over with what is filled', () => {
    const facts = [{ ...envelope, t: 'Fill', body: filled() } as const, account(), end(0)];
    const store = one();
    const positions = [{ inst, qty: 0, qtyExponent: -3 }];
    const result = compare({ store, facts, positions });
    expect(kinds(result)).toEqual(['missingOrder']);
    expect(result.actions).toEqual([{ kind: 'adoptOrder', orderId: 'o-1' }]);
    const known = store.get('o-1');
    if (known === null) throw new Error('gone');
    store.onOrder(missingOrderEnd(known, 7));
    expect(store.get('o-1')).toMatchObject({
      filled: 4,
      reason: MISSING_ORDER,
      remaining: 0,
      state: 'cancelled',
    });
    expect(compare({ store: one(), facts, spec: halting }).actions).toEqual([
      { kind: 'halt', why: 'missingOrder' },
    ]);
  });

  test('a missing order of which executions were reported and no fill came stops trading', () => {
    const store = one();
    store.onOrder(report({ state: 'partiallyFilled', remaining: 6 }));
    const result = compare({ store, facts: [account(), end(0)] });
    expect(result.actions).toEqual([{ kind: 'halt', why: 'missingOrder' }]);
  });

  test('an open order that executed more or less than the fills tell', () => {
    const facts = [order({ state: 'partiallyFilled', remaining: 6 }), account(), end(1)];
    const result = compare({ store: one(), facts });
    expect(kinds(result)).toEqual(['orderState']);
    expect(result.actions).toEqual([{ kind: 'halt', why: 'orderState' }]);
  });

  test('an ended order that still lacks fills, and one that the venue has again', () => {
    const owed = one();
    owed.onOrder(report({ state: 'cancelled', remaining: 6 }));
    expect(kinds(compare({ store: owed, facts: [account(), end(0)] }))).toEqual(['orderState']);
    const ended = one();
    ended.onOrder(report({ state: 'cancelled' }));
    const facts = [order({}), account(), end(1)];
    expect(kinds(compare({ store: ended, facts }))).toEqual(['orderState']);
  });

  test('a position, known to one side only, to both, or of no instrument', () => {
    const theirs = compare({ facts: [account({ positions: [position('-0.005')] }), end(0)] });
    expect(theirs.actions).toEqual([{ kind: 'adoptPosition', entryPrice: '100.0', inst, qty: -5 }]);
    const positions = [{ inst, qty: 7, qtyExponent: -3 }];
    const ours = compare({ positions, facts: [account(), end(0)] });
    expect(ours.differences).toEqual([
      { kind: 'position', expected: '0.007', found: '0', inst, id: '' },
    ]);
    const finer = compare({ facts: [account({ positions: [position('0.0001')] }), end(0)] });
    expect(finer.actions).toEqual([{ kind: 'halt', why: 'position' }]);
    const facts = [account({ positions: [position('1', 'SIM:X:NONE')] }), end(0)];
    expect(compare({ facts }).actions).toEqual([{ kind: 'halt', why: 'position' }]);
    const text = [account({ positions: [position('many')] }), end(0)];
    expect(compare({ facts: text }).actions).toEqual([{ kind: 'halt', why: 'position' }]);
    const flat = [account({ positions: [position('0.0', 'SIM:X:NONE')] }), end(0)];
    expect(kinds(compare({ facts: flat }))).toEqual([]);
  });

  test('a balance of one side, and one that is no number', () => {
    const facts = [account({ balances: [balance('3', 'BTC')] }), end(0)];
    expect(compare({ facts, cash: { USDT: '0.5', ETH: '-0.6' } }).differences).toEqual([
      { kind: 'balance', expected: '0', found: '3', inst: '', id: 'BTC' },
      { kind: 'balance', expected: '-0.6', found: '0', inst: '', id: 'ETH' },
    ]);
    expect(compare({ facts }).actions).toEqual([
      { kind: 'adoptBalance', currency: 'BTC', total: '3' },
    ]);
    const odd = [account({ balances: [balance('NaN')] }), end(0)];
    expect(compare({ facts: odd }).actions).toEqual([{ kind: 'halt', why: 'balance' }]);
  });
});

describe('EXECUTION-12: an answer that is cut off or contradicts itself', () => {
  const twice = { balances: [balance('1'), balance('1')] };
  const both = { positions: [position('1'), position('1')] };
  const strange = { ...envelope, t: 'Fill', body: filled({ orderId: 'o-9' }) } as const;
  test.each<[string, VenueFact[]]>([
    ['nothing', []],
    ['no end', [account()]],
    ['no account', [end(0)]],
    ['fewer orders than announced', [account(), end(1)]],
    ['more orders than announced', [order({}), account(), end(0)]],
    ['something behind the end', [account(), end(0), account()]],
    ['two accounts that differ', [account({ positions: [position('7')] }), account(), end(0)]],
    ['a currency twice', [account(twice), end(0)]],
    ['an instrument twice', [account(both), end(0)]],
    ['a fill of an order that is not ours', [strange, account(), end(0)]],
  ])('%s', (_, facts) => {
    const result = compare({ store: one(), facts, positions: [{ inst, qty: 1, qtyExponent: 0 }] });
    expect(result.complete).toBe(false);
    expect(new Set(kinds(result))).toEqual(new Set(['incomplete']));
    expect(result.actions[0]).toEqual({ kind: 'halt', why: 'incomplete' });
  });

  test('one account said twice in the same words is no contradiction', () => {
    expect(compare({ facts: [account(), account(), end(0)] }).complete).toBe(true);
  });

  test('facts of before, on their way when it was asked, do not make it so', () => {
    const store = one();
    store.submit(placed({ orderId: 'o-2', intentId: 'i-2' }));
    const facts = [
      order({ clientOrderId: 'c-2', orderId: 'o-2', venueOrderId: 'v-2' }),
      order({ clientOrderId: 'c-2', orderId: 'o-2', state: 'cancelled', venueOrderId: 'v-2' }),
      order({}),
      order({}),
      account(),
      end(1),
    ];
    expect(compare({ store, facts })).toEqual({ complete: true, differences: [], actions: [] });
  });
});
