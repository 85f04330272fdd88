import type { CashFlowBody, FillBody, InstrumentBody, Side } from '../../events/index.js';
import type { VenueFact } from '../../execution/index.js';
import {
  divBig,
  formatBig,
  formatMantissa,
  rational,
  rationalToBig,
  rescaleExact,
  subRational,
} from '../../fixed-point/index.js';
import {
  contractValue,
  createPortfolio,
  type LotMethod,
  type PortfolioWriter,
} from '../../portfolio/index.js';

/** What the account is opened with. */
export interface AccountOptions {
  readonly account: string;
  readonly cash: Readonly<Record<string, string>>;
  readonly lots: LotMethod;
}

/** Exponent of the amounts the venue pays and takes besides executions. */
export const FLOW_EXPONENT = -8;

/** Exact money (10^-18) as a flow: what bounded fractions add goes first, then against us. */
export function flowAmount(num: bigint, den: bigint): bigint {
  return divBig(divBig(num, den * 1_000_000n, 'halfEven'), 10_000n, 'floor');
}

/**
 * The venue's own books: a portfolio of everything it executed and paid. Instruments are booked at
 * the finest exponents they were ever declared with, so that no declaration rounds a position.
 */
export class Account {
  readonly #id: string;
  readonly #name: string;
  readonly #portfolio: PortfolioWriter;
  readonly #booked = new Map<string, InstrumentBody>();
  /** Exponent of the quantity that the portfolio holds: that of its last booking. */
  readonly #exponents = new Map<string, number>();

  constructor(id: string, options: AccountOptions) {
    this.#id = id;
    this.#name = options.account;
    this.#portfolio = createPortfolio({ cash: options.cash, lots: options.lots });
  }

  /** Signed position, mantissa at the exponent of {@link Account.unitOf}. */
  qty(inst: string): number {
    const qty = this.#portfolio.qty(inst);
    const from = this.#exponents.get(inst);
    const to = this.#booked.get(inst)?.qtyExponent;
    return from === undefined || to === undefined || from === to
      ? qty
      : rescaleExact(qty, from, to);
  }

  /** The declaration the position of an instrument is booked by. */
  unitOf(instrument: InstrumentBody): InstrumentBody {
    const { instrumentId: inst } = instrument;
    const known = this.#booked.get(inst);
    const priceExponent = Math.min(instrument.priceExponent, known?.priceExponent ?? 0);
    const qtyExponent = Math.min(instrument.qtyExponent, known?.qtyExponent ?? 0);
    if (
      known !== undefined &&
      known.priceExponent === priceExponent &&
      known.qtyExponent === qtyExponent
    ) {
      return known;
    }
    const finest = { ...instrument, priceExponent, qtyExponent };
    this.#booked.set(inst, finest);
    return finest;
  }

  fill(fill: FillBody, instrument: InstrumentBody): void {
    const unit = this.unitOf(instrument);
    const price = rescaleExact(fill.price, instrument.priceExponent, unit.priceExponent);
    const qty = rescaleExact(fill.qty, instrument.qtyExponent, unit.qtyExponent);
    this.#portfolio.applyFill({ ...fill, price, qty }, unit);
    this.#exponents.set(fill.inst, unit.qtyExponent);
  }

  /** Books a flow; a settlement closes the position at `price`, a mantissa of the instrument. */
  flow(flow: CashFlowBody, instrument: InstrumentBody): void {
    const unit = this.unitOf(instrument);
    const price =
      flow.price === null
        ? null
        : rescaleExact(flow.price, instrument.priceExponent, unit.priceExponent);
    const { instrumentId: inst } = instrument;
    this.#portfolio.applyCashFlow({ ...flow, price, qty: this.qty(inst) }, unit);
    if (flow.kind === 'settlement') this.#exponents.set(inst, unit.qtyExponent);
  }

  /** What closing the position at a price brings, as a flow: mantissa at {@link FLOW_EXPONENT}. */
  result(instrument: InstrumentBody, price: number): bigint {
    const position = this.#portfolio.position(instrument.instrumentId);
    if (position === null || position.averagePrice === null) return 0n;
    const { averagePrice: entry, qty, qtyExponent } = position;
    const held = { ...instrument, qtyExponent };
    const end = contractValue(held, price, qty);
    const one = contractValue({ ...held, priceExponent: 0 }, 1, qty);
    const paid = instrument.inverse
      ? rational(one.num * entry.den, one.den * entry.num)
      : rational(one.num * entry.num, one.den * entry.den);
    // A value of the base currency falls as the price rises: an inverse contract counts backwards.
    const { num, den } = instrument.inverse ? subRational(paid, end) : subRational(end, paid);
    return flowAmount(num, den);
  }

  /** Largest quantity (mantissa of the instrument) by which an order of `side` only reduces. */
  reducible(instrument: InstrumentBody, side: Side): number {
    const net = this.qty(instrument.instrumentId);
    const open = side === 'buy' ? -net : net;
    if (open <= 0) return 0;
    const { qtyExponent } = this.unitOf(instrument);
    return Number(BigInt(open) / 10n ** BigInt(instrument.qtyExponent - qtyExponent));
  }

  /** Balances and positions as they are now. Nothing is locked: `free` is `total`. */
  fact(nowUs: number): VenueFact {
    const { cash } = this.#portfolio.snapshot();
    const balances = Object.entries(cash).map(([currency, total]) => ({
      currency,
      free: total,
      total,
    }));
    const positions: { entryPrice: string; inst: string; qty: string }[] = [];
    for (const inst of [...this.#portfolio.instruments()].sort()) {
      const position = this.#portfolio.position(inst);
      if (position === null || position.qty === 0 || position.averagePrice === null) continue;
      const { averagePrice, qty, qtyExponent } = position;
      const entry = rationalToBig(averagePrice, -18, 'halfEven');
      positions.push({
        entryPrice: formatBig(entry, -18),
        inst,
        qty: formatMantissa(qty, qtyExponent),
      });
    }
    const body = { account: this.#name, balances, cause: 0, margin: {}, positions };
    return { t: 'Account', sv: 1, rx: 0, ts: nowUs, src: this.#id, body };
  }
}
