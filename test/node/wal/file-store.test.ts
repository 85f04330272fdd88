import { spawnSync } from 'node:child_process';
import {
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { build } from 'esbuild';
import { afterAll, describe, expect, test } from 'vitest';
import { encodeUtf8, sha256Pure, toHex } from 'quantlaxmi/core';
import { fileStore, nodeSha256 } from 'quantlaxmi/node';
import { walStoreContract } from 'quantlaxmi/testing';
import { memoryStore, openWalWriter, readWal, verifyWal } from 'quantlaxmi/wal';
import { appendSizes, failureOf, options, readAll, writeLog } from '../../wal/support.js';
import { scratch } from './kill-rounds.js';

const root = scratch('wal-store-');
let made = 0;
const folder = (): string => join(root, String((made += 1)));
afterAll(() => rmSync(root, { recursive: true }));

describe('file store', () => {
  const open = async () => fileStore(folder());
  for (const { name, run } of walStoreContract(open)) test(name, run);
});

test('the same calls give the same bytes in files as in memory', async () => {
  const memory = memoryStore();
  const dir = folder();
  for (const store of [memory, fileStore(dir)]) {
    await writeLog(store, [3, 4, 5], { rotate: { bytes: 2_000, events: 100 } });
  }
  const names = readdirSync(dir).filter((name) => name !== 'LOCK');
  expect(names.sort()).toEqual([...memory.snapshot().keys()].sort());
  for (const name of names) {
    expect(new Uint8Array(readFileSync(join(dir, name)))).toEqual(memory.snapshot().get(name));
  }
});

test('modes: folder 0750, live file 0640, sealed file 0440', async () => {
  const dir = folder();
  const log = await openWalWriter(fileStore(dir), options({ rotate: { bytes: 1e6, events: 2 } }));
  await appendSizes(log, [2, 1]);
  const mode = (path: string) => (lstatSync(path).mode & 0o777).toString(8);
  const umask = process.umask();
  const masked = (bits: number) => (bits & ~umask).toString(8);
  const [first, second] = readdirSync(dir)
    .filter((name) => name !== 'LOCK')
    .sort();
  expect(mode(dir)).toBe(masked(0o750));
  expect(mode(join(dir, first as string))).toBe('440');
  expect(mode(join(dir, second as string))).toBe(masked(0o640));
  await log.close();
  expect(mode(join(dir, second as string))).toBe('440');
});

test('a link where a segment should be is not followed', async () => {
  const dir = folder();
  await writeLog(fileStore(dir), [2]);
  const name = readdirSync(dir).find((file) => file.endsWith('.jsonl')) as string;
  const path = join(dir, name);
  const elsewhere = join(root, 'elsewhere');
  writeFileSync(elsewhere, readFileSync(path));
  rmSync(path);
  symlinkSync(elsewhere, path);
  const failed = await failureOf(readAll(fileStore(dir)));
  expect(failed.code).toBe('WAL_IO');
  expect(failed.message).toContain('ELOOP');
  rmSync(path);
  mkdirSync(path);
  expect((await verifyWal(fileStore(dir), { hasher: nodeSha256 })).segments).toEqual([]);
});

test('names that could leave the folder are refused', async () => {
  const store = fileStore(folder());
  for (const name of ['../a', 'a/b', '/etc/passwd', 'quarantine/../../a', 'a\0b', '']) {
    const failed = await failureOf((async () => store.open(name))());
    expect([name, failed.code]).toEqual([name, 'QL_PATH_UNSAFE']);
  }
});

test('a folder that is not there can not be read as an empty log', async () => {
  const failed = await failureOf(readAll(fileStore(join(root, 'nowhere'))));
  expect(failed.code).toBe('WAL_IO');
  expect(failed.message).toContain('ENOENT');
});

test('too little free space refuses to start', async () => {
  const store = { ...fileStore(folder()), freeBytes: async () => 1_000_000 };
  const failed = await failureOf(openWalWriter(store, options()));
  expect(failed.code).toBe('WAL_LOW_SPACE');
  const told: number[] = [];
  let free = 1e12;
  const shrinking = { ...fileStore(folder()), freeBytes: async () => free };
  const log = await openWalWriter(shrinking, options({ rotate: { bytes: 1e6, events: 2 } }));
  log.on('lowSpace', (bytes) => told.push(bytes));
  await appendSizes(log, [2, 2]);
  free = 5;
  await appendSizes(log, [2]);
  expect(told).toEqual([5]);
  await log.close();
});

test('node:crypto and the pure SHA-256 agree, also in pieces', async () => {
  for (const text of ['', 'abc', 'x'.repeat(1_000)]) {
    const [a, b] = [nodeSha256(), sha256Pure()];
    for (const hasher of [a, b]) {
      hasher.update(encodeUtf8(text.slice(0, 10)));
      hasher.update(encodeUtf8(text.slice(10)));
    }
    expect(toHex(a.digest())).toBe(toHex(b.digest()));
  }
  const store = fileStore(folder());
  await writeLog(store, [3]);
  let count = 0;
  for await (const events of readWal(store, { hasher: sha256Pure })) count += events.length;
  expect(count).toBe(3);
});

test('folders made with those above: every name is synced before the next', async () => {
  const dir = join(folder(), 'a', 'b', 'wal');
  const trace = join(root, 'trace.txt');
  const script = join(root, 'make.mjs');
  await build({
    stdin: {
      contents: `
        import { fileStore } from './src/node/wal-store/file-store.ts';
        const lock = await fileStore(process.argv[2]).lock();
        await lock.release();`,
      resolveDir: process.cwd(),
    },
    outfile: script,
    bundle: true,
    platform: 'node',
    format: 'esm',
    logLevel: 'silent',
  });
  const args = ['-f', '-y', '-qq', '-e', 'trace=fsync', '-o', trace, process.execPath, script, dir];
  if (spawnSync('strace', args).status !== 0) {
    console.warn('SKIPPED: strace is not usable here');
    return;
  }
  const synced = [...readFileSync(trace, 'utf8').matchAll(/fsync\(\d+<([^>]+)>/g)].map((m) => m[1]);
  expect(synced).toEqual([
    // Whoever made `root` may have died before syncing its name.
    dirname(root),
    root,
    join(dir, '..', '..', '..'),
    join(dir, '..', '..'),
    join(dir, '..'),
  ]);
});

test('a folder that can not be made is a fault of the machine, with its own errno', async () => {
  const file = join(folder(), 'plain');
  mkdirSync(dirname(file));
  writeFileSync(file, '');
  const failed = await failureOf(openWalWriter(fileStore(join(file, 'a', 'wal')), options()));
  expect(failed.code).toBe('WAL_IO');
  expect(failed.message).toMatch(/^ENOTDIR \(errno -20\b.* during mkdir on /);
});
