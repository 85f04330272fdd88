import type { EventInputOf } from 'quantlaxmi/events';
import { describe, expect, test } from 'vitest';
import { Driver, requestsOf, urlsOf } from './driver.js';

const BTC = 'BTCUSDT';
const DEPTH = '/api/v3/depth?symbol=BTCUSDT&limit=1000';
const SECOND = 1_000_000;

function sessionCodes(driver: Driver): string[] {
  const sessions = driver.events.filter((event) => event.t === 'Session');
  return sessions.map((event) => (event as EventInputOf<'Session'>).body.code);
}

describe('book sync', () => {
  test('BINANCE-25: the snapshot is asked for after the first change, and only once', () => {
    const driver = new Driver();
    const [conn = 0] = driver.start();
    expect(urlsOf(driver.tick())).toEqual([]);
    const commands = driver.depth(conn, BTC, [101, 105]);
    expect(requestsOf(commands)).toMatchObject([
      { key: 'depth:BTCUSDT', recordedUrl: DEPTH, weight: 50, retry: false, method: 'GET' },
    ]);
    expect(driver.depth(conn, BTC, [106, 110])).toEqual([]);
    expect(driver.protocol.synced('0')).toBe(false);
    driver.snapshot(BTC, 104);
    expect(driver.protocol.synced('0')).toBe(true);
    expect(urlsOf(driver.tick(60 * SECOND))).toEqual([]);
  });

  test('BINANCE-25: after a snapshot that is too old the next one, after growing waits', () => {
    const driver = new Driver();
    const [conn = 0] = driver.start();
    driver.depth(conn, BTC, [101, 105]);
    const waits: number[] = [];
    for (let n = 0; n < 9; n++) {
      expect(driver.snapshot(BTC, 50 + n)).toEqual([]);
      let waited = 0;
      while (urlsOf(driver.tick(100_000)).length === 0) waited += 100_000;
      waits.push(waited + 100_000);
    }
    expect(waits.map((us) => us / SECOND)).toEqual([0.5, 1, 2, 4, 8, 16, 30, 30, 30]);
    expect(sessionCodes(driver).filter((one) => one === 'QL_VENUE_SNAPSHOT_UNUSABLE')).toHaveLength(
      9,
    );
    driver.snapshot(BTC, 101);
    expect(driver.protocol.synced('0')).toBe(true);
  });

  test('BINANCE-25: a gap asks for a snapshot of that book; the others go on', () => {
    const driver = new Driver({ symbols: [BTC, 'ETHUSDT'] });
    const [conn = 0] = driver.start();
    for (const symbol of [BTC, 'ETHUSDT']) {
      driver.depth(conn, symbol, [101, 105]);
      driver.snapshot(symbol, 104);
    }
    expect(driver.protocol.synced('0')).toBe(true);
    driver.tick(61 * SECOND);
    expect(urlsOf(driver.depth(conn, BTC, [110, 112]))).toEqual([DEPTH]);
    expect(driver.protocol.synced('0')).toBe(false);
    expect(driver.protocol.capture.synced('ETHUSDT')).toBe(true);
    expect(driver.depth(conn, 'ETHUSDT', [106, 106])).toEqual([]);
    driver.snapshot(BTC, 112);
    expect(driver.protocol.synced('0')).toBe(true);
    expect(sessionCodes(driver).filter((one) => one.startsWith('QL_VENUE_S'))).toEqual([
      'QL_VENUE_SEQUENCE_GAP',
    ]);
  });

  test('BINANCE-25: a book that breaks again at once waits: gaps make no storm', () => {
    const driver = new Driver();
    const [conn = 0] = driver.start();
    driver.depth(conn, BTC, [101, 105]);
    driver.snapshot(BTC, 104);
    let asked = 0;
    let id = 200;
    // A minute of a feed in which every change leaves a gap and every snapshot joins.
    for (let n = 0; n < 600; n++) {
      id += 10;
      const urls = [
        ...urlsOf(driver.depth(conn, BTC, [id, id + 1])),
        ...urlsOf(driver.tick(100_000)),
      ];
      asked += urls.length;
      if (urls.length > 0) driver.snapshot(BTC, id + 1);
    }
    // Waits of 0.5, 1, 2, 4, 8, 16, 30 s: that many fit into a minute.
    expect(asked).toBeGreaterThanOrEqual(5);
    expect(asked).toBeLessThanOrEqual(7);
  });

  test('BINANCE-25: after a disconnect every book of the link needs a snapshot again', () => {
    const driver = new Driver();
    const [conn = 0] = driver.start();
    driver.depth(conn, BTC, [101, 105]);
    driver.snapshot(BTC, 104);
    driver.tick(61 * SECOND);
    driver.fact({ kind: 'disconnected', code: 'QL_FEED_CLOSED', details: { conn, link: '0' } });
    expect(driver.protocol.synced('0')).toBe(false);
    expect(urlsOf(driver.tick())).toEqual([]);
    const again = driver.live();
    // The venue's ids go on; what was missed in between is what the snapshot brings.
    expect(urlsOf(driver.depth(again, BTC, [140, 141]))).toEqual([DEPTH]);
    driver.snapshot(BTC, 140);
    expect(driver.protocol.synced('0')).toBe(true);
  });

  test('BINANCE-25: a snapshot asked for before the loss is not taken after it', () => {
    const driver = new Driver();
    const [conn = 0] = driver.start();
    driver.depth(conn, BTC, [101, 105]);
    driver.now += SECOND;
    driver.fact({ kind: 'disconnected', code: 'QL_FEED_CLOSED', details: { conn, link: '0' } });
    const again = driver.live();
    driver.now += SECOND;
    // It would look usable until the first change shows that updates are missing.
    const body = '{"lastUpdateId":104,"bids":[["1.00","1.000"]],"asks":[]}';
    driver.answer(DEPTH, body, 200, 2 * SECOND);
    expect(driver.protocol.synced('0')).toBe(false);
    expect(driver.events.some((event) => event.t === 'BookSnapshot')).toBe(false);
    expect(driver.events.at(-1)?.body).toMatchObject({
      kind: 'gap',
      code: 'QL_VENUE_SNAPSHOT_UNUSABLE',
      inst: 'BINANCE:SPOT:BTCUSDT',
    });
    // It was nobody's fault: the next one is asked for without a wait.
    expect(urlsOf(driver.depth(again, BTC, [140, 141]))).toEqual([DEPTH]);
  });

  test('the loss of one book’s connection leaves the books of other connections alone', () => {
    const driver = new Driver({ symbols: [BTC, 'ETHUSDT'], streamsPerLink: 3 });
    const conns = driver.start();
    [BTC, 'ETHUSDT'].forEach((symbol, n) => {
      driver.depth(conns[n] as number, symbol, [101, 105]);
      driver.snapshot(symbol, 104);
    });
    const details = { conn: conns[1] as number, link: '1' };
    const inst = 'BINANCE:SPOT:ETHUSDT';
    driver.fact({ kind: 'disconnected', code: 'QL_FEED_ERROR', inst, details });
    expect([driver.protocol.synced('0'), driver.protocol.synced('1')]).toEqual([true, false]);
  });

  test('a book without any change gets its snapshot once its stream is known to flow', () => {
    const driver = new Driver();
    driver.open();
    const { conn, sent } = driver.connect();
    expect(urlsOf(driver.tick(20 * SECOND))).toEqual([]);
    driver.frame(conn, `{"result":null,"id":${sent[0]?.id}}`);
    expect(urlsOf(driver.tick(SECOND))).toEqual([]);
    expect(urlsOf(driver.tick(5 * SECOND))).toEqual([DEPTH]);
    driver.snapshot(BTC, 900);
    expect(driver.protocol.synced('0')).toBe(true);
    // The first change that comes then joins it.
    expect(driver.depth(conn, BTC, [899, 902])).toEqual([]);
    expect(driver.protocol.synced('0')).toBe(true);
  });

  test('BINANCE-25: snapshots that fail are asked for again; one without an answer too', () => {
    const driver = new Driver();
    const [conn = 0] = driver.start();
    driver.depth(conn, BTC, [101, 105]);
    driver.snapshot(BTC, 0, 503);
    expect(urlsOf(driver.tick(400_000))).toEqual([]);
    expect(urlsOf(driver.tick(100_000))).toEqual([DEPTH]);
    const details = { key: 'depth:BTCUSDT', reason: 'timeout' };
    driver.fact({ kind: 'malformed', code: 'QL_FEED_REQUEST', details });
    expect(urlsOf(driver.tick(900_000))).toEqual([]);
    expect(urlsOf(driver.tick(200_000))).toEqual([DEPTH]);
    // An answer that is lost without a word is given up too.
    expect(urlsOf(driver.tick(179 * SECOND))).toEqual([]);
    driver.tick(2 * SECOND);
    expect(urlsOf(driver.tick(30 * SECOND))).toEqual([DEPTH]);
  });

  test('BINANCE-25: at most four snapshots are under way; those never tried come first', () => {
    const symbols = ['A', 'B', 'C', 'D', 'E', 'F'];
    const driver = new Driver({ symbols });
    const [conn = 0] = driver.start();
    const asked = symbols.flatMap((symbol) => urlsOf(driver.depth(conn, symbol, [101, 105])));
    const nameOf = (url: string): string => /symbol=(\w+)/.exec(url)?.[1] ?? '';
    expect(asked.map(nameOf)).toEqual(['A', 'B', 'C', 'D']);
    // A was tried in vain: E comes before it.
    expect(urlsOf(driver.snapshot('A', 1)).map(nameOf)).toEqual(['E']);
    expect(urlsOf(driver.snapshot('B', 104)).map(nameOf)).toEqual(['F']);
    expect(urlsOf(driver.tick(SECOND)).map(nameOf)).toEqual([]);
    expect(urlsOf(driver.snapshot('C', 104)).map(nameOf)).toEqual(['A']);
  });

  test('BINANCE-20: snapshots take at most half of the venue’s weight in any minute', () => {
    const symbols = Array.from({ length: 400 }, (_, n) => `S${n}`);
    const driver = new Driver({ symbols, market: 'usdm', streams: ['depth@100ms'] });
    const [conn = 0] = driver.start();
    const times: number[] = [];
    const answer = (urls: readonly string[]): void => {
      for (const url of urls) {
        times.push(driver.now);
        answer(urlsOf(driver.snapshot(/symbol=(\w+)/.exec(url)?.[1] ?? '', 104)));
      }
    };
    for (const symbol of symbols) answer(urlsOf(driver.depth(conn, symbol, [101, 105, 100])));
    for (let n = 0; n < 2000 && times.length < 400; n++) answer(urlsOf(driver.tick()));
    expect(times).toHaveLength(400);
    expect(driver.protocol.synced('0')).toBe(true);
    for (const from of times) {
      const inMinute = times.filter((at) => at >= from && at < from + 60 * SECOND).length;
      expect(inMinute * 20).toBeLessThanOrEqual(1200);
    }
    // It is used: 60 in each minute.
    expect(times.filter((at) => at < (times[0] as number) + 60 * SECOND)).toHaveLength(60);
  });

  test('depth limits: weight and address follow', () => {
    const weight = (market: 'spot' | 'usdm', depthLimit: number): unknown => {
      const driver = new Driver({ market, depthLimit });
      const [conn = 0] = driver.start();
      const [request] = requestsOf(driver.depth(conn, BTC, [101, 105, 100]));
      return [request?.weight, request?.url];
    };
    expect(weight('spot', 5000)).toEqual([
      250,
      'https://api.binance.com/api/v3/depth?symbol=BTCUSDT&limit=5000',
    ]);
    expect(weight('spot', 100)).toEqual([
      5,
      'https://api.binance.com/api/v3/depth?symbol=BTCUSDT&limit=100',
    ]);
    expect(weight('usdm', 500)).toEqual([
      10,
      'https://fapi.binance.com/fapi/v1/depth?symbol=BTCUSDT&limit=500',
    ]);
  });

  test('a feed without depth has no book to wait for', () => {
    const driver = new Driver({ streams: ['trade'] });
    driver.start();
    expect(driver.protocol.synced('0')).toBe(true);
    expect(urlsOf(driver.tick(60 * SECOND))).toEqual([]);
  });
});
