/**
 * One stream (an instrument's events of one type): its intervals, its latencies, its venue times.
 * @module
 */
import { type IntegerSketch, integerSketch } from './quantile.js';

/** Timing of one stream in flat memory. All times in µs. */
export interface StreamTiming {
  readonly name: string;
  readonly type: string;
  readonly firstRx: number;
  lastRx: number;
  lastTs: number;
  /** Longest time between two events, and the seq of the event that ended it. */
  silence: number;
  silenceSeq: number;
  /** Receive time minus venue time. */
  readonly latency: IntegerSketch;
}

/** A stream that begins at `rx`. */
export const streamTiming = (name: string, type: string, rx: number): StreamTiming => ({
  name,
  type,
  firstRx: rx,
  lastRx: rx,
  lastTs: -1,
  silence: 0,
  silenceSeq: 0,
  latency: integerSketch(),
});
