import { MONEY_EXPONENT } from '../contract-value.js';
import { addRational, type Rational } from '../../fixed-point/index.js';
import { oriented } from '../holding.js';
import type { Rates } from '../rates.js';
import { negated, plus, worth, ZERO } from './fraction.js';
import { type Entry, type Ledger, paysValue } from './ledger.js';
import type { Marks } from './marks.js';

const DAY_US = 86_400_000_000;
const MONEY_UNIT = 10n ** BigInt(-MONEY_EXPONENT);

/** Currency → total of an instrument when the day began, 10^-18. */
type Base = Map<string, Rational>;

/** The trading day: where it began, and with what. */
export class DayBook {
  /** Number of the day, counted from 1970-01-01 at the day's start. */
  day = -1;
  /** Logged time at which the next day begins; the first day begins at once. */
  nextUs = Number.NEGATIVE_INFINITY;
  /** Equity at its start; null while unknown. */
  dayStart: Rational | null = null;
  readonly #ledger: Ledger;
  readonly #marks: Marks;
  readonly #offsetUs: number;
  /** Totals of the instruments there were; null where the mark was unknown. */
  #bases = new Map<string, Base | null>();
  #unknown = 0;

  constructor(ledger: Ledger, marks: Marks, offsetUs: number) {
    this.#ledger = ledger;
    this.#marks = marks;
    this.#offsetUs = offsetUs;
  }

  /** Begins the day that `nowUs` is in, with the equity before it, null when unknown. */
  begin(nowUs: number, equity: Rational | null): void {
    this.day = Math.floor((nowUs - this.#offsetUs) / DAY_US);
    this.nextUs = (this.day + 1) * DAY_US + this.#offsetUs;
    this.dayStart = equity;
    this.#bases = new Map();
    this.#unknown = 0;
    for (const entry of this.#ledger.entries.values()) {
      const base = this.#total(entry);
      if (base === null) this.#unknown += 1;
      this.#bases.set(entry.inst, base);
    }
  }

  /** Equity is known: the day begins with it where its start was not. */
  known(equity: Rational): void {
    if (this.dayStart === null && this.day !== -1) this.dayStart = equity;
  }

  /** Looks again for instruments without a total at the day's start. */
  marksKnown(): void {
    if (this.#unknown === 0) return;
    for (const [inst, base] of this.#bases) {
      if (base !== null) continue;
      const entry = this.#ledger.entries.get(inst);
      const found = entry === undefined ? null : this.#total(entry);
      if (found === null) continue;
      this.#bases.set(inst, found);
      this.#unknown -= 1;
    }
  }

  shift(by: Rational): void {
    if (this.dayStart !== null) this.dayStart = addRational(this.dayStart, by);
  }

  /** PnL of an instrument since the day began, in the reporting currency; null when unknown. */
  pnl(inst: string, rates: Rates): Rational | null {
    const entry = this.#ledger.entries.get(inst);
    if (entry === undefined) return ZERO;
    const base = this.#bases.get(inst);
    const now = this.#total(entry);
    if (base === null || now === null) return null;
    let sum = ZERO;
    for (const [currency, amount] of now) {
      const before = base?.get(currency);
      const part = before === undefined ? amount : worth(amount, negated(before));
      if (part.num === 0n) continue;
      const rate = rates.rate(currency, rates.currency);
      if (rate === null) return null;
      sum = worth(sum, { num: part.num * rate.value.num, den: part.den * rate.value.den });
    }
    return { num: sum.num, den: sum.den * MONEY_UNIT };
  }

  /** All an instrument brought, what is open at its mark included; null when that is unknown. */
  #total(entry: Entry): Base | null {
    const { holding, nets, purse, rest } = entry;
    const flow = paysValue(holding.instrument) ? holding.flow : oriented(holding, holding.flow);
    let own = rest.num === 0n ? flow : plus(flow, rest);
    if (holding.qty !== 0) {
      const marked = this.#marks.valueOf(entry);
      if (marked === null) return null;
      own = plus(own, marked.value);
    }
    const total: Base = new Map();
    for (const [currency, net] of nets) total.set(currency, { num: net, den: 1n });
    const net = total.get(purse.currency);
    total.set(purse.currency, net === undefined ? own : plus(own, net));
    return total;
  }
}
