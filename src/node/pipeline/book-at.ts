/**
 * The order book of a session as it stood after an event.
 * @module
 */
import { QuantlaxmiError } from '../../core/index.js';
import type { InstrumentBody } from '../../events/index.js';
import { type BookView, createMarketView } from '../../market/index.js';
import { removedFrontOf, sealedManifestOf } from './compare-manifest.js';
import { readLog } from './read-log.js';

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

/** A book after an event that was removed can not be had: its facts are gone. */
const assertHeld = async (dir: string, atSeq: number): Promise<void> => {
  const path = await sealedManifestOf(dir);
  const after = path === null ? null : await removedFrontOf(path);
  if (after === null || atSeq > after.last) return;
  throw new QuantlaxmiError(
    'QL_BAD_INPUT',
    `--at ${atSeq}: the events up to seq ${after.last} were removed by retention; give a sequence ` +
      `number from ${after.last + 1} on`,
    { context: { atSeq, removed: after.last } },
  );
};

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
  if (atSeq !== undefined) await assertHeld(dir, atSeq);
  for await (const batch of readLog(dir, atSeq === undefined ? {} : { toSeq: atSeq })) {
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
