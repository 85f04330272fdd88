/**
 * What a local Kite plays: ticks and text messages, from memory, from CSV or generated.
 * @module
 */
import { readFile } from 'node:fs/promises';
import { createRng, QuantlaxmiError, readCsv, streamIdOf } from '../../core/index.js';
import { parseMantissa } from '../../fixed-point/index.js';
import { type KiteDepthLevel, type KiteTick, kiteSegment } from '../../venues/zerodha/index.js';

/** Ticks that go out in one binary frame, or a text message. */
export type KiteFrame =
  | { readonly atUs: number; readonly stream: 'ticks'; readonly ticks: readonly KiteTick[] }
  | { readonly atUs: number; readonly stream: 'text'; readonly text: string };

/** Frames in the order of their times. */
export interface KiteSource {
  readonly frames: Iterable<KiteFrame>;
}

/** Options of {@link syntheticKite}. */
export interface SyntheticKiteOptions {
  readonly seed: bigint;
  /** Instrument tokens; their low byte tells segment and price unit. */
  readonly tokens: readonly number[];
  /** Time of the first frame, µs since the epoch. Default 2026-01-05 09:15 IST. */
  readonly startUs?: number;
  readonly durationUs: number;
  /** Between two frames, µs. Default 250,000. */
  readonly everyUs?: number;
}

const DEFAULT_START_US = 1_767_584_700_000_000;
const LEVELS = 5;
const KITE_INDEX_CODE = 9;

function bad(where: string, wrong: string): never {
  throw new QuantlaxmiError('QL_BAD_INPUT', `Kite ticks, ${where}: ${wrong}.`, {
    context: { where },
  });
}

/** Columns of a row by name. */
type Row = (name: string) => string;

function side(row: Row, name: 'bid' | 'ask', price: (column: string) => number): KiteDepthLevel[] {
  return Array.from({ length: LEVELS }, (_, i) => ({
    price: price(`${name}_price_${i + 1}`),
    qty: whole(row(`${name}_qty_${i + 1}`)),
    orders: whole(row(`${name}_orders_${i + 1}`)),
  }));
}

function whole(text: string): number {
  return parseMantissa(text, 0);
}

/** `2025-12-29 07:17:00+00:00` → s since the epoch. */
function seconds(text: string, where: string): number {
  const ms = Date.parse(text.replace(' ', 'T'));
  return Number.isNaN(ms) ? bad(where, `"${text}" is not a time`) : Math.floor(ms / 1000);
}

function tickOf(row: Row, where: string): KiteTick {
  const token = whole(row('instrument_token'));
  const exponent = kiteSegment(token)?.exponent ?? bad(where, `token ${token} has no segment`);
  const price = (column: string): number => parseMantissa(row(column), exponent);
  return {
    token,
    exponent,
    tradable: true,
    mode: 'full',
    last: price('last_price'),
    lastQty: whole(row('last_traded_quantity')),
    averagePrice: price('average_traded_price'),
    volume: whole(row('volume_traded')),
    buyQty: whole(row('total_buy_quantity')),
    sellQty: whole(row('total_sell_quantity')),
    open: price('day_open'),
    high: price('day_high'),
    low: price('day_low'),
    close: price('day_close'),
    change: null,
    lastTradeTime: seconds(row('last_trade_time'), where),
    openInterest: whole(row('oi')),
    openInterestHigh: 0,
    openInterestLow: 0,
    exchangeTime: seconds(row('time'), where),
    bids: side(row, 'bid', price),
    asks: side(row, 'ask', price),
  };
}

/**
 * Reads full-mode ticks from CSV, one per row, with columns as the official clients name the
 * fields: `time`, `instrument_token`, `last_price`, …, `bid_price_1` to `ask_orders_5`.
 *
 * @param path - the file
 * @returns a source of one frame per row
 * @throws QuantlaxmiError QL_BAD_INPUT, QL_FIXED_SYNTAX, QL_FIXED_INEXACT, QL_CSV for a bad row
 */
export async function kiteTickCsv(path: string): Promise<KiteSource> {
  const frames: KiteFrame[] = [];
  let names: readonly string[] | null = null;
  for (const record of readCsv(await readFile(path))) {
    if (record.error !== null) throw record.error;
    const { fields, line } = record;
    if (names === null) {
      names = fields;
      continue;
    }
    const header: readonly string[] = names;
    const row: Row = (name) =>
      fields[header.indexOf(name)] ?? bad(`line ${line}`, `column "${name}" is missing`);
    const tick = tickOf(row, `line ${line}`);
    frames.push({ atUs: (tick.exchangeTime ?? 0) * 1_000_000, stream: 'ticks', ticks: [tick] });
  }
  return { frames };
}

function levels(best: number, step: number, qty: () => number): KiteDepthLevel[] {
  return Array.from({ length: LEVELS }, (_, i) => ({
    price: best + step * i,
    qty: qty(),
    orders: 1 + i,
  }));
}

interface Walk {
  readonly token: number;
  readonly open: number;
  last: number;
  high: number;
  low: number;
  volume: number;
}

function nextTick(walk: Walk, below: (n: number) => number, second: number): KiteTick {
  const step = below(2) === 0 ? -5 : 5;
  walk.last = Math.max(1_000, walk.last + step);
  walk.high = Math.max(walk.high, walk.last);
  walk.low = Math.min(walk.low, walk.last);
  const lastQty = 1 + below(100);
  walk.volume += lastQty;
  const exponent = kiteSegment(walk.token)?.exponent ?? bad(`token ${walk.token}`, 'no segment');
  const index = (walk.token & 0xff) === KITE_INDEX_CODE;
  const traded = <T>(value: T): T | null => (index ? null : value);
  const qty = (): number => 1 + below(1_000);
  return {
    token: walk.token,
    exponent,
    tradable: !index,
    mode: 'full',
    last: walk.last,
    lastQty: traded(lastQty),
    averagePrice: traded(walk.last),
    volume: traded(walk.volume),
    buyQty: traded(qty()),
    sellQty: traded(qty()),
    open: walk.open,
    high: walk.high,
    low: walk.low,
    close: walk.open,
    change: index ? walk.last - walk.open : null,
    lastTradeTime: traded(second),
    openInterest: traded(1_000),
    openInterestHigh: traded(1_000),
    openInterestLow: traded(1_000),
    exchangeTime: second,
    bids: traded(levels(walk.last - 5, -5, qty)),
    asks: traded(levels(walk.last + 5, 5, qty)),
  };
}

function* makeFrames(options: SyntheticKiteOptions): Generator<KiteFrame, undefined> {
  const { tokens, startUs = DEFAULT_START_US, durationUs, everyUs = 250_000 } = options;
  const rng = createRng(options.seed, streamIdOf('synthetic kite'));
  const walks: Walk[] = tokens.map((token) => {
    const open = 100_000 + 5 * rng.below(100_000);
    return { token, open, last: open, high: open, low: open, volume: 0 };
  });
  for (let atUs = startUs; atUs < startUs + durationUs; atUs += everyUs) {
    // A tick comes when something traded: not all tokens are in each frame.
    const moved = walks.filter(() => rng.below(4) > 0);
    const second = Math.floor(atUs / 1_000_000);
    const ticks = moved.map((walk) => nextTick(walk, (n) => rng.below(n), second));
    if (ticks.length > 0) yield { atUs, stream: 'ticks', ticks };
  }
}

/**
 * Made-up full-mode ticks: a random walk per token. Frames are made when they are played.
 *
 * @param options - tokens, seed, duration; the same ones give the same ticks
 * @throws QuantlaxmiError QL_BAD_INPUT when a token's segment is unknown or the duration is not
 * positive
 * @example
 * ```ts
 * import { syntheticKite } from 'quantlaxmi/testing/node';
 *
 * const { frames } = syntheticKite({ seed: 1n, tokens: [408065], durationUs: 1_000_000 });
 * [...frames].every((frame) => frame.stream === 'ticks'); // => true
 * ```
 */
export function syntheticKite(options: SyntheticKiteOptions): KiteSource {
  const { tokens, durationUs, everyUs = 1 } = options;
  if (!(durationUs > 0 && everyUs > 0)) bad('durationUs, everyUs', 'expected positive integers');
  for (const token of tokens) {
    if (kiteSegment(token) === null) bad(`token ${token}`, 'its low byte names no segment');
  }
  return { frames: { [Symbol.iterator]: () => makeFrames(options) } };
}
