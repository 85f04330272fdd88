/**
 * Equity of an account in one currency, marked to the log's prices.
 * @module
 */
import { QuantlaxmiError } from '../core/index.js';
import type { InstrumentBody } from '../events/index.js';
import { addRational, type Rational } from '../fixed-point/index.js';
import type { AccountSpec, EquityState } from './account-types.js';
import { DayBook } from './internal/day-book.js';
import { worth } from './internal/fraction.js';
import type { Booking, Ledger } from './internal/ledger.js';
import { ledgerOf } from './internal/ledger-of.js';
import { Marks } from './internal/marks.js';
import { Trips } from './internal/trips.js';
import { createRates, type Rates } from './rates.js';
import type { Portfolio } from './types.js';

/** A price to value an instrument at: mantissa and receive time, µs. */
export interface PriceMark {
  readonly price: number;
  readonly rx: number;
}

/** Settings of {@link createEquityTracker}. */
export interface EquityTrackerOptions {
  readonly account: AccountSpec;
  /** Made by `createPortfolio`; the tracker sees every booking by itself from then on. */
  readonly portfolio: Portfolio;
}

/** Equity, day and peak of an account; see {@link createEquityTracker}. */
export interface EquityTracker {
  /** Rates it converts with; they are fed by {@link EquityTracker.onMark}. */
  readonly rates: Rates;
  /** False once a balance was rounded; see PORTFOLIO-7. */
  readonly exact: boolean;
  /** Whether marks of this instrument matter: it is held, or a rate rests on it. O(1). */
  needs(inst: string): boolean;
  /**
   * Logged time went on. To be called before the facts of that time, so that a day begins with what
   * was known before it.
   * @param nowUs - receive time, µs since the epoch
   */
  onTime(nowUs: number): void;
  /**
   * The mark of an instrument; to be called while {@link EquityTracker.needs} says so, also right
   * after the fill that opened the position, and harmless otherwise. What is no integer makes the
   * mark unknown; so does closing the position.
   * @param instrument - the declaration that the price is a mantissa of
   * @param mark - null when there is none any more
   */
  onMark(instrument: InstrumentBody, mark: PriceMark | null): void;
  /** Equity as of the last event; null while a mark, a rate or the start of the day is unknown. */
  equity(): EquityState | null;
  /**
   * Realised and unrealised PnL of an instrument since the day began, fees and its cash flows
   * included, at the rates of now; null while a mark or rate it needs is unknown.
   */
  dayPnl(inst: string): Rational | null;
  /** Sets the peak to the equity in hand; the only thing that lowers it. */
  rebasePeak(): void;
  /** Plain JSON of what it remembers, for hashes. */
  snapshot(): EquitySnapshot;
}

/** What an {@link EquityTracker} remembers; fractions as `num/den`, empty when unknown. */
export interface EquitySnapshot {
  readonly day: number;
  readonly dayStart: string;
  readonly lossesInRow: number;
  readonly peak: string;
}

class Tracker implements EquityTracker {
  readonly rates: Rates;
  readonly #currency: string;
  readonly #ledger: Ledger;
  readonly #marks = new Marks();
  readonly #days: DayBook;
  readonly #trips: Trips;
  #peak: Rational | null = null;
  /** Currency → transfers not yet taken into day start and peak, for want of a rate; 10^-18. */
  readonly #pending = new Map<string, bigint>();
  /** Last valuation; null when unknown. Valid while not `#stale`. */
  #equity: Rational | null = null;
  #oldestRx: number | null = null;
  #stale = true;
  /** True from the first call of `onTime`. */
  #begun = false;

  constructor({ account, portfolio }: EquityTrackerOptions) {
    if (!Number.isSafeInteger(account.dayStartUs)) {
      throw new QuantlaxmiError(
        'QL_BAD_INPUT',
        `createEquityTracker: dayStartUs is ${account.dayStartUs}; expected an integer, µs.`,
        { context: { dayStartUs: account.dayStartUs } },
      );
    }
    this.rates = createRates(account);
    this.#currency = account.currency;
    this.#ledger = ledgerOf(portfolio);
    if (this.#ledger.watcher !== null) {
      throw new QuantlaxmiError(
        'QL_BAD_INPUT',
        'createEquityTracker: the portfolio has a tracker already; expected one of its own.',
      );
    }
    this.#days = new DayBook(this.#ledger, this.#marks, account.dayStartUs);
    this.#trips = new Trips(this.#ledger, this.rates);
    this.#ledger.watcher = (booking) => this.#onBooking(booking);
  }

  get exact(): boolean {
    for (const purse of this.#ledger.purses.values()) if (!purse.exact) return false;
    return true;
  }

  needs(inst: string): boolean {
    return this.#ledger.held.has(inst) || this.rates.needs(inst);
  }

  onTime(nowUs: number): void {
    if (nowUs < this.#days.nextUs) return;
    this.#look();
    this.#days.begin(nowUs, this.#pending.size === 0 ? this.#equity : null);
    this.#begun = true;
    this.#stale = true;
    this.#look();
  }

  onMark(instrument: InstrumentBody, mark: PriceMark | null): void {
    const inst = instrument.instrumentId;
    const isRate = this.rates.needs(inst);
    if (isRate) this.rates.onMark(instrument, mark ?? { price: 0, rx: 0 });
    const moved = this.#marks.set(instrument, mark);
    const entry = this.#ledger.held.get(inst);
    if (entry === undefined && !isRate) return;
    this.#stale = true;
    // A price that did not move for the position cannot make a new peak.
    const against = entry !== undefined && (entry.holding.qty > 0 ? moved <= 0 : moved >= 0);
    if (isRate || !against) this.#look();
  }

  equity(): EquityState | null {
    this.#look();
    const equity = this.#equity;
    const { dayStart } = this.#days;
    const peak = this.#peak;
    if (equity === null || dayStart === null || peak === null) return null;
    if (this.#pending.size > 0) return null;
    const { lossesInRow } = this.#trips;
    const currency = this.#currency;
    return { currency, equity, dayStart, peak, oldestRx: this.#oldestRx, lossesInRow };
  }

  dayPnl(inst: string): Rational | null {
    this.#look();
    return this.#begun ? this.#days.pnl(inst, this.rates) : null;
  }

  rebasePeak(): void {
    this.#peak = null;
    this.#stale = true;
    this.#look();
  }

  snapshot(): EquitySnapshot {
    const text = (r: Rational | null): string => (r === null ? '' : `${r.num}/${r.den}`);
    const { day, dayStart } = this.#days;
    const { lossesInRow } = this.#trips;
    return { day, dayStart: text(dayStart), lossesInRow, peak: text(this.#peak) };
  }

  /** Values everything, unless nothing changed; takes the day's start and the peak along. */
  #look(): void {
    if (!this.#stale) return;
    this.#stale = false;
    this.#value();
    this.#days.marksKnown();
    const equity = this.#equity;
    if (equity === null || !this.#begun) return;
    if (this.#pending.size > 0) this.#takePending();
    if (this.#pending.size > 0) return;
    this.#days.known(equity);
    if (this.#peak === null || isAbove(equity, this.#peak)) this.#peak = equity;
  }

  #value(): void {
    const { held, purses } = this.#ledger;
    this.#equity = null;
    let oldest: number | null = null;
    let total: Rational = { num: 0n, den: 1n };
    for (const purse of purses.values()) {
      purse.marked = purse.balance;
    }
    for (const entry of held.values()) {
      const mark = this.#marks.valueOf(entry);
      if (mark === null) return;
      if (oldest === null || mark.rx < oldest) oldest = mark.rx;
      entry.purse.marked = worth(entry.purse.marked, mark.value);
    }
    for (const { currency, marked } of purses.values()) {
      if (marked.num === 0n) continue;
      if (currency === this.#currency) {
        total = worth(total, marked);
        continue;
      }
      const rate = this.rates.rate(currency, this.#currency);
      if (rate === null) return;
      if (rate.rx !== null && (oldest === null || rate.rx < oldest)) oldest = rate.rx;
      const { num, den } = rate.value;
      total = worth(total, { num: marked.num * num, den: marked.den * den });
    }
    this.#equity = { num: total.num, den: total.den * 1_000_000_000_000_000_000n };
    this.#oldestRx = oldest;
  }

  #onBooking(booking: Booking): void {
    const { entry } = booking;
    this.#stale = true;
    this.#trips.onBooking(booking);
    // Nobody need tell marks of what is not held: an old one would value the next position.
    if (entry !== null && entry.holding.qty === 0) this.#marks.forget(entry.inst);
    if (booking.transfer !== 0n) {
      const { feeCurrency, transfer } = booking;
      this.#pending.set(feeCurrency, (this.#pending.get(feeCurrency) ?? 0n) + transfer);
      this.#takePending();
    }
    this.#look();
  }

  /** Money paid in is no profit: day start and peak go along with it. */
  #takePending(): void {
    for (const [currency, amount] of this.#pending) {
      if (this.#days.dayStart !== null || this.#peak !== null) {
        const rate = this.rates.rate(currency, this.#currency);
        if (rate === null) continue;
        const { num, den } = rate.value;
        const shift = { num: amount * num, den: den * 1_000_000_000_000_000_000n };
        this.#days.shift(shift);
        if (this.#peak !== null) this.#peak = addRational(this.#peak, shift);
      }
      this.#pending.delete(currency);
    }
  }
}

function isAbove(a: Rational, b: Rational): boolean {
  return a.den === b.den ? a.num > b.num : a.num * b.den > b.num * a.den;
}

/**
 * Makes a tracker of equity, of its peak and its value at the start of the day, and of losing round
 * trips. It sees the bookings of its portfolio by itself and is told time and marks.
 *
 * Equity is the cash of all currencies, and of what is held its value (spot, equity, options) or
 * its unrealised PnL (futures, perpetuals). A day begins at `dayStartUs` after 00:00 UTC of logged
 * time with the equity at the last marks before; where that was unknown, with the first that is
 * known, and until then `equity()` is null. Transfers shift day start and peak by their worth at
 * the rate of their time, so that neither a deposit is a profit nor a withdrawal a loss.
 *
 * A round trip lasts from flat to flat, or through zero; its result is what it brought less fees
 * and with the cash flows that came while it was open, at the rates of its end. Where a rate is
 * missing that would decide, it counts as lost.
 *
 * @param options - reporting currency, rates and day; the portfolio
 * @returns the tracker; `equity()` is O(instruments held + currencies), remembered until something
 *   changes
 * @throws QL_BAD_INPUT
 * @example
 * ```ts
 * import { createEquityTracker, createPortfolio } from 'quantlaxmi/portfolio';
 *
 * const tracker = createEquityTracker({
 *   account: { currency: 'USDT', rates: {}, dayStartUs: 0, lots: 'average' },
 *   portfolio: createPortfolio({ cash: { USDT: '1000' } }),
 * });
 * tracker.onTime(1_000_000);
 * const { num, den } = tracker.equity()?.equity ?? { num: 0n, den: 1n };
 * num / den;
 * // => 1000n
 * ```
 */
export function createEquityTracker(options: EquityTrackerOptions): EquityTracker {
  return new Tracker(options);
}
