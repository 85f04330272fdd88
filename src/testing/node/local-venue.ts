/**
 * What every local venue offers: playback under the test's hand, and the record of what was sent.
 * @module
 */
import type { Fault, FaultCounts, FaultKind } from './faults.js';

/** One frame as it went to one connection. */
export interface SentFrame {
  /** Place of the frame in the playback, from 0; -1 for what is not of the playback. */
  readonly index: number;
  /** Stream it belongs to, as the recording names it. */
  readonly stream: string;
  /** What was sent. */
  readonly payload: string | Uint8Array;
  /** True for a binary frame. */
  readonly binary: boolean;
  /** What was done to it; null for nothing. */
  readonly fault: FaultKind | null;
}

/** One connection a client made, open or closed. */
export interface VenueConnection {
  /** 1, 2, 3, … in the order in which they were accepted. */
  readonly id: number;
  /** Path and query of the handshake, keys and tokens cut out. */
  readonly path: string;
  readonly open: boolean;
  /** Close code and reason as the venue saw them; null while open. 1006: no closing handshake. */
  readonly closed: { readonly code: number; readonly reason: string } | null;
  /** What the client is subscribed to, in the order in which it asked. */
  readonly subscriptions: readonly string[];
  /** Frames sent, in order; empty when the venue keeps no log. */
  readonly sent: readonly SentFrame[];
  /** Number of frames sent, log or not. */
  readonly sentCount: number;
  /** Answers to commands and other messages that are no market data, in order. */
  readonly answers: readonly string[];
  /** Text messages received from the client, in order. */
  readonly received: readonly string[];
  /** Pings received from the client, answered or not. */
  readonly pings: number;
}

/** One REST request as it was answered. */
export interface VenueRequest {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  readonly status: number;
}

/** What was played of one stream. */
export interface StreamCount {
  /** Frames played since the start, whether anybody listened or not. */
  readonly played: number;
  /** Different frames of it that went undamaged to at least one connection. */
  readonly delivered: number;
  /** Venue sequence number of the last one played; null where the stream has none. */
  readonly lastSeq: number | null;
}

/** Addresses of a local venue. */
export interface VenueUrl {
  /** `ws://127.0.0.1:<port>` */
  readonly ws: string;
  /** `http://127.0.0.1:<port>` */
  readonly http: string;
}

/** A running local venue. */
export interface LocalVenue {
  readonly url: VenueUrl;
  /** All connections ever accepted. */
  readonly connections: readonly VenueConnection[];
  /** Attempts to connect, refused ones too. */
  readonly attempts: number;
  /** All REST requests answered. */
  readonly requests: readonly VenueRequest[];
  /** How often each fault happened. */
  readonly faults: FaultCounts;
  /** Frames played so far. */
  readonly framesPlayed: number;
  /** True when there is no frame left. */
  readonly finished: boolean;
  /** What was played, by stream. O(frames in the logs). */
  sent(): ReadonlyMap<string, StreamCount>;
  /**
   * Plays the next `frames` frames, fewer at the end, and waits until the sockets took them.
   * Returns how many were played.
   */
  release(frames: number): Promise<number>;
  /** {@link LocalVenue.release} up to a total of `frames` frames played. */
  stepTo(frames: number): Promise<number>;
  /**
   * Plays on by the times of the recording, `speed` times as fast; `Infinity`: as fast as the
   * sockets take it. Ends with the last frame, {@link LocalVenue.pause} or close.
   */
  play(options: { readonly speed: number }): Promise<void>;
  /** Stops {@link LocalVenue.play}; it can be called again. */
  pause(): void;
  /** Waits until every client read all that was sent, shown by a ping it answered. */
  settled(): Promise<void>;
  /** Waits for a condition; asked again whenever a client did something. */
  until(condition: () => boolean): Promise<void>;
  /** Lets a fault take effect now. */
  inject(fault: Fault): void;
  /** Drops all connections and stops listening. Afterwards no socket and no timer is left. */
  close(): Promise<void>;
}
