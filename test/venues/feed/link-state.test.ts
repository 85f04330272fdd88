import { expect, test } from 'vitest';
import {
  type FeedState,
  LINK_TRANSITIONS,
  nextLinkState,
  worstState,
} from 'quantlaxmi/venues/feed';

const STATES = Object.keys(LINK_TRANSITIONS) as FeedState[];

test('FEED-8: a state follows another only where the table says so', () => {
  let refused = 0;
  for (const from of STATES) {
    for (const to of STATES) {
      if (LINK_TRANSITIONS[from].includes(to)) expect(nextLinkState('0', { from, to })).toBe(to);
      else {
        refused += 1;
        expect(() => nextLinkState('0', { from, to }), `${from} ${to}`).toThrow(
          `link 0 cannot go from ${from} to ${to}`,
        );
      }
    }
  }
  expect(refused).toBe(31);
});

test('FEED-8: every state is reached from idle, and closed from every state', () => {
  const reached = new Set<FeedState>(['idle']);
  for (const state of reached) for (const next of LINK_TRANSITIONS[state]) reached.add(next);
  expect([...reached].sort()).toEqual([...STATES].sort());
  expect(STATES.filter((s) => s !== 'closed' && !LINK_TRANSITIONS[s].includes('closed'))).toEqual(
    [],
  );
});

test('FEED-8: only an open connection makes a link live, and a lost one never leaves it so', () => {
  expect(STATES.filter((s) => LINK_TRANSITIONS[s].includes('live'))).toEqual(['syncing', 'stale']);
  expect(LINK_TRANSITIONS.reconnecting).not.toContain('live');
});

test('FEED-8: the feed is in the worst state of its links', () => {
  expect(worstState([])).toBe('live');
  expect(worstState(['live', 'live'])).toBe('live');
  expect(worstState(['live', 'syncing'])).toBe('syncing');
  expect(worstState(['connecting', 'syncing'])).toBe('connecting');
  expect(worstState(['stale', 'reconnecting', 'connecting'])).toBe('reconnecting');
});
