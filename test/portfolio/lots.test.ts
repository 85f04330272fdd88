import { compareRational, parseRational, rational } from 'quantlaxmi/fixed-point';
import { createPortfolio } from 'quantlaxmi/portfolio';
import { describe, expect, test } from 'vitest';
import { codeOf, fill, instrument } from './lib.js';

const whole = instrument({ priceExponent: 0, qtyExponent: 0 });
const id = whole.instrumentId;
const fifo = () => createPortfolio({ lots: 'fifo' });

type Trade = readonly [side: 'buy' | 'sell', qty: number, price: number];
const trade = (portfolio: ReturnType<typeof fifo>, ...trades: readonly Trade[]): void => {
  for (const [side, qty, price] of trades) portfolio.applyFill(fill({ side, qty, price }), whole);
};

describe('PORTFOLIO-8: lots', () => {
  test('the oldest lot closes first, in parts, and through zero', () => {
    const portfolio = fifo();
    trade(portfolio, ['buy', 10, 100], ['buy', 5, 110], ['sell', 12, 120]);
    // 10 × 20 + 2 × 10
    expect(portfolio.position(id)?.realised).toEqual(rational(220n));
    expect(portfolio.lots(id)).toEqual([
      { qty: rational(3n), price: rational(110n), value: rational(330n) },
    ]);
    expect(portfolio.closedLots(id)).toEqual([
      { qty: rational(10n), entryPrice: rational(100n), realised: rational(200n) },
      { qty: rational(2n), entryPrice: rational(110n), realised: rational(20n) },
    ]);
    trade(portfolio, ['sell', 4, 100]);
    expect(portfolio.closedLots(id)).toEqual([
      { qty: rational(3n), entryPrice: rational(110n), realised: rational(-30n) },
    ]);
    expect(portfolio.lots(id)).toEqual([
      { qty: rational(-1n), price: rational(100n), value: rational(100n) },
    ]);
    trade(portfolio, ['sell', 1, 90]);
    expect(portfolio.closedLots(id)).toEqual([]);
    expect(portfolio.position(id)).toMatchObject({ qty: -2, averagePrice: rational(95n) });
  });

  test('average cost shows one lot; an unknown instrument none', () => {
    const portfolio = createPortfolio();
    trade(portfolio, ['buy', 10, 100], ['buy', 5, 110], ['sell', 12, 120]);
    expect(portfolio.lots(id)).toEqual([
      { qty: rational(3n), price: rational(310n, 3n), value: rational(310n) },
    ]);
    expect(portfolio.closedLots(id)).toEqual([]);
    expect(portfolio.lots('SIM:X:NONE')).toEqual([]);
    trade(portfolio, ['sell', 3, 120]);
    expect(portfolio.lots(id)).toEqual([]);
  });

  test('an inverse short', () => {
    const inverse = instrument({ inverse: true, settle: 'BTC', priceExponent: 0, qtyExponent: 0 });
    const portfolio = fifo();
    portfolio.applyFill(fill({ side: 'sell', qty: 100, price: 100 }), inverse);
    portfolio.applyFill(fill({ side: 'sell', qty: 100, price: 50 }), inverse);
    portfolio.applyFill(fill({ side: 'buy', qty: 150, price: 75 }), inverse);
    // Short 1 and 2 BTC of entry value; 100/75 − 1, and 50/75 − 1.
    expect(portfolio.closedLots(id)).toEqual([
      { qty: rational(-100n), entryPrice: rational(100n), realised: rational(1n, 3n) },
      { qty: rational(-50n), entryPrice: rational(50n), realised: rational(-1n, 3n) },
    ]);
    expect(portfolio.position(id)?.realised).toEqual(rational(0n));
    expect(portfolio.lots(id)).toEqual([
      { qty: rational(-50n), price: rational(50n), value: rational(1n) },
    ]);
  });

  test('one price makes one lot, however many fills', () => {
    const portfolio = fifo();
    for (let i = 0; i < 50; i += 1) trade(portfolio, ['buy', 1, 100]);
    expect(portfolio.lots(id)).toHaveLength(1);
    trade(portfolio, ['buy', 1, 101], ['buy', 1, 100]);
    expect(portfolio.lots(id)).toHaveLength(3);
  });

  test('beyond 4 096 lots the newest are averaged, and the position says so', () => {
    const portfolio = fifo();
    for (let i = 0; i < 4_096; i += 1) trade(portfolio, ['buy', 1, 100 + (i % 2)]);
    expect(portfolio.position(id)?.exact).toBe(true);
    trade(portfolio, ['buy', 1, 103]);
    expect(portfolio.position(id)?.exact).toBe(false);
    const lots = portfolio.lots(id);
    expect(lots).toHaveLength(4_096);
    expect(lots.at(-1)).toEqual({
      qty: rational(2n),
      price: rational(102n),
      value: rational(204n),
    });
    // Nothing is lost: the sum over all lots is what was paid.
    const paid = BigInt(4_096 * 100 + 2_048 + 103);
    trade(portfolio, ['sell', 4_097, 100]);
    expect(portfolio.position(id)?.realised).toEqual(rational(4_097n * 100n - paid));
  });

  test('a hundred thousand lots, opened and closed, keep no trace', () => {
    const portfolio = fifo();
    for (let i = 0; i < 100_000; i += 1) {
      trade(portfolio, ['buy', 2, 100 + (i % 7)]);
      if (i >= 20) trade(portfolio, ['sell', 2, 100 + (i % 5)]);
    }
    expect(portfolio.lots(id)).toHaveLength(20);
    expect(portfolio.position(id)).toMatchObject({ qty: 40, exact: true });
    expect(JSON.stringify(portfolio.snapshot()).length).toBeLessThan(2_500);
  });

  test('the snapshot holds the open lots', () => {
    const portfolio = fifo();
    trade(portfolio, ['buy', 1, 100], ['buy', 2, 101]);
    const snapshot = portfolio.snapshot();
    expect(snapshot.lots).toBe('fifo');
    expect(snapshot.positions[0]?.lots?.map(({ price, qty }) => `${qty} @ ${price}`)).toEqual([
      '1.000000000000000000 @ 100.000000000000000000',
      '2.000000000000000000 @ 101.000000000000000000',
    ]);
  });

  test('a refused fill leaves the lots alone', () => {
    const portfolio = fifo();
    trade(portfolio, ['buy', 10, 100], ['buy', 5, 110]);
    const before = portfolio.snapshot();
    const other = { ...whole, multiplier: '10' };
    const sell = fill({ side: 'sell', qty: 3, price: 120 });
    expect(codeOf(() => portfolio.applyFill(sell, other))).toBe('QL_PORTFOLIO_FILL');
    const huge = fill({ qty: Number.MAX_SAFE_INTEGER, price: 120 });
    expect(codeOf(() => portfolio.applyFill(huge, whole))).toBe('QL_FIXED_OVERFLOW');
    expect(portfolio.snapshot()).toEqual(before);
  });

  test('another method is refused', () => {
    expect(codeOf(() => createPortfolio({ lots: 'lifo' as never }))).toBe('QL_BAD_INPUT');
  });
});

describe('PORTFOLIO-6: lots of redeclared instruments', () => {
  const at = (qtyExponent: number, priceExponent = -2) =>
    instrument({ qtyExponent, priceExponent });

  test('finer exponents', () => {
    const portfolio = fifo();
    portfolio.applyFill(fill({ qty: 5, price: 10_000 }), at(-3));
    portfolio.applyFill(fill({ qty: 300, price: 110_000 }), at(-5, -3));
    const sell = fill({ side: 'sell', qty: 700, price: 120_000 });
    portfolio.applyFill(sell, at(-5, -3));
    // 0.005 × 20 + 0.002 × 10
    expect(portfolio.position(id)?.realised).toEqual(parseRational('0.12'));
    expect(portfolio.lots(id)).toEqual([
      { qty: parseRational('0.001'), price: rational(110n), value: parseRational('0.11') },
    ]);
  });

  test('a coarser lot that holds the position but not its parts', () => {
    const portfolio = fifo();
    portfolio.applyFill(fill({ qty: 5, price: 10_000 }), at(-3));
    portfolio.applyFill(fill({ qty: 15, price: 11_000 }), at(-3));
    portfolio.applyFill(fill({ side: 'sell', qty: 1, price: 12_000 }), at(-2));
    // 0.005 × 20 + 0.005 × 10
    expect(portfolio.position(id)).toMatchObject({ qty: 1, realised: parseRational('0.15') });
    expect(compareRational(portfolio.lots(id)[0]?.qty ?? rational(0n), parseRational('0.01'))).toBe(
      0,
    );
    portfolio.applyFill(fill({ qty: 1, price: 13_000 }), at(-2));
    expect(portfolio.lots(id).map((lot) => lot.price)).toEqual([rational(110n), rational(130n)]);
    portfolio.applyFill(fill({ side: 'sell', qty: 2, price: 13_000 }), at(-2));
    expect(portfolio.position(id)).toMatchObject({ qty: 0, realised: parseRational('0.35') });
  });
});
