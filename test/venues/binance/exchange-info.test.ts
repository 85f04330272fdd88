import { existsSync, readFileSync } from 'node:fs';
import type { InstrumentBody } from 'quantlaxmi/events';
import { formatMantissa } from 'quantlaxmi/fixed-point';
import { createInstrumentRegistry } from 'quantlaxmi/market';
import { inferredInstrument, parseExchangeInfo, withFinerDigits } from 'quantlaxmi/venues/binance';
import { describe, expect, test } from 'vitest';
import { codeOf } from './messages.js';

const SPOT_INFO = '../shared/data/crypto/exchangeInfo_spot_20240908.json';
const USDM_INFO = '../shared/data/crypto/exchangeInfo_usdm_latest.json';

function present(path: string): boolean {
  if (existsSync(path)) return true;
  if (process.env['REQUIRE_SHARED'] === '1') throw new Error(`${path} is missing`);
  console.warn(`SKIPPED: ${path} is missing; set REQUIRE_SHARED=1 to make that a failure`);
  return false;
}

interface RawSymbol {
  readonly symbol: string;
  readonly filters: readonly Readonly<Record<string, string>>[];
}

const rawSymbols = (path: string): RawSymbol[] =>
  (JSON.parse(readFileSync(path, 'utf8')) as { symbols: RawSymbol[] }).symbols;

const trimmed = (text: string | undefined): string =>
  (text ?? '').includes('.') ? (text ?? '').replace(/\.?0+$/, '') : (text ?? '');

/** Tick and lot of every symbol, printed back from mantissas, are the venue's own. */
function checkSteps(instruments: readonly InstrumentBody[], raw: readonly RawSymbol[]): void {
  expect(instruments.map((one) => one.symbol)).toEqual(raw.map((one) => one.symbol));
  const registry = createInstrumentRegistry();
  const wrong = instruments.filter((one, i) => {
    registry.add(one, 1);
    const price = raw[i]?.filters.find((filter) => filter['filterType'] === 'PRICE_FILTER');
    const lot = raw[i]?.filters.find((filter) => filter['filterType'] === 'LOT_SIZE');
    const tick = trimmed(formatMantissa(one.tick, one.priceExponent));
    const step = trimmed(formatMantissa(one.lot, one.qtyExponent));
    // A step of 0 is switched off: prices go by the last digit.
    const wanted = trimmed(price?.['tickSize']).replace(/^0$/, '1');
    return tick !== wanted || step !== trimmed(lot?.['stepSize']);
  });
  expect(wrong).toEqual([]);
  expect(registry.ids().length).toBe(instruments.length);
}

describe('exchangeInfo', () => {
  test.runIf(present(SPOT_INFO))('BINANCE-8: spot, 1,248 symbols of 2024-09-08', () => {
    const instruments = parseExchangeInfo(readFileSync(SPOT_INFO, 'utf8'), 'spot');
    expect(instruments.length).toBe(1248);
    checkSteps(instruments, rawSymbols(SPOT_INFO));
    expect(instruments.find((one) => one.symbol === 'BTCUSDT')).toEqual({
      base: 'BTC',
      class: 'spot',
      expiry: null,
      inferred: false,
      instrumentId: 'BINANCE:SPOT:BTCUSDT',
      inverse: false,
      lot: 1,
      maxQty: 900_000_000,
      minNotional: '5',
      minQty: 1,
      multiplier: '1',
      priceExponent: -2,
      qtyExponent: -5,
      quote: 'USDT',
      right: null,
      segment: 'SPOT',
      settle: 'USDT',
      status: 'trading',
      strike: null,
      symbol: 'BTCUSDT',
      tick: 1,
      validTo: null,
      venue: 'BINANCE',
    });
  });

  test.runIf(present(USDM_INFO))('BINANCE-8: USD-M, 647 symbols of 2025-11-26', () => {
    const instruments = parseExchangeInfo(readFileSync(USDM_INFO, 'utf8'), 'usdm');
    expect(instruments.length).toBe(647);
    checkSteps(instruments, rawSymbols(USDM_INFO));
    const btc = instruments.find((one) => one.symbol === 'BTCUSDT');
    expect(btc).toMatchObject({
      class: 'perp',
      expiry: null,
      priceExponent: -1,
      tick: 1,
      qtyExponent: -3,
      minNotional: '100',
      maxQty: 1_000_000,
      multiplier: '1',
      settle: 'USDT',
      inverse: false,
    });
    const futures = instruments.filter((one) => one.class === 'future');
    expect(futures.length).toBe(8);
    for (const one of futures) expect(one.expiry ?? 0).toBeGreaterThan(1_700_000_000_000_000);
    const states = new Set(instruments.map((one) => one.status));
    expect([...states].sort()).toEqual(['halted', 'trading']);
  });

  const coinm = (change: Readonly<Record<string, unknown>> = {}): string =>
    JSON.stringify({
      symbols: [
        {
          symbol: 'BTCUSD_PERP',
          pair: 'BTCUSD',
          contractType: 'PERPETUAL',
          deliveryDate: 4133404800000,
          contractStatus: 'TRADING',
          contractSize: 100,
          marginAsset: 'BTC',
          baseAsset: 'BTC',
          quoteAsset: 'USD',
          filters: [
            { filterType: 'PRICE_FILTER', maxPrice: '4520958', minPrice: '1000', tickSize: '0.1' },
            { filterType: 'LOT_SIZE', stepSize: '1', maxQty: '1000000', minQty: '1' },
          ],
          ...change,
        },
      ],
    });

  test('BINANCE-8: COIN-M contracts are inverse and have their size as multiplier', () => {
    expect(parseExchangeInfo(coinm(), 'coinm')).toMatchObject([
      {
        class: 'perp',
        inverse: true,
        multiplier: '100',
        base: 'BTC',
        quote: 'USD',
        settle: 'BTC',
        minNotional: null,
        status: 'trading',
        qtyExponent: 0,
        priceExponent: -1,
      },
    ]);
    const quarter = { contractType: 'CURRENT_QUARTER', deliveryDate: 1727424000000 };
    expect(parseExchangeInfo(coinm(quarter), 'coinm')).toMatchObject([
      { class: 'future', expiry: 1_727_424_000_000_000 },
    ]);
  });

  const filters = (tickSize: string, stepSize: string, minQty: string, maxQty: string): string =>
    coinm({
      filters: [
        { filterType: 'PRICE_FILTER', minPrice: '0', maxPrice: '0', tickSize },
        { filterType: 'LOT_SIZE', stepSize, minQty, maxQty },
      ],
    });

  test('BINANCE-8: ticks that are no power of ten, steps switched off, limits beyond 2^53', () => {
    expect(parseExchangeInfo(filters('0.05000', '5', '10', '123'), 'coinm')).toMatchObject([
      { priceExponent: -2, tick: 5, qtyExponent: 0, lot: 5, minQty: 10, maxQty: 123 },
    ]);
    expect(parseExchangeInfo(filters('0.00', '0', '0.01', '1.239'), 'coinm')).toMatchObject([
      { priceExponent: 0, tick: 1, qtyExponent: -2, lot: 1, minQty: 1, maxQty: 123 },
    ]);
    const huge = filters('1', '0.00000001', '0', '92141578.00000000');
    expect(parseExchangeInfo(huge, 'coinm')).toMatchObject([{ maxQty: Number.MAX_SAFE_INTEGER }]);
    expect(parseExchangeInfo(filters('1', '1', '0', '0'), 'coinm')).toMatchObject([
      { maxQty: null },
    ]);
  });

  test.each<[string, string, string]>([
    ['no JSON', '{', 'QL_JSON_SYNTAX'],
    ['no list of symbols', '{}', 'QL_VENUE_EXCHANGE_INFO'],
    ['a symbol that is no object', '{"symbols":[1]}', 'QL_VENUE_EXCHANGE_INFO'],
    ['no filters', coinm({ filters: [] }), 'QL_VENUE_EXCHANGE_INFO'],
    ['a contract size that is a fraction', coinm({ contractSize: 0.5 }), 'QL_VENUE_EXCHANGE_INFO'],
    ['no contract size', coinm({ contractSize: null }), 'QL_VENUE_EXCHANGE_INFO'],
    ['no base asset', coinm({ baseAsset: 5 }), 'QL_VENUE_EXCHANGE_INFO'],
    ['a tick with an exponent', filters('1e-2', '1', '1', '1'), 'QL_VENUE_EXCHANGE_INFO'],
    ['a name twice', '{"symbols":[],"symbols":[]}', 'QL_JSON_DUPLICATE_KEY'],
    ['__proto__', '{"symbols":[],"__proto__":{}}', 'QL_JSON_KEY'],
  ])('BINANCE-8: refuses %s', (_what, json, code) => {
    expect(codeOf(() => parseExchangeInfo(json, 'coinm'))).toBe(code);
    expect(codeOf(() => parseExchangeInfo(coinm(), 'coinm'))).toBe('nothing thrown');
  });

  test('BINANCE-8: only the symbols asked for are read', () => {
    const two = coinm().replace('"symbols":[', '"symbols":[{"symbol":"BROKEN"},');
    expect(parseExchangeInfo(two, 'coinm', new Set(['BTCUSD_PERP'])).length).toBe(1);
    expect(codeOf(() => parseExchangeInfo(two, 'coinm'))).toBe('QL_VENUE_EXCHANGE_INFO');
  });
});

describe('finer digits', () => {
  const perp = inferredInstrument({
    market: 'usdm',
    symbol: 'CTKUSDT',
    priceDecimals: 3,
    qtyDecimals: 0,
  });

  test('BINANCE-8: tick, lot and limits keep their values on a finer grid', () => {
    const limited = { ...perp, lot: 5, minQty: 10, maxQty: 5_000 };
    expect(withFinerDigits(limited, -5, -2)).toEqual({
      ...limited,
      priceExponent: -5,
      tick: 100,
      qtyExponent: -2,
      lot: 500,
      minQty: 1000,
      maxQty: 500_000,
    });
    expect(withFinerDigits(limited, -2, 0)).toBe(limited);
    const vast = { ...perp, maxQty: Number.MAX_SAFE_INTEGER };
    expect(withFinerDigits(vast, -3, -1).maxQty).toBe(Number.MAX_SAFE_INTEGER);
    expect(codeOf(() => withFinerDigits({ ...perp, lot: 9e15 }, -3, -3))).toBe('QL_FIXED_OVERFLOW');
  });
});

describe('inferred instruments', () => {
  const of = (market: 'spot' | 'usdm' | 'coinm', symbol: string): InstrumentBody =>
    inferredInstrument({ market, symbol, priceDecimals: 1, qtyDecimals: 0 });

  test('BINANCE-8: class, pair, settlement and expiry are read off the symbol', () => {
    const rows = [
      of('spot', 'ETHBTC'),
      of('spot', 'BTCFDUSD'),
      of('usdm', 'BTCUSDT'),
      of('usdm', 'BTCUSDT_240927'),
      of('coinm', 'BTCUSD_PERP'),
      of('coinm', 'ETHUSD_250328'),
      of('spot', 'WEIRD'),
    ];
    expect(rows.map((r) => [r.class, r.base, r.quote, r.settle, r.expiry])).toEqual([
      ['spot', 'ETH', 'BTC', 'BTC', null],
      ['spot', 'BTC', 'FDUSD', 'FDUSD', null],
      ['perp', 'BTC', 'USDT', 'USDT', null],
      ['future', 'BTC', 'USDT', 'USDT', Date.UTC(2024, 8, 27, 8) * 1000],
      ['perp', 'BTC', 'USD', 'BTC', null],
      ['future', 'ETH', 'USD', 'ETH', Date.UTC(2025, 2, 28, 8) * 1000],
      ['spot', 'WEIRD', '', '', null],
    ]);
  });

  test('BINANCE-8: what no message tells stays unknown', () => {
    const perp = of('coinm', 'BTCUSD_PERP');
    expect(perp).toMatchObject({
      inferred: true,
      maxQty: null,
      minNotional: null,
      multiplier: '1',
      // It was seen quoting or trading: the one thing a recording does show.
      status: 'trading',
      inverse: true,
    });
    expect(Object.is(perp.qtyExponent, 0)).toBe(true);
  });
});
