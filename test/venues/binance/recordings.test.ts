import { sha256Hex } from 'quantlaxmi/core';
import type { EventInput, InstrumentBody, Level, QuoteBody } from 'quantlaxmi/events';
import { createBook, createMarketView, dumpBook } from 'quantlaxmi/market';
import type { BinanceMarket } from 'quantlaxmi/venues/binance';
import { describe, expect, test } from 'vitest';
import {
  type Captured,
  captureAll,
  COINM_1,
  COINM_2,
  eventsOf,
  factsOf,
  haveShared,
  loadRecording,
  SPOT_1,
  SPOT_2,
  USDM,
} from './recordings.js';

/** Depth updates, book tickers, trades, snapshots. */
type Counts = readonly [number, number, number, number];

interface FinalBook {
  readonly lastSeq: number;
  readonly levels: readonly [number, number];
  readonly bid: string;
  readonly ask: string;
  readonly sha256: string;
}

interface Expected {
  readonly market: BinanceMarket;
  /** Files that follow one another, with the counts of the data's README. */
  readonly files: readonly (readonly [path: string, counts: Counts])[];
  /** The book after the first file, printed with the digits of the venue. */
  readonly final?: FinalBook;
  readonly decimals: readonly [price: number, qty: number];
  /** Updates compared with the book ticker; all equal but those in `misses`. */
  readonly oracle?: { readonly atLeast: number; readonly misses: readonly number[] };
}

const RECORDINGS: readonly Expected[] = [
  {
    market: 'usdm',
    files: [[USDM, [6551, 66089, 21313, 1]]],
    decimals: [2, 3],
    final: {
      lastSeq: 5123135475514,
      levels: [5018, 4578],
      bid: '61659.70 1.486',
      ask: '61659.80 0.981',
      sha256: 'bd11462b',
    },
    oracle: { atLeast: 6546, misses: [] },
  },
  {
    market: 'spot',
    files: [
      [SPOT_1, [3451, 28040, 9757, 1]],
      [SPOT_2, [3044, 45134, 10147, 0]],
    ],
    decimals: [8, 8],
    final: {
      lastSeq: 50093421584,
      levels: [1209, 2196],
      bid: '61685.99000000 1.00870000',
      ask: '61686.00000000 2.29327000',
      sha256: '834bfb3d',
    },
    oracle: { atLeast: 6493, misses: [50093478174, 50093480542] },
  },
  {
    market: 'coinm',
    files: [
      [COINM_1, [26847, 19136, 2286, 1]],
      [COINM_2, [17948, 29219, 2949, 0]],
    ],
    decimals: [1, 0],
    oracle: { atLeast: 44767, misses: [] },
  },
  // Without the first day there is no snapshot: everything is recorded, the book stays refused.
  { market: 'spot', files: [[SPOT_2, [3044, 45134, 10147, 0]]], decimals: [8, 8] },
];

/** Best bid and ask against the last book ticker that is not newer, at every update. */
function oracle(captured: Captured): { compared: number; misses: number[]; crossed: number } {
  const quotes = eventsOf(captured.events, 'Quote').map((event) => event.body);
  const snapshot = eventsOf(captured.events, 'BookSnapshot')[0]?.body;
  if (snapshot === undefined) throw new Error('no snapshot');
  const book = createBook(snapshot.inst, { rule: { kind: 'perDelta' } });
  book.applySnapshot(snapshot);
  let compared = 0;
  let crossed = 0;
  let next = 0;
  const misses: number[] = [];
  for (const { body } of eventsOf(captured.events, 'BookDelta')) {
    if (book.applyDelta(body) === 'stale') continue;
    const bid = book.bestBid() as Level;
    const ask = book.bestAsk() as Level;
    if (bid[0] >= ask[0]) crossed += 1;
    while (next < quotes.length && seqOf(quotes[next]) <= body.lastSeq) next += 1;
    const quote = quotes[next - 1];
    if (quote === undefined) continue;
    compared += 1;
    const equal =
      bid[0] === quote.bid &&
      bid[1] === quote.bidQty &&
      ask[0] === quote.ask &&
      ask[1] === quote.askQty;
    if (!equal) misses.push(body.lastSeq);
  }
  return { compared, misses, crossed };
}

function seqOf(quote: QuoteBody | undefined): number {
  return quote?.venueSeq ?? 0;
}

function checkCounts(expected: Expected, captured: Captured): void {
  const total = [0, 0, 0, 0];
  expected.files.forEach(([, counts], part) => {
    counts.forEach((count, i) => {
      total[i] = (total[i] ?? 0) + count;
    });
    const stats = captured.parts[part]?.stats;
    expect([stats?.deltas, stats?.quotes, stats?.trades, stats?.snapshots]).toEqual(total);
  });
  const { stats } = captured;
  expect([stats.gaps, stats.malformed, stats.duplicateTrades, stats.outOfOrder]).toEqual([
    0, 0, 0, 0,
  ]);
  expect(stats.lines).toBe(total.reduce((sum, count) => sum + count, 0));
  expect(factsOf(captured.events)).toEqual([]);
  // Start, Instrument, one event a line, stop.
  expect(captured.events.length).toBe(stats.lines + 3);
}

function checkFinalBook(expected: Expected, captured: Captured): void {
  const view = createMarketView();
  const instrument = captured.instruments[0] as InstrumentBody;
  const { final, decimals } = expected;
  const firstPart = captured.parts[0]?.events;
  captured.events.forEach((event, i) => {
    view.onEvent(event);
    if (i + 1 !== firstPart || final === undefined) return;
    const book = view.book(instrument.instrumentId);
    const [priceDecimals, qtyDecimals] = decimals;
    const text = dumpBook(book, instrument, { priceDecimals, qtyDecimals });
    const lines = text.split('\n');
    expect(book.lastSeq).toBe(final.lastSeq);
    expect([book.bidCount, book.askCount]).toEqual(final.levels);
    expect(lines[0]).toBe(`B ${final.bid}`);
    expect(lines[book.bidCount]).toBe(`A ${final.ask}`);
    expect(sha256Hex(text).slice(0, 8)).toBe(final.sha256);
    // Control: one digit less in one level is another sum.
    const altered = text.replace(final.bid, final.bid.slice(0, -1));
    expect(sha256Hex(altered).slice(0, 8)).not.toBe(final.sha256);
  });
  expect(view.book(instrument.instrumentId).synced).toBe(captured.stats.snapshots > 0);
}

function checkTimes(events: readonly EventInput[]): void {
  let last = 0;
  let stepsBack = 0;
  let untimed = 0;
  for (const event of events) {
    if (event.rx < last || !Number.isSafeInteger(event.rx)) stepsBack += 1;
    last = event.rx;
    if (event.ts === null && event.t !== 'Session' && event.t !== 'Instrument') untimed += 1;
  }
  expect(stepsBack).toBe(0);
  // The spot book ticker and the spot snapshot are the only messages without a venue time.
  const spot = eventsOf(events, 'Instrument')[0]?.body.segment === 'SPOT';
  const expected = eventsOf(events, 'Quote').length + eventsOf(events, 'BookSnapshot').length;
  expect(untimed).toBe(spot ? expected : 0);
}

for (const expected of RECORDINGS) {
  const paths = expected.files.map(([path]) => path);
  describe(paths.join(' + '), () => {
    const title = 'BINANCE-2: counts, no gap, nothing malformed, the venue’s own book';
    test.runIf(paths.every(haveShared))(title, () => {
      const captured = captureAll(expected.market, paths.map(loadRecording));
      checkCounts(expected, captured);
      checkTimes(captured.events);
      checkFinalBook(expected, captured);
      if (expected.oracle === undefined) return;
      const found = oracle(captured);
      expect(found.compared).toBeGreaterThanOrEqual(expected.oracle.atLeast);
      expect(found.misses).toEqual(expected.oracle.misses);
      expect(found.crossed).toBe(0);
    });
  });
}
