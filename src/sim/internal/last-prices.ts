import type { Event, EventInput, InstrumentBody } from '../../events/index.js';
import { divBig } from '../../fixed-point/index.js';

interface Last {
  declared: InstrumentBody | null;
  mark: number | null;
  index: number | null;
  /** Last trade, or the last price of the statistics. */
  trade: number | null;
}

/** A price to settle at, mantissa of the contract. */
export type SettlementPrice = number | null;

/** A price as a mantissa of its own exponent. */
interface Priced {
  readonly price: number;
  readonly exponent: number;
}

/** Brings a price to `exponent`, against the holder of `qty`: down for a long, up for a short. */
function against(value: bigint, digits: number, qty: number): number {
  if (digits >= 0) return Number(value * 10n ** BigInt(digits));
  return Number(divBig(value, 10n ** BigInt(-digits), qty > 0 ? 'floor' : 'ceil'));
}

/** Last prices of contracts that expire and of what they are written on. */
export class LastPrices {
  readonly #last = new Map<string, Last>();
  readonly #underlyings: Readonly<Record<string, string>>;

  constructor(underlyings: Readonly<Record<string, string>>) {
    this.#underlyings = underlyings;
    for (const inst of Object.values(underlyings)) this.#watch(inst);
  }

  onEvent(event: Event | EventInput): void {
    switch (event.t) {
      case 'Instrument':
        this.#declare(event.body);
        return;
      case 'Trade': {
        const last = this.#last.get(event.body.inst);
        if (last !== undefined) last.trade = event.body.price;
        return;
      }
      case 'Stats': {
        const last = this.#last.get(event.body.inst);
        if (last !== undefined && event.body.last !== null) last.trade = event.body.last;
        return;
      }
      case 'Funding': {
        const last = this.#last.get(event.body.inst);
        if (last === undefined) return;
        last.mark = event.body.mark > 0 ? event.body.mark : null;
        last.index = event.body.index;
        return;
      }
      default:
    }
  }

  /**
   * What `qty` of a contract settles at: options at their intrinsic value by the underlying,
   * others at the underlying where one is named, else at mark, index or last trade; null when that
   * is not known.
   */
  settlement(contract: InstrumentBody, qty: number): SettlementPrice {
    const own = this.#last.get(contract.instrumentId);
    const under = this.#underlying(contract);
    if (contract.class === 'option') {
      return under === null || contract.inverse ? null : intrinsic(contract, under, qty);
    }
    if (under !== null) {
      return against(BigInt(under.price), under.exponent - contract.priceExponent, qty);
    }
    return own?.mark ?? own?.index ?? own?.trade ?? null;
  }

  #underlying(contract: InstrumentBody): Priced | null {
    const named = this.#underlyings[contract.base];
    const last = named === undefined ? undefined : this.#last.get(named);
    const price = last?.trade ?? last?.mark ?? last?.index ?? null;
    if (price === null || last === undefined || last.declared === null) return null;
    return { price, exponent: last.declared.priceExponent };
  }

  #declare(body: InstrumentBody): void {
    const { instrumentId: inst } = body;
    if (body.expiry !== null) this.#watch(inst);
    const last = this.#last.get(inst);
    if (last === undefined) return;
    const before = last.declared;
    last.declared = body;
    if (before === null || before.priceExponent === body.priceExponent) return;
    // Mantissas of other exponents are other prices.
    last.mark = null;
    last.index = null;
    last.trade = null;
  }

  #watch(inst: string): void {
    if (this.#last.has(inst)) return;
    this.#last.set(inst, { declared: null, mark: null, index: null, trade: null });
  }
}

function intrinsic(option: InstrumentBody, under: Priced, qty: number): SettlementPrice {
  const { priceExponent, right, strike } = option;
  if (right === null || strike === null) return null;
  const finest = Math.min(priceExponent, under.exponent);
  const spot = BigInt(under.price) * 10n ** BigInt(under.exponent - finest);
  const level = BigInt(strike) * 10n ** BigInt(priceExponent - finest);
  const value = right === 'call' ? spot - level : level - spot;
  return value <= 0n ? 0 : against(value, finest - priceExponent, qty);
}
