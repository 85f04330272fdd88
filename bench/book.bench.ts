/**
 * Raw Binance message → event → order book, against tardis-dev's mapper + OrderBook.
 *
 *     npm --prefix bench ci && npx tsx bench/book.bench.ts
 *
 * Both get the same lines of the USD-M recording. tardis-dev gets them as strings made outside the
 * clock, quantlaxmi as the bytes of the file, so the ratio does not flatter us. CPU time, best of
 * the rounds, rounds alternating; the final best bids are compared before anything is printed.
 * @module
 */
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { gunzipSync } from 'node:zlib';
import type { EventInput, InstrumentBody } from '../src/events/index.js';
import { createBook, createMarketView } from '../src/market/index.js';
import {
  binanceFrameDecoder,
  createBinanceCapture,
  createLineSplitter,
  inferredInstrument,
} from '../src/venues/binance/index.js';

const RECORDING = '../shared/data/binance/hftbacktest/usdm/btcusdt_20240808.gz';
const ROUNDS = 9;
const RATIO_GOAL = 3;

interface Rival {
  readonly OrderBook: new () => {
    update(change: unknown): void;
    bestBid(): { price: number; amount: number } | undefined;
  };
  readonly normalizeBookChanges: (exchange: string, date: Date) => Mapper;
  readonly normalizeTrades: (exchange: string, date: Date) => Mapper;
  readonly normalizeBookTickers: (exchange: string, date: Date) => Mapper;
}

interface Mapper {
  canHandle(message: unknown): boolean;
  map(message: unknown, at: Date): Iterable<{ type: string }>;
}

function cpuMs(run: () => void): number {
  const before = process.cpuUsage();
  run();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

function loadRival(): Rival | null {
  try {
    return createRequire(import.meta.url)('tardis-dev') as Rival;
  } catch {
    return null;
  }
}

interface Line {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
  /** The message as tardis-dev expects it: snapshots wear a stream name there. */
  readonly text: string;
  readonly isDepth: boolean;
}

function loadLines(bytes: Uint8Array): Line[] {
  const lines: Line[] = [];
  const decoder = new TextDecoder();
  const splitter = createLineSplitter(8 << 20, {
    line: (chunk, start, end) => {
      const message = chunk.indexOf(0x20, start) + 1;
      const raw = decoder.decode(chunk.subarray(message, end));
      const snapshot = raw.startsWith('{"lastUpdateId"');
      const text = snapshot ? `{"stream":"btcusdt@depthSnapshot","data":${raw}}` : raw;
      lines.push({ bytes: chunk, start: message, end, text, isDepth: /@depth/.test(text) });
    },
    tooLong: () => {
      throw new Error('line too long');
    },
  });
  splitter.push(bytes);
  splitter.end();
  return lines;
}

const BTC: InstrumentBody = inferredInstrument({
  market: 'usdm',
  symbol: 'BTCUSDT',
  priceDecimals: 1,
  qtyDecimals: 3,
});

/** Message by message through the decoder into one book. Returns levels changed and best bid. */
function ours(lines: readonly Line[]): { levels: number; bid: number } {
  const decoder = binanceFrameDecoder({ instruments: [BTC], aggTrades: false });
  const book = createBook(BTC.instrumentId, { rule: { kind: 'prevSeq' } });
  let levels = 0;
  for (const { bytes, start, end } of lines) {
    const event = decoder.decode({ bytes, start, end, rx: 0, symbol: 'BTCUSDT' });
    if (event.t === 'BookDelta') {
      levels += event.body.asks.length + event.body.bids.length;
      book.applyDelta(event.body);
    } else if (event.t === 'BookSnapshot') book.applySnapshot(event.body);
  }
  return { levels, bid: (book.bestBid()?.[0] ?? 0) / 10 };
}

/** The whole capture: line splitting, sequence checks, session facts, market view. */
function capture(bytes: Uint8Array): { events: number; bid: number } {
  const source = createBinanceCapture({ market: 'usdm', sessionId: 's', instruments: [BTC] });
  const view = createMarketView();
  let events = 0;
  const splitter = createLineSplitter(8 << 20, {
    line: (chunk, start, end) => {
      const out: EventInput[] = source.line(chunk, start, end);
      for (const event of out) view.onEvent(event);
      events += out.length;
    },
    tooLong: () => {},
  });
  splitter.push(bytes);
  splitter.end();
  return { events, bid: (view.book(BTC.instrumentId).bestBid()?.[0] ?? 0) / 10 };
}

function theirs(rival: Rival, lines: readonly Line[]): { events: number; bid: number } {
  const date = new Date('2024-08-08');
  const mappers = [
    rival.normalizeBookChanges('binance-futures', date),
    rival.normalizeTrades('binance-futures', date),
    rival.normalizeBookTickers('binance-futures', date),
  ];
  const book = new rival.OrderBook();
  let events = 0;
  for (const { text } of lines) {
    const message: unknown = JSON.parse(text);
    for (const mapper of mappers) {
      if (!mapper.canHandle(message)) continue;
      for (const event of mapper.map(message, date)) {
        events += 1;
        if (event.type === 'book_change') book.update(event);
      }
    }
  }
  return { events, bid: book.bestBid()?.price ?? 0 };
}

function main(): void {
  const rival = loadRival();
  if (!existsSync(RECORDING) || rival === null) {
    console.log(`skipped: needs ${RECORDING} and tardis-dev (npm --prefix bench ci)`);
    return;
  }
  const bytes = new Uint8Array(gunzipSync(readFileSync(RECORDING)));
  const lines = loadLines(bytes);
  const depth = lines.filter((line) => line.isDepth);
  const bids = [ours(depth).bid, capture(bytes).bid, theirs(rival, depth).bid];
  if (new Set(bids).size !== 1) throw new Error(`books differ: best bids ${bids.join(', ')}`);
  const best = { depth: 9e9, depthRival: 9e9, all: 9e9, allRival: 9e9, capture: 9e9 };
  for (let round = 0; round < ROUNDS; round++) {
    best.depth = Math.min(
      best.depth,
      cpuMs(() => ours(depth)),
    );
    best.depthRival = Math.min(
      best.depthRival,
      cpuMs(() => theirs(rival, depth)),
    );
    best.all = Math.min(
      best.all,
      cpuMs(() => ours(lines)),
    );
    best.capture = Math.min(
      best.capture,
      cpuMs(() => capture(bytes)),
    );
    best.allRival = Math.min(
      best.allRival,
      cpuMs(() => theirs(rival, lines)),
    );
  }
  const { levels } = ours(depth);
  const rate = (ms: number): string => (levels / ms / 1000).toFixed(2);
  const row = (what: string, own: number, other: number): void => {
    const verdict = other / own >= RATIO_GOAL ? 'holds' : 'MISSED';
    console.log(
      `${what}: ${own.toFixed(0)} ms, tardis-dev ${other.toFixed(0)} ms, ` +
        `ratio ${(other / own).toFixed(2)} (goal ${RATIO_GOAL}: ${verdict})`,
    );
  };
  row(`depth messages to book (${levels} levels)`, best.depth, best.depthRival);
  row(`all ${lines.length} messages to events and book`, best.all, best.allRival);
  row('all lines through the checking capture', best.capture, best.allRival);
  console.log(`level updates: ${rate(best.depth)} M/s, tardis-dev ${rate(best.depthRival)} M/s`);
}

main();
