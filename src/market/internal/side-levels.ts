/**
 * Price levels in two parallel arrays sorted by key, the best key at the end.
 * @module
 */

const INITIAL_CAPACITY = 256;
/** Up to this distance a plain loop is used instead of two calls of `copyWithin`. */
const LOOP_MOVE_MAX = 48;

export class SideLevels {
  keys: Float64Array = new Float64Array(INITIAL_CAPACITY);
  qtys: Float64Array = new Float64Array(INITIAL_CAPACITY);
  count = 0;
  /** Where the last search ended: the levels of one message come sorted. */
  #finger = 0;

  clear(): void {
    this.count = 0;
  }

  /** Index of the first key that is not below `key`, searched outwards from the last one found. */
  find(key: number): number {
    const { keys, count } = this;
    if (count === 0) return 0;
    const from = this.#finger < count ? this.#finger : count - 1;
    let low: number;
    let high: number;
    let step = 1;
    if ((keys[from] as number) >= key) {
      high = from;
      low = from - 1;
      while (low >= 0 && (keys[low] as number) >= key) {
        high = low;
        step <<= 1;
        low -= step;
      }
      low = low < 0 ? 0 : low + 1;
    } else {
      low = from + 1;
      high = low;
      while (high < count && (keys[high] as number) < key) {
        low = high + 1;
        step <<= 1;
        high += step;
      }
      if (high > count) high = count;
    }
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((keys[middle] as number) < key) low = middle + 1;
      else high = middle;
    }
    this.#finger = low;
    return low;
  }

  /** Sets, adds or (quantity 0) removes a level. Removing an absent level is normal. */
  set(key: number, qty: number): void {
    const at = this.find(key);
    if (at < this.count && this.keys[at] === key) {
      if (qty > 0) this.qtys[at] = qty;
      else this.#remove(at);
    } else if (qty > 0) {
      this.#insert(at, key, qty);
    }
  }

  #insert(at: number, key: number, qty: number): void {
    if (this.count === this.keys.length) this.#grow();
    const { keys, qtys, count } = this;
    if (count - at <= LOOP_MOVE_MAX) {
      for (let i = count; i > at; i--) {
        keys[i] = keys[i - 1] as number;
        qtys[i] = qtys[i - 1] as number;
      }
    } else {
      keys.copyWithin(at + 1, at, count);
      qtys.copyWithin(at + 1, at, count);
    }
    keys[at] = key;
    qtys[at] = qty;
    this.count = count + 1;
  }

  #remove(at: number): void {
    const { keys, qtys, count } = this;
    if (count - at <= LOOP_MOVE_MAX) {
      for (let i = at + 1; i < count; i++) {
        keys[i - 1] = keys[i] as number;
        qtys[i - 1] = qtys[i] as number;
      }
    } else {
      keys.copyWithin(at, at + 1, count);
      qtys.copyWithin(at, at + 1, count);
    }
    this.count = count - 1;
  }

  #grow(): void {
    const keys = new Float64Array(this.keys.length * 2);
    const qtys = new Float64Array(this.qtys.length * 2);
    keys.set(this.keys);
    qtys.set(this.qtys);
    this.keys = keys;
    this.qtys = qtys;
  }
}
