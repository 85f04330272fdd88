/**
 * States of a link and of the feed: which follows which, and which is worse.
 * @module
 */
import { QuantlaxmiError } from '../../core/index.js';
import type { FeedState } from './types.js';

/**
 * The states that may follow each state of one link. A connection that is lost and one that takes
 * over without its subscriptions both lose `live`; only an open connection leaves `connecting` or
 * `reconnecting`; nothing follows `closed`.
 *
 * @example
 * ```ts
 * import { LINK_TRANSITIONS } from 'quantlaxmi/venues/feed';
 *
 * LINK_TRANSITIONS.reconnecting; // => ['syncing', 'closed']
 * ```
 */
export const LINK_TRANSITIONS: Readonly<Record<FeedState, readonly FeedState[]>> = {
  idle: ['connecting', 'closed'],
  connecting: ['syncing', 'closed'],
  syncing: ['live', 'stale', 'reconnecting', 'closed'],
  live: ['syncing', 'stale', 'reconnecting', 'closed'],
  stale: ['syncing', 'live', 'reconnecting', 'closed'],
  reconnecting: ['syncing', 'closed'],
  closed: [],
};

/** Best first. */
const BEST_FIRST: readonly FeedState[] = [
  'live',
  'syncing',
  'connecting',
  'stale',
  'reconnecting',
  'idle',
  'closed',
];

/**
 * Holds a change of state to {@link LINK_TRANSITIONS}.
 *
 * @param link - its name, for the message
 * @param change - from which state to which
 * @returns the new state
 * @throws QuantlaxmiError QL_FEED_STATE when the one cannot follow the other
 * @example
 * ```ts
 * import { nextLinkState } from 'quantlaxmi/venues/feed';
 *
 * nextLinkState('0', { from: 'syncing', to: 'live' }); // => 'live'
 * nextLinkState('0', { from: 'closed', to: 'live' }); // => throws QL_FEED_STATE
 * ```
 */
export function nextLinkState(
  link: string,
  change: { readonly from: FeedState; readonly to: FeedState },
): FeedState {
  const { from, to } = change;
  if (LINK_TRANSITIONS[from].includes(to)) return to;
  throw new QuantlaxmiError(
    'QL_FEED_STATE',
    `link ${link} cannot go from ${from} to ${to}; from there lead: ` +
      `${LINK_TRANSITIONS[from].join(', ') || 'nothing'}. This is a defect of the feed: report it.`,
    { context: { link, from, to } },
  );
}

/**
 * The state of a feed: the worst of its links, `live` when it has none.
 *
 * @param states - states of the links that are not removed; O(links)
 * @example
 * ```ts
 * import { worstState } from 'quantlaxmi/venues/feed';
 *
 * worstState(['live', 'stale', 'syncing']); // => 'stale'
 * ```
 */
export function worstState(states: Iterable<FeedState>): FeedState {
  let worst = 0;
  for (const state of states) {
    const rank = BEST_FIRST.indexOf(state);
    if (rank > worst) worst = rank;
  }
  return BEST_FIRST[worst] as FeedState;
}
