/**
 * `quantlaxmi book`: the order book rebuilt from a session.
 * @module
 */
import { formatMantissa } from '../../fixed-point/index.js';
import { dumpBook } from '../../market/index.js';
import { bookAt } from '../../node/index.js';
import { facts } from '../format.js';
import type { CommonOptions, Outcome } from '../outcome.js';

/** Options of `book`. */
export interface BookOptions extends CommonOptions {
  readonly instrument: string;
  readonly at?: number;
  readonly dump?: boolean;
  readonly priceDecimals?: number;
  readonly qtyDecimals?: number;
}

/** Shows the book: the touch, or every level with `--dump`. */
export const bookCommand = async (dir: string, options: BookOptions): Promise<Outcome> => {
  const { book, instrument, seq } = await bookAt(dir, {
    instrumentId: options.instrument,
    ...(options.at === undefined ? {} : { atSeq: options.at }),
  });
  const { priceExponent, qtyExponent } = instrument;
  const text = (level: readonly [number, number] | null): string =>
    level === null
      ? 'none'
      : `${formatMantissa(level[0], priceExponent)} x ${formatMantissa(level[1], qtyExponent)}`;
  const bestBid = text(book.bestBid());
  const bestAsk = text(book.bestAsk());
  const dump = dumpBook(book, instrument, {
    ...(options.priceDecimals === undefined ? {} : { priceDecimals: options.priceDecimals }),
    ...(options.qtyDecimals === undefined ? {} : { qtyDecimals: options.qtyDecimals }),
  });
  const summary = {
    instrument: options.instrument,
    seq,
    venueSeq: book.lastSeq,
    bids: book.bidCount,
    asks: book.askCount,
    bestBid,
    bestAsk,
  };
  if (options.dump === true) {
    return { exitCode: 0, document: { ...summary, dump }, text: dump.replace(/\n$/, '') };
  }
  return {
    exitCode: 0,
    document: summary,
    text: facts([
      ['instrument', options.instrument],
      ['after seq', String(seq)],
      ['venue sequence', String(book.lastSeq)],
      ['best bid', `${bestBid}  (${book.bidCount} levels)`],
      ['best ask', `${bestAsk}  (${book.askCount} levels)`],
    ]),
  };
};
