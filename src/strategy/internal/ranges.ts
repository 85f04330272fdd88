import type { PriceRange } from '../../risk/index.js';

/** Parts a window is cut into; a range may reach one part further back than asked. */
const PARTS = 64;
const KEPT = PARTS + 1;

interface Ring {
  /** Number of the part each slot holds, counted from the epoch; -1 while empty. */
  readonly part: Float64Array;
  readonly first: Float64Array;
  readonly high: Float64Array;
  readonly low: Float64Array;
}

const newRing = (): Ring => ({
  part: new Float64Array(KEPT).fill(-1),
  first: new Float64Array(KEPT),
  high: new Float64Array(KEPT),
  low: new Float64Array(KEPT),
});

/**
 * Lowest and highest mark inside windows of logged time, in fixed memory: a window is kept as 64
 * parts, and what lies in its oldest, partly expired one still counts. So a range is never too
 * narrow, and too old by a 64th of its window at most.
 */
export class Ranges {
  #windows: readonly number[] = [];
  readonly #rings = new Map<number, Map<string, Ring>>();

  /** Windows to keep from now on, µs; what was kept of others is dropped. */
  keep(windowsUs: Iterable<number>): void {
    this.#windows = [...new Set(windowsUs)].sort((a, b) => a - b);
    for (const window of [...this.#rings.keys()]) {
      if (!this.#windows.includes(window)) this.#rings.delete(window);
    }
    for (const window of this.#windows) {
      if (!this.#rings.has(window)) this.#rings.set(window, new Map());
    }
  }

  get idle(): boolean {
    return this.#windows.length === 0;
  }

  forget(inst: string): void {
    for (const rings of this.#rings.values()) rings.delete(inst);
  }

  add(inst: string, price: number, rx: number): void {
    for (const window of this.#windows) {
      const rings = this.#rings.get(window) as Map<string, Ring>;
      let ring = rings.get(inst);
      if (ring === undefined) {
        ring = newRing();
        rings.set(inst, ring);
      }
      const part = partOf(rx, window);
      const at = part % KEPT;
      if (ring.part[at] !== part) {
        ring.part[at] = part;
        ring.first[at] = rx;
        ring.high[at] = price;
        ring.low[at] = price;
      } else {
        if (price > (ring.high[at] as number)) ring.high[at] = price;
        if (price < (ring.low[at] as number)) ring.low[at] = price;
      }
    }
  }

  /** Null for a window that is not kept, and where no mark lies in it. O(64). */
  range(inst: string, windowUs: number, nowUs: number): PriceRange | null {
    const ring = this.#rings.get(windowUs)?.get(inst);
    if (ring === undefined) return null;
    const oldest = partOf(Math.max(0, nowUs - windowUs), windowUs);
    let high = Number.NEGATIVE_INFINITY;
    let low = Number.POSITIVE_INFINITY;
    let sinceUs = Number.POSITIVE_INFINITY;
    for (let at = 0; at < KEPT; at += 1) {
      if ((ring.part[at] as number) < oldest) continue;
      high = Math.max(high, ring.high[at] as number);
      low = Math.min(low, ring.low[at] as number);
      sinceUs = Math.min(sinceUs, ring.first[at] as number);
    }
    return high === Number.NEGATIVE_INFINITY ? null : { high, low, sinceUs };
  }

  snapshot(): unknown {
    return this.#windows.map((window) => ({
      window,
      rings: [...(this.#rings.get(window) ?? [])]
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([inst, { first, high, low, part }]) => ({
          inst,
          parts: [...part.keys()]
            .filter((at) => part[at] !== -1)
            .map((at) => [part[at], first[at], low[at], high[at]]),
        })),
    }));
  }
}

function partOf(rx: number, windowUs: number): number {
  // A window shorter than its parts has parts of one microsecond.
  return Math.floor(rx / Math.max(1, Math.ceil(windowUs / PARTS)));
}
