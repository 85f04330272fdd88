import { addRational, compareRational, rational } from 'quantlaxmi/fixed-point';
import { createPortfolio } from 'quantlaxmi/portfolio';
import { describe, expect, test } from 'vitest';
import { fill, instrument } from './lib.js';

const cash = (portfolio: ReturnType<typeof createPortfolio>, currency = 'USDT') =>
  portfolio.cash(currency, { exponent: -8, rounding: 'halfEven' });

const codeOf = (run: () => unknown): unknown => {
  try {
    run();
    return null;
  } catch (error) {
    return (error as { code?: unknown }).code;
  }
};

describe('PORTFOLIO-4: cash and fees', () => {
  test('a spot purchase pays its value, a perpetual nothing until it is closed', () => {
    const spot = createPortfolio({ cash: { USDT: '1000' } });
    const spotInst = instrument({ class: 'spot' });
    spot.applyFill(fill({ qty: 2_000, price: 10_000 }), spotInst);
    expect(cash(spot)).toBe(800_00000000n);

    const perp = createPortfolio({ cash: { USDT: '1000' } });
    perp.applyFill(fill({ qty: 2_000, price: 10_000 }), instrument());
    expect(cash(perp)).toBe(1000_00000000n);
    perp.applyFill(fill({ side: 'sell', qty: 2_000, price: 10_100 }), instrument());
    expect(cash(perp)).toBe(1002_00000000n);
  });

  test('fees leave in their own currency, rebates come in', () => {
    const portfolio = createPortfolio({ cash: { BNB: '1', USDT: '1' } });
    const inst = instrument();
    portfolio.applyFill(fill({ fee: 50_000_000, feeCurrency: 'BNB' }), inst);
    portfolio.applyFill(fill({ side: 'sell', fee: -10_000, feeExponent: -4 }), inst);
    expect(cash(portfolio, 'BNB')).toBe(50_000_000n);
    expect(cash(portfolio)).toBe(200_000_000n);
    expect(portfolio.fees('USDT')).toBe(-1_000_000_000_000_000_000n);
  });

  test('rounding is named and done once, when shown', () => {
    const portfolio = createPortfolio();
    const inst = instrument({ priceExponent: 0, qtyExponent: 0 });
    portfolio.applyFill(fill({ qty: 3, price: 10 }), inst);
    portfolio.applyFill(fill({ qty: 4, price: 11 }), inst);
    portfolio.applyFill(fill({ side: 'sell', qty: 1, price: 12 }), inst);
    // 12 − 74/7 = 10/7
    expect(portfolio.cash('USDT', { exponent: -2, rounding: 'floor' })).toBe(142n);
    expect(portfolio.cash('USDT', { exponent: -2, rounding: 'ceil' })).toBe(143n);
    expect(portfolio.position(inst.instrumentId)?.averagePrice).toEqual(rational(74n, 7n));
  });
});

describe('PORTFOLIO-5: a fill that cannot be is refused and books nothing', () => {
  const inst = instrument();
  test.each([
    ['quantity 0', { qty: 0 }],
    ['a negative quantity', { qty: -1 }],
    ['NaN', { qty: Number.NaN }],
    ['a fractional price', { price: 1.5 }],
    ['a fractional fee', { fee: 0.1 }],
    ['another instrument', { inst: 'SIM:X:ETHUSDT' }],
    ['a fee finer than 10^-18', { feeExponent: -19 }],
  ])('%s', (_, part) => {
    const portfolio = createPortfolio();
    portfolio.applyFill(fill({ qty: 7 }), inst);
    const before = portfolio.snapshot();
    expect(codeOf(() => portfolio.applyFill(fill(part), inst))).toBe('QL_PORTFOLIO_FILL');
    expect(portfolio.snapshot()).toEqual(before);
  });

  test('a position beyond 2^53-1', () => {
    const portfolio = createPortfolio();
    portfolio.applyFill(fill({ qty: Number.MAX_SAFE_INTEGER }), inst);
    expect(codeOf(() => portfolio.applyFill(fill({ qty: 1 }), inst))).toBe('QL_FIXED_OVERFLOW');
  });
});

describe('PORTFOLIO-6: redeclared instruments', () => {
  test('finer exponents rescale the position, PnL goes on unchanged', () => {
    const portfolio = createPortfolio();
    portfolio.applyFill(fill({ qty: 5, price: 10_000 }), instrument());
    const finer = instrument({ priceExponent: -3, qtyExponent: -5 });
    portfolio.applyFill(fill({ side: 'sell', qty: 200, price: 110_000 }), finer);
    const position = portfolio.position(finer.instrumentId);
    expect(position?.qty).toBe(300);
    // 0.002 × (110 − 100)
    expect(position?.realised).toEqual(rational(2n, 100n));
    expect(position?.averagePrice).toEqual(rational(100n));
  });

  test('a position that does not fit the coarser lot, and other terms, are refused', () => {
    const portfolio = createPortfolio();
    portfolio.applyFill(fill({ qty: 5 }), instrument());
    const coarse = instrument({ qtyExponent: -2 });
    expect(codeOf(() => portfolio.applyFill(fill(), coarse))).toBe('QL_FIXED_INEXACT');
    const other = instrument({ multiplier: '10' });
    expect(codeOf(() => portfolio.applyFill(fill(), other))).toBe('QL_PORTFOLIO_FILL');
  });
});

describe('PORTFOLIO-7: the bound on fractions', () => {
  test('thousands of partial closes stay exact, then the position says that it rounded', () => {
    const portfolio = createPortfolio();
    const inst = instrument({ priceExponent: 0, qtyExponent: 0 });
    const id = inst.instrumentId;
    let flow = 0n;
    let rounds = 0;
    // Primes, so that hardly a factor cancels.
    const sizes = [10_007, 10_009, 10_037, 10_039, 10_061, 10_067, 10_069];
    const trade = (side: 'buy' | 'sell', qty: number, price: number): void => {
      portfolio.applyFill(fill({ side, qty, price }), inst);
      flow += BigInt(qty * price) * (side === 'buy' ? -1n : 1n);
    };
    do {
      rounds += 1;
      trade('buy', (sizes[rounds % 7] as number) + rounds, 100 + (rounds % 17));
      trade('sell', sizes[(rounds * 3) % 7] as number, 101 + (rounds % 11));
    } while (rounds < 5_000 && (rounds % 50 !== 0 || portfolio.position(id)?.exact === true));
    expect(portfolio.position(id)?.exact).toBe(false);
    expect(rounds).toBeGreaterThan(1_000);
    const total = addRational(
      portfolio.position(id)?.realised ?? rational(0n),
      portfolio.unrealised(id, 99),
    );
    const expected = rational(flow + BigInt(portfolio.qty(id) * 99));
    expect(compareRational(total, expected)).toBe(0);
  });

  test('being flat clears every fraction', () => {
    const portfolio = createPortfolio();
    const inst = instrument();
    portfolio.applyFill(fill({ qty: 3, price: 7 }), inst);
    portfolio.applyFill(fill({ side: 'sell', qty: 1, price: 8 }), inst);
    portfolio.applyFill(fill({ side: 'sell', qty: 2, price: 9 }), inst);
    expect(portfolio.position(inst.instrumentId)).toMatchObject({ qty: 0, averagePrice: null });
    expect(portfolio.snapshot().positions[0]?.averagePrice).toBe('');
  });
});
