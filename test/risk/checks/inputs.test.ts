/**
 * What holds for every check of the registry: it reads what it declares and nothing else, and what
 * is unknown does not help an order out.
 */
import type { IntentBody } from 'quantlaxmi/events';
import { rational } from 'quantlaxmi/fixed-point';
import { parseRiskPolicy, type RiskCheck, type RiskInput, type RiskView } from 'quantlaxmi/risk';
import { testInstrument } from 'quantlaxmi/testing';
import { describe, expect, test } from 'vitest';
import { CHECK_REGISTRY } from '../../../src/risk/checks/registry.js';
import { fullChecks } from '../full-policy.data.js';
import { BTC, knownView, limitBuy, NOW_US } from '../known-view.js';
import { only, resting } from './ask.js';

const target = { inst: BTC, venue: 'SIM', settle: 'USDT', qtyMax: '0.500' };
/** What `knownView` calls each scope. */
const NAMES = { account: 'A', instrument: BTC, strategy: 's', venue: 'SIM' } as const;

/** Ways to set a check up that read more than those of the whole policy. */
const VARIANTS: readonly object[] = [
  { check: 'maxOrderValue', currency: 'EUR', valueMax: '10000000', rateAgeMaxUs: 1_000_000 },
  { check: 'priceCollar', reference: 'mark', ageMaxUs: 60_000_000, bands: { '*': { bps: 2_000 } } },
  { check: 'priceCollar', reference: 'last', ageMaxUs: 60_000_000, bands: { '*': { bps: 2_000 } } },
  { check: 'liquidityFloor', shareMaxPpm: 1_000_000, withinBps: 100 },
  { check: 'openOrders', scope: 'venue', ordersMax: 50 },
  {
    check: 'dailyLoss',
    currency: 'USDT',
    lossMax: '10',
    ageMaxUs: 60_000_000,
    allowReducing: true,
  },
  { check: 'drawdown', fallMaxPpm: 10, ageMaxUs: 60_000_000, allowReducing: true },
  { check: 'consecutiveLosses', lossesMax: 2, allowReducing: true },
  {
    check: 'volatilityHalt',
    windowUs: 1_000_000,
    rangeMaxBps: 50,
    partial: 'judge',
    allowReducing: true,
  },
  { check: 'toxicity', ppmMax: 50, allowReducing: true },
  { check: 'regime', allowed: { trend: ['up'] }, allowReducing: true },
  {
    check: 'spanMargin',
    currency: 'INR',
    lots: { [BTC]: { span: '1', exposure: '1' } },
    funds: 'cash',
    bufferMin: '0',
    allowReducing: true,
    otherClasses: 'allow',
  },
  ...(['instrument', 'venue', 'strategy', 'account'] as const).map((scope) => ({
    check: 'maxExposure',
    scope,
    currency: 'EUR',
    limits: { [NAMES[scope]]: { grossMax: '1000000', netMax: '1000000' } },
    ageMaxUs: 60_000_000,
    allowReducing: true,
  })),
  { check: 'openOrders', scope: 'instrument', ordersMax: 50 },
  ...['account', 'segment', 'instrument'].map((scope) => ({
    check: 'orderRate',
    scope,
    orders: 10,
    perUs: 1_000,
    method: 'bucket',
    counts: 'orders',
  })),
];

/** One check of a spec; each alone, since the ids of variants meet. */
const made = (spec: object): RiskCheck => {
  const policy = parseRiskPolicy({ fmt: 'quantlaxmi-risk/1', checks: [spec] });
  return policy.checks[0] as RiskCheck;
};
const CHECKS = [...fullChecks(target), ...VARIANTS].map(made);

const INTENTS: readonly Partial<IntentBody>[] = [
  {},
  { side: 'sell', price: 1_000 },
  { side: 'sell', price: 900, reduceOnly: true },
  { type: 'market', price: null, tif: 'ioc' },
  { type: 'market', price: null, tif: 'ioc', side: 'sell' },
  { action: 'amend', price: 999 },
  { price: 5_000 },
];
const VIEWS: Record<string, Partial<RiskView>> = {
  flat: {},
  long: {
    position: () => 50,
    working: () => ({ buyQty: 5, sellQty: 5 }),
    workingOrders: () => [resting({ price: 1_010 }), resting({ side: 'buy', price: 990 })],
    openOrderCount: () => 2,
    held: () => [BTC],
    rate: (from, to) => ({ value: rational(from === to ? 1n : 2n), rx: NOW_US }),
  },
  meets: { workingOrders: () => [resting({ price: 1_000 })], openOrderCount: () => 1 },
  spot: {
    instrument: () => testInstrument({ class: 'spot' }),
    position: () => 50,
  },
  lost: {
    position: () => 50,
    equity: () => ({
      currency: 'USDT',
      equity: rational(900n),
      dayStart: rational(1_000n),
      peak: rational(1_000n),
      oldestRx: NOW_US,
      lossesInRow: 5,
    }),
    range: () => ({ high: 1_100, low: 1_000, sinceUs: NOW_US - 10_000_000 }),
  },
  option: {
    instrument: () =>
      testInstrument({ class: 'option', right: 'call', strike: 900, quote: 'INR', settle: 'INR' }),
    held: () => [BTC],
  },
  abroad: {
    rate: () => ({ value: rational(1n), rx: NOW_US }),
    equity: () => ({
      currency: 'EUR',
      equity: rational(1_000_000n),
      dayStart: rational(1_000_000n),
      peak: rational(1_000_000n),
      oldestRx: NOW_US,
      lossesInRow: 0,
    }),
  },
};
const SCENES = Object.entries(VIEWS).flatMap(([name, part]) =>
  INTENTS.map((intent, i) => ({
    name: `${name} ${i}`,
    intent: { ...limitBuy, ...intent } as IntentBody,
    view: knownView(part),
  })),
);

const answer = (check: RiskCheck, intent: IntentBody, view: RiskView): string => {
  try {
    return check.evaluate(intent, view, []).code;
  } catch {
    return 'QL_RISK_CHECK_FAILED';
  }
};

test('every check of the registry is looked at here', () => {
  const here = new Set(CHECKS.map(({ spec }) => spec.check));
  expect(CHECK_REGISTRY.map(({ check }) => check).filter((check) => !here.has(check))).toEqual([]);
});

test('RISK-7: each check made again from its spec, as JSON, is the same check', () => {
  for (const check of CHECKS) {
    const again = made(JSON.parse(JSON.stringify(check.spec)) as object);
    expect(again.spec).toEqual(check.spec);
    expect([again.id, again.inputs]).toEqual([check.id, check.inputs]);
    for (const { intent, view } of SCENES) {
      expect(again.evaluate(intent, view, [])).toEqual(check.evaluate(intent, view, []));
    }
  }
});

describe('RISK-33: a check reads what it declares', () => {
  test('and nothing else', () => {
    for (const check of CHECKS) {
      for (const { intent, view } of SCENES) {
        const seen = only(view, check.inputs);
        // What a check keeps of an intent is read from the same parts.
        expect(() => check.evaluate(intent, seen, []), check.id).not.toThrow();
        expect(() => check.slot?.(intent, seen), check.id).not.toThrow();
        expect(() => check.spend?.(seen, [], intent), check.id).not.toThrow();
      }
    }
  });

  test('and declares nothing that none of its kind reads', () => {
    const read = new Set<string>();
    const declared = new Set<string>();
    for (const check of CHECKS) {
      const parts = new Set<string>();
      for (const { intent, view } of SCENES) {
        const seen = only(view, check.inputs, parts);
        check.evaluate(intent, seen, []);
        check.slot?.(intent, seen);
        check.spend?.(seen, [], intent);
      }
      for (const input of check.inputs) declared.add(`${check.spec.check}: ${input}`);
      for (const input of parts) read.add(`${check.spec.check}: ${input}`);
    }
    expect([...declared].filter((pair) => !read.has(pair))).toEqual([]);
  });

  test('control: a check that reads more is found', () => {
    const sly: RiskCheck = {
      id: 'sly',
      inputs: ['nowUs'],
      spec: { check: 'sly' },
      evaluate: (_, view) => ({ code: view.halted, limit: '', observed: '' }),
    };
    expect(() => sly.evaluate(limitBuy, only(knownView(), sly.inputs), [])).toThrow('halted');
  });
});

const NOTHING: Partial<Record<RiskInput, unknown>> = {
  nowUs: Number.NaN,
  ratePpm: Number.NaN,
  clockErrorUs: null,
  report: null,
  account: '',
  strategyId: '',
  counts: { messages: Number.NaN, filledOrders: Number.NaN },
  openOrderCount: () => Number.NaN,
  workingOrders: () => {
    throw new Error('not known');
  },
};
const unknown = (view: RiskView, input: RiskInput): RiskView => ({
  ...view,
  [input]: input in NOTHING ? NOTHING[input] : () => null,
});

describe('RISK-34: what is unknown helps no order out', () => {
  test('a refusal stays one when something that was known is not', () => {
    const helped: string[] = [];
    for (const check of CHECKS) {
      for (const { intent, name, view } of SCENES) {
        if (answer(check, intent, view) === '') continue;
        for (const input of check.inputs) {
          const blind = answer(check, intent, unknown(view, input));
          if (blind === '') helped.push(`${check.id}: ${input} (${name})`);
        }
      }
    }
    expect(helped).toEqual([]);
  });

  test('each input matters: without it something that went is refused', () => {
    const declared = new Set<string>();
    const stops = new Set<string>();
    for (const check of CHECKS) {
      for (const input of check.inputs) {
        const pair = `${check.spec.check}: ${input}`;
        declared.add(pair);
        const stopped = SCENES.some(
          ({ intent, view }) =>
            answer(check, intent, view) === '' &&
            answer(check, intent, unknown(view, input)) !== '',
        );
        if (stopped) stops.add(pair);
      }
    }
    // The name of the strategy only tells whose count it is: each view has one strategy.
    const idle = [...declared].filter((pair) => !stops.has(pair));
    expect(idle).toEqual(['orderRate: strategyId']);
  });
});
