/**
 * Where a live feed's batches go: the raw record first, then the log.
 * @module
 */
import type { FeedBatch } from '../../venues/feed/index.js';
import type { WalWriter } from '../../wal/index.js';
import type { RawRecorder } from '../raw/recorder.js';
import { logAppender } from './log-appender.js';

/** Takes batches and makes them durable together. */
export interface LiveSink {
  /**
   * Writes a batch: its records to the raw record, flushed, then its events to the log, flushed.
   * What is in the log is therefore in the raw record, whenever the process ends.
   *
   * @returns last durable `seq`
   */
  commit(batch: FeedBatch): Promise<number>;
}

/** A sink over a log and, where one is kept, a raw record. */
export const liveSink = (wal: WalWriter, raw: RawRecorder | null): LiveSink => {
  const appender = logAppender(wal);
  return {
    async commit({ records, events }) {
      if (raw !== null) {
        raw.write(records);
        await raw.flush();
      }
      appender.collect(events);
      await appender.drain();
      return await wal.flush();
    },
  };
};
