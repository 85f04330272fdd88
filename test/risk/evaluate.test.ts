import { maxNotional, maxQty, type RiskView, riskPolicy, sanitizeIntent } from 'quantlaxmi/risk';
import { testInstrument } from 'quantlaxmi/testing';
import { describe, expect, test } from 'vitest';
import { codes, decide, inst, intent, policy } from './lib.js';

const PLACE_IDS = [
  'intent',
  'halted',
  'killSwitch',
  'newIntent',
  'instrument',
  'tradable',
  'priceTick',
  'qtyLot',
  'qtyMin',
  'qtyMax',
  'minNotional',
  'book',
  'reduceOnly',
  'ladder',
  'log',
  'reconcile',
  'maxPosition',
  'quoteAge',
  'maxOrderRate',
];

describe('RISK-2: the whole set of checks is reported', () => {
  test('for an allowed order', () => {
    const { checks, ladder, verdict } = decide(intent());
    expect(verdict).toBe('allow');
    expect(ladder).toBe('normal');
    expect(checks.map((check) => check.id)).toEqual(PLACE_IDS);
    expect(checks.every((check) => check.ok && check.code === '')).toBe(true);
    expect(checks.find((check) => check.id === 'maxPosition')).toMatchObject({
      observed: '0.005',
      limit: '0.020',
    });
  });

  test('for one with many faults at once', () => {
    const decision = decide(intent({ price: 1_000.5, qty: 30, reduceOnly: true }), {
      nowUs: 2_000_000,
      bookState: () => 'unsynced',
    });
    expect(decision.checks.map((check) => check.id)).toEqual(PLACE_IDS);
    expect(codes(decision)).toEqual([
      'QL_INTENT_INVALID',
      'QL_RISK_PRICE_NOT_POSITIVE',
      'QL_RISK_BOOK_UNSYNCED',
      'QL_RISK_REDUCE_ONLY',
      'QL_RISK_POSITION_MAX',
      'QL_RISK_QUOTE_STALE',
    ]);
  });
});

describe('RISK-3: unknown is a denial', () => {
  const instrumentWith = (part: Parameters<typeof testInstrument>[0]): Partial<RiskView> => ({
    instrument: () => testInstrument(part),
  });
  const cases: [string, string, Parameters<typeof intent>[0], Partial<RiskView>][] = [
    ['instrument unknown', 'QL_RISK_INSTRUMENT_UNKNOWN', {}, { instrument: () => null }],
    ['instrument halted', 'QL_RISK_NOT_TRADABLE', {}, instrumentWith({ status: 'halted' })],
    ['instrument state unknown', 'QL_RISK_NOT_TRADABLE', {}, instrumentWith({ status: 'unknown' })],
    ['tick of 0', 'QL_RISK_INSTRUMENT_INVALID', {}, instrumentWith({ tick: 0 })],
    ['NaN lot', 'QL_RISK_INSTRUMENT_INVALID', {}, instrumentWith({ lot: Number.NaN })],
    ['multiplier of 0', 'QL_RISK_INSTRUMENT_INVALID', {}, instrumentWith({ multiplier: '0' })],
    ['price between ticks', 'QL_RISK_PRICE_TICK', { price: 1_003 }, instrumentWith({ tick: 5 })],
    ['price of 0', 'QL_RISK_PRICE_NOT_POSITIVE', { price: 0 }, {}],
    ['negative price', 'QL_RISK_PRICE_NOT_POSITIVE', { price: -5 }, {}],
    ['quantity between lots', 'QL_RISK_QTY_LOT', { qty: 7 }, instrumentWith({ lot: 5 })],
    ['below the minimum', 'QL_RISK_QTY_MIN', { qty: 1 }, instrumentWith({ minQty: 2 })],
    ['above the maximum', 'QL_RISK_QTY_MAX', { qty: 9 }, instrumentWith({ maxQty: 8 })],
    ['maximum unknown', 'QL_RISK_QTY_MAX', {}, instrumentWith({ maxQty: null })],
    ['too small a value', 'QL_RISK_NOTIONAL_MIN', {}, instrumentWith({ minNotional: '0.501' })],
    ['book out of sequence', 'QL_RISK_BOOK_UNSYNCED', {}, { bookState: () => 'unsynced' }],
    ['book state of no name', 'QL_RISK_BOOK_UNSYNCED', {}, { bookState: () => 'fine' as 'synced' }],
    ['no quote', 'QL_RISK_QUOTE_MISSING', {}, { touch: () => null }],
    ['old quote', 'QL_RISK_QUOTE_STALE', {}, { nowUs: 1_500_001 }],
    ['quote from the future', 'QL_RISK_QUOTE_STALE', {}, { nowUs: 999_999 }],
    ['clock of NaN', 'QL_RISK_QUOTE_STALE', {}, { nowUs: Number.NaN }],
    ['position unknown', 'QL_RISK_POSITION_UNKNOWN', {}, { position: () => null }],
    ['position NaN', 'QL_RISK_POSITION_UNKNOWN', {}, { position: () => Number.NaN }],
    ['working unknown', 'QL_RISK_POSITION_UNKNOWN', {}, { working: () => null }],
    [
      'working NaN',
      'QL_RISK_POSITION_UNKNOWN',
      {},
      { working: () => ({ buyQty: Number.NaN, sellQty: 0 }) },
    ],
    [
      'intent used before',
      'QL_RISK_DUPLICATE_INTENT',
      {},
      { order: () => ({ clientOrderId: 'c', inst, open: true, orderId: 'o' }) },
    ],
    [
      'a check that throws',
      'QL_RISK_CHECK_FAILED',
      {},
      {
        touch: () => {
          throw new Error('no');
        },
      },
    ],
  ];
  test.each(cases)('%s', (_, code, intentPart, viewPart) => {
    const decision = decide(intent(intentPart), viewPart);
    expect(codes(decision)).toContain(code);
    expect(decision.verdict).not.toBe('allow');
    expect(decision.approved).toBeNull();
  });

  test('an instrument lookup that throws', () => {
    const decision = decide(intent(), {
      instrument: () => {
        throw new Error('no');
      },
    });
    expect(decision.verdict).toBe('reject');
  });

  test('an instrument the policy does not list has no limit, so no orders', () => {
    const decision = decide(intent({ inst: 'SIM:X:ETHUSDT' }), {
      instrument: () => testInstrument({ instrumentId: 'SIM:X:ETHUSDT' }),
    });
    expect(codes(decision)).toEqual(['QL_RISK_LIMIT_UNSET']);
  });

  test('a maximum the venue does not name comes from the policy', () => {
    const by = riskPolicy({ checks: [maxQty({ qtyMax: { [inst]: '0.006' } })] });
    const unnamed: Partial<RiskView> = { instrument: () => testInstrument({ maxQty: null }) };
    expect(decide(intent({ qty: 6 }), unnamed, by).verdict).toBe('allow');
    expect(codes(decide(intent({ qty: 7 }), unnamed, by))).toEqual([
      'QL_RISK_QTY_MAX',
      'QL_RISK_QTY_MAX',
    ]);
  });
});

describe('RISK-5: reduce-only', () => {
  const reduce = (side: 'buy' | 'sell', qty: number, part: Partial<RiskView>) =>
    codes(decide(intent({ side, qty, reduceOnly: true }), part));
  // nautilus_trader denies only buy-while-long and sell-while-short: opening from flat and turning
  // through zero both pass there.
  test('opening from flat is denied', () => {
    expect(reduce('buy', 1, {})).toEqual(['QL_RISK_REDUCE_ONLY']);
    expect(reduce('sell', 1, {})).toEqual(['QL_RISK_REDUCE_ONLY']);
  });
  test('turning through zero is denied, closing is not', () => {
    expect(reduce('sell', 6, { position: () => 5 })).toEqual(['QL_RISK_REDUCE_ONLY']);
    expect(reduce('sell', 5, { position: () => 5 })).toEqual([]);
    expect(reduce('buy', 6, { position: () => -5 })).toEqual(['QL_RISK_REDUCE_ONLY']);
    expect(reduce('buy', 5, { position: () => -5 })).toEqual([]);
  });
  test('adding is denied', () => {
    expect(reduce('buy', 1, { position: () => 5 })).toEqual(['QL_RISK_REDUCE_ONLY']);
  });
  test('working orders count', () => {
    const working = () => ({ buyQty: 0, sellQty: 3 });
    expect(reduce('sell', 3, { position: () => 5, working })).toEqual(['QL_RISK_REDUCE_ONLY']);
    expect(reduce('sell', 2, { position: () => 5, working })).toEqual([]);
  });
});

describe('RISK-6: stopped trading', () => {
  test.each(['engaged', 'unknown', 'off' as 'engaged'] as const)('kill switch %s', (killSwitch) => {
    const decision = decide(intent(), { killSwitch });
    expect(decision).toMatchObject({ verdict: 'halt', ladder: 'halt', approved: null });
    expect(codes(decision)).toEqual(['QL_RISK_KILL_SWITCH']);
  });

  test('a fault', () => {
    const decision = decide(intent(), { halted: 'QL_ORDER_TRANSITION' });
    expect(decision).toMatchObject({ verdict: 'halt', ladder: 'halt' });
    expect(decision.checks.find((check) => check.id === 'halted')?.observed).toBe(
      'QL_ORDER_TRANSITION',
    );
  });

  test('cancels pass, of own open orders only', () => {
    const order = { clientOrderId: 'c-9', inst, open: true, orderId: 'o-9' };
    const cancel = intent({ action: 'cancel', price: null, qty: 0 });
    const stopped: Partial<RiskView> = { killSwitch: 'engaged', halted: 'QL_ORDER_TRANSITION' };
    const decision = decide(cancel, { ...stopped, order: () => order });
    expect(decision.verdict).toBe('allow');
    expect(decision.approved).toMatchObject({ action: 'cancel', orderId: 'o-9' });
    expect(codes(decide(cancel))).toEqual(['QL_RISK_ORDER_UNKNOWN']);
    const closed = decide(cancel, { order: () => ({ ...order, open: false }) });
    expect(codes(closed)).toEqual(['QL_RISK_ORDER_CLOSED']);
    const elsewhere = decide(cancel, { order: () => ({ ...order, inst: 'SIM:X:ETHUSDT' }) });
    expect(codes(elsewhere)).toEqual(['QL_RISK_ORDER_UNKNOWN']);
  });
});

describe('RISK-10: the worst price an order may execute at', () => {
  const notional = (max: string) =>
    riskPolicy({ checks: [maxNotional({ notionalMax: { USDT: max } })] });
  const observed = (raw: unknown, part: Partial<RiskView> = {}, max = '1') =>
    decide(raw, part, notional(max)).checks.find((check) => check.id === 'maxNotional');

  test('a limit order is valued at its limit, a better touch counts when it is worth more', () => {
    expect(observed(intent())?.observed).toBe('0.5');
    // Sells at 100.0 although it would take 90.0.
    expect(observed(intent({ side: 'sell', price: 900 }))?.observed).toBe('0.5');
    expect(observed(intent({ side: 'sell', price: 2_000 }))?.observed).toBe('1');
  });

  test('a market order without a price, or beyond the display, is denied', () => {
    const market = intent({ type: 'market', price: null, tif: 'ioc' });
    expect(observed(market)?.observed).toBe('0.5005');
    expect(observed({ ...market, qty: 11 })?.code).toBe('QL_RISK_PRICE_UNKNOWN');
    expect(observed(market, { sweepPrice: () => Number.NaN })?.code).toBe('QL_RISK_PRICE_UNKNOWN');
  });

  test('the limit itself is allowed, one unit more is not', () => {
    expect(observed(intent({ qty: 10 }))?.ok).toBe(true);
    expect(observed(intent({ qty: 10, price: 1_001 }))?.code).toBe('QL_RISK_NOTIONAL_MAX');
  });

  test('an inverse contract is valued in either of its currencies', () => {
    const inverse: Partial<RiskView> = {
      instrument: () =>
        testInstrument({
          inverse: true,
          multiplier: '100',
          quote: 'USD',
          settle: 'BTC',
          qtyExponent: 0,
        }),
    };
    const usd = riskPolicy({ checks: [maxNotional({ notionalMax: { USD: '499' } })] });
    expect(codes(decide(intent(), inverse, usd))).toEqual(['QL_RISK_NOTIONAL_MAX']);
    const btc = riskPolicy({ checks: [maxNotional({ notionalMax: { BTC: '5' } })] });
    expect(decide(intent(), inverse, btc).verdict).toBe('allow');
    expect(observed(intent(), inverse)?.code).toBe('QL_RISK_CURRENCY');
  });
});

test('RISK-9: a rate is remembered through the answer, on logged time', () => {
  let memory = {};
  const at = (nowUs: number) => {
    const touch = () => ({ ask: 1_001, askQty: 1, bid: 1_000, bidQty: 1, rx: nowUs });
    const decision = decide(intent(), { nowUs, memory, touch });
    memory = decision.memory;
    return decision;
  };
  expect([at(0), at(0), at(0)].map((decision) => decision.verdict)).toEqual(Array(3).fill('allow'));
  const fourth = at(0);
  expect(fourth.verdict).toBe('throttle');
  expect(codes(fourth)).toEqual(['QL_RISK_ORDER_RATE']);
  expect(at(333_333).verdict).toBe('throttle');
  expect(at(333_334).verdict).toBe('allow');
  expect(at(333_335).verdict).toBe('throttle');
  expect(at(5_000_000).verdict).toBe('allow');
});

test('RISK-9: the same inputs give the same answer, and nothing handed in changes', () => {
  const memory = Object.freeze({ maxOrderRate: Object.freeze([1_000_000, 500_000]) });
  const first = decide(intent(), { memory });
  const second = decide(intent(), { memory });
  expect(second).toEqual(first);
  expect(memory.maxOrderRate).toEqual([1_000_000, 500_000]);
});

test('a policy keeps what it was made of', () => {
  expect(policy.checks.map((check) => check.id)).toEqual([
    'maxPosition',
    'quoteAge',
    'maxOrderRate',
  ]);
  expect(sanitizeIntent(intent()).problem).toBe('');
});
