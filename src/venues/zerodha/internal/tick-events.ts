/**
 * A tick → the events it stands for: BookSnapshot and Quote when it has depth, and Stats.
 * @module
 */
import { QuantlaxmiError } from '../../../core/index.js';
import { type EventInput, type Level, SCHEMA_VERSIONS } from '../../../events/index.js';
import { ZERODHA_SOURCE } from '../market.js';
import type { KiteDepthLevel, KiteMode, KiteTick } from '../ticks.js';
import type { Sheet } from './sheet.js';

/** What a capture holds of an instrument. */
export interface Entry {
  readonly token: number;
  readonly inst: string;
  /** Open interest means something. */
  readonly derivative: boolean;
  /** Prices below zero have been traded there (MCX crude oil, April 2020). */
  readonly belowZero: boolean;
  /** `venueSeq` of its last snapshot. */
  seq: number;
  lastRx: number;
  mode: KiteMode | null;
  /** Its last depth was refused, so that nothing is known of its book. */
  bookLost: boolean;
}

function refusal(inst: string, wrong: string, what = 'It'): QuantlaxmiError {
  return new QuantlaxmiError(
    'QL_KITE_TICK',
    `Kite tick of ${inst}: ${wrong}. ${what} is not recorded; look at the raw record.`,
    { context: { inst } },
  );
}

const SECOND_US = 1_000_000;

/** A price of 0 is how the venue writes that there is none. */
function priceOrNull(price: number | null): number | null {
  return price === 0 ? null : price;
}

/** A side of a depth: its name, and where worse prices are. */
interface Side {
  readonly name: 'ask' | 'bid';
  readonly direction: 1 | -1;
}

const ASK: Side = { name: 'ask', direction: 1 };
const BID: Side = { name: 'bid', direction: -1 };

/**
 * Levels of a side without the empty ones (price or quantity 0), best first.
 *
 * @throws QL_KITE_TICK when they are out of order, or below zero where no price is
 */
function levelsOf(given: readonly KiteDepthLevel[], side: Side, entry: Entry): Level[] {
  const levels: Level[] = [];
  let before = 0;
  const fail = (wrong: string): QuantlaxmiError =>
    refusal(entry.inst, `depth, ${side.name} ${levels.length + 1} ${wrong}`, 'The depth');
  for (const { price, qty } of given) {
    if (price < 0 && !entry.belowZero) throw fail(`has price ${price}, below zero`);
    if (price === 0 || qty === 0) continue;
    if (levels.length > 0 && (price - before) * side.direction <= 0) {
      throw fail('is not worse than the one before');
    }
    before = price;
    levels.push([price, qty]);
  }
  return levels;
}

/** @throws QL_KITE_TICK when its last price or day contradicts itself or the instrument */
function check(tick: KiteTick, entry: Entry): void {
  const { last, open, high, low, close } = tick;
  if (low !== null && high !== null && low !== 0 && high !== 0 && low > high) {
    throw refusal(entry.inst, `low ${low} is above high ${high}`);
  }
  if (entry.belowZero) return;
  const least = Math.min(last, open ?? 0, high ?? 0, low ?? 0, close ?? 0);
  if (least < 0) throw refusal(entry.inst, `a price is ${least}, below zero`);
}

interface Stamp {
  readonly rx: number;
  readonly ts: number | null;
}

/** @throws QL_KITE_TICK when the depth contradicts itself or its instrument */
function depthEvents(tick: KiteTick, entry: Entry, { rx, ts }: Stamp): EventInput[] {
  if (tick.bids === null || tick.asks === null) return [];
  const { inst } = entry;
  const asks = levelsOf(tick.asks, ASK, entry);
  const bids = levelsOf(tick.bids, BID, entry);
  // The venue sends no sequence: the receive time stands for it, one more where it did not move on.
  const venueSeq = Math.max(entry.seq + 1, rx);
  entry.seq = venueSeq;
  const [ask, askQty] = asks[0] ?? [null, 0];
  const [bid, bidQty] = bids[0] ?? [null, 0];
  const book = { asks, bids, inst, venueSeq };
  const quote = { ask, askQty, bid, bidQty, inst, venueSeq: null };
  const src = ZERODHA_SOURCE;
  return [
    { t: 'BookSnapshot', sv: SCHEMA_VERSIONS.BookSnapshot, rx, ts, src, body: book },
    { t: 'Quote', sv: SCHEMA_VERSIONS.Quote, rx, ts, src, body: quote },
  ];
}

function statsEvent(tick: KiteTick, entry: Entry, { rx, ts }: Stamp): EventInput {
  const body = {
    close: priceOrNull(tick.close),
    high: priceOrNull(tick.high),
    inst: entry.inst,
    last: priceOrNull(tick.last),
    low: priceOrNull(tick.low),
    open: priceOrNull(tick.open),
    openInterest: entry.derivative ? tick.openInterest : null,
    turnover: null,
    volume: tick.volume,
  };
  return { t: 'Stats', sv: SCHEMA_VERSIONS.Stats, rx, ts, src: ZERODHA_SOURCE, body };
}

/** Says once that the book is not known until the next snapshot; facts of a code are bounded. */
function loseBook(sheet: Sheet, entry: Entry): void {
  if (entry.bookLost) return;
  entry.bookLost = true;
  sheet.push({ code: 'QL_KITE_TICK', details: {}, inst: entry.inst, kind: 'gap' });
}

/**
 * Adds the events of a tick to those of the record at hand, and counts them. Prices of 0 become
 * null, and what the mode does not hold is null. Nothing is said of trades: a tick sums up what
 * happened since the one before it.
 *
 * @throws QL_KITE_TICK when the tick contradicts itself: nothing of it is recorded then, or, where
 * only its depth does, its Stats and that the book is lost
 */
export function recordTick(sheet: Sheet, tick: KiteTick, entry: Entry): void {
  const { counts, lastRx: rx, out } = sheet;
  check(tick, entry);
  const at = { rx, ts: tick.exchangeTime === null ? null : tick.exchangeTime * SECOND_US };
  try {
    const depth = depthEvents(tick, entry, at);
    if (depth.length > 0) {
      counts.quotes += 1;
      counts.snapshots += 1;
      entry.bookLost = false;
    }
    for (const event of depth) out.push(event);
  } catch (error) {
    loseBook(sheet, entry);
    throw error;
  } finally {
    out.push(statsEvent(tick, entry, at));
    counts.stats += 1;
    entry.lastRx = rx;
    entry.mode = tick.mode;
  }
}
