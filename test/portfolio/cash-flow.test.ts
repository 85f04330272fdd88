import { existsSync, readFileSync } from 'node:fs';
import { compareRational, parseRational } from 'quantlaxmi/fixed-point';
import { createPortfolio } from 'quantlaxmi/portfolio';
import { describe, expect, test } from 'vitest';
import { codeOf, fill, flow, instrument } from './lib.js';

const VECTORS = new URL('../../../shared/vectors/', import.meta.url);
const cash = (portfolio: ReturnType<typeof createPortfolio>, currency = 'USDT') =>
  portfolio.cash(currency, { exponent: -8, rounding: 'halfEven' });
const inst = instrument();
const id = inst.instrumentId;

/** What `run` throws, with its context. */
const thrown = (run: () => unknown): { code?: unknown; context?: Record<string, unknown> } => {
  try {
    run();
    return {};
  } catch (error) {
    return error as { code?: unknown; context?: Record<string, unknown> };
  }
};

describe('PORTFOLIO-10: cash flows are booked once, in cash and in PnL', () => {
  test.each([
    ['funding', '-3.09001', -309_001_000n],
    ['dividend', '2.5', 250_000_000n],
    ['interest', '-0.00000001', -1n],
    ['fee', '-1', -100_000_000n],
    ['rebate', '0.25', 25_000_000n],
  ] as const)('%s of an instrument', (kind, amount, change) => {
    const portfolio = createPortfolio({ cash: { USDT: '100' } });
    expect(portfolio.applyCashFlow(flow({ kind, amount, inst: id }), inst)).toBe('applied');
    expect(cash(portfolio)).toBe(10_000_000_000n + change);
    expect(compareRational(portfolio.realisedNet(id), parseRational(amount))).toBe(0);
    expect(portfolio.flows(kind, 'USDT')).toBe(change * 10n ** 10n);
    const fees = kind === 'fee' || kind === 'rebate' ? -change * 10n ** 10n : 0n;
    expect(portfolio.fees('USDT')).toBe(fees);
    expect(portfolio.position(id)?.realised).toEqual({ num: 0n, den: 1n });
  });

  test('a transfer is cash and no PnL, with an instrument or without', () => {
    const portfolio = createPortfolio();
    portfolio.applyCashFlow(flow({ amount: '5', currency: 'BNB' }), null);
    portfolio.applyCashFlow(flow({ amount: '-2', currency: 'BNB', inst: id }), inst);
    expect(cash(portfolio, 'BNB')).toBe(300_000_000n);
    expect(portfolio.realisedNet(id)).toEqual({ num: 0n, den: 1n });
    expect(portfolio.instruments()).toEqual([]);
  });

  test('an id seen before changes nothing, also after thousands of others', () => {
    const portfolio = createPortfolio();
    const first = flow({ amount: '1', flowId: 'first' });
    portfolio.applyCashFlow(first, null);
    for (let i = 0; i < 16_383; i += 1) portfolio.applyCashFlow(flow({ amount: '0' }), null);
    const before = portfolio.snapshot();
    expect(portfolio.applyCashFlow(first, null)).toBe('duplicate');
    expect(portfolio.snapshot()).toEqual(before);
    // The oldest are forgotten beyond 16 384 ids: memory has a bound.
    portfolio.applyCashFlow(flow({ amount: '0' }), null);
    expect(portfolio.applyCashFlow(first, null)).toBe('applied');
  });

  test('an id used again for something else is refused', () => {
    const portfolio = createPortfolio();
    portfolio.applyCashFlow(flow({ amount: '1', flowId: 'a' }), null);
    const again = flow({ amount: '1.00', flowId: 'a' });
    expect(portfolio.applyCashFlow(again, null)).toBe('duplicate');
    const other = thrown(() => portfolio.applyCashFlow(flow({ amount: '2', flowId: 'a' }), null));
    expect(other).toMatchObject({ code: 'QL_PORTFOLIO_FLOW', context: { booked: 0 } });
    expect(cash(portfolio)).toBe(100_000_000n);
  });

  test.each([
    ['no id', { flowId: '' }, null],
    ['no currency', { currency: '' }, null],
    ['an unknown kind', { kind: 'gift' as never }, null],
    ['an amount that is no decimal', { amount: '1e3' }, null],
    ['more than 18 decimals', { amount: '0.0000000000000000001' }, null],
    ['an instrument that was not given', { kind: 'funding', inst: id }, null],
    ['another instrument', { kind: 'funding', inst: 'SIM:X:ETHUSDT' }, inst],
    ['an instrument it does not name', { kind: 'funding' }, inst],
    ['a settlement of nothing', { kind: 'settlement', price: 1 }, null],
    ['a settlement without price', { kind: 'settlement', inst: id }, inst],
    ['a settlement in another currency', settlementIn('BNB'), inst],
    ['a settlement of half a lot', { ...settlementIn('USDT'), qty: 0.5 }, inst],
  ] as const)('%s is refused and books nothing', (_, part, given) => {
    const portfolio = createPortfolio({ cash: { USDT: '9' } });
    portfolio.applyFill(fill({ qty: 7 }), inst);
    const before = portfolio.snapshot();
    const error = thrown(() => portfolio.applyCashFlow(flow(part), given));
    expect(error).toMatchObject({ code: 'QL_PORTFOLIO_FLOW', context: { booked: 0 } });
    expect(portfolio.snapshot()).toEqual(before);
  });

  test('the snapshot and the state hash show every flow; without any they are the same', () => {
    const portfolio = createPortfolio();
    portfolio.applyFill(fill({ feeCurrency: 'BNB' }), inst);
    expect(Object.keys(portfolio.snapshot())).toEqual(['cash', 'fees', 'fills', 'positions']);
    portfolio.applyCashFlow(flow({ kind: 'funding', amount: '-1.5', inst: id }), inst);
    expect(portfolio.snapshot().flows).toEqual({ funding: { USDT: '-1.500000000000000000' } });
    expect(portfolio.snapshot().positions[0]?.net).toEqual({ USDT: '-1.500000000000000000' });
  });
});

function settlementIn(currency: string) {
  return { kind: 'settlement', inst: id, price: 5, currency } as const;
}

describe('PORTFOLIO-11: settlement', () => {
  const settle = (part: Parameters<typeof flow>[0]) =>
    flow({ kind: 'settlement', inst: id, ...part });

  test('a linear future: the result at the settlement price, and flat', () => {
    const portfolio = createPortfolio({ cash: { USDT: '100' } });
    portfolio.applyFill(fill({ qty: 2_000, price: 10_000 }), inst);
    portfolio.applyCashFlow(settle({ amount: '3.00', price: 10_150, qty: 2_000 }), inst);
    expect(portfolio.qty(id)).toBe(0);
    expect(portfolio.held()).toEqual([]);
    expect(cash(portfolio)).toBe(103_00000000n);
    expect(portfolio.position(id)?.realised).toEqual({ num: 3n, den: 1n });
  });

  test('an inverse future, short', () => {
    const inverse = instrument({ inverse: true, multiplier: '100', settle: 'BTC', qtyExponent: 0 });
    const portfolio = createPortfolio();
    // 10 contracts of 100 USD, sold at 10 000, settled at 11 000: 0.1 − 0.0909… BTC short.
    portfolio.applyFill(fill({ side: 'sell', qty: 10, price: 1_000_000 }), inverse);
    const amount = '-0.00909091';
    const body = settle({ amount, price: 1_100_000, qty: -10, currency: 'BTC' });
    portfolio.applyCashFlow(body, inverse);
    // Cash is what came, to the digit; the digits that rounding left out stand beside the PnL.
    expect(compareRational(portfolio.cashExact('BTC'), parseRational(amount))).toBe(0);
    expect(portfolio.position(id)?.realised).toEqual({ num: -1n, den: 110n });
    expect(compareRational(portfolio.realisedNet(id), parseRational(amount))).toBe(0);
  });

  test.each([
    ['in the money', 12_050, '7832.50'],
    ['out of the money', 0, '0'],
  ])('an option %s is paid its value per unit', (_, price, amount) => {
    const option = instrument({ class: 'option', right: 'call', strike: 1, qtyExponent: 0 });
    const portfolio = createPortfolio({ cash: { USDT: '10000' } });
    portfolio.applyFill(fill({ qty: 65, price: 10_000 }), option);
    expect(cash(portfolio)).toBe(3_500_00000000n);
    portfolio.applyCashFlow(settle({ amount, price, qty: 65 }), option);
    expect(portfolio.qty(id)).toBe(0);
    const result = parseRational(amount);
    const realised = portfolio.position(id)?.realised ?? result;
    expect(
      compareRational(realised, { num: result.num - 6500n * result.den, den: result.den }),
    ).toBe(0);
  });

  test('an amount is held against own arithmetic at its own digits', () => {
    const outcome = (amount: string): unknown => {
      const portfolio = createPortfolio();
      const whole = instrument({ priceExponent: 0, qtyExponent: 0 });
      portfolio.applyFill(fill({ qty: 3, price: 10 }), whole);
      portfolio.applyFill(fill({ qty: 4, price: 11 }), whole);
      portfolio.applyFill(fill({ side: 'sell', qty: 1, price: 12 }), whole);
      // 6 × (12 − 74/7) = 8.571428…
      return codeOf(() => portfolio.applyCashFlow(settle({ amount, price: 12, qty: 6 }), whole));
    };
    for (const amount of ['8.57', '8.58', '8.571428', '8.571429', '8.5', '8', '9']) {
      expect(outcome(amount), amount).toBe(null);
    }
    for (const amount of ['8.56', '8.59', '8.571427', '8.4', '7', '10', '-8.57', '0']) {
      expect(outcome(amount), amount).toBe('QL_PORTFOLIO_FLOW');
    }
  });

  test('an amount that contradicts is booked as it came, and thrown', () => {
    const portfolio = createPortfolio();
    portfolio.applyFill(fill({ qty: 2_000, price: 10_000 }), inst);
    const body = settle({ amount: '2.5', price: 10_150, qty: 2_000 });
    const error = thrown(() => portfolio.applyCashFlow(body, inst));
    expect(error).toMatchObject({ code: 'QL_PORTFOLIO_FLOW', context: { booked: 1 } });
    expect(cash(portfolio)).toBe(250_000_000n);
    expect(portfolio.qty(id)).toBe(0);
    expect(portfolio.snapshot().positions[0]?.rest).toBe('-0.500000000000000000');
    expect(portfolio.applyCashFlow(body, inst)).toBe('duplicate');
  });

  test('a quantity that contradicts leaves the difference open, and is thrown', () => {
    const portfolio = createPortfolio();
    portfolio.applyFill(fill({ qty: 2_000, price: 10_000 }), inst);
    const body = settle({ amount: '1.5', price: 10_100, qty: 1_500 });
    const error = thrown(() => portfolio.applyCashFlow(body, inst));
    expect(error).toMatchObject({ code: 'QL_PORTFOLIO_FLOW', context: { booked: 1 } });
    expect(portfolio.qty(id)).toBe(500);
    expect(cash(portfolio)).toBe(150_000_000n);
  });

  test('a settlement that names no quantity closes what is held', () => {
    const portfolio = createPortfolio();
    portfolio.applyFill(fill({ side: 'sell', qty: 2_000, price: 10_000 }), inst);
    portfolio.applyCashFlow(settle({ amount: '-2', price: 10_100 }), inst);
    expect(portfolio.qty(id)).toBe(0);
    const nothing = settle({ amount: '1', price: 10_100 });
    expect(codeOf(() => portfolio.applyCashFlow(nothing, inst))).toBe('QL_PORTFOLIO_FLOW');
  });
});

interface Case {
  readonly kind: string;
  readonly qty: string;
  readonly mark: string;
  readonly rate: string;
  readonly side: number;
  readonly cashflow: string;
  readonly price: string;
  readonly fee: string;
}

const casesOf = (name: string): readonly Case[] => {
  const path = new URL(name, VECTORS);
  if (existsSync(path)) {
    return (JSON.parse(readFileSync(path, 'utf8')) as { cases: readonly Case[] }).cases;
  }
  if (process.env['REQUIRE_SHARED'] === '1') throw new Error(`${path} is missing`);
  console.warn(`SKIPPED: ${path} is missing; set REQUIRE_SHARED=1 to make that a failure`);
  return [];
};

describe('PORTFOLIO-2: published cash flows and fees', () => {
  test.each(casesOf('carry.json').filter((row) => row.kind === 'funding_payment'))(
    'funding of $qty at $mark, rate $rate, side $side',
    ({ cashflow, mark, qty, rate, side }) => {
      const portfolio = createPortfolio();
      const size = Math.round(Number(qty) * 1_000);
      const price = Math.round(Number(mark) * 100);
      portfolio.applyFill(fill({ side: side > 0 ? 'buy' : 'sell', qty: size, price }), inst);
      // −side × quantity × mark × rate, as fractions.
      const value = parseRational(qty).num * parseRational(mark).num * parseRational(rate).num;
      const den = parseRational(qty).den * parseRational(mark).den * parseRational(rate).den;
      const expected = parseRational(cashflow);
      expect(compareRational({ num: -BigInt(side) * value, den }, expected)).toBe(0);
      const part = {
        kind: 'funding',
        inst: id,
        amount: trimmed(cashflow),
        qty: side * size,
        price,
      };
      portfolio.applyCashFlow(flow({ ...part, kind: 'funding' }), inst);
      expect(compareRational(portfolio.cashExact('USDT'), expected)).toBe(0);
      expect(compareRational(portfolio.realisedNet(id), expected)).toBe(0);
    },
  );

  // Funding at -side × quantity × mark × rate, with the rates of Binance's examples.
  test.each<[rate: string, side: 1 | -1, amount: string]>([
    ['0.0007', 1, '-43.26014'],
    ['0.00035', 1, '-21.63007'],
    ['0.0000875', -1, '5.4075175'],
    ['-0.0004', 1, '24.72008'],
    ['-0.0004', -1, '-24.72008'],
    ['0.003', 1, '-185.4006'],
  ])('rate %s of one BTC at 61 800.2, side %i: %s', (rate, side, amount) => {
    const { num, den } = parseRational(rate);
    const expected = parseRational(amount);
    const worked = { num: -BigInt(side) * 618_002n * num, den: 10n * den };
    expect(compareRational(worked, expected)).toBe(0);
    const portfolio = createPortfolio();
    const price = 6_180_020;
    portfolio.applyFill(fill({ side: side > 0 ? 'buy' : 'sell', qty: 1_000, price }), inst);
    const part = { kind: 'funding', inst: id, amount, qty: side * 1_000, price } as const;
    portfolio.applyCashFlow(flow(part), inst);
    portfolio.applyFill(fill({ side: side > 0 ? 'sell' : 'buy', qty: 1_000, price }), inst);
    expect(compareRational(portfolio.cashExact('USDT'), expected)).toBe(0);
    expect(compareRational(portfolio.realisedNet(id), expected)).toBe(0);
  });

  test.each(casesOf('fees.json').filter((row) => row.kind === 'binance_fee'))(
    'fee $fee of $qty at $price',
    ({ fee, price, qty }) => {
      const portfolio = createPortfolio();
      const fine = instrument({ class: 'spot', priceExponent: -8, qtyExponent: -3 });
      const mantissa = parseRational(fee);
      const paid = Number((mantissa.num * 10n ** 8n) / mantissa.den);
      const size = Math.round(Number(qty) * 1_000);
      const at = Number((parseRational(price).num * 10n ** 8n) / parseRational(price).den);
      portfolio.applyFill(fill({ qty: size, price: at, fee: paid }), fine);
      const { num, den } = parseRational(price);
      const notional = { num: num * BigInt(size), den: den * 1_000n };
      const cash = portfolio.cashExact('USDT');
      const both = {
        num: -(notional.num * mantissa.den + mantissa.num * notional.den),
        den: notional.den * mantissa.den,
      };
      expect(compareRational(cash, both)).toBe(0);
    },
  );
});

function trimmed(text: string): string {
  return text.replace(/0+$/u, '');
}
