import { compareRational, formatBig, type Rational, rationalToBig } from 'quantlaxmi/fixed-point';
import { type AccountSpec, createEquityTracker, createPortfolio } from 'quantlaxmi/portfolio';
import { describe, expect, test } from 'vitest';
import { codeOf, fill, flow, instrument } from './lib.js';

const DAY = 86_400_000_000;
const HOUR = 3_600_000_000;
const inst = instrument({ priceExponent: 0, qtyExponent: 0 });
const id = inst.instrumentId;
const bnb = instrument({ instrumentId: 'SIM:X:BNBUSDT', priceExponent: 0 });
const account: AccountSpec = {
  currency: 'USDT',
  rates: { BNB: { inst: bnb.instrumentId, inverted: false } },
  dayStartUs: 0,
  lots: 'average',
};

const text = (value: Rational | null | undefined): string =>
  value === null || value === undefined ? '' : formatBig(rationalToBig(value, -2, 'halfEven'), -2);

const setup = (options: { cash?: Record<string, string>; account?: Partial<AccountSpec> } = {}) => {
  const portfolio = createPortfolio({ cash: options.cash ?? { USDT: '1000' } });
  const tracker = createEquityTracker({
    account: { ...account, ...options.account },
    portfolio,
  });
  const show = () => {
    const state = tracker.equity();
    return state && [text(state.equity), text(state.dayStart), text(state.peak)].join(' ');
  };
  const mark = (price: number, rx = 0) => tracker.onMark(inst, { price, rx });
  const trade = (side: 'buy' | 'sell', qty: number, price: number, fee = 0) =>
    portfolio.applyFill(fill({ side, qty, price, fee, feeExponent: 0 }), inst);
  return { portfolio, tracker, show, mark, trade };
};

describe('PORTFOLIO-12: equity', () => {
  test('cash, open PnL at the mark, the highest and the start of the day', () => {
    const { mark, show, tracker, trade } = setup();
    expect(show()).toBe(null);
    tracker.onTime(10 * DAY);
    expect(show()).toBe('1000.00 1000.00 1000.00');
    trade('buy', 2, 100, 1);
    expect(show()).toBe(null);
    mark(150);
    expect(show()).toBe('1099.00 1000.00 1099.00');
    mark(90);
    expect(show()).toBe('979.00 1000.00 1099.00');
    expect(text(tracker.dayPnl(id))).toBe('-21.00');
    expect(text(tracker.dayPnl('SIM:X:NONE'))).toBe('0.00');
  });

  test('an open loss counts against the peak, not only a closed one', () => {
    const { mark, tracker, trade } = setup();
    tracker.onTime(0);
    trade('buy', 10, 100);
    mark(100);
    mark(60);
    const state = tracker.equity();
    expect(text(state?.peak)).toBe('1000.00');
    expect(text(state?.equity)).toBe('600.00');
  });

  test('the day begins with the last marks before it, at its offset, after silent days too', () => {
    const india = { dayStartUs: -19_800_000_000 };
    const { mark, show, tracker, trade } = setup({ account: india });
    tracker.onTime(10 * DAY);
    trade('buy', 1, 100);
    mark(130);
    tracker.onTime(10 * DAY + 18 * HOUR);
    expect(show()).toBe('1030.00 1000.00 1030.00');
    tracker.onTime(10 * DAY + 18.5 * HOUR);
    mark(120);
    expect(show()).toBe('1020.00 1030.00 1030.00');
    expect(text(tracker.dayPnl(id))).toBe('-10.00');
    tracker.onTime(14 * DAY + 18.5 * HOUR - 1);
    mark(121);
    expect(show()).toBe('1021.00 1020.00 1030.00');
    expect(tracker.snapshot().day).toBe(14);
  });

  test('unknown at the start of the day is unknown until it is known', () => {
    const { mark, show, tracker, trade } = setup();
    tracker.onTime(0);
    trade('buy', 1, 100);
    mark(110);
    tracker.onMark(inst, null);
    expect(show()).toBe(null);
    expect(tracker.dayPnl(id)).toBe(null);
    tracker.onTime(DAY);
    expect(tracker.dayPnl(id)).toBe(null);
    mark(105);
    expect(show()).toBe('1005.00 1005.00 1010.00');
    mark(104);
    expect(text(tracker.dayPnl(id))).toBe('-1.00');
  });

  test('nothing but a named operator lowers the peak', () => {
    const { mark, show, tracker, trade } = setup();
    tracker.onTime(0);
    trade('buy', 1, 100);
    mark(200);
    mark(50);
    for (let day = 1; day < 5; day += 1) tracker.onTime(day * DAY);
    expect(show()).toBe('950.00 950.00 1100.00');
    tracker.rebasePeak();
    expect(show()).toBe('950.00 950.00 950.00');
    tracker.onMark(inst, null);
    tracker.rebasePeak();
    mark(40);
    expect(show()).toBe('940.00 950.00 940.00');
  });

  test('a deposit is no profit and a withdrawal no loss, in any currency', () => {
    const { portfolio, show, tracker } = setup();
    tracker.onTime(0);
    portfolio.applyCashFlow(flow({ amount: '500' }), null);
    expect(show()).toBe('1500.00 1500.00 1500.00');
    portfolio.applyCashFlow(flow({ amount: '2', currency: 'BNB' }), null);
    expect(show()).toBe(null);
    tracker.onMark(bnb, { price: 300, rx: 1 });
    expect(show()).toBe('2100.00 2100.00 2100.00');
    portfolio.applyCashFlow(flow({ amount: '-1', currency: 'BNB' }), null);
    expect(show()).toBe('1800.00 1800.00 1800.00');
    portfolio.applyCashFlow(flow({ amount: '7', kind: 'interest' }), null);
    expect(show()).toBe('1807.00 1800.00 1807.00');
  });

  test('fees in a third currency are converted, and unknown without a rate', () => {
    const { mark, portfolio, show, tracker } = setup({ cash: { USDT: '1000', BNB: '1' } });
    tracker.onTime(0);
    expect(show()).toBe(null);
    tracker.onMark(bnb, { price: 300, rx: 7 });
    const paid = { feeCurrency: 'BNB', fee: 5, feeExponent: -1 };
    portfolio.applyFill(fill({ qty: 1, price: 100, ...paid }), inst);
    mark(100, 9);
    expect(show()).toBe('1150.00 1300.00 1300.00');
    expect(text(tracker.dayPnl(id))).toBe('-150.00');
    expect(tracker.equity()?.oldestRx).toBe(7);
    tracker.onMark(bnb, { price: 0, rx: 10 });
    expect(show()).toBe(null);
    expect(tracker.dayPnl(id)).toBe(null);
  });

  test('the oldest mark is told; none when all is cash', () => {
    const { mark, tracker, trade } = setup();
    tracker.onTime(0);
    expect(tracker.equity()?.oldestRx).toBe(null);
    trade('buy', 1, 100);
    mark(100, 5);
    mark(100, 8);
    expect(tracker.equity()?.oldestRx).toBe(8);
    trade('sell', 1, 100);
    expect(tracker.equity()?.oldestRx).toBe(null);
  });

  test('a mark from before the last position values no new one', () => {
    const { mark, show, tracker, trade } = setup();
    tracker.onTime(0);
    trade('buy', 1, 100);
    mark(900);
    trade('sell', 1, 100);
    expect(tracker.needs(id)).toBe(false);
    trade('buy', 1, 100);
    expect(tracker.needs(id)).toBe(true);
    expect(show()).toBe(null);
    mark(100);
    expect(show()).toBe('1000.00 1000.00 1800.00');
  });

  test('a mark of another exponent values exactly, or not at all', () => {
    const { portfolio, show, tracker } = setup();
    tracker.onTime(0);
    const cents = instrument({ priceExponent: -2, qtyExponent: 0 });
    portfolio.applyFill(fill({ qty: 1, price: 10_000 }), cents);
    tracker.onMark({ ...cents, priceExponent: -3 }, { price: 101_230, rx: 1 });
    expect(show()).toBe('1001.23 1000.00 1001.23');
    tracker.onMark({ ...cents, priceExponent: 0 }, { price: 102, rx: 1 });
    expect(show()).toBe('1002.00 1000.00 1002.00');
    tracker.onMark({ ...cents, priceExponent: -3 }, { price: 101_231, rx: 1 });
    expect(show()).toBe(null);
  });

  test('a wrong day, another portfolio and a second tracker are refused', () => {
    const portfolio = createPortfolio();
    const wrong = { ...account, dayStartUs: 0.5 };
    expect(codeOf(() => createEquityTracker({ account: wrong, portfolio }))).toBe('QL_BAD_INPUT');
    const own = Object.create(portfolio) as typeof portfolio;
    expect(codeOf(() => createEquityTracker({ account, portfolio: own }))).toBe('QL_BAD_INPUT');
    createEquityTracker({ account, portfolio });
    expect(codeOf(() => createEquityTracker({ account, portfolio }))).toBe('QL_BAD_INPUT');
  });
});

describe('PORTFOLIO-14: losing round trips in a row', () => {
  const losses = (run: (at: ReturnType<typeof setup>) => void): number | undefined => {
    const at = setup();
    at.tracker.onTime(0);
    at.tracker.onMark(bnb, { price: 300, rx: 1 });
    run(at);
    at.mark(100);
    return at.tracker.equity()?.lossesInRow;
  };

  test('each trip counts once when it ends, whatever it took to get there', () => {
    const run = ({ trade }: ReturnType<typeof setup>) => {
      trade('buy', 2, 100);
      trade('sell', 1, 90);
      trade('buy', 1, 80);
      trade('sell', 2, 85);
      trade('sell', 1, 100);
      trade('buy', 1, 101);
      trade('buy', 1, 100);
    };
    expect(losses(run)).toBe(2);
  });

  test('a trip that gained or came out even ends the row', () => {
    const after = (exit: number) =>
      losses(({ trade }) => {
        trade('buy', 1, 100);
        trade('sell', 1, 90);
        trade('buy', 1, 100);
        trade('sell', 1, exit);
      });
    expect([99, 100, 101].map(after)).toEqual([2, 0, 0]);
  });

  test('through zero ends a trip and begins the next, each with its part of the fee', () => {
    // Gain 3 on one unit; of the fee of 4 half belongs to the trip that begins.
    const run = (fee: number) =>
      losses(({ trade }) => {
        trade('buy', 1, 100);
        trade('sell', 2, 103, fee);
      });
    expect(run(4)).toBe(0);
    expect(run(7)).toBe(1);
    const second = losses(({ trade }) => {
      trade('buy', 1, 100);
      trade('sell', 2, 103, 4);
      trade('buy', 1, 102);
    });
    // Gain 1, opening fee 2.
    expect(second).toBe(1);
  });

  test('fees in a third currency and funding are part of it', () => {
    const third = (rateKnown: boolean) =>
      losses(({ portfolio, tracker, trade }) => {
        trade('buy', 1, 100);
        const paid = { feeCurrency: 'BNB', fee: 1, feeExponent: -2 };
        if (!rateKnown) tracker.onMark(bnb, null);
        portfolio.applyFill(fill({ side: 'sell', qty: 1, price: 104, ...paid }), inst);
        tracker.onMark(bnb, { price: 300, rx: 1 });
      });
    // Gain 4 less 0.01 BNB, worth 3; without a rate it counts as lost.
    expect(third(true)).toBe(0);
    expect(third(false)).toBe(1);
    const funded = (amount: string) =>
      losses(({ portfolio, trade }) => {
        trade('buy', 1, 100);
        portfolio.applyCashFlow(flow({ kind: 'funding', amount, inst: id }), inst);
        trade('sell', 1, 104);
      });
    expect([funded('-3'), funded('-5')]).toEqual([0, 1]);
  });

  test('a settlement ends a trip', () => {
    const run = ({ portfolio, trade }: ReturnType<typeof setup>) => {
      trade('buy', 1, 100);
      const part = { kind: 'settlement', inst: id, amount: '-9', price: 91, qty: 1 } as const;
      portfolio.applyCashFlow(flow(part), inst);
    };
    expect(losses(run)).toBe(1);
  });
});

test('PORTFOLIO-12: the tracker says when a balance was rounded', () => {
  const inverse = instrument({ inverse: true, settle: 'BTC', priceExponent: 0, qtyExponent: 0 });
  const portfolio = createPortfolio();
  const tracker = createEquityTracker({ account, portfolio });
  let price = 1_000_003;
  let fills = 0;
  while (tracker.exact && fills < 5_000) {
    portfolio.applyFill(fill({ side: fills % 2 === 0 ? 'buy' : 'sell', price }), inverse);
    price += 2;
    fills += 1;
  }
  expect(tracker.exact).toBe(false);
  expect(fills).toBeGreaterThan(700);
  expect(portfolio.position(id)?.exact).toBe(false);
  const whole = compareRational(portfolio.cashExact('BTC'), portfolio.realisedNet(id));
  expect(whole).toBe(0);
});
