import { Secret } from 'quantlaxmi/core';
import type { EventInputOf } from 'quantlaxmi/events';
import type { FeedCommand } from 'quantlaxmi/venues/feed';
import { describe, expect, test } from 'vitest';
import { Driver, exchangeInfo, requestsOf, START, urlsOf } from './driver.js';

const SECOND = 1_000_000;

function failureOf(commands: readonly FeedCommand[]): [string, string] | null {
  for (const one of commands) if (one.t === 'fail') return [one.error.code, one.error.message];
  return null;
}

describe('opening', () => {
  test('BINANCE-26: the clock thrice, and the instruments, of these symbols if possible', () => {
    const opening = (options: ConstructorParameters<typeof Driver>[0]): string[] =>
      new Driver(options).protocol.opening().map((one) => decodeURIComponent(one.recordedUrl));
    expect(opening({ symbols: ['BTCUSDT', 'ETHUSDT'] })).toEqual([
      '/api/v3/time',
      '/api/v3/time',
      '/api/v3/time',
      '/api/v3/exchangeInfo?symbols=["BTCUSDT","ETHUSDT"]',
    ]);
    expect(opening({ market: 'usdm' }).at(-1)).toBe('/fapi/v1/exchangeInfo');
    expect(opening({ market: 'coinm', symbols: ['BTCUSD_PERP'] })[0]).toBe('/dapi/v1/time');
    const requests = new Driver().protocol.opening();
    expect(new Set(requests.map((one) => one.key)).size).toBe(4);
    expect(requests.map((one) => [one.weight, one.retry])).toEqual([
      [1, true],
      [1, true],
      [1, true],
      [20, true],
    ]);
    expect(requests[0]?.url).toBe('https://api.binance.com/api/v3/time');
  });

  test('BINANCE-26: the venue’s clock is a fact, measured again at the interval', () => {
    const driver = new Driver({ timeEveryUs: 600 * SECOND });
    driver.answer('/api/v3/time', `{"serverTime":${START / 1000 + 500}}`, 200, 2000);
    const clock = driver.events.at(-1) as EventInputOf<'Session'>;
    // Half of the 2 ms it took is added to when it was asked.
    expect(clock.body).toMatchObject({ kind: 'clock', code: 'QL_VENUE_CLOCK_OFFSET' });
    expect(clock.body.details['offsetUs']).toBe(501_000);
    driver.start();
    driver.tick();
    const due = (laterUs: number): string[] =>
      urlsOf(driver.tick(laterUs)).filter((url) => url.endsWith('/time'));
    expect(due(599 * SECOND)).toEqual([]);
    expect(due(SECOND)).toEqual(['/api/v3/time']);
    expect(due(SECOND)).toEqual([]);
    expect(due(600 * SECOND)).toEqual(['/api/v3/time']);
  });

  test('BINANCE-26: a symbol that is not listed ends the start, named, with what to do', () => {
    const usdm = new Driver({ market: 'usdm', symbols: ['BTCUSDT', 'BTCUSD'] });
    const failure = failureOf(usdm.open(['BTCUSDT', 'ETHUSDT']));
    expect(failure?.[0]).toBe('QL_VENUE_NO_SYMBOL');
    expect(failure?.[1]).toBe(
      'Binance usdm does not list BTCUSD. Check the spelling and the market: symbols are written ' +
        'as in its exchangeInfo, for example BTCUSDT.',
    );
    // Spot refuses the whole request.
    const spot = new Driver({ symbols: ['NOSUCH'] });
    const url = spot.protocol.opening().at(-1)?.recordedUrl ?? '';
    const refusal = spot.answer(url, '{"code":-1121,"msg":"Invalid symbol."}', 400);
    expect(failureOf(refusal)?.[1]).toContain('NOSUCH');
    expect(failureOf(new Driver().open())).toBe(null);
  });

  test('BINANCE-26: a blocked region or address ends the feed and is named', () => {
    const driver = new Driver();
    const url = '/api/v3/exchangeInfo?symbols=x';
    const region = failureOf(driver.answer(url, '{"code":0,"msg":"restricted"}', 451));
    expect(region?.[0]).toBe('QL_VENUE_BLOCKED');
    expect(region?.[1]).toContain('does not serve the region');
    expect(failureOf(driver.answer('/api/v3/depth?symbol=BTCUSDT', '', 403))?.[1]).toContain(
      'firewall',
    );
    for (const status of [400, 418, 429, 500, 503]) {
      expect(failureOf(new Driver().answer('/api/v3/time', '', status))).toBe(null);
    }
  });

  test('BINANCE-26: a handshake refused for the region ends the feed; other ends do not', () => {
    const { protocol } = new Driver();
    const end = (error: string): [string, string] | null =>
      failureOf(protocol.ended?.('0', 0, { code: 1006, reason: '', error }) ?? []);
    expect(end('HTTP 451')?.[0]).toBe('QL_VENUE_BLOCKED');
    expect(end('HTTP 403')?.[0]).toBe('QL_VENUE_BLOCKED');
    for (const other of ['HTTP 429', 'HTTP 503', 'ECONNREFUSED', '']) expect(end(other)).toBe(null);
  });

  test('the weight used so far is read from the venue’s header', () => {
    const { protocol } = new Driver();
    expect(protocol.usedWeight({ 'x-mbx-used-weight-1m': '1234' })).toBe(1234);
    expect(protocol.usedWeight({ 'x-mbx-used-weight-1m': '' })).toBe(null);
    expect(protocol.usedWeight({ 'x-mbx-used-weight-1m': '1e3' })).toBe(null);
    expect(protocol.usedWeight({})).toBe(null);
  });
});

describe('requests made again and again', () => {
  test('open interest and premium index of each contract, at their own pace', () => {
    const driver = new Driver({
      market: 'usdm',
      symbols: ['BTCUSDT', 'ETHUSDT'],
      streams: ['aggTrade'],
      openInterestEveryUs: 10 * SECOND,
      premiumIndexEveryUs: 60 * SECOND,
    });
    expect(urlsOf(driver.tick())).toEqual([]);
    driver.start();
    expect(urlsOf(driver.tick())).toEqual([
      '/fapi/v1/premiumIndex?symbol=BTCUSDT',
      '/fapi/v1/openInterest?symbol=BTCUSDT',
      '/fapi/v1/premiumIndex?symbol=ETHUSDT',
      '/fapi/v1/openInterest?symbol=ETHUSDT',
    ]);
    expect(urlsOf(driver.tick(9 * SECOND))).toEqual([]);
    expect(urlsOf(driver.tick(SECOND))).toEqual([
      '/fapi/v1/openInterest?symbol=BTCUSDT',
      '/fapi/v1/openInterest?symbol=ETHUSDT',
    ]);
    driver.protocol.unsubscribe(['BTCUSDT']);
    expect(urlsOf(driver.tick(10 * SECOND))).toEqual(['/fapi/v1/openInterest?symbol=ETHUSDT']);
  });

  test('past fundings are asked for once, also of a symbol that is added later', () => {
    const driver = new Driver({ market: 'usdm', fundingHistory: 100, streams: ['aggTrade'] });
    driver.start();
    const url = (symbol: string): string => `/fapi/v1/fundingRate?symbol=${symbol}&limit=100`;
    expect(urlsOf(driver.tick())).toEqual([url('BTCUSDT')]);
    expect(urlsOf(driver.tick())).toEqual([]);
    driver.run(driver.protocol.subscribe(['ETHUSDT']));
    driver.answer('/fapi/v1/exchangeInfo', exchangeInfo(['BTCUSDT', 'ETHUSDT']));
    expect(urlsOf(driver.tick())).toEqual([url('ETHUSDT')]);
  });

  test('BINANCE-26: what needs one answer is asked for, with growing waits, until it came', () => {
    const key = { apiKey: new Secret('public-part-of-key'), secret: new Secret('private-part') };
    const options = { market: 'usdm', fundingHistory: 100, streams: ['aggTrade'], key } as const;
    const driver = new Driver({ ...options, instrumentsEveryUs: null });
    driver.start();
    const history = '/fapi/v1/fundingRate?symbol=BTCUSDT&limit=100';
    const brackets = '/fapi/v1/leverageBracket';
    const begun = driver.now;
    const asked: [url: string, at: number, sent: string][] = [];
    const pass = (seconds: number): void => {
      for (let at = 0; at < seconds; at++) {
        for (const { recordedUrl, url } of requestsOf(driver.tick(SECOND))) {
          if (recordedUrl.endsWith('/time')) continue;
          asked.push([recordedUrl, (driver.now - begun) / SECOND, url]);
          driver.answer(recordedUrl, '{"code":-1003,"msg":"busy"}', asked.length > 4 ? 503 : 429);
        }
      }
    };
    pass(80);
    const times = (url: string): number[] =>
      asked.flatMap((one) => (one[0] === url ? [one[1]] : []));
    expect([times(history), times(brackets)]).toEqual([
      [1, 6, 16, 36, 76],
      [1, 6, 16, 36, 76],
    ]);
    // Each is signed for its own time.
    expect(new Set(asked.map((one) => one[2]).filter((url) => url.includes('sign'))).size).toBe(5);
    driver.answer(history, '[]');
    driver.answer(brackets, '[]');
    asked.length = 0;
    pass(2_000);
    expect(asked).toEqual([]);
  });

  test('instruments are looked at again, so that a new tick size is known', () => {
    const driver = new Driver({ market: 'usdm', streams: ['aggTrade'] });
    driver.start();
    driver.tick();
    expect(urlsOf(driver.tick(3600 * SECOND))).toContain('/fapi/v1/exchangeInfo');
    const never = new Driver({ market: 'usdm', streams: ['aggTrade'], instrumentsEveryUs: null });
    never.start();
    never.tick();
    expect(urlsOf(never.tick(86_400 * SECOND))).not.toContain('/fapi/v1/exchangeInfo');
  });

  test('BINANCE-23: a signed request records neither key, time nor signature', () => {
    const key = { apiKey: new Secret('public-part-of-key'), secret: new Secret('private-part') };
    const driver = new Driver({ market: 'coinm', symbols: ['BTCUSD_PERP'], key });
    driver.start();
    // The venue's clock is a second ahead.
    driver.answer('/dapi/v1/time', `{"serverTime":${START / 1000 + 1000}}`, 200, 2000);
    const [request] = requestsOf(driver.tick()).filter((one) => one.key === 'leverageBracket');
    expect(request?.recordedUrl).toBe('/dapi/v2/leverageBracket');
    const stamp = Math.floor((driver.now + 1_001_000) / 1000);
    expect(request?.url).toMatch(
      new RegExp(
        '^https://dapi\\.binance\\.com/dapi/v2/leverageBracket\\?recvWindow=5000' +
          `&timestamp=${stamp}&signature=[0-9a-f]{64}$`,
      ),
    );
    expect(request?.headers).toEqual({ 'X-MBX-APIKEY': 'public-part-of-key' });
    expect(JSON.stringify(driver.protocol.settings)).not.toContain('private');
    expect(requestsOf(driver.tick()).map((one) => one.key)).not.toContain('leverageBracket');
  });
});

describe('silence', () => {
  test('BINANCE-27: depth and mark price are watched unless switched off', () => {
    const streams = ['depth@100ms', 'bookTicker', 'aggTrade', 'markPrice@1s', 'forceOrder'];
    const driver = new Driver({ market: 'usdm', streams });
    driver.start();
    expect(driver.protocol.watched()).toEqual([
      {
        stream: 'btcusdt@depth@100ms',
        inst: 'BINANCE:USDM:BTCUSDT',
        link: '0',
        silenceUs: 60 * SECOND,
        lastRx: 0,
      },
      {
        stream: 'btcusdt@markPrice@1s',
        inst: 'BINANCE:USDM:BTCUSDT',
        link: '1',
        silenceUs: 60 * SECOND,
        lastRx: 0,
      },
    ]);
    const silence = { depthUs: null, markPriceUs: 5 * SECOND, bookTickerUs: SECOND };
    const other = new Driver({ market: 'usdm', streams, silence }).protocol.watched();
    expect(other.map(({ stream, silenceUs }) => [stream, silenceUs])).toEqual([
      ['btcusdt@bookTicker', SECOND],
      ['btcusdt@markPrice@1s', 5 * SECOND],
    ]);
  });

  test('BINANCE-27: a message moves the time of its own stream only', () => {
    const driver = new Driver({ symbols: ['BTCUSDT', 'ETHUSDT'] });
    const [conn = 0] = driver.start();
    driver.tick(SECOND);
    driver.depth(conn, 'ETHUSDT', [1, 2]);
    const quote =
      '{"stream":"btcusdt@bookTicker","data":' +
      '{"u":1,"s":"BTCUSDT","b":"1.00","B":"1.000","a":"1.01","A":"1.000"}}';
    driver.frame(conn, quote);
    expect(driver.protocol.watched().map((one) => one.lastRx)).toEqual([0, driver.now]);
  });

  test('a stream taken off and asked for again begins anew', () => {
    const driver = new Driver();
    const [conn = 0] = driver.start();
    driver.depth(conn, 'BTCUSDT', [1, 2]);
    driver.run(driver.protocol.unsubscribe(['BTCUSDT'], ['depth@100ms']));
    driver.tick(3600 * SECOND);
    driver.run(driver.protocol.subscribe(['BTCUSDT'], ['depth@100ms']));
    expect(driver.protocol.watched().map((one) => one.lastRx)).toEqual([0]);
    driver.depth(conn, 'BTCUSDT', [8, 9]);
    expect(driver.protocol.watched().map((one) => one.lastRx)).toEqual([driver.now]);
  });
});
