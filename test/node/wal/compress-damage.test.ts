import { gunzipSync, gzipSync } from 'node:zlib';
import type { WalFile, WalStore } from 'quantlaxmi/wal';
import { memoryStore, salvageWal, verifyWal } from 'quantlaxmi/wal';
import { expect, test } from 'vitest';
import { compressedFile } from '../../../src/node/wal-store/compressed-file.js';
import { compressedStore } from '../../../src/node/wal-store/compressed-store.js';
import { failureOf, hasher, writeLog } from '../../wal/support.js';
import { noise, readUntilError } from './compress-support.js';

const SIZES = [40, 30, 12, 50, 44, 9, 25, 60, 3];

async function segments(): Promise<Map<string, Uint8Array>> {
  const store = memoryStore();
  await writeLog(store, SIZES, { rotate: { bytes: 9_000, events: 1e6 } });
  return new Map([...store.snapshot()].filter(([name]) => name.endsWith('.jsonl')));
}

const files = await segments();
const [first = '', second = ''] = [...files.keys()].sort();
const packed = new Uint8Array(gzipSync(files.get(second) as Uint8Array, { level: 1 }));
const whole = await verifyWal(memoryStore(files), { hasher });

/** The log with its second segment as these compressed bytes. */
function withSecond(bytes: Uint8Array): WalStore {
  const log = new Map(files);
  log.delete(second);
  log.set(`${second}.gz`, bytes);
  return compressedStore(memoryStore(log));
}

/** What verification says, and that reading gives no event that is not whole and in its place. */
async function judge(bytes: Uint8Array): Promise<'same' | { code: string; byte: number }> {
  const store = withSecond(bytes);
  const found = await verifyWal(store, { hasher });
  const read = await readUntilError(store);
  const [problem] = found.problems;
  if (problem === undefined) {
    expect(found).toEqual(whole);
    expect(read).toEqual({ n: 273, code: 'none' });
    return 'same';
  }
  expect(found.problems[0]?.file).toBe(second);
  expect(read.code).toBe(problem.code);
  expect(problem.message).toContain(second);
  return problem;
}

test('WAL-22: a flipped bit of a compressed segment is damage, or changes nothing', async () => {
  expect(await judge(packed)).toBe('same');
  const silent: number[] = [];
  const ends = (at: number): boolean => at < 40 || at > packed.length - 40;
  for (let at = 0; at < packed.length; at += ends(at) ? 1 : 11) {
    const bytes = packed.slice();
    bytes[at] = (packed[at] as number) ^ (1 << (at % 8));
    const found = await judge(bytes);
    if (found === 'same') silent.push(at);
    else expect([at, found.code]).toEqual([at, 'WAL_CORRUPT']);
  }
  // Time, flags and system of the header say nothing of the data; so may bits that pad its end.
  expect(silent.every((at) => (at >= 3 && at < 10) || at === packed.length - 9)).toBe(true);
  expect(silent.length).toBeGreaterThan(4);
}, 120_000);

test('WAL-22: a compressed segment cut anywhere is damage; gives what came before', async () => {
  for (let length = 0; length < packed.length; length += length < 40 ? 1 : 29) {
    const found = await judge(packed.slice(0, length));
    expect([length, found === 'same' ? '' : found.code]).toEqual([length, 'WAL_CORRUPT']);
  }
  // A segment longer than one decompressed chunk: salvage gives the events before the cut.
  const long = memoryStore();
  await writeLog(long, [1_500, 1_500], {});
  const [[name, bytes] = ['', new Uint8Array(0)]] = long.snapshot();
  const cut = gzipSync(bytes, { level: 1 });
  const store = compressedStore(memoryStore(new Map([[`${name}.gz`, cut.subarray(0, -4_000)]])));
  let events = 0;
  const reasons: string[] = [];
  for await (const part of salvageWal(store)) {
    events += part.events.length;
    reasons.push(...part.gaps.map((gap) => gap.reason));
  }
  expect(events).toBeGreaterThan(1_000);
  expect(reasons.at(-1)).toContain('is damaged at its byte');
});

test('WAL-22: a second member and bytes after the end are refused', async () => {
  const plain = files.get(second) as Uint8Array;
  const half = plain.length >> 1;
  const parts = [plain.subarray(0, half), plain.subarray(half)].map((part) => gzipSync(part));
  const cases: [string, Uint8Array][] = [
    ['two members', Buffer.concat(parts)],
    ['the same again', Buffer.concat([packed, packed])],
    ['garbage', Buffer.concat([packed, noise(40)])],
    ['one byte', Buffer.concat([packed, Buffer.from([0])])],
    ['zeros', Buffer.concat([packed, Buffer.alloc(64)])],
    ['an empty file', new Uint8Array(0)],
    ['noise', noise(900)],
    ['another segment', gzipSync(files.get(first) as Uint8Array)],
    ['fewer bytes stated', Buffer.concat([packed.subarray(0, -4), Buffer.from([9, 0, 0, 0])])],
    ['more bytes stated', Buffer.concat([packed.subarray(0, -4), Buffer.from([9, 9, 9, 0])])],
  ];
  for (const [what, bytes] of cases) {
    const found = await judge(new Uint8Array(bytes));
    const code = what === 'another segment' ? 'WAL_SEGMENT_MISSING' : 'WAL_CORRUPT';
    expect([what, found === 'same' ? '' : found.code]).toEqual([what, code]);
  }
  // A file name in the header, as gzip(1) writes it, is no damage.
  const named = Buffer.concat([
    Buffer.from([0x1f, 0x8b, 8, 8, 1, 2, 3, 4, 0, 3]),
    Buffer.from(`${second}\0`),
    packed.subarray(10),
  ]);
  expect(gunzipSync(named).equals(plain)).toBe(true);
  expect(await judge(new Uint8Array(named))).toBe('same');
});

async function opened(bytes: Uint8Array, bytesMax?: number): Promise<WalFile> {
  const file = await memoryStore(new Map([['x', bytes]])).open('x');
  return compressedFile({ file, name: 'x', kind: 'gzip', ...(bytesMax ? { bytesMax } : {}) });
}

test('any part of a compressed file can be read, in any order', async () => {
  const plain = new Uint8Array(300_000).map((_, i) => (i * 31 + (i >> 8)) & 255);
  const file = await opened(gzipSync(plain));
  expect(await file.size()).toBe(plain.length);
  for (const at of [0, 299_999, 5, 150_000, 149_990, 299_000, 65_536, 65_535, 300_000, 400_000]) {
    const into = new Uint8Array(700);
    const count = await file.read(into, at);
    const wanted = plain.subarray(at, at + 700);
    expect(count > 0).toBe(wanted.length > 0);
    expect(into.subarray(0, count)).toEqual(wanted.subarray(0, count));
  }
  expect((await failureOf(file.write(plain, 0))).code).toBe('EROFS');
  await file.close();
});

test('a file that decompresses to more than a segment may have is stopped there', async () => {
  const file = await opened(gzipSync(new Uint8Array(1_000_000)), 500_000);
  expect(await file.size()).toBe(500_000);
  const into = new Uint8Array(65_536);
  let at = 0;
  let refused = '';
  while (refused === '') {
    try {
      at += await file.read(into, at);
    } catch (error) {
      refused = (error as { code: string }).code;
    }
  }
  expect([refused, at]).toEqual(['WAL_CORRUPT', 499_999]);
  await file.close();
});

test('a refusal to read the compressed file is no damage', async () => {
  const base = await memoryStore(new Map([['x', packed]])).open('x');
  let calls = 0;
  const broken: WalFile = {
    ...base,
    read: async (into, position) => {
      calls += 1;
      if (calls < 3) return base.read(into, position);
      throw Object.assign(new Error('EIO: read'), { code: 'EIO', syscall: 'read' });
    },
  };
  const file = compressedFile({ file: broken, name: 'x', kind: 'gzip' });
  expect((await failureOf(file.read(new Uint8Array(10), 0))).code).toBe('EIO');
});
