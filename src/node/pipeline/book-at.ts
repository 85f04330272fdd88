/**
 * The order book of a session as it stood after an event.
 * @module
 */
import { QuantlaxmiError } from '../../core/index.js';
import type { InstrumentBody } from '../../events/index.js';
import { type BookView, createMarketView } from '../../market/index.js';
import { readWal } from '../../wal/index.js';
import { nodeSha256 } from '../sha256.js';
import { fileStore } from '../wal-store/file-store.js';
import { findLog } from './find-log.js';

/** Options of {@link bookAt}. */
export interface BookAtOptions {
  /** e.g. `BINANCE:USDM:BTCUSDT` */
  readonly instrumentId: string;
  /** Last event to take in; default: the last committed one. */
  readonly atSeq?: number;
}

/** A rebuilt book. */
export interface BookAt {
  readonly book: BookView;
  readonly instrument: InstrumentBody;
  /** `seq` of the last event taken in. */
  readonly seq: number;
}

/**
 * Rebuilds a book from a session's log.
 *
 * @param dir - session folder, or the folder of its log
 * @throws QuantlaxmiError QL_INSTRUMENT_UNKNOWN, QL_LOG_MISSING, and what the log throws
 */
export const bookAt = async (dir: string, options: BookAtOptions): Promise<BookAt> => {
  const { instrumentId, atSeq } = options;
  const view = createMarketView();
  let seq = 0;
  const read = readWal(fileStore(findLog(dir)), {
    hasher: nodeSha256,
    upTo: 'commit',
    ...(atSeq === undefined ? {} : { toSeq: atSeq }),
  });
  for await (const batch of read) {
    for (const event of batch) {
      view.onEvent(event);
      seq = event.seq;
    }
  }
  if (atSeq !== undefined && atSeq > seq) {
    throw new QuantlaxmiError(
      'QL_BAD_INPUT',
      `--at ${atSeq}: the log ends at seq ${seq}; give a sequence number from 1 to ${seq}`,
      { context: { atSeq, lastSeq: seq } },
    );
  }
  return { book: view.book(instrumentId), instrument: view.instrument(instrumentId), seq };
};
