import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import {
  captureLive,
  captureRaw,
  createSession,
  eventLinesSha256,
  openRawRecorder,
  openSession,
} from 'quantlaxmi/node';
import type { EventInput } from 'quantlaxmi/events';
import {
  type FeedProtocol,
  RAW_FORMAT,
  type RawCapture,
  type RawRecord,
} from 'quantlaxmi/venues/feed';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../folders.js';

const event = (rx: number, kind: 'config' | 'stop'): EventInput => ({
  ...{ t: 'Session', sv: 1, rx, ts: null, src: 'TEST' },
  body: { code: '', details: {}, inst: null, kind },
});

const capture = (): RawCapture => {
  let lastRx = 0;
  return {
    record(record) {
      lastRx = Math.max(lastRx, record.rx);
      if (record.kind === 'fact')
        return [{ ...event(lastRx, 'config'), body: record.body } as never];
      return [event(lastRx, 'config'), event(lastRx, 'config')];
    },
    restore: (held) => {
      lastRx = held.rx;
    },
    stop: () => [event(lastRx, 'stop')],
  };
};

const limit = { count: 10, perUs: 1_000_000 };
const protocolOf = (name: string, settings: FeedProtocol['settings']): FeedProtocol => ({
  ...{ name, settings, capture: capture() },
  limits: { connects: limit, sends: limit, requests: limit },
  opening: () => [],
  links: () => [],
  greet: () => [],
  after: () => [],
  tick: () => [],
  subscribed: () => true,
  synced: () => true,
  watched: () => [],
  usedWeight: () => null,
});

const frame = (rx: number): RawRecord => ({
  ...{ kind: 'frame', rx, conn: 1, binary: false, bytes: new TextEncoder().encode('x') },
});

const feed = { name: 'test', version: '1' };

/** A session whose log ends in the middle of the third of five frames. */
async function killed(raw: boolean): Promise<string> {
  const dir = join(temporaryFolder(), 'session');
  const writer = await createSession(dir, {
    ...{ policy: { kind: 'os' }, raw },
    capture: { feed, subscriptions: ['A', 'B'] },
  });
  const settings = { symbols: ['A', 'B'] };
  const head = { fmt: RAW_FORMAT, sessionId: writer.id, settings, venue: 'test' };
  const records = [1, 2, 3, 4, 5].map(frame);
  if (raw) {
    const clock = { nowUs: () => 1 };
    const recorder = await openRawRecorder(join(dir, 'raw'), { head, clock, sync: false });
    recorder.write(records);
    await recorder.flush();
    await recorder.abandon();
  }
  const one = capture();
  const events = records.flatMap((record) => one.record(record));
  for (const made of events.slice(0, 5)) writer.wal.append(made);
  await writer.abandon();
  return dir;
}

const goOn = (out: string, protocol: FeedProtocol, subscriptions: readonly string[]) =>
  captureLive({
    ...{ out, resume: true, signal: AbortSignal.abort(), policy: { kind: 'os' } },
    capture: { subscriptions },
    protocol: () => ({ ...protocol, capture: capture() }),
  });

test('NODE-33: a capture goes on only as its session was begun', async () => {
  for (const raw of [true, false]) {
    const out = await killed(raw);
    const before = { symbols: ['A', 'B'] };
    const other = goOn(out, protocolOf('other', before), ['A', 'B']);
    await expect(other).rejects.toMatchObject({ code: 'QL_BAD_INPUT' });
    await expect(other).rejects.toThrow('the feed was "test" and is "other" now');
    const fewer = goOn(out, protocolOf('test', { symbols: ['A'] }), ['A']);
    await expect(fewer).rejects.toMatchObject({ code: 'QL_BAD_INPUT' });
    const name = raw ? 'setting symbols' : 'subscriptions';
    await expect(fewer).rejects.toThrow(`${name} was ["A","B"] and is ["A"] now`);
    // The control: as it was begun.
    const { session } = await goOn(out, protocolOf('test', before), ['B', 'A']);
    expect(session.manifest.wal.totalEvents).toBeGreaterThan(5);
  }
});

test('NODE-33: a restart says how many records its log held, to the middle of one', async () => {
  const out = await killed(true);
  const { session } = await goOn(out, protocolOf('test', { symbols: ['A', 'B'] }), ['A', 'B']);
  const restarts: unknown[] = [];
  for await (const batch of session.read()) {
    for (const { t, body } of batch) {
      if (t === 'Session' && body.code === 'QL_FEED_RESTARTED') restarts.push(body.details);
    }
  }
  expect(restarts).toEqual([{ events: 5, lastRx: 3, lastSeq: 5, partial: 1, records: 2 }]);
  const files = ['1', '2'].map((n) => join(out, 'raw', `00000${n}.rec.gz`));
  const made = await captureRaw({ files, out: join(temporaryFolder(), 'again'), capture });
  expect(made.damage).toEqual([]);
  const digest = await eventLinesSha256(session.read());
  expect(await eventLinesSha256(made.session.read())).toBe(digest);
});

test('NODE-34: an end that fails says what can be done about the session', async () => {
  const out = join(temporaryFolder(), 'session');
  const ended = captureLive({
    ...{ out, raw: true, signal: AbortSignal.abort(), policy: { kind: 'os' } },
    protocol: () => protocolOf('test', {}),
    // Not a part that could be bound.
    onFeed: () => mkdirSync(join(out, 'raw', '000009.rec.gz')),
  });
  await expect(ended).rejects.toThrow('go on with it by --resume');
  await expect(openSession(out)).rejects.toMatchObject({ code: 'QL_SESSION_UNSEALED' });
});
