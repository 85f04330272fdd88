import fc from 'fast-check';
import {
  compareRational,
  divRational,
  formatMantissa,
  mulRational,
  parseRational,
  type Rational,
  rational,
} from 'quantlaxmi/fixed-point';
import { createRates } from 'quantlaxmi/portfolio';
import { describe, expect, test } from 'vitest';
import { codeOf, instrument } from './lib.js';

const btc = instrument({ instrumentId: 'SIM:X:BTCUSDT', priceExponent: -2 });
const inr = instrument({ instrumentId: 'SIM:X:USDTINR', priceExponent: -4 });
const spec = {
  currency: 'USDT',
  rates: {
    BTC: { inst: btc.instrumentId, inverted: false },
    INR: { inst: inr.instrumentId, inverted: true },
    USD: { fixed: '1.0005' },
  },
};
const equal = (a: Rational | undefined, b: Rational): boolean =>
  a !== undefined && compareRational(a, b) === 0;

describe('PORTFOLIO-13: rates are exact, and unknown is null', () => {
  test('straight, inverted, fixed, and across the reporting currency', () => {
    const rates = createRates(spec);
    rates.onMark(btc, { price: 6_180_020, rx: 5 });
    rates.onMark(inr, { price: 835_000, rx: 9 });
    const value = (from: string, to: string) => rates.rate(from, to)?.value;
    expect(equal(value('BTC', 'USDT'), parseRational('61800.2'))).toBe(true);
    expect(equal(value('INR', 'USDT'), rational(10n, 835n))).toBe(true);
    expect(equal(value('USDT', 'INR'), parseRational('83.5'))).toBe(true);
    expect(equal(value('BTC', 'INR'), parseRational('5160316.7'))).toBe(true);
    expect(
      equal(value('USD', 'BTC'), divRational(parseRational('1.0005'), parseRational('61800.2'))),
    ).toBe(true);
    expect(rates.rate('BTC', 'INR')?.rx).toBe(5);
    expect(rates.rate('INR', 'USD')?.rx).toBe(9);
    expect(rates.rate('USD', 'USDT')?.rx).toBe(null);
    expect(rates.rate('EUR', 'EUR')).toEqual({ value: rational(1n), rx: null });
  });

  test('there and back is one, exactly', () => {
    const price = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER });
    fc.assert(
      fc.property(price, price, (a, b) => {
        const rates = createRates(spec);
        rates.onMark(btc, { price: a, rx: 1 });
        rates.onMark(inr, { price: b, rx: 1 });
        const there = rates.rate('BTC', 'INR')?.value ?? rational(0n);
        const back = rates.rate('INR', 'BTC')?.value ?? rational(0n);
        const straight = mulRational(
          parseRational(formatMantissa(a, -2)),
          parseRational(formatMantissa(b, -4)),
        );
        return equal(mulRational(there, back), rational(1n)) && equal(there, straight);
      }),
      { numRuns: 100, seed: 81 },
    );
  });

  test('no price, a price of 0 or below, and a currency without a way give null', () => {
    const rates = createRates(spec);
    expect(rates.rate('BTC', 'USDT')).toBe(null);
    for (const price of [0, -1, Number.NaN, 1.5]) {
      rates.onMark(btc, { price: 100, rx: 1 });
      expect(rates.rate('BTC', 'USDT')).not.toBe(null);
      rates.onMark(btc, { price, rx: 2 });
      expect(rates.rate('BTC', 'USDT')).toBe(null);
    }
    expect(rates.rate('EUR', 'USDT')).toBe(null);
    expect(rates.rate('USDT', 'EUR')).toBe(null);
  });

  test('a price older than asked for gives null', () => {
    const rates = createRates(spec);
    rates.onMark(btc, { price: 100, rx: 1_000 });
    const fresh = { nowUs: 3_000, ageMaxUs: 2_000 };
    expect(rates.rate('BTC', 'USDT', fresh)).not.toBe(null);
    expect(rates.rate('BTC', 'USDT', { ...fresh, nowUs: 3_001 })).toBe(null);
    expect(rates.rate('USD', 'USDT', { nowUs: 10 ** 15, ageMaxUs: 0 })).not.toBe(null);
  });

  test('it needs the instruments it was given, and passes over others', () => {
    const rates = createRates(spec);
    expect(rates.needs(btc.instrumentId)).toBe(true);
    expect(rates.needs('SIM:X:OTHER')).toBe(false);
    rates.onMark(instrument({ instrumentId: 'SIM:X:OTHER' }), { price: 1, rx: 1 });
    expect(rates.rate('BTC', 'USDT')).toBe(null);
  });

  test.each([
    ['a rate of the reporting currency', { USDT: { fixed: '1' } }],
    ['a fixed rate of 0', { USD: { fixed: '0' } }],
    ['a negative one', { USD: { fixed: '-1' } }],
    ['one that is no decimal', { USD: { fixed: '1e0' } }],
    ['one that is no text', { USD: { fixed: 1 as never } }],
    ['no instrument', { USD: { inst: '', inverted: false } }],
  ])('%s is refused', (_, rates) => {
    expect(codeOf(() => createRates({ currency: 'USDT', rates }))).toBe('QL_BAD_INPUT');
  });
});
