import type { InstrumentBody } from '../../events/index.js';
import type { Rational } from '../../fixed-point/index.js';
import { contractValue } from '../contract-value.js';
import { oriented } from '../holding.js';
import { type Entry, paysValue } from './ledger.js';

interface Slot {
  instrument: InstrumentBody;
  price: number;
  rx: number;
}

/** Value at the mark, 10^-18 of the settlement currency, and the receive time of the mark. */
export interface MarkedValue {
  readonly value: Rational;
  readonly rx: number;
}

/** A price mantissa at another exponent; null when it has no such mantissa. */
function atExponent(price: number, from: number, to: number): number | null {
  if (from === to) return price;
  if (from > to) {
    const scaled = BigInt(price) * 10n ** BigInt(from - to);
    const number = Number(BigInt.asIntN(54, scaled));
    return BigInt(number) === scaled && Number.isSafeInteger(number) ? number : null;
  }
  const step = 10n ** BigInt(to - from);
  const whole = BigInt(price) / step;
  return whole * step === BigInt(price) ? Number(BigInt.asIntN(54, whole)) : null;
}

/** Last marks of instruments. */
export class Marks {
  readonly #slots = new Map<string, Slot>();

  /** Takes a mark in. Below 0, 0 or above 0: it fell, stayed or rose; NaN: nobody can tell. */
  set(instrument: InstrumentBody, mark: { price: number; rx: number } | null): number {
    const inst = instrument.instrumentId;
    const slot = this.#slots.get(inst);
    const bad = mark === null || !Number.isSafeInteger(mark.price);
    if (bad || (instrument.inverse && mark.price <= 0)) {
      this.#slots.delete(inst);
      return Number.NaN;
    }
    const { price, rx } = mark;
    if (slot === undefined) {
      this.#slots.set(inst, { instrument, price, rx });
      return Number.NaN;
    }
    const moved =
      slot.instrument.priceExponent === instrument.priceExponent ? price - slot.price : Number.NaN;
    slot.instrument = instrument;
    slot.price = price;
    slot.rx = rx;
    return moved;
  }

  forget(inst: string): void {
    this.#slots.delete(inst);
  }

  /** What a held position adds to the balance of its currency; null when its mark is unknown. */
  valueOf(entry: Entry): MarkedValue | null {
    const slot = this.#slots.get(entry.inst);
    if (slot === undefined) return null;
    const { holding } = entry;
    const { instrument } = holding;
    const price = atExponent(slot.price, slot.instrument.priceExponent, instrument.priceExponent);
    if (price === null) return null;
    const value = contractValue(instrument, price, holding.qty);
    return { value: paysValue(instrument) ? value : oriented(holding, value), rx: slot.rx };
  }
}
