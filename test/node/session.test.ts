import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import type { Event } from 'quantlaxmi/events';
import {
  type CreateSessionOptions,
  createSession,
  openSession,
  resumeSession,
} from 'quantlaxmi/node';
import { describe, expect, test } from 'vitest';
import { rejection, temporaryFolder } from './folders.js';
import { marketEvents } from './market.js';

const options: CreateSessionOptions = {
  capture: { feed: { name: 'test', version: '1' } },
  policy: { kind: 'os' },
  rotate: { bytes: 20_000, events: 1_000_000 },
};

const record = async (dir: string, count = 200): Promise<void> => {
  const writer = await createSession(dir, options);
  let n = 0;
  for (const event of marketEvents(count)) {
    writer.wal.append(event);
    n += 1;
    if (n % 50 === 0) await writer.wal.flush();
  }
  await writer.seal();
};

const all = async (batches: AsyncIterable<readonly Event[]>): Promise<Event[]> => {
  const events: Event[] = [];
  for await (const batch of batches) events.push(...batch);
  return events;
};

const segmentsOf = (dir: string): string[] =>
  readdirSync(join(dir, 'wal'))
    .filter((name) => name.endsWith('.wal.jsonl'))
    .sort();

describe('sessions', () => {
  test('NODE-9: a sealed session reads back what was appended', async () => {
    const dir = join(temporaryFolder(), 'a', 'b');
    await record(dir);
    const session = await openSession(dir);
    const events = await all(session.read());
    expect(events.map(({ seq: _, ...input }) => input)).toEqual([...marketEvents(200)]);
    expect((await all(session.read({ fromSeq: 5, toSeq: 9 }))).map((e) => e.seq)).toEqual([
      5, 6, 7, 8, 9,
    ]);
    expect(session.manifest.status).toBe('ended');
    expect(session.manifest.revision).toBe(2);
    expect(statSync(dir).mode & 0o777).toBe(0o750);
  });

  test('NODE-9: the manifest binds the log, its counts, its instruments', async () => {
    const dir = temporaryFolder();
    const writer = await createSession(dir, options);
    const [start, inst, ...rest] = marketEvents(30);
    const fact = (kind: 'gap' | 'malformed' | 'connected', rx: number) =>
      ({
        ...({ t: 'Session', sv: 1, rx, ts: null, src: 'TEST' } as const),
        body: { code: '', details: {}, inst: null, kind },
      }) as const;
    const rx = (rest.at(-1) as { rx: number }).rx;
    for (const event of [start, inst, ...rest]) if (event !== undefined) writer.wal.append(event);
    for (const kind of ['gap', 'connected', 'connected', 'connected', 'malformed'] as const) {
      writer.wal.append(fact(kind, rx));
    }
    const { manifest } = await writer.seal();
    expect(manifest.capture).toMatchObject({ gaps: 1, malformed: 1, reconnects: 2 });
    expect(manifest.capture.venues).toEqual(['TEST']);
    expect(manifest.capture.scales).toEqual([
      {
        inferred: false,
        inst: 'TEST:SPOT:AAABBB',
        lot: 1,
        priceExponent: -2,
        qtyExponent: -3,
        tick: 1,
      },
    ]);
    expect(manifest.wal.totalEvents).toBe(37);
    expect(manifest.wal.perType).toEqual({ Instrument: 1, Quote: 20, Session: 6, Trade: 10 });
    expect(manifest.universe).toMatchObject({ count: 1, path: 'instruments.json' });
    expect((await (await openSession(dir)).universe()).map((i) => i.symbol)).toEqual(['AAABBB']);
    const [segment] = manifest.wal.segments;
    const bytes = readFileSync(join(dir, 'wal', segment?.name ?? ''));
    const { createHash } = await import('node:crypto');
    const sha = createHash('sha256').update(bytes.subarray(0, segment?.bytes)).digest('hex');
    expect(sha).toBe(segment?.sha256);
  });

  test('NODE-9: a folder takes one session', async () => {
    const dir = temporaryFolder();
    await record(dir, 5);
    expect(await rejection(createSession(dir, options))).toBe('QL_SESSION_EXISTS');
    expect(await rejection(resumeSession(dir, options))).toBe('QL_SESSION_EXISTS');
  });

  test('NODE-1: every folder made for a session is synced into the one above it', () => {
    const root = temporaryFolder();
    const script = join(root, 'make.mts');
    const trace = join(root, 'trace.txt');
    const dir = join(root, 'a', 'b', 'session');
    writeFileSync(
      script,
      `import { createSession } from '${process.cwd()}/src/node/index.ts';
      const capture = { feed: { name: 'test', version: '1' } };
      const writer = await createSession('${dir}', { capture, policy: { kind: 'os' } });
      await writer.abandon();`,
    );
    const args = ['-f', '-y', '-qq', '--seccomp-bpf', '-e', 'trace=fsync', '-o', trace];
    const node = [process.execPath, '--import', 'tsx', script];
    const child = spawnSync('strace', [...args, ...node], { encoding: 'utf8' });
    if (child.error !== undefined) {
      console.warn('SKIPPED: strace is not usable here');
      return;
    }
    expect(child.stderr).toBe('');
    const synced = [...readFileSync(trace, 'utf8').matchAll(/fsync\(\d+<([^>]+)>/g)];
    const made = ['a', join('a', 'b'), '.'].map((name) => join(root, name));
    expect(synced.map((found) => found[1])).toEqual(expect.arrayContaining(made));
  });

  test('NODE-9: two writers exclude each other, and sealing twice is refused', async () => {
    const dir = temporaryFolder();
    const writer = await createSession(dir, options);
    expect(await rejection(resumeSession(dir, options))).toBe('WAL_LOCKED');
    await writer.seal();
    expect(await rejection(writer.seal())).toBe('QL_RUN_STATE');
    expect(await rejection(writer.abandon())).toBe('QL_RUN_STATE');
    expect(existsSync(join(dir, 'LOCK'))).toBe(true);
  });

  test('NODE-10: an unsealed session is no evidence; resumed and sealed it is', async () => {
    const dir = temporaryFolder();
    const events = [...marketEvents(60)];
    const writer = await createSession(dir, options);
    for (const event of events.slice(0, 30)) writer.wal.append(event);
    await writer.abandon();
    await expect(openSession(dir)).rejects.toMatchObject({
      code: 'QL_SESSION_UNSEALED',
      message: expect.stringMatching(/resumeSession\(dir\), then seal\(\), of quantlaxmi\/node$/),
    });
    const resumed = await resumeSession(dir, options);
    expect(resumed.wal.appendedSeq).toBe(30);
    for (const event of events.slice(30)) resumed.wal.append(event);
    await resumed.seal();
    const session = await openSession(dir);
    expect(session.manifest.status).toBe('ended');
    expect(await all(session.read())).toHaveLength(62);
  });

  test('NODE-10: killed between manifest and log it is resumed with the same log id', async () => {
    const dir = temporaryFolder();
    const writer = await createSession(dir, options);
    await writer.abandon();
    rmSync(join(dir, 'wal'), { recursive: true });
    const resumed = await resumeSession(dir, options);
    expect(resumed.wal.walId).toBe(writer.manifest.wal.walId);
    expect((await resumed.seal()).manifest.wal.totalEvents).toBe(0);
  });

  test('NODE-10: a log torn by a crash is recovered, and the session says so', async () => {
    const dir = temporaryFolder();
    const events = [...marketEvents(60)];
    const writer = await createSession(dir, { ...options, policy: { kind: 'always' } });
    for (const event of events.slice(0, 30)) writer.wal.append(event);
    await writer.wal.flush();
    // A killed writer leaves its folder as it is now, with half a line at the end.
    const crashed = join(temporaryFolder(), 'copy');
    const { cpSync, appendFileSync } = await import('node:fs');
    cpSync(dir, crashed, { recursive: true });
    await writer.abandon();
    const [segment] = segmentsOf(crashed);
    appendFileSync(join(crashed, 'wal', segment ?? ''), '{"k":"E","seq":31,"t":"Quo');
    const leftover = '.session_manifest.json.0123456789abcdef.tmp';
    writeFileSync(join(crashed, leftover), 'half');
    writeFileSync(join(crashed, '.session_manifest.json.mine.tmp'), 'kept');
    const resumed = await resumeSession(crashed, options);
    expect(resumed.wal.recovered).toMatchObject({ lastSeq: 30, droppedBytes: 26 });
    const { manifest } = await resumed.seal();
    expect(manifest.status).toBe('recovered');
    expect(manifest.capture.recoveredDroppedBytes).toBe(26);
    expect((await (await openSession(crashed)).verify()).ok).toBe(true);
    const names = readdirSync(crashed);
    expect(names).not.toContain(leftover);
    expect(names).toContain('.session_manifest.json.mine.tmp');
  });

  test('NODE-11: verification names what differs from the manifest', async () => {
    const dir = temporaryFolder();
    await record(dir);
    const session = await openSession(dir);
    expect(await session.verify()).toMatchObject({ ok: true, differences: [] });
    expect(segmentsOf(dir).length).toBeGreaterThan(1);
    const last = segmentsOf(dir).at(-1) ?? '';
    rmSync(join(dir, 'wal', last));
    const cut = await session.verify();
    expect(cut.ok).toBe(false);
    expect(cut.wal.problems.map((p) => p.code)).toContain('WAL_ROLLBACK');
    expect(cut.differences.map((d) => d.path)).toContain('lastSeq');
  });

  test('NODE-11: a changed byte is named by file, byte and seq', async () => {
    const dir = temporaryFolder();
    await record(dir, 20);
    const name = segmentsOf(dir)[0] ?? '';
    const path = join(dir, 'wal', name);
    const bytes = readFileSync(path);
    const at = bytes.indexOf('"seq":7,') + 20;
    bytes[at] = (bytes[at] as number) ^ 1;
    const { chmodSync } = await import('node:fs');
    chmodSync(path, 0o640);
    writeFileSync(path, bytes);
    const session = await openSession(dir);
    const found = await session.verify();
    expect(found.ok).toBe(false);
    expect(found.wal.problems).toHaveLength(1);
    expect(found.wal.problems[0]).toMatchObject({ file: name, seq: 7 });
    await expect(all(session.read())).rejects.toMatchObject({ context: { file: name, seq: 7 } });
  });

  test('NODE-12: a changed manifest, a link leading out, a missing file are refused', async () => {
    const dir = temporaryFolder();
    await record(dir, 5);
    const path = join(dir, 'session_manifest.json');
    const text = readFileSync(path, 'utf8');
    writeFileSync(path, text.replace('"gaps":0', '"gaps":1'));
    expect(await rejection(openSession(dir))).toBe('QL_MANIFEST_HASH');
    writeFileSync(path, text);
    expect(await rejection(openSession(dir))).toBe('resolved');
    const outside = temporaryFolder();
    renameSync(join(dir, 'wal'), join(outside, 'wal'));
    symlinkSync(join(outside, 'wal'), join(dir, 'wal'));
    expect(await rejection(openSession(dir))).toBe('QL_PATH_UNSAFE');
    rmSync(path);
    expect(await rejection(openSession(dir))).toBe('QL_FILE_READ');
    symlinkSync(join(outside, 'x'), path);
    expect(await rejection(openSession(dir))).toBe('QL_FILE_READ');
    mkdirSync(join(outside, 'y'));
    expect(await rejection(openSession(join(outside, 'y')))).toBe('QL_FILE_READ');
  });
});
