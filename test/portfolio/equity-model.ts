import type { CashFlowBody, FillBody, InstrumentBody } from 'quantlaxmi/events';
import {
  addRational as add,
  compareRational,
  mulRational as mul,
  parseRational,
  type Rational,
  rational,
  subRational as sub,
} from 'quantlaxmi/fixed-point';
import { type Model, neg, scale, ZERO } from './model.js';

const DAY_US = 86_400_000_000;

export interface RateOf {
  readonly inst: InstrumentBody;
  readonly inverted: boolean;
}

/** Equity, day, peak and trips straight from their definitions; everything again at each step. */
export class EquityModel {
  readonly model: Model;
  offsetUs: number;
  nowUs = 0;
  day = Number.NaN;
  dayStart: Rational | null = null;
  peak: Rational | null = null;
  lossesInRow = 0;
  readonly marks = new Map<string, Rational>();
  readonly #rates: Readonly<Record<string, RateOf>>;
  readonly #ratePrices = new Map<string, Rational>();
  readonly #trips = new Map<string, Map<string, Rational>>();
  #pending: [string, Rational][] = [];
  #bases = new Map<string, Map<string, Rational> | null>();

  constructor(options: {
    model: Model;
    rates: Readonly<Record<string, RateOf>>;
    offsetUs: number;
  }) {
    this.model = options.model;
    this.#rates = options.rates;
    this.offsetUs = options.offsetUs;
  }

  rate(currency: string): Rational | null {
    if (currency === 'USDT') return rational(1n);
    const source = this.#rates[currency];
    const price = source && this.#ratePrices.get(source.inst.instrumentId);
    if (source === undefined || price === undefined) return null;
    return source.inverted ? rational(price.den, price.num) : price;
  }

  inReporting(amounts: ReadonlyMap<string, Rational>): Rational | null {
    let total = ZERO;
    for (const [currency, amount] of amounts) {
      if (amount.num === 0n) continue;
      const rate = this.rate(currency);
      if (rate === null) return null;
      total = add(total, mul(amount, rate));
    }
    return total;
  }

  get valued(): Rational | null {
    const all = new Map(this.model.cash);
    for (const [id, book] of this.model.books) {
      if (book.qty.num === 0n) continue;
      const mark = this.marks.get(id);
      if (mark === undefined) return null;
      const { settle } = book.inst;
      all.set(settle, add(all.get(settle) ?? ZERO, book.worth(mark)));
    }
    return this.inReporting(all);
  }

  /** As `EquityTracker.equity` tells it. */
  get equity(): Rational | null {
    const unknown = this.dayStart === null || this.peak === null || this.#pending.length > 0;
    return unknown ? null : this.valued;
  }

  wait(us: number): void {
    this.nowUs += us;
    const day = Math.floor((this.nowUs - this.offsetUs) / DAY_US);
    if (day !== this.day) {
      this.day = day;
      this.dayStart = this.#pending.length > 0 ? null : this.valued;
      this.#bases = new Map([...this.model.books.keys()].map((id) => [id, this.#total(id)]));
    }
    this.#look();
  }

  mark(inst: InstrumentBody, price: number): void {
    const value = scale(price, inst.priceExponent);
    this.marks.set(inst.instrumentId, value);
    this.#ratePrices.set(inst.instrumentId, value);
    this.#look();
  }

  fill(body: FillBody, inst: InstrumentBody): void {
    const book = this.model.book(inst);
    const before = book.qty;
    const realised = book.realised;
    this.model.fill(body, inst);
    const after = book.qty;
    const size = scale(body.qty, inst.qtyExponent);
    const flips = before.num !== 0n && before.num > 0n !== after.num > 0n && after.num !== 0n;
    const opens = before.num === 0n || flips;
    const share = opens ? mul(abs(after), rational(size.den, size.num)) : ZERO;
    const fee = scale(body.fee, body.feeExponent);
    const opening = mul(fee, share);
    const gain = sub(book.realised, realised);
    if (before.num !== 0n) {
      this.#trip(body.inst, inst.settle, gain);
      this.#trip(body.inst, body.feeCurrency, sub(opening, fee));
      if (flips || after.num === 0n) this.#close(body.inst);
    }
    if (opens) this.#trip(body.inst, body.feeCurrency, neg(opening));
    this.#booked(body.inst);
  }

  flow(body: CashFlowBody, inst: InstrumentBody | null): void {
    const book = inst === null ? null : this.model.book(inst);
    const held = book !== null && book.qty.num !== 0n;
    const id = body.inst ?? '';
    const before = new Map(this.model.net(id));
    this.model.flow(body, inst);
    if (held) {
      for (const [currency, net] of this.model.net(id)) {
        this.#trip(id, currency, sub(net, before.get(currency) ?? ZERO));
      }
      if (book.qty.num === 0n) this.#close(id);
    }
    if (body.kind === 'transfer') {
      this.#pending.push([body.currency, parseRational(body.amount)]);
      this.#takePending();
    }
    this.#booked(body.kind === 'transfer' ? '' : id);
  }

  dayPnl(id: string): Rational | null {
    if (!this.model.books.has(id)) return ZERO;
    const base = this.#bases.get(id);
    const now = this.#total(id);
    if (base === null || now === null) return null;
    const since = new Map(
      [...now].map(([currency, total]) => [currency, sub(total, base?.get(currency) ?? ZERO)]),
    );
    return this.inReporting(since);
  }

  #total(id: string): Map<string, Rational> | null {
    const book = this.model.books.get(id);
    const total = this.model.net(id);
    if (book === undefined || book.qty.num === 0n) return total;
    const mark = this.marks.get(id);
    if (mark === undefined) return null;
    const { settle } = book.inst;
    return total.set(settle, add(total.get(settle) ?? ZERO, book.unrealised(mark)));
  }

  #booked(id: string): void {
    const book = this.model.books.get(id);
    if (book !== undefined && book.qty.num === 0n) this.marks.delete(id);
    this.#look();
  }

  #look(): void {
    for (const [id, base] of this.#bases) {
      if (base === null) this.#bases.set(id, this.#total(id));
    }
    const equity = this.valued;
    if (equity === null || Number.isNaN(this.day)) return;
    this.#takePending();
    if (this.#pending.length > 0) return;
    this.dayStart ??= equity;
    if (this.peak === null || compareRational(equity, this.peak) > 0) this.peak = equity;
  }

  #takePending(): void {
    this.#pending = this.#pending.filter(([currency, amount]) => {
      if (this.dayStart === null && this.peak === null) return false;
      const rate = this.rate(currency);
      if (rate === null) return true;
      const shift = mul(amount, rate);
      this.dayStart &&= add(this.dayStart, shift);
      this.peak &&= add(this.peak, shift);
      return false;
    });
  }

  #trip(id: string, currency: string, amount: Rational): void {
    const trip = this.#trips.get(id) ?? new Map<string, Rational>();
    this.#trips.set(id, trip.set(currency, add(trip.get(currency) ?? ZERO, amount)));
  }

  #close(id: string): void {
    const amounts = [...(this.#trips.get(id) ?? [])];
    this.#trips.delete(id);
    const total = this.inReporting(new Map(amounts));
    const lost =
      amounts.some(([, amount]) => amount.num < 0n) &&
      (amounts.every(([, amount]) => amount.num <= 0n) || total === null || total.num < 0n);
    this.lossesInRow = lost ? this.lossesInRow + 1 : 0;
  }
}

function abs(a: Rational): Rational {
  return a.num < 0n ? neg(a) : a;
}
