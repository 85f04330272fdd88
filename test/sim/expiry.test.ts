import { describe, expect, test } from 'vitest';
import type { InstrumentBody, StatsBody } from 'quantlaxmi/events';
import type { SimVenueOptions } from 'quantlaxmi/sim';
import { testInstrument } from 'quantlaxmi/testing';
import { Floor, inst } from './lib.js';

const EXPIRY = 50_000;
const INDEX = 'SIM:I:BTC';

const future = (part: Partial<InstrumentBody> = {}) =>
  testInstrument({ class: 'future', expiry: EXPIRY, ...part });
const option = (right: 'call' | 'put', strike = 1_000) =>
  future({ class: 'option', right, strike });

/** Long or short 2.000 at 100.0, at time 0. */
const holding = (
  side: 'buy' | 'sell',
  instrument: InstrumentBody,
  options: Partial<SimVenueOptions> = {},
) => {
  const market = new Floor(undefined, { cash: { USDT: '1000', BTC: '1' }, ...options }, instrument);
  market.quote(1_000, 1_000, [5_000, 5_000]);
  market.send({ side, price: 1_000, qty: 2_000, tif: 'ioc' });
  return market;
};
const funding = (mark: number, index: number | null) =>
  ({ index, inst, intervalUs: null, mark, nextFundingTs: null, rateE8: 0 }) as const;
/** A price of the index, at exponent -2. */
const index = (market: Floor, price: number) => {
  const declared = {
    class: 'index',
    instrumentId: INDEX,
    segment: 'I',
    symbol: 'BTC',
  } as const;
  market.market('Instrument', testInstrument({ ...declared, priceExponent: -2 }));
  const none = { close: null, high: null, low: null, open: null, openInterest: null };
  const body: StatsBody = { ...none, inst: INDEX, last: price, turnover: null, volume: null };
  market.market('Stats', body);
};
const named = { underlyings: { BTC: INDEX } };

describe('SIM-15: expiry', () => {
  test.each([
    ['buy', '10.00000000', '1009.900000000000000000'],
    ['sell', '-10.00000000', '989.900000000000000000'],
  ] as const)('a future after a %s settles at the last trade', (side, amount, total) => {
    const market = holding(side, future());
    market.trade(1_050);
    market.settle(EXPIRY - 1);
    expect(market.flows()).toEqual([]);
    market.settle(EXPIRY);
    const qty = side === 'buy' ? 2_000 : -2_000;
    expect(market.flows()).toMatchObject([
      { amount, currency: 'USDT', kind: 'settlement', price: 1_050, qty },
    ]);
    const { balances, positions } = market.account();
    expect(positions).toEqual([]);
    expect(balances.find(({ currency }) => currency === 'USDT')?.total).toBe(total);
  });

  test('the underlying comes before the mark, the mark before the index and the last trade', () => {
    const all = holding('buy', future(), named);
    index(all, 12_345);
    const marked = holding('buy', future());
    const indexed = holding('buy', future());
    for (const market of [all, marked, indexed]) market.trade(1_050);
    for (const market of [all, marked]) market.market('Funding', funding(1_060, 1_070));
    indexed.market('Funding', funding(0, 1_070));
    const prices = [all, marked, indexed].map((market) => {
      market.settle(EXPIRY);
      return market.flows()[0]?.price;
    });
    // 123.45 lies between the contract's prices: a long gets the lower one.
    expect(prices).toEqual([1_234, 1_060, 1_070]);
    const short = holding('sell', future(), named);
    index(short, 12_345);
    short.settle(EXPIRY);
    expect(short.flows()[0]?.price).toBe(1_235);
  });

  test.each([
    ['call', 'buy', 12_345, 234, '46.80000000'],
    ['call', 'sell', 12_345, 235, '-47.00000000'],
    ['put', 'buy', 12_345, 0, '0.00000000'],
    ['put', 'buy', 9_001, 99, '19.80000000'],
    ['put', 'sell', 9_001, 100, '-20.00000000'],
    ['call', 'sell', 10_000, 0, '0.00000000'],
  ] as const)('a %s after a %s at %i is worth %i: %s', (right, side, spot, price, amount) => {
    const market = holding(side, option(right), named);
    index(market, spot);
    market.settle(EXPIRY);
    expect(market.flows()).toMatchObject([{ amount, kind: 'settlement', price }]);
    expect(market.account().positions).toEqual([]);
  });

  test('without a price the position stands, and a fact says so', () => {
    const bare = holding('buy', future());
    const unnamed = holding('buy', option('call'));
    unnamed.trade(1_000);
    const silent = holding('buy', option('call'), named);
    const inverse = holding(
      'buy',
      future({ class: 'option', right: 'put', strike: 1, inverse: true }),
    );
    for (const market of [bare, unnamed, silent, inverse]) {
      market.settle(EXPIRY);
      expect(market.flows()).toEqual([]);
      expect(market.sessions()).toMatchObject([{ code: 'QL_SIM_NO_SETTLEMENT', inst }]);
      expect(market.account().positions.length).toBe(1);
    }
  });

  test('an inverse future pays in base currency, rounded down', () => {
    const market = holding('buy', future({ inverse: true, settle: 'BTC', multiplier: '100' }));
    market.trade(1_500);
    market.settle(EXPIRY);
    // 2 × 100 × (1/100 − 1/150)
    expect(market.flows()[0]).toMatchObject({ amount: '0.66666666', currency: 'BTC' });
  });

  test('open orders expire, and nothing is taken or amended any more', () => {
    const market = holding('buy', future());
    market.trade(1_000);
    const order = market.send({ price: 900, qty: 5 });
    market.settle(EXPIRY);
    const ended = { state: 'expired', reason: 'QL_SIM_EXPIRED', remaining: 5 };
    expect(market.last(order)).toMatchObject(ended);
    const late = { state: 'rejected', reason: 'QL_SIM_EXPIRED' };
    expect(market.last(market.send({ price: 900 }))).toMatchObject(late);
  });

  test('an expiry declared anew is the one that counts', () => {
    const market = holding('buy', future());
    market.trade(1_000);
    market.market('Instrument', future({ expiry: 2 * EXPIRY }));
    market.settle(EXPIRY);
    expect(market.flows()).toEqual([]);
    market.settle(2 * EXPIRY);
    expect(market.flows().length).toBe(1);
    market.settle(9 * EXPIRY);
    expect(market.flows().length).toBe(1);
  });

  test('a position in units that were made finer or coarser settles whole', () => {
    for (const part of [{ qtyExponent: -4 }, { qtyExponent: -2 }, { priceExponent: -3 }]) {
      const market = holding('buy', future());
      market.market('Instrument', future(part));
      market.trade(part.priceExponent === -3 ? 105_000 : 1_050);
      market.settle(EXPIRY);
      expect(market.flows()[0]?.amount).toBe('10.00000000');
      expect(market.account().positions).toEqual([]);
    }
  });
});
