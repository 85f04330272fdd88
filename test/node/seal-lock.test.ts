import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  createRun,
  createSession,
  lockFile,
  openRun,
  openSession,
  resumeSession,
  sealKilledRun,
} from 'quantlaxmi/node';
import { createRunner } from 'quantlaxmi/strategy';
import { describe, expect, test } from 'vitest';
import { rejection, temporaryFolder } from './folders.js';
import { marketEvents, momentum, risk, venue } from './market.js';

const capture = { feed: { name: 'test', version: '1' } };
const NODE = JSON.stringify(join(process.cwd(), 'src/node/index.ts'));
const WAL = JSON.stringify(join(process.cwd(), 'src/wal/index.ts'));

/** What `wal seal` does, in a process of its own; prints what came of it. */
const SEALER = `import { sealLog } from ${NODE};
const told = (found) => process.stdout.write(found);
await sealLog(process.argv[2]).then(
  ({ sealedNow, status }) => told(sealedNow ? 'sealed now' : String(status)),
  (error) => told(String(error.code)),
);`;

/** A writer that asks for the log's lock alone. */
const OPENER = `import { fileStore, nodeSha256, systemClock } from ${NODE};
import { openWalWriter } from ${WAL};
const [, , dir, lockPath] = process.argv;
const store = fileStore(dir, { lockPath });
const policy = { kind: 'always' };
const hasher = nodeSha256;
const rotate = { bytes: 1_000_000, events: 1_000 };
const log = await openWalWriter(store, { clock: systemClock(), hasher, policy, rotate });
await log.close();
process.stdout.write('added a segment');`;

function inAnotherProcess(script: string, ...args: readonly string[]): string {
  const file = join(temporaryFolder(), 'other.mts');
  writeFileSync(file, script);
  const child = spawnSync(process.execPath, ['--import', 'tsx', file, ...args], {
    encoding: 'utf8',
  });
  return child.stdout + child.stderr;
}

function isFree(path: string): boolean {
  try {
    void lockFile(path).release();
    return true;
  } catch {
    return false;
  }
}

/**
 * A clock that is asked for the time of the manifest while the log is closed, its lock is free and
 * the manifest still says `running`: there it lets another process in.
 */
function clockWithGuest(lockPath: string, guest: () => string) {
  const clock = {
    armed: false,
    told: [] as string[],
    nowUs: () => {
      if (clock.armed && clock.told.length === 0 && isFree(lockPath)) clock.told.push(guest());
      return 1_700_000_000_000_000;
    },
  };
  return clock;
}

const sessionWith = async (guest: (dir: string) => string) => {
  const dir = join(temporaryFolder(), 'session');
  const clock = clockWithGuest(join(dir, 'LOCK'), () => guest(dir));
  const writer = await createSession(dir, { capture, clock, policy: { kind: 'os' } });
  for (const event of marketEvents(20)) writer.wal.append(event);
  clock.armed = true;
  await writer.seal();
  const session = await openSession(dir);
  return { told: clock.told, session, ...(await session.verify()) };
};

const recorded = async () => {
  const dir = join(temporaryFolder(), 'session');
  const writer = await createSession(dir, { capture, policy: { kind: 'os' } });
  for (const event of marketEvents(100)) writer.wal.append(event);
  return await writer.seal();
};

const runOn = async (
  session: Awaited<ReturnType<typeof recorded>>,
  clock?: { readonly nowUs: () => number },
) => {
  const run = await createRun(join(session.dir, 'run'), {
    ...{ session, strategy: momentum(), config: { qty: 2 }, risk: risk(), seed: 1n },
    ...(clock === undefined ? {} : { clock }),
  });
  const runner = createRunner({ ...run.step, venue: venue(), log: run.wal });
  for await (const batch of session.read()) await runner.push(batch);
  return { run, outcome: await runner.finish() };
};

describe('sealing beside wal seal', { timeout: 300_000 }, () => {
  test('NODE-10: between log and manifest of a session nobody else gets in', async () => {
    const found = await sessionWith((dir) => inAnotherProcess(SEALER, dir));
    expect(found).toMatchObject({ told: ['WAL_LOCKED'], ok: true, differences: [] });
    expect(found.session.manifest.status).toBe('ended');
    expect(inAnotherProcess(SEALER, found.session.dir)).toBe('ended');
  });

  test('control: who asks for the log’s lock alone gets in, and the evidence breaks', async () => {
    const found = await sessionWith((dir) =>
      inAnotherProcess(OPENER, join(dir, 'wal'), join(dir, 'LOCK')),
    );
    expect(found).toMatchObject({ told: ['added a segment'], ok: false });
    expect(found.session.manifest.wal.segments).toHaveLength(1);
    expect(found.wal.segments).toHaveLength(2);
  });

  test('NODE-25: nor of a run, live or killed', async () => {
    const session = await recorded();
    const dir = join(session.dir, 'run');
    const lockPath = join(dir, 'decisions', 'LOCK');
    const clock = clockWithGuest(lockPath, () => inAnotherProcess(SEALER, dir));
    const live = await runOn(session, clock);
    clock.armed = true;
    expect((await live.run.seal(live.outcome)).status).toBe('ended');
    expect(clock.told).toEqual(['WAL_LOCKED']);
    expect((await (await openRun(dir)).verify()).ok).toBe(true);

    rmSync(dir, { recursive: true });
    const killed = await runOn(session);
    await killed.run.wal.close();
    const again = clockWithGuest(lockPath, () => inAnotherProcess(SEALER, dir));
    again.armed = true;
    expect((await sealKilledRun(dir, { clock: again })).manifest.status).toBe('recovered');
    expect(again.told).toEqual(['WAL_LOCKED']);
    expect((await (await openRun(dir)).verify()).ok).toBe(true);
  });

  test('NODE-10: sealed live while another process keeps trying, once', async () => {
    const root = temporaryFolder();
    const file = join(root, 'loop.mts');
    writeFileSync(
      file,
      `import { existsSync, writeFileSync } from 'node:fs';
      import { sealLog } from ${NODE};
      const found = {};
      const count = (what) => void (found[what] = (found[what] ?? 0) + 1);
      writeFileSync(${JSON.stringify(join(root, 'ready'))}, '');
      while (!existsSync(${JSON.stringify(join(root, 'stop'))})) {
        for (let i = 0; i < 5; i += 1) {
          const dir = ${JSON.stringify(root)} + '/s' + i;
          if (!existsSync(dir + '/session_manifest.json')) continue;
          await sealLog(dir).then(
            ({ sealedNow }) => count(sealedNow ? 'sealed now' : 'was sealed'),
            (error) => count(error.code),
          );
        }
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
      process.stdout.write(JSON.stringify(found));`,
    );
    const child = spawn(process.execPath, ['--import', 'tsx', file]);
    let told = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (text) => void (told += String(text)));
    }
    const ended = new Promise((resolve) => void child.once('close', resolve));
    try {
      while (!readdirSync(root).includes('ready')) {
        await new Promise((resolve) => void setTimeout(resolve, 20));
      }
      for (let i = 0; i < 5; i += 1) {
        const dir = join(root, `s${i}`);
        const writer = await createSession(dir, { capture, policy: { kind: 'os' } });
        for (const event of marketEvents(2_000)) writer.wal.append(event);
        const session = await writer.seal();
        expect(session.manifest.status).toBe('ended');
        expect(await session.verify()).toMatchObject({ ok: true, differences: [] });
      }
    } finally {
      writeFileSync(join(root, 'stop'), '');
      await ended;
    }
    const { 'was sealed': _, WAL_LOCKED, QL_SESSION_EXISTS: _sealed, ...rest } = JSON.parse(told);
    expect(rest).toEqual({});
    expect(WAL_LOCKED).toBeGreaterThan(0);
  });

  test('NODE-10: a writer waits for one about to be refused; others are refused', async () => {
    const dir = join(temporaryFolder(), 'session');
    const writer = await createSession(dir, { capture, policy: { kind: 'os' } });
    const guest = lockFile(join(dir, 'SEAL'));
    expect(await rejection(resumeSession(dir, { policy: { kind: 'os' } }))).toBe('WAL_LOCKED');
    let sealed = false;
    const sealing = writer.seal().finally(() => void (sealed = true));
    expect(await rejection(writer.seal())).toBe('QL_RUN_STATE');
    await new Promise((resolve) => void setTimeout(resolve, 120));
    expect([sealed, writer.wal.state]).toEqual([false, 'open']);
    await guest.release();
    expect((await sealing).manifest.status).toBe('ended');
  });

  test('NODE-10: without the lock nothing is done, and seal can be called again', async () => {
    const dir = join(temporaryFolder(), 'session');
    const writer = await createSession(dir, { capture, policy: { kind: 'os' } });
    expect(readFileSync(join(dir, 'SEAL'), 'utf8')).toContain(`"pid":${process.pid}`);
    rmSync(join(dir, 'SEAL'));
    mkdirSync(join(dir, 'SEAL'));
    expect(await rejection(writer.seal())).toBe('QL_FILE_WRITE');
    expect(writer.wal.state).toBe('open');
    rmSync(join(dir, 'SEAL'), { recursive: true });
    const session = await writer.seal();
    expect(await session.verify()).toMatchObject({ ok: true, wal: { strays: [] } });
  });
});
