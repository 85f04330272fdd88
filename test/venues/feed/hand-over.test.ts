import { expect, test } from 'vitest';
import { SECOND } from './fake-ports.js';
import { factsOf, link, rig, texts, type Rig } from './fake-venue.js';

const LIFE = 100 * SECOND;
const aged = (p: { wanted: unknown }): void => {
  p.wanted = [link('0', { lifetimeUs: LIFE })];
};

/** Runs to the end of the lifetime, so that the second connection is attempted. */
async function aging(accept: boolean): Promise<Rig> {
  const r = await rig({ protocol: aged });
  if (!accept) r.machine.onOpen = () => {};
  for (let i = 0; i < 100; i++) {
    r.machine.sockets[0]?.text(`old ${i}`);
    r.machine.advance(SECOND);
  }
  r.machine.advance(SECOND);
  expect(r.machine.sockets).toHaveLength(2);
  return r;
}
const details = (r: Rig): unknown => r.facts.at(-1)?.details;

test('FEED-7: an old connection is replaced; both flow until the newer takes over', async () => {
  const r = await aging(true);
  const [older, newer] = r.machine.sockets;
  expect(factsOf(r)).toEqual(['connected', 'connected QL_FEED_HANDOVER']);
  expect(details(r)).toEqual({ attempt: 1, conn: 2, link: '0' });
  older?.text('both');
  newer?.text('both');
  expect([older?.phase, r.feed.state]).toEqual(['open', 'live']);
  r.machine.advance(2 * SECOND);
  expect(factsOf(r).at(-1)).toBe('config QL_FEED_HANDOVER');
  expect(details(r)).toEqual({ closed: 1, conn: 2, link: '0' });
  older?.text('after it was closed');
  newer?.text('new');
  r.machine.advance(SECOND);
  await r.read();
  expect(older?.phase).toBe('over');
  expect(texts(r).slice(-4)).toEqual(['ack', 'both', 'both', 'new']);
  expect(r.states, 'nobody noticed').toEqual(['connecting', 'syncing', 'live']);
  expect(factsOf(r)).toHaveLength(3);
});

test('FEED-7: it takes over once it is subscribed, and flowed so for the overlap', async () => {
  const r = await aging(false);
  const [older, newer] = r.machine.sockets;
  newer?.accept();
  expect(newer?.texts).toEqual(['hello 0']);
  newer?.text('not yet acknowledged');
  const both = (seconds: number): void => {
    for (let i = 0; i < seconds; i++) {
      older?.text('x');
      newer?.text('x');
      r.machine.advance(SECOND);
    }
  };
  both(20);
  expect(older?.phase).toBe('open');
  newer?.text('ack');
  r.machine.advance(1_900_000);
  newer?.text('x');
  expect(older?.phase).toBe('open');
  r.machine.advance(100_000);
  newer?.text('x');
  expect(older?.phase).not.toBe('open');
});

test('FEED-7: commands are sent on both, at the pace of each', async () => {
  const r = await aging(true);
  r.feed.command([{ t: 'send', link: '0', data: 'more' }]);
  expect(r.machine.sockets.map((s) => s.texts)).toEqual([
    ['hello 0', 'more'],
    ['hello 0', 'more'],
  ]);
});

test('FEED-7: a newer one that fails gives way to the older, and is tried again', async () => {
  const r = await aging(false);
  const [older, second] = r.machine.sockets;
  second?.end({ error: 'ECONNREFUSED' });
  expect(factsOf(r), 'no connection, no fact').toEqual(['connected']);
  r.machine.advance(1_500_000);
  const third = r.machine.sockets[2];
  third?.accept();
  third?.text('held');
  third?.end({ code: 1011 });
  expect(factsOf(r).at(-1)).toBe('config QL_FEED_HANDOVER');
  expect(details(r), 'the older goes on').toEqual({ closed: 2, conn: 1, link: '0' });
  expect(r.feed.state).toBe('live');
  r.machine.advance(3 * SECOND);
  const fourth = r.machine.sockets[3];
  fourth?.accept();
  fourth?.text('ack');
  r.machine.advance(3 * SECOND);
  expect(details(r)).toEqual({ closed: 1, conn: 3, link: '0' });
  expect(older?.phase).not.toBe('open');
  expect(r.states).toEqual(['connecting', 'syncing', 'live']);
});

test('FEED-7: the older closes first: the subscribed newer one takes over at once', async () => {
  const r = await aging(true);
  r.machine.sockets[0]?.end({ code: 1001 });
  expect(factsOf(r).at(-1)).toBe('config QL_FEED_HANDOVER');
  expect(details(r)).toEqual({ closed: 1, conn: 2, link: '0' });
  expect(r.feed.state).toBe('live');
  r.machine.advance(20 * SECOND);
  expect(r.machine.sockets).toHaveLength(2);
});

test('FEED-7: one that broke off is lost unless it lived beside the subscribed one', async () => {
  const lived = await aging(true);
  lived.machine.sockets[0]?.alive();
  lived.machine.sockets[0]?.end({ error: 'ECONNRESET' });
  expect(factsOf(lived).at(-1)).toBe('config QL_FEED_HANDOVER');
  const quiet = await aging(true);
  quiet.machine.sockets[0]?.end({ error: 'ECONNRESET' });
  expect(factsOf(quiet).at(-1)).toBe('disconnected QL_FEED_ERROR');
  expect(quiet.machine.sockets[1]?.phase, 'the newer is used all the same').toBe('open');
  quiet.machine.advance(SECOND);
  expect(quiet.states.slice(3)).toEqual(['syncing', 'live']);
});

test('FEED-7: the older dies before the newer is subscribed: a lost connection', async () => {
  const r = await aging(false);
  const [older, newer] = r.machine.sockets;
  newer?.accept();
  older?.end({ code: 1001 });
  expect(factsOf(r).at(-1)).toBe('disconnected QL_FEED_CLOSED');
  expect(r.feed.state).toBe('syncing');
  newer?.text('ack');
  r.machine.advance(SECOND);
  expect(r.feed.state).toBe('live');
  const unopened = await aging(false);
  unopened.machine.sockets[0]?.end({ code: 1001 });
  expect(unopened.feed.state).toBe('reconnecting');
  unopened.machine.advance(20 * SECOND);
  expect(unopened.machine.sockets, 'the attempt under way is enough').toHaveLength(2);
  unopened.machine.sockets[1]?.accept();
  expect(factsOf(unopened).at(-1)).toBe('connected QL_FEED_RECONNECTED');
});

test('FEED-7: a venue that says it will close has its connection renewed at once', async () => {
  const r = await rig();
  const renew = { t: 'renew', link: '0', reason: 'serverShutdown' } as const;
  r.protocol.react = (record) =>
    record.kind === 'frame' && record.bytes.length === 8 ? [renew, renew] : [];
  r.machine.last.text('shutdown');
  expect(r.machine.sockets).toHaveLength(2);
  r.machine.advance(4 * SECOND);
  expect(factsOf(r)).toEqual([
    'connected',
    'connected QL_FEED_HANDOVER',
    'config QL_FEED_HANDOVER',
  ]);
});

test('FEED-7: a reconnect is a lost connection, whatever stands beside it', async () => {
  const r = await rig();
  r.feed.command([{ t: 'reconnect', link: '0', reason: 'no acknowledgement' }]);
  expect(r.facts.at(-1)).toMatchObject({
    code: 'QL_FEED_REQUESTED',
    details: { conn: 1, reason: 'no acknowledgement' },
  });
  expect(r.protocol.ends).toEqual([]);
  r.machine.advance(2 * SECOND);
  expect(factsOf(r).at(-1)).toBe('connected QL_FEED_RECONNECTED');
  const two = await aging(true);
  two.feed.command([{ t: 'reconnect', link: '0', reason: 'bad data' }]);
  expect(factsOf(two).at(-1)).toBe('disconnected QL_FEED_REQUESTED');
  two.machine.advance(20 * SECOND);
  expect(two.machine.sockets.map((s) => s.phase)).toEqual(['over', 'open']);
});

test('FEED-7: a reconnect of the newer one leaves the older one as it is', async () => {
  const r = await aging(true);
  const reconnect = { t: 'reconnect', link: '0', reason: 'no acknowledgement' } as const;
  r.feed.command([{ ...reconnect, conn: 2 }]);
  expect(factsOf(r).at(-1)).toBe('config QL_FEED_HANDOVER');
  expect(details(r)).toEqual({ closed: 2, conn: 1, link: '0' });
  expect(r.machine.sockets[0]?.phase).toBe('open');
  // One that is gone cannot be dropped again.
  r.feed.command([{ ...reconnect, conn: 2 }]);
  r.machine.advance(20 * SECOND);
  expect(r.machine.sockets.map((s) => s.phase)).toEqual(['over', 'over', 'open']);
  expect(factsOf(r).slice(-2)).toEqual(['connected QL_FEED_HANDOVER', 'config QL_FEED_HANDOVER']);
  expect(details(r)).toEqual({ closed: 1, conn: 3, link: '0' });
  r.feed.command([{ ...reconnect, conn: 3 }]);
  expect(factsOf(r).at(-1)).toBe('disconnected QL_FEED_REQUESTED');
});

test('FEED-7: a stop closes both, and drops one that does not answer the closing', async () => {
  const r = await aging(true);
  const [older, newer] = r.machine.sockets;
  if (older) older.ignoresClose = true;
  r.feed.stop();
  r.machine.advance(SECOND);
  expect([older?.phase, newer?.phase]).toEqual(['closing', 'over']);
  r.machine.advance(2 * SECOND);
  expect([older?.phase, older?.terminated]).toEqual(['over', true]);
  expect(r.machine.timersLeft).toBe(0);
});
