import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { captureRecording } from 'quantlaxmi/node';
import { type ExportFormat, exportLog } from 'quantlaxmi/node/export';
import type { BinanceMarket } from 'quantlaxmi/venues/binance';
import { expect, test } from 'vitest';
import { loggedTables } from '../node/export/logged-tables.js';
import { readBack } from '../node/export/read-back.js';

const ROOT = '../shared/data/binance/hftbacktest';
const RECORDINGS: readonly [BinanceMarket, string][] = [
  ['usdm', 'usdm/btcusdt_20240808.gz'],
  ['spot', 'spot/btcusdt_20240809.gz'],
  ['coinm', 'cm/btcusd_perp_20240808.gz'],
];

for (const [market, file] of RECORDINGS) {
  const path = join(ROOT, file);
  if (!existsSync(path)) console.warn(`SKIPPED: ${path} is missing`);
  test.skipIf(!existsSync(path))(
    `NODE-23: ${file} in every format, equal counts and sums`,
    async () => {
      const dir = mkdtempSync(join(tmpdir(), 'quantlaxmi-export-'));
      try {
        const session = join(dir, 'session');
        await captureRecording({ market, files: [path], out: session });
        const logged = loggedTables(session);
        expect(Object.keys(logged).length).toBeGreaterThan(3);
        for (const format of ['parquet', 'arrow', 'csv'] satisfies ExportFormat[]) {
          const out = join(dir, format);
          await exportLog(session, { format, out });
          expect(await readBack(out)).toEqual(logged);
        }
      } finally {
        rmSync(dir, { recursive: true });
      }
    },
  );
}
