/**
 * Lots: stated by bhavcopies, inferred from the quantities of a chain where nothing states them.
 * @module
 */
import type { Day } from './ist.js';

/** Units of one contract, and whether a file said so. */
export interface Lot {
  readonly units: number;
  readonly stated: boolean;
}

/** Different quantities that are taken as proof: by chance all would be even once in 4 billion. */
const PROOF = 32;

function gcd(a: number, b: number): number {
  let [x, y] = [a, b];
  while (y !== 0) [x, y] = [y, x % y];
  return x;
}

const keyOf = (underlying: string, expiry: Pick<Day, 'index'>): string =>
  `${underlying} ${expiry.index}`;

interface Sample {
  readonly underlying: string;
  readonly expiryIndex: number;
  readonly key: string;
  divisor: number;
  readonly distinct: Set<number>;
}

/** Quantities of one file by underlying and expiry. */
export class QuantitySample {
  readonly #samples = new Map<string, Sample>();

  /** Takes a quantity in units; 0 says nothing. */
  add(underlying: string, expiry: Pick<Day, 'index'>, quantity: number): void {
    if (quantity <= 0) return;
    const key = keyOf(underlying, expiry);
    let sample = this.#samples.get(key);
    if (sample === undefined) {
      const expiryIndex = expiry.index;
      sample = { underlying, expiryIndex, key, divisor: 0, distinct: new Set() };
      this.#samples.set(key, sample);
    }
    sample.divisor = gcd(quantity, sample.divisor);
    if (sample.distinct.size < PROOF) sample.distinct.add(quantity);
  }

  values(): Iterable<Sample> {
    return this.#samples.values();
  }
}

/** What is known of lots so far. */
export class LotBook {
  readonly #lots = new Map<string, Lot & { readonly expiryIndex: number }>();

  /** The lot of a contract; null when it is not known. */
  of(underlying: string, expiry: Pick<Day, 'index'>): Lot | null {
    return this.#lots.get(keyOf(underlying, expiry)) ?? null;
  }

  /** A file says it. */
  state(underlying: string, expiry: Pick<Day, 'index'>, units: number): void {
    const expiryIndex = expiry.index;
    this.#lots.set(keyOf(underlying, expiry), { units, stated: true, expiryIndex });
  }

  /**
   * Takes the quantities of a file. The greatest common divisor of an expiry's quantities is its
   * lot when there are {@link PROOF} different ones, or when it is the lot so proven of another
   * expiry of the same underlying. What quantities contradict is not known any more: lots change.
   */
  infer(sample: QuantitySample): void {
    const proven = new Set<string>();
    for (const one of sample.values()) {
      if (one.distinct.size >= PROOF) proven.add(`${one.underlying} ${one.divisor}`);
    }
    for (const one of sample.values()) {
      const known = this.#lots.get(one.key);
      const isProven = proven.has(`${one.underlying} ${one.divisor}`);
      if (isProven && known?.units !== one.divisor) this.#learn(one);
      else if (known !== undefined && one.divisor % known.units !== 0) this.#lots.delete(one.key);
    }
  }

  /** Forgets contracts that ended before a day. */
  forget(dayIndex: number): void {
    for (const [key, lot] of this.#lots) if (lot.expiryIndex < dayIndex) this.#lots.delete(key);
  }

  #learn(one: Sample): void {
    const { divisor: units, expiryIndex } = one;
    this.#lots.set(one.key, { units, stated: false, expiryIndex });
  }
}
