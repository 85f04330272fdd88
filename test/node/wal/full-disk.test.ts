import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { fileStore, nodeSha256 } from 'quantlaxmi/node';
import { openWalWriter, verifyWal } from 'quantlaxmi/wal';
import { appendSizes, failureOf, options } from '../../wal/support.js';
import { scratch } from './kill-rounds.js';

const root = scratch('wal-full-');
const SEGMENT = 131_072;
const OPTIONS = { rotate: { bytes: SEGMENT, events: 1e6 } };
afterAll(() => rmSync(root, { recursive: true }));

const run = (command: string, ...args: readonly string[]): boolean =>
  spawnSync(command, args, { stdio: 'ignore' }).status === 0;

/** A file system of so many KiB in memory, for as long as `use` takes; null where it may not be. */
async function onSmallDisk<T>(kib: number, use: (dir: string) => Promise<T>): Promise<T | null> {
  const dir = join(root, `disk-${kib}`);
  mkdirSync(dir);
  if (!run('mount', '-t', 'tmpfs', '-o', `size=${kib}k,nr_inodes=40`, 'tmpfs', dir)) {
    console.warn('SKIPPED: mounting a tmpfs needs root');
    return null;
  }
  try {
    return await use(dir);
  } finally {
    run('umount', '-l', dir);
  }
}

/** Fills a disk to the last byte; returns the file that did it. */
function fill(dir: string): string {
  const filler = join(dir, 'filler');
  spawnSync('dd', ['if=/dev/zero', `of=${filler}`, 'bs=4k'], { stdio: 'ignore' });
  return filler;
}

describe('WAL-17: on a disk that is full', () => {
  const poisonOn = async (dir: string, ballastBytes: number) => {
    const store = fileStore(join(dir, 'wal'));
    const log = await openWalWriter(store, options({ ...OPTIONS, ballastBytes }));
    await appendSizes(log, [50, 50, 50, 50]);
    const durable = log.durableSeq;
    fill(dir);
    // Some of it fits into the last page that was taken.
    const failed = await failureOf(appendSizes(log, Array(40).fill(20) as number[]));
    const closed = await failureOf(log.close());
    expect(log.durableSeq).toBeGreaterThanOrEqual(durable);
    const opening = await failureOf(openWalWriter(store, options({ ...OPTIONS, ballastBytes })));
    const found = await verifyWal(store, { hasher: nodeSha256, upTo: 'commit' });
    return { failed, closed, opening, found, durable: log.durableSeq };
  };

  test('the ballast takes recovery and seal; the errors say what the disk says', async () => {
    const done = await onSmallDisk(1_024, (dir) => poisonOn(dir, SEGMENT));
    if (done === null) return;
    const { failed, closed, opening, found, durable } = done;
    expect([failed.code, closed.code]).toEqual(['WAL_POISONED', 'WAL_POISONED']);
    expect(failed.message).toMatch(
      /^ENOSPC \(errno -28; file system 0x1021994, 0 of 1048576 bytes free, \d+ names free\) /,
    );
    expect(opening.code).toBe('WAL_LOW_SPACE');
    expect([found.ok, found.sealed]).toEqual([true, true]);
    expect(found.lastSeq).toBeGreaterThanOrEqual(durable);
  });

  test('control: without ballast the recovery has no room', async () => {
    const done = await onSmallDisk(1_028, (dir) => poisonOn(dir, 0));
    if (done === null) return;
    expect(done.failed.code).toBe('WAL_POISONED');
    expect(done.opening.code).toBe('WAL_IO');
    expect(done.opening.message).toContain('ENOSPC');
    expect(done.found.sealed).toBe(false);
  });

  test('names that have run out are told from bytes that have', async () => {
    const done = await onSmallDisk(1_032, async (dir) => {
      const store = fileStore(join(dir, 'wal'));
      const rotate = { bytes: SEGMENT, events: 2 };
      const log = await openWalWriter(store, options({ rotate }));
      await appendSizes(log, [2]);
      for (let i = 0; i < 40; i += 1) run('touch', join(dir, `name-${i}`));
      return failureOf(appendSizes(log, [2]));
    });
    if (done === null) return;
    expect(done.code).toBe('WAL_POISONED');
    expect(done.message).toMatch(/^ENOSPC .* 0 names free\) during open on .*jsonl\.tmp;/);
  });
});

test('WAL-17: the ballast has blocks for every byte', async () => {
  const dir = join(root, 'blocks');
  const log = await openWalWriter(fileStore(dir), options({ ...OPTIONS, ballastBytes: SEGMENT }));
  const { size, blocks } = statSync(join(dir, 'BALLAST'));
  expect(size).toBe(SEGMENT);
  expect(blocks * 512).toBeGreaterThanOrEqual(SEGMENT);
  // The control: a file with a hole has none.
  spawnSync('truncate', ['-s', String(SEGMENT), join(dir, 'sparse')]);
  expect(statSync(join(dir, 'sparse')).blocks * 512).toBeLessThan(SEGMENT);
  await log.close();
  expect(existsSync(join(dir, 'BALLAST'))).toBe(false);
});

test('a folder that can not be made fails as the log does, with its own errno', async () => {
  writeFileSync(join(root, 'file'), '');
  const opening = openWalWriter(fileStore(join(root, 'file', 'wal')), options());
  const failed = await failureOf(opening);
  expect(failed.code).toBe('WAL_IO');
  expect(failed.message).toContain('ENOTDIR');
});
