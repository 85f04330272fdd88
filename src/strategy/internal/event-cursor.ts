import type { Event } from '../../events/index.js';

/** Batches of logged events, as logs are read. */
export type EventStream = AsyncIterable<readonly Event[]>;

/** One event at a time; holds one batch. */
export class EventCursor {
  readonly #iterator: AsyncIterator<readonly Event[]>;
  #batch: readonly Event[] = [];
  #at = 0;

  constructor(stream: EventStream) {
    this.#iterator = stream[Symbol.asyncIterator]();
  }

  /** The next event, or null at the end. */
  async next(): Promise<Event | null> {
    while (this.#at >= this.#batch.length) {
      const next = await this.#iterator.next();
      if (next.done === true) return null;
      this.#batch = next.value;
      this.#at = 0;
    }
    const event = this.#batch[this.#at] ?? null;
    this.#at += 1;
    return event;
  }

  async close(): Promise<void> {
    await this.#iterator.return?.();
  }
}
