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
}

function refuse(inst: string, wrong: string): never {
  throw new QuantlaxmiError(
    'QL_KITE_TICK',
    `Kite tick of ${inst}: ${wrong}. It is not recorded; look at the raw record.`,
    { context: { inst } },
  );
}

const SECOND_US = 1_000_000;

/** A price of 0 is how the venue writes that there is none. */
function priceOrNull(price: number | null): number | null {
  return price === 0 ? null : price;
}

/** Levels of a side without the empty ones (price or quantity 0), best first. */
function levelsOf(side: readonly KiteDepthLevel[], direction: 1 | -1, inst: string): Level[] {
  const levels: Level[] = [];
  let before = 0;
  for (const { price, qty } of side) {
    if (price === 0 || qty === 0) continue;
    if (levels.length > 0 && (price - before) * direction <= 0) {
      refuse(inst, `level ${levels.length + 1} of the depth is not worse than the one before`);
    }
    before = price;
    levels.push([price, qty]);
  }
  return levels;
}

/** @throws QL_KITE_TICK when the tick contradicts itself or its instrument */
function check(tick: KiteTick, entry: Entry): void {
  const { last, open, high, low, close, bids, asks } = tick;
  if (low !== null && high !== null && low !== 0 && high !== 0 && low > high) {
    refuse(entry.inst, `low ${low} is above high ${high}`);
  }
  if (entry.belowZero) return;
  let least = Math.min(last, open ?? 0, high ?? 0, low ?? 0, close ?? 0);
  for (const { price } of bids ?? []) least = Math.min(least, price);
  for (const { price } of asks ?? []) least = Math.min(least, price);
  if (least < 0) refuse(entry.inst, `a price is ${least}, below zero`);
}

function depthEvents(
  tick: KiteTick,
  entry: Entry,
  at: { readonly rx: number; readonly ts: number | null },
): EventInput[] {
  if (tick.bids === null || tick.asks === null) return [];
  const { inst } = entry;
  const { rx, ts } = at;
  const asks = levelsOf(tick.asks, 1, inst);
  const bids = levelsOf(tick.bids, -1, inst);
  // The venue sends no sequence: the receive time stands for it, one more where it did not move on.
  const venueSeq = Math.max(entry.seq + 1, rx);
  entry.seq = venueSeq;
  const [ask, askQty] = asks[0] ?? [null, 0];
  const [bid, bidQty] = bids[0] ?? [null, 0];
  const src = ZERODHA_SOURCE;
  return [
    {
      t: 'BookSnapshot',
      sv: SCHEMA_VERSIONS.BookSnapshot,
      rx,
      ts,
      src,
      body: { asks, bids, inst, venueSeq },
    },
    {
      t: 'Quote',
      sv: SCHEMA_VERSIONS.Quote,
      rx,
      ts,
      src,
      body: { ask, askQty, bid, bidQty, inst, venueSeq: null },
    },
  ];
}

/**
 * Events of a tick received at `rx` µs. Prices of 0 become null, and what the mode does not hold is
 * null. Nothing is said of trades: a tick sums up what happened since the one before it.
 *
 * @throws QL_KITE_TICK when the tick contradicts itself; nothing of it is recorded then
 */
function tickEvents(tick: KiteTick, entry: Entry, rx: number): EventInput[] {
  check(tick, entry);
  const ts = tick.exchangeTime === null ? null : tick.exchangeTime * SECOND_US;
  const events = depthEvents(tick, entry, { rx, ts });
  events.push({
    t: 'Stats',
    sv: SCHEMA_VERSIONS.Stats,
    rx,
    ts,
    src: ZERODHA_SOURCE,
    body: {
      close: priceOrNull(tick.close),
      high: priceOrNull(tick.high),
      inst: entry.inst,
      last: priceOrNull(tick.last),
      low: priceOrNull(tick.low),
      open: priceOrNull(tick.open),
      openInterest: entry.derivative ? tick.openInterest : null,
      turnover: null,
      volume: tick.volume,
    },
  });
  entry.lastRx = rx;
  entry.mode = tick.mode;
  return events;
}

/**
 * Adds the events of a tick to those of the record at hand, and counts them.
 *
 * @throws QL_KITE_TICK when the tick contradicts itself; nothing of it is recorded then
 */
export function recordTick(sheet: Sheet, tick: KiteTick, entry: Entry): void {
  const { counts, lastRx, out } = sheet;
  const events = tickEvents(tick, entry, lastRx);
  counts.stats += 1;
  if (events.length > 1) {
    counts.quotes += 1;
    counts.snapshots += 1;
  }
  for (const event of events) out.push(event);
}
