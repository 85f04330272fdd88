import {
  divRational,
  formatBig,
  parseRational,
  rationalToBig,
  subRational,
} from 'quantlaxmi/fixed-point';
import { createPortfolio } from 'quantlaxmi/portfolio';
import { describe, expect, test } from 'vitest';
import { fill, instrument } from './lib.js';

/*
 * The cases of barter-rs (MIT), barter/src/engine/state/position.rs, re-typed. Its realised PnL is
 * of one trip, ours of the instrument: after a flip it is the sum of its two positions. Its
 * unrealised PnL has an estimate of exit fees taken off, which is added again here.
 */

type Side = 'buy' | 'sell';
type Trade = readonly [side: Side, price: number, qty: string, fee: number];

const inst = instrument({ priceExponent: 0, qtyExponent: -1 });
const id = inst.instrumentId;

const book = (trades: readonly Trade[]) => {
  const portfolio = createPortfolio();
  for (const [side, price, size, fee] of trades) {
    const qty = Math.round(Number(size) * 10);
    portfolio.applyFill(fill({ side, price, qty, fee, feeExponent: 0 }), inst);
  }
  return portfolio;
};

const text = (value: { num: bigint; den: bigint } | null | undefined): string => {
  if (value === null || value === undefined) return '';
  return formatBig(rationalToBig(value, -2, 'halfEven'), -2).replace(/\.?0+$/u, '') || '0';
};

interface Case {
  readonly name: string;
  readonly first: Trade;
  readonly second: Trade;
  /** Signed, in tenths. */
  readonly qty: number;
  readonly average: string;
  /** Realised of the open and of the closed position, added. */
  readonly realised: string;
  /** Unrealised at the price of the second trade, before estimated exit fees. */
  readonly unrealised: string;
}

const CASES: readonly Case[] = [
  {
    name: 'TC0 increase long',
    first: ['buy', 100, '1', 10],
    second: ['buy', 120, '1', 10],
    ...{ qty: 20, average: '110', realised: '-20', unrealised: '20' },
  },
  {
    name: 'TC1 reduce long',
    first: ['buy', 100, '2', 10],
    second: ['sell', 150, '0.5', 5],
    // 67.5 with exit fees of 7.5.
    ...{ qty: 15, average: '100', realised: '10', unrealised: '75' },
  },
  {
    name: 'TC2 close long',
    first: ['buy', 100, '1', 10],
    second: ['sell', 150, '1', 10],
    ...{ qty: 0, average: '', realised: '30', unrealised: '0' },
  },
  {
    name: 'TC3 flip long to short',
    first: ['buy', 100, '1', 10],
    second: ['sell', 150, '2', 20],
    // 30 of the closed position, -10 of the new one.
    ...{ qty: -10, average: '150', realised: '20', unrealised: '0' },
  },
  {
    name: 'TC4 increase short',
    first: ['sell', 100, '1', 10],
    second: ['sell', 80, '1', 10],
    ...{ qty: -20, average: '90', realised: '-20', unrealised: '20' },
  },
  {
    name: 'TC5 reduce short',
    first: ['sell', 100, '2', 10],
    second: ['buy', 80, '0.5', 5],
    // 22.5 with exit fees of 7.5.
    ...{ qty: -15, average: '100', realised: '-5', unrealised: '30' },
  },
  {
    name: 'TC6 close short',
    first: ['sell', 100, '1', 10],
    second: ['buy', 80, '1', 10],
    ...{ qty: 0, average: '', realised: '0', unrealised: '0' },
  },
  {
    name: 'TC7 flip short to long',
    first: ['sell', 100, '1', 10],
    second: ['buy', 80, '2', 20],
    ...{ qty: 10, average: '80', realised: '-10', unrealised: '0' },
  },
];

describe('PORTFOLIO-2: positions of barter-rs', () => {
  test.each(CASES)('$name', ({ average, first, qty, realised, second, unrealised }) => {
    const portfolio = book([first, second]);
    expect(portfolio.qty(id)).toBe(qty);
    expect(text(portfolio.position(id)?.averagePrice)).toBe(average);
    expect(text(portfolio.realisedNet(id))).toBe(realised);
    expect(text(portfolio.unrealised(id, second[1]))).toBe(unrealised);
  });

  // TC0-TC11: ten units entered at 100, left at 150 or 50, with a fee, without, and with a rebate.
  test.each<[Side, number, number, string]>([
    ['buy', 150, 5, '495'],
    ['buy', 150, 0, '500'],
    ['buy', 150, -5, '505'],
    ['buy', 50, 5, '-505'],
    ['buy', 50, 0, '-500'],
    ['buy', 50, -5, '-495'],
    ['sell', 50, 5, '495'],
    ['sell', 50, 0, '500'],
    ['sell', 50, -5, '505'],
    ['sell', 150, 5, '-505'],
    ['sell', 150, 0, '-500'],
    ['sell', 150, -5, '-495'],
  ])('%s, out at %i with fee %i: %s', (side, exit, fee, expected) => {
    const out = side === 'buy' ? 'sell' : 'buy';
    const portfolio = book([
      [side, 100, '10', 0],
      [out, exit, '10', fee],
    ]);
    expect(text(portfolio.realisedNet(id))).toBe(expected);
  });

  test.each<[number, number, string]>([
    [2, 2, '150'],
    [2, 4, '166.66666666666666666666666667'],
    [20, 1, '104.76190476190476190476190476'],
  ])('average of %i at 100 and %i at 200', (first, second, printed) => {
    const portfolio = book([
      ['buy', 100, String(first), 0],
      ['buy', 200, String(second), 0],
    ]);
    const average = portfolio.position(id)?.averagePrice ?? parseRational('0');
    const exact = divRational(
      parseRational(String(first * 100 + second * 200)),
      parseRational(String(first + second)),
    );
    expect(subRational(average, exact).num).toBe(0n);
    const decimals = printed.includes('.') ? printed.length - printed.indexOf('.') - 1 : 0;
    expect(formatBig(rationalToBig(average, -decimals, 'halfEven'), -decimals)).toBe(printed);
  });
});
