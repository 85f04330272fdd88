import { QuantlaxmiError } from '../../core/index.js';
import type { CashFlowKind, FillBody, InstrumentBody } from '../../events/index.js';
import type { Rational } from '../../fixed-point/index.js';
import { contractValue, MONEY_EXPONENT } from '../contract-value.js';
import {
  checkFill,
  emptyHolding,
  type Holding,
  oriented,
  redeclared,
  signedCost,
  type Trade,
  tradeHolding,
} from '../holding.js';
import type { LotMethod } from '../types.js';
import { bounded, negated, plus, ZERO } from './fraction.js';
import { LotQueue } from './lots.js';

/** Whole values change hands; of the others only the result does. */
export function paysValue(instrument: InstrumentBody): boolean {
  const kind = instrument.class;
  return kind === 'spot' || kind === 'equity' || kind === 'option';
}

/** Money of one currency, in 10^-18 of it. */
export interface Purse {
  readonly currency: string;
  /**
   * Start, cash flows and fees, and every value paid and received in trades. With the value of what
   * is held at the marks it is the equity in this currency, whatever settles how.
   */
  balance: Rational;
  /** False once `balance` was rounded; see PORTFOLIO-7. */
  exact: boolean;
  /** Room for a valuation: `balance` with what is held at the marks. */
  marked: Rational;
  fees: bigint;
  readonly flows: Map<CashFlowKind, bigint>;
}

/** One instrument's books. */
export interface Entry {
  readonly inst: string;
  holding: Holding;
  readonly purse: Purse;
  readonly lots: LotQueue | null;
  /** Currency → cash flows less fees, 10^-18. */
  readonly nets: Map<string, bigint>;
  /** What settlements paid beyond own arithmetic, rounding included; settlement currency. */
  rest: Rational;
  hadFlow: boolean;
}

/** What changed, told after it was booked. */
export interface Booking {
  /** Null for what belongs to no instrument. */
  readonly entry: Entry | null;
  readonly qtyBefore: number;
  /** Quantity of the trade, 0 for cash flows that trade nothing. */
  readonly traded: number;
  /** Fee of the trade, 10^-18 of `feeCurrency`. */
  readonly fee: bigint;
  readonly feeCurrency: string;
  /** What was paid in or out, 10^-18 of `feeCurrency`; 0 for everything but transfers. */
  readonly transfer: bigint;
}

function emptyPurse(currency: string): Purse {
  return { currency, balance: ZERO, exact: true, marked: ZERO, fees: 0n, flows: new Map() };
}

/** The books themselves; the portfolio reads them, the equity tracker watches them. */
export class Ledger {
  readonly entries = new Map<string, Entry>();
  readonly purses = new Map<string, Purse>();
  /** Entries with an open position. */
  readonly held = new Map<string, Entry>();
  readonly method: LotMethod;
  watcher: ((booking: Booking) => void) | null = null;
  fills = 0;

  constructor(method: LotMethod) {
    this.method = method;
  }

  purse(currency: string): Purse {
    let purse = this.purses.get(currency);
    if (purse === undefined) {
      purse = emptyPurse(currency);
      this.purses.set(currency, purse);
    }
    return purse;
  }

  /** Books of an instrument, new ones where it has none; in the ledger only once entered. */
  entry(instrument: InstrumentBody): Entry {
    const inst = instrument.instrumentId;
    const known = this.entries.get(inst);
    if (known !== undefined) return known;
    return {
      inst,
      holding: emptyHolding(instrument),
      purse: this.purses.get(instrument.settle) ?? emptyPurse(instrument.settle),
      lots: this.method === 'fifo' ? new LotQueue() : null,
      nets: new Map(),
      rest: ZERO,
      hadFlow: false,
    };
  }

  enter(entry: Entry): void {
    this.entries.set(entry.inst, entry);
    this.purses.set(entry.purse.currency, entry.purse);
  }

  /** Puts a trade into the books. Changes nothing when it throws. */
  trade(entry: Entry, trade: Trade, under: { instrument: InstrumentBody; what: string }): void {
    const { instrument, what } = under;
    const before = redeclared(entry.holding, instrument, what);
    const value = contractValue(instrument, trade.price, trade.qty);
    const holding = tradeHolding(before, trade, { lots: entry.lots, value });
    entry.holding = holding;
    this.add(entry.purse, this.#cashValue(holding, trade.buys ? negated(value) : value));
    if (before.qty === 0) this.held.set(entry.inst, entry);
    else if (holding.qty === 0) this.held.delete(entry.inst);
  }

  applyFill(fill: FillBody, instrument: InstrumentBody): void {
    const shift = fill.feeExponent - MONEY_EXPONENT;
    if (!Number.isInteger(shift) || shift < 0 || shift > 64) {
      throw new QuantlaxmiError(
        'QL_PORTFOLIO_FILL',
        `Fill ${fill.fillId}: fee exponent ${fill.feeExponent}, expected an integer from ` +
          `${MONEY_EXPONENT} to ${MONEY_EXPONENT + 64}. The fill was not booked.`,
        { context: { fillId: fill.fillId, feeExponent: fill.feeExponent } },
      );
    }
    checkFill(fill, instrument);
    const known = this.entries.get(fill.inst);
    const entry = known ?? this.entry(instrument);
    const qtyBefore = entry.holding.qty;
    const trade = { price: fill.price, qty: fill.qty, buys: fill.side === 'buy' };
    this.trade(entry, trade, { instrument, what: 'Fill' });
    if (known === undefined) this.enter(entry);
    const fee = BigInt(fill.fee) * 10n ** BigInt(shift);
    const { feeCurrency } = fill;
    const purse = feeCurrency === instrument.settle ? entry.purse : this.purse(feeCurrency);
    if (fee !== 0n) {
      purse.fees += fee;
      this.add(purse, { num: -fee, den: 1n });
      entry.nets.set(feeCurrency, (entry.nets.get(feeCurrency) ?? 0n) - fee);
    }
    this.fills += 1;
    if (this.watcher === null) return;
    this.watcher({ entry, qtyBefore, traded: fill.qty, fee, feeCurrency, transfer: 0n });
  }

  add(purse: Purse, value: Rational): void {
    const { value: balance, exact } = bounded(plus(purse.balance, value));
    purse.balance = balance;
    if (!exact) purse.exact = false;
  }

  /** Cash of a currency in 10^-18: of what settles its result only, the entry value stays out. */
  cash(currency: string): Rational {
    const purse = this.purses.get(currency);
    if (purse === undefined) return ZERO;
    let sum = purse.balance;
    for (const { holding, purse: own } of this.held.values()) {
      if (own !== purse || paysValue(holding.instrument)) continue;
      sum = plus(oriented(holding, signedCost(holding)), sum);
    }
    return sum;
  }

  #cashValue(holding: Holding, value: Rational): Rational {
    return paysValue(holding.instrument) ? value : oriented(holding, value);
  }
}
