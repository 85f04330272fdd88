/**
 * What came in, before anything was made of it: the input of a capture, live or again from its raw
 * record.
 * @module
 */
import type { EventInput, SessionBody } from '../../events/index.js';

/** One WebSocket message as received. */
export interface RawFrame {
  readonly kind: 'frame';
  /** Receive time, µs since the epoch. */
  readonly rx: number;
  /** Connection it came on: 1, 2, 3, ... in the order in which they were opened. */
  readonly conn: number;
  readonly binary: boolean;
  readonly bytes: Uint8Array;
}

/** An answer over HTTP. */
export interface RawAnswer {
  readonly kind: 'answer';
  /** When it was complete, µs since the epoch. */
  readonly rx: number;
  /** From the request to the complete answer, µs. */
  readonly tookUs: number;
  readonly status: number;
  /** Address without host, key and signature: `/api/v3/depth?symbol=BTCUSDT&limit=1000`. */
  readonly url: string;
  readonly bytes: Uint8Array;
}

/** Something the feed did or saw that no message says: connected, disconnected, silent, ... */
export interface RawFact {
  readonly kind: 'fact';
  readonly rx: number;
  readonly body: SessionBody;
}

/** Anything a capture takes in; narrow on `kind`. */
export type RawRecord = RawFrame | RawAnswer | RawFact;

/**
 * Turns raw records into events. It is a function of the records alone, so that the raw record of a
 * capture gives the same events again.
 */
export interface RawCapture {
  /** Events of one record. Never throws for what the record holds. */
  record(record: RawRecord): EventInput[];
  /**
   * Takes an event of the log that is being continued, oldest first, so that sequence numbers go on
   * where they were. Returns nothing: what was logged is not logged again.
   */
  restore(event: EventInput): void;
  /** Ends the session: a Session stop fact with all counts. */
  stop(): EventInput[];
}
