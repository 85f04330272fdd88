/** Five times the log, the same memory: exports in processes of their own, under one heap limit. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { expect, test } from 'vitest';

const PROGRAM = `
import { nodeSha256 } from './src/node/sha256.ts';
import { fileStore } from './src/node/wal-store/file-store.ts';
import { readLog } from './src/node/pipeline/read-log.ts';
import { exportLog } from './src/node/export/index.ts';
import { openWalWriter } from './src/wal/index.ts';

const inst = 'BINANCE:USDM:BTCUSDT';
const levels = (price, i, step) =>
  Array.from({ length: 20 }, (_, k) => [price + step * k, 1 + ((i * 7 + k * 13) % 900)]);
const bodyOf = (i) => {
  const price = 617000 + (i % 97);
  if (i % 10 === 0) {
    const numbers = { firstSeq: i, lastSeq: i + 9, prevSeq: i - 1 };
    return ['BookDelta', {
      inst, bids: levels(price, i, -1), asks: levels(price + 1, i, 1), ...numbers,
    }];
  }
  const quote = { ask: price + 1, askQty: 1 + i % 900, bid: price, bidQty: 1 + i % 700 };
  return ['Quote', { ...quote, inst, venueSeq: i }];
};

const make = async (dir, events) => {
  const log = await openWalWriter(fileStore(dir), {
    walId: '0123456789abcdef0123456789abcdef', clock: { nowUs: () => 1 }, hasher: nodeSha256,
    policy: { kind: 'os' }, rotate: { bytes: 67108864, events: 1e9 },
  });
  for (let i = 0; i < events; i += 1) {
    const [t, body] = bodyOf(i);
    const rx = 1_723_161_600_000_000 + i * 100;
    log.append({ t, sv: 1, rx, ts: rx - 50, src: 'BINANCE', body });
    if (i % 500 === 499) await log.flush();
  }
  await log.close();
};

const [what, dir, more] = process.argv.slice(2);
let rows = 0;
if (what === 'make') await make(dir, Number(more));
else if (what === 'keep') {
  const kept = [];
  for await (const events of readLog(dir)) kept.push(...events);
  rows = kept.length;
} else {
  for (const table of await exportLog(dir, { format: what, out: more })) rows += table.rows;
}
console.log(JSON.stringify({ rows, peakKiB: process.resourceUsage().maxRSS }));
`;

const SHORT = 90_000;
const LONG = 5 * SHORT;

test('NODE-23: exports of five times the log peak within 30 %, under a 64 MiB heap', async () => {
  const root = mkdtempSync(join(tmpdir(), 'quantlaxmi-export-memory-'));
  const script = join(root, 'program.mjs');
  try {
    await build({
      stdin: { contents: PROGRAM, resolveDir: process.cwd(), loader: 'ts' },
      outfile: script,
      bundle: true,
      platform: 'node',
      format: 'esm',
      logLevel: 'silent',
    });
    const child = (...args: string[]) => {
      const line = ['--max-old-space-size=64', script, ...args];
      const { status, stdout } = spawnSync(process.execPath, line, { encoding: 'utf8' });
      return status === 0 ? (JSON.parse(stdout) as { rows: number; peakKiB: number }) : null;
    };
    const logs = [join(root, 'short'), join(root, 'long')] as const;
    expect(child('make', logs[0], String(SHORT))).not.toBeNull();
    expect(child('make', logs[1], String(LONG))).not.toBeNull();
    for (const format of ['parquet', 'arrow', 'csv']) {
      const [short, long] = logs.map((log) => child(format, log, `${log}-${format}`));
      expect([format, short?.rows, long?.rows]).toEqual([format, SHORT, LONG]);
      const ratio = (long?.peakKiB ?? 0) / (short?.peakKiB ?? 1);
      console.log(
        `${format}: peak KiB ${short?.peakKiB} and ${long?.peakKiB}, ${ratio.toFixed(2)}`,
      );
      expect([format, ratio < 1.3]).toEqual([format, true]);
    }
    // Control: what keeps the events ends at the limit that the exports stay below.
    expect(child('keep', logs[1])).toBeNull();
  } finally {
    rmSync(root, { recursive: true });
  }
}, 900_000);
