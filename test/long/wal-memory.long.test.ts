import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { buildProgram } from '../node/wal/build-program.js';

const PROGRAM = `
import { nodeSha256 } from './src/node/sha256.ts';
import { fileStore } from './src/node/wal-store/file-store.ts';
import { openWalWriter, readWal, verifyWal } from './src/wal/index.ts';
const [dir, batches, how] = process.argv.slice(2);
const kept = [];
const store = fileStore(dir);
const log = await openWalWriter(store, {
  walId: '0123456789abcdef0123456789abcdef', clock: { nowUs: () => 1 }, hasher: nodeSha256,
  policy: { kind: 'os' }, rotate: { bytes: 67108864, events: 1e9 },
});
const body = { cause: 1, due: 2, id: 'x'.repeat(60) };
for (let i = 0; i < Number(batches); i += 1) {
  for (let k = 0; k < 1000; k += 1) {
    log.append({ t: 'Timer', sv: 1, rx: 1, ts: null, src: 'RUNNER', body });
  }
  await log.flush();
}
await log.close();
let peak = 0;
let seen = 0;
const look = () => { peak = Math.max(peak, process.memoryUsage().rss); };
for await (const events of readWal(store, { hasher: nodeSha256 })) { 
  seen += events.length;
  if (how === 'keep') kept.push(events);
  look();
}
await verifyWal(store, { hasher: nodeSha256, canonical: true });
look();
console.log(JSON.stringify({ seen, peak }));
`;

test('WAL-10: memory does not grow with the log', async () => {
  const root = mkdtempSync(join(tmpdir(), 'wal-memory-'));
  try {
    const script = await buildProgram(root, PROGRAM);
    const run = (batches: number, how = '') => {
      const args = [script, join(root, `${batches}${how}`), String(batches), how];
      const done = spawnSync(process.execPath, args, { encoding: 'utf8' });
      return JSON.parse(done.stdout) as { seen: number; peak: number };
    };
    const [short, long] = [run(60), run(1_200)];
    expect([short.seen, long.seen]).toEqual([60_000, 1_200_000]);
    // Twenty times the log, 240 MB of it: the collector's slack is all that may differ.
    expect(long.peak - short.peak).toBeLessThan(64 * 1_048_576);
    // The control: a reader that keeps what it was given does grow.
    expect(run(1_200, 'keep').peak - short.peak).toBeGreaterThan(64 * 1_048_576);
  } finally {
    rmSync(root, { recursive: true });
  }
}, 600_000);
