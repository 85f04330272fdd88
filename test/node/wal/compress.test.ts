import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { compressSegments, fileStore, nodeSha256 } from 'quantlaxmi/node';
import { openWalWriter, tailWal, verifyWal } from 'quantlaxmi/wal';
import { expect, test } from 'vitest';
import { hasZstd } from '../../../src/node/wal-store/compressed-format.js';
import { appendSizes, failureOf, options, readAll, writeLog } from '../../wal/support.js';
import { ending, everythingOf, inFolder, noise } from './compress-support.js';

const SIZES = [7, 30, 12, 1, 44, 9, 25, 60, 3];
const ROTATE = { rotate: { bytes: 6_000, events: 1_000_000 } };
const hasher = nodeSha256;

async function madeLog(dir: string): Promise<string[]> {
  await writeLog(fileStore(dir), SIZES, ROTATE);
  const names = ending(dir, '.jsonl');
  expect(names.length).toBeGreaterThan(3);
  return names;
}

function overwrite(path: string, bytes: Uint8Array): void {
  chmodSync(path, 0o640);
  writeFileSync(path, bytes);
}

test('WAL-22: a compressed log reads as the plain one by every reader, anywhere', async () => {
  await inFolder(async (dir) => {
    const names = await madeLog(dir);
    const plain = await everythingOf(fileStore(dir), 60);
    expect(plain.events.length).toBe(191);
    const done = await compressSegments(dir, { includeLast: true });
    expect(done.map((one) => one.name)).toEqual(names);
    expect(ending(dir, '.jsonl')).toEqual([]);
    expect(ending(dir, '.gz')).toEqual(names.map((name) => `${name}.gz`));
    for (const one of done) {
      const path = join(dir, one.compressed);
      expect(statSync(path).mode & 0o777).toBe(0o440);
      expect(statSync(path).size).toBe(one.compressedBytes);
      expect(one.compressedBytes).toBeLessThan(one.bytes / 2);
    }
    expect(await everythingOf(fileStore(dir), 60)).toEqual(plain);
  });
});

test('WAL-22: where a plain and a compressed segment are, the plain one is read', async () => {
  await inFolder(async (dir) => {
    const [first = ''] = await madeLog(dir);
    const whole = await readAll(fileStore(dir));
    writeFileSync(join(dir, `${first}.gz`), gzipSync('another segment\n'));
    expect(await readAll(fileStore(dir))).toEqual(whole);
    const done = await compressSegments(dir);
    expect(done[0]?.name).toBe(first);
    expect(await readAll(fileStore(dir))).toEqual(whole);
    expect(existsSync(join(dir, first))).toBe(false);
  });
});

test('WAL-22: compressing again does nothing; what was interrupted is finished', async () => {
  await inFolder(async (dir) => {
    const names = await madeLog(dir);
    copyFileSync(join(dir, names[1] ?? ''), join(dir, 'copy'));
    await compressSegments(dir);
    expect(await compressSegments(dir)).toEqual([]);
    // As a crash between the two names leaves it, with a file half made beside.
    copyFileSync(join(dir, 'copy'), join(dir, names[1] ?? ''));
    writeFileSync(join(dir, `${names[2]}.gz.tmp`), noise(100));
    const before = statSync(join(dir, `${names[1]}.gz`)).ino;
    expect((await verifyWal(fileStore(dir), { hasher })).strays).toEqual(['copy']);
    expect((await compressSegments(dir)).map((one) => one.name)).toEqual([names[1]]);
    expect(ending(dir, '.jsonl')).toEqual([names[names.length - 1]]);
    expect(ending(dir, '.tmp')).toEqual([]);
    // The compressed file of before held, and was not made again.
    expect(statSync(join(dir, `${names[1]}.gz`)).ino).toBe(before);
  });
});

test('WAL-22: the last segment is compressed only of a closed log without a writer', async () => {
  await inFolder(async (dir) => {
    const store = fileStore(dir);
    const log = await openWalWriter(store, options(ROTATE));
    await appendSizes(log, SIZES);
    const last = ending(dir, '.jsonl').at(-1) ?? '';
    const held = await failureOf(compressSegments(dir, { includeLast: true }));
    expect(held.code).toBe('WAL_LOCKED');
    await compressSegments(dir);
    expect(ending(dir, '.jsonl')).toEqual([last]);
    await log.close();
    const bytes = readFileSync(join(dir, last));
    overwrite(join(dir, last), bytes.subarray(0, bytes.lastIndexOf(10, bytes.length - 2) + 1));
    const open = await failureOf(compressSegments(dir, { includeLast: true }));
    expect([open.code, open.context['file']]).toEqual(['WAL_UNSEALED', last]);
    overwrite(join(dir, last), bytes);
    await compressSegments(dir, { includeLast: true });
    expect(ending(dir, '.jsonl')).toEqual([]);
  });
});

test('WAL-22: a segment that does not hold is not compressed', async () => {
  await inFolder(async (dir) => {
    const names = await madeLog(dir);
    const path = join(dir, names[1] ?? '');
    const bytes = readFileSync(path);
    bytes[1_000] = (bytes[1_000] as number) ^ 1;
    overwrite(path, bytes);
    const { code, context } = await failureOf(compressSegments(dir));
    expect([code, context['file']]).toEqual(['WAL_CORRUPT', names[1]]);
    expect(ending(dir, '.gz')).toEqual([`${names[0]}.gz`]);
    expect(readFileSync(path).equals(bytes)).toBe(true);
  });
});

test('WAL-22: opened again, a compressed last segment is written anew; it goes on', async () => {
  await inFolder(async (dir) => {
    const names = await madeLog(dir);
    await compressSegments(dir, { includeLast: true });
    for (const check of ['strict', 'fast'] as const) {
      const log = await openWalWriter(fileStore(dir), options({ ...ROTATE, check }));
      expect(log.recovered).toBeNull();
      await appendSizes(log, [5]);
      await log.close();
    }
    expect(ending(dir, '.jsonl')[0]).toBe(names.at(-1));
    const found = await verifyWal(fileStore(dir), { hasher, expectSealed: true });
    expect([found.ok, found.lastSeq, found.segments.length]).toEqual([true, 201, names.length + 2]);
    await compressSegments(dir, { includeLast: true });
    expect(ending(dir, '.jsonl')).toEqual([]);
    expect(await verifyWal(fileStore(dir), { hasher, expectSealed: true })).toEqual(found);
  });
});

test('WAL-23: segments are compressed beside a live writer and a live tail', async () => {
  await inFolder(async (dir) => {
    const store = fileStore(dir);
    const log = await openWalWriter(store, options({ ...ROTATE, policy: { kind: 'os' } }));
    const signal = { aborted: false };
    const seen: number[] = [];
    const follow = (async () => {
      const wait = () => new Promise<void>((resolve) => setImmediate(resolve));
      for await (const events of tailWal(store, { hasher, wait, signal })) {
        for (const event of events) seen.push(event.seq);
      }
    })();
    let compressed = 0;
    for (let round = 0; round < 12; round += 1) {
      await Promise.all([
        appendSizes(log, SIZES),
        compressSegments(dir).then((done) => {
          compressed += done.length;
        }),
      ]);
    }
    await log.close();
    const total = log.appendedSeq;
    while (seen.length < total) await new Promise((resolve) => setTimeout(resolve, 5));
    signal.aborted = true;
    await follow;
    expect(seen).toEqual(Array.from({ length: total }, (_, i) => i + 1));
    expect(compressed).toBeGreaterThan(20);
    expect((await verifyWal(store, { hasher, expectSealed: true })).totalEvents).toBe(total);
  });
}, 120_000);

test('two compressions of one log do not meet', async () => {
  await inFolder(async (dir) => {
    await madeLog(dir);
    const both = await Promise.allSettled([compressSegments(dir), compressSegments(dir)]);
    expect(both.map((one) => one.status).sort()).toEqual(['fulfilled', 'rejected']);
    const refused = both.find((one) => one.status === 'rejected');
    expect(refused?.reason.code).toBe('WAL_LOCKED');
  });
});

test('options outside their domain are refused before anything is touched', async () => {
  await inFolder(async (dir) => {
    await madeLog(dir);
    const bad = [
      { level: 0 },
      { level: 10 },
      { level: 1.5 },
      { keep: -1 },
      { kind: 'lz4' as 'gzip' },
    ];
    for (const one of bad) {
      expect((await failureOf(compressSegments(dir, one))).code).toBe('WAL_OPTIONS');
    }
    expect(ending(dir, '.gz')).toEqual([]);
    expect((await compressSegments(dir, { keep: 100 })).length).toBe(0);
    expect((await compressSegments(dir, { signal: { aborted: true } })).length).toBe(0);
  });
});

test('zstd without a runtime that has it is refused, naming the versions', async ({ skip }) => {
  skip(hasZstd(), `node ${process.versions.node} has zstd`);
  await inFolder(async (dir) => {
    const [first = ''] = await madeLog(dir);
    const asked = await failureOf(compressSegments(dir, { kind: 'zstd' }));
    expect(asked.code).toBe('WAL_OPTIONS');
    expect(asked.message).toContain('Node 22.15 and 23.8');
    // The frame's beginning is enough: it is not read before the engine is looked for.
    const frame = Buffer.from('28b52ffda4e8030000000000000000000000', 'hex');
    writeFileSync(join(dir, `${first}.zst`), frame);
    expect((await verifyWal(fileStore(dir), { hasher })).ok).toBe(true);
    await compressSegments(dir);
    overwrite(join(dir, `${first}.gz`), new Uint8Array(0));
    const { rmSync } = await import('node:fs');
    rmSync(join(dir, `${first}.gz`));
    const read = await failureOf(readAll(fileStore(dir)));
    expect(read.code).toBe('WAL_IO');
    expect(read.message).toContain('Node 22.15 and 23.8');
  });
});

test('WAL-23: what the platform refuses is WAL_IO with its errno and place', async () => {
  await inFolder(async (dir) => {
    const [first] = await madeLog(dir);
    const blocked = join(dir, `${first}.gz.tmp`);
    mkdirSync(blocked);
    const failed = await failureOf(compressSegments(dir));
    expect(failed.code).toBe('WAL_IO');
    expect(failed.message).toContain(blocked);
    rmdirSync(blocked);
    rmSync(join(dir, 'COMPRESS'), { force: true });
    mkdirSync(join(dir, 'COMPRESS'));
    const locked = await failureOf(compressSegments(dir));
    expect([locked.code, locked.context['errno']]).toEqual(['WAL_IO', 'EISDIR']);
  });
});
