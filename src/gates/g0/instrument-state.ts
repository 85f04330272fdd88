/**
 * What G0 keeps of an instrument while it reads a session.
 * @module
 */
import type { InstrumentBody, QuoteBody } from '../../events/index.js';
import { type Book, createBook } from '../../market/index.js';
import { type IntegerSketch, integerSketch } from './quantile.js';
import type { StreamTiming } from './stream.js';
import { type TradeIds, tradeIds } from './trade-ids.js';

/** State of one instrument. */
export interface InstrumentState {
  readonly inst: string;
  declared: InstrumentBody | null;
  /** Market events seen. */
  events: number;
  quote: QuoteBody | null;
  readonly book: Book;
  deltas: number;
  /** `lastSeq` and `firstSeq` of the newest delta; -1 before the first. */
  lastSeq: number;
  firstSeq: number;
  gaps: number;
  gapFacts: number;
  firstGap: string;
  quoteSeq: number;
  readonly trades: TradeIds;
  readonly streams: Map<string, StreamTiming>;
  /** Receive time of the last market event of any type, and the intervals between them. */
  lastRx: number;
  readonly intervals: IntegerSketch;
}

/** State of an instrument nothing is known of yet. */
export const instrumentState = (inst: string): InstrumentState => ({
  inst,
  declared: null,
  events: 0,
  quote: null,
  book: createBook(inst, { rule: { kind: 'perDelta' } }),
  deltas: 0,
  lastSeq: -1,
  firstSeq: -1,
  gaps: 0,
  gapFacts: 0,
  firstGap: '',
  quoteSeq: -1,
  trades: tradeIds(),
  streams: new Map(),
  lastRx: -1,
  intervals: integerSketch(),
});
