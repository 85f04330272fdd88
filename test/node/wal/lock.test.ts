import { spawn, spawnSync } from 'node:child_process';
import {
  closeSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { LockKind } from 'quantlaxmi/node';
import { fileStore, lockFile } from 'quantlaxmi/node';
import { openWalWriter, verifyWal } from 'quantlaxmi/wal';
import { failureOf, hasher, options, writeLog } from '../../wal/support.js';
import { buildChild, runChild, scratch } from './kill-rounds.js';

const root = scratch('wal-lock-');
let child = '';
let made = 0;
const folder = (): string => join(root, String((made += 1)));
const kinds: readonly LockKind[] =
  spawnSync('flock', ['--version']).status === 0 ? ['flock', 'file'] : ['file'];

beforeAll(async () => {
  child = await buildChild(root);
});
afterAll(() => rmSync(root, { recursive: true }));

/** A child that holds the lock until it is told to go. */
async function holder(dir: string, kind: LockKind) {
  const running = spawn(process.execPath, [child, dir, '0', kind], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const closed = new Promise((resolve) => running.on('close', resolve));
  await new Promise((resolve) => running.stdout.once('data', resolve));
  running.stdout.resume();
  return {
    pid: running.pid as number,
    signal: (name: NodeJS.Signals) => running.kill(name),
    end: async () => {
      running.kill('SIGKILL');
      await closed;
    },
  };
}

describe.each(kinds)('%s', (kind) => {
  const open = (dir: string) => openWalWriter(fileStore(dir, { lockKind: kind }), options());

  test('WAL-8: another process is refused, and told who holds the lock', async () => {
    const dir = folder();
    const other = await holder(dir, kind);
    const failed = await failureOf(open(dir));
    expect(failed.code).toBe('WAL_LOCKED');
    expect(failed.message).toContain(`pid ${other.pid}`);
    expect(failed.context).toMatchObject({ pid: other.pid, host: hostname() });
    await other.end();
    const log = await open(dir);
    expect(log.epoch).toBe(2);
    await log.close();
    expect((await verifyWal(fileStore(dir), { hasher })).ok).toBe(true);
  });

  test('a stopped process still holds it; a killed one does not', async () => {
    const dir = folder();
    const other = await holder(dir, kind);
    other.signal('SIGSTOP');
    expect((await failureOf(open(dir))).code).toBe('WAL_LOCKED');
    await other.end();
    await (await open(dir)).close();
  });

  test('the same process is refused a second time, also over another spelling', async () => {
    const dir = folder();
    const log = await open(dir);
    expect((await failureOf(open(dir))).code).toBe('WAL_LOCKED');
    expect((await failureOf(open(join(dir, '..', dir.split('/').at(-1) ?? '')))).code).toBe(
      'WAL_LOCKED',
    );
    await log.close();
    await (await open(dir)).close();
  });

  test('WAL-8: a folder reached by a symbolic link is the same log', async () => {
    const dir = folder();
    const alias = `${dir}-alias`;
    const log = await open(dir);
    symlinkSync(dir, alias);
    expect((await failureOf(open(alias))).code).toBe('WAL_LOCKED');
    await log.close();
    const other = await holder(alias, kind);
    expect((await failureOf(open(dir))).code).toBe('WAL_LOCKED');
    await other.end();
    await (await open(alias)).close();
  });

  test('a process started by the holder does not hold it on', async () => {
    const dir = folder();
    const log = await open(dir);
    const sleeper = spawn('sleep', ['60'], { stdio: 'ignore' });
    try {
      await new Promise((resolve) => sleeper.once('spawn', resolve));
      await log.close();
      await (await open(dir)).close();
    } finally {
      sleeper.kill('SIGKILL');
    }
  });

  test('of many processes at once exactly one wins', async () => {
    const dir = folder();
    await writeLog(fileStore(dir, { lockKind: kind }), [1]);
    const results = await Promise.all(
      Array.from({ length: 6 }, () => runChild(child, [dir, '40', kind])),
    );
    const winners = results.filter((lines) => lines.at(-1) === 'C').length;
    const refused = results.filter((lines) => lines.at(-1)?.startsWith('E WAL_LOCKED')).length;
    expect(winners).toBeGreaterThan(0);
    expect(winners + refused).toBe(6);
    // Those that won one after the other are opens of their own; none overlapped.
    const found = await verifyWal(fileStore(dir), { hasher });
    expect(found.problems).toEqual([]);
    const acknowledged = results.flatMap((lines) => lines.filter((line) => line.startsWith('A ')));
    expect(new Set(acknowledged).size).toBe(acknowledged.length);
  });
});

test.runIf(kinds.includes('flock'))('a lock that can not be asked for is not a held one', () => {
  const bin = join(root, `bin-${(made += 1)}`);
  mkdirSync(bin);
  const message = 'flock: 3: Input/output error';
  writeFileSync(join(bin, 'flock'), `#!/bin/sh\necho "${message}" >&2\nexit 65\n`, { mode: 0o755 });
  const path = process.env['PATH'];
  process.env['PATH'] = `${bin}:${path}`;
  try {
    expect(() => lockFile(join(root, `LOCK-${(made += 1)}`), 'flock')).toThrow(
      expect.objectContaining({ code: 'WAL_IO', message: expect.stringContaining(message) }),
    );
  } finally {
    process.env['PATH'] = path;
  }
});

test.runIf(kinds.includes('flock'))(
  'control: a descriptor that was passed on would hold it on',
  async () => {
    const dir = folder();
    mkdirSync(dir);
    const fd = openSync(join(dir, 'LOCK'), 'a');
    spawnSync('flock', ['-n', '-x', '3'], { stdio: ['ignore', 'ignore', 'ignore', fd] });
    const sleeper = spawn('sleep', ['60'], { stdio: ['ignore', 'ignore', 'ignore', fd] });
    try {
      await new Promise((resolve) => sleeper.once('spawn', resolve));
      closeSync(fd);
      const opening = openWalWriter(fileStore(dir, { lockKind: 'flock' }), options());
      expect((await failureOf(opening)).code).toBe('WAL_LOCKED');
    } finally {
      sleeper.kill('SIGKILL');
    }
  },
);

test.runIf(kinds.includes('flock'))('WAL-8: the two ways to lock see each other', async () => {
  const dir = folder();
  const path = join(dir, 'LOCK');
  for (const [held, asked] of [
    ['file', 'flock'],
    ['flock', 'file'],
  ] as const) {
    const other = await holder(dir, held);
    expect(() => lockFile(path, asked)).toThrow(`pid ${other.pid}`);
    await other.end();
    await lockFile(path, asked).release();
  }
});

test('the refusal says since when the lock is held', async () => {
  const dir = folder();
  const log = await openWalWriter(fileStore(dir), options());
  const failed = await failureOf(openWalWriter(fileStore(dir), options()));
  expect(failed.message).toMatch(/\(pid \d+, host .+, since 20\d\d-[-0-9T:.]+Z\); refusing/);
  expect(Math.abs(Date.now() - Number(failed.context['sinceUs']) / 1000)).toBeLessThan(600_000);
  await log.close();
});

test('a takeover that a crash cut short refuses, and names the file to remove', () => {
  const path = join(root, `LOCK-${(made += 1)}`);
  const gone = { pid: 1, startTicks: '1', bootId: 'another', host: hostname() };
  writeFileSync(path, JSON.stringify(gone));
  writeFileSync(`${path}.takeover`, JSON.stringify(gone));
  expect(() => lockFile(path, 'file')).toThrow(`remove ${path}.takeover`);
  rmSync(`${path}.takeover`);
  lockFile(path, 'file');
});

describe('the fallback takes over only from a holder that is provably gone', () => {
  const attempt = async (holderText: string) => {
    const path = join(root, `LOCK-${(made += 1)}`);
    writeFileSync(path, holderText);
    return failureOf(
      (async () => {
        const lock = lockFile(path, 'file');
        await lock.describe({ walId: 'f'.repeat(32), epoch: 3 });
        const text = JSON.parse(readFileSync(path, 'utf8')) as { pid: number; epoch: number };
        expect(text).toMatchObject({ pid: process.pid, epoch: 3 });
        await lock.release();
      })(),
    );
  };
  const proc = (file: string): string => {
    try {
      return readFileSync(file, 'utf8').trim();
    } catch {
      return '';
    }
  };
  const me = {
    pid: process.pid,
    startTicks: proc('/proc/self/stat').split(') ')[1]?.split(' ')[19] ?? '',
    bootId: proc('/proc/sys/kernel/random/boot_id'),
    host: hostname(),
  };
  const gone = spawnSync(process.execPath, ['-e', '']).pid;

  test.each([
    ['a running process', {}, 'WAL_LOCKED'],
    ['a pid that no process has', { pid: gone, startTicks: '' }, 'none'],
    ['another boot of this machine', { bootId: 'another' }, 'none'],
    ['another process that has its pid now', { startTicks: '1' }, 'none'],
    ['a process of another machine', { pid: gone, host: 'elsewhere' }, 'WAL_LOCKED'],
  ])('%s', async (_, over, code) => {
    expect((await attempt(JSON.stringify({ ...me, ...over }))).code).toBe(code);
  });

  test('a holder that can not be read is not gone', async () => {
    expect((await attempt('')).code).toBe('WAL_LOCKED');
    expect((await attempt('{"pid":')).code).toBe('WAL_LOCKED');
  });
});
