import type { Rational } from '../../fixed-point/index.js';
import { oriented, signedCost } from '../holding.js';
import type { Rates } from '../rates.js';
import { negated, plus, worth } from './fraction.js';
import type { Booking, Entry, Ledger } from './ledger.js';

/** Currency → what an instrument brought so far, 10^-18. */
type Result = Map<string, Rational>;

/** Realised PnL with fees and cash flows, by currency. */
function resultOf(entry: Entry): Result {
  const { holding, nets, purse, rest } = entry;
  const result: Result = new Map();
  for (const [currency, net] of nets) result.set(currency, { num: net, den: 1n });
  const realised = oriented(holding, plus(holding.flow, signedCost(holding)));
  const own = result.get(purse.currency);
  const total = own === undefined ? realised : plus(realised, own);
  result.set(purse.currency, rest.num === 0n ? total : plus(total, rest));
  return result;
}

function moved(result: Result, currency: string, by: Rational): void {
  const before = result.get(currency);
  result.set(currency, before === undefined ? by : worth(before, by));
}

/** Counts round trips that lost, one after another. */
export class Trips {
  lossesInRow = 0;
  readonly #rates: Rates;
  /** Results as they stood when the open trip of an instrument began. */
  readonly #bases = new Map<string, Result>();

  constructor(ledger: Ledger, rates: Rates) {
    this.#rates = rates;
    for (const entry of ledger.held.values()) this.#bases.set(entry.inst, resultOf(entry));
  }

  onBooking({ entry, fee, feeCurrency, qtyBefore, traded }: Booking): void {
    if (entry === null || traded === 0) return;
    const { qty } = entry.holding;
    const opens = qty !== 0 && (qtyBefore === 0 || qty > 0 !== qtyBefore > 0);
    const ends = qtyBefore !== 0 && (qty === 0 || opens);
    if (!opens && !ends) return;
    const result = resultOf(entry);
    if (qty !== 0 && fee !== 0n) {
      // The part of the fee that belongs to what this trade opened is not yet paid by the trip.
      const num = fee * BigInt(Math.abs(qty));
      moved(result, feeCurrency, { num, den: BigInt(traded) });
    }
    const base = this.#bases.get(entry.inst);
    if (ends && base !== undefined) this.#close(base, result);
    if (qty === 0) this.#bases.delete(entry.inst);
    else this.#bases.set(entry.inst, result);
  }

  #close(base: Result, result: Result): void {
    let gains = false;
    let losses = false;
    const parts: [string, Rational][] = [];
    for (const [currency, now] of result) {
      const before = base.get(currency);
      const part = before === undefined ? now : worth(now, negated(before));
      if (part.num === 0n) continue;
      if (part.num > 0n) gains = true;
      else losses = true;
      parts.push([currency, part]);
    }
    const lost = losses && (!gains || this.#sumIsLoss(parts));
    this.lossesInRow = lost ? this.lossesInRow + 1 : 0;
  }

  #sumIsLoss(parts: readonly [string, Rational][]): boolean {
    let sum: Rational = { num: 0n, den: 1n };
    for (const [currency, { num, den }] of parts) {
      const rate = this.#rates.rate(currency, this.#rates.currency);
      if (rate === null) return true;
      sum = worth(sum, { num: num * rate.value.num, den: den * rate.value.den });
    }
    return sum.num < 0n;
  }
}
