import {
  isApproved,
  type LadderSpec,
  parseRiskPolicy,
  quoteAge,
  type RiskView,
  riskPolicy,
  type WorkingOrder,
} from 'quantlaxmi/risk';
import { describe, expect, test } from 'vitest';
import { codes, decide, inst, intent } from './lib.js';

const ladder: LadderSpec = {
  triggers: [
    {
      id: 'log',
      metric: 'logHealth',
      scope: 'all',
      halt: '2',
      clearPpm: 1_000_000,
      unknown: 'halt',
    },
  ],
  throttleSizePpm: 500_000,
  throttleRatePpm: 500_000,
  coolDownUs: 1,
  everyUs: 1,
  haltCancels: false,
  haltFlattens: false,
};
const policy = riskPolicy({ checks: [quoteAge({ ageMaxUs: 500_000 })], ladder });
const at = (level: 'throttle' | 'halt', scope = 'all') => ({
  [scope]: { level, trigger: 't', clearSinceUs: -1, latched: level === 'halt' },
});
const order: WorkingOrder = {
  clientOrderId: 'c-9',
  filled: 2,
  inst,
  intentId: 'i-1',
  orderId: 'o-9',
  price: 1_000,
  reduceOnly: false,
  remaining: 4,
  side: 'buy',
  state: 'partiallyFilled',
};
const holding: Partial<RiskView> = {
  workingOrder: () => order,
  workingOrders: () => [order],
  order: () => ({ clientOrderId: 'c-9', inst, open: true, orderId: 'o-9' }),
  working: () => ({ buyQty: 4, sellQty: 0 }),
  openOrderCount: () => 1,
};
const amend = (part = {}) => intent({ action: 'amend', qty: 6, ...part });

describe('RISK-11: orders under the ladder', () => {
  test('RISK-11: HALT lets through what reduces, and neither opens nor turns', () => {
    const halt = { ladder: at('halt') };
    expect(decide(intent(), halt, policy)).toMatchObject({ verdict: 'halt', ladder: 'halt' });
    const long = { ...halt, position: () => 5 };
    const sell = (qty: number) => decide(intent({ side: 'sell', qty }), long, policy).verdict;
    expect([sell(5), sell(6)]).toEqual(['allow', 'halt']);
    const selling = { ...long, working: () => ({ buyQty: 0, sellQty: 1 }) };
    expect(codes(decide(intent({ side: 'sell', qty: 5 }), selling, policy))).toEqual([
      'QL_RISK_LADDER_HALT',
    ]);
    const elsewhere = { ladder: at('halt', 'instrument:SIM:X:ETHUSDT') };
    expect(decide(intent(), elsewhere, policy).verdict).toBe('allow');
    expect(decide(intent(), { ladder: at('halt', 'no:such') }, policy).verdict).toBe('halt');
  });

  test('RISK-11: THROTTLE reduces, down to a lot, and refuses what leaves none', () => {
    const slow = { ladder: at('throttle') };
    const decision = decide(intent({ qty: 5 }), slow, policy);
    expect(decision).toMatchObject({ verdict: 'reduce', approved: { qty: 2 } });
    expect(decide(intent({ qty: 1 }), slow, policy).verdict).toBe('throttle');
    const closing = decide(intent({ side: 'sell' }), { ...slow, position: () => 5 }, policy);
    expect(closing).toMatchObject({ verdict: 'allow', approved: { qty: 5 } });
  });

  test('RISK-11: log and reconciliation hold new orders back', () => {
    expect(codes(decide(intent(), { log: 'stalled' }, policy))).toEqual(['QL_RISK_LOG']);
    expect(codes(decide(intent(), { reconcile: 'pending' }, policy))).toEqual([
      'QL_RISK_RECONCILE',
    ]);
  });

  test('RISK-11: an amend carries the ids of its order and its total quantity', () => {
    const decision = decide(amend({ qty: 8 }), holding, policy);
    expect(decision.verdict).toBe('allow');
    expect(decision.approved).toMatchObject({ action: 'amend', orderId: 'o-9', qty: 8 });
    expect(isApproved(decision.approved)).toBe(true);
    expect(codes(decide(amend({ qty: 2 }), holding, policy))).toContain('QL_RISK_AMEND_FILLED');
    expect(codes(decide(amend({ side: 'sell' }), holding, policy))).toEqual([
      'QL_RISK_AMEND_TERMS',
    ]);
    expect(codes(decide(amend(), {}, policy))).toEqual(['QL_RISK_ORDER_UNKNOWN']);
    const unknown = { ...holding, workingOrder: () => ({ ...order, state: 'unknown' as const }) };
    expect(codes(decide(amend(), unknown, policy))).toEqual(['QL_RISK_AMEND_STATE']);
  });

  test('RISK-11: a stop lets an amend pass that is no worse, and control: none that adds', () => {
    const stopped = { ...holding, killSwitch: 'engaged', ladder: at('halt') } as const;
    const less = decide(amend({ qty: 4 }), stopped, policy);
    expect(less.verdict).toBe('allow');
    expect(less.checks.find(({ id }) => id === 'killSwitch')?.observed).toBe('engaged');
    expect(decide(amend({ qty: 7 }), stopped, policy).verdict).toBe('halt');
    expect(decide(amend({ price: 1_001 }), stopped, policy).verdict).toBe('halt');
  });

  test('RISK-11: a check that allows less has the order judged again with it', () => {
    const check = (qtyMax: number) => ({
      id: 'less',
      inputs: [],
      spec: { check: 'less' },
      evaluate: () => ({ code: '', limit: '', observed: '', qtyMax }),
    });
    const by = (qtyMax: number) => riskPolicy({ checks: [check(qtyMax)] });
    expect(decide(intent(), {}, by(3))).toMatchObject({ verdict: 'reduce', approved: { qty: 3 } });
    for (const none of [0, -1, Number.NaN]) {
      expect(codes(decide(intent(), {}, by(none)))).toEqual(['QL_RISK_QTY_REDUCED']);
    }
  });
});

describe('RISK-15: the parts of a policy', () => {
  const [trigger] = ladder.triggers;
  test.each<[string, object]>([
    ['ladder.triggers.0.throttle', { triggers: [{ ...trigger, warn: '2', throttle: '1' }] }],
    ['ladder.triggers.0.clearPpm', { triggers: [{ ...trigger, clearPpm: 1_000_001 }] }],
    ['ladder.triggers.0.unknown', { triggers: [{ ...trigger, unknown: 'normal' }] }],
    ['ladder.triggers.0.scope', { triggers: [{ ...trigger, scope: 'instrument' }] }],
    ['ladder.triggers.0.windowUs', { triggers: [{ ...trigger, windowUs: 1 }] }],
    ['ladder.triggers.1.id', { triggers: [trigger, trigger] }],
    ['ladder.haltFlattens', { haltFlattens: true }],
    ['ladder.coolDownUs', { coolDownUs: -1 }],
  ])('RISK-15: %s', (place, part) => {
    const bad = { ...ladder, ...part } as LadderSpec;
    const { checks } = policy;
    expect(() => riskPolicy({ checks, ladder: bad })).toThrow(place);
    expect(() => parseRiskPolicy({ ...policy.spec, ladder: bad })).toThrow(place);
  });

  test('RISK-15: parsed again it is the same policy; an absent part is an absent key', () => {
    expect(parseRiskPolicy(JSON.parse(JSON.stringify(policy.spec))).hash).toBe(policy.hash);
    const bare = riskPolicy({ checks: policy.checks });
    expect(Object.keys(bare.spec)).toEqual(['fmt', 'checks']);
    expect(bare.hash).not.toBe(policy.hash);
  });
});
