import type { CashFlowBody, FillBody, InstrumentBody } from 'quantlaxmi/events';
import {
  addRational as add,
  compareRational,
  divRational as div,
  mulRational as mul,
  parseRational,
  type Rational,
  rational,
  subRational as sub,
} from 'quantlaxmi/fixed-point';

export const ZERO = rational(0n);
export const same = (a: Rational, b: Rational): boolean => compareRational(a, b) === 0;
export const neg = (a: Rational): Rational => sub(ZERO, a);
const sign = (a: Rational): number => compareRational(a, ZERO);
const least = (a: Rational, b: Rational): Rational => (compareRational(a, b) < 0 ? a : b);

export const scale = (mantissa: number, exponent: number): Rational =>
  exponent < 0
    ? rational(BigInt(mantissa), 10n ** BigInt(-exponent))
    : rational(BigInt(mantissa) * 10n ** BigInt(exponent));

interface Lot {
  /** Above 0; the sign is that of the book. */
  qty: Rational;
  price: Rational;
}

const pays = (inst: InstrumentBody): boolean => ['spot', 'equity', 'option'].includes(inst.class);

/** One instrument on plain fractions, one lot at a time. Slow and obvious. */
export class Book {
  inst: InstrumentBody;
  /** 1 long, -1 short. */
  side = 1;
  lots: Lot[] = [];
  realised = ZERO;
  /** Realised of each lot the last trade closed. */
  closed: Rational[] = [];
  readonly #method: string;

  constructor(inst: InstrumentBody, method: string) {
    this.inst = inst;
    this.#method = method;
  }

  get qty(): Rational {
    const open = this.lots.reduce((sum, lot) => add(sum, lot.qty), ZERO);
    return this.side > 0 ? open : neg(open);
  }

  /** Value of one unit of quantity at a price. */
  unit(price: Rational): Rational {
    const multiplier = parseRational(this.inst.multiplier);
    return this.inst.inverse ? div(multiplier, price) : mul(multiplier, price);
  }

  /** Result of `qty` (unsigned) of the open side, entered and left at these prices. */
  result(qty: Rational, entry: Rational, exit: Rational): Rational {
    const move = sub(this.unit(exit), this.unit(entry));
    const up = this.side > 0 !== this.inst.inverse;
    return mul(qty, up ? move : neg(move));
  }

  unrealised(mark: Rational): Rational {
    return this.lots.reduce((sum, { qty, price }) => add(sum, this.result(qty, price, mark)), ZERO);
  }

  get average(): Rational | null {
    const open = this.lots.reduce((sum, lot) => add(sum, lot.qty), ZERO);
    if (sign(open) === 0) return null;
    // The average is of entry values, so harmonic for inverse contracts.
    const value = this.lots.reduce(
      (sum, lot) => add(sum, mul(lot.qty, this.unit(lot.price))),
      ZERO,
    );
    const mean = div(value, open);
    const multiplier = parseRational(this.inst.multiplier);
    return this.inst.inverse ? div(multiplier, mean) : div(mean, multiplier);
  }

  /** Trades `signed` at a price; gives back the cash that moves. */
  trade(signed: Rational, price: Rational): Rational {
    const before = this.realised;
    this.closed = [];
    let left = sign(signed) < 0 ? neg(signed) : signed;
    const direction = sign(signed);
    while (this.lots.length > 0 && this.side !== direction && sign(left) > 0) {
      const [lot] = this.lots as [Lot];
      const part = least(lot.qty, left);
      const gain = this.result(part, lot.price, price);
      this.closed.push(gain);
      this.realised = add(this.realised, gain);
      lot.qty = sub(lot.qty, part);
      left = sub(left, part);
      if (sign(lot.qty) === 0) this.lots.shift();
    }
    if (sign(left) > 0) {
      this.side = direction;
      this.lots.push({ qty: left, price });
      if (this.#method === 'average') {
        const qty = this.lots.reduce((sum, lot) => add(sum, lot.qty), ZERO);
        this.lots = [{ qty, price: this.average as Rational }];
      }
    }
    if (pays(this.inst)) return neg(mul(signed, this.unit(price)));
    return sub(this.realised, before);
  }

  /** What is held adds to cash to make equity. */
  worth(mark: Rational): Rational {
    if (!pays(this.inst)) return this.unrealised(mark);
    return mul(this.qty, this.unit(mark));
  }
}

/** A whole account on plain fractions. */
export class Model {
  readonly cash = new Map<string, Rational>();
  readonly fees = new Map<string, Rational>();
  readonly books = new Map<string, Book>();
  /** Instrument → currency → fees and cash flows. */
  readonly nets = new Map<string, Map<string, Rational>>();
  readonly #method: string;
  readonly #flowIds = new Set<string>();

  constructor(method: string, cash: Readonly<Record<string, string>> = {}) {
    this.#method = method;
    for (const [currency, amount] of Object.entries(cash))
      this.#pay(currency, parseRational(amount));
  }

  book(inst: InstrumentBody): Book {
    const id = inst.instrumentId;
    const book = this.books.get(id) ?? new Book(inst, this.#method);
    book.inst = inst;
    this.books.set(id, book);
    return book;
  }

  /** Realised with fees and cash flows, by currency. */
  net(id: string): Map<string, Rational> {
    const net = new Map(this.nets.get(id) ?? []);
    const book = this.books.get(id);
    if (book === undefined) return net;
    const { settle } = book.inst;
    return net.set(settle, add(net.get(settle) ?? ZERO, book.realised));
  }

  fill(body: FillBody, inst: InstrumentBody): void {
    const size = scale(body.qty, inst.qtyExponent);
    const signed = body.side === 'buy' ? size : neg(size);
    this.#pay(inst.settle, this.book(inst).trade(signed, scale(body.price, inst.priceExponent)));
    const fee = scale(body.fee, body.feeExponent);
    this.#pay(body.feeCurrency, neg(fee));
    this.fees.set(body.feeCurrency, add(this.fees.get(body.feeCurrency) ?? ZERO, fee));
    this.#net(body.inst, body.feeCurrency, neg(fee));
  }

  flow(body: CashFlowBody, inst: InstrumentBody | null): void {
    if (this.#flowIds.has(body.flowId)) return;
    this.#flowIds.add(body.flowId);
    const amount = parseRational(body.amount);
    this.#pay(body.currency, amount);
    if (body.kind === 'fee' || body.kind === 'rebate') {
      this.fees.set(body.currency, sub(this.fees.get(body.currency) ?? ZERO, amount));
    }
    if (inst === null || body.kind === 'transfer') return;
    let rest = amount;
    const book = this.book(inst);
    if (body.kind === 'settlement') {
      const signed = body.qty === null ? book.qty : scale(body.qty, inst.qtyExponent);
      const own = book.trade(neg(signed), scale(body.price ?? 0, inst.priceExponent));
      rest = sub(amount, own);
    }
    this.#net(inst.instrumentId, body.currency, rest);
  }

  #pay(currency: string, amount: Rational): void {
    this.cash.set(currency, add(this.cash.get(currency) ?? ZERO, amount));
  }

  #net(id: string, currency: string, amount: Rational): void {
    const nets = this.nets.get(id) ?? new Map<string, Rational>();
    this.nets.set(id, nets.set(currency, add(nets.get(currency) ?? ZERO, amount)));
  }
}
