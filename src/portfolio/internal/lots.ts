import { type Rational, rational } from '../../fixed-point/index.js';
import { plus, scaled, ZERO } from './fraction.js';

/** Open lots kept apart per instrument; what is bought beyond joins the newest lot, averaged. */
export const LOTS_MAX = 4096;

/** Quantity and entry value per mantissa unit of quantity, at the exponent of the queue. */
export interface OpenLot {
  qty: bigint;
  unit: Rational;
}

/** What {@link LotQueue.take} took out of one lot. */
export interface LotPart {
  readonly qty: bigint;
  readonly unit: Rational;
  /** Exponent of `qty`. */
  readonly exponent: number;
  /** Value at the exit, per mantissa unit of quantity. */
  readonly exit: Rational;
  readonly short: boolean;
}

/** How lots are closed. */
export interface Exit {
  /** Value per mantissa unit of quantity at `exponent`. */
  readonly unit: Rational;
  readonly exponent: number;
  readonly short: boolean;
}

const NONE: readonly LotPart[] = Object.freeze([]);

function sameUnit(a: Rational, b: Rational): boolean {
  return a.num === b.num && a.den === b.den;
}

/**
 * Open lots of one instrument, oldest first. The quantities are at the finest exponent seen since
 * the queue was empty: a coarser declaration may not be able to hold a single lot.
 */
export class LotQueue {
  #lots: OpenLot[] = [];
  #head = 0;
  #exponent = 0;
  /** False once a lot was averaged for want of room. */
  exact = true;
  /** What the last call of `take` closed. */
  closed: readonly LotPart[] = NONE;

  get exponent(): number {
    return this.#exponent;
  }

  get size(): number {
    return this.#lots.length - this.#head;
  }

  /** Open lots, oldest first. */
  list(): readonly Readonly<OpenLot>[] {
    return this.#lots.slice(this.#head);
  }

  /** Appends `qty` at `exponent`, each unit of which is worth `unit`. */
  add(qty: number, unit: Rational, exponent: number): void {
    if (this.size === 0) this.#exponent = exponent;
    const factor = this.#align(exponent);
    const size = BigInt(qty) * factor;
    const each = factor === 1n ? unit : { num: unit.num, den: unit.den * factor };
    const last = this.#lots.at(-1);
    if (last !== undefined && this.size > 0 && sameUnit(last.unit, each)) {
      last.qty += size;
    } else if (last !== undefined && this.size >= LOTS_MAX) {
      const value = plus(scaleUp(last.unit, last.qty), scaleUp(each, size));
      last.qty += size;
      last.unit = rational(value.num, value.den * last.qty);
      this.exact = false;
    } else {
      this.#lots.push({ qty: size, unit: each });
    }
  }

  /** Forgets what was closed last; for a fill that closes nothing. */
  none(): void {
    this.closed = NONE;
  }

  /** Takes `qty`, which is open, off the oldest lots: their entry value. */
  take(qty: number, at: Exit): Rational {
    const { short, unit } = at;
    const factor = this.#align(at.exponent);
    const exit = factor === 1n ? unit : { num: unit.num, den: unit.den * factor };
    let left = BigInt(qty) * factor;
    let value = ZERO;
    const closed: LotPart[] = [];
    while (left > 0n) {
      const lot = this.#lots[this.#head] as OpenLot;
      const part = lot.qty < left ? lot.qty : left;
      closed.push({ qty: part, unit: lot.unit, exponent: this.#exponent, exit, short });
      value = plus(value, scaleUp(lot.unit, part));
      left -= part;
      lot.qty -= part;
      if (lot.qty === 0n) this.#head += 1;
    }
    this.closed = closed;
    this.#compact();
    return value;
  }

  /** Entry value of everything open, summed afresh. */
  cost(): Rational {
    let sum = ZERO;
    for (let i = this.#head; i < this.#lots.length; i += 1) {
      const { qty, unit } = this.#lots[i] as OpenLot;
      sum = plus(sum, scaleUp(unit, qty));
    }
    return sum;
  }

  /** Factor from `exponent` to that of the queue, which is refined first where it is coarser. */
  #align(exponent: number): bigint {
    if (exponent < this.#exponent) {
      const factor = 10n ** BigInt(this.#exponent - exponent);
      for (const lot of this.#lots) {
        lot.qty *= factor;
        lot.unit = { num: lot.unit.num, den: lot.unit.den * factor };
      }
      this.#exponent = exponent;
    }
    return exponent === this.#exponent ? 1n : 10n ** BigInt(exponent - this.#exponent);
  }

  #compact(): void {
    if (this.size === 0) {
      this.#lots = [];
      this.#head = 0;
    } else if (this.#head > 64 && this.#head * 2 > this.#lots.length) {
      this.#lots.splice(0, this.#head);
      this.#head = 0;
    }
  }
}

function scaleUp(unit: Rational, qty: bigint): Rational {
  return scaled(unit, qty, 1n);
}
