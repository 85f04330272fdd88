/**
 * The part of a live feed that is common to all venues: connections, waits, hand-overs, queue, raw
 * record. Touches no socket and no clock itself: both are given in.
 * @module
 */
export { backoffUs } from './backoff.js';
export { feedDefaults } from './defaults.js';
export { EndedBooks } from './ended-books.js';
export { createFeed } from './feed.js';
export { LINK_TRANSITIONS, nextLinkState, worstState } from './link-state.js';
export type {
  FeedPorts,
  HttpAnswer,
  HttpPort,
  HttpRequest,
  SocketEnd,
  SocketHandlers,
  SocketLink,
  SocketOptions,
  SocketPort,
  TimerPort,
} from './ports.js';
export type {
  FeedCommand,
  FeedLimits,
  FeedLink,
  FeedProtocol,
  FeedRequest,
  RateLimit,
  WatchedStream,
} from './protocol.js';
export { encodeRawLine, parseRawLine, RAW_FORMAT, type RawHead } from './raw-line.js';
export type { RawAnswer, RawCapture, RawFact, RawFrame, RawRecord } from './raw-record.js';
export type {
  BackoffOptions,
  Feed,
  FeedBatch,
  FeedEvents,
  FeedOptions,
  FeedState,
  QueueOptions,
} from './types.js';
