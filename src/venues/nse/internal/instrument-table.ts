/**
 * Instruments declared so far, and those known beforehand.
 * @module
 */
import type { InstrumentBody } from '../../../events/index.js';
import { DAY_US, dayAt } from './ist.js';
import type { Lot, LotBook } from './lots.js';

export class InstrumentTable {
  readonly #declared = new Map<string, InstrumentBody>();
  readonly #known = new Map<string, InstrumentBody>();
  readonly #lots: LotBook;

  constructor(known: readonly InstrumentBody[], lots: LotBook) {
    this.#lots = lots;
    for (const body of known) {
      this.#known.set(body.instrumentId, body);
      this.#learnLot(body);
    }
  }

  /** An instrument that the log being continued declares. */
  restore(body: InstrumentBody): void {
    this.#declared.set(body.instrumentId, body);
    this.#learnLot(body);
  }

  /** True when a contract stands declared with this expiry and lot: nothing is to be declared. */
  stands(id: string, expiry: number, lot: Lot | null): boolean {
    const held = this.#declared.get(id);
    if (held === undefined || held.expiry !== expiry) return false;
    if (lot === null) return true;
    return held.lot === lot.units && (!held.inferred || !lot.stated);
  }

  /**
   * The instrument to declare, null when it stands declared as it is. What a file states is not
   * replaced by what another one leaves to be inferred.
   */
  take(body: InstrumentBody, lotKnown: boolean): InstrumentBody | null {
    const id = body.instrumentId;
    const held = this.#declared.get(id);
    const known = this.#known.get(id);
    const better = known !== undefined && body.inferred ? known : body;
    if (held !== undefined) {
      const weaker = better.inferred && (!held.inferred || !lotKnown);
      if (weaker || isSame(held, better)) return null;
    }
    this.#declared.set(id, better);
    return better;
  }

  /** Forgets contracts that ended two days ago: memory follows the contracts that live. */
  forgetBefore(rx: number): void {
    for (const [id, { expiry }] of this.#declared) {
      if (expiry !== null && expiry < rx - 2 * DAY_US) this.#declared.delete(id);
    }
    this.#lots.forget(dayAt(rx - 2 * DAY_US));
  }

  #learnLot({ base, expiry, inferred, lot }: InstrumentBody): void {
    if (expiry !== null && !inferred) this.#lots.state(base, { index: dayAt(expiry) }, lot);
  }
}

function isSame(a: InstrumentBody, b: InstrumentBody): boolean {
  return (Object.keys(a) as (keyof InstrumentBody)[]).every((name) => a[name] === b[name]);
}
