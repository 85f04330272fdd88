/**
 * Positions and money as a portfolio reports them.
 * @module
 */
import type { CashFlowBody, CashFlowKind, FillBody, InstrumentBody } from '../events/index.js';
import type { Rational, Rounding } from '../fixed-point/index.js';

/** How closing trades are matched with what they close. */
export type LotMethod = 'average' | 'fifo';

/** One instrument's holding. Amounts of money are exact fractions of the settlement currency. */
export interface Position {
  readonly inst: string;
  /** Signed quantity, mantissa at `qtyExponent`: positive long, negative short. */
  readonly qty: number;
  readonly qtyExponent: number;
  /** Settlement currency of the PnL. */
  readonly currency: string;
  /** Average entry price as an exact decimal fraction (not a mantissa); null when flat. */
  readonly averagePrice: Rational | null;
  /** Realised PnL before fees. */
  readonly realised: Rational;
  /**
   * False once a fraction of it or of its currency's balance, or the list of its lots, outgrew its
   * bound; see PORTFOLIO-7, PORTFOLIO-8.
   */
  readonly exact: boolean;
}

/** An open lot: what one or more fills at one price left open. Exact fractions. */
export interface Lot {
  /** Signed quantity in units of the instrument (not a mantissa): negative for short lots. */
  readonly qty: Rational;
  /** Entry price, decimal. */
  readonly price: Rational;
  /** Entry value of the open quantity in the settlement currency, not signed. */
  readonly value: Rational;
}

/** A lot, or a part of one, that a fill or settlement closed. Exact fractions. */
export interface ClosedLot {
  /** Quantity that was closed, signed as it was held, in units of the instrument. */
  readonly qty: Rational;
  /** Entry price, decimal. */
  readonly entryPrice: Rational;
  /** Realised PnL before fees, in the settlement currency. */
  readonly realised: Rational;
}

/** A portfolio as plain JSON: big numbers as decimal text, keys sorted. */
export interface PortfolioSnapshot {
  /** Currency → cash as decimal text. */
  readonly cash: Readonly<Record<string, string>>;
  /** Currency → fees paid as decimal text (negative: rebates received). */
  readonly fees: Readonly<Record<string, string>>;
  readonly fills: number;
  /** Kind → currency → sum of the cash flows as decimal text; absent before the first. */
  readonly flows?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** `fifo` under that method, absent under average cost. */
  readonly lots?: 'fifo';
  readonly positions: readonly {
    readonly averagePrice: string;
    readonly inst: string;
    /** Open lots, oldest first; absent under average cost. */
    readonly lots?: readonly { readonly price: string; readonly qty: string }[];
    /** Currency → cash flows less fees of this instrument; absent while it had no cash flow. */
    readonly net?: Readonly<Record<string, string>>;
    readonly qty: number;
    readonly realised: string;
    /** What settlements paid beyond own arithmetic; absent while it had no cash flow. */
    readonly rest?: string;
  }[];
}

/** Reading side of a portfolio. */
export interface Portfolio {
  /**
   * Signed position mantissa at the exponent its last fill was booked with (see `qtyExponent` of
   * {@link Portfolio.position}); 0 when the instrument never traded.
   */
  qty(inst: string): number;
  /** The position, or null when the instrument never traded. */
  position(inst: string): Position | null;
  /** Instruments that traded or had a cash flow, in order of the first. */
  instruments(): readonly string[];
  /** Instruments with an open position, in the order they were opened. */
  held(): readonly string[];
  /**
   * Open lots, oldest first. Under average cost there is at most one: everything open, at the
   * average price.
   */
  lots(inst: string): readonly Lot[];
  /**
   * What the last fill or settlement of the instrument closed, oldest lot first; empty when it
   * closed nothing, and always under average cost.
   */
  closedLots(inst: string): readonly ClosedLot[];
  /**
   * Unrealised PnL at a mark, before fees, in the settlement currency.
   * @param mark - price mantissa of the instrument
   */
  unrealised(inst: string, mark: number): Rational;
  /**
   * Realised PnL of an instrument in its settlement currency, less fees and with its cash flows
   * (funding, dividends, interest) in that currency.
   */
  realisedNet(inst: string): Rational;
  /** Cash of a currency as a mantissa at `exponent`, rounded as named. */
  cash(currency: string, options: { exponent: number; rounding: Rounding }): bigint;
  /** Cash of a currency as an exact fraction, not in lowest terms; 0 when it was never used. */
  cashExact(currency: string): Rational;
  /** Fees paid in a currency, mantissa at {@link MONEY_EXPONENT}; negative for rebates. */
  fees(currency: string): bigint;
  /** Sum of the cash flows of a kind in a currency, mantissa at {@link MONEY_EXPONENT}. */
  flows(kind: CashFlowKind, currency: string): bigint;
  /** Plain JSON of everything, for reports and hashes. */
  snapshot(): PortfolioSnapshot;
}

/** A portfolio that takes fills and cash flows in. */
export interface PortfolioWriter extends Portfolio {
  /**
   * Books one execution.
   * @throws QL_PORTFOLIO_FILL when the fill contradicts its instrument
   */
  applyFill(fill: FillBody, instrument: InstrumentBody): void;
  /**
   * Books cash that moved without an execution; one whose `flowId` was booked before is a
   * `duplicate` and changes nothing.
   *
   * A settlement whose quantity is not the position held, or whose amount is not what it comes to
   * at its price, is booked as it was reported, since the cash did move, and then thrown: trading
   * has to stop until somebody looked. Every other `QL_PORTFOLIO_FLOW` booked nothing; `booked` in
   * the context of the error (1 or 0) tells.
   *
   * @param flow - what the venue reported
   * @param instrument - the instrument it names; null when it names none
   * @throws QL_PORTFOLIO_FLOW, QL_PORTFOLIO_FILL, QL_FIXED_OVERFLOW, QL_FIXED_INEXACT
   */
  applyCashFlow(flow: CashFlowBody, instrument: InstrumentBody | null): 'applied' | 'duplicate';
}
