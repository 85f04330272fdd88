/**
 * Books whose depth stream was taken off, as the log tells it.
 * @module
 */
import type { EventInput } from '../../../events/index.js';
import { EndedBooks, type FeedCommand } from '../../feed/index.js';
import { type BinanceMarket, binanceInstrumentId } from '../market.js';
import type { LinkTable } from './link-table.js';
import { isDiffDepth, type StreamOf } from './streams.js';

export class DepthEnds {
  readonly #books = new EndedBooks();
  readonly #market: BinanceMarket;
  readonly #partialDepth: readonly string[];

  /** @param partialDepth - symbols whose best levels are recorded as their book */
  constructor(market: BinanceMarket, partialDepth: readonly string[]) {
    this.#market = market;
    this.#partialDepth = partialDepth;
  }

  /** A stream is asked for. */
  begin(stream: StreamOf): void {
    if (!this.#bringsBook(stream)) return;
    this.#books.begin(binanceInstrumentId(this.#market, stream.symbol));
  }

  /**
   * Streams of a symbol are about to be taken off.
   *
   * @param held - all streams of the symbol
   */
  end(gone: readonly StreamOf[], held: readonly StreamOf[], links: LinkTable): FeedCommand[] {
    const last = gone.find((one) => this.#bringsBook(one));
    const link = last === undefined ? null : links.of(last.name);
    if (last === undefined || link === null) return [];
    if (held.some((one) => !gone.includes(one) && this.#bringsBook(one))) return [];
    const inst = binanceInstrumentId(this.#market, last.symbol);
    return [...this.#books.end(inst, link.id, `${last.name} was unsubscribed`)];
  }

  /** Facts for books that came after their end. */
  after(events: readonly EventInput[]): readonly FeedCommand[] {
    return this.#books.after(events);
  }

  #bringsBook({ kind, symbol }: StreamOf): boolean {
    if (isDiffDepth(kind)) return true;
    return kind.startsWith('depth') && this.#partialDepth.includes(symbol);
  }
}
