/**
 * One side of a book: quantities indexed by price around the best, a sorted array further away.
 *
 * On the BTC recordings 88 to 96 % of the futures changes (59 % of the spot ones) fall within 4,096
 * price steps of the best: there a change is one array write and one bit. The window starts small,
 * grows while many changes miss it, and moves when the best leaves it.
 *
 * Keys ascend towards the best: the price for bids, its negative for asks.
 * @module
 */
import type { Level } from '../../events/index.js';
import { SideLevels } from './side-levels.js';

/** Window of a new side, in price units; a quiet book never needs more. */
export const WINDOW_MIN = 2048;
const WINDOW_MAX = 32_768;
/** Changes between two looks at how many missed the window. */
const REVIEW_EVERY = 4096;

export class PriceLadder {
  /** Levels below the window. */
  readonly #deep = new SideLevels();
  #window: number;
  #qtys: Float64Array;
  /** One bit per price of the window that has a quantity. */
  #bits: Int32Array;
  /** Key of the window's first price. */
  #base = 0;
  /** Window index of the best level; −1 when the side is empty. */
  #best = -1;
  #inside = 0;
  #changes = 0;
  #missed = 0;

  constructor(window: number = WINDOW_MIN) {
    this.#window = window;
    this.#qtys = new Float64Array(window);
    this.#bits = new Int32Array(window >> 5);
  }

  get count(): number {
    return this.#inside + this.#deep.count;
  }

  clear(): void {
    this.#qtys.fill(0);
    this.#bits.fill(0);
    this.#deep.clear();
    this.#best = -1;
    this.#inside = 0;
  }

  /** Replaces all levels; they come from the best on. */
  load(levels: readonly Level[], sign: 1 | -1): void {
    this.clear();
    const best = levels[0];
    if (best === undefined) return;
    this.#base = sign * best[0] - ((this.#window >> 2) * 3 - 1);
    for (let i = levels.length - 1; i >= 0; i--) {
      const level = levels[i] as Level;
      this.#place(sign * level[0], level[1]);
    }
    if (this.#best < 0) this.#lowerBest(-1);
  }

  /** Sets, adds or (quantity 0) removes a level. Removing an absent level is normal. */
  set(key: number, qty: number): void {
    this.#changes += 1;
    const at = key - this.#base;
    if (at < 0 || at >= this.#window || this.#best < 0) this.#setOutside(key, qty);
    else this.#setInside(at, qty);
  }

  /** Sets a level while the window is being filled: the best may still be missing. */
  #place(key: number, qty: number): void {
    const at = key - this.#base;
    if (at < 0) this.#deep.set(key, qty);
    else if (at < this.#window) this.#setInside(at, qty);
    else this.#setOutside(key, qty);
  }

  #setInside(at: number, qty: number): void {
    const before = this.#qtys[at] as number;
    if (qty > 0) {
      this.#qtys[at] = qty;
      if (before > 0) return;
      this.#bits[at >> 5] = (this.#bits[at >> 5] as number) | (1 << (at & 31));
      this.#inside += 1;
      if (at > this.#best) this.#best = at;
    } else if (before > 0) {
      this.#qtys[at] = 0;
      this.#bits[at >> 5] = (this.#bits[at >> 5] as number) & ~(1 << (at & 31));
      this.#inside -= 1;
      if (at === this.#best) this.#lowerBest(at - 1);
    }
  }

  #setOutside(key: number, qty: number): void {
    this.#review();
    const at = key - this.#base;
    if (this.#best >= 0 && at < 0) this.#deep.set(key, qty);
    else if (this.#best >= 0 && at < this.#window) this.#setInside(at, qty);
    else if (qty > 0) {
      // A first level, or one better than the window reaches: the window moves to it.
      this.#moveTo(key, this.#window);
      this.#setInside(key - this.#base, qty);
    }
  }

  /** Index of the last set bit at or below `from`, −1 when there is none. */
  #setBitBelow(from: number): number {
    if (from < 0) return -1;
    let word = from >> 5;
    // Bits above `from` are cut off; a shift by 32 would be a shift by 0.
    let bits = (this.#bits[word] as number) & (-1 >>> (31 - (from & 31)));
    while (bits === 0) {
      word -= 1;
      if (word < 0) return -1;
      bits = this.#bits[word] as number;
    }
    return (word << 5) + 31 - Math.clz32(bits);
  }

  #lowerBest(from: number): void {
    this.#best = this.#setBitBelow(from);
    if (this.#best >= 0) return;
    const { keys, count } = this.#deep;
    if (count > 0) this.#moveTo(keys[count - 1] as number, this.#window);
  }

  /** Widens the window while more than an eighth of the changes miss it. */
  #review(): void {
    this.#missed += 1;
    if (this.#missed < REVIEW_EVERY >> 3) return;
    if (this.#changes < REVIEW_EVERY && this.#window < WINDOW_MAX && this.#best >= 0) {
      this.#moveTo(this.#base + this.#best, this.#window * 2);
    }
    this.#missed = 0;
    this.#changes = 0;
  }

  /** Rebuilds the window so that `key` stands three quarters up in it. O(levels + window). */
  #moveTo(key: number, window: number): void {
    const old: [number, number][] = [];
    this.walk((levelKey, qty) => {
      old.push([levelKey, qty]);
      return true;
    });
    if (window !== this.#window) {
      this.#window = window;
      this.#qtys = new Float64Array(window);
      this.#bits = new Int32Array(window >> 5);
    }
    this.clear();
    this.#base = key - ((window >> 2) * 3 - 1);
    for (let i = old.length - 1; i >= 0; i--) {
      const [levelKey, qty] = old[i] as [number, number];
      this.#place(levelKey, qty);
    }
  }

  /** Best key; only when {@link count} is above 0. */
  bestKey(): number {
    return this.#base + this.#best;
  }

  /** Quantity at the best key; only when {@link count} is above 0. */
  bestQty(): number {
    return this.#qtys[this.#best] as number;
  }

  qtyAt(key: number): number {
    const at = key - this.#base;
    if (at >= 0 && at < this.#window) return this.#qtys[at] as number;
    const deep = this.#deep;
    const index = deep.find(key);
    return index < deep.count && deep.keys[index] === key ? (deep.qtys[index] as number) : 0;
  }

  /** Visits levels from the best on until `visit` returns false. */
  walk(visit: (key: number, qty: number) => boolean): void {
    for (let at = this.#best; at >= 0; at = this.#setBitBelow(at - 1)) {
      if (!visit(this.#base + at, this.#qtys[at] as number)) return;
    }
    const { keys, qtys, count } = this.#deep;
    for (let i = count - 1; i >= 0; i--) {
      if (!visit(keys[i] as number, qtys[i] as number)) return;
    }
  }
}
