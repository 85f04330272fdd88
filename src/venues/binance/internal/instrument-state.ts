/**
 * What a capture knows of one instrument: its declaration, where its streams stand.
 * @module
 */
import type { EventInput, EventType, InstrumentBody } from '../../../events/index.js';
import { FeedCheck } from './feed-check.js';

/** Streams whose messages carry a number that only grows. */
export type NumberedType = 'BookDelta' | 'Trade' | 'Quote' | 'BookSnapshot';

export class InstrumentState {
  body: InstrumentBody;
  readonly check: FeedCheck;
  lastQuote = -1;
  /** Of snapshots pushed on a stream. */
  lastPartial = -1;
  /** When the connection with its book was lost last, µs; -1 for never. */
  lostAt = -1;
  /** When an event of a type came last; the types of the hot path have their own fields. */
  deltaRx = 0;
  quoteRx = 0;
  tradeRx = 0;
  readonly #otherRx = new Map<EventType, number>();
  readonly #mark: Record<NumberedType, number> = {
    BookDelta: -1,
    Trade: -1,
    Quote: -1,
    BookSnapshot: -1,
  };

  constructor(body: InstrumentBody) {
    this.body = body;
    this.check = new FeedCheck(body.instrumentId);
  }

  /** Remembers when an event of any other type came. */
  touch(type: EventType, rx: number): void {
    this.#otherRx.set(type, rx);
  }

  lastRx(type: EventType): number {
    if (type === 'BookDelta') return this.deltaRx;
    if (type === 'Quote') return this.quoteRx;
    return type === 'Trade' ? this.tradeRx : (this.#otherRx.get(type) ?? 0);
  }

  /** Number of the last message handed on; -1 before the first. */
  last(type: NumberedType): number {
    if (type === 'BookDelta') return this.check.lastUpdate;
    if (type === 'Trade') return this.check.lastTrade;
    return type === 'Quote' ? this.lastQuote : this.lastPartial;
  }

  /** Remembers where the streams stand, for {@link InstrumentState.marked}. */
  mark(): void {
    for (const type of NUMBERED) this.#mark[type] = this.last(type);
  }

  /** Where the stream stood at {@link InstrumentState.mark}. */
  marked(type: NumberedType): number {
    return this.#mark[type];
  }
}

const NUMBERED: readonly NumberedType[] = ['BookDelta', 'Trade', 'Quote', 'BookSnapshot'];

/** Number of a message within its stream; null when the stream has none. */
export function numberOf(event: EventInput): number | null {
  switch (event.t) {
    case 'BookDelta':
      return event.body.lastSeq;
    case 'Trade':
    case 'Quote':
    case 'BookSnapshot':
      return event.body.venueSeq;
    default:
      return null;
  }
}
