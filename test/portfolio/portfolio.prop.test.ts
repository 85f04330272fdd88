import fc from 'fast-check';
import type { FillBody, InstrumentBody } from 'quantlaxmi/events';
import {
  addRational,
  compareRational,
  divRational,
  mulRational,
  parseRational,
  type Rational,
  rational,
  subRational,
} from 'quantlaxmi/fixed-point';
import { createPortfolio, type Portfolio } from 'quantlaxmi/portfolio';
import { fillArbitrary } from 'quantlaxmi/testing';
import { expect, test } from 'vitest';
import { fill, instrument } from './lib.js';

const ZERO = rational(0n);
const same = (a: Rational, b: Rational): boolean => compareRational(a, b) === 0;

const scale = (mantissa: number, exponent: number): Rational =>
  exponent < 0
    ? rational(BigInt(mantissa), 10n ** BigInt(-exponent))
    : rational(BigInt(mantissa) * 10n ** BigInt(exponent));

/** Textbook average-cost accounting on decimal fractions, one lot at a time. Slow and obvious. */
class Model {
  qty = ZERO;
  average = ZERO;
  realised = ZERO;
  flow = ZERO;
  fees = new Map<string, Rational>();
  readonly #inst: InstrumentBody;

  constructor(inst: InstrumentBody) {
    this.#inst = inst;
  }

  /** Value of one unit of quantity at a price. */
  unit(price: Rational): Rational {
    const multiplier = parseRational(this.#inst.multiplier);
    return this.#inst.inverse ? divRational(multiplier, price) : mulRational(multiplier, price);
  }

  /** Result of closing `qty` (signed as held) entered at `entry` and left at `exit`. */
  result(qty: Rational, entry: Rational, exit: Rational): Rational {
    const move = subRational(this.unit(exit), this.unit(entry));
    const gain = mulRational(qty, move);
    return this.#inst.inverse ? subRational(ZERO, gain) : gain;
  }

  apply(body: FillBody): void {
    const price = scale(body.price, this.#inst.priceExponent);
    const size = scale(body.qty, this.#inst.qtyExponent);
    const signed = body.side === 'buy' ? size : subRational(ZERO, size);
    const fee = scale(body.fee, body.feeExponent);
    this.fees.set(body.feeCurrency, addRational(this.fees.get(body.feeCurrency) ?? ZERO, fee));
    this.flow = subRational(this.flow, mulRational(signed, this.unit(price)));
    const held = this.qty;
    const after = addRational(held, signed);
    const adds = compareRational(held, ZERO) * compareRational(signed, ZERO) >= 0;
    if (adds) {
      // The average is of entry values, so harmonic for inverse contracts.
      const value = addRational(
        mulRational(held, held.num === 0n ? ZERO : this.unit(this.average)),
        mulRational(signed, this.unit(price)),
      );
      const multiplier = parseRational(this.#inst.multiplier);
      const mean = divRational(value, after);
      this.average = this.#inst.inverse
        ? divRational(multiplier, mean)
        : divRational(mean, multiplier);
    } else {
      const crosses = compareRational(held, ZERO) * compareRational(after, ZERO) < 0;
      const closed = crosses ? held : subRational(ZERO, signed);
      this.realised = addRational(this.realised, this.result(closed, this.average, price));
      if (crosses) this.average = price;
    }
    this.qty = after;
  }
}

const contracts: readonly InstrumentBody[] = [
  instrument(),
  instrument({ multiplier: '0.001', priceExponent: -8, qtyExponent: 0 }),
  instrument({ class: 'spot', priceExponent: 0, qtyExponent: -5 }),
  instrument({
    inverse: true,
    multiplier: '100',
    settle: 'BTC',
    quote: 'USD',
    priceExponent: -1,
    qtyExponent: 0,
  }),
];

const agrees = (
  portfolio: Portfolio,
  model: Model,
  inst: InstrumentBody,
  mark: number,
): boolean => {
  const id = inst.instrumentId;
  const position = portfolio.position(id);
  if (position === null) return false;
  const average = position.averagePrice;
  const flat = model.qty.num === 0n;
  const markPrice = scale(mark, inst.priceExponent);
  const unrealised = flat ? ZERO : model.result(model.qty, model.average, markPrice);
  return (
    same(scale(position.qty, inst.qtyExponent), model.qty) &&
    (flat ? average === null : average !== null && same(average, model.average)) &&
    same(position.realised, model.realised) &&
    same(portfolio.unrealised(id, mark), unrealised) &&
    position.exact
  );
};

test('PORTFOLIO-1: equals a slow model on fractions after every fill', () => {
  const property = fc.property(
    fc.constantFrom(...contracts),
    fc.array(fillArbitrary(), { minLength: 1, maxLength: 40 }),
    fc.integer({ min: 1, max: 1_000_000 }),
    (inst, fills, mark) => {
      const portfolio = createPortfolio({ cash: { USDT: '250.5' } });
      const model = new Model(inst);
      for (const body of fills) {
        portfolio.applyFill(body, inst);
        model.apply(body);
        if (!agrees(portfolio, model, inst, mark)) return false;
      }
      for (const [currency, fees] of model.fees) {
        expect(same(rational(portfolio.fees(currency), 10n ** 18n), fees)).toBe(true);
      }
      const start = inst.settle === 'USDT' ? parseRational('250.5') : ZERO;
      const moved = inst.class === 'spot' ? model.flow : model.realised;
      const paid = model.fees.get(inst.settle) ?? ZERO;
      const cash = subRational(addRational(start, moved), paid);
      const shown = portfolio.cash(inst.settle, { exponent: -60, rounding: 'floor' });
      const difference = subRational(cash, rational(shown, 10n ** 60n));
      return compareRational(difference, ZERO) >= 0 && difference.num * 10n ** 60n < difference.den;
    },
  );
  fc.assert(property, { numRuns: 400, seed: 70 });
});

test('PORTFOLIO-1: the comparison can fail', () => {
  const inst = instrument();
  const portfolio = createPortfolio();
  const model = new Model(inst);
  portfolio.applyFill(fill({ price: 100 }), inst);
  model.apply(fill({ price: 101 }));
  expect(agrees(portfolio, model, inst, 100)).toBe(false);
});

test('PORTFOLIO-3: realised and unrealised add up to flow and value at the mark', () => {
  fc.assert(
    fc.property(
      fc.array(fillArbitrary(), { minLength: 1, maxLength: 60 }),
      fc.integer({ min: 1, max: 1_000_000 }),
      (fills, mark) => {
        const inst = instrument();
        const portfolio = createPortfolio();
        let flow = ZERO;
        for (const body of fills) {
          portfolio.applyFill(body, inst);
          const value = mulRational(scale(body.price, -2), scale(body.qty, -3));
          flow = body.side === 'buy' ? subRational(flow, value) : addRational(flow, value);
        }
        const id = inst.instrumentId;
        const held = mulRational(scale(portfolio.qty(id), -3), scale(mark, -2));
        const total = addRational(
          portfolio.position(id)?.realised ?? ZERO,
          portfolio.unrealised(id, mark),
        );
        return same(total, addRational(flow, held));
      },
    ),
    { numRuns: 200, seed: 69 },
  );
});
