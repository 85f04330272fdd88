import type { EventInput, Level, QuoteBody } from 'quantlaxmi/events';
import { createMarketView } from 'quantlaxmi/market';
import {
  type BinanceMarket,
  createBinanceCapture,
  createRecordingScan,
} from 'quantlaxmi/venues/binance';
import { describe, expect, test } from 'vitest';
import { eachLine, eventsOf, factsOf, haveShared, linesOf, loadRecording } from './recordings.js';

interface Playback {
  readonly market: BinanceMarket;
  readonly name: string;
  readonly symbols: readonly string[];
  /** Depth updates, book tickers, aggregated trades, bars. */
  readonly counts: readonly [number, number, number, number];
}

/** Recordings of cryptofeed: answers and messages in one order of receive time. */
const PLAYBACKS: readonly Playback[] = [
  {
    market: 'usdm',
    name: 'BINANCE_FUTURES',
    symbols: ['AKROUSDT', 'CTKUSDT', 'KEEPUSDT', 'SUSHIUSDT'],
    counts: [764, 613, 91, 67],
  },
  {
    market: 'spot',
    name: 'BINANCE',
    symbols: ['BLZETH', 'LRCBTC', 'NKNUSDT', 'RUNEEUR'],
    counts: [177, 84, 2, 2],
  },
];

const timeOf = (text: string): number =>
  JSON.parse(/^(?:\S+ -> )?([\d.]+): /.exec(text)?.[1] ?? '0') as number;

function load(name: string): string[] {
  const files = ['.0', '.http.0.0', '.ws.1.0'].map((end) => `cryptofeed/${name}${end}`);
  const lines = files.flatMap((file) => linesOf(loadRecording(file)));
  // The first line of .ws.1.0 and the second of .0 are not messages.
  const messages = lines.filter((text) => timeOf(text) > 0);
  return messages.sort((a, b) => timeOf(a) - timeOf(b));
}

function capture(market: BinanceMarket, lines: readonly string[]): Result {
  const bytes = lines.map((text) => new TextEncoder().encode(`${text}\n`));
  const scan = createRecordingScan(market);
  eachLine(bytes, (b, start, end) => scan.line(b, start, end));
  const instruments = scan.instruments();
  const source = createBinanceCapture({ market, sessionId: 's', instruments, aggTrades: true });
  const events: EventInput[] = [];
  eachLine(bytes, (b, start, end) => events.push(...source.line(b, start, end)));
  return { events, stats: source.stats, inferred: instruments.filter((one) => one.inferred) };
}

interface Result {
  readonly events: EventInput[];
  readonly stats: ReturnType<typeof createBinanceCapture>['stats'];
  readonly inferred: readonly unknown[];
}

/** Book tickers that equal the rebuilt book when their `u` is its last update. */
function agreement(events: readonly EventInput[]): { compared: number; equal: number } {
  const byId = new Map<string, QuoteBody>();
  for (const { body } of eventsOf(events, 'Quote')) byId.set(`${body.inst} ${body.venueSeq}`, body);
  const view = createMarketView();
  let compared = 0;
  let equal = 0;
  for (const event of events) {
    view.onEvent(event);
    if (event.t !== 'BookDelta') continue;
    const book = view.book(event.body.inst);
    const quote = byId.get(`${event.body.inst} ${event.body.lastSeq}`);
    if (!book.synced || quote === undefined) continue;
    compared += 1;
    const [bid, bidQty] = book.bestBid() as Level;
    const [ask, askQty] = book.bestAsk() as Level;
    const same = bid === quote.bid && bidQty === quote.bidQty;
    if (same && ask === quote.ask && askQty === quote.askQty) equal += 1;
  }
  return { compared, equal };
}

for (const { market, name, symbols, counts } of PLAYBACKS) {
  const files = [`${name}.0`, `${name}.http.0.0`, `${name}.ws.1.0`];
  describe(name, () => {
    test.runIf(files.every((file) => haveShared(`cryptofeed/${file}`)))(
      'BINANCE-2: many symbols on one connection, instruments from exchangeInfo',
      () => {
        const { events, stats, inferred } = capture(market, load(name));
        const declared = eventsOf(events, 'Instrument').map((event) => event.body.symbol);
        expect([...new Set(declared)].sort()).toEqual(symbols);
        expect(inferred).toEqual([]);
        expect([stats.deltas, stats.quotes, stats.trades, stats.bars]).toEqual(counts);
        expect([stats.gaps, stats.malformed, stats.snapshots]).toEqual([0, 0, 4]);
        // Nothing unexplained: every line is an event or the exchangeInfo that declared them.
        expect(factsOf(events)).toEqual([]);
        expect([stats.unknownStreams, stats.unknownSymbols, stats.ignored]).toEqual([0, 0, 0]);
        const all = stats.deltas + stats.quotes + stats.trades + stats.bars + stats.snapshots;
        expect(stats.lines - all).toBe(1);
        const { compared, equal } = agreement(events);
        expect(compared).toBeGreaterThan(20);
        expect(equal).toBe(compared);
      },
    );
  });
}
