/**
 * Minimum, median and maximum of a stream of integers in flat memory.
 * @module
 */

/** Values up to this magnitude are counted exactly; above, 11 significant bits are kept. */
const EXACT = 2048;

/** Count, extremes (exact) and quantiles (within 1/2048 of their magnitude) of integers. */
export interface IntegerSketch {
  add(value: number): void;
  readonly count: number;
  readonly min: number;
  readonly max: number;
  /** Value at `ppm` parts per million of the sorted values; 0 when there is none. */
  quantile(ppm: number): number;
  /** Sum of what exceeds `bound`, over all values. */
  excessOver(bound: number): number;
}

/** Bucket of a value: order-preserving, so that sorted keys are sorted values. */
function keyOf(value: number): number {
  let magnitude = Math.abs(value);
  let exponent = 0;
  if (magnitude >= EXACT && magnitude < 0x1_0000_0000) {
    // 11 significant bits stay: clz32 of 2048 is 20.
    exponent = 21 - Math.clz32(magnitude);
    magnitude >>>= exponent;
  }
  while (magnitude >= EXACT) {
    magnitude = Math.floor(magnitude / 2);
    exponent += 1;
  }
  const key = exponent * EXACT * 2 + magnitude;
  return value < 0 ? -key : key;
}

/** Middle of a bucket. */
function valueOf(key: number): number {
  const size = Math.abs(key);
  let width = 1;
  for (let i = Math.floor(size / (EXACT * 2)); i > 0; i--) width *= 2;
  const middle = (size % (EXACT * 2)) * width + Math.floor((width - 1) / 2);
  return key < 0 ? -middle : middle;
}

/**
 * Makes an empty sketch. Memory is bounded by the number of buckets, some hundreds in practice.
 *
 * @returns the sketch; `add` is O(1), `quantile` O(buckets log buckets)
 */
export function integerSketch(): IntegerSketch {
  const buckets = new Map<number, number>();
  let count = 0;
  let min = 0;
  let max = 0;
  const clamp = (value: number): number => Math.max(min, Math.min(max, value));
  return {
    add(value) {
      if (count === 0 || value < min) min = value;
      if (count === 0 || value > max) max = value;
      count += 1;
      const key = keyOf(value);
      buckets.set(key, (buckets.get(key) ?? 0) + 1);
    },
    get count() {
      return count;
    },
    get min() {
      return min;
    },
    get max() {
      return max;
    },
    quantile(ppm) {
      const rank = Math.min(count - 1, Math.floor((count * ppm) / 1_000_000));
      let below = 0;
      for (const key of [...buckets.keys()].sort((a, b) => a - b)) {
        below += buckets.get(key) ?? 0;
        if (below > rank) return clamp(valueOf(key));
      }
      return 0;
    },
    excessOver(bound) {
      let sum = 0;
      for (const [key, n] of buckets) {
        const over = clamp(valueOf(key)) - bound;
        if (over > 0) sum += over * n;
      }
      return sum;
    },
  };
}
