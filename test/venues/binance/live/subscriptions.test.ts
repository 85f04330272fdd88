import { describe, expect, test } from 'vitest';
import { Driver, factsOf, requestsOf, sentOf, urlsOf, exchangeInfo } from './driver.js';

const DEFAULT = ['btcusdt@depth@100ms', 'btcusdt@bookTicker', 'btcusdt@trade'];

describe('subscriptions', () => {
  test('BINANCE-22: a connection is subscribed when each of its messages is answered', () => {
    const symbols = Array.from({ length: 50 }, (_, n) => `S${n}`);
    const driver = new Driver({ symbols });
    driver.open();
    const { conn, sent } = driver.connect();
    expect(sent.map((one) => [one.method, one.params.length])).toEqual([
      ['SUBSCRIBE', 100],
      ['SUBSCRIBE', 50],
    ]);
    expect(driver.protocol.subscribed(conn)).toBe(false);
    driver.frame(conn, `{"result":null,"id":${sent[0]?.id}}`);
    expect(driver.protocol.subscribed(conn)).toBe(false);
    // The order of the fields is not promised.
    driver.frame(conn, `{"id":${sent[1]?.id},"result":null}`);
    expect(driver.protocol.subscribed(conn)).toBe(true);
    expect(driver.protocol.subscribed(conn + 1)).toBe(false);
  });

  test('BINANCE-22: an answer counts on its own connection only', () => {
    const driver = new Driver();
    driver.open();
    const one = driver.connect();
    const two = driver.connect('0', 'QL_FEED_HANDOVER');
    driver.frame(one.conn, `{"result":null,"id":${two.sent[0]?.id}}`);
    expect(driver.protocol.subscribed(two.conn)).toBe(false);
    driver.frame(two.conn, `{"result":null,"id":${two.sent[0]?.id}}`);
    expect(driver.protocol.subscribed(two.conn)).toBe(true);
    expect(driver.protocol.subscribed(one.conn)).toBe(false);
  });

  test('BINANCE-22: without an answer in time the connection is made anew, once', () => {
    const driver = new Driver({ acknowledgeUs: 10_000_000 });
    driver.open();
    const { conn } = driver.connect();
    expect(driver.tick()).toEqual([]);
    expect(driver.tick(9_000_000)).toEqual([]);
    expect(driver.tick(2_000_000)).toEqual([
      { t: 'reconnect', link: '0', conn: 1, reason: 'no answer to SUBSCRIBE' },
    ]);
    expect(driver.tick()).toEqual([]);
    driver.fact({ kind: 'disconnected', code: 'QL_FEED_REQUESTED', details: { conn, link: '0' } });
    // The new connection asks for the same and has its own time.
    expect(driver.connect().sent[0]?.params).toEqual(DEFAULT);
    expect(driver.tick(9_000_000)).toEqual([]);
  });

  test('BINANCE-22: a refused stream is found among others, told once, not asked for again', () => {
    const driver = new Driver({ symbols: ['AAA', 'BBB', 'CCC'], streams: ['trade'] });
    driver.open();
    const { conn, sent } = driver.connect();
    const asked = [...sent];
    const facts: unknown[] = [];
    for (let at = 0; at < asked.length; at++) {
      const { id, params } = asked[at] as (typeof asked)[number];
      const bad = params.includes('bbb@trade');
      const text = bad
        ? `{"error":{"code":2,"msg":"Invalid request: unknown stream"},"id":${id}}`
        : `{"result":null,"id":${id}}`;
      const commands = driver.run(driver.frame(conn, text));
      asked.push(...sentOf(commands));
      facts.push(...factsOf(commands));
    }
    expect(facts).toEqual([
      {
        kind: 'malformed',
        code: 'QL_VENUE_SUBSCRIPTION_REFUSED',
        inst: 'BINANCE:SPOT:BBB',
        details: { message: 'Invalid request: unknown stream', stream: 'bbb@trade', venueCode: 2 },
      },
    ]);
    expect(driver.protocol.subscribed(conn)).toBe(true);
    expect(asked.length).toBeLessThanOrEqual(5);
    expect(driver.connect().sent[0]?.params).toEqual(['aaa@trade', 'ccc@trade']);
  });

  test('the older form of a refusal is understood too', () => {
    const driver = new Driver({ streams: ['trade'] });
    driver.open();
    const { conn, sent } = driver.connect();
    const text = `{"code":2,"msg":"Invalid request","id":${sent[0]?.id}}`;
    expect(factsOf(driver.frame(conn, text))).toHaveLength(1);
  });

  test('a refused depth stream leaves no book to wait for', () => {
    const driver = new Driver({ streams: ['depth@100ms'] });
    driver.open();
    const { conn, sent } = driver.connect();
    expect(driver.protocol.synced('0')).toBe(false);
    driver.frame(conn, `{"error":{"code":2,"msg":"no"},"id":${sent[0]?.id}}`);
    expect(driver.protocol.synced('0')).toBe(true);
    expect(driver.protocol.watched()).toEqual([]);
  });

  test('the notice that the venue shuts down opens the next connection first', () => {
    const driver = new Driver();
    const [conn = 0] = driver.start();
    const renew = { t: 'renew', link: '0', reason: 'the venue is about to shut down' };
    expect(driver.frame(conn, '{"e":"serverShutdown","E":1770123456789}')).toEqual([renew]);
    const wrapped = '{"stream":"!serverShutdown","data":{"e":"serverShutdown","E":1}}';
    expect(driver.frame(conn, wrapped)).toEqual([renew]);
  });

  test('streams in the address need no message; those taken off since are dropped by one', () => {
    const driver = new Driver({ symbols: ['AAA', 'BBB'], streams: ['trade'], subscribeBy: 'url' });
    driver.open();
    driver.protocol.links();
    const first = driver.connect();
    expect(first.sent).toEqual([]);
    expect(driver.protocol.subscribed(first.conn)).toBe(true);
    driver.run(driver.protocol.unsubscribe(['BBB']));
    driver.run(driver.protocol.subscribe(['AAA'], ['bookTicker']));
    const { sent } = driver.connect();
    expect(sent.map(({ method, params }) => [method, params])).toEqual([
      ['SUBSCRIBE', ['aaa@bookTicker']],
      ['UNSUBSCRIBE', ['bbb@trade']],
    ]);
  });
});

describe('subscribing while the feed runs', () => {
  test('BINANCE-24: the instrument of a new symbol comes first, then its streams', () => {
    const driver = new Driver();
    const [conn = 0] = driver.start();
    const commands = driver.run(driver.protocol.subscribe(['ETHUSDT'], ['trade', 'depth@100ms']));
    expect(factsOf(commands)).toEqual([
      {
        kind: 'config',
        code: 'QL_VENUE_SUBSCRIPTION',
        inst: 'BINANCE:SPOT:ETHUSDT',
        details: { action: 'subscribe', streams: 'trade depth@100ms', symbol: 'ETHUSDT' },
      },
    ]);
    expect(sentOf(commands)).toEqual([]);
    const [url = ''] = urlsOf(commands);
    expect(decodeURIComponent(url)).toBe('/api/v3/exchangeInfo?symbols=["ETHUSDT"]');
    const before = driver.events.length;
    const after = driver.answer(url, exchangeInfo(['ETHUSDT']));
    expect(driver.events[before]?.t).toBe('Instrument');
    expect(sentOf(after).map(({ method, params }) => [method, params])).toEqual([
      ['SUBSCRIBE', ['ethusdt@trade', 'ethusdt@depth@100ms']],
    ]);
    // Until it is answered the connection is not complete; its books are not either.
    expect(driver.protocol.subscribed(conn)).toBe(false);
    expect(driver.protocol.synced('0')).toBe(false);
  });

  test('BINANCE-24: a known symbol needs no request; no stream is asked for twice', () => {
    const driver = new Driver();
    driver.start();
    const commands = driver.protocol.subscribe(['BTCUSDT'], ['trade', 'kline_1m']);
    expect(requestsOf(commands)).toEqual([]);
    expect(sentOf(commands).map((one) => one.params)).toEqual([['btcusdt@kline_1m']]);
    expect(driver.protocol.subscribe(['BTCUSDT'], ['trade', 'kline_1m'])).toEqual([]);
  });

  test('BINANCE-24: a symbol the venue does not list is a fact; the others are subscribed', () => {
    const driver = new Driver();
    driver.start();
    const [url = ''] = urlsOf(
      driver.run(driver.protocol.subscribe(['ETHUSDT', 'NOSUCH'], ['trade'])),
    );
    const alone = urlsOf(driver.answer(url, '{"code":-1121,"msg":"Invalid symbol."}', 400));
    expect(alone.map((one) => decodeURIComponent(one))).toEqual([
      '/api/v3/exchangeInfo?symbols=["ETHUSDT"]',
      '/api/v3/exchangeInfo?symbols=["NOSUCH"]',
    ]);
    const good = driver.answer(alone[0] ?? '', exchangeInfo(['ETHUSDT']));
    expect(sentOf(good).map((one) => one.params)).toEqual([['ethusdt@trade']]);
    const bad = driver.answer(alone[1] ?? '', '{"code":-1121,"msg":"Invalid symbol."}', 400);
    expect(factsOf(bad)).toEqual([
      {
        kind: 'malformed',
        code: 'QL_VENUE_NO_SYMBOL',
        inst: null,
        details: { market: 'spot', symbol: 'NOSUCH' },
      },
    ]);
    expect(driver.protocol.symbols()).toEqual(['BTCUSDT', 'ETHUSDT']);
    expect(bad.some((one) => one.t === 'fail')).toBe(false);
  });

  test('instruments that could not be had are asked for again after a wait', () => {
    const driver = new Driver();
    driver.start();
    const [url = ''] = urlsOf(driver.run(driver.protocol.subscribe(['ETHUSDT'], ['trade'])));
    driver.answer(url, 'busy', 503);
    expect(urlsOf(driver.tick(1_000_000))).toEqual([]);
    expect(urlsOf(driver.tick(5_000_000))).toContain(url);
    driver.answer(url, exchangeInfo(['ETHUSDT']));
    expect(driver.protocol.streams('ETHUSDT')).toEqual(['ethusdt@trade']);
  });

  test('BINANCE-24: what is taken off stops on the wire and is not waited for', () => {
    const driver = new Driver({ symbols: ['AAA', 'BBB'] });
    driver.start();
    const commands = driver.run(driver.protocol.unsubscribe(['BBB']));
    expect(factsOf(commands)[0]?.details).toEqual({
      action: 'unsubscribe',
      streams: 'depth@100ms bookTicker trade',
      symbol: 'BBB',
    });
    expect(sentOf(commands).map(({ method, params }) => [method, params])).toEqual([
      ['UNSUBSCRIBE', ['bbb@depth@100ms', 'bbb@bookTicker', 'bbb@trade']],
    ]);
    expect(driver.protocol.symbols()).toEqual(['AAA']);
    expect(driver.protocol.watched().map((one) => one.stream)).toEqual(['aaa@depth@100ms']);
    expect(driver.protocol.unsubscribe(['BBB'])).toEqual([]);
  });

  test('a connection without streams is given up; one is opened where there is no room', () => {
    const driver = new Driver({ symbols: ['AAA', 'BBB'], streamsPerLink: 3 });
    driver.start();
    expect(driver.run(driver.protocol.unsubscribe(['AAA']))).toContainEqual({ t: 'links' });
    expect(driver.protocol.links().map((link) => link.id)).toEqual(['1']);
    const [url = ''] = urlsOf(driver.run(driver.protocol.subscribe(['CCC'])));
    expect(driver.answer(url, exchangeInfo(['CCC']))).toContainEqual({ t: 'links' });
    expect(driver.protocol.links().map((link) => [link.id, link.insts])).toEqual([
      ['1', ['BINANCE:SPOT:BBB']],
      ['2', ['BINANCE:SPOT:CCC']],
    ]);
  });

  test('BINANCE-24: both connections of a hand-over are told, and each answers for itself', () => {
    const driver = new Driver();
    const [one = 0] = driver.start();
    const two = driver.connect('0', 'QL_FEED_HANDOVER');
    driver.frame(two.conn, `{"result":null,"id":${two.sent[0]?.id}}`);
    const [message] = sentOf(driver.run(driver.protocol.subscribe(['BTCUSDT'], ['kline_1m'])));
    driver.frame(one, `{"result":null,"id":${message?.id}}`);
    expect([driver.protocol.subscribed(one), driver.protocol.subscribed(two.conn)]).toEqual([
      true,
      false,
    ]);
    driver.frame(two.conn, `{"result":null,"id":${message?.id}}`);
    expect(driver.protocol.subscribed(two.conn)).toBe(true);
  });

  test('mark prices asked for later: the instrument is declared with their digits first', () => {
    const driver = new Driver({ market: 'usdm' });
    const [conn = 0, market = 0] = driver.start();
    driver.depth(conn, 'BTCUSDT', [101, 105, 100]);
    driver.snapshot('BTCUSDT', 104);
    driver.run(driver.protocol.subscribe(['BTCUSDT'], ['markPrice@1s']));
    const mark =
      '{"stream":"btcusdt@markPrice@1s","data":{"e":"markPriceUpdate","E":1780000000000,' +
      '"s":"BTCUSDT","p":"61700.12345678","i":"61701.00000000","P":"61702.00000000",' +
      '"r":"0.00010000","T":1780003200000}}';
    const before = driver.events.length;
    driver.frame(market, mark);
    expect(driver.events.slice(before).map((one) => one.t)).toEqual(['Instrument', 'Funding']);
    // Levels at other exponents are other numbers: the book begins again.
    expect(driver.protocol.synced('0')).toBe(false);
    const again = driver.depth(conn, 'BTCUSDT', [106, 107, 105]);
    expect([...urlsOf(again), ...urlsOf(driver.tick(1_000_000))]).toHaveLength(1);
    driver.snapshot('BTCUSDT', 106);
    expect(driver.protocol.synced('0')).toBe(true);
  });

  test('best levels only: at the start, or beside the whole book', () => {
    const start = new Driver({ streams: ['depth20@100ms'] });
    expect(start.protocol.settings['partialDepth']).toEqual(['BTCUSDT']);
    const beside = new Driver();
    beside.start();
    expect(sentOf(beside.protocol.subscribe(['BTCUSDT'], ['depth5']))).toHaveLength(1);
    expect(() => beside.protocol.subscribe(['ETHUSDT'], ['depth5'])).toThrow(
      'partial depth without depth@100ms can only be asked for at the start',
    );
    expect(beside.protocol.symbols()).toEqual(['BTCUSDT']);
  });

  test('a connection that is down asks for the whole when it is back', () => {
    const driver = new Driver();
    const [conn = 0] = driver.start();
    driver.fact({ kind: 'disconnected', code: 'QL_FEED_CLOSED', details: { conn, link: '0' } });
    expect(sentOf(driver.run(driver.protocol.subscribe(['BTCUSDT'], ['kline_1m'])))).toEqual([]);
    expect(driver.connect().sent[0]?.params).toEqual([...DEFAULT, 'btcusdt@kline_1m']);
  });
});
