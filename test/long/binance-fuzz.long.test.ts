import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { fuzzCapture } from '../venues/binance/fuzz.js';

setFlagsFromString('--expose-gc');
const gc = runInNewContext('gc') as () => void;

test('BINANCE-5: a million damaged records: none throws, none is lost, memory stays flat', () => {
  const heaps: number[] = [];
  const { classes, events, wrong } = fuzzCapture({
    seed: 20_240_808n,
    count: 1_000_000,
    onPiece: () => {
      gc();
      heaps.push(process.memoryUsage().heapUsed);
    },
  });
  expect(wrong).toEqual([]);
  expect([...classes.values()].reduce((sum, n) => sum + n, 0)).toBe(1_000_000);
  expect(classes.get('not accounted')).toBeUndefined();
  // The first tenth fills caches and buffers; from then on nothing grows with the records.
  const tenth = heaps.length / 10;
  const early = Math.max(...heaps.slice(tenth, 2 * tenth));
  const late = Math.max(...heaps.slice(-tenth));
  const table = [...classes].sort().map(([name, n]) => `${name}: ${n}`);
  console.log(`${table.join('\n')}\n${events} events; heap ${early} then ${late} bytes`);
  expect(late / early).toBeLessThan(1.25);
}, 3_600_000);
