/** One made-up book: a window of levels around a middle price. @module */
import { createRng, type Rng, streamIdOf } from '../../../../core/index.js';
import { formatMantissa } from '../../../../fixed-point/index.js';
import type { SyntheticSymbol } from '../../binance-synthetic.js';

/** A trade the book made. */
export interface SyntheticTrade {
  readonly id: number;
  readonly price: number;
  readonly qty: number;
  readonly buyerIsMaker: boolean;
}

/** Levels of each side. */
const LEVELS = 20;
const QTY_MAX = 5_000;

export class SyntheticBook {
  readonly of: SyntheticSymbol;
  /** Last update id. */
  seq = 1_000;
  /** Last update id that a depth message brought. */
  sentSeq = 1_000;
  readonly #rng: Rng;
  /** Bids are at mid − 1, mid − 2, …; asks at mid + 1, mid + 2, …. */
  #mid: number;
  readonly #bids: number[];
  readonly #asks: number[];
  #trades = 0;
  #changedBids = new Map<number, number>();
  #changedAsks = new Map<number, number>();

  constructor(of: SyntheticSymbol, seed: bigint) {
    this.of = of;
    this.#rng = createRng(seed, streamIdOf(`synthetic ${of.symbol}`));
    this.#mid = of.priceSteps;
    this.#bids = Array.from({ length: LEVELS }, () => this.#qty());
    this.#asks = Array.from({ length: LEVELS }, () => this.#qty());
  }

  get stream(): string {
    return this.of.symbol.toLowerCase();
  }

  get mid(): number {
    return this.#mid;
  }

  get changed(): boolean {
    return this.seq > this.sentSeq;
  }

  price(steps: number): string {
    return formatMantissa(steps, 0 - this.of.priceDecimals);
  }

  qty(units: number): string {
    return formatMantissa(units, 0 - this.of.qtyDecimals);
  }

  /** Best bid, its quantity, best ask, its quantity. */
  best(): readonly [string, string, string, string] {
    return [
      this.price(this.#mid - 1),
      this.qty(this.#bids[0] as number),
      this.price(this.#mid + 1),
      this.qty(this.#asks[0] as number),
    ];
  }

  /** One change of the book; the trade when there was one. */
  change(): SyntheticTrade | null {
    if (this.#rng.below(4) === 0) return this.#trade();
    const bid = this.#rng.below(2) === 0;
    // Changes are denser near the best price, as they are in markets.
    const level = Math.min(this.#rng.below(LEVELS), this.#rng.below(LEVELS));
    this.#set(bid, level, this.#qty());
    return null;
  }

  /** Text of the levels changed since the last call, bids and asks; both sides become clean. */
  takeChanges(): readonly [string, string] {
    const bids = this.#texts(this.#changedBids);
    const asks = this.#texts(this.#changedAsks);
    this.#changedBids = new Map();
    this.#changedAsks = new Map();
    this.sentSeq = this.seq;
    return [bids, asks];
  }

  /** The whole book as a REST depth answer. */
  snapshot(): string {
    const side = (qtys: readonly number[], step: number): string =>
      qtys.map((q, i) => this.#text(this.#mid + step * (i + 1), q)).join(',');
    const [bids, asks] = [side(this.#bids, -1), side(this.#asks, 1)];
    return `{"lastUpdateId":${this.seq},"bids":[${bids}],"asks":[${asks}]}`;
  }

  #qty(): number {
    return 1 + this.#rng.below(QTY_MAX);
  }

  #set(bid: boolean, level: number, qty: number): void {
    this.seq += 1;
    const side = bid ? this.#bids : this.#asks;
    side[level] = qty;
    this.#note(bid, level, qty);
  }

  #note(bid: boolean, level: number, qty: number): void {
    if (bid) this.#changedBids.set(this.#mid - 1 - level, qty);
    else this.#changedAsks.set(this.#mid + 1 + level, qty);
  }

  #trade(): SyntheticTrade {
    const buyerIsMaker = this.#rng.below(2) === 0;
    const side = buyerIsMaker ? this.#bids : this.#asks;
    const there = side[0] as number;
    const qty = Math.min(there, this.#qty());
    const price = buyerIsMaker ? this.#mid - 1 : this.#mid + 1;
    this.#trades += 1;
    if (qty < there) this.#set(buyerIsMaker, 0, there - qty);
    else this.#move(buyerIsMaker);
    return { id: this.#trades, price, qty, buyerIsMaker };
  }

  /** The best level of a side is gone: both sides move by one step. */
  #move(down: boolean): void {
    const [gone, grows] = down ? [this.#bids, this.#asks] : [this.#asks, this.#bids];
    this.seq += 1;
    this.#note(down, 0, 0);
    this.#note(!down, LEVELS - 1, 0);
    this.#mid += down ? -1 : 1;
    gone.shift();
    gone.push(this.#qty());
    grows.pop();
    grows.unshift(this.#qty());
    this.#note(down, LEVELS - 1, gone[LEVELS - 1] as number);
    this.#note(!down, 0, grows[0] as number);
  }

  #texts(changes: ReadonlyMap<number, number>): string {
    return [...changes].map(([price, qty]) => this.#text(price, qty)).join(',');
  }

  #text(price: number, qty: number): string {
    return `["${this.price(price)}","${this.qty(qty)}"]`;
  }
}
