/**
 * Rates between currencies, from the prices of the log.
 * @module
 */
import { isQuantlaxmiError, QuantlaxmiError } from '../core/index.js';
import type { InstrumentBody } from '../events/index.js';
import { parseRational, type Rational } from '../fixed-point/index.js';
import type { AccountSpec, Rate, RateSource } from './account-types.js';

const ONE: Rational = Object.freeze({ num: 1n, den: 1n });
const IDENTITY: Rate = Object.freeze({ value: ONE, rx: null });

/** Rates between currencies; see {@link createRates}. */
export interface Rates {
  /** Reporting currency. */
  readonly currency: string;
  /** Whether a rate rests on this instrument's price. O(1). */
  needs(inst: string): boolean;
  /**
   * Takes a price in; one not above 0 makes the rate unknown. Instruments no rate rests on are
   * passed over.
   * @param instrument - the declaration that `price` is a mantissa of
   * @param mark - price mantissa and its receive time, µs
   */
  onMark(instrument: InstrumentBody, mark: { readonly price: number; readonly rx: number }): void;
  /**
   * One unit of `from` in `to`: 1 for a currency in itself, else by way of the reporting currency.
   * Null while a price it needs is unknown, or older than `ageMaxUs` at `nowUs` where that is
   * given.
   */
  rate(
    from: string,
    to: string,
    fresh?: { readonly nowUs: number; readonly ageMaxUs: number },
  ): Rate | null;
}

interface Slot {
  readonly inverted: boolean;
  /** To the reporting currency; null while unknown. */
  rate: Rate | null;
}

function refuse(what: string, currency: string): never {
  throw new QuantlaxmiError('QL_BAD_INPUT', `createRates: ${what}.`, { context: { currency } });
}

function fixedRate(currency: string, text: unknown): Rate {
  let value: Rational | null = null;
  try {
    value = typeof text === 'string' ? parseRational(text) : null;
  } catch (error) {
    if (!isQuantlaxmiError(error)) throw error;
  }
  if (value === null || value.num <= 0n) {
    const shown = JSON.stringify(text) ?? 'undefined';
    return refuse(
      `the fixed rate of ${currency} is ${shown}; expected decimal text above 0`,
      currency,
    );
  }
  return { value, rx: null };
}

function slotOf(currency: string, source: RateSource): Slot {
  if ('fixed' in source) return { inverted: false, rate: fixedRate(currency, source.fixed) };
  if (typeof source.inst !== 'string' || source.inst === '') {
    return refuse(`the rate of ${currency} names no instrument`, currency);
  }
  return { inverted: source.inverted === true, rate: null };
}

/** A price mantissa as a fraction; null when it is no price. */
function priceOf(price: number, exponent: number): Rational | null {
  if (!(Number.isSafeInteger(price) && price > 0)) return null;
  return exponent < 0
    ? { num: BigInt(price), den: 10n ** BigInt(-exponent) }
    : { num: BigInt(price) * 10n ** BigInt(exponent), den: 1n };
}

function older(a: number | null, b: number | null): number | null {
  if (a === null) return b;
  return b === null || a < b ? a : b;
}

class SpecRates implements Rates {
  readonly currency: string;
  readonly #slots = new Map<string, Slot>();
  readonly #byInst = new Map<string, Slot[]>();

  constructor(account: Pick<AccountSpec, 'currency' | 'rates'>) {
    this.currency = account.currency;
    if (typeof account.currency !== 'string' || account.currency === '') {
      refuse('the reporting currency is empty', '');
    }
    for (const [currency, source] of Object.entries(account.rates)) {
      if (currency === account.currency) {
        refuse(`a rate of ${currency} in itself; it is 1 and must not be given`, currency);
      }
      const slot = slotOf(currency, source);
      this.#slots.set(currency, slot);
      if (!('inst' in source)) continue;
      const list = this.#byInst.get(source.inst) ?? [];
      list.push(slot);
      this.#byInst.set(source.inst, list);
    }
  }

  needs(inst: string): boolean {
    return this.#byInst.has(inst);
  }

  onMark(instrument: InstrumentBody, mark: { readonly price: number; readonly rx: number }): void {
    const slots = this.#byInst.get(instrument.instrumentId);
    if (slots === undefined) return;
    const price = priceOf(mark.price, instrument.priceExponent);
    for (const slot of slots) {
      if (price === null) {
        slot.rate = null;
        continue;
      }
      const value = slot.inverted ? { num: price.den, den: price.num } : price;
      slot.rate = { value, rx: mark.rx };
    }
  }

  rate(
    from: string,
    to: string,
    fresh?: { readonly nowUs: number; readonly ageMaxUs: number },
  ): Rate | null {
    if (from === to) return IDENTITY;
    const out = this.#toReporting(from);
    if (out === null) return null;
    let found = out;
    if (to !== this.currency) {
      const back = this.#toReporting(to);
      if (back === null) return null;
      const num = out.value.num * back.value.den;
      const value = { num, den: out.value.den * back.value.num };
      found = { value, rx: older(out.rx, back.rx) };
    }
    if (fresh === undefined || found.rx === null) return found;
    return fresh.nowUs - found.rx <= fresh.ageMaxUs ? found : null;
  }

  #toReporting(currency: string): Rate | null {
    if (currency === this.currency) return IDENTITY;
    return this.#slots.get(currency)?.rate ?? null;
  }
}

/**
 * Makes rates that know no price yet: what the policy fixes is known, the rest comes with the marks
 * of the log. Nothing is rounded, and an inverted price is inverted exactly.
 *
 * @param account - reporting currency and the way of each currency to it
 * @returns the rates; every call is O(1)
 * @throws QL_BAD_INPUT for a rate that is no decimal above 0, names no instrument or is of the
 *   reporting currency itself
 * @example
 * ```ts
 * import { createRates } from 'quantlaxmi/portfolio';
 *
 * const rates = createRates({ currency: 'USDT', rates: { USD: { fixed: '0.5' } } });
 * rates.rate('USDT', 'USD');
 * // => { value: { num: 2n, den: 1n }, rx: null }
 * rates.rate('BNB', 'USDT');
 * // => null
 * ```
 */
export function createRates(account: Pick<AccountSpec, 'currency' | 'rates'>): Rates {
  return new SpecRates(account);
}
