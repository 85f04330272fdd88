/**
 * What a capture knows of one instrument: its declaration, where its streams stand.
 * @module
 */
import type { EventInput, EventType, InstrumentBody } from '../../../events/index.js';
import { FeedCheck } from './feed-check.js';

/** Numbers from the first to the last of an uninterrupted rise; -1 for none. */
export interface Run {
  from: number;
  last: number;
}

/** Streams whose messages carry a number that only grows. */
export type NumberedType = 'BookDelta' | 'Trade' | 'Quote' | 'BookSnapshot';

export class InstrumentState {
  body: InstrumentBody;
  readonly check: FeedCheck;
  /** When the connection with its book was lost last, µs; -1 for never. */
  lostAt = -1;
  /** When an event of a type came last; the types of the hot path have their own fields. */
  deltaRx = 0;
  quoteRx = 0;
  tradeRx = 0;
  readonly #otherRx = new Map<EventType, number>();
  readonly #runs: Record<NumberedType, Run> = {
    BookDelta: { from: -1, last: -1 },
    Trade: { from: -1, last: -1 },
    Quote: { from: -1, last: -1 },
    BookSnapshot: { from: -1, last: -1 },
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

  /** A message of a numbered stream was handed on: it continues the run, or starts one below. */
  handedOn(type: NumberedType, seq: number): void {
    const run = this.#runs[type];
    if (run.from < 0 || seq < run.last) run.from = seq;
    run.last = seq;
  }

  /** Numbers of a type handed on since they last stepped back; -1 before the first. */
  run(type: NumberedType): Run {
    return this.#runs[type];
  }

  /** The connection was lost: the one after it may bring numbers that count anew. */
  disconnected(): void {
    this.check.disconnected();
    for (const type of NUMBERED_TYPES) this.#runs[type] = { from: -1, last: -1 };
  }
}

export const NUMBERED_TYPES: readonly NumberedType[] = [
  'BookDelta',
  'Trade',
  'Quote',
  'BookSnapshot',
];

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
