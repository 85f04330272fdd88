/**
 * What money is counted in, as data, and what equity is told as.
 * @module
 */
import type { Rational } from '../fixed-point/index.js';

/** How one currency is turned into the reporting currency. */
export type RateSource =
  /** Price of an instrument; `inverted` when it quotes the reporting currency in this one. */
  | { readonly inst: string; readonly inverted: boolean }
  /** A rate that the policy fixes, decimal text. */
  | { readonly fixed: string };

/** What PnL is measured in. */
export interface AccountSpec {
  /** Reporting currency. */
  readonly currency: string;
  /** Currency → way to the reporting currency. A currency not named has no rate. */
  readonly rates: Readonly<Record<string, RateSource>>;
  /** Trading days begin at this offset from 00:00 UTC, µs; may be negative. */
  readonly dayStartUs: number;
  /** Average cost, or first in first out, for round trips and realised PnL. */
  readonly lots: 'average' | 'fifo';
}

/**
 * Money of the account in its reporting currency, marked to the marks in hand. Exact fractions, not
 * in lowest terms: compare them with `compareRational`.
 */
export interface EquityState {
  readonly currency: string;
  readonly equity: Rational;
  /** Equity at the start of the trading day in hand. */
  readonly dayStart: Rational;
  /** Highest equity so far; never lowered but by a named operator. */
  readonly peak: Rational;
  /** Receive time of the oldest mark or rate it rests on, µs; null when it rests on none. */
  readonly oldestRx: number | null;
  /** Closed round trips in a row that lost, fees included. */
  readonly lossesInRow: number;
}

/** One unit of a currency in another. */
export interface Rate {
  /** Not in lowest terms. */
  readonly value: Rational;
  /** Receive time of the oldest price it rests on, µs; null when the policy fixes it. */
  readonly rx: number | null;
}
