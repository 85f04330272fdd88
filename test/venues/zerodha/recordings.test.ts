import { readdirSync } from 'node:fs';
import { type JsonValue, parseStrictJson } from 'quantlaxmi/core';
import {
  decodeCandles,
  decodeHoldings,
  decodeMargins,
  decodeOrders,
  decodePacket,
  decodePositions,
  decodePostback,
  decodeQuotes,
  decodeTrades,
  kiteBarBody,
  kiteIntervalUs,
  parseInstruments,
} from 'quantlaxmi/venues/zerodha';
import { expect, test } from 'vitest';
import { instruments } from './lines.js';
import { csvRows, haveKite, kiteBytes, mockPacket } from './shared.js';

const MOCKS = 'kiteconnect-mocks';

function data(file: string): JsonValue {
  const root = parseStrictJson(kiteBytes(`${MOCKS}/${file}`), { numbers: 'text' });
  return (root as { readonly data: JsonValue }).data;
}

/** What reads each file that is about market data or the state of an account; how much is in it. */
const READ: Readonly<Record<string, (file: string) => number>> = {
  'historical_minute.json': (file) => decodeCandles(data(file)).length,
  'historical_oi.json': (file) => decodeCandles(data(file)).length,
  'holdings.json': (file) => decodeHoldings(data(file)).length,
  'instruments_all.csv': (file) => parseInstruments(kiteBytes(`${MOCKS}/${file}`)).length,
  'instruments_nse.csv': (file) => parseInstruments(kiteBytes(`${MOCKS}/${file}`)).length,
  'ltp.json': (file) => decodeQuotes(data(file)).length,
  'margin_commodity.json': (file) => Object.keys(decodeMargins(data(file)).available).length,
  'margins.json': (file) => {
    const both = Object.values(data(file) as { readonly [key: string]: JsonValue });
    return both.map(decodeMargins).length;
  },
  'margins_equity.json': (file) => Object.keys(decodeMargins(data(file)).utilised).length,
  'ohlc.json': (file) => decodeQuotes(data(file)).length,
  'order_info.json': (file) => decodeOrders(data(file)).length,
  'order_trades.json': (file) => decodeTrades(data(file)).length,
  'orders.json': (file) => decodeOrders(data(file)).length,
  'positions.json': (file) => decodePositions(data(file)).net.length,
  'postback.json': (file) => decodePostback(kiteBytes(`${MOCKS}/${file}`)).qty,
  'quote.json': (file) => decodeQuotes(data(file)).length,
  'ticker_full.packet': (file) => decodePacket(mockPacket(file)).bids?.length ?? 0,
  'ticker_quote.packet': (file) => decodePacket(mockPacket(file)).lastQty ?? 0,
  'trades.json': (file) => decodeTrades(data(file)).length,
};

const COUNTS: Readonly<Record<string, number>> = {
  'historical_minute.json': 6,
  'historical_oi.json': 6,
  'holdings.json': 2,
  'instruments_all.csv': 99,
  'instruments_nse.csv': 99,
  'ltp.json': 1,
  'margin_commodity.json': 6,
  'margins.json': 2,
  'margins_equity.json': 12,
  'ohlc.json': 1,
  'order_info.json': 8,
  'order_trades.json': 1,
  'orders.json': 10,
  'positions.json': 3,
  'postback.json': 1,
  'quote.json': 1,
  'ticker_full.packet': 5,
  'ticker_quote.packet': 1,
  'trades.json': 4,
};

/**
 * Answers to what this package does not ask (placing orders, alerts, mutual funds), and what the
 * packets are expected to hold, which `ticks.test.ts` reads.
 */
const NOT_READ = [
  'alert',
  'auctions',
  'autoslice',
  'basket',
  'convert',
  'full_profile',
  'generate_session',
  'gtt',
  'holdings_',
  'mf_',
  'order_cancel',
  'order_margins',
  'order_modify',
  'order_response',
  'profile',
  'session_logout',
  'ticker_full.json',
  'ticker_ltp.json',
  'ticker_quote.json',
  'trigger',
  'virtual',
];

test.runIf(haveKite(MOCKS))(
  'KITE-5: every file of the mock set is read, or named as not ours',
  () => {
    const files = readdirSync(`../shared/data/kite/${MOCKS}`);
    expect(files.length).toBe(62);
    expect(
      files.filter((file) => !(file in READ) && !NOT_READ.some((name) => file.startsWith(name))),
    ).toEqual([]);
    const counts = Object.fromEntries(
      Object.entries(READ).map(([file, read]) => [file, read(file)]),
    );
    expect(counts).toEqual(COUNTS);
  },
);

const MINUTES = 'historical/reliance_1min_60days.csv';
const DAYS = 'historical/reliance_daily_2000days.csv';

test.runIf(haveKite(MINUTES) && haveKite(DAYS))(
  'KITE-5: 16,733 recorded candles become bars',
  () => {
    const [reliance] = instruments('738561,2885,RELIANCE,RELIANCE,0,,0,0.1,1,EQ,NSE,NSE');
    if (reliance === undefined) throw new Error('no instrument');
    const { body } = reliance;
    for (const [path, interval, count] of [
      [MINUTES, 'minute', 15_372],
      [DAYS, 'day', 1_361],
    ] as const) {
      const rows = csvRows(path).map((row) => Object.values(row));
      const candles = decodeCandles({ candles: rows });
      const intervalUs = kiteIntervalUs(interval) ?? 0;
      let before = 0;
      let volume = 0;
      for (const candle of candles) {
        const bar = kiteBarBody(candle, body, { intervalUs, rx: 1_800_000_000_000_000 });
        expect(bar.final && bar.openTs > before).toBe(true);
        before = bar.openTs;
        volume += bar.volume;
      }
      expect(candles.length).toBe(count);
      expect(volume).toBe(rows.reduce((sum, row) => sum + Number(row[5]), 0));
      expect(new Date(before / 1000).toISOString().slice(0, 7)).toBe('2025-12');
    }
  },
);
