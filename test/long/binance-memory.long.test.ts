import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { createMarketView } from 'quantlaxmi/market';
import {
  createBinanceCapture,
  createLineSplitter,
  inferredInstrument,
} from 'quantlaxmi/venues/binance';
import { expect, test } from 'vitest';

setFlagsFromString('--expose-gc');
const gc = runInNewContext('gc') as () => void;

const BTC = inferredInstrument({
  market: 'spot',
  symbol: 'BTCUSDT',
  priceDecimals: 2,
  qtyDecimals: 5,
});

/** One line of an endless spot recording: depth, ticker, trade and damaged lines in turn. */
function lineAt(i: number): string {
  const rx = `${1_723_161_254_000_000 + i * 100}000`;
  const price = (60_000 + (i % 997) / 100).toFixed(2);
  switch (i % 4) {
    case 0:
      return `${rx} {"e":"depthUpdate","E":1723161254000,"s":"BTCUSDT","U":${i},"u":${i + 3},"b":[["${price}","${i % 3}.5"]],"a":[]}\n`;
    case 1:
      return `${rx} {"u":${i},"s":"BTCUSDT","b":"${price}","B":"1.5","a":"70000.00","A":"1"}\n`;
    case 2:
      return `${rx} {"e":"trade","E":1723161254000,"s":"BTCUSDT","t":${i},"p":"${price}","q":"1","m":true}\n`;
    default:
      return i % 40 !== 3 ? `${rx} {"e":"type${i}"}\n` : `${rx} {"damaged\n`;
  }
}

/** Largest heap after a collection while so many lines go through capture and market view. */
function peakHeapBytes(lines: number): number {
  const capture = createBinanceCapture({ market: 'spot', sessionId: 's', instruments: [BTC] });
  const view = createMarketView();
  const splitter = createLineSplitter(1 << 20, {
    line: (bytes, start, end) => {
      for (const event of capture.line(bytes, start, end)) view.onEvent(event);
    },
    tooLong: () => {},
  });
  const encoder = new TextEncoder();
  const first = '1723161253000000000 {"lastUpdateId":1,"bids":[],"asks":[]}\n';
  splitter.push(encoder.encode(first));
  let peak = 0;
  for (let i = 0; i < lines; i++) {
    splitter.push(encoder.encode(lineAt(i)));
    if (i % 10_000 !== 0) continue;
    gc();
    peak = Math.max(peak, process.memoryUsage().heapUsed);
  }
  expect(capture.stats.lines).toBe(lines + 1);
  expect(view.book(BTC.instrumentId).synced).toBe(true);
  return peak;
}

test('BINANCE-10: a recording ten times as long takes the same memory', () => {
  peakHeapBytes(20_000);
  const short = peakHeapBytes(50_000);
  const long = peakHeapBytes(500_000);
  expect(long / short).toBeLessThan(1.2);
  // Control: keeping the events would show.
  const kept: unknown[] = [];
  for (let i = 0; i < 300_000; i++) kept.push({ i, text: lineAt(i) });
  gc();
  expect(process.memoryUsage().heapUsed / short).toBeGreaterThan(1.2);
  expect(kept.length).toBe(300_000);
});
