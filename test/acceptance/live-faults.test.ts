/** Everything a venue does wrong, over real sockets: survived, told, the books right after it. */
import { join } from 'node:path';
import { captureRecording, eventLinesSha256, type Session } from 'quantlaxmi/node';
import { afterEach, expect, test, vi } from 'vitest';
import {
  type BinanceVenue,
  binanceVenue,
  type Fault,
  type FaultKind,
  syntheticBinance,
} from '../../src/testing/node/index.js';
import { temporaryFolder } from '../node/folders.js';
import {
  compareSequences,
  expectBooks,
  factsOf,
  fastPorts,
  type LiveOptions,
  loggedSequences,
  playAll,
  playUntil,
  rawFiles,
  type Running,
  sequencesOf,
  startCapture,
} from './lib/live.js';

// A loaded machine takes its time.
vi.setConfig({ testTimeout: 300_000 });

const SOURCE = syntheticBinance({ market: 'usdm', seed: 7n, durationUs: 28_000_000 });

let venue: BinanceVenue;

afterEach(async () => {
  await venue.close();
});

/** What goes wrong, and how it is seen that it did and is over. */
interface Wrong {
  readonly faults: readonly Fault[];
  readonly over: (running: Running) => boolean;
}

/** Plays, lets something go wrong, plays on; in the end the books have to be the venue's. */
async function through(wrong: Wrong, options: Partial<LiveOptions> = {}): Promise<Session> {
  venue = await binanceVenue({ source: SOURCE, retime: true });
  const out = join(temporaryFolder(), 'session');
  const running = startCapture(venue, SOURCE, { out, raw: true, ...options });
  await running.until(() => venue.connections.some((one) => one.subscriptions.length > 8));
  await playUntil(venue, running, () => true);
  await playAll(venue, 600);
  for (const fault of wrong.faults) venue.inject(fault);
  await playUntil(venue, running, () => wrong.over(running));
  // What was the last thing to be lost shows with the next update.
  await playAll(venue, 300);
  await playUntil(venue, running, () => true);
  await playAll(venue);
  const session = await running.stop();
  await expectBooks(out, venue, SOURCE);
  await expectSameAgain(session);
  return session;
}

/** The raw record gives the same events. */
async function expectSameAgain(session: Session): Promise<void> {
  const out = join(temporaryFolder(), 'again');
  const again = await captureRecording({ market: 'usdm', files: rawFiles(session.dir), out });
  expect(again.damage).toEqual([]);
  expect(again.session.manifest.parentSessionId).toBe(session.id);
  const digest = await eventLinesSha256(session.read());
  expect(await eventLinesSha256(again.session.read())).toBe(digest);
}

const saw =
  (code: string, times = 1) =>
  (running: Running): boolean =>
    running.facts.filter((fact) => fact.code === code).length >= times;

const happened = (kind: FaultKind, times: number) => (): boolean =>
  (venue.faults[kind] ?? 0) >= times;

const counted = async (session: Session) => {
  const sequences = compareSequences(sequencesOf(SOURCE), await loggedSequences(session));
  return { ...sequences, facts: await factsOf(session) };
};

test('NODE-31: without a fault every message of the venue is logged once', async () => {
  const session = await through({ faults: [], over: () => true });
  const { facts, frames, lost, twice } = await counted(session);
  expect(frames).toBeGreaterThan(2_000);
  expect({ lost, twice }).toEqual({ lost: 0, twice: 0 });
  expect([...facts.keys()].sort()).toEqual([
    'clock QL_VENUE_CLOCK_OFFSET',
    'connected',
    'start',
    'stop',
  ]);
  // The control: a message that is missing, or there twice, would be counted.
  const logged = await loggedSequences(session);
  logged.get('BTCUSDT@depth')?.pop();
  const quotes = logged.get('ETHUSDT@bookTicker');
  quotes?.push(quotes[0] as number);
  expect(compareSequences(sequencesOf(SOURCE), logged)).toMatchObject({ lost: 1, twice: 1 });
  expect((await session.verify()).ok).toBe(true);
  expect(session.manifest.capture).toMatchObject({ gaps: 0, malformed: 0, reconnects: 0 });
});

test.each([1001, 'reset'] as const)(
  'NODE-31: a connection ended by %s is a fact; the books are right after it',
  async (code) => {
    const faults = [{ kind: 'disconnect', code } as const];
    const session = await through({ faults, over: saw('QL_FEED_RECONNECTED') });
    const { facts, twice } = await counted(session);
    expect(facts.get('disconnected QL_FEED_CLOSED')).toBe(1);
    expect(facts.get('connected QL_FEED_RECONNECTED')).toBe(1);
    expect(facts.get('resync')).toBeGreaterThanOrEqual(1);
    expect(twice).toBe(0);
    expect(session.manifest.capture.reconnects).toBe(1);
  },
);

test('NODE-31: a connection that went dead is found out and replaced', async () => {
  const wrong = { faults: [{ kind: 'halfOpen' } as const], over: saw('QL_FEED_RECONNECTED') };
  const session = await through(wrong, { links: { silenceUs: 1_000_000 } });
  const { facts, twice } = await counted(session);
  expect(facts.get('disconnected QL_FEED_SILENT')).toBe(1);
  expect(twice).toBe(0);
});

test('NODE-31: lost updates are a gap; the books are right after it', async () => {
  const faults = [{ kind: 'drop', count: 3, stream: 'btcusdt@depth' } as const];
  const session = await through({ faults, over: happened('drop', 3) });
  const { facts, lost } = await counted(session);
  expect(lost).toBe(3);
  expect(facts.get('gap QL_VENUE_SEQUENCE_GAP')).toBe(1);
  expect(facts.get('resync')).toBe(1);
});

test('NODE-31: repeated and reordered updates are facts, and nothing is lost', async () => {
  const faults = [
    { kind: 'duplicate', count: 4 } as const,
    { kind: 'reorder', count: 4, stream: 'ethusdt@depth' } as const,
  ];
  const session = await through({ faults, over: happened('reorder', 4) });
  const { facts, lost } = await counted(session);
  expect(lost).toBe(0);
  expect(facts.get('gap QL_VENUE_SEQUENCE_GAP')).toBeGreaterThan(0);
  expect(facts.get('malformed QL_VENUE_OUT_OF_ORDER')).toBeGreaterThan(0);
});

test('NODE-31: damaged frames are counted facts and stop nothing', async () => {
  const how = ['truncate', 'garbage', 'notUtf8'] as const;
  const faults: Fault[] = how.map((one) => ({ kind: 'malform', how: one, count: 5 }));
  // One bit of a number may be another number, which no check can tell in a book.
  faults.push({ kind: 'malform', how: 'bitFlip', count: 5, stream: 'aggTrade' });
  const session = await through({ faults, over: happened('malform', 20) });
  const { facts } = await counted(session);
  expect(facts.get('malformed QL_VENUE_FRAME')).toBeGreaterThanOrEqual(10);
  expect(session.manifest.capture.reconnects).toBe(0);
});

test('NODE-31: refused connections and requests are made again until answered', async () => {
  const faults: Fault[] = [
    { kind: 'refuseConnect', count: 2, status: 503 },
    { kind: 'http429', retryAfterS: 1, count: 1 },
    { kind: 'http5xx', status: 502, count: 1 },
    { kind: 'disconnect', code: 1012 },
  ];
  const wrong = { faults, over: saw('QL_FEED_RECONNECTED') };
  const session = await through(wrong, { ports: fastPorts(5) });
  expect(venue.faults).toMatchObject({ refuseConnect: 2, http429: 1, http5xx: 1 });
  expect((await counted(session)).twice).toBe(0);
});

test('NODE-31: slow and old snapshots are waited for or asked for again', async () => {
  const faults: Fault[] = [
    { kind: 'slowSnapshot', delayMs: 200, count: 2 },
    { kind: 'staleSnapshot', count: 1 },
    { kind: 'disconnect', code: 1001 },
  ];
  const session = await through({ faults, over: happened('slowSnapshot', 2) });
  expect(venue.faults).toMatchObject({ slowSnapshot: 2, staleSnapshot: 1 });
  expect((await counted(session)).twice).toBe(0);
});

test('NODE-31: an end of 24 hours that is announced loses nothing', async () => {
  const faults = [{ kind: 'close24h', announce: true, noticeFrames: 1_500 } as const];
  const session = await through({ faults, over: saw('QL_FEED_HANDOVER', 2) });
  const { facts, lost, twice } = await counted(session);
  expect({ lost, twice }).toEqual({ lost: 0, twice: 0 });
  expect(facts.get('config QL_FEED_HANDOVER')).toBe(1);
  expect(facts.get('disconnected QL_FEED_CLOSED')).toBeUndefined();
});

test('NODE-31: an acknowledgement that never comes is a connection made anew', async () => {
  venue = await binanceVenue({ source: SOURCE, retime: true });
  venue.inject({ kind: 'ackLost', count: 1 });
  const out = join(temporaryFolder(), 'session');
  const running = startCapture(venue, SOURCE, { out, binance: { acknowledgeUs: 300_000 } });
  await running.until(() => saw('QL_FEED_RECONNECTED')(running));
  await playUntil(venue, running, () => true);
  await playAll(venue);
  await running.stop();
  await expectBooks(out, venue, SOURCE);
});

test('NODE-31: an acknowledgement that is lost in a hand-over loses nothing', async () => {
  const faults: Fault[] = [
    { kind: 'ackLost', count: 1 },
    { kind: 'close24h', announce: true, noticeFrames: 1_500 },
  ];
  const wrong = { faults, over: saw('QL_FEED_HANDOVER', 4) };
  const session = await through(wrong, { binance: { acknowledgeUs: 300_000 } });
  const { facts, lost, twice } = await counted(session);
  expect(venue.faults).toMatchObject({ ackLost: 1 });
  expect({ lost, twice }).toEqual({ lost: 0, twice: 0 });
  // Back to the older connection, then on to one that was acknowledged.
  expect(facts.get('config QL_FEED_HANDOVER')).toBe(2);
  expect([...facts.keys()].filter((name) => name.startsWith('disconnected'))).toEqual([]);
});

test('NODE-31: a clock of the venue that is off is measured, no receive time moves', async () => {
  const faults = [{ kind: 'clockDrift', us: -90_000_000 } as const];
  const session = await through({ faults, over: happened('clockDrift', 1) });
  let last = 0;
  for await (const batch of session.read()) {
    for (const { rx } of batch) {
      expect(rx).toBeGreaterThanOrEqual(last);
      last = rx;
    }
  }
  expect((await counted(session)).lost).toBe(0);
});
