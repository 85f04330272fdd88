import { expect, test } from 'vitest';
import { SECOND, START_US } from './fake-ports.js';
import { factsOf, link, rig, type Rig } from './fake-venue.js';

const watched = (silenceUs = 10 * SECOND) => ({
  protocol: (p: { wanted: unknown }) => {
    p.wanted = [link('0', { silenceUs })];
  },
});

test('FEED-6: a connection without a sign of life is pinged, dropped, made again', async () => {
  const r = await rig(watched());
  const first = r.machine.last;
  r.machine.advance(4 * SECOND);
  expect(first.pings).toHaveLength(0);
  r.machine.advance(2 * SECOND);
  expect(first.pings).toHaveLength(1);
  r.machine.advance(2 * SECOND);
  expect(r.feed.state).toBe('stale');
  r.machine.advance(2 * SECOND);
  expect([first.terminated, first.pings.length]).toEqual([true, 1]);
  expect(r.facts.at(-1)).toMatchObject({ kind: 'disconnected', code: 'QL_FEED_SILENT' });
  expect(r.protocol.ends).toMatchObject([{ conn: 1, end: { code: 1006 } }]);
  r.machine.advance(2 * SECOND);
  expect(factsOf(r).at(-1)).toBe('connected QL_FEED_RECONNECTED');
  expect(r.states).toEqual([
    ...['connecting', 'syncing', 'live', 'stale', 'reconnecting', 'syncing', 'live'],
  ]);
});

test('FEED-6: an answer to the ping is a sign of life', async () => {
  const r = await rig(watched());
  for (let i = 0; i < 60; i++) {
    const before = r.machine.last.pings.length;
    r.machine.advance(SECOND);
    if (r.machine.last.pings.length > before) r.machine.last.alive();
  }
  expect(r.machine.sockets).toHaveLength(1);
  expect(r.machine.last.pings.length).toBeGreaterThan(8);
  expect(r.feed.state).toBe('live');
});

/** What a change of time does to a connection that just spoke. */
async function afterSilence(change: (r: Rig) => void): Promise<string[]> {
  const r = await rig(watched());
  change(r);
  return factsOf(r).slice(1);
}

test('FEED-6: a process that stood still and steps of the clock are no silence', async () => {
  expect(await afterSilence((r) => r.machine.stallFor(60 * SECOND))).toEqual([]);
  for (const us of [-3_600 * SECOND, 3_600 * SECOND]) {
    const quiet = (r: Rig): void => {
      r.machine.advance(4 * SECOND);
      r.machine.stepClock(us);
      r.machine.advance(4 * SECOND);
    };
    expect(await afterSilence(quiet)).toEqual([]);
  }
  const stepped = (r: Rig): void => {
    r.machine.stepClock(-3_600 * SECOND);
    r.machine.advance(11 * SECOND);
  };
  expect(await afterSilence(stepped)).toContain('disconnected QL_FEED_SILENT');
  // Control: the same time, with the process running.
  expect(await afterSilence((r) => r.machine.advance(10 * SECOND))).toEqual([
    'disconnected QL_FEED_SILENT',
  ]);
});

test('FEED-6: a paused socket is not silent', async () => {
  const r = await rig({
    ...watched(),
    options: { queue: { recordsMax: 4, bytesMax: 1_000 } },
  });
  for (let i = 0; i < 5; i++) r.machine.last.text('x');
  expect(r.machine.last.paused).toBe(true);
  r.machine.advance(60 * SECOND);
  expect(factsOf(r)).toEqual(['connected', 'config QL_FEED_STALLED']);
  await r.read();
  expect(r.machine.last.paused).toBe(false);
  r.machine.advance(9 * SECOND);
  expect(r.machine.sockets, 'what was left of the time is left').toHaveLength(1);
  r.machine.advance(2 * SECOND);
  expect(factsOf(r)).toContain('disconnected QL_FEED_SILENT');
});

/** A feed with one stream that is normal when silent for at most 5 s, on a link that lives. */
async function streaming(): Promise<{ r: Rig; flow: () => void; live: (s: number) => void }> {
  const r = await rig();
  let lastRx = 0;
  const stream = {
    stream: 'btcusdt@trade',
    inst: 'V:SPOT:BTCUSDT',
    link: '0',
    silenceUs: 5 * SECOND,
  };
  Object.defineProperty(r.protocol, 'streams', { get: () => [{ ...stream, lastRx }] });
  const live = (seconds: number): void => {
    for (let i = 0; i < seconds; i++) {
      r.machine.last.alive();
      r.machine.advance(SECOND);
    }
  };
  const flow = (): void => {
    lastRx = r.machine.nowUs;
  };
  return { r, flow, live };
}

test('FEED-6: a silent stream is a fact once, and once when it flows again', async () => {
  const { flow, live, r } = await streaming();
  live(4);
  flow();
  live(4);
  expect(factsOf(r)).toEqual(['connected']);
  live(20);
  expect(factsOf(r)).toEqual(['connected', 'gap QL_FEED_STREAM_SILENT']);
  expect(r.facts[1]).toMatchObject({
    inst: 'V:SPOT:BTCUSDT',
    details: { stream: 'btcusdt@trade' },
  });
  expect(r.facts[1]?.details['silentUs']).toBeGreaterThanOrEqual(5 * SECOND);
  expect(r.feed.state).toBe('stale');
  flow();
  live(2);
  expect(factsOf(r).at(-1)).toBe('resync QL_FEED_STREAM_SILENT');
  expect(r.feed.state).toBe('live');
});

test('FEED-6: a stream is not silent while its connection is lost', async () => {
  const { live, r } = await streaming();
  r.machine.onOpen = () => {};
  r.machine.last.end({ code: 1001 });
  r.machine.advance(60 * SECOND);
  expect(factsOf(r)).toEqual(['connected', 'disconnected QL_FEED_CLOSED']);
  r.machine.last.accept();
  live(3);
  expect(factsOf(r).at(-1)).toBe('connected QL_FEED_RECONNECTED');
  live(4);
  expect(factsOf(r).at(-1)).toBe('gap QL_FEED_STREAM_SILENT');
});

test('FEED-6: facts name the instruments of the link when there are other links', async () => {
  const insts = (id: string): string[] => [`V:SPOT:A${id}`, `V:SPOT:B${id}`];
  const r = await rig({
    protocol: (p) => {
      p.wanted = [link('0', { insts: insts('0') }), link('1', { insts: insts('1') })];
    },
  });
  r.machine.sockets[1]?.end({ code: 1001 });
  expect(r.facts.slice(2).map((f) => f.inst)).toEqual(insts('1'));
  expect(r.feed.state, 'the worst of its links').toBe('reconnecting');
  r.machine.sockets[0]?.text('goes on');
  r.machine.advance(2 * SECOND);
  expect(r.feed.state).toBe('live');
});

test('FEED-6: records have the receive time of the clock as it is', async () => {
  const r = await rig();
  r.machine.last.text('a');
  r.machine.stepClock(-5 * SECOND);
  r.machine.last.text('b');
  await r.read();
  const rx = r.batches.flatMap((b) => b.records.map((x) => x.rx));
  expect(rx.slice(-2)).toEqual([START_US + SECOND, START_US - 4 * SECOND]);
});
