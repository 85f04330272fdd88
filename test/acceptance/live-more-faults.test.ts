/** Further faults of a venue over real sockets, and the fact by which a log tells each gap. */
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import {
  type BinanceVenue,
  binanceVenue,
  type Fault,
  syntheticBinance,
} from '../../src/testing/node/index.js';
import { livePorts } from '../../src/node/index.js';
import type { FeedPorts } from '../../src/venues/feed/index.js';
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
  type Running,
  sequencesOf,
  startCapture,
} from './lib/live.js';

// A loaded machine takes its time.
vi.setConfig({ testTimeout: 300_000 });

const SOURCE = syntheticBinance({ market: 'usdm', seed: 9n, durationUs: 28_000_000 });
let venue: BinanceVenue;

afterEach(async () => {
  await venue.close();
});

const saw =
  (code: string) =>
  (running: Running): boolean =>
    running.facts.some((fact) => fact.code === code);

interface Wrong {
  readonly faults: readonly Fault[];
  readonly over: (running: Running) => boolean;
  /** Frames of which the venue sends every one while nobody is connected to it. */
  readonly missed?: number;
  /** The client has read everything, where the venue can not learn it. */
  readonly read?: () => boolean;
}

/** Ports that count the messages of every connection. */
function countingPorts() {
  const ports = livePorts();
  let messages = 0;
  const sockets: FeedPorts['sockets'] = {
    open: (url, handlers, options) =>
      ports.sockets.open(
        url,
        {
          opened: () => handlers.opened(),
          alive: () => handlers.alive(),
          closed: (end) => handlers.closed(end),
          message: (bytes, binary) => {
            messages += 1;
            handlers.message(bytes, binary);
          },
        },
        options,
      ),
  };
  return { ports: { ...ports, sockets }, messages: () => messages };
}

const sentByVenue = (): number => venue.connections.reduce((sum, { sent }) => sum + sent.length, 0);

/** Plays, lets something go wrong, plays on; what the log holds in the end. */
async function through(wrong: Wrong, options: Partial<LiveOptions> = {}) {
  venue = await binanceVenue({ source: SOURCE });
  const out = join(temporaryFolder(), 'session');
  const running = startCapture(venue, SOURCE, { out, ...options });
  await running.until(() => venue.connections.some((one) => one.subscriptions.length > 8));
  await playUntil(venue, running, () => true);
  await playAll(venue, 100);
  for (const fault of wrong.faults) venue.inject(fault);
  if (wrong.missed !== undefined) {
    await venue.release(wrong.missed);
    await running.until(() => wrong.over(running));
  }
  await playUntil(venue, running, () => wrong.over(running));
  await playAll(venue);
  await running.until(wrong.read ?? (() => true));
  const session = await running.stop();
  await expectBooks(out, venue, SOURCE);
  const counts = compareSequences(sequencesOf(SOURCE), await loggedSequences(session));
  return { ...counts, facts: await factsOf(session) };
}

test('NODE-31: a venue that stops reading loses nothing', async () => {
  const over = (): boolean => venue.faults['stallReads'] === 1;
  const { messages, ports } = countingPorts();
  const read = (): boolean => messages() >= sentByVenue();
  const wrong = { faults: [{ kind: 'stallReads' } as const], over, read };
  const { facts, lost, twice } = await through(wrong, { ports });
  expect({ lost, twice }).toEqual({ lost: 0, twice: 0 });
  expect([...facts.keys()].filter((name) => name.startsWith('disconnected'))).toEqual([]);
});

test('NODE-31: an address that is banned waits as told, then has its books again', async () => {
  const faults: Fault[] = [
    { kind: 'http418', retryAfterS: 1, count: 2 },
    { kind: 'disconnect', code: 1012 },
  ];
  const over = (running: Running): boolean =>
    venue.faults['http418'] === 2 && saw('QL_FEED_RECONNECTED')(running);
  const { facts, twice } = await through({ faults, over }, { ports: fastPorts(5) });
  expect(venue.faults).toMatchObject({ http418: 2 });
  expect(facts.get('resync')).toBeGreaterThanOrEqual(1);
  expect(twice).toBe(0);
});

// The fact of the connection marks the gap; that updates are missing is told by one of its own.
test.each([
  ['disconnect', { kind: 'disconnect', code: 'reset' }, 'disconnected QL_FEED_CLOSED'],
  ['halfOpen', { kind: 'halfOpen' }, 'disconnected QL_FEED_SILENT'],
] as const)('NODE-31: what %s lost is marked by its fact', async (_, fault, name) => {
  const wrong = { faults: [fault], over: saw('QL_FEED_RECONNECTED'), missed: 200 };
  const links = { silenceUs: 1_000_000 };
  const { facts, lost, twice } = await through(wrong, { links });
  expect(lost).toBeGreaterThan(0);
  expect(twice).toBe(0);
  expect(facts.get(name)).toBeGreaterThanOrEqual(1);
  expect(facts.get('resync')).toBeGreaterThanOrEqual(1);
  expect(facts.get('gap QL_VENUE_SEQUENCE_GAP')).toBeGreaterThanOrEqual(1);
});
