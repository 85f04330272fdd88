import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { buildProgram } from './build-program.js';

const PROGRAM = `
import { readFileSync, readdirSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { nodeSha256 as hasher } from './src/node/sha256.ts';
import { fileStore } from './src/node/wal-store/file-store.ts';
import { openWalWriter, readWal, salvageWal, tailWal, verifyWal } from './src/wal/index.ts';
const [how, ...dirs] = process.argv.slice(2);
let peak = 0;
const look = () => { peak = Math.max(peak, process.memoryUsage().rss); };
const codeOf = async (run) => {
  const timer = setInterval(look, 1);
  try { return await run(); } catch (error) { return error.code; } finally { look(); clearInterval(timer); }
};
const all = async (events) => { for await (const _ of events) look(); return 'none'; };
const codes = [];
const tasks = (dir) => [
  async () => (await verifyWal(fileStore(dir), { hasher })).problems[0]?.code,
  () => all(readWal(fileStore(dir), { hasher })),
  () => all(tailWal(fileStore(dir), { hasher, wait: async () => {}, signal: { aborted: false } })),
  async () => {
    const clock = { nowUs: () => 1 };
    const rotate = { bytes: 1e6, events: 1e6 };
    const policy = { kind: 'os' };
    await openWalWriter(fileStore(dir), { walId: 'a'.repeat(32), clock, hasher, policy, rotate });
    return 'opened';
  },
  async () => {
    let gaps = 0;
    for await (const part of salvageWal(fileStore(dir))) { gaps += part.gaps.length; look(); }
    return gaps > 0 ? 'gap' : 'none';
  },
];
await codeOf(() => all(readWal(fileStore(dirs[0]), { hasher })));
const base = process.memoryUsage().rss;
peak = base;
const kept = [];
for (const dir of dirs) {
  if (how === 'whole') {
    const name = readdirSync(dir).find((one) => one.endsWith('.gz'));
    kept.push(gunzipSync(readFileSync(dir + '/' + name)));
    look();
    continue;
  }
  for (const task of tasks(dir)) codes.push(await codeOf(task));
}
console.log(JSON.stringify({ codes, growth: peak - base, kept: kept.length }));
`;

test('WAL-22: a gzip bomb is stopped with the class of damage, in 64 MiB', async () => {
  const root = mkdtempSync(join(tmpdir(), 'wal-bomb-'));
  try {
    const script = await buildProgram(root, PROGRAM);
    const dirs = [0].map((fill) => {
      const dir = join(root, String(fill));
      const bomb = gzipSync(Buffer.alloc(200_000_000, fill), { level: 6 });
      expect(bomb.length).toBeLessThan(200_000);
      mkdirSync(dir);
      writeFileSync(join(dir, '00000001-0000000000000001.wal.jsonl.gz'), bomb);
      return dir;
    });
    const run = (how: string) => {
      const args = [script, how, ...dirs];
      const { stdout, stderr } = spawnSync(process.execPath, args, {
        encoding: 'utf8',
        timeout: 90_000,
      });
      expect(stderr).toBe('');
      return JSON.parse(stdout) as { codes: string[]; growth: number; kept: number };
    };
    const { codes, growth } = run('read');
    const long = 'WAL_LINE_TOO_LONG';
    expect(codes).toEqual([long, long, long, long, 'gap']);
    expect(growth).toBeLessThan(64 * 1_048_576);
    // The control: decompressed in one piece they take what they hold.
    expect(run('whole').growth).toBeGreaterThan(64 * 1_048_576);
  } finally {
    rmSync(root, { recursive: true });
  }
}, 120_000);
