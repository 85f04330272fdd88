import type { FundingBody, InstrumentBody } from 'quantlaxmi/events';
import { constantLatency } from 'quantlaxmi/sim';
import { testInstrument } from 'quantlaxmi/testing';
import { describe, expect, test } from 'vitest';
import { Floor, inst } from './lib.js';

const DUE = 10_000;

/** Funding of 0.01 % at a mark of 100.0 (1000 at exponent -1), due at 10 000 µs. */
const funding = (part: Partial<FundingBody> = {}): FundingBody => ({
  index: null,
  inst,
  intervalUs: null,
  mark: 1_000,
  nextFundingTs: DUE,
  rateE8: 10_000,
  ...part,
});

/** Long or short 2.000 at 100.0, at time 0. */
const holding = (side: 'buy' | 'sell', instrument?: InstrumentBody) => {
  const market = new Floor(undefined, {}, instrument ?? testInstrument());
  market.quote(1_000, 1_000, [5_000, 5_000]);
  market.send({ side, price: 1_000, qty: 2_000, tif: 'ioc' });
  return market;
};

describe('SIM-14: funding', () => {
  test.each([
    ['buy', 10_000, '-0.02000000'],
    ['sell', 10_000, '0.02000000'],
    ['buy', -10_000, '0.02000000'],
    ['sell', -10_000, '-0.02000000'],
  ] as const)('after a %s, at a rate of %i, %s moves', (side, rateE8, amount) => {
    const market = holding(side);
    market.market('Funding', funding({ rateE8 }));
    market.settle(DUE - 1);
    expect(market.flows()).toEqual([]);
    market.settle(DUE);
    const qty = side === 'buy' ? 2_000 : -2_000;
    expect(market.flows()).toEqual([
      {
        ...{ amount, cause: 0, currency: 'USDT', flowId: 'SIM-C1', inst, kind: 'funding' },
        ...{ price: 1_000, qty },
      },
    ]);
    market.settle(3 * DUE);
    expect(market.flows().length).toBe(1);
  });

  test('amounts are rounded to 10^-8, down: against us, paid or received', () => {
    for (const [side, amount] of [
      ['buy', '-0.00020001'],
      ['sell', '0.00020000'],
    ] as const) {
      const market = holding(side);
      // 2.000 × 10000.3 × 10^-8 = 0.000200006
      market.market('Funding', funding({ mark: 100_003, rateE8: 1 }));
      market.settle(DUE);
      expect(market.flows()[0]?.amount).toBe(amount);
    }
  });

  test('the last announcement before the instant holds', () => {
    const market = holding('buy');
    market.market('Funding', funding({ rateE8: 99_999 }));
    market.settle(500);
    market.market('Funding', funding({ mark: 2_000, rateE8: 5_000 }));
    market.settle(DUE);
    expect(market.flows()[0]).toMatchObject({ amount: '-0.02000000', price: 2_000 });
  });

  test('a position opened at the very instant pays nothing, one closed at it pays', () => {
    const market = new Floor(constantLatency({ entryUs: 100, responseUs: 0 }));
    market.quote(1_000, 1_000, [5_000, 5_000]);
    // The requests were on their way before the funding was announced.
    market.settle(DUE - 100);
    market.send({ price: 1_000, qty: 2_000, tif: 'ioc' });
    market.market('Funding', funding());
    market.settle(DUE);
    expect(market.flows()).toEqual([]);
    market.market('Funding', funding({ nextFundingTs: 2 * DUE }));
    market.settle(2 * DUE - 100);
    market.send({ side: 'sell', price: 1_000, qty: 2_000, tif: 'ioc' });
    market.settle(2 * DUE);
    expect(market.flows()).toMatchObject([{ amount: '-0.02000000', qty: 2_000 }]);
  });

  test('an interval that changes between two settlements moves the next', () => {
    const market = holding('buy');
    market.market('Funding', funding());
    market.settle(2_000);
    market.market('Funding', funding({ nextFundingTs: 5_000 }));
    market.settle(5_000);
    expect(market.flows().length).toBe(1);
    market.market('Funding', funding({ nextFundingTs: 8_000 }));
    market.settle(7_000);
    market.market('Funding', funding({ nextFundingTs: 20_000 }));
    market.settle(DUE);
    expect(market.flows().length).toBe(1);
    market.settle(20_000);
    expect(market.flows().length).toBe(2);
  });

  test('a log clock behind the venue pays once, when the venue names the next instant', () => {
    const market = holding('buy');
    market.market('Funding', funding());
    market.settle(9_000);
    market.market('Funding', funding({ nextFundingTs: 2 * DUE }), 10_250);
    expect(market.flows().length).toBe(1);
    market.settle(DUE + 5_000);
    expect(market.flows().length).toBe(1);
    market.settle(2 * DUE);
    expect(market.flows().length).toBe(2);
  });

  test('a log clock ahead of the venue pays once', () => {
    const market = holding('buy');
    market.market('Funding', funding());
    market.settle(DUE + 500);
    market.market('Funding', funding(), 9_900);
    market.market('Funding', funding({ nextFundingTs: 2 * DUE }), 10_000);
    market.settle(2 * DUE - 1);
    expect(market.flows().length).toBe(1);
  });

  test('inverse contracts pay in base currency', () => {
    const inverse = testInstrument({ inverse: true, settle: 'BTC', multiplier: '100' });
    const market = holding('buy', inverse);
    market.market('Funding', funding({ mark: 1_500, rateE8: 10_000 }));
    market.settle(DUE);
    // 2.000 × 100 / 150.0 × 10^-4, away from zero.
    expect(market.flows()[0]).toMatchObject({ amount: '-0.00013334', currency: 'BTC' });
  });

  test('without a mark no cash moves, and a fact says so', () => {
    const market = holding('buy');
    market.market('Funding', funding({ mark: 0 }));
    market.settle(DUE);
    expect(market.flows()).toEqual([]);
    const told = { code: 'QL_SIM_NO_MARK', inst, kind: 'config' };
    expect(market.sessions()).toMatchObject([told]);
    // A mark in other units is no mark.
    const other = holding('buy');
    other.market('Funding', funding());
    other.market('Instrument', testInstrument({ priceExponent: -2 }));
    other.settle(DUE);
    expect(other.sessions()).toMatchObject([told]);
  });

  test('no position, no rate, no next instant: nothing', () => {
    const flat = new Floor();
    flat.market('Funding', funding());
    flat.settle(DUE);
    const free = holding('buy');
    free.market('Funding', funding({ rateE8: 0 }));
    free.settle(DUE);
    const never = holding('buy');
    never.market('Funding', funding({ nextFundingTs: null }));
    never.market('Funding', funding({ nextFundingTs: 0 }));
    never.settle(DUE);
    for (const market of [flat, free, never]) {
      expect([...market.flows(), ...market.sessions()]).toEqual([]);
    }
  });
});
