/**
 * Bars from trades: by receive time, by number of trades or by volume.
 * @module
 */
import { QuantlaxmiError } from '../core/index.js';
import type { TradeBody } from '../events/index.js';
import { addMantissa } from '../fixed-point/index.js';

/** When a bar is full. */
export type BarRule =
  /** Buckets [k·interval, (k+1)·interval) of receive time; a bucket without trades makes no bar. */
  | { readonly kind: 'time'; readonly intervalUs: number }
  /** After so many trades. */
  | { readonly kind: 'trades'; readonly count: number }
  /** With the trade that brings the volume to `qty` or beyond; that trade is not split. */
  | { readonly kind: 'volume'; readonly qty: number };

/** Open, high, low, close and volumes of one bar; prices and quantities are mantissas. */
export interface Bar {
  readonly inst: string;
  /** Time bars: start of the bucket. Others: receive time of the first trade. µs. */
  readonly startUs: number;
  /** Time bars: end of the bucket (exclusive). Others: receive time of the last trade. µs. */
  readonly endUs: number;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly volume: number;
  /** Part of the volume that buyers took. */
  readonly buyVolume: number;
  /** Part of the volume that sellers took; the rest has no known aggressor. */
  readonly sellVolume: number;
  readonly trades: number;
}

/** Builds the bars of one instrument; see {@link createBarBuilder}. */
export interface BarBuilder {
  /**
   * Takes a trade received at `rx` µs; returns the bar it completed, else null. O(1).
   * @throws QL_FIXED_OVERFLOW when a bar's volume leaves ±(2^53−1)
   */
  trade(body: TradeBody, rx: number): Bar | null;
  /** Tells the time: returns the time bar that ended at or before `nowUs`, else null. */
  advance(nowUs: number): Bar | null;
  /** The bar being built, or null before its first trade. */
  readonly open: Bar | null;
}

type Building = { -readonly [K in keyof Bar]: Bar[K] };

function checkRule(rule: BarRule): void {
  const size =
    rule.kind === 'time' ? rule.intervalUs : rule.kind === 'trades' ? rule.count : rule.qty;
  if (Number.isSafeInteger(size) && size > 0) return;
  throw new QuantlaxmiError(
    'QL_BAD_INPUT',
    `Bar size is ${size}; expected a positive integer (µs, trades or quantity mantissa).`,
    { context: { kind: rule.kind, size } },
  );
}

class TradeBars implements BarBuilder {
  readonly #inst: string;
  readonly #rule: BarRule;
  #bar: Building | null = null;

  constructor(inst: string, rule: BarRule) {
    this.#inst = inst;
    this.#rule = rule;
  }

  get open(): Bar | null {
    return this.#bar === null ? null : { ...this.#bar };
  }

  trade(body: TradeBody, rx: number): Bar | null {
    const rule = this.#rule;
    const ended = this.advance(rx);
    const bar = this.#bar ?? this.#begin(body, rx);
    this.#bar = bar;
    this.#add(bar, body, rx);
    if (rule.kind === 'time') return ended;
    const full = rule.kind === 'trades' ? bar.trades >= rule.count : bar.volume >= rule.qty;
    if (!full) return null;
    this.#bar = null;
    return bar;
  }

  advance(nowUs: number): Bar | null {
    const bar = this.#bar;
    if (bar === null || this.#rule.kind !== 'time' || nowUs < bar.endUs) return null;
    this.#bar = null;
    return bar;
  }

  #begin(body: TradeBody, rx: number): Building {
    let startUs = rx;
    let endUs = rx;
    if (this.#rule.kind === 'time') {
      const { intervalUs } = this.#rule;
      startUs = Math.floor(rx / intervalUs) * intervalUs;
      endUs = startUs + intervalUs;
    }
    const { price } = body;
    return {
      inst: this.#inst,
      startUs,
      endUs,
      open: price,
      high: price,
      low: price,
      close: price,
      volume: 0,
      buyVolume: 0,
      sellVolume: 0,
      trades: 0,
    };
  }

  #add(bar: Building, body: TradeBody, rx: number): void {
    const { price, qty, aggressor } = body;
    if (price > bar.high) bar.high = price;
    if (price < bar.low) bar.low = price;
    bar.close = price;
    bar.volume = addMantissa(bar.volume, qty);
    if (aggressor === 'buy') bar.buyVolume = addMantissa(bar.buyVolume, qty);
    else if (aggressor === 'sell') bar.sellVolume = addMantissa(bar.sellVolume, qty);
    bar.trades += 1;
    if (this.#rule.kind !== 'time') bar.endUs = rx;
  }
}

/**
 * Makes a builder of bars of one instrument.
 *
 * @param inst - instrument id, copied into the bars
 * @param rule - when a bar is full
 * @throws QL_BAD_INPUT when the size is not a positive integer
 * @example
 * ```ts
 * import { createBarBuilder } from 'quantlaxmi/market';
 *
 * const inst = 'X:SPOT:AB';
 * const bars = createBarBuilder(inst, { kind: 'trades', count: 2 });
 * const trade = { aggressor: 'buy', inst, qty: 3, tradeId: '1', venueSeq: 1 } as const;
 * bars.trade({ ...trade, price: 100 }, 10); // => null
 * bars.trade({ ...trade, price: 102 }, 20)?.high; // => 102
 * ```
 */
export function createBarBuilder(inst: string, rule: BarRule): BarBuilder {
  checkRule(rule);
  return new TradeBars(inst, rule);
}
