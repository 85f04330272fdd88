import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { buildProgram } from './build-program.js';
import { hasZstd, zstdLayout } from '../../../src/node/wal-store/compressed-format.js';

const PROGRAM = `
import { readFileSync, writeFileSync, readdirSync, chmodSync } from 'node:fs';
import { nodeSha256 as hasher } from './src/node/sha256.ts';
import { compressSegments } from './src/node/wal-store/compress-segments.ts';
import { fileStore } from './src/node/wal-store/file-store.ts';
import { openWalWriter, readWal, verifyWal } from './src/wal/index.ts';
const dir = process.argv[2];
const clock = { nowUs: () => 1 };
const rotate = { bytes: 9_000, events: 1e6 };
const log = await openWalWriter(fileStore(dir), {
  walId: 'a'.repeat(32), clock, hasher, policy: { kind: 'os' }, rotate,
});
const body = { cause: 1, due: 2, id: 'x' };
for (let i = 0; i < 400; i += 1) {
  log.append({ t: 'Timer', sv: 1, rx: i, ts: null, src: 'RUNNER', body });
  if (i % 20 === 19) await log.flush();
}
await log.close();
const store = fileStore(dir);
const plain = await verifyWal(store, { hasher });
const done = await compressSegments(dir, { kind: 'zstd', level: 3, includeLast: true });
const same = JSON.stringify(await verifyWal(store, { hasher })) === JSON.stringify(plain);
let events = 0;
for await (const batch of readWal(store, { hasher })) events += batch.length;
const path = dir + '/' + done[1].compressed;
const whole = readFileSync(path);
chmodSync(path, 0o640);
const codes = {};
const judge = async (bytes) => {
  writeFileSync(path, bytes);
  const found = await verifyWal(store, { hasher });
  const code = found.ok ? (JSON.stringify(found) === JSON.stringify(plain) ? 'same' : 'WRONG')
    : found.problems[0].code;
  codes[code] = (codes[code] ?? 0) + 1;
};
for (let at = 0; at < whole.length; at += at < 30 ? 1 : 7) {
  const bytes = Buffer.from(whole);
  bytes[at] ^= 1 << at % 8;
  await judge(bytes);
}
for (let length = 0; length < whole.length; length += 23) await judge(whole.subarray(0, length));
await judge(Buffer.concat([whole, whole]));
await judge(Buffer.concat([whole, Buffer.from('more')]));
const left = readdirSync(dir).filter((name) => name.endsWith('.jsonl')).length;
console.log(JSON.stringify({ same, events, left, codes }));
`;

/** A node with zstd: this one, or one that the variable names. */
const node = hasZstd() ? process.execPath : process.env['QL_ZSTD_NODE'];
const why = `SKIP: node ${process.versions.node} has no zstd and QL_ZSTD_NODE names no other`;

test('WAL-22: zstd segments read as the plain ones; damage to them is damage', async ({ skip }) => {
  if (node === undefined) console.warn(why);
  skip(node === undefined, why);
  const root = mkdtempSync(join(tmpdir(), 'wal-zstd-'));
  try {
    const script = await buildProgram(root, PROGRAM);
    const args = [script, join(root, 'wal')];
    const done = spawnSync(node ?? '', args, { encoding: 'utf8', timeout: 110_000 });
    expect(done.stderr).not.toContain('Error');
    const found = JSON.parse(done.stdout) as { codes: Record<string, number> };
    expect(found).toMatchObject({ same: true, events: 400, left: 0 });
    const { WAL_CORRUPT: corrupt = 0, same = 0, ...others } = found.codes;
    expect(others).toEqual({});
    expect(corrupt).toBeGreaterThan(50);
    expect(same).toBeLessThan(corrupt / 10);
  } finally {
    rmSync(root, { recursive: true });
  }
}, 120_000);

test('frames without stated size or checksum, and other bytes, are no segments', () => {
  const frame = (flags: number, ...rest: number[]): Uint8Array =>
    new Uint8Array([0x28, 0xb5, 0x2f, 0xfd, flags, ...rest, ...Array<number>(20).fill(0)]);
  const size = (bytes: Uint8Array): unknown => {
    const layout = zstdLayout(bytes, 1_000);
    return typeof layout === 'string' ? layout : layout.size;
  };
  expect(size(frame(0x84, 0x48, 0xa4, 0xff, 0xd6, 0x02))).toBe(47_644_580);
  expect(size(frame(0x64, 0x58, 0x01))).toBe(600);
  expect(size(frame(0x24, 200))).toBe(200);
  expect(size(frame(0xc4, 0x48, 1, 0, 0, 0, 1))).toBe(2 ** 32 + 1);
  expect(size(frame(0x04, 0x48))).toBe('a zstd frame that does not state its size');
  expect(size(frame(0x80, 0x48))).toBe('a zstd frame without checksum');
  expect(size(frame(0x85, 0x48))).toBe('a zstd frame without checksum');
  expect(size(new Uint8Array(30))).toBe('no zstd frame');
  expect(size(new Uint8Array(3))).toBe('no zstd frame');
});
