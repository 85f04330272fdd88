/**
 * One leg of a chain with bid and ask, of whichever file.
 * @module
 */
import type { QuoteBody } from '../../../events/index.js';
import { Refusal } from './facts.js';
import type { Contract } from '../contract.js';
import type { Lot } from './lots.js';
import { type ContractItem, NO_STATS, type Note, type RowPlace } from './reading.js';
import { priceOrNull, readCount, unitsOf } from './values.js';

/** Texts of a leg; null where the file says that there is nothing. */
export interface LegTexts {
  readonly place: RowPlace;
  readonly contract: Contract;
  readonly name: string;
  readonly lot: Lot | null;
  readonly ts: number | null;
  readonly last: string | null;
  /** Contracts. */
  readonly volume: string | null;
  /** Contracts. */
  readonly openInterest: string | null;
  readonly bid: string | null;
  /** Units. */
  readonly bidQty: string | null;
  readonly ask: string | null;
  /** Units. */
  readonly askQty: string | null;
}

interface Side {
  readonly price: number | null;
  readonly qty: number;
}

/** A side is there when it has a price and a quantity; one without the other is noted. */
function sideOf(price: string | null, qty: string | null, notes: Note[]): Side {
  const found = price === null ? null : priceOrNull(price);
  const units = qty === null ? 0 : readCount(qty);
  if ((found === null) === (units === 0)) return { price: found, qty: units };
  const expected = 'price and quantity of a side, or neither';
  notes.push({ code: 'QL_NSE_QUOTE', value: `${price ?? '-'} x ${qty ?? '-'}`, expected });
  return { price: null, qty: 0 };
}

/** A crossed or locked quote cannot stand at an exchange: it is noted and left out. */
function quoteOf(leg: LegTexts, notes: Note[]): Omit<QuoteBody, 'inst'> | null {
  const bid = sideOf(leg.bid, leg.bidQty, notes);
  const ask = sideOf(leg.ask, leg.askQty, notes);
  if (bid.price !== null && ask.price !== null && bid.price >= ask.price) {
    const value = `${leg.bid} / ${leg.ask}`;
    notes.push({ code: 'QL_NSE_QUOTE', value, expected: 'a bid below the ask' });
    return null;
  }
  return {
    ask: ask.price,
    askQty: ask.qty,
    bid: bid.price,
    bidQty: bid.qty,
    venueSeq: null,
  };
}

/** Contracts as units; null when the lot is not known, with the text checked all the same. */
function units(text: string | null, lot: Lot | null): number | null {
  if (text === null) return null;
  if (lot !== null) return unitsOf(text, lot.units);
  if (!/^[0-9]{1,15}(\.[0-9]+)?$/.test(text)) {
    throw new Refusal('QL_NSE_VALUE', text, 'a number of contracts');
  }
  return null;
}

/**
 * Reads a leg. A last price of a leg that did not trade today is of an earlier day: it is noted and
 * null. Without a known lot, contracts cannot become units: both counts are null.
 */
export function legItem(leg: LegTexts): ContractItem {
  const notes: Note[] = [];
  const { place, contract, name, lot, ts } = leg;
  const volume = units(leg.volume, lot);
  const openInterest = units(leg.openInterest, lot);
  const traded = leg.volume !== null && !/^0*$/.test(leg.volume);
  let last = leg.last === null ? null : priceOrNull(leg.last);
  if (last !== null && !traded) {
    const expected = 'a price of this day; volume 0';
    notes.push({ code: 'QL_NSE_STALE_LAST', value: leg.last ?? '', expected });
    last = null;
  }
  if (lot === null && (traded || (leg.openInterest !== null && leg.openInterest !== '0'))) {
    const expected = 'a lot, to count contracts in units; give a bhavcopy or instruments';
    notes.push({ code: 'QL_NSE_LOT', value: name, expected });
  }
  const stats = { ...NO_STATS, last, openInterest, volume };
  const quote = quoteOf(leg, notes);
  return { t: 'contract', place, contract, name, lot, ts, stats, quote, notes };
}
