/**
 * What a venue adds to the feed that is common to all: which connections to hold, what to send on
 * them, what to ask for, and when its data is complete.
 * @module
 */
import type { JsonValue, QuantlaxmiError } from '../../core/index.js';
import type { EventInput, SessionBody } from '../../events/index.js';
import type { HttpRequest, SocketEnd } from './ports.js';
import type { RawCapture, RawRecord } from './raw-record.js';

/** At most `count` in any window of `perUs`. */
export interface RateLimit {
  readonly count: number;
  readonly perUs: number;
}

/** The venue's limits, kept by the feed. */
export interface FeedLimits {
  /** Connection attempts. */
  readonly connects: RateLimit;
  /** Messages sent on one connection. */
  readonly sends: RateLimit;
  /** Weight of requests. */
  readonly requests: RateLimit;
}

/** A connection to hold for as long as the feed lives; it is reopened whenever it ends. */
export interface FeedLink {
  /** Name, unique within the feed: `0`, `1`, ... */
  readonly id: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Instruments whose data comes on it. */
  readonly insts: readonly string[];
  /** Age at which a second connection is opened and takes over, µs; null for never. */
  readonly lifetimeUs: number | null;
  /** A connection without any frame or ping for this long is dead, µs. */
  readonly silenceUs: number;
  /** Longest message, bytes. */
  readonly messageBytesMax: number;
}

/** A request the protocol wants made. */
export interface FeedRequest extends HttpRequest {
  /** While a request of this key is under way, another of the same key is not made. */
  readonly key: string;
  /** What {@link RawAnswer.url} says: no host, no key, no signature. */
  readonly recordedUrl: string;
  /** Counts against {@link FeedLimits.requests}. */
  readonly weight: number;
  /** Made again with growing waits until it is answered with status 200; else once. */
  readonly retry: boolean;
}

/** What a protocol asks the feed to do. */
export type FeedCommand =
  /**
   * Send on the link's connection (on both during a hand-over), no faster than
   * {@link FeedLimits.sends}. Nothing is sent on a link without an open connection:
   * {@link FeedProtocol.greet} says all when it opens.
   */
  | { readonly t: 'send'; readonly link: string; readonly data: string | Uint8Array }
  | { readonly t: 'request'; readonly request: FeedRequest }
  /**
   * Drop the link's connection and make a new one. With `conn` that one and no other is dropped:
   * during a hand-over it may be the newer one, and then the older one goes on.
   */
  | {
      readonly t: 'reconnect';
      readonly link: string;
      readonly conn?: number;
      readonly reason: string;
    }
  /**
   * Open a second connection that takes over from the link's, as at the end of its lifetime: the
   * venue said that it is about to close this one. Nothing while a hand-over is under way.
   */
  | { readonly t: 'renew'; readonly link: string; readonly reason: string }
  /** Record a fact. */
  | { readonly t: 'fact'; readonly body: SessionBody }
  /** Links changed: open those that are new, close those that are gone. */
  | { readonly t: 'links' }
  /** Nothing can be done here: the feed ends with this error. */
  | { readonly t: 'fail'; readonly error: QuantlaxmiError };

/** A stream whose silence is a fact. */
export interface WatchedStream {
  /** Name, as the venue writes it: `btcusdt@depth`. */
  readonly stream: string;
  readonly inst: string;
  readonly link: string;
  /** Longest silence that is normal, µs. */
  readonly silenceUs: number;
  /** When its last message came, µs since the epoch; 0 before the first. */
  readonly lastRx: number;
}

/** One venue's part of a feed. The feed calls it from one place, never concurrently. */
export interface FeedProtocol {
  /** For people and metrics: `binance-usdm`. */
  readonly name: string;
  /**
   * What {@link FeedProtocol.capture} was made with, session id apart: the head of a raw record
   * states it, so that the capture can be made again from the record alone. No secret.
   */
  readonly settings: { readonly [key: string]: JsonValue };
  readonly capture: RawCapture;
  readonly limits: FeedLimits;
  /** Requests that must be answered with status 200 before any connection is opened. */
  opening(): readonly FeedRequest[];
  /** Connections to hold, once the opening requests are answered. */
  links(): readonly FeedLink[];
  /** What to send first on a new connection. */
  greet(link: string, conn: number): readonly (string | Uint8Array)[];
  /** Told of each record after the capture took it, with the events it became. */
  after(record: RawRecord, events: readonly EventInput[]): readonly FeedCommand[];
  /** Asked about every 250 ms. */
  tick(nowUs: number): readonly FeedCommand[];
  /** True when the connection has all it asked for: subscriptions acknowledged. */
  subscribed(conn: number): boolean;
  /** True when the data of the link is complete: books in sync. */
  synced(link: string): boolean;
  /** Streams whose silence is to be told. */
  watched(): readonly WatchedStream[];
  /**
   * Told how a connection of the link ended (`conn`), or why it could not be made (`conn` 0): the
   * status of a refused handshake is in {@link SocketEnd.error}. Unless it answers `fail`, the feed
   * makes a new connection. Not told of connections that the feed closed itself.
   */
  ended?(link: string, conn: number, end: SocketEnd): readonly FeedCommand[];
  /** Weight used so far as the venue counts it, from the headers of an answer; null if not told. */
  usedWeight(headers: Readonly<Record<string, string>>): number | null;
}
