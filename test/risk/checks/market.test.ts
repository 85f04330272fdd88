import fc from 'fast-check';
import { isQuantlaxmiError } from 'quantlaxmi/core';
import { compareRational, rational } from 'quantlaxmi/fixed-point';
import { ALWAYS_OPEN } from 'quantlaxmi/market';
import {
  freezeQty,
  inSession,
  liquidityFloor,
  maxNotional,
  maxOrderValue,
  nseRetailAlgo,
  quoteAge,
  type RiskView,
  riskPolicy,
  spreadBounds,
} from 'quantlaxmi/risk';
import { testInstrument } from 'quantlaxmi/testing';
import { describe, expect, test } from 'vitest';
import { inst, intent, view } from '../lib.js';
import { ask, codeOf, market } from './ask.js';

const seed = 20_260_104;
const bad = (run: () => unknown): boolean => {
  try {
    run();
    return false;
  } catch (error) {
    return isQuantlaxmiError(error, 'QL_BAD_INPUT');
  }
};
const touch = (bid: number | null, ask_: number | null): Partial<RiskView> => ({
  touch: () => ({ ask: ask_, askQty: 10, bid, bidQty: 10, rx: 1_000_000 }),
});

describe('RISK-27: the best prices must be there and near each other', () => {
  const check = spreadBounds({ bounds: { [inst]: { minTicks: 2, maxTicks: 4, maxBps: 35 } } });
  const at = (bid: number | null, ask_: number | null) => codeOf(check, {}, touch(bid, ask_));
  test('bounds are inclusive, in ticks and in basis points of the middle', () => {
    expect([at(1_000, 1_001), at(1_000, 1_002)]).toEqual(['QL_RISK_SPREAD_MIN', '']);
    // 4 ticks at 10,000 are 4 bps; 4 at 1,142 are 34.97; 4 at 1,140 are 35.03.
    expect([at(10_000, 10_004), at(10_000, 10_005)]).toEqual(['', 'QL_RISK_SPREAD_MAX']);
    expect([at(1_142, 1_146), at(1_140, 1_144)]).toEqual(['', 'QL_RISK_SPREAD_MAX']);
  });
  test('locked, crossed, one side, none, no numbers: denied', () => {
    expect([at(1_000, 1_000), at(1_001, 1_000)]).toEqual([
      'QL_RISK_BOOK_CROSSED',
      'QL_RISK_BOOK_CROSSED',
    ]);
    expect([at(null, 1_000), at(1_000, null)]).toEqual([
      'QL_RISK_BOOK_ONE_SIDED',
      'QL_RISK_BOOK_ONE_SIDED',
    ]);
    expect([at(Number.NaN, 1_000), at(0, 2)]).toEqual([
      'QL_RISK_QUOTE_MISSING',
      'QL_RISK_QUOTE_MISSING',
    ]);
    expect(codeOf(check, {}, { touch: () => null })).toBe('QL_RISK_QUOTE_MISSING');
    expect(codeOf(spreadBounds({ bounds: { X: { maxBps: 1 } } }))).toBe('QL_RISK_LIMIT_UNSET');
  });
  test('bounds without an upper one are refused', () => {
    expect(bad(() => spreadBounds({ bounds: { X: { minBps: 1 } } }))).toBe(true);
    expect(bad(() => spreadBounds({ bounds: { X: { maxBps: 1.5 } } }))).toBe(true);
  });
  test('RISK-27: equals fractions; wider never turns a denial into a yes', () => {
    const arbitrary = fc.record({
      bid: fc.integer({ min: 1, max: 2 ** 51 }),
      spread: fc.oneof(fc.integer({ min: 1, max: 100 }), fc.integer({ min: 1, max: 2 ** 40 })),
      maxBps: fc.integer({ min: 0, max: 30_000 }),
    });
    fc.assert(
      fc.property(arbitrary, ({ bid, spread, maxBps }) => {
        const one = spreadBounds({ bounds: { '*': { maxBps } } });
        const code = (by: number) => codeOf(one, {}, touch(bid, bid + by));
        const bps = rational(20_000n * BigInt(spread), 2n * BigInt(bid) + BigInt(spread));
        const expected = compareRational(bps, rational(BigInt(maxBps))) <= 0;
        expect(code(spread) === '').toBe(expected);
        if (!expected) expect(code(spread * 2)).not.toBe('');
      }),
      { seed, numRuns: 300 },
    );
  });
});

describe('RISK-28: an order is a bounded part of the quantity on display', () => {
  const check = liquidityFloor({ shareMaxPpm: 250_000, withinBps: 20 });
  const shown = (qty: number | null): Partial<RiskView> => ({ displayedQty: () => qty });
  test('four times the order must be on display', () => {
    expect(codeOf(check, {}, shown(20))).toBe('');
    expect(codeOf(check, {}, shown(19))).toBe('QL_RISK_LIQUIDITY');
    expect(ask(check, {}, shown(19))).toMatchObject({ observed: '0.005', limit: '0.004' });
  });
  test('what counts: so near to the best price of the side it takes, or up to its limit', () => {
    const asked: unknown[] = [];
    const spy: Partial<RiskView> = {
      displayedQty: (...args) => {
        asked.push(args);
        return 100;
      },
    };
    ask(check, { side: 'buy' }, spy);
    ask(check, { side: 'sell' }, spy);
    const upToLimit = liquidityFloor({ shareMaxPpm: 1_000_000, withinBps: null });
    ask(upToLimit, { price: 1_003 }, spy);
    ask(upToLimit, market, spy);
    // 1001 × 1.002 = 1003.002; 1000 × 0.998 = 998.
    expect(asked).toEqual([
      [inst, 'buy', 1_003],
      [inst, 'sell', 998],
      [inst, 'buy', 1_003],
      [inst, 'buy', null],
    ]);
  });
  test('display that is unknown denies', () => {
    for (const qty of [null, Number.NaN, -1, 0.5]) {
      expect(codeOf(check, {}, shown(qty))).toBe('QL_RISK_LIQUIDITY_UNKNOWN');
    }
    expect(codeOf(check, {}, { ...shown(99), ...touch(1_000, null) })).toBe(
      'QL_RISK_LIQUIDITY_UNKNOWN',
    );
    expect(codeOf(check, {}, { ...shown(99), touch: () => null })).toBe(
      'QL_RISK_LIQUIDITY_UNKNOWN',
    );
    expect(codeOf(check, {}, shown(0))).toBe('QL_RISK_LIQUIDITY');
  });
  test('RISK-28: equals exact products; less on display never helps', () => {
    const count = fc.integer({ min: 0, max: 2 ** 52 });
    fc.assert(
      fc.property(count, count, fc.integer({ min: 1, max: 1_000_000 }), (qty, qtyShown, ppm) => {
        const one = liquidityFloor({ shareMaxPpm: ppm, withinBps: null });
        const code = (amount: number) => codeOf(one, { qty: qty + 1 }, shown(amount));
        const fits = BigInt(qty + 1) * 1_000_000n <= BigInt(qtyShown) * BigInt(ppm);
        expect(code(qtyShown) === '').toBe(fits);
        if (!fits) expect(code(Math.floor(qtyShown / 2))).not.toBe('');
      }),
      { seed, numRuns: 300 },
    );
  });
  test('shares that are none are refused', () => {
    expect(bad(() => liquidityFloor({ shareMaxPpm: 0, withinBps: null }))).toBe(true);
    expect(bad(() => liquidityFloor({ shareMaxPpm: 1_000_001, withinBps: null }))).toBe(true);
    expect(bad(() => liquidityFloor({ shareMaxPpm: 1, withinBps: 10_001 }))).toBe(true);
  });
});

// 2026-11-23 is a Monday; 03:45 UTC is 09:15 in Mumbai.
const OPEN = 1_795_405_500_000_000;
const HOUR = 3_600_000_000;

describe('RISK-29: an order goes within the hours of its venue', () => {
  const nse = { ...ALWAYS_OPEN, utcOffsetMinutes: 330, open: '09:15', close: '15:30' };
  const at = (
    schedules: Parameters<typeof inSession>[0]['schedules'],
    nowUs: number,
    untilUs: number | null = null,
  ) => codeOf(inSession({ schedules, untilUs }), {}, { nowUs });
  test('the first and the last moment', () => {
    expect(at({ SIM: nse }, OPEN)).toBe('');
    expect(at({ SIM: nse }, OPEN - 1)).toBe('QL_RISK_SESSION_CLOSED');
    expect(at({ SIM: nse }, OPEN + 6.25 * HOUR - 1)).toBe('');
    expect(at({ SIM: nse }, OPEN + 6.25 * HOUR)).toBe('QL_RISK_SESSION_CLOSED');
    expect(at({ SIM: { ...nse, holidays: ['2026-11-23'] } }, OPEN)).toBe('QL_RISK_SESSION_CLOSED');
    expect(at({ SIM: nse }, Number.NaN)).toBe('QL_RISK_SESSION_CLOSED');
  });
  test('the most exact key goes first', () => {
    const shut = { ...nse, weekdays: [] };
    expect(at({ '*': shut, SIM: nse }, OPEN)).toBe('');
    expect(at({ SIM: shut, 'SIM:X': nse }, OPEN)).toBe('');
    expect(at({ 'SIM:X': shut, [inst]: nse }, OPEN)).toBe('');
    expect(at({ NSE: nse }, OPEN)).toBe('QL_RISK_LIMIT_UNSET');
  });
  test('a calendar that ended denies everything', () => {
    expect(at({ '*': ALWAYS_OPEN }, OPEN, OPEN + 1)).toBe('');
    expect(at({ '*': ALWAYS_OPEN }, OPEN + 1, OPEN + 1)).toBe('QL_RISK_LIMIT_EXPIRED');
  });
});

describe('RISK-30: quantity and value of one order', () => {
  test('freeze quantity: by id, else by underlying, else denied', () => {
    const check = freezeQty({ qtyMax: { 'SIM:X:BTC': '0.005', 'SIM:X:ETHUSDT': '0.002' } });
    expect([codeOf(check), codeOf(check, { qty: 6 })]).toEqual(['', 'QL_RISK_FREEZE_QTY']);
    const eth = { instrument: () => testInstrument({ instrumentId: 'SIM:X:ETHUSDT' }) };
    expect(codeOf(check, {}, eth)).toBe('QL_RISK_FREEZE_QTY');
    const other = { instrument: () => testInstrument({ base: 'DOGE' }) };
    expect(codeOf(check, {}, other)).toBe('QL_RISK_LIMIT_UNSET');
    expect(codeOf(check, { qty: Number.NaN })).toBe('QL_RISK_FREEZE_QTY');
  });

  const check = maxOrderValue({ currency: 'EUR', valueMax: '0.45', rateAgeMaxUs: 1_000 });
  const rate = (num: bigint, rx: number | null): Partial<RiskView> => ({
    rate: (from, to) =>
      from === 'USDT' && to === 'EUR' ? { value: rational(num, 100n), rx } : null,
  });
  test('value through a rate: 100.0 × 0.005 USDT at 0.90 is 0.45 EUR', () => {
    expect(codeOf(check, {}, rate(90n, null))).toBe('');
    expect(codeOf(check, {}, rate(91n, 1_000_000))).toBe('QL_RISK_ORDER_VALUE');
    expect(ask(check, {}, rate(91n, null))).toMatchObject({ observed: '0.455', limit: '0.45' });
  });
  test('market orders by the price they sweep to; a sale at a better touch', () => {
    expect(codeOf(check, market, rate(90n, null))).toBe('QL_RISK_ORDER_VALUE');
    expect(codeOf(check, { ...market, qty: 11 }, rate(1n, null))).toBe('QL_RISK_PRICE_UNKNOWN');
    expect(codeOf(check, { side: 'sell', price: 1 }, rate(91n, null))).toBe('QL_RISK_ORDER_VALUE');
  });
  test('a sale before any best prices has no worst value; an empty side is known', () => {
    const sell = { side: 'sell', price: 900 } as const;
    expect(codeOf(check, sell, { ...rate(1n, null), touch: () => null })).toBe(
      'QL_RISK_PRICE_UNKNOWN',
    );
    expect(codeOf(check, sell, { ...rate(1n, null), ...touch(Number.NaN, 1) })).toBe(
      'QL_RISK_PRICE_UNKNOWN',
    );
    expect(codeOf(check, sell, { ...rate(1n, null), ...touch(null, 1_001) })).toBe('');
    expect(codeOf(check, {}, { ...rate(1n, null), touch: () => null })).toBe('');
    const notional = maxNotional({ notionalMax: { USDT: '1000' } });
    expect(codeOf(notional, sell, { touch: () => null })).toBe('QL_RISK_PRICE_UNKNOWN');
    expect(codeOf(notional, sell)).toBe('');
  });
  test('a rate that is missing, old, of the future or not above 0 denies', () => {
    expect(codeOf(check, {}, { rate: () => null })).toBe('QL_RISK_RATE_UNKNOWN');
    expect(codeOf(check, {}, rate(0n, null))).toBe('QL_RISK_RATE_UNKNOWN');
    expect(codeOf(check, {}, rate(1n, 998_999))).toBe('QL_RISK_RATE_STALE');
    expect(codeOf(check, {}, rate(1n, 1_000_001))).toBe('QL_RISK_RATE_STALE');
    expect(codeOf(check, {}, rate(1n, Number.NaN))).toBe('QL_RISK_RATE_STALE');
  });
  test('an inverse contract is worth its settlement currency', () => {
    const coin = testInstrument({
      inverse: true,
      multiplier: '100',
      quote: 'USD',
      settle: 'BTC',
      qtyExponent: 0,
    });
    const part: Partial<RiskView> = {
      instrument: () => coin,
      rate: (from) => (from === 'BTC' ? { value: rational(100n), rx: null } : null),
    };
    // 5 × 100 USD at 100.0 are 5 BTC, at 100 EUR each.
    const by = (valueMax: string) => maxOrderValue({ currency: 'EUR', valueMax, rateAgeMaxUs: 1 });
    expect([codeOf(by('500'), {}, part), codeOf(by('499.99'), {}, part)]).toEqual([
      '',
      'QL_RISK_ORDER_VALUE',
    ]);
  });
});

test('RISK-31: a quote of the future is as bad as an old one', () => {
  const check = quoteAge({ ageMaxUs: 10 });
  const at = (nowUs: number) => codeOf(check, {}, { nowUs });
  expect([at(999_999), at(1_000_000), at(1_000_010), at(1_000_011), at(Number.NaN)]).toEqual([
    'QL_RISK_QUOTE_STALE',
    '',
    '',
    'QL_RISK_QUOTE_STALE',
    'QL_RISK_QUOTE_STALE',
  ]);
});

describe('RISK-32: the set for retail algorithms at NSE', () => {
  const id = 'NSE:FO:NIFTY26NOVFUT';
  const preset = (ordersPerSecond = 10) =>
    nseRetailAlgo({
      ordersPerSecond,
      freezeQtyMax: { 'NSE:FO:NIFTY': '1800' },
      bands: { [id]: { reference: '26000', bps: 1_000 } },
      collar: { ageMaxUs: 2_000_000, bands: { '*': { bps: 100 } } },
      holidays: [],
      special: [],
      untilUs: OPEN + 24 * HOUR,
    });
  const nifty = testInstrument({
    base: 'NIFTY',
    class: 'future',
    instrumentId: id,
    lot: 75,
    maxQty: null,
    priceExponent: -2,
    qtyExponent: 0,
    quote: 'INR',
    segment: 'FO',
    settle: 'INR',
    tick: 10,
    venue: 'NSE',
  });
  const part: Partial<RiskView> = {
    nowUs: OPEN,
    instrument: () => nifty,
    lastTrade: () => ({ price: 2_600_000, rx: OPEN, source: 'last' }),
  };
  const codes = (over: Parameters<typeof intent>[0], viewPart = part) =>
    preset().map((check) =>
      codeOf(check, { inst: id, price: 2_600_000, qty: 75, ...over }, viewPart),
    );
  test('ceiling, freeze quantity, band, collar and hours', () => {
    expect(codes({})).toEqual(['', '', '', '', '']);
    expect(codes({ qty: 1_875 })).toEqual(['', 'QL_RISK_FREEZE_QTY', '', '', '']);
    expect(codes({ price: 2_626_010 })).toEqual(['', '', '', 'QL_RISK_PRICE_COLLAR', '']);
    expect(codes({ price: 2_860_010 })).toEqual([
      '',
      '',
      'QL_RISK_PRICE_BAND',
      'QL_RISK_PRICE_COLLAR',
      '',
    ]);
    expect(codes({}, { ...part, nowUs: OPEN - 1 }).at(-1)).toBe('QL_RISK_SESSION_CLOSED');
    const currency = { ...nifty, segment: 'CD' };
    expect(codes({}, { ...part, instrument: () => currency }).at(-1)).toBe('QL_RISK_LIMIT_UNSET');
  });
  test('ten messages in any second and segment, cancels counted', () => {
    const rate = preset()[0];
    if (rate === undefined) throw new Error('no rate');
    let state: readonly number[] = [];
    const go = (nowUs: number, action: 'place' | 'cancel') => {
      const now = view({ ...part, nowUs });
      const answer = rate.evaluate(intent({ action }), now, state).code;
      if (answer === '' || action === 'cancel') state = rate.spend?.(now, state, intent()) ?? [];
      return answer;
    };
    for (let i = 0; i < 5; i += 1) expect(go(OPEN, 'place')).toBe('');
    for (let i = 0; i < 5; i += 1) go(OPEN + 500_000, 'cancel');
    expect(go(OPEN + 999_999, 'place')).toBe('QL_RISK_ORDER_RATE');
    expect(go(OPEN + 1_000_000, 'place')).toBe('');
    expect(rate.everyMessage).toBe(true);
  });
  test('more than the ceiling cannot be asked for; the set is a policy', () => {
    expect(bad(() => preset(11))).toBe(true);
    expect(riskPolicy({ checks: preset() }).spec.checks).toHaveLength(5);
  });
});
