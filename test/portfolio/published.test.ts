import { formatBig, rationalToBig } from 'quantlaxmi/fixed-point';
import { createPortfolio } from 'quantlaxmi/portfolio';
import { describe, expect, test } from 'vitest';
import { fill, instrument } from './lib.js';

// Published: Trading Technologies' FAQ on average price and PnL (also nautilus_trader position.rs).

type Trade = readonly [side: 'buy' | 'sell', qty: number, price: number];

const decimal = (value: { num: bigint; den: bigint } | null, places: number): string =>
  value === null ? '' : formatBig(rationalToBig(value, -places, 'halfEven'), -places);

/** Books whole-unit trades with a fee of `feePpm` of the notional; quantity exponent 0. */
const book = (trades: readonly Trade[], feePpm: number) => {
  const inst = instrument({ priceExponent: 0, qtyExponent: 0 });
  const portfolio = createPortfolio();
  return trades.map(([side, qty, price]) => {
    // Notional × ppm / 10^6 at exponent -8 is exact here: × 100.
    const fee = qty * price * feePpm * 100;
    portfolio.applyFill(fill({ side, qty, price, fee }), inst);
    return {
      qty: portfolio.qty(inst.instrumentId),
      average: decimal(portfolio.position(inst.instrumentId)?.averagePrice ?? null, 14),
      realised: decimal(portfolio.realisedNet(inst.instrumentId), 8),
    };
  });
};

describe('PORTFOLIO-2: published PnL cases to the last digit', () => {
  test('ETHUSDT, fee 0.01 %', () => {
    const rows = book(
      [
        ['buy', 12, 100],
        ['buy', 17, 99],
        ['sell', 9, 101],
        ['sell', 4, 105],
        ['buy', 3, 103],
      ],
      100,
    );
    expect(rows[1]).toEqual({ qty: 29, average: '99.41379310344828', realised: '-0.28830000' });
    expect(rows[2]?.realised).toBe('13.89666207');
    expect(rows[3]?.realised).toBe('36.19948966');
    expect(rows[4]).toEqual({ qty: 19, average: '99.98003629764065', realised: '36.16858966' });
  });

  test('BTCUSDT, fee 0.1 %', () => {
    const rows = book(
      [
        ['buy', 12, 10_000],
        ['buy', 17, 9_999],
        ['sell', 9, 10_001],
        ['buy', 3, 10_003],
        ['sell', 4, 10_005],
      ],
      1000,
    );
    expect(rows.map((row) => row.realised)).toEqual([
      '-120.00000000',
      '-289.98300000',
      '-365.71613793',
      '-395.72513793',
      '-415.27137481',
    ]);
    expect(rows[1]?.average).toBe('9999.41379310344828');
    expect(rows[3]?.average).toBe('9999.88155922038981');
  });

  const inverse = (base: string, priceExponent: number) =>
    instrument({ base, settle: base, quote: 'USD', inverse: true, priceExponent, qtyExponent: 0 });

  test('XBTUSD inverse: short 100 000 at 10 000, mark 11 000', () => {
    const inst = inverse('BTC', -1);
    const portfolio = createPortfolio();
    // 0.075 % of 10 BTC, rounded up at -8.
    portfolio.applyFill(
      fill({ side: 'sell', qty: 100_000, price: 100_000, fee: 750_000, feeCurrency: 'BTC' }),
      inst,
    );
    expect(decimal(portfolio.unrealised(inst.instrumentId, 110_000), 8)).toBe('-0.90909091');
    expect(decimal(portfolio.realisedNet(inst.instrumentId), 8)).toBe('-0.00750000');
    expect(decimal(portfolio.position(inst.instrumentId)?.averagePrice ?? null, 1)).toBe('10000.0');
  });

  test('XBTUSD inverse: long 100 000 at 10 500, mark 11 505.60', () => {
    const inst = inverse('BTC', -2);
    const portfolio = createPortfolio();
    portfolio.applyFill(fill({ qty: 100_000, price: 1_050_000, feeCurrency: 'BTC' }), inst);
    expect(decimal(portfolio.unrealised(inst.instrumentId, 1_150_560), 8)).toBe('0.83238969');
  });

  test('ETHUSD inverse: short 100 000 at 375.95, mark 370', () => {
    const inst = inverse('ETH', -2);
    const portfolio = createPortfolio();
    portfolio.applyFill(
      fill({ side: 'sell', qty: 100_000, price: 37_595, feeCurrency: 'ETH' }),
      inst,
    );
    expect(decimal(portfolio.unrealised(inst.instrumentId, 37_000), 8)).toBe('4.27745208');
  });

  test('AUDUSD: closed and opened again at another price, mark 1.0003', () => {
    const inst = instrument({ settle: 'USD', quote: 'USD', priceExponent: -5, qtyExponent: 0 });
    const portfolio = createPortfolio();
    portfolio.applyFill(fill({ qty: 150_000, price: 100_001 }), inst);
    portfolio.applyFill(fill({ side: 'sell', qty: 150_000, price: 100_011 }), inst);
    portfolio.applyFill(fill({ qty: 150_000, price: 100_012 }), inst);
    expect(decimal(portfolio.unrealised(inst.instrumentId, 100_030), 2)).toBe('27.00');
    expect(decimal(portfolio.realisedNet(inst.instrumentId), 2)).toBe('15.00');
  });
});
