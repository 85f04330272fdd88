/**
 * Moves events from a callback into a log: collected first, appended with backpressure.
 * @module
 */
import { isQuantlaxmiError, type QuantlaxmiError } from '../../core/index.js';
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

/** A fact in place of an event whose line the log cannot hold. */
const tooLong = (event: EventInput, error: QuantlaxmiError): EventInput => ({
  t: 'Session',
  sv: 1,
  rx: event.rx,
  ts: event.ts,
  src: event.src,
  body: {
    kind: 'malformed',
    code: error.code,
    inst: 'inst' in event.body ? event.body.inst : null,
    details: { message: error.message, type: event.t },
  },
});

/**
 * An appender over a writer. An event too long for a line of the log becomes a `malformed` fact: a
 * book that misses it is then refused, and the capture goes on.
 */
export const logAppender = (wal: WalWriter, acknowledged?: (seq: number) => void): LogAppender => {
  let collected: EventInput[] = [];
  let sinceFlush = 0;
  const append = async (event: EventInput): Promise<void> => {
    try {
      wal.append(event);
    } catch (error) {
      if (isQuantlaxmiError(error, 'WAL_BACKPRESSURE')) {
        await wal.ready();
        await append(event);
      } else if (isQuantlaxmiError(error, 'WAL_LINE_TOO_LONG')) {
        await append(tooLong(event, error));
      } else throw error;
    }
  };
  return {
    collect(events) {
      for (const event of events) collected.push(event);
    },
    async drain() {
      const batch = collected;
      collected = [];
      for (const event of batch) {
        await append(event);
        sinceFlush += 1;
        if (sinceFlush < FLUSH_EVENTS) continue;
        sinceFlush = 0;
        const durable = await wal.flush();
        acknowledged?.(durable);
      }
    },
  };
};
