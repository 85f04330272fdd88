/** A log is read, counted and anchored as what the manifest beside it says it is. */
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Event } from 'quantlaxmi/events';
import {
  compressSegments,
  createRun,
  createSession,
  expireSession,
  fileStore,
  findLog,
  gateEvidenceOf,
  nodeSha256,
  openRun,
  openSession,
  publishAnchor,
  readLog,
  removedFrontOf,
  sealedManifestOf,
  verifyWalParallel,
} from 'quantlaxmi/node';
import { createRunner } from 'quantlaxmi/strategy';
import { tailWal } from 'quantlaxmi/wal';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { boundFileChecks } from '../../src/gates/g4/logs.js';
import { commandHere } from '../acceptance/lib/in-process.js';
import { record } from './evidence/recorded.js';
import { rejection, temporaryFolder } from './folders.js';
import { momentum, risk, venue } from './market.js';

const root = mkdtempSync(join(tmpdir(), 'ql-bound-'));
const made = join(root, 'made');
const dir = join(root, 'session');
const wal = join(dir, 'wal');
afterAll(() => rmSync(root, { recursive: true }));

/** Five segments of two events, received at 1000, 2000, … 10000; an anchor after each batch. */
beforeAll(async () => {
  const writer = await createSession(made, {
    capture: { feed: { name: 'test', version: '1' } },
    policy: { kind: 'os' },
    rotate: { bytes: 1_048_576, events: 2 },
  });
  for (let i = 1; i <= 10; i += 1) {
    const body = { code: '', details: { i }, inst: null, kind: 'connected' } as const;
    writer.wal.append({ t: 'Session', sv: 1, rx: i * 1_000, ts: null, src: 'TEST', body });
    if (i % 2 !== 0) continue;
    await writer.wal.flush();
    await publishAnchor(made, join(root, `anchor-${i}`));
  }
  await writer.seal();
});
beforeEach(() => {
  rmSync(dir, { recursive: true, force: true });
  cpSync(made, dir, { recursive: true });
});

const segments = (): string[] => readdirSync(wal).filter((name) => name.endsWith('.wal.jsonl'));
const withoutLast = (): void => rmSync(join(wal, segments().sort().at(-1) as string));

async function seqs(log: AsyncIterable<readonly Event[]>): Promise<number[]> {
  const all: number[] = [];
  for await (const batch of log) all.push(...batch.map((event) => event.seq));
  return all;
}

const dumped = (out: string): number[] =>
  out
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => (JSON.parse(line) as { seq: number }).seq);

/** In this thread: the threads' own file is there only when built. */
const verifyHere = (...args: readonly string[]) =>
  commandHere(['wal', 'verify', ...args, '--workers', '1']);

describe('a session whose front was removed', { timeout: 60_000 }, () => {
  beforeEach(async () => {
    await expireSession(dir, { beforeRx: 5_500 });
  });

  test('WAL-21: dump and stat take what is left, by its folder and by its log', async () => {
    for (const place of [dir, wal]) {
      const dump = await commandHere(['wal', 'dump', place]);
      expect([dump.code, dumped(dump.out)]).toEqual([0, [5, 6, 7, 8, 9, 10]]);
      const stat = await commandHere(['wal', 'stat', place, '--json']);
      expect([stat.code, stat.err]).toEqual([0, '']);
      expect(stat.out).toContain('"lastSeq":10');
      expect((await commandHere(['wal', 'index', place])).code).toBe(0);
      expect((await verifyHere(place)).code).toBe(0);
    }
    const early = await commandHere(['wal', 'dump', dir, '--from', '4']);
    expect([early.code, early.err.split(':', 1)[0]]).toEqual([1, 'WAL_SEGMENT_MISSING']);
  });

  test('WAL-21: book asks for the instrument, not for the removed segments', async () => {
    const book = await commandHere(['book', dir, '--instrument', 'X:Y:Z']);
    expect(book.err.split(':', 1)[0]).toBe('QL_INSTRUMENT_UNKNOWN');
    const early = await commandHere(['book', dir, '--instrument', 'X:Y:Z', '--at', '4']);
    expect([early.code, early.err]).toEqual([
      2,
      expect.stringContaining('up to seq 4 were removed'),
    ]);
  });

  test('WAL-21: a follower starts behind the front, and may not ask for it', async () => {
    const after = await removedFrontOf((await sealedManifestOf(wal)) as string);
    if (after === null) throw new Error('no front was removed');
    const signal = { aborted: false };
    const wait = async (): Promise<void> => {
      signal.aborted = true;
    };
    const how = { hasher: nodeSha256, wait, signal, after };
    const store = fileStore(wal);
    expect(await seqs(tailWal(store, how))).toEqual([5, 6, 7, 8, 9, 10]);
    const asked = (bad: object) => rejection(seqs(tailWal(store, { ...how, ...bad })));
    signal.aborted = false;
    expect(await asked({ fromSeq: 4 })).toBe('WAL_SEGMENT_MISSING');
    signal.aborted = false;
    // The first segment held must follow from the last one removed.
    expect(await asked({ after: { ...after, h: 'f'.repeat(64) } })).toBe('WAL_CHAIN');
  });

  test('NODE-22: an anchor at the cut or behind holds; an earlier one is not judged', async () => {
    for (const seq of [4, 6, 8, 10]) {
      const found = await verifyHere(dir, '--anchor', join(root, `anchor-${seq}`));
      expect([seq, found.code]).toEqual([seq, 0]);
    }
    const found = await verifyHere(dir, '--anchor', join(root, 'anchor-2'));
    expect(found.code).toBe(1);
    expect(found.out).toContain('removed by retention up to seq 4: it cannot be judged');
    expect(found.out).not.toContain('rewritten');
  });

  test('NODE-22: it can be anchored', async () => {
    const place = join(temporaryFolder(), 'anchor');
    expect((await publishAnchor(dir, place)).lastSeq).toBe(10);
    expect((await verifyHere(dir, '--anchor', place)).code).toBe(0);
  });

  test('WAL-21: the gates check the log that is left, and still find one cut behind', async () => {
    const source = join(temporaryFolder(), 'source');
    await record(source);
    const first = (await openSession(source)).manifest.wal.segments[0]?.rx1 ?? 0;
    expect((await expireSession(source, { beforeRx: first + 1 })).expired.length).toBe(1);
    const session = await openSession(source);
    const writer = await createRun(join(temporaryFolder(), 'run'), {
      session,
      strategy: momentum(),
      config: { qty: 2 },
      risk: risk(),
      seed: 42n,
      cash: { BBB: '1000' },
      venue: { kind: 'sim', entryUs: 1500, responseUs: 1000 },
    });
    await writer.seal(
      await createRunner({ ...writer.step, venue: venue(), log: writer.wal }).finish(),
    );
    const run = await openRun(writer.dir, { session });
    const { deployment } = await gateEvidenceOf(run, []);
    if (deployment === undefined) throw new Error('no evidence of the deployment');
    const manifests = { session: session.manifest, run: run.manifest };
    const verdicts = async () => {
      const { session: facts, run: records } = deployment;
      const how = { session: facts, run: records, hasher: nodeSha256, manifests };
      return (await boundFileChecks(how)).map(({ id, verdict }) => [id, verdict].join(' '));
    };
    expect(await verdicts()).toContain('wal.session pass');
    const folder = join(source, 'wal');
    rmSync(join(folder, readdirSync(folder).sort().at(-1) as string));
    expect(await verdicts()).toContain('wal.session fail');
  });
});

describe('a sealed session whose last segment is gone', { timeout: 60_000 }, () => {
  beforeEach(withoutLast);

  test('NODE-22: is a rolled-back log to every command, and is not anchored', async () => {
    const place = join(temporaryFolder(), 'anchor');
    for (const args of [
      ['wal', 'dump', dir],
      ['wal', 'dump', wal],
      ['wal', 'stat', dir],
      ['wal', 'stat', wal],
      ['wal', 'index', dir],
      ['evidence', 'anchor', dir, '--to', place],
      ['evidence', 'anchor', wal, '--to', place],
      ['book', dir, '--instrument', 'X:Y:Z'],
    ]) {
      const { code, err } = await commandHere(args);
      expect([args.join(' '), code, err.split(':', 1)[0]]).toEqual([
        args.join(' '),
        1,
        'WAL_ROLLBACK',
      ]);
    }
    expect((await verifyHere(wal)).code).toBe(1);
    expect(await rejection(publishAnchor(dir, place))).toBe('WAL_ROLLBACK');
    // Without its manifest it is a log like any other: nothing says that there was more.
    rmSync(join(dir, 'session_manifest.json'));
    expect((await commandHere(['wal', 'stat', dir])).code).toBe(0);
  });

  test('WAL-19: by time it must reach the end of what the manifest has for that time', async () => {
    const read = (range: object) => rejection(seqs(readLog(dir, range)));
    expect(await read({ fromRx: 1_000 })).toBe('WAL_ROLLBACK');
    expect(await read({ fromRx: 99_000 })).toBe('WAL_ROLLBACK');
    expect(await read({ toRx: 9_000 })).toBe('WAL_ROLLBACK');
    expect(await read({ fromRx: 3_000, toSeq: 9 })).toBe('WAL_ROLLBACK');
    expect(await seqs(readLog(dir, { toRx: 8_999 }))).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(await seqs(readLog(dir, { fromRx: 3_000, toSeq: 4 }))).toEqual([3, 4]);
  });
});

describe('a folder without segments', { timeout: 60_000 }, () => {
  test('NODE-22: of a sealed session that had some, it is 1, by folder or log', async () => {
    for (const name of readdirSync(wal)) rmSync(join(wal, name), { recursive: true });
    for (const place of [dir, wal]) {
      for (const command of ['stat', 'dump', 'seal']) {
        const { code } = await commandHere(['wal', command, place]);
        expect([command, place, code]).not.toEqual([command, place, 2]);
      }
      expect((await verifyHere(place)).code).toBe(1);
    }
    rmSync(wal, { recursive: true });
    expect((await verifyHere(dir)).code).toBe(1);
    rmSync(join(dir, 'session_manifest.json'));
    mkdirSync(wal);
    expect(() => findLog(dir)).toThrow(/found no log/);
  });

  test('WAL-24: is never verified as a whole log, and is not locked', async () => {
    expect(await verifyWalParallel(dir, { workers: 1 })).toMatchObject({ ok: true, lastSeq: 10 });
    const empty = temporaryFolder();
    for (const place of [empty, join(empty, 'none')]) {
      expect(await rejection(verifyWalParallel(place))).toBe('QL_LOG_MISSING');
    }
    expect(await rejection(compressSegments(empty))).toBe('QL_LOG_MISSING');
    expect(readdirSync(empty)).toEqual([]);
    const before = readdirSync(dir);
    expect(await rejection(compressSegments(dir, { includeLast: true }))).toBe('QL_LOG_MISSING');
    expect(readdirSync(dir)).toEqual(before);
  });
});
