/**
 * Going on with a capture whose process was killed: what its log holds is told to the new capture,
 * and what is missing is a fact.
 * @module
 */
import type { Event, SessionBody } from '../../events/index.js';
import type { RawCapture } from '../../venues/feed/index.js';
import { readWal, type WalStore } from '../../wal/index.js';
import { nodeSha256 } from '../sha256.js';

/** Code of the fact that stands where one process ended and the next went on. */
export const RESTARTED_CODE = 'QL_FEED_RESTARTED';

/** True for events that a log wrote of itself: they are of this log, not of what was captured. */
export const isOfLog = (event: Event): boolean =>
  event.t === 'Session' && event.src === 'WAL' && event.body.kind === 'recovered';

/** What a log held when its capture went on. */
export interface RestoredLog {
  /** Events of the capture; those the log wrote of itself are not counted. */
  readonly events: number;
  readonly lastRx: number;
  readonly lastSeq: number;
}

/** Tells a new capture every event of the log, oldest first, with flat memory. */
export const restoreCapture = async (
  store: WalStore,
  capture: RawCapture,
): Promise<RestoredLog> => {
  let events = 0;
  let lastRx = 0;
  let lastSeq = 0;
  for await (const batch of readWal(store, { hasher: nodeSha256, upTo: 'commit' })) {
    for (const event of batch) {
      lastRx = event.rx;
      lastSeq = event.seq;
      if (isOfLog(event)) continue;
      events += 1;
      capture.restore(event);
    }
  }
  return { events, lastRx, lastSeq };
};

/** Where the log of a process ends in what it recorded. */
export interface RawCut {
  /** Events of the session up to there. */
  readonly events: number;
  /** Records of the process whose events are all in the log. */
  readonly records: number;
  /** How many events of the record after those are in it too. */
  readonly partial: number;
}

/** What the fact of a restart says. */
export interface Restart {
  readonly events: number;
  readonly lastRx: number;
  /** Null where it is not known. */
  readonly cut: RawCut | null;
}

/**
 * The fact: nothing is known of what came between; no book holds until its next snapshot. With a
 * raw record it says how much of that is in the log, which no later change of a codec alters.
 */
export const restartedFact = (held: RestoredLog, cut: RawCut | null): SessionBody => ({
  code: RESTARTED_CODE,
  details: {
    ...held,
    ...(cut === null ? {} : { records: cut.records, partial: cut.partial }),
  },
  inst: null,
  kind: 'gap',
});

/** What such a fact says; null when `body` is another. */
export const restartOf = (body: SessionBody): Restart | null => {
  const { events, lastRx, partial, records } = body.details;
  if (body.code !== RESTARTED_CODE || body.kind !== 'gap' || typeof events !== 'number')
    return null;
  const known = typeof records === 'number' && typeof partial === 'number';
  return {
    ...{ events, cut: known ? { events, records, partial } : null },
    lastRx: typeof lastRx === 'number' ? lastRx : 0,
  };
};
