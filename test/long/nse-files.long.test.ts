/** Damaged files of the NSE by the ten thousands, and memory over thousands of files. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { encodeUtf8 } from 'quantlaxmi/core';
import { nseCapture } from 'quantlaxmi/venues/nse';
import { recordMutants } from '../venues/nse/mutations.js';

setFlagsFromString('--expose-gc');
const gc = runInNewContext('gc') as () => void;

test('NSEFILE-8: 100,000 damaged files end no capture', { timeout: 3_600_000 }, () => {
  const total = new Map<string, number>();
  let recorded = 0;
  for (let round = 0; round < 10; round += 1) {
    const counts = recordMutants(10_000, 77n + BigInt(round));
    recorded += counts.recorded;
    for (const [code, n] of counts.codes) total.set(code, (total.get(code) ?? 0) + n);
  }
  console.info(recorded, 'of 100,000 damaged files gave contracts', total);
  expect(recorded).toBeGreaterThan(10_000);
});

const HEADER =
  'Symbol,Expiry,Strike,CE_LTP,CE_OI,CE_Volume,PE_LTP,PE_OI,PE_Volume,' +
  'Spot,timestamp,%Change,Max_Pain';
const two = (n: number): string => String(n).padStart(2, '0');

/** Snapshot of minute `i`, a day having 300: expiries end and new contracts come. */
function snapshotAt(i: number): { readonly rx: number; readonly bytes: Uint8Array } {
  const day = Math.floor(i / 300);
  const at = new Date(Date.UTC(2026, 0, 5 + day, 10, i % 300));
  const expiry = new Date(Date.UTC(2026, 0, 6 + 7 * Math.floor((day + 6) / 7)));
  const stamp = at.toISOString().slice(0, 19).replace('T', ' ');
  const rows = Array.from({ length: 60 }, (_, k) => {
    const strike = 24_000 + 50 * k;
    const when = `${expiry.getUTCFullYear()}-${two(expiry.getUTCMonth() + 1)}`;
    const volume = 65 * (i + k + 1);
    const legs = `${strike},9,65,${volume},9,65,0`;
    return `NIFTY,${when}-${two(expiry.getUTCDate())},${legs},24900,${stamp},0,0`;
  });
  const rx = at.getTime() * 1000 - 19_800_000_000;
  return { rx, bytes: encodeUtf8([HEADER, ...rows].join('\n')) };
}

/** Largest heap after a collection while so many files go through a capture. */
function peakHeapBytes(files: number): number {
  const capture = nseCapture({ sessionId: 's' });
  let peak = 0;
  for (let i = 0; i < files; i += 1) {
    const { rx, bytes } = snapshotAt(i);
    const answer = { kind: 'answer', rx, tookUs: 0, status: 200, url: `${i}.csv`, bytes } as const;
    capture.record(answer);
    if (i % 500 !== 499) continue;
    gc();
    peak = Math.max(peak, process.memoryUsage().heapUsed);
  }
  const { contracts, refusedRows, malformed, facts } = capture.stats;
  expect(contracts).toBe(files * 120);
  expect([refusedRows, malformed - (facts['QL_NSE_STALE_LAST'] ?? 0)]).toEqual([0, 0]);
  return peak;
}

test('NSEFILE-11: ten times as many files take the same memory', { timeout: 1_800_000 }, () => {
  peakHeapBytes(2000);
  const short = peakHeapBytes(3000);
  const long = peakHeapBytes(30_000);
  console.info('peak heap, bytes:', short, 'of 3,000 files,', long, 'of 30,000');
  expect(long / short).toBeLessThan(1.2);
  // Control: keeping a row of each file would show.
  const kept: unknown[] = [];
  for (let i = 0; i < 300_000; i += 1) kept.push({ i, text: `${i},${i * 7}` });
  gc();
  expect(process.memoryUsage().heapUsed / short).toBeGreaterThan(1.2);
  expect(kept.length).toBe(300_000);
});
