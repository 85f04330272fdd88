/**
 * What the decoders of all kinds of files give: items, one by one, in the order of the file.
 * @module
 */
import type { ErrorCode } from '../../../core/index.js';
import type { QuoteBody, StatsBody } from '../../../events/index.js';
import type { Contract } from '../contract.js';
import type { Lot, LotBook } from './lots.js';

/** A file to be read. */
export interface NseFile {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** When it was received, µs. */
  readonly rx: number;
}

/** A value that is not used although its contract is: the field is null. */
export interface Note {
  readonly code: ErrorCode;
  readonly value: string;
  readonly expected: string;
}

/** Place of a row or leg within its file. */
export interface RowPlace {
  /** Line, or number of the entry in JSON; 0 for the whole file. */
  readonly line: number;
  /** Gives the row as text, for an excerpt; null where there is none. */
  readonly text: (() => string) | null;
}

/** One contract of a file. */
export interface ContractItem {
  readonly t: 'contract';
  readonly place: RowPlace;
  readonly contract: Contract;
  readonly name: string;
  readonly lot: Lot | null;
  /** The exchange's own time, µs; null when the file has none. */
  readonly ts: number | null;
  readonly stats: Omit<StatsBody, 'inst'>;
  readonly quote: Omit<QuoteBody, 'inst'> | null;
  readonly notes: readonly Note[];
}

/** What a file says about an underlying. */
export interface UnderlyingItem {
  readonly t: 'underlying';
  readonly place: RowPlace;
  readonly symbol: string;
  readonly isIndex: boolean;
  readonly ts: number | null;
  readonly stats: Omit<StatsBody, 'inst'> | null;
  readonly notes: readonly Note[];
}

/** A record of the file was seen. */
export interface RowItem {
  readonly t: 'row';
}

/** Something is not used, and why. */
export interface RefusedItem {
  readonly t: 'refused';
  readonly what: 'file' | 'row' | 'contract';
  readonly place: RowPlace;
  readonly error: unknown;
}

/** A remark on the file that costs nothing: a column that nobody describes. */
export interface RemarkItem {
  readonly t: 'remark';
  readonly note: Note;
}

/** What decoders give. */
export type Item = ContractItem | UnderlyingItem | RowItem | RefusedItem | RemarkItem;

/** What decoders need beside the file. */
export interface Reading {
  readonly file: NseFile;
  readonly lots: LotBook;
}

/** Statistics of which nothing is known. */
export const NO_STATS: Omit<StatsBody, 'inst'> = {
  close: null,
  high: null,
  last: null,
  low: null,
  open: null,
  openInterest: null,
  turnover: null,
  volume: null,
};
