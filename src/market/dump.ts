/**
 * A book as text, one line per level, for people and for checksums.
 * @module
 */
import { QuantlaxmiError } from '../core/index.js';
import type { InstrumentBody } from '../events/index.js';
import { formatMantissa } from '../fixed-point/index.js';
import type { BookView } from './book.js';

/** Digits to print; default: as many as the instrument's exponents say. */
export interface DumpOptions {
  /** Decimals of prices, at least the instrument's; zeros are put behind. */
  readonly priceDecimals?: number;
  /** Decimals of quantities, at least the instrument's; zeros are put behind. */
  readonly qtyDecimals?: number;
}

/** Zeros that lead from the instrument's decimals to the asked ones. */
function zeros(exponent: number, asked: number | undefined, what: string): string {
  const own = Math.max(0, -exponent);
  if (asked === undefined || asked === own) return '';
  if (asked > own && asked <= 30) return (own === 0 ? '.' : '') + '0'.repeat(asked - own);
  throw new QuantlaxmiError(
    'QL_BAD_INPUT',
    `${what} is ${asked}; expected ${own} (the instrument's) to 30. Fewer would cut digits off.`,
    { context: { asked, own } },
  );
}

/**
 * Prints a book: `B <price> <qty>` from the best bid down, then `A <price> <qty>` from the best ask
 * up, decimal text, each line ended by a line feed.
 *
 * @param book - a synced book
 * @param instrument - gives the exponents of its mantissas
 * @param options - more decimals than the instrument's, to match a venue that prints zeros
 * @returns the text; O(levels)
 * @throws QL_BOOK_UNSYNCED when the book is not in sequence
 * @throws QL_BAD_INPUT when fewer decimals are asked for than the instrument has
 * @example
 * ```ts
 * import { createBook, dumpBook } from 'quantlaxmi/market';
 *
 * const book = createBook('X:SPOT:AB', { rule: { kind: 'contiguous' } });
 * book.applySnapshot({ asks: [[1001, 5]], bids: [[1000, 7]], inst: 'X:SPOT:AB', venueSeq: 1 });
 * dumpBook(book, { priceExponent: -1, qtyExponent: 0 }, { priceDecimals: 2 });
 * // => 'B 100.00 7\nA 100.10 5\n'
 * ```
 */
export function dumpBook(
  book: BookView,
  instrument: Pick<InstrumentBody, 'priceExponent' | 'qtyExponent'>,
  options: DumpOptions = {},
): string {
  const { priceExponent, qtyExponent } = instrument;
  const priceZeros = zeros(priceExponent, options.priceDecimals, 'priceDecimals');
  const qtyZeros = zeros(qtyExponent, options.qtyDecimals, 'qtyDecimals');
  const lines: string[] = [];
  for (const side of ['bid', 'ask'] as const) {
    const mark = side === 'bid' ? 'B' : 'A';
    for (const [price, qty] of book.levels(side)) {
      const priceText = formatMantissa(price, priceExponent) + priceZeros;
      lines.push(`${mark} ${priceText} ${formatMantissa(qty, qtyExponent)}${qtyZeros}\n`);
    }
  }
  return lines.join('');
}
