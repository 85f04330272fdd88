/**
 * The market as a strategy step sees it: books, last quotes, last trades and instruments by id.
 * @module
 */
import { QuantlaxmiError } from '../core/index.js';
import type { Event, EventInput, InstrumentBody, QuoteBody, TradeBody } from '../events/index.js';
import { type Book, type BookView, createBook } from './book.js';
import { breaksFeed } from './broken-feed.js';
import { createInstrumentRegistry, type InstrumentRegistry } from './instruments.js';

/** A body with the times of the event that brought it, µs since the epoch. */
export interface Stamped<B> {
  readonly body: B;
  /** Receive time. */
  readonly rx: number;
  /** Venue time; null when the venue sent none. */
  readonly ts: number | null;
}

/** Reading side of the market state. */
export interface MarketReader {
  /** Receive time of the last event taken in, µs; 0 before the first. */
  readonly nowUs: number;
  /**
   * The L2 book of an instrument; empty and unsynced until data came. Reads of an unsynced book
   * throw `QL_BOOK_UNSYNCED`.
   * @throws QL_INSTRUMENT_UNKNOWN when the instrument was not declared.
   */
  book(inst: string): BookView;
  /**
   * The last best bid and offer, or null before the first.
   * @throws QL_INSTRUMENT_UNKNOWN when the instrument was not declared.
   */
  quote(inst: string): Stamped<QuoteBody> | null;
  /**
   * The last trade, or null before the first.
   * @throws QL_INSTRUMENT_UNKNOWN when the instrument was not declared.
   */
  lastTrade(inst: string): Stamped<TradeBody> | null;
  /**
   * The instrument as valid at {@link MarketReader.nowUs}.
   * @throws QL_INSTRUMENT_UNKNOWN when it was not declared or is not valid now.
   */
  instrument(inst: string): InstrumentBody;
  /** Ids of all declared instruments, in order of declaration. */
  instrumentIds(): readonly string[];
}

/** A market state that takes events in. */
export interface MarketView extends MarketReader {
  /**
   * Takes one event in; types that say nothing about the market are ignored.
   * @throws QL_INSTRUMENT_UNKNOWN when market data names an instrument not declared before.
   */
  onEvent(event: Event | EventInput): void;
}

interface Entry {
  readonly book: Book;
  quote: Stamped<QuoteBody> | null;
  trade: Stamped<TradeBody> | null;
  priceExponent: number;
  qtyExponent: number;
}

class EventMarketView implements MarketView {
  nowUs = 0;
  readonly #entries = new Map<string, Entry>();
  readonly #registry: InstrumentRegistry = createInstrumentRegistry();

  onEvent(event: Event | EventInput): void {
    this.nowUs = event.rx;
    switch (event.t) {
      case 'BookDelta':
        this.#entry(event.body.inst).book.applyDelta(event.body);
        return;
      case 'Quote':
        this.#entry(event.body.inst).quote = { body: event.body, rx: event.rx, ts: event.ts };
        return;
      case 'Trade':
        this.#entry(event.body.inst).trade = { body: event.body, rx: event.rx, ts: event.ts };
        return;
      case 'BookSnapshot':
        this.#entry(event.body.inst).book.applySnapshot(event.body);
        return;
      case 'Instrument':
        this.#declare(event.body, event.rx);
        return;
      case 'Session':
        if (breaksFeed(event.body)) this.#disconnect(event.body.inst);
        return;
      default:
    }
  }

  book(inst: string): BookView {
    return this.#entry(inst).book;
  }

  quote(inst: string): Stamped<QuoteBody> | null {
    return this.#entry(inst).quote;
  }

  lastTrade(inst: string): Stamped<TradeBody> | null {
    return this.#entry(inst).trade;
  }

  instrument(inst: string): InstrumentBody {
    return this.#registry.at(inst, this.nowUs);
  }

  instrumentIds(): readonly string[] {
    return [...this.#entries.keys()];
  }

  #declare(body: InstrumentBody, rx: number): void {
    this.#registry.add(body, rx);
    const { instrumentId, priceExponent, qtyExponent } = body;
    const entry = this.#entries.get(instrumentId);
    if (entry === undefined) {
      const book = createBook(instrumentId, { rule: { kind: 'perDelta' } });
      this.#entries.set(instrumentId, {
        book,
        quote: null,
        trade: null,
        priceExponent,
        qtyExponent,
      });
      return;
    }
    if (entry.priceExponent === priceExponent && entry.qtyExponent === qtyExponent) return;
    // Mantissas of another exponent are another price: nothing held may be read any more.
    entry.book.invalidate();
    entry.quote = null;
    entry.trade = null;
    entry.priceExponent = priceExponent;
    entry.qtyExponent = qtyExponent;
  }

  #disconnect(inst: string | null): void {
    if (inst !== null) this.#entries.get(inst)?.book.invalidate();
    else for (const entry of this.#entries.values()) entry.book.invalidate();
  }

  #entry(inst: string): Entry {
    const entry = this.#entries.get(inst);
    if (entry !== undefined) return entry;
    throw new QuantlaxmiError(
      'QL_INSTRUMENT_UNKNOWN',
      `No Instrument event declared ${inst} before its use; known are ` +
        `[${[...this.#entries.keys()].slice(0, 8).join(', ')}]. ` +
        'An Instrument event must precede all market data of its id.',
      { context: { inst } },
    );
  }
}

/**
 * Makes an empty market state. It is a pure function of the events fed to it: no clock, no I/O.
 *
 * @returns the view; `onEvent` is O(1) apart from the book change itself
 * @example
 * ```ts
 * import { createMarketView } from 'quantlaxmi/market';
 *
 * const market = createMarketView();
 * market.instrumentIds();
 * // => []
 * ```
 */
export function createMarketView(): MarketView {
  return new EventMarketView();
}
