/**
 * Makes feeds.
 * @module
 */
import { checkFeedOptions } from './defaults.js';
import { LiveFeed } from './internal/live-feed.js';
import type { FeedPorts } from './ports.js';
import type { FeedProtocol } from './protocol.js';
import type { Feed, FeedOptions } from './types.js';

/**
 * A feed of a venue: holds its connections, makes its requests, and hands on what comes in, as
 * received and as events, in one order. Nothing is dropped: when the reader is too slow, sockets
 * are paused, and both are facts.
 *
 * The feed starts with {@link Feed.batches}. Each record costs what the venue's capture costs, and
 * O(1) beside it.
 *
 * @param protocol - the venue's part
 * @param ports - sockets, requests, timers, clock; `nodePorts()` of `quantlaxmi/node` has real ones
 * @param options - waits, queue, overlap; {@link feedDefaults} fits most
 * @returns a feed that is idle
 * @throws QuantlaxmiError QL_BAD_INPUT when an option or limit is out of its range
 * @example
 * ```ts
 * import { createRng, encodeUtf8, QuantlaxmiError } from 'quantlaxmi/core';
 * import type { FeedPorts, FeedProtocol } from 'quantlaxmi/venues/feed';
 * import { createFeed, feedDefaults } from 'quantlaxmi/venues/feed';
 *
 * const limit = { count: 10, perUs: 1_000_000 };
 * const protocol: FeedProtocol = {
 *   name: 'example',
 *   settings: {},
 *   capture: { record: () => [], restore: () => {}, stop: () => [] },
 *   limits: { connects: limit, sends: limit, requests: limit },
 *   opening: () => [],
 *   links: () => [
 *     {
 *       id: '0',
 *       url: 'wss://venue.example/ws',
 *       headers: {},
 *       insts: ['VENUE:SPOT:BTCUSDT'],
 *       lifetimeUs: null,
 *       silenceUs: 60_000_000,
 *       messageBytesMax: 1_048_576,
 *     },
 *   ],
 *   greet: () => ['{"method":"SUBSCRIBE"}'],
 *   after: () => [],
 *   tick: () => [],
 *   subscribed: () => true,
 *   synced: () => true,
 *   watched: () => [],
 *   usedWeight: () => null,
 * };
 * // A venue that says one thing, in place of the ports of `quantlaxmi/node`.
 * const ports: FeedPorts = {
 *   clock: { nowUs: () => 1_700_000_000_000_000 },
 *   timers: { after: () => () => {} },
 *   http: { request: () => Promise.reject(new QuantlaxmiError('QL_FEED_REQUEST', 'none here')) },
 *   rng: createRng(1n, 1n),
 *   sockets: {
 *     open: (_url, handlers) => {
 *       const nothing = (): void => {};
 *       void Promise.resolve().then(() => {
 *         handlers.opened();
 *         handlers.message(encodeUtf8('{"e":"trade"}'), false);
 *       });
 *       return {
 *         send: nothing,
 *         ping: nothing,
 *         pause: nothing,
 *         resume: nothing,
 *         close: nothing,
 *         terminate: nothing,
 *       };
 *     },
 *   },
 * };
 * const feed = createFeed(protocol, ports, feedDefaults);
 * const kinds: string[] = [];
 * for await (const batch of feed.batches()) {
 *   for (const record of batch.records) kinds.push(record.kind);
 *   if (kinds.length === 2) feed.stop();
 * }
 * kinds; // => ['fact', 'frame']
 * ```
 */
export function createFeed(protocol: FeedProtocol, ports: FeedPorts, options: FeedOptions): Feed {
  checkFeedOptions(options);
  return new LiveFeed(protocol, ports, options);
}
