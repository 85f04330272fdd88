import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import type { Level } from 'quantlaxmi/events';
import {
  type BinanceFrame,
  type BinanceSource,
  type BinanceVenue,
  binanceFrames,
  binanceRecording,
  binanceVenue,
  syntheticBinance,
} from 'quantlaxmi/testing/node';
import { type BinanceMarket, parseExchangeInfo } from 'quantlaxmi/venues/binance';
import { encodeRawLine, type RawRecord } from 'quantlaxmi/venues/feed';
import { afterEach, describe, expect, test } from 'vitest';
import { haveShared } from '../../venues/binance/recordings.js';
import { ask, connect } from './client.js';
import { chain } from './frames.js';

const SHARED = '../shared/data/binance/';
const open: BinanceVenue[] = [];

afterEach(async () => {
  for (const venue of open.splice(0)) await venue.close();
});

async function start(source: BinanceSource): Promise<BinanceVenue> {
  const venue = await binanceVenue({ source, pingMs: null });
  open.push(venue);
  return venue;
}

type Side = Map<string, string>;

interface Rebuilt {
  readonly bids: Side;
  readonly asks: Side;
}

interface Depth {
  readonly lastUpdateId: number;
  readonly bids: readonly [string, string][];
  readonly asks: readonly [string, string][];
}

/** A plain client's book: text maps, by the venue's procedure. */
function rebuild(depth: Depth, frames: readonly BinanceFrame[]): Rebuilt {
  const book = { bids: new Map(depth.bids), asks: new Map(depth.asks) };
  const set = (side: Side, levels: readonly [string, string][]): void => {
    for (const [price, qty] of levels) {
      if (/^[0.]+$/.test(qty)) side.delete(price);
      else side.set(price, qty);
    }
  };
  for (const { data } of frames) {
    const update = JSON.parse(data) as {
      u: number;
      b: [string, string][];
      a: [string, string][];
    };
    if (update.u <= depth.lastUpdateId) continue;
    set(book.bids, update.b);
    set(book.asks, update.a);
  }
  return book;
}

const shown = (levels: readonly Level[]): string[] =>
  levels.map(([price, qty]) => `${price} ${qty}`).sort();
const units = (text: string): string => text.replace('.', '').replace(/^0+(?=\d)/, '');
const plain = (side: Side): string[] =>
  [...side].map(([price, qty]) => `${units(price)} ${units(qty)}`).sort();

const diffs = (source: BinanceSource, symbol: string, count: number): BinanceFrame[] =>
  [...source.frames].slice(0, count).filter((f) => f.stream.startsWith(`${symbol}@depth`));

describe('made-up markets', () => {
  test.each(['spot', 'usdm', 'coinm'] as const)(
    'TESTING-8: %s: chained, never crossed, the book is snapshot and updates',
    async (market: BinanceMarket) => {
      const source = syntheticBinance({ market, seed: 5n, durationUs: 20_000_000 });
      const venue = await start(source);
      const played = await venue.release(2_000);
      for (const { symbol, snapshot } of source.symbols) {
        const frames = diffs(source, symbol.toLowerCase(), played);
        const first = JSON.parse(snapshot ?? '') as Depth;
        let last = first.lastUpdateId;
        for (const { data } of frames) {
          const update = JSON.parse(data) as { U: number; u: number; pu?: number };
          expect(update.U).toBe(last + 1);
          expect(update.pu).toBe(market === 'spot' ? undefined : last);
          last = update.u;
        }
        expect(frames.length).toBeGreaterThan(10);
        const book = venue.book(symbol);
        const own = rebuild(first, frames);
        expect(shown(book?.levels('bid') ?? [])).toEqual(plain(own.bids));
        expect(shown(book?.levels('ask') ?? [])).toEqual(plain(own.asks));
        expect(book?.bestBid()?.[0]).toBeLessThan(book?.bestAsk()?.[0] ?? 0);
      }
    },
  );

  test('TESTING-8: quotes are the best of the book at their update, trades are consecutive', () => {
    const source = syntheticBinance({ market: 'usdm', seed: 9n, durationUs: 30_000_000 });
    const trades = new Map<string, number>();
    let quotes = 0;
    for (const { stream, data } of source.frames) {
      const value = JSON.parse(data) as { t: number; b: string; a: string };
      if (stream.endsWith('@trade')) {
        expect(value.t).toBe((trades.get(stream) ?? 0) + 1);
        trades.set(stream, value.t);
      }
      if (!stream.endsWith('@bookTicker')) continue;
      quotes += 1;
      expect(Number(value.b)).toBeLessThan(Number(value.a));
    }
    expect(trades.size).toBe(3);
    expect(quotes).toBeGreaterThan(100);
  });

  test('TESTING-8: the same seed gives the same bytes, another seed others', () => {
    const text = (seed: bigint): string =>
      [...syntheticBinance({ market: 'spot', seed, durationUs: 3_000_000 }).frames]
        .map((frame) => `${frame.atUs} ${frame.stream} ${frame.data}`)
        .join('\n');
    expect(text(1n)).toBe(text(1n));
    expect(text(1n)).not.toBe(text(2n));
    expect(() => syntheticBinance({ market: 'spot', seed: 1n, durationUs: 0 })).toThrow(
      /durationUs 0/,
    );
  });

  test('exchangeInfo made from a source is read as its symbols', async () => {
    for (const market of ['spot', 'usdm', 'coinm'] as const) {
      const source = syntheticBinance({ market, seed: 1n, durationUs: 1_000 });
      const venue = await start(source);
      const prefix = { spot: '/api/v3', usdm: '/fapi/v1', coinm: '/dapi/v1' }[market];
      const { text } = await ask(`${venue.url.http}${prefix}/exchangeInfo`);
      expect(
        parseExchangeInfo(text, market).map((i) => [i.symbol, i.priceExponent, i.qtyExponent]),
      ).toEqual(source.symbols.map((s) => [s.symbol, 0 - s.priceDecimals, 0 - s.qtyDecimals]));
    }
  });
});

describe('frames in memory', () => {
  test('TESTING-8: a symbol without snapshot begins with an empty book', async () => {
    const venue = await start(binanceFrames({ market: 'spot', frames: chain(3) }));
    const depth = async (): Promise<unknown> =>
      (await ask(`${venue.url.http}/api/v3/depth?symbol=BTCUSDT&limit=5`)).json;
    expect(await depth()).toEqual({ lastUpdateId: 0, bids: [], asks: [] });
    await venue.release(3);
    expect(await depth()).toMatchObject({ lastUpdateId: 3, asks: { length: 3 } });
  });
});

describe('recordings', () => {
  test('a raw record of this package is played as it was received', async () => {
    const folder = mkdtempSync(`${tmpdir()}/local-venue-`);
    const frames = chain(3);
    const text = (value: string): Uint8Array => new TextEncoder().encode(value);
    const depth = '{"lastUpdateId":1,"bids":[["9.5","1.0"]],"asks":[]}';
    const records: RawRecord[] = [
      {
        kind: 'answer',
        rx: 1,
        tookUs: 1,
        status: 200,
        url: '/api/v3/depth?symbol=BTCUSDT&limit=1000',
        bytes: text(depth),
      },
      ...frames.map(({ atUs, stream, data }) => ({
        kind: 'frame' as const,
        rx: atUs,
        conn: 1,
        binary: false,
        bytes: text(`{"stream":"${stream}","data":${data}}`),
      })),
    ];
    const lines = records.map((record) => Buffer.from(encodeRawLine(record)).toString());
    writeFileSync(`${folder}/raw`, `${lines.join('\n')}\n`);
    const source = await binanceRecording('spot', [`${folder}/raw`]);
    rmSync(folder, { recursive: true });
    expect([...source.frames]).toEqual(frames);
    expect(source.symbols.map((of) => of.snapshot)).toEqual([depth]);
  });

  const single = [
    ['usdm', 'hftbacktest/usdm/btcusdt_20240808.gz', 'BTCUSDT', 93_953],
    ['spot', 'hftbacktest/spot/btcusdt_20240808.gz', 'BTCUSDT', 41_248],
  ] as const;

  test.runIf(haveShared(single[0][1])).each(single)(
    'TESTING-8: %s %s: all frames, and the book of the venue',
    async (market, path, symbol, lines) => {
      const source = await binanceRecording(market, [SHARED + path]);
      expect((source.frames as readonly BinanceFrame[]).length).toBe(lines);
      const venue = await start(source);
      const client = await connect(`${venue.url.ws}/ws/btcusdt@depth`);
      await venue.stepTo(20_000);
      await venue.settled();
      const frames = diffs(source, symbol.toLowerCase(), 20_000);
      expect(client.texts).toEqual(frames.map((frame) => frame.data));
      const first = JSON.parse(source.symbols[0]?.snapshot ?? '') as Depth;
      const own = rebuild(first, frames);
      const book = venue.book(symbol);
      expect(shown(book?.levels('bid') ?? [])).toEqual(plain(own.bids));
      expect(shown(book?.levels('ask') ?? [])).toEqual(plain(own.asks));
      expect(own.bids.size).toBeGreaterThan(900);
    },
    120_000,
  );

  test.runIf(haveShared('cryptofeed/BINANCE_FUTURES.0'))(
    'TESTING-8: many symbols on one connection, instruments from the recorded exchangeInfo',
    async () => {
      const base = `${SHARED}cryptofeed/BINANCE_FUTURES`;
      const source = await binanceRecording('usdm', [
        `${base}.0`,
        `${base}.http.0.0`,
        `${base}.ws.1.0`,
      ]);
      const venue = await start(source);
      const { text } = await ask(`${venue.url.http}/fapi/v1/exchangeInfo`);
      expect(parseExchangeInfo(text, 'usdm')).toHaveLength(122);
      expect(await venue.release(Number.MAX_SAFE_INTEGER)).toBe(1_535);
      for (const { symbol, snapshot } of source.symbols) {
        const own = rebuild(
          JSON.parse(snapshot ?? '') as Depth,
          diffs(source, symbol.toLowerCase(), 1_535),
        );
        expect(shown(venue.book(symbol)?.levels('bid') ?? [])).toEqual(plain(own.bids));
      }
      expect(source.symbols.length).toBe(4);
    },
  );
});
