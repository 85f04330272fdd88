import fc from 'fast-check';
import { isQuantlaxmiError } from 'quantlaxmi/core';
import type { InstrumentBody } from 'quantlaxmi/events';
import { addRational, compareRational, mulRational, rational } from 'quantlaxmi/fixed-point';
import {
  type CollarBand,
  type Mark,
  priceBand,
  priceCollar,
  type RiskView,
  type Touch,
} from 'quantlaxmi/risk';
import { testInstrument } from 'quantlaxmi/testing';
import { describe, expect, test } from 'vitest';
import { inst } from '../lib.js';
import { ask, codeOf, market } from './ask.js';

const seed = 20_260_101;
const NOW = 1_000_000;
const touch = (bid: number | null, ask: number | null, rx = NOW): Partial<RiskView> => ({
  touch: (): Touch => ({ ask, askQty: 10, bid, bidQty: 10, rx }),
});
const last = (price: number, rx = NOW): Partial<RiskView> => ({
  lastTrade: (): Mark => ({ price, rx, source: 'last' }),
});
const mid = (bands: Record<string, CollarBand>) =>
  priceCollar({ reference: 'mid', ageMaxUs: 500_000, bands });
const bad = (run: () => unknown): boolean => {
  try {
    run();
    return false;
  } catch (error) {
    return isQuantlaxmiError(error, 'QL_BAD_INPUT') || isQuantlaxmiError(error, 'QL_FIXED_SYNTAX');
  }
};

describe('RISK-20: a price far from a fresh reference is denied', () => {
  // The middle of 1000 and 1001 is 1000.5: two ticks above it end at 1002, rounded down.
  const ticks = mid({ [inst]: { ticks: 2 } });
  test('ticks, from the exact middle', () => {
    const at = (price: number, side: 'buy' | 'sell') => codeOf(ticks, { price, side });
    expect([at(1_002, 'buy'), at(1_003, 'buy')]).toEqual(['', 'QL_RISK_PRICE_COLLAR']);
    expect([at(999, 'sell'), at(998, 'sell')]).toEqual(['', 'QL_RISK_PRICE_COLLAR']);
    // Buying low and selling high is the other way, which this band leaves open.
    expect([at(1, 'buy'), at(9_999, 'sell')]).toEqual(['', '']);
    expect(ask(ticks, { price: 1_003 })).toMatchObject({ observed: '100.3', limit: '100.2' });
  });

  test('the passive side, where asked for', () => {
    const both = mid({ [inst]: { ticks: 2, passiveTicks: 3, passiveBps: 50 } });
    expect(codeOf(both, { price: 998 })).toBe('');
    expect(codeOf(both, { price: 997 })).toBe('QL_RISK_PRICE_COLLAR');
    expect(codeOf(both, { price: 1_003, side: 'sell' })).toBe('');
    expect(codeOf(both, { price: 1_004, side: 'sell' })).toBe('QL_RISK_PRICE_COLLAR');
  });

  test('the narrower of ticks and basis points counts', () => {
    const narrow = mid({ [inst]: { ticks: 100, bps: 10 } });
    expect(codeOf(narrow, { price: 1_001 })).toBe('');
    expect(codeOf(narrow, { price: 1_002 })).toBe('QL_RISK_PRICE_COLLAR');
  });

  test('a market order is judged by the price it sweeps to, and denied without one', () => {
    const swept = (price: number | null) =>
      codeOf(ticks, { ...market, qty: 5 }, { sweepPrice: () => price });
    expect(swept(1_002)).toBe('');
    expect(swept(1_003)).toBe('QL_RISK_PRICE_COLLAR');
    expect(swept(null)).toBe('QL_RISK_PRICE_UNKNOWN');
    expect(swept(Number.NaN)).toBe('QL_RISK_PRICE_UNKNOWN');
  });

  test('no reference, an old one, one from the future, one side, crossed sides: denied', () => {
    const given = (part: Partial<RiskView>) => codeOf(ticks, {}, part);
    expect(given({ touch: () => null })).toBe('QL_RISK_REFERENCE_MISSING');
    expect(given(touch(null, 1_001))).toBe('QL_RISK_REFERENCE_MISSING');
    expect(given(touch(1_000, null))).toBe('QL_RISK_REFERENCE_MISSING');
    expect(given(touch(1_001, 1_000))).toBe('QL_RISK_REFERENCE_MISSING');
    expect(given(touch(1_000, Number.NaN))).toBe('QL_RISK_REFERENCE_MISSING');
    expect(given(touch(0, 0))).toBe('QL_RISK_REFERENCE_MISSING');
    expect(given(touch(1_000, 1_001, NOW - 500_001))).toBe('QL_RISK_REFERENCE_STALE');
    expect(given(touch(1_000, 1_001, NOW - 500_000))).toBe('');
    expect(given(touch(1_000, 1_001, NOW + 1))).toBe('QL_RISK_REFERENCE_STALE');
    expect(given({ nowUs: Number.NaN })).toBe('QL_RISK_REFERENCE_STALE');
  });

  test('mark and last print as references; an instrument without a band is denied', () => {
    const by = (reference: 'mark' | 'last') =>
      priceCollar({ reference, ageMaxUs: 500_000, bands: { '*': { bps: 100 } } });
    expect(codeOf(by('last'), { price: 1_010 }, last(1_000))).toBe('');
    expect(codeOf(by('last'), { price: 1_011 }, last(1_000))).toBe('QL_RISK_PRICE_COLLAR');
    expect(codeOf(by('last'))).toBe('QL_RISK_REFERENCE_MISSING');
    expect(codeOf(by('mark'))).toBe('QL_RISK_REFERENCE_MISSING');
    const other = mid({ 'SIM:X:ETHUSDT': { ticks: 2 } });
    expect(codeOf(other)).toBe('QL_RISK_LIMIT_UNSET');
  });

  const cases = fc.record({
    side: fc.constantFrom('buy' as const, 'sell' as const),
    bid: fc.integer({ min: 1, max: 2 ** 46 }),
    spread: fc.integer({ min: 0, max: 50 }),
    offset: fc.integer({ min: -3_000, max: 3_000 }),
    tick: fc.constantFrom(1, 5, 25),
    band: fc.record(
      {
        ticks: fc.integer({ min: 0, max: 100 }),
        bps: fc.integer({ min: 0, max: 20_000 }),
        passiveTicks: fc.integer({ min: 0, max: 100 }),
        passiveBps: fc.integer({ min: 0, max: 20_000 }),
      },
      { requiredKeys: ['bps'] },
    ),
  });

  test('RISK-20: equals fractions compared in full', () => {
    let denied = 0;
    fc.assert(
      fc.property(cases, ({ side, bid, spread, offset, tick, band }) => {
        const price = Math.max(1, bid + offset);
        const reference = rational(BigInt(bid) * 2n + BigInt(spread), 2n);
        const sign = side === 'buy' ? 1n : -1n;
        const away = mulRational(
          rational(sign),
          addRational(rational(BigInt(price)), mulRational(rational(-1n), reference)),
        );
        const within = (by: typeof away, ticks?: number, bps?: number) =>
          (ticks === undefined || compareRational(by, rational(BigInt(ticks * tick))) <= 0) &&
          (bps === undefined ||
            compareRational(by, mulRational(reference, rational(BigInt(bps), 10_000n))) <= 0);
        const expected =
          within(away, band.ticks, band.bps) &&
          within(mulRational(rational(-1n), away), band.passiveTicks, band.passiveBps);
        const code = codeOf(
          mid({ [inst]: band }),
          { price, side },
          {
            ...touch(bid, bid + spread),
            instrument: () => testInstrument({ tick }),
          },
        );
        if (code !== '') denied += 1;
        expect(code).toBe(expected ? '' : 'QL_RISK_PRICE_COLLAR');
      }),
      { seed, numRuns: 400 },
    );
    // Both answers were seen, or the comparison would say nothing.
    expect(denied).toBeGreaterThan(40);
    expect(denied).toBeLessThan(360);
  });

  test('RISK-20: a price further out never turns a denial into a yes', () => {
    fc.assert(
      fc.property(cases, fc.nat(5_000), ({ side, bid, spread, offset, band }, more) => {
        const price = Math.max(1, bid + offset);
        const further = side === 'buy' ? price + more : Math.max(1, price - more);
        const { ticks, bps } = band;
        const check = mid({ [inst]: { bps, ...(ticks === undefined ? {} : { ticks }) } });
        const at = (p: number) => codeOf(check, { price: p, side }, touch(bid, bid + spread));
        if (at(price) !== '') expect(at(further)).not.toBe('');
      }),
      { seed, numRuns: 200 },
    );
  });

  test('widths that hold nothing back, or are no integers, are refused', () => {
    expect(bad(() => mid({ [inst]: {} }))).toBe(true);
    expect(bad(() => mid({ [inst]: { passiveTicks: 5 } }))).toBe(true);
    expect(bad(() => mid({ [inst]: { bps: Number.POSITIVE_INFINITY } }))).toBe(true);
    expect(bad(() => mid({ [inst]: { ticks: -1 } }))).toBe(true);
    expect(bad(() => mid({}))).toBe(true);
    expect(bad(() => priceCollar({ reference: 'vwap' as 'mid', ageMaxUs: 1, bands: {} }))).toBe(
      true,
    );
  });
});

describe('RISK-21: a price outside of the band of the day is denied', () => {
  const band = priceBand({
    bands: { [inst]: { reference: '100.05', bps: 500 } },
    untilUs: 2_000_000,
  });
  test('edges are rounded inwards', () => {
    // 100.05 ± 5 % is 95.0475 to 105.0525: with one decimal 95.1 to 105.0.
    const at = (price: number, part: Partial<RiskView> = {}) => codeOf(band, { price }, part);
    expect([at(951), at(1_050)]).toEqual(['', '']);
    expect([at(950), at(1_051)]).toEqual(['QL_RISK_PRICE_BAND', 'QL_RISK_PRICE_BAND']);
    expect(ask(band, { price: 1_051 })).toMatchObject({ observed: '105.1', limit: '105.0' });
  });

  test('limits of the exchange as they are', () => {
    const given = priceBand({ bands: { '*': { low: '90', high: '110' } }, untilUs: null });
    expect(codeOf(given, { price: 900 })).toBe('');
    expect(codeOf(given, { price: 899 })).toBe('QL_RISK_PRICE_BAND');
    expect(codeOf(given, { price: 1_101, side: 'sell' })).toBe('QL_RISK_PRICE_BAND');
  });

  test("yesterday's band denies everything", () => {
    expect(codeOf(band, {}, { nowUs: 1_999_999 })).toBe('');
    expect(codeOf(band, {}, { nowUs: 2_000_000 })).toBe('QL_RISK_LIMIT_EXPIRED');
    expect(codeOf(band, {}, { nowUs: Number.NaN })).toBe('QL_RISK_LIMIT_EXPIRED');
  });

  test('market orders by the price they sweep to; no band, no price, no instrument: denied', () => {
    expect(codeOf(band, market, { sweepPrice: () => 1_051 })).toBe('QL_RISK_PRICE_BAND');
    expect(codeOf(band, market, { sweepPrice: () => null })).toBe('QL_RISK_PRICE_UNKNOWN');
    expect(codeOf(band, {}, { instrument: () => null })).toBe('QL_RISK_INSTRUMENT_UNKNOWN');
    const other = priceBand({ bands: { X: { low: '1', high: '2' } }, untilUs: null });
    expect(codeOf(other)).toBe('QL_RISK_LIMIT_UNSET');
  });

  test('RISK-21: equals fractions compared in full', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 10 ** 12 }),
        fc.integer({ min: 0, max: 20_000 }),
        fc.integer({ min: -5, max: 2 }),
        fc.integer({ min: -12_000, max: 22_000 }),
        (reference, bps, priceExponent, outBps) => {
          // The reference has two decimals; the price is some part of it away.
          const instrument: InstrumentBody = testInstrument({ priceExponent });
          const one = rational(BigInt(reference), 100n);
          const unit = rational(10n ** BigInt(Math.max(0, -priceExponent)));
          const scaled =
            priceExponent > 0
              ? mulRational(one, rational(1n, 10n ** BigInt(priceExponent)))
              : mulRational(one, unit);
          const price = Number((scaled.num * BigInt(10_000 + outBps)) / (scaled.den * 10_000n));
          if (price < 1) return;
          const off = mulRational(scaled, rational(BigInt(bps), 10_000n));
          const high = addRational(scaled, off);
          const low = addRational(scaled, mulRational(rational(-1n), off));
          const exact = rational(BigInt(price));
          const inside = compareRational(exact, low) >= 0 && compareRational(exact, high) <= 0;
          const text = `${Math.floor(reference / 100)}.${String(reference % 100).padStart(2, '0')}`;
          const check = priceBand({ bands: { [inst]: { reference: text, bps } }, untilUs: null });
          expect(codeOf(check, { price }, { instrument: () => instrument })).toBe(
            inside ? '' : 'QL_RISK_PRICE_BAND',
          );
        },
      ),
      { seed, numRuns: 300 },
    );
  });

  test('bands that allow no price, or are no numbers, are refused', () => {
    const of = (one: Parameters<typeof priceBand>[0]['bands'][string]) => () =>
      priceBand({ bands: { [inst]: one }, untilUs: null });
    expect(bad(of({ low: '2', high: '1' }))).toBe(true);
    expect(bad(of({ low: '0', high: '1' }))).toBe(true);
    expect(bad(of({ low: 'NaN', high: '1' }))).toBe(true);
    expect(bad(of({ reference: '100', bps: Number.NaN }))).toBe(true);
    expect(bad(() => priceBand({ bands: {}, untilUs: null }))).toBe(true);
  });
});
