import fc from 'fast-check';
import type { CashFlowBody } from 'quantlaxmi/events';
import {
  addRational,
  formatBig,
  mulRational,
  type Rational,
  rational,
  rationalToBig,
  subRational,
} from 'quantlaxmi/fixed-point';
import { createPortfolio, type PortfolioWriter } from 'quantlaxmi/portfolio';
import { expect, test } from 'vitest';
import { flow, instrument } from './lib.js';
import { Model, neg, same, scale, ZERO } from './model.js';
import { type Command, commands, WORLD } from './world.js';

const START = { USDT: '250.5', BTC: '3' };
const METHODS = ['average', 'fifo'] as const;
const CURRENCIES = ['USDT', 'BTC', 'BNB'];

/** The settlement that a venue would send: own arithmetic, rounded half even at -8. */
const settlement = (portfolio: PortfolioWriter, at: Extract<Command, { do: 'settle' }>) => {
  const { inst, price, flowId } = at;
  const id = inst.instrumentId;
  const qty = portfolio.qty(id);
  const unit = scale(price, inst.priceExponent);
  const model = new Model('average');
  const value = mulRational(scale(qty, inst.qtyExponent), model.book(inst).unit(unit));
  const whole = ['spot', 'option'].includes(inst.class);
  const own = whole ? value : portfolio.unrealised(id, price);
  const amount = formatBig(rationalToBig(own, -8, 'halfEven'), -8);
  const currency = inst.settle;
  return flow({ kind: 'settlement', inst: id, amount, currency, price, qty, flowId });
};

const book = (portfolio: PortfolioWriter, model: Model, command: Command): CashFlowBody | null => {
  switch (command.do) {
    case 'fill':
      portfolio.applyFill(command.body, command.inst);
      model.fill(command.body, command.inst);
      return null;
    case 'flow':
      portfolio.applyCashFlow(command.body, command.inst);
      model.flow(command.body, command.inst);
      return command.body;
    case 'settle': {
      const body = settlement(portfolio, command);
      portfolio.applyCashFlow(body, command.inst);
      model.flow(body, command.inst);
      return body;
    }
    default:
      return null;
  }
};

const sum = (parts: readonly Rational[]): Rational => parts.reduce(addRational, ZERO);

/** Everything the portfolio tells against the model; the name of what differs. */
const difference = (portfolio: PortfolioWriter, model: Model, mark: number): string => {
  for (const [id, own] of model.books) {
    const position = portfolio.position(id);
    if (position === null) return `${id} missing`;
    if (!position.exact) return `${id} not exact`;
    if (!same(scale(position.qty, position.qtyExponent), own.qty)) return `${id} qty`;
    const { average } = own;
    if ((average === null) !== (position.averagePrice === null)) return `${id} flat`;
    if (average !== null && !same(average, position.averagePrice ?? ZERO)) return `${id} average`;
    if (!same(own.realised, position.realised)) return `${id} realised`;
    const price = scale(mark, own.inst.priceExponent);
    if (!same(own.unrealised(price), portfolio.unrealised(id, mark))) return `${id} unrealised`;
    if (!same(model.net(id).get(own.inst.settle) ?? ZERO, portfolio.realisedNet(id))) {
      return `${id} net`;
    }
    const lots = portfolio.lots(id);
    if (!same(sum(lots.map((lot) => lot.qty)), own.qty)) return `${id} lots`;
    const values = own.lots.map((lot) => mulRational(lot.qty, own.unit(lot.price)));
    if (!same(sum(lots.map((lot) => lot.value)), sum(values))) return `${id} lot values`;
    const closed = portfolio.closedLots(id).map((lot) => lot.realised);
    if (closed.length > 0 && !same(sum(closed), sum(own.closed))) return `${id} closed lots`;
  }
  for (const currency of CURRENCIES) {
    if (!same(portfolio.cashExact(currency), model.cash.get(currency) ?? ZERO)) {
      return `${currency} cash`;
    }
    const fees = rational(portfolio.fees(currency), 10n ** 18n);
    if (!same(fees, model.fees.get(currency) ?? ZERO)) return `${currency} fees`;
  }
  return '';
};

test.each(METHODS)('PORTFOLIO-9: %s equals a slow model after every booking', (lots) => {
  const property = fc.property(
    commands({ marks: false }),
    fc.integer({ min: 1, max: 1_000_000 }),
    (list, mark) => {
      const portfolio = createPortfolio({ cash: START, lots });
      const model = new Model(lots, START);
      for (const command of list) {
        const body = book(portfolio, model, command);
        const found = difference(portfolio, model, mark);
        if (found !== '') throw new Error(`${command.do}: ${found}`);
        if (body === null) continue;
        const before = JSON.stringify(portfolio.snapshot());
        expect(portfolio.applyCashFlow(body, command.do === 'fill' ? null : instOf(command))).toBe(
          'duplicate',
        );
        expect(JSON.stringify(portfolio.snapshot())).toBe(before);
      }
    },
  );
  fc.assert(property, { numRuns: 250, seed: 71 });
});

const instOf = (command: Command) => ('inst' in command ? command.inst : null);

test('PORTFOLIO-9: the two methods differ, so the comparison can fail', () => {
  const differs = (lots: 'average' | 'fifo', other: 'average' | 'fifo'): boolean => {
    const inst = WORLD[0] ?? instrument();
    const portfolio = createPortfolio({ lots });
    const model = new Model(other);
    for (const [side, price, qty] of [
      ['buy', 10, 2],
      ['buy', 20, 2],
      ['sell', 30, 1],
    ] as const) {
      const body = { side, price, qty, inst: inst.instrumentId };
      book(portfolio, model, { do: 'fill', inst, body: { ...flowlessFill, ...body } });
    }
    return difference(portfolio, model, 25) !== '';
  };
  expect(differs('average', 'fifo')).toBe(true);
  expect(differs('fifo', 'average')).toBe(true);
  expect(differs('average', 'average')).toBe(false);
  expect(differs('fifo', 'fifo')).toBe(false);
});

const flowlessFill = {
  cause: 1,
  fee: 0,
  feeCurrency: 'USDT',
  feeExponent: -8,
  fillId: 'f',
  liquidity: 'taker',
  orderId: 'o',
} as const;

test('PORTFOLIO-8: under both methods realised + unrealised = flow + value at the mark', () => {
  const property = fc.property(
    fc.constantFrom(...METHODS),
    commands({ marks: false }),
    fc.integer({ min: 1, max: 1_000_000 }),
    (lots, list, mark) => {
      const portfolio = createPortfolio({ lots });
      const flows = new Map<string, Rational>();
      const model = new Model(lots);
      for (const command of list) {
        if (command.do !== 'fill') continue;
        const { body, inst } = command;
        portfolio.applyFill(body, inst);
        const unit = model.book(inst).unit(scale(body.price, inst.priceExponent));
        const value = mulRational(scale(body.qty, inst.qtyExponent), unit);
        const before = flows.get(body.inst) ?? ZERO;
        flows.set(body.inst, (body.side === 'buy' ? subRational : addRational)(before, value));
      }
      for (const [id, paid] of flows) {
        const { inst, unit: _ } = model.books.get(id) ?? model.book(instrument());
        const unit = model.book(inst).unit(scale(mark, inst.priceExponent));
        const held = mulRational(scale(portfolio.qty(id), inst.qtyExponent), unit);
        const total = addRational(
          portfolio.position(id)?.realised ?? ZERO,
          portfolio.unrealised(id, mark),
        );
        const expected = addRational(paid, held);
        if (!same(total, inst.inverse ? neg(expected) : expected)) return false;
      }
      return true;
    },
  );
  fc.assert(property, { numRuns: 150, seed: 72 });
});

test.each(METHODS)('PORTFOLIO-6: %s under declarations that change equals the model', (lots) => {
  let refused = 0;
  let booked = 0;
  const one = fc.record({
    qtyExponent: fc.integer({ min: -5, max: -2 }),
    priceExponent: fc.integer({ min: -3, max: 0 }),
    qty: fc.integer({ min: 1, max: 300 }),
    price: fc.integer({ min: 1, max: 5_000 }),
    side: fc.constantFrom('buy' as const, 'sell' as const),
  });
  const property = fc.property(
    fc.boolean(),
    fc.array(one, { minLength: 1, maxLength: 30 }),
    (inverse, list) => {
      const portfolio = createPortfolio({ lots });
      const model = new Model(lots);
      for (const { price, priceExponent, qty, qtyExponent, side } of list) {
        const inst = instrument({ inverse, priceExponent, qtyExponent });
        const body = { ...flowlessFill, inst: inst.instrumentId, price, qty, side };
        const before = JSON.stringify(portfolio.snapshot());
        try {
          portfolio.applyFill(body, inst);
        } catch (error) {
          // The position is no mantissa of the coarser exponent.
          expect((error as { code?: unknown }).code).toBe('QL_FIXED_INEXACT');
          expect(JSON.stringify(portfolio.snapshot())).toBe(before);
          refused += 1;
          continue;
        }
        booked += 1;
        model.fill(body, inst);
        const found = difference(portfolio, model, 777);
        if (found !== '') throw new Error(found);
      }
    },
  );
  fc.assert(property, { numRuns: 150, seed: 76 });
  expect(refused).toBeGreaterThan(100);
  expect(booked).toBeGreaterThan(300);
});
