import { isQuantlaxmiError } from 'quantlaxmi/core';
import {
  BINANCE_ENDPOINTS,
  BINANCE_LIMITS,
  type BinanceMarket,
  type BinanceProtocolOptions,
  binanceProtocol,
} from 'quantlaxmi/venues/binance';
import { describe, expect, test } from 'vitest';
import { Driver } from './driver.js';

const LOCAL = {
  publicStreams: 'ws://127.0.0.1:1',
  marketStreams: 'ws://127.0.0.1:1',
  rest: 'http://127.0.0.1:1',
};

function urls(options: Partial<BinanceProtocolOptions>): string[] {
  return new Driver(options).protocol.links().map((link) => link.url);
}

function codeOf(options: Partial<BinanceProtocolOptions>): string {
  try {
    new Driver(options);
    return '';
  } catch (error) {
    return isQuantlaxmiError(error) ? error.code : String(error);
  }
}

describe('connections', () => {
  test('BINANCE-20: the limits of each market are the documented ones', () => {
    const row = (market: BinanceMarket): unknown[] => {
      const { limits } = new Driver({ market, symbols: ['A'] }).protocol;
      const known = BINANCE_LIMITS[market];
      return [
        known.streamsPerConnection.value,
        limits.sends,
        limits.connects,
        limits.requests,
        known.depthWeights.map((one) => one.weight),
        known.weights.exchangeInfo.value,
        known.pingSeconds.value,
        known.pongSeconds.value,
      ];
    };
    const second = 1_000_000;
    const connects = { count: 300, perUs: 300 * second };
    // Of 5 and 10 messages a second one is left for the pong.
    expect(row('spot')).toEqual([
      1024,
      { count: 4, perUs: second },
      connects,
      { count: 6000, perUs: 60 * second },
      [5, 25, 50, 250],
      20,
      20,
      60,
    ]);
    const futures = [
      1024,
      { count: 9, perUs: second },
      connects,
      { count: 2400, perUs: 60 * second },
      [2, 5, 10, 20],
      1,
      180,
      600,
    ];
    expect(row('usdm')).toEqual(futures);
    expect(row('coinm')).toEqual(futures);
  });

  test('BINANCE-20: every limit names where it comes from', () => {
    for (const limits of Object.values(BINANCE_LIMITS)) {
      const { depthWeights, depthWeightsSource, weights, ...rest } = limits;
      expect(depthWeights.length).toBeGreaterThan(0);
      expect(depthWeightsSource).not.toBe('');
      for (const one of [...Object.values(rest), ...Object.values(weights)]) {
        expect(one.source.length).toBeGreaterThan(5);
        expect(Number.isSafeInteger(one.value)).toBe(true);
      }
    }
  });

  test('BINANCE-21: USD-M: depth and book ticker from one address, the rest from another', () => {
    const { protocol } = new Driver({
      market: 'usdm',
      streams: ['depth@100ms', 'bookTicker', 'aggTrade', 'markPrice@1s', 'forceOrder', 'kline_1m'],
    });
    expect(protocol.links().map((link) => link.url)).toEqual([
      'wss://fstream.binance.com/public/stream',
      'wss://fstream.binance.com/market/stream',
    ]);
    const driver = new Driver({
      market: 'usdm',
      streams: ['depth@100ms', 'bookTicker', 'aggTrade', 'markPrice@1s', 'forceOrder', 'kline_1m'],
    });
    expect(driver.connect('0').sent.map((one) => one.params)).toEqual([
      ['btcusdt@depth@100ms', 'btcusdt@bookTicker'],
    ]);
    expect(driver.connect('1').sent.map((one) => one.params)).toEqual([
      ['btcusdt@aggTrade', 'btcusdt@markPrice@1s', 'btcusdt@forceOrder', 'btcusdt@kline_1m'],
    ]);
  });

  test('a market with one address holds one connection; test networks by configuration', () => {
    expect(urls({})).toEqual(['wss://stream.binance.com:9443/stream']);
    expect(urls({ market: 'coinm', symbols: ['BTCUSD_PERP'] })).toEqual([
      'wss://dstream.binance.com/stream',
    ]);
    expect(urls({ endpoint: BINANCE_ENDPOINTS.testnet.spot })).toEqual([
      'wss://stream.testnet.binance.vision/stream',
    ]);
    expect(urls({ market: 'usdm', endpoint: LOCAL })).toEqual(['ws://127.0.0.1:1/stream']);
  });

  test('combined and raw framing, streams by message or in the address, ms and µs', () => {
    expect(urls({ framing: 'raw' })).toEqual(['wss://stream.binance.com:9443/ws']);
    expect(urls({ framing: 'raw', subscribeBy: 'url', streams: ['trade', 'bookTicker'] })).toEqual([
      'wss://stream.binance.com:9443/ws/btcusdt@trade/btcusdt@bookTicker',
    ]);
    expect(urls({ subscribeBy: 'url', streams: ['trade'], timeUnit: 'us' })).toEqual([
      'wss://stream.binance.com:9443/stream?streams=btcusdt@trade&timeUnit=MICROSECOND',
    ]);
    expect(urls({ timeUnit: 'us' })).toEqual([
      'wss://stream.binance.com:9443/stream?timeUnit=MICROSECOND',
    ]);
  });

  test('BINANCE-21: no connection has more streams than allowed, none is left out', () => {
    const symbols = Array.from({ length: 800 }, (_, n) => `S${n}USDT`);
    const driver = new Driver({ symbols });
    const links = driver.protocol.links();
    expect(links).toHaveLength(3);
    const named = links.map(({ id }) => driver.connect(id).sent.flatMap((one) => one.params));
    for (const names of named) expect(names.length).toBeLessThanOrEqual(1024);
    expect(new Set(named.flat()).size).toBe(2400);
    // The streams of a symbol stay together, so that a lost connection takes few books with it.
    for (const symbol of symbols) {
      const own = named.filter((names) => names.includes(`${symbol.toLowerCase()}@trade`));
      expect(own[0]).toContain(`${symbol.toLowerCase()}@depth@100ms`);
    }
  });

  test('BINANCE-21: links keep streams and order however often they are asked for', () => {
    const driver = new Driver({ symbols: ['A', 'B', 'C'], streamsPerLink: 4 });
    const before = driver.protocol.links();
    expect(before.map((link) => link.insts)).toEqual([
      ['BINANCE:SPOT:A'],
      ['BINANCE:SPOT:B'],
      ['BINANCE:SPOT:C'],
    ]);
    driver.open();
    driver.protocol.unsubscribe(['B'], ['trade']);
    driver.protocol.subscribe(['B'], ['kline_1m']);
    expect(driver.protocol.links()).toEqual(before);
  });

  test('a connection hands over before the venue ends it; silence counts in pings', () => {
    const [spot] = new Driver({}).protocol.links();
    const [futures] = new Driver({ market: 'coinm', symbols: ['BTCUSD_PERP'] }).protocol.links();
    const minute = 60_000_000;
    expect(spot?.lifetimeUs).toBe((23 * 60 + 50) * minute);
    // Pings come every 20 s and every 3 minutes.
    expect(spot?.silenceUs).toBe(50_000_000);
    expect(futures?.silenceUs).toBe(450_000_000);
  });

  test('an address too long for servers names part of the streams; the rest is asked for', () => {
    const symbols = Array.from({ length: 300 }, (_, n) => `SYMBOL${n}USDT`);
    const driver = new Driver({ symbols, subscribeBy: 'url', streams: ['trade'] });
    const [link] = driver.protocol.links();
    expect(link?.url.length).toBeLessThan(8000);
    const inAddress = link?.url.split('streams=')[1]?.split('/') ?? [];
    const asked = driver.connect().sent.flatMap((one) => one.params);
    expect(inAddress.length).toBeGreaterThan(200);
    expect(new Set([...inAddress, ...asked]).size).toBe(300);
    expect(inAddress.length + asked.length).toBe(300);
  });

  test.each<[string, Partial<BinanceProtocolOptions>]>([
    ['no symbol', { symbols: [] }],
    ['lower case', { symbols: ['btcusdt'] }],
    ['a stream the market does not have', { streams: ['markPrice@1s'] }],
    ['a speed the market does not have', { streams: ['depth@250ms'] }],
    ['two speeds of one book', { streams: ['depth', 'depth@100ms'] }],
    ['trades twice', { streams: ['trade', 'aggTrade'] }],
    ['no stream', { streams: [] }],
    ['µs on futures', { market: 'usdm', timeUnit: 'us' }],
    ['more streams than the venue allows', { streamsPerLink: 1025 }],
    ['deeper than futures go', { market: 'usdm', depthLimit: 5000 }],
    ['open interest of spot', { openInterestEveryUs: 60_000_000 }],
  ])('refused with the option named: %s', (_, options) => {
    expect(codeOf(options)).toBe('QL_BAD_INPUT');
  });

  test('symbols beyond ASCII are symbols', () => {
    const protocol = binanceProtocol({ market: 'usdm', sessionId: 's', symbols: ['币安人生USDT'] });
    expect(protocol.streams('币安人生USDT')[0]).toBe('币安人生usdt@depth@100ms');
  });
});
