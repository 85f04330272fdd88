import { isQuantlaxmiError } from 'quantlaxmi/core';
import type { InstrumentBody } from 'quantlaxmi/events';
import { createInstrumentRegistry, createUniverse } from 'quantlaxmi/market';
import { inferredInstrument } from 'quantlaxmi/venues/binance';
import { describe, expect, test } from 'vitest';

const btc = inferredInstrument({
  market: 'spot',
  symbol: 'BTCUSDT',
  priceDecimals: 2,
  qtyDecimals: 5,
});
const id = btc.instrumentId;

const code = (run: () => unknown): string => {
  try {
    run();
    return 'nothing thrown';
  } catch (error) {
    return isQuantlaxmiError(error) ? error.code : String(error);
  }
};

describe('instrument registry', () => {
  test('MARKET-5: answers with the declaration valid at that receive time', () => {
    const registry = createInstrumentRegistry();
    const finer: InstrumentBody = { ...btc, priceExponent: -3 };
    const last: InstrumentBody = { ...btc, priceExponent: -4, validTo: 400 };
    registry.add(btc, 100);
    registry.add(finer, 200);
    registry.add(last, 300);
    const at = (rx: number): number | undefined => registry.find(id, rx)?.priceExponent;
    expect([at(99), at(100), at(199), at(200), at(299), at(300), at(399), at(400)]).toEqual([
      undefined,
      -2,
      -2,
      -3,
      -3,
      -4,
      -4,
      undefined,
    ]);
    expect(registry.history(id).map((v) => [v.fromUs, v.toUs])).toEqual([
      [100, 200],
      [200, 300],
      [300, 400],
    ]);
    expect(registry.at(id, 250)).toBe(finer);
    expect(registry.ids()).toEqual([id]);
  });

  test('MARKET-5: an interval that ended is not reopened by a later declaration', () => {
    const registry = createInstrumentRegistry();
    registry.add({ ...btc, validTo: 150 }, 100);
    registry.add(btc, 200);
    expect(registry.find(id, 160)).toBeNull();
    expect(registry.find(id, 200)).toBe(btc);
  });

  test('MARKET-5: unknown and not valid are errors that name what is known', () => {
    const registry = createInstrumentRegistry();
    expect(code(() => registry.at(id, 1))).toBe('QL_INSTRUMENT_UNKNOWN');
    registry.add(btc, 100);
    expect(code(() => registry.at(id, 99))).toBe('QL_INSTRUMENT_UNKNOWN');
    expect(() => registry.at(id, 99)).toThrow(/declared for \[100, open\)/);
    expect(code(() => registry.at(id, 100))).toBe('nothing thrown');
  });

  test.each<[string, Partial<InstrumentBody>]>([
    ['an id that is not its own fields', { symbol: 'ETHUSDT' }],
    ['tick 0', { tick: 0 }],
    ['lot 0', { lot: 0 }],
    ['a negative lot', { lot: -1 }],
    ['maxQty below minQty', { minQty: 5, maxQty: 4 }],
    ['multiplier 0', { multiplier: '0' }],
    ['multiplier 0.00', { multiplier: '0.00' }],
    ['a multiplier that is no decimal', { multiplier: '1e3' }],
  ])('MARKET-6: refuses %s', (_what, wrong) => {
    const registry = createInstrumentRegistry();
    expect(code(() => registry.add({ ...btc, ...wrong }, 1))).toBe('QL_INSTRUMENT_INVALID');
    for (const multiplier of ['1', '100', '0.05', '10.50']) {
      expect(code(() => registry.add({ ...btc, multiplier }, 1))).toBe('nothing thrown');
    }
  });

  test('MARKET-6: refuses a declaration that starts before the one it would replace', () => {
    const registry = createInstrumentRegistry();
    registry.add(btc, 100);
    expect(code(() => registry.add(btc, 99))).toBe('QL_INSTRUMENT_INVALID');
  });
});

describe('universe', () => {
  const luna = 'BINANCE:SPOT:LUNAUSDT';
  const universe = createUniverse('majors', [
    { inst: luna, fromUs: 100, toUs: 200 },
    { inst: id, fromUs: null, toUs: null },
  ]);

  test('MARKET-10: membership is dated, ends exclusive', () => {
    expect([99, 100, 199, 200].map((at) => universe.has(luna, at))).toEqual([
      false,
      true,
      true,
      false,
    ]);
    expect(universe.at(150)).toEqual([id, luna]);
    expect(universe.at(200)).toEqual([id]);
  });

  test('MARKET-10: coverage names what is missing and what is unexpected', () => {
    expect(universe.coverage([luna, 'X:Y:Z', 'A:B:C'], 150)).toEqual({
      missing: [id],
      unexpected: ['A:B:C', 'X:Y:Z'],
    });
    expect(universe.coverage([id], 300)).toEqual({ missing: [], unexpected: [] });
  });

  test('MARKET-10: refuses an empty interval', () => {
    const empty = [{ inst: id, fromUs: 5, toUs: 5 }];
    expect(code(() => createUniverse('x', empty))).toBe('QL_BAD_INPUT');
  });
});
