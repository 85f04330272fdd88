/**
 * Moves events from a callback into a log: collected first, appended with backpressure.
 * @module
 */
import type { EventInput } from '../../events/index.js';
import type { WalWriter } from '../../wal/index.js';

/** Events per flush: one sync for a thousand costs a thousandth. */
const FLUSH_EVENTS = 1000;

/** Collects events synchronously and appends them when asked to. */
export interface LogAppender {
  collect(events: readonly EventInput[]): void;
  /** Appends what was collected; flushes at each thousand events. */
  drain(): Promise<void>;
}

/** An appender over a writer. */
export const logAppender = (wal: WalWriter, acknowledged?: (seq: number) => void): LogAppender => {
  let collected: EventInput[] = [];
  let sinceFlush = 0;
  return {
    collect(events) {
      for (const event of events) collected.push(event);
    },
    async drain() {
      const batch = collected;
      collected = [];
      for (const event of batch) {
        wal.append(event);
        sinceFlush += 1;
        if (sinceFlush < FLUSH_EVENTS) continue;
        sinceFlush = 0;
        await wal.ready();
        const durable = await wal.flush();
        acknowledged?.(durable);
      }
    },
  };
};
