import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { SessionBody } from 'quantlaxmi/events';
import { createBinanceCapture } from 'quantlaxmi/venues/binance';
import { expect, test } from 'vitest';
import { RX, USDM_BTC } from './messages.js';

setFlagsFromString('--expose-gc');
const gc = runInNewContext('gc') as () => void;

/** Heap that so many links leave behind, each opened once and, unless `open`, lost for good. */
function leftBy(links: number, open: boolean): number {
  const options = { market: 'usdm', sessionId: 's1', instruments: [USDM_BTC] } as const;
  const capture = createBinanceCapture(options);
  const fact = (kind: SessionBody['kind'], code: string, n: number): void => {
    const details = { attempt: 1, conn: n, link: n.toString() };
    capture.record({ kind: 'fact', rx: RX + n, body: { kind, code, inst: null, details } });
  };
  gc();
  const before = process.memoryUsage().heapUsed;
  for (let n = 1; n <= links; n += 1) {
    fact('connected', '', n);
    if (!open) fact('disconnected', 'QL_FEED_REQUESTED', n);
  }
  gc();
  const left = process.memoryUsage().heapUsed - before;
  expect(capture.held()).toBe(0);
  return left;
}

test('links that come and go leave nothing behind in the capture', () => {
  leftBy(1_000, false);
  expect(leftBy(20_000, false)).toBeLessThan(1_000_000);
  // The control: links that are open do hold memory, and it is seen.
  expect(leftBy(20_000, true)).toBeGreaterThan(4_000_000);
});
