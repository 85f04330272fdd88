/**
 * What waits for the reader of a feed: filled from one side, emptied in batches from the other,
 * nothing dropped in between.
 * @module
 */
import type { QuantlaxmiError } from '../../../core/index.js';
import type { EventInput } from '../../../events/index.js';
import type { RawRecord } from '../raw-record.js';
import type { FeedBatch, QueueOptions } from '../types.js';

/** Bytes of a record that came in; facts come from here and count by number only. */
function bytesOf(record: RawRecord): number {
  return record.kind === 'fact' ? 0 : record.bytes.length;
}

interface Filling {
  readonly records: RawRecord[];
  readonly events: EventInput[];
  bytes: number;
}

/** A queue with one reader; see the module. */
export class BatchQueue {
  readonly #options: QueueOptions;
  readonly #batchRecordsMax: number;
  readonly #batches: Filling[] = [];
  #records = 0;
  #bytes = 0;
  #ended = false;
  #error: QuantlaxmiError | null = null;
  readonly #wakes: (() => void)[] = [];

  constructor(options: QueueOptions, batchRecordsMax: number) {
    this.#options = options;
    this.#batchRecordsMax = batchRecordsMax;
  }

  get records(): number {
    return this.#records;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** True when the reader must catch up before more is read from the network. */
  get full(): boolean {
    return this.#records >= this.#options.recordsMax || this.#bytes >= this.#options.bytesMax;
  }

  /** True when the reader has caught up: at most half of either bound is left. */
  get low(): boolean {
    const { bytesMax, recordsMax } = this.#options;
    return this.#records * 2 <= recordsMax && this.#bytes * 2 <= bytesMax;
  }

  push(record: RawRecord, events: readonly EventInput[]): void {
    let last = this.#batches.at(-1);
    if (last === undefined || last.records.length >= this.#batchRecordsMax) last = this.#open();
    const bytes = bytesOf(record);
    last.records.push(record);
    for (const event of events) last.events.push(event);
    last.bytes += bytes;
    this.#records += 1;
    this.#bytes += bytes;
    this.#rouse();
  }

  /** Nothing is pushed afterwards; `events` belong to no record and come last. */
  end(events: readonly EventInput[], error: QuantlaxmiError | null): void {
    if (this.#ended) return;
    if (events.length > 0) this.#open().events.push(...events);
    this.#ended = true;
    this.#error = error;
    this.#rouse();
  }

  /** The next batch, once there is one; null at the end. Throws the error it was ended with. */
  async next(): Promise<FeedBatch | null> {
    for (;;) {
      const batch = this.#batches.shift();
      if (batch !== undefined) {
        this.#records -= batch.records.length;
        this.#bytes -= batch.bytes;
        return { records: batch.records, events: batch.events };
      }
      if (this.#ended) {
        if (this.#error === null) return null;
        throw this.#error;
      }
      await new Promise<void>((resolve) => {
        this.#wakes.push(resolve);
      });
    }
  }

  #open(): Filling {
    const batch: Filling = { records: [], events: [], bytes: 0 };
    this.#batches.push(batch);
    return batch;
  }

  #rouse(): void {
    for (let wake = this.#wakes.shift(); wake !== undefined; wake = this.#wakes.shift()) wake();
  }
}
