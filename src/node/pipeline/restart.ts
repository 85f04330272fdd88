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

/** The fact: nothing is known of what came between; no book holds until its next snapshot. */
export const restartedFact = (held: RestoredLog): SessionBody => ({
  code: RESTARTED_CODE,
  details: { ...held },
  inst: null,
  kind: 'gap',
});

/** How many events a log held, when `body` is such a fact; null when it is another. */
export const eventsBefore = (body: SessionBody): number | null => {
  const { events } = body.details;
  return body.code === RESTARTED_CODE && body.kind === 'gap' && typeof events === 'number'
    ? events
    : null;
};
