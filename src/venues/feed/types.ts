/**
 * The feed as its user sees it: states, batches, lifecycle events.
 * @module
 */
import type { QuantlaxmiError } from '../../core/index.js';
import type { EventInput, SessionBody } from '../../events/index.js';
import type { FeedCommand } from './protocol.js';
import type { SocketEnd } from './ports.js';
import type { RawRecord } from './raw-record.js';

/**
 * - `idle`: not started
 * - `connecting`: opening requests, or a connection is being made for the first time
 * - `syncing`: connected, subscriptions or books are not complete
 * - `live`: everything asked for flows
 * - `stale`: connected, but a watched stream or a whole connection is silent
 * - `reconnecting`: a connection was lost and is being made again
 * - `closed`: stopped, or failed
 *
 * A feed with several links is in the worst state of them.
 */
export type FeedState =
  | 'idle'
  | 'connecting'
  | 'syncing'
  | 'live'
  | 'stale'
  | 'reconnecting'
  | 'closed';

/** Waits between attempts: `baseUs × 2^n` up to `maxUs`, of which a random part is cut. */
export interface BackoffOptions {
  readonly baseUs: number;
  readonly maxUs: number;
  /** 0 to 1: share of the wait that is random. */
  readonly jitter: number;
  /** A connection that held for this long starts the waits from the beginning, µs. */
  readonly resetAfterUs: number;
}

/** How many records wait for their reader before the sockets are paused. */
export interface QueueOptions {
  readonly recordsMax: number;
  readonly bytesMax: number;
}

/** Options of `createFeed`. */
export interface FeedOptions {
  readonly backoff: BackoffOptions;
  readonly queue: QueueOptions;
  /** Longest wait for a handshake, µs. */
  readonly handshakeTimeoutUs: number;
  /** How long both connections of a hand-over must flow before the older one is closed, µs. */
  readonly overlapUs: number;
  /** Most records of one batch. */
  readonly batchRecordsMax: number;
}

/** A piece of what came in: records as received, and the events they became. */
export interface FeedBatch {
  readonly records: readonly RawRecord[];
  readonly events: readonly EventInput[];
}

/** Lifecycle events, emitted synchronously (eventemitter3). Data flows by `batches()`. */
export interface FeedEvents {
  /** The state of the feed changed. */
  state: [state: FeedState, before: FeedState];
  /** The state of one link changed. */
  link: [link: string, state: FeedState];
  /** A fact was recorded. */
  fact: [body: SessionBody];
  /** Reading was paused or goes on: the reader of the batches is slower than the venue. */
  stalled: [stalled: boolean];
  /** A connection could not be made or ended; the next attempt is due in `waitUs`. */
  retry: [link: string, waitUs: number, end: SocketEnd];
  /** The feed ended by itself. */
  failed: [error: QuantlaxmiError];
}

/** A running feed. */
export interface Feed {
  readonly state: FeedState;
  /** Adds a listener; returns a function that removes it. */
  on<E extends keyof FeedEvents>(event: E, listener: (...args: FeedEvents[E]) => void): () => void;
  /**
   * Starts the feed and hands on what comes in, in the order in which it came. One reader only.
   * Ends after {@link Feed.stop}, with everything received until then and the stop fact; throws the
   * error the feed failed with, after what was received before it.
   */
  batches(): AsyncIterable<FeedBatch>;
  /** Closes the connections; the batches end when what was received is handed on. */
  stop(): void;
  /** Carries out commands of the venue's own handle (subscribe, unsubscribe). */
  command(commands: readonly FeedCommand[]): void;
}
