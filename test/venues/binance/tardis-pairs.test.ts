import { existsSync, readFileSync } from 'node:fs';
import { formatMantissa } from 'quantlaxmi/fixed-point';
import type { BookSnapshotBody, EventInput, InstrumentBody, Level } from 'quantlaxmi/events';
import { createMarketView } from 'quantlaxmi/market';
import {
  type BinanceMarket,
  type CaptureStats,
  createBinanceCapture,
  createRecordingScan,
} from 'quantlaxmi/venues/binance';
import type { RawRecord } from 'quantlaxmi/venues/feed';
import { describe, expect, test } from 'vitest';
import { utf8 } from './messages.js';

const FILE = '../shared/vectors/published/tardis_binance_mappers/binance_raw_to_normalized.jsonl';
const has = existsSync(FILE);
if (!has && process.env['REQUIRE_SHARED'] === '1') throw new Error(`${FILE} is missing`);
if (!has) console.warn(`SKIPPED: ${FILE} is missing; set REQUIRE_SHARED=1 to make that a failure`);

type Json = Readonly<Record<string, unknown>>;

interface Pair {
  readonly key: string;
  readonly group: string;
  readonly raw: { readonly stream?: string; readonly data?: Json };
  readonly at: string;
  readonly expected: readonly Json[];
}

const GROUPS: Readonly<Record<string, readonly [string, BinanceMarket]>> = {
  'map binance messages': ['spot', 'spot'],
  'map binance futures messages': ['usdm', 'usdm'],
  'map binance delivery messages': ['coinm', 'coinm'],
  'map binance dex messages': ['dex', 'spot'],
  'map binance-european-options messages': ['options', 'usdm'],
  'map binance-european-options messages v2': ['options v2', 'usdm'],
};

function load(): Pair[] {
  const rows = readFileSync(FILE, 'utf8').trim().split('\n');
  return rows.map((row) => {
    const pair = JSON.parse(row) as Json & { raw: Pair['raw'] };
    const [group] = GROUPS[pair['test'] as string] as readonly [string, BinanceMarket];
    const given = pair['expectedTardisNormalized'] as Json[] | { unparsed: string };
    const expected = Array.isArray(given)
      ? given
      : (JSON.parse(given.unparsed.replaceAll('undefined', 'null')) as Json[]);
    const key = `${group} ${pair['index'] as number}`;
    return { key, group, raw: pair.raw, at: pair['localTimestamp'] as string, expected };
  });
}

/** What was generated from REST answers goes in as an answer, the rest as it came. */
function recordOf({ raw, at }: Pair, rx = Date.parse(at) * 1000): RawRecord {
  const { stream = '', data = {} } = raw;
  const symbol = (stream.split('@')[0] ?? '').toUpperCase();
  const path = /@(depthSnapshot|openInterest)$/.exec(stream)?.[1];
  if (path === undefined) {
    return { kind: 'frame', rx, conn: 1, binary: false, bytes: utf8(JSON.stringify(raw)) };
  }
  const url = `/x/${path === 'openInterest' ? path : 'depth'}?symbol=${symbol}`;
  return { kind: 'answer', rx, tookUs: 0, status: 200, url, bytes: utf8(JSON.stringify(data)) };
}

/** A number of either side without the zeros that do not count; exponents are written out. */
function plain(value: unknown): string {
  if (value === null || value === undefined) return 'none';
  const [digits = '', exponent = '0'] = JSON.stringify(value).replaceAll('"', '').split('e');
  const [whole = '', part = ''] = digits.split('.');
  const shift = Number(exponent);
  const all = (whole + part).padStart(part.length - shift + 1, '0');
  const point = all.length - part.length + shift;
  const text = `${all.slice(0, point)}.${all.slice(point)}`.replace(/0+$/, '').replace(/\.$/, '');
  return text.replace(/^(-?)0+(?=\d)/, '$1') || '0';
}

const timeOf = (us: number | null): string => new Date((us ?? 0) / 1000).toISOString();

/** An event in the words of the other side; null for what it has no word for. */
function normalized(event: EventInput, instruments: readonly InstrumentBody[]): Json | null {
  const { inst } = event.body as { inst?: string };
  const one = instruments.find((body) => body.instrumentId === inst);
  if (one === undefined) return null;
  const price = (m: number | null): string =>
    m === null ? 'none' : plain(formatMantissa(m, one.priceExponent));
  const qty = (m: number): string => plain(formatMantissa(m, one.qtyExponent));
  const levels = (side: readonly Level[]): string[] =>
    side.map(([p, q]) => `${price(p)} × ${qty(q)}`);
  const at = timeOf(event.ts ?? event.rx);
  switch (event.t) {
    case 'Trade': {
      const { aggressor, tradeId } = event.body;
      const [p, q] = [price(event.body.price), qty(event.body.qty)];
      return { type: 'trade', id: tradeId, price: p, amount: q, side: aggressor, at };
    }
    case 'Quote': {
      const { ask, askQty, bid, bidQty } = event.body;
      const bidSide = `${price(bid)} × ${qty(bidQty)}`;
      return { type: 'book_ticker', bid: bidSide, ask: `${price(ask)} × ${qty(askQty)}` };
    }
    case 'BookSnapshot':
    case 'BookDelta': {
      const { asks, bids } = event.body;
      const isSnapshot = event.t === 'BookSnapshot';
      return { type: 'book_change', isSnapshot, bids: levels(bids), asks: levels(asks) };
    }
    case 'Funding': {
      const { index, mark, nextFundingTs, rateE8 } = event.body;
      const funding = nextFundingTs === null ? 'none' : timeOf(nextFundingTs);
      const rate = plain(formatMantissa(rateE8, -8));
      return { type: 'mark', mark: price(mark), index: price(index), rate, funding, at };
    }
    case 'Stats':
      return { type: 'openInterest', openInterest: qty(event.body.openInterest ?? -1) };
    case 'Liquidation': {
      const { filledQty, side } = event.body;
      const limit = price(event.body.price);
      return { type: 'liquidation', price: limit, amount: qty(filledQty), side, at };
    }
    default:
      return null;
  }
}

/** The other side's message in the same words; of a ticker what the message at hand brought. */
function theirs(message: Json, raw: Pair['raw']): Json {
  const levels = (side: unknown): string[] =>
    (side as { price: number; amount: number }[]).map(
      (one) => `${plain(one.price)} × ${plain(one.amount)}`,
    );
  const at = message['timestamp'];
  const { type } = message;
  const [price, amount] = [plain(message['price']), plain(message['amount'])];
  if (type === 'trade')
    return { type, id: message['id'], price, amount, side: message['side'], at };
  if (type === 'book_ticker') {
    const side = (name: string): string =>
      `${plain(message[`${name}Price`])} × ${plain(message[`${name}Amount`])}`;
    return { type, bid: side('bid'), ask: side('ask') };
  }
  if (type === 'book_change') {
    const [bids, asks] = [levels(message['bids']), levels(message['asks'])];
    return { type, isSnapshot: message['isSnapshot'], bids, asks };
  }
  if (type === 'liquidation') return { type, price, amount, side: message['side'], at };
  if (raw.stream?.includes('@openInterest') === true) {
    return { type: 'openInterest', openInterest: plain(message['openInterest']) };
  }
  const funding = (message['fundingTimestamp'] as string | null) ?? 'none';
  const [mark, index] = [plain(message['markPrice']), plain(message['indexPrice'])];
  return { type: 'mark', mark, index, rate: plain(message['fundingRate']), funding, at };
}

interface Compared {
  readonly ours: readonly Json[];
  readonly theirs: readonly Json[];
  /** The message became events, or is counted as what it is. */
  readonly explained: boolean;
  /** Levels of the book after it, in no order. */
  readonly book: readonly string[];
}

const explainedBy = (stats: CaptureStats): number =>
  stats.ignored + stats.unknownStreams + stats.unknownSymbols + stats.answers + stats.malformed;

/** Every pair of a group through one capture, as the other side's mapper takes them. */
function compareAll(pairs: readonly Pair[]): Map<string, Compared> {
  const out = new Map<string, Compared>();
  for (const [group, market] of Object.values(GROUPS)) {
    const mine = pairs.filter((pair) => pair.group === group);
    const scan = createRecordingScan(market);
    for (const pair of mine) {
      const record = recordOf(pair);
      const symbol = (pair.raw.stream?.split('@')[0] ?? '').toUpperCase();
      if (record.kind !== 'fact') scan.message(record.bytes, symbol);
    }
    const instruments = group.startsWith('options') || group === 'dex' ? [] : scan.instruments();
    const capture = createBinanceCapture({ market, sessionId: 's', instruments });
    const view = createMarketView();
    for (const pair of mine) {
      const before = explainedBy(capture.stats);
      const events = capture.record(recordOf(pair));
      for (const event of events) view.onEvent(event);
      const words = events
        .map((event) => normalized(event, instruments))
        .filter((one) => one !== null);
      const explained = words.length > 0 || explainedBy(capture.stats) > before;
      const other = pair.expected.map((message) => theirs(message, pair.raw));
      const inst = events.find((event) => event.t === 'BookSnapshot')?.body.inst;
      const depth = inst === undefined ? null : view.book(inst).depth(10);
      const body = { ...depth, inst, venueSeq: 0 } as BookSnapshotBody;
      const whole = { t: 'BookSnapshot', sv: 1, rx: 0, ts: null, src: 'BINANCE', body } as const;
      const book = depth === null ? [] : levelsOf(normalized(whole, instruments));
      out.set(pair.key, { ours: words, theirs: other, explained, book });
    }
  }
  return out;
}

function levelsOf(message: Json | null | undefined): string[] {
  const side = (name: string): string[] =>
    ((message?.[name] ?? []) as string[]).map((level) => `${name} ${level}`);
  return [...side('bids'), ...side('asks')].sort();
}

const BUFFERED = 'it holds updates back until the snapshot; we record them when they come';
const MERGED = 'it puts the updates held back into the snapshot; our book holds the same levels';
const NO_BOOK = 'it leaves out trades off the book; without them ours would have a gap of ids';
const NO_RATE = 'it tells no rate of 0 or none; a delivery contract has none, which is 0 for us';
const DAY = 'it takes the last price of the 24-hour ticker, which we do not record';
const OPTIONS = 'options of Binance are another market; each message is named and counted';
const DEX = 'Binance DEX was another exchange; each message is named and counted';

/** Pairs that differ, and why. */
const DIFFERENCES: Readonly<Record<string, string>> = {
  'spot 7': BUFFERED,
  'spot 8': BUFFERED,
  'spot 9': MERGED,
  'usdm 2': DAY,
  'usdm 6': BUFFERED,
  'usdm 7': MERGED,
  'usdm 11': NO_BOOK,
  'usdm 14': NO_RATE,
  'coinm 4': NO_RATE,
  'coinm 7': DAY,
  'coinm 11': NO_BOOK,
};

describe.runIf(has)('raw messages and what tardis makes of them', () => {
  test('BINANCE-2: 60 pairs agree as exact decimals, or differ for a stated reason', () => {
    const compared = compareAll(load());
    expect(compared.size).toBe(60);
    const reasons = new Map<string, string>(Object.entries(DIFFERENCES));
    let equal = 0;
    for (const [key, { ours, theirs: other, explained, book }] of compared) {
      expect(explained, key).toBe(true);
      const reason = reasons.get(key) ?? (key.startsWith('options') ? OPTIONS : DEX);
      const isOther = /^(?:options|dex)/.test(key);
      if (JSON.stringify(ours) === JSON.stringify(other)) {
        // Also nothing where the other side has nothing: buffers, acknowledgements, other types.
        equal += 1;
        expect(reasons.has(key), key).toBe(false);
        continue;
      }
      expect(isOther || reasons.has(key), `${key} differs`).toBe(true);
      if (reason === MERGED) expect(book, key).toEqual(levelsOf(other[0]));
      if (reason === NO_BOOK) expect(ours, key).toMatchObject([{ type: 'trade' }]);
      if (isOther) expect(ours, key).toEqual([]);
    }
    expect(equal).toBe(33);
    const ofBinance = [...compared.keys()].filter((key) => !/^(?:options|dex)/.test(key)).length;
    expect([ofBinance, reasons.size]).toEqual([37, 11]);
  });

  test('BINANCE-2: one digit less in a raw message is a difference (control)', () => {
    const pairs = load().map((pair) =>
      pair.key === 'usdm 12' ? { ...pair, raw: altered(pair.raw) } : pair,
    );
    const { ours, theirs: other } = compareAll(pairs).get('usdm 12') as Compared;
    expect(ours).toMatchObject([{ type: 'trade', price: '11343.6' }]);
    expect(other).toMatchObject([{ type: 'trade', price: '11343.67' }]);
  });
});

const altered = (raw: Pair['raw']): Pair['raw'] =>
  JSON.parse(JSON.stringify(raw).replace('11343.67', '11343.6')) as Pair['raw'];
