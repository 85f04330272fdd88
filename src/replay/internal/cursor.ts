/** One event at a time from a stream of batches, with a look at the next. */
import type { Event } from '../../events/index.js';

/** Batches of logged events, as logs are read. */
export type EventStream = AsyncIterable<readonly Event[]>;

/** Holds one batch at a time: memory does not grow with the log. */
export interface Cursor {
  /** Makes the first event ready; once, before anything else. */
  start(): Promise<void>;
  /** The next event without taking it; null at the end. */
  peek(): Event | null;
  /**
   * Takes the event that {@link Cursor.peek} shows and makes the next one ready: at once within a
   * batch, else when the promise resolves.
   */
  advance(): Promise<void> | undefined;
  /** Ends the stream early. */
  close(): Promise<void>;
}

/** A cursor before the first event of a stream. */
export function openCursor(stream: EventStream): Cursor {
  const iterator = stream[Symbol.asyncIterator]();
  let batch: readonly Event[] = [];
  let at = 0;
  const fill = async (): Promise<void> => {
    while (at >= batch.length) {
      const next = await iterator.next();
      batch = next.done === true ? [] : next.value;
      at = 0;
      if (next.done === true) return;
    }
  };
  return {
    start: fill,
    peek: () => batch[at] ?? null,
    advance: () => {
      at += 1;
      return at < batch.length ? undefined : fill();
    },
    close: async () => {
      await iterator.return?.();
    },
  };
}

/** The last `capacity` items, oldest first. */
export class Recent<T> {
  readonly #items: T[] = [];
  readonly #capacity: number;
  #next = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  push(item: T): void {
    this.#items[this.#next] = item;
    this.#next = (this.#next + 1) % this.#capacity;
  }

  list(): readonly T[] {
    if (this.#items.length < this.#capacity) return this.#items.slice();
    return [...this.#items.slice(this.#next), ...this.#items.slice(0, this.#next)];
  }
}
