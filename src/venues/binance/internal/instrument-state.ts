/**
 * What a capture knows of one instrument: its declaration, where its streams stand.
 * @module
 */
import type { EventInput, EventType, InstrumentBody } from '../../../events/index.js';
import { FeedCheck } from './feed-check.js';

/** Streams whose messages carry a number that only grows. */
export type NumberedType = 'BookDelta' | 'Trade' | 'Quote' | 'BookSnapshot';

type Timed = NumberedType | 'Funding' | 'Bar' | 'Liquidation' | 'Stats';

export class InstrumentState {
  body: InstrumentBody;
  readonly check: FeedCheck;
  lastQuote = -1;
  /** Of snapshots pushed on a stream. */
  lastPartial = -1;
  readonly #rx: Record<Timed, number> = {
    BookDelta: 0,
    Trade: 0,
    Quote: 0,
    BookSnapshot: 0,
    Funding: 0,
    Bar: 0,
    Liquidation: 0,
    Stats: 0,
  };
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

  /** Remembers when an event of the instrument came. */
  touch(type: Timed, rx: number): void {
    this.#rx[type] = rx;
  }

  lastRx(type: EventType): number {
    return (this.#rx as Partial<Record<EventType, number>>)[type] ?? 0;
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
