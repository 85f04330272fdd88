import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Event } from 'quantlaxmi/events';
import { expireSegments, reviseManifest } from 'quantlaxmi/manifest';
import {
  compressSegments,
  createSession,
  expireSession,
  fileStore,
  nodeSha256,
  openSession,
  readLog,
  type Session,
} from 'quantlaxmi/node';
import { buildIndex, readWal, verifyWal } from 'quantlaxmi/wal';

const root = mkdtempSync(join(tmpdir(), 'ql-retention-'));
const made = join(root, 'made');
const dir = join(root, 'session');
afterAll(() => rmSync(root, { recursive: true }));

/** Five segments of two events, received at 1000, 2000, … 10000. */
beforeAll(async () => {
  const writer = await createSession(made, {
    capture: { feed: { name: 'test', version: '1' } },
    policy: { kind: 'os' },
    rotate: { bytes: 1_048_576, events: 2 },
  });
  for (let i = 1; i <= 10; i += 1) {
    const body = { code: '', details: { i }, inst: null, kind: 'connected' } as const;
    writer.wal.append({ t: 'Session', sv: 1, rx: i * 1_000, ts: null, src: 'TEST', body });
    if (i % 2 === 0) await writer.wal.flush();
  }
  await writer.seal();
});
beforeEach(() => {
  rmSync(dir, { recursive: true, force: true });
  cpSync(made, dir, { recursive: true });
});

const files = (): string[] =>
  readdirSync(join(dir, 'wal'))
    .filter((name) => name.includes('.wal.jsonl'))
    .sort();

async function seqsOf(
  session: Session,
  range: { readonly fromSeq?: number } = {},
): Promise<number[]> {
  const all: Event[] = [];
  for await (const batch of session.read(range)) all.push(...batch);
  return all.map((event) => event.seq);
}

const codeOf = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'none',
    (error) => (error as { code: string }).code,
  );

describe('expireSession', () => {
  test('WAL-21: removes whole segments in front; the rest verifies against them', async () => {
    const before = await openSession(dir);
    const { expired, removed, manifest } = await expireSession(dir, { beforeRx: 5_500 });
    expect(expired.map(({ seg, last, status }) => [seg, last, status])).toEqual([
      [1, 2, 'expired'],
      [2, 4, 'expired'],
    ]);
    expect(removed).toEqual(before.manifest.wal.segments.slice(0, 2).map(({ name }) => name));
    expect(files().length).toBe(3);
    expect(manifest.revision).toBe(before.manifest.revision + 1);
    const session = await openSession(dir);
    expect(session.manifest).toEqual(manifest);
    expect(await session.verify()).toMatchObject({ ok: true, differences: [] });
    expect(await seqsOf(session)).toEqual([5, 6, 7, 8, 9, 10]);
    expect(await seqsOf(session, { fromSeq: 9 })).toEqual([9, 10]);
    expect(await codeOf(seqsOf(session, { fromSeq: 1 }))).toBe('WAL_SEGMENT_MISSING');
    expect(session.inputs()).toMatchObject({ fromSeq: 5, toSeq: 10 });
    expect(session.inputs().walSha256.length).toBe(3);
    const { wal } = session.manifest;
    expect([wal.totalEvents, wal.lastSeq, wal.segments.length]).toEqual([10, 10, 5]);

    let byTime = 0;
    for await (const batch of readLog(dir, { fromRx: 8_000, toRx: 9_000 })) byTime += batch.length;
    expect(byTime).toBe(2);

    // Without the manifest it is a log that lost its front.
    const store = fileStore(join(dir, 'wal'));
    const found = await verifyWal(store, { hasher: nodeSha256 });
    expect(found.problems[0]?.code).toBe('WAL_SEGMENT_MISSING');
    const bare = async () => {
      for await (const _ of readWal(store, { hasher: nodeSha256 }));
    };
    expect(await codeOf(bare())).toBe('WAL_SEGMENT_MISSING');
  });

  test('WAL-21: interrupted between manifest and any file, it is whole and goes on', async () => {
    const names = files();
    const copies = new Map(names.map((name) => [name, readFileSync(join(dir, 'wal', name))]));
    await expireSession(dir, { beforeRx: 7_500 });
    for (const back of [[0], [1], [2], [0, 1], [1, 2], [0, 1, 2]]) {
      for (const i of back) {
        writeFileSync(
          join(dir, 'wal', names[i] as string),
          copies.get(names[i] as string) as Buffer,
        );
      }
      const session = await openSession(dir);
      expect((await session.verify()).ok).toBe(true);
      expect(await seqsOf(session)).toEqual([7, 8, 9, 10]);
      const again = await expireSession(dir, { beforeRx: 7_500 });
      expect(again.expired).toEqual([]);
      expect(again.removed).toEqual(back.map((i) => names[i]));
      expect(files()).toEqual(names.slice(3));
    }
  });

  test('goes on from where it was, and never takes the last segment or a pinned one', async () => {
    expect((await expireSession(dir, { beforeRx: 500 })).expired).toEqual([]);
    expect((await openSession(dir)).manifest.revision).toBe(2);
    await expireSession(dir, { beforeRx: 3_000 });
    const pinned = await expireSession(dir, { beforeRx: 99_000, pinnedFromSeq: 6 });
    expect(pinned.expired.map(({ seg }) => seg)).toEqual([2]);
    const rest = await expireSession(dir, { beforeRx: 99_000 });
    expect(rest.expired.map(({ seg }) => seg)).toEqual([3, 4]);
    expect(await seqsOf(await openSession(dir))).toEqual([9, 10]);
    expect((await (await openSession(dir)).verify()).ok).toBe(true);
  });

  test('WAL-21: a bound that is no whole number is refused, and removes nothing', async () => {
    const bad = [NaN, Infinity, -1, 1.5, '9', null];
    const bounds: object[] = [
      {},
      ...bad.map((beforeRx) => ({ beforeRx })),
      ...bad.map((pinnedFromSeq) => ({ beforeRx: 99_000, pinnedFromSeq })),
    ];
    for (const options of bounds) {
      const asked = expireSession(dir, options as { beforeRx: number });
      expect([options, await codeOf(asked)]).toEqual([options, 'WAL_OPTIONS']);
    }
    expect([files().length, (await openSession(dir)).manifest.revision]).toEqual([5, 2]);
  });

  test('takes compressed segments and indexes with them', async () => {
    await buildIndex(fileStore(join(dir, 'wal')), { hasher: nodeSha256, everyBytes: 100 });
    await compressSegments(join(dir, 'wal'));
    expect(files().some((name) => name.endsWith('.gz'))).toBe(true);
    await expireSession(dir, { beforeRx: 5_500 });
    const session = await openSession(dir);
    expect(files().every((name) => Number(name.slice(0, 8)) > 2)).toBe(true);
    expect((await session.verify()).ok).toBe(true);
    expect(await seqsOf(session, { fromSeq: 8 })).toEqual([8, 9, 10]);
  });

  test('removes nothing of a damaged log, of one that is read by a run, or that runs', async () => {
    const name = files()[4] as string;
    const path = join(dir, 'wal', name);
    const bytes = readFileSync(path);
    bytes[bytes.length - 700] = (bytes[bytes.length - 700] as number) ^ 1;
    rmSync(path);
    writeFileSync(path, bytes);
    expect(await codeOf(expireSession(dir, { beforeRx: 5_500 }))).toBe('WAL_CORRUPT');
    expect([files().length, (await openSession(dir)).manifest.revision]).toEqual([5, 2]);

    mkdirSync(join(dir, 'runs', 'other'), { recursive: true });
    writeFileSync(join(dir, 'runs', 'other', 'run_manifest.json'), '{}');
    expect(await codeOf(expireSession(dir, { beforeRx: 5_500 }))).toBe('QL_SESSION_PINNED');
    expect(files().length).toBe(5);

    const running = join(root, 'running');
    const writer = await createSession(running, {
      capture: { feed: { name: 'test', version: '1' } },
      policy: { kind: 'os' },
    });
    expect(await codeOf(expireSession(running, { beforeRx: 1 }))).toBe('QL_SESSION_UNSEALED');
    await writer.abandon();
  });
});

describe('the manifest', () => {
  test('lets segments expire in order, not all of them, and never come back', async () => {
    const { manifest } = await openSession(dir);
    const two = expireSegments(manifest, 2);
    expect(two.wal.segments.map(({ status }) => status)).toEqual([
      'expired',
      'expired',
      undefined,
      undefined,
      undefined,
    ]);
    const refused = (make: () => unknown): string => {
      try {
        make();
      } catch (error) {
        return (error as { code: string }).code;
      }
      return 'none';
    };
    expect(refused(() => expireSegments(manifest, 5))).toBe('QL_MANIFEST_SCHEMA');
    const hole = manifest.wal.segments.map((one, i) =>
      i === 1 ? { ...one, status: 'expired' as const } : one,
    );
    const withHole = { wal: { ...manifest.wal, segments: hole } };
    expect(refused(() => reviseManifest(manifest, withHole))).toBe('QL_MANIFEST_SCHEMA');
    const back = { wal: manifest.wal };
    expect(refused(() => reviseManifest(two, back))).toBe('QL_MANIFEST_REVISION');
    const other = two.wal.segments.map((one, i) => (i === 4 ? { ...one, n: 9 } : one));
    const changed = { wal: { ...two.wal, segments: other } };
    expect(refused(() => reviseManifest(two, changed))).toBe('QL_MANIFEST_REVISION');
  });
});
