/**
 * Contracts of the F&O segment: names, ids, instruments.
 * Names as the exchange writes them in `FinInstrmNm`: underlying, expiry, then `FUT` or strike and
 * right; a monthly expiry is `26FEB`, a weekly one `26203` (year, month 1 to 9 O N D, day).
 * @module
 */
import type { InstrumentBody } from '../../events/index.js';
import { closeOfDay, type Day, isSameMonth, nameParts, weekday } from './internal/ist.js';
import { NSE_VENUE } from './market.js';

/** Prices of files are rupees with two decimals. */
export const PRICE_EXPONENT = -2;
/** Five paise, the step of option prices; coarser steps of single contracts are in no file. */
const TICK = 5;

/** Underlying of a contract: index names as brokers' ticks carry them, so that ids agree. */
const INDEX_NAMES: ReadonlyMap<string, string> = /* @__PURE__ */ new Map([
  ['BANKNIFTY', 'NIFTY BANK'],
  ['FINNIFTY', 'NIFTY FIN SERVICE'],
  ['MIDCPNIFTY', 'NIFTY MID SELECT'],
  ['NIFTY', 'NIFTY 50'],
  ['NIFTYNXT50', 'NIFTY NEXT 50'],
]);

/** A contract as its row or leg names it. */
export interface Contract {
  readonly underlying: string;
  readonly expiry: Day;
  /** Mantissa at −2; null for a future. */
  readonly strike: number | null;
  readonly right: 'call' | 'put' | null;
}

/** Mantissa at −2 as the exchange writes strikes in names: `60100`, `262.5`. */
export function strikeText(mantissa: number): string {
  const paise = mantissa % 100;
  const whole = String((mantissa - paise) / 100);
  if (paise === 0) return whole;
  return `${whole}.${String(paise).padStart(2, '0').replace(/0$/, '')}`;
}

const TUESDAY = 2;
const THURSDAY = 4;
/** 2025-09-01: weekly and monthly expiries moved from Thursday to Tuesday. */
const TUESDAY_FROM = 20_332;

/**
 * True when an expiry is the last one of its month, by the day of the week alone: the expiry day
 * of the week it belongs to (a holiday moves an expiry to an earlier day), one week on, is in the
 * next month.
 */
export function isMonthlyByWeekday(expiry: Day): boolean {
  const target = expiry.index >= TUESDAY_FROM ? TUESDAY : THURSDAY;
  const scheduled = expiry.index + ((target - weekday(expiry.index) + 7) % 7);
  return !isSameMonth(expiry, scheduled + 7);
}

/** Only NIFTY has weekly contracts since 2024-11-20: SEBI allows one index for each exchange. */
const hasWeeklies = (underlying: string): boolean => underlying === 'NIFTY';

/**
 * True when an expiry is its month's last. Where a file lists all expiries they say it; else the
 * underlying and the day of the week do.
 */
export function isMonthly(underlying: string, expiry: Day, listed: readonly Day[] | null): boolean {
  if (listed === null) return !hasWeeklies(underlying) || isMonthlyByWeekday(expiry);
  return !listed.some((day) => day.index > expiry.index && isSameMonth(expiry, day.index));
}

/** Name of a contract, e.g. `NIFTY2620324900CE`, `BANKNIFTY26APRFUT`. */
export function contractName(contract: Contract, monthly: boolean): string {
  const { underlying, expiry, strike, right } = contract;
  const parts = nameParts(expiry);
  const when = monthly ? parts.month : parts.monthLetter + parts.day;
  const what = strike === null ? 'FUT' : `${strikeText(strike)}${right === 'call' ? 'CE' : 'PE'}`;
  return `${underlying}${parts.year}${when}${what}`;
}

/** Id of a contract of the F&O segment. */
export const contractId = (name: string): string => `${NSE_VENUE}:FO:${name}`;

/** What the underlying of a contract is. */
export interface Underlying {
  readonly id: string;
  readonly isIndex: boolean;
}

/** Id of an underlying: `NSE:INDEX:NIFTY 50`, `NSE:EQ:RELIANCE`. */
export function underlyingOf(symbol: string, isIndex: boolean): Underlying {
  const name = isIndex ? `INDEX:${INDEX_NAMES.get(symbol) ?? symbol}` : `EQ:${symbol}`;
  return { id: `${NSE_VENUE}:${name}`, isIndex };
}

/** True for the indices that have contracts. */
export const isIndexSymbol = (symbol: string): boolean => INDEX_NAMES.has(symbol);

const COMMON = {
  inverse: false,
  maxQty: null,
  minNotional: null,
  multiplier: '1',
  priceExponent: PRICE_EXPONENT,
  qtyExponent: 0,
  quote: 'INR',
  settle: 'INR',
  status: 'trading',
  validTo: null,
  venue: NSE_VENUE,
} as const;

/** Instrument of a contract. `lot` null: not known, one unit stands for it, marked inferred. */
export function contractInstrument(
  contract: Contract,
  name: string,
  lot: { readonly units: number; readonly stated: boolean } | null,
): InstrumentBody {
  const units = lot?.units ?? 1;
  return {
    ...COMMON,
    base: contract.underlying,
    class: contract.strike === null ? 'future' : 'option',
    expiry: closeOfDay(contract.expiry),
    inferred: lot === null || !lot.stated,
    instrumentId: contractId(name),
    lot: units,
    minQty: units,
    right: contract.right,
    segment: 'FO',
    strike: contract.strike,
    symbol: name,
    tick: TICK,
  };
}

/** Instrument of an underlying: its id is all that the files say of it. */
export function underlyingInstrument(symbol: string, underlying: Underlying): InstrumentBody {
  const [, segment = '', name = ''] = underlying.id.split(':');
  return {
    ...COMMON,
    base: symbol,
    class: underlying.isIndex ? 'index' : 'equity',
    expiry: null,
    inferred: true,
    instrumentId: underlying.id,
    lot: 1,
    minQty: 1,
    right: null,
    segment,
    strike: null,
    symbol: name,
    tick: underlying.isIndex ? 1 : TICK,
  };
}
