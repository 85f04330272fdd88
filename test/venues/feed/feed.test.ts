import { expect, test } from 'vitest';
import { QuantlaxmiError } from 'quantlaxmi/core';
import { createFeed, feedDefaults } from 'quantlaxmi/venues/feed';
import { SECOND } from './fake-ports.js';
import { exact, factsOf, link, request, rig, texts } from './fake-venue.js';

test('FEED-2: opening requests, links, greeting, frames, stop fact, in this order', async () => {
  const r = await rig({
    protocol: (p) => {
      p.first = [request('time'), request('info')];
    },
  });
  expect(r.feed.state).toBe('connecting');
  expect(r.machine.sockets).toEqual([]);
  r.machine.requests[1]?.answer(200, 'the info');
  await r.read();
  expect(r.machine.sockets, 'one opening request is still open').toEqual([]);
  r.machine.requests[0]?.answer(200, 'the time');
  await r.read();
  r.machine.advance(SECOND);
  expect(r.machine.last.texts).toEqual(['hello 0']);
  expect(r.feed.state).toBe('live');
  r.machine.last.text('a');
  r.machine.last.text('b');
  r.feed.stop();
  r.machine.last.text('after the stop');
  await r.read();
  expect(r.done).toBe(true);
  expect(texts(r)).toEqual(['the info', 'the time', 'ack', 'a', 'b']);
  const events = r.batches.flatMap((batch) => batch.events);
  expect(events.map((e) => e.body).map((b) => ('kind' in b ? b.kind : ''))).toEqual([
    ...['operator', 'operator', 'connected', 'operator', 'operator', 'operator', 'stop'],
  ]);
  expect(r.protocol.stops).toBe(1);
  expect(r.states).toEqual(['connecting', 'syncing', 'live', 'closed']);
  r.machine.advance(10 * SECOND);
  expect(r.machine.timersLeft).toBe(0);
});

test('FEED-2: an answer records what its request says of itself: no host, no secret', async () => {
  const r = await rig({ protocol: (p) => (p.first = [request('time')]) });
  r.machine.advance(1_500);
  r.machine.requests[0]?.answer(200, 'x');
  await r.read();
  const record = r.batches[0]?.records[0];
  expect(record).toMatchObject({ kind: 'answer', url: '/time', status: 200, tookUs: 1_001_500 });
});

test('FEED-2: a lost connection is a fact, waits grow, and start anew once one held', async () => {
  const r = await rig();
  const attempts = (): number[] =>
    r.machine.sockets.map(
      (s, i) => (s.openedAt - (r.machine.sockets[i - 1]?.openedAt ?? s.openedAt)) / SECOND,
    );
  r.machine.onOpen = (socket) => socket.end({ error: 'ECONNREFUSED' });
  r.machine.last.end({ code: 1001, reason: 'bye \u001b[2J' });
  r.machine.advance(40 * SECOND);
  expect(attempts().slice(2)).toEqual([2, 4, 8, 8, 8, 8]);
  expect(r.feed.state).toBe('reconnecting');
  expect(r.facts.at(-1)).toEqual({
    kind: 'disconnected',
    code: 'QL_FEED_CLOSED',
    inst: null,
    details: { closeCode: 1001, conn: 1, link: '0', reason: 'bye \\u001b[2J' },
  });
  r.machine.onOpen = (socket) => socket.accept();
  r.machine.advance(20 * SECOND);
  expect(r.facts.at(-1)).toEqual({
    kind: 'connected',
    code: 'QL_FEED_RECONNECTED',
    inst: null,
    details: { attempt: 8, conn: 2, link: '0' },
  });
  // Too short: the waits go on growing. Long enough: they start anew.
  r.machine.last.end({ error: 'ECONNRESET' });
  expect(r.facts.at(-1)?.code).toBe('QL_FEED_ERROR');
  r.machine.advance(7 * SECOND);
  expect(r.machine.last.phase).toBe('over');
  r.machine.advance(2 * SECOND);
  expect(r.machine.last.phase).toBe('open');
  for (let i = 0; i < 70; i++) {
    r.machine.last.alive();
    r.machine.advance(SECOND);
  }
  r.machine.last.end({ code: 1001 });
  r.machine.advance(1_100_000);
  expect(r.machine.last.phase).toBe('open');
});

test('FEED-2: the protocol decides about the end of a connection: fail ends the feed', async () => {
  const r = await rig({ accept: false });
  const error = new QuantlaxmiError('QL_BAD_INPUT', 'the token has expired');
  r.protocol.onEnd = () => [{ t: 'fail', error }];
  r.machine.last.end({ error: 'HTTP 403' });
  await r.read();
  expect(r.protocol.ends[0]).toMatchObject({ link: '0', conn: 0, end: { error: 'HTTP 403' } });
  expect(r.error).toBe(error);
  expect(r.feed.state).toBe('closed');
  expect(r.protocol.stops, 'a failure is no stop').toBe(0);
  expect(r.machine.timersLeft).toBe(0);
});

test('FEED-2: what threw ends the feed with QL_FEED_BROKEN after what came before it', async () => {
  const r = await rig();
  r.protocol.react = () => {
    throw new Error('no such symbol');
  };
  r.machine.last.text('a');
  await r.read();
  expect(r.error).toMatchObject({ code: 'QL_FEED_BROKEN' });
  expect(texts(r)).toEqual(['ack', 'a']);
  r.machine.advance(10 * SECOND);
  expect(r.machine.timersLeft).toBe(0);
});

test('FEED-2: a listener that throws ends the feed with all connections closed', async () => {
  const r = await rig({ protocol: (p) => (p.wanted = [link('0'), link('1')]) });
  for (const event of ['fact', 'link', 'state', 'failed'] as const) {
    r.feed.on(event, () => {
      throw new Error('no such file');
    });
  }
  r.machine.last.end({ code: 1001 });
  await r.read();
  r.machine.advance(5 * SECOND);
  expect(r.error).toMatchObject({ code: 'QL_FEED_BROKEN' });
  expect(r.machine.sockets.map((s) => s.phase)).toEqual(['over', 'over']);
  expect(r.machine.timersLeft).toBe(0);
});

test('FEED-2: one reader; a reader that leaves stops the feed; options are checked', async () => {
  const r = await rig();
  expect(() => r.feed.batches()).toThrow('a feed has one reader');
  r.feed.stop();
  const other = await rig();
  const never = createFeed(other.protocol, other.machine.ports, exact);
  const body = { kind: 'config', code: '', details: {}, inst: null } as const;
  never.command([{ t: 'fact', body }]);
  for await (const batch of never.batches()) {
    expect(batch.records.length).toBeGreaterThan(0);
    break;
  }
  expect(never.state).toBe('closed');
  const bad = { ...feedDefaults, overlapUs: -1 };
  expect(() => createFeed(other.protocol, other.machine.ports, bad)).toThrow('overlapUs is -1');
  const slow = { ...other.protocol.limits, connects: { count: 0, perUs: 1 } };
  const none = Object.assign(Object.create(other.protocol), { limits: slow });
  expect(() => createFeed(none, other.machine.ports, exact)).toThrow('limit of connects: 0 in 1');
});

test('FEED-2: links named by the venue are opened and closed while the feed runs', async () => {
  const r = await rig();
  r.protocol.wanted = [link('0'), link('1')];
  r.feed.command([{ t: 'links' }]);
  r.machine.advance(SECOND);
  expect(r.machine.sockets.map((s) => s.url)).toEqual([
    'wss://venue.example/0',
    'wss://venue.example/1',
  ]);
  r.protocol.wanted = [link('1')];
  r.feed.command([{ t: 'links' }]);
  expect(r.facts.at(-1)).toMatchObject({
    kind: 'disconnected',
    code: 'QL_FEED_REQUESTED',
    inst: 'V:SPOT:0',
  });
  r.machine.advance(SECOND);
  expect(r.machine.sockets.map((s) => s.phase)).toEqual(['over', 'open']);
  expect(r.feed.state).toBe('live');
  expect(factsOf(r)).toEqual(['connected', 'connected', 'disconnected QL_FEED_REQUESTED']);
});
