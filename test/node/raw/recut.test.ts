import { copyFileSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  captureRaw,
  createSession,
  eventLinesSha256,
  openRawRecorder,
  resumeSession,
  type Session,
} from 'quantlaxmi/node';
import type { EventInput, SessionBody } from 'quantlaxmi/events';
import { RAW_FORMAT, type RawCapture, type RawHead, type RawRecord } from 'quantlaxmi/venues/feed';
import { expect, test } from 'vitest';
import { rawParts } from '../../../src/node/raw/raw-file.js';
import { temporaryFolder } from '../folders.js';

const CLOCK = { nowUs: () => 1_000 };
const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

const frame = (rx: number): RawRecord => ({
  ...{ kind: 'frame', rx, conn: 1, binary: false, bytes: encode(`${rx}`) },
});

const event = (rx: number, body: Partial<SessionBody>): EventInput => ({
  ...{ t: 'Session', sv: 1, rx, ts: null, src: 'TEST' },
  body: { code: '', details: {}, inst: null, kind: 'config', ...body },
});

/** So many events per frame, each with the number of its frame. */
const captureOf =
  (perFrame: number) =>
  (_head?: RawHead): RawCapture => {
    let lastRx = 0;
    return {
      record(record) {
        lastRx = record.rx;
        if (record.kind === 'fact') return [event(lastRx, record.body)];
        return Array.from({ length: perFrame }, () => event(lastRx, { details: { at: lastRx } }));
      },
      restore: (held) => {
        lastRx = held.rx;
      },
      stop: () => [event(lastRx, { kind: 'stop' })],
    };
  };

/** A session of two processes: the first is killed after `lost` records that its log never got. */
async function recorded(options: { lost: number; restarted: boolean; ended: boolean }) {
  const dir = join(temporaryFolder(), 'session');
  const policy = { kind: 'os' } as const;
  const log = { policy, clock: CLOCK };
  const feed = { name: 'test', version: '1' };
  const first = await createSession(dir, { ...log, capture: { feed }, raw: true });
  const head = { fmt: RAW_FORMAT, sessionId: first.id, settings: {}, venue: 'test' };
  const recorder = () => openRawRecorder(join(dir, 'raw'), { head, clock: CLOCK, sync: false });
  let capture = captureOf(2)();
  let raw = await recorder();
  const kept = Array.from({ length: 5 }, (_, i) => frame(2_000 + i));
  const lost = Array.from({ length: options.lost }, (_, i) => frame(2_100 + i));
  raw.write([...kept, ...lost]);
  for (const one of kept) for (const made of capture.record(one)) first.wal.append(made);
  if (!options.restarted && options.ended) {
    for (const made of capture.stop()) first.wal.append(made);
    await raw.close();
    return await first.seal();
  }
  await raw.flush();
  await raw.abandon();
  if (!options.restarted) return await first.seal();
  await first.wal.flush();
  await first.abandon();
  const second = await resumeSession(dir, log);
  raw = await recorder();
  capture = captureOf(2)();
  const details = { events: 10, lastRx: 2_004, lastSeq: 10, records: 5, partial: 0 };
  const body = { code: 'QL_FEED_RESTARTED', details, inst: null, kind: 'gap' } as const;
  const records = [{ kind: 'fact', rx: 3_000, body } as const, frame(3_001), frame(3_002)];
  raw.write(records);
  for (const one of records) for (const made of capture.record(one)) second.wal.append(made);
  for (const made of capture.stop()) second.wal.append(made);
  await raw.close();
  return await second.seal();
}

const filesOf = async ({ dir }: Session): Promise<string[]> =>
  (await rawParts(join(dir, 'raw'))).map((name) => join(dir, 'raw', name));

const again = async (session: Session, perFrame: number, files?: readonly string[]) =>
  await captureRaw({
    files: files ?? (await filesOf(session)),
    out: join(temporaryFolder(), 'again'),
    capture: captureOf(perFrame),
  });

/** Frames by the number of their events, and the kinds of other facts. */
async function heldBy(session: Session) {
  const frames = new Map<number, number>();
  const kinds: string[] = [];
  for await (const batch of session.read()) {
    for (const { t, body } of batch) {
      if (t !== 'Session') continue;
      const at = body.details['at'];
      if (typeof at === 'number') frames.set(at, (frames.get(at) ?? 0) + 1);
      else kinds.push(body.kind);
    }
  }
  return { frames, kinds };
}

const BEFORE = [2_000, 2_001, 2_002, 2_003, 2_004];

test('NODE-32: another codec loses nothing of a session that came to its end', async () => {
  const session = await recorded({ lost: 0, restarted: false, ended: true });
  for (const perFrame of [1, 2, 3]) {
    const made = await again(session, perFrame);
    expect(made.damage).toEqual([]);
    const { frames, kinds } = await heldBy(made.session);
    expect([...frames]).toEqual(BEFORE.map((rx) => [rx, perFrame]));
    expect(kinds).toEqual(['stop']);
  }
});

test('NODE-32: another codec cuts a killed process at the same record', async () => {
  const session = await recorded({ lost: 3, restarted: true, ended: true });
  for (const perFrame of [1, 2, 3]) {
    const made = await again(session, perFrame);
    expect(made.damage).toEqual([]);
    const { frames, kinds } = await heldBy(made.session);
    expect([...frames]).toEqual([...BEFORE, 3_001, 3_002].map((rx) => [rx, perFrame]));
    expect(kinds).toEqual(['gap', 'stop']);
  }
  const same = await again(session, 2);
  const digest = await eventLinesSha256(session.read());
  expect(await eventLinesSha256(same.session.read())).toBe(digest);
});

test('NODE-32: ended unclean, it is cut only where the codec makes its log', async () => {
  const session = await recorded({ lost: 3, restarted: false, ended: false });
  const same = await again(session, 2);
  expect(same.damage).toEqual([]);
  expect([...(await heldBy(same.session)).frames.keys()]).toEqual(BEFORE);
  expect(await eventLinesSha256(same.session.read())).toBe(await eventLinesSha256(session.read()));
  for (const perFrame of [1, 3]) {
    const made = await again(session, perFrame);
    expect(made.damage).toEqual([]);
    expect([...(await heldBy(made.session)).frames.keys()]).toEqual([
      ...[...BEFORE, 2_100, 2_101, 2_102],
    ]);
  }
});

test('NODE-32: a break that no restart explains is told, in a session of several', async () => {
  const session = await recorded({ lost: 3, restarted: true, ended: true });
  const loose = temporaryFolder();
  const files = (await filesOf(session)).map((file, i) => {
    const copy = join(loose, `${i}.rec.gz`);
    copyFileSync(file, copy);
    return copy;
  });
  expect((await again(session, 2, files)).damage).toEqual([]);
  // Of the head only: the five records that the restart speaks of are gone.
  const [first = ''] = files;
  const { length } = readFileSync(first);
  for (const cut of [length - 60, 0]) {
    truncateSync(first, Math.max(0, cut));
    const made = await again(session, 2, files);
    expect(made.damage.map(({ code }) => code)).toEqual(['QL_RECORDING_DAMAGED']);
    expect((await heldBy(made.session)).kinds).toEqual(['malformed', 'gap', 'stop']);
  }
});

test('NODE-32: a part whose writer was killed before its head is passed over', async () => {
  const dir = temporaryFolder();
  const head = { fmt: RAW_FORMAT, sessionId: 'ses-1', settings: {}, venue: 'test' };
  const options = { head, clock: CLOCK, sync: false };
  const recorder = await openRawRecorder(join(dir, 'raw'), options);
  // The head stands in the file before anything else is asked for.
  const killed = readFileSync(join(dir, 'raw', '000001.rec.gz'));
  expect(killed.length).toBeGreaterThan(40);
  recorder.write([frame(2_000), frame(2_001)]);
  await recorder.close();
  const whole = readFileSync(join(dir, 'raw', '000001.rec.gz'));
  const part = (name: string, bytes: Uint8Array): string => {
    writeFileSync(join(dir, name), bytes);
    return join(dir, name);
  };
  const full = part('full.rec.gz', whole);
  for (const cut of [0, 10, Math.floor(killed.length / 2), killed.length]) {
    const torn = part(`torn-${cut}.rec.gz`, killed.subarray(0, cut));
    for (const files of [
      [torn, full],
      [full, torn],
    ]) {
      const out = join(temporaryFolder(), 'again');
      const made = await captureRaw({ files, out, capture: captureOf(1) });
      const { frames, kinds } = await heldBy(made.session);
      expect([...frames.keys()]).toEqual([2_000, 2_001]);
      // Nobody knows whether more followed: no stop behind a part that is not whole.
      expect(kinds.includes('stop')).toBe(files[0] === torn);
    }
  }
});
