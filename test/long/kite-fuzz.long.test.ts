import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { fuzz } from '../venues/zerodha/fuzz.js';

setFlagsFromString('--expose-gc');
const gc = runInNewContext('gc') as () => void;

const RECORDS = 1_000_000;

test('KITE-6: a million damaged records: no crash, no impossible event, memory flat', () => {
  const { codes, events, heapGrowth, impossible, stats } = fuzz(RECORDS, 42n, () => {
    gc();
    return process.memoryUsage().heapUsed;
  });
  console.log(JSON.stringify({ events, heapGrowth, codes: Object.fromEntries(codes), stats }));
  expect(impossible).toEqual([]);
  expect(stats.records).toBe(RECORDS);
  expect(codes.get('QL_KITE_FRAME')).toBeGreaterThan(RECORDS / 10);
  expect(heapGrowth).toBeLessThan(16 * 1024 * 1024);
});
