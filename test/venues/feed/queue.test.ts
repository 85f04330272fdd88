import { expect, test } from 'vitest';
import { SECOND } from './fake-ports.js';
import { factsOf, link, rig, texts } from './fake-venue.js';

const small = { queue: { recordsMax: 10, bytesMax: 1_000 }, batchRecordsMax: 4 };

test('FEED-4: a slow reader pauses the sockets; nothing is dropped; both are facts', async () => {
  const r = await rig({ options: small, reading: false });
  const stalled: boolean[] = [];
  r.feed.on('stalled', (now) => stalled.push(now));
  const sent: string[] = ['ack'];
  for (let i = 0; i < 20; i++) {
    // A socket still hands on what it had read before it was paused.
    r.machine.last.text(`m${i}`);
    sent.push(`m${i}`);
  }
  expect(r.machine.last.paused).toBe(true);
  expect(stalled).toEqual([true]);
  expect(r.facts.at(-1)).toEqual({
    kind: 'config',
    code: 'QL_FEED_STALLED',
    inst: null,
    details: { bytes: 19, records: 10 },
  });
  await r.read();
  expect(r.machine.last.paused).toBe(false);
  expect(stalled).toEqual([true, false]);
  expect(factsOf(r).at(-1)).toBe('config QL_FEED_FLOWING');
  await r.read();
  expect(texts(r)).toEqual(sent);
  expect(Math.max(...r.batches.map((b) => b.records.length))).toBe(4);
});

test('FEED-4: bytes count as well as records; reading goes on at half, not before', async () => {
  const r = await rig({ options: { ...small, batchRecordsMax: 1 }, reading: false });
  const iterator = r.batches;
  for (let i = 0; i < 4; i++) r.machine.last.text('x'.repeat(250));
  expect(factsOf(r).at(-1)).toBe('config QL_FEED_STALLED');
  await r.read();
  expect(iterator.length).toBeGreaterThan(4);
  expect(r.facts.at(-1)).toMatchObject({ code: 'QL_FEED_FLOWING', details: { bytes: 500 } });
});

test('FEED-4: a connection that opens while reading is paused is paused too', async () => {
  const r = await rig({ options: small, reading: false });
  for (let i = 0; i < 12; i++) r.machine.last.text('x');
  r.protocol.wanted = [link('0'), link('1')];
  r.feed.command([{ t: 'links' }]);
  r.machine.advance(SECOND);
  expect(r.machine.sockets.map((s) => [s.phase, s.paused])).toEqual([
    ['open', true],
    ['open', true],
  ]);
  await r.read();
  expect(r.machine.sockets.map((s) => s.paused)).toEqual([false, false]);
});

test('FEED-4: a stop while paused hands on all that was received, and closes', async () => {
  const r = await rig({ options: small, reading: false });
  for (let i = 0; i < 15; i++) r.machine.last.text(`m${i}`);
  r.feed.stop();
  r.machine.advance(5 * SECOND);
  expect(r.machine.last.phase).toBe('over');
  await r.read();
  expect(texts(r)).toHaveLength(16);
  expect(r.done).toBe(true);
  expect(r.machine.timersLeft).toBe(0);
});
