/**
 * Positions and money as a portfolio reports them.
 * @module
 */
import type { FillBody, InstrumentBody } from '../events/index.js';
import type { Rational, Rounding } from '../fixed-point/index.js';

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
  /** False once a fraction outgrew its bound and was rounded; see PORTFOLIO-7. */
  readonly exact: boolean;
}

/** A portfolio as plain JSON: big numbers as decimal text, keys sorted. */
export interface PortfolioSnapshot {
  /** Currency → cash as decimal text. */
  readonly cash: Readonly<Record<string, string>>;
  /** Currency → fees paid as decimal text (negative: rebates received). */
  readonly fees: Readonly<Record<string, string>>;
  readonly fills: number;
  readonly positions: readonly {
    readonly averagePrice: string;
    readonly inst: string;
    readonly qty: number;
    readonly realised: string;
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
  /** Instruments that traded, in order of their first fill. */
  instruments(): readonly string[];
  /**
   * Unrealised PnL at a mark, before fees, in the settlement currency.
   * @param mark - price mantissa of the instrument
   */
  unrealised(inst: string, mark: number): Rational;
  /** Realised PnL of an instrument less its fees in the settlement currency. */
  realisedNet(inst: string): Rational;
  /** Cash of a currency as a mantissa at `exponent`, rounded as named. */
  cash(currency: string, options: { exponent: number; rounding: Rounding }): bigint;
  /** Fees paid in a currency, mantissa at {@link MONEY_EXPONENT}; negative for rebates. */
  fees(currency: string): bigint;
  /** Plain JSON of everything, for reports and hashes. */
  snapshot(): PortfolioSnapshot;
}

/** A portfolio that takes fills in. */
export interface PortfolioWriter extends Portfolio {
  /**
   * Books one execution.
   * @throws QL_PORTFOLIO_FILL when the fill contradicts its instrument
   */
  applyFill(fill: FillBody, instrument: InstrumentBody): void;
}
