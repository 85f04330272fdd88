/** Columns of the instruments dump. @module */

/** Columns that are read; others of the dump (`last_price` among them) are not. */
export const COLUMNS = [
  'instrument_token',
  'exchange_token',
  'tradingsymbol',
  'name',
  'expiry',
  'strike',
  'tick_size',
  'lot_size',
  'instrument_type',
  'segment',
  'exchange',
] as const;

/** Name of a column that is read. */
export type Column = (typeof COLUMNS)[number];

/** A row by the names of its columns. */
export type InstrumentFields = Readonly<Record<Column, string>>;
