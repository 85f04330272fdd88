/** From a live capture to judged evidence: capture, paper, replay, gates, all by the command. */
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { type BinanceVenue, binanceVenue, syntheticBinance } from '../../src/testing/node/index.js';
import { temporaryFolder } from '../node/folders.js';
import { type GatesDocument, json, type ReplayDocument, STRATEGY } from './lib/command.js';
import { bundleCommand, startCapturer } from './lib/kill-live.js';
import { writeRunConfig } from './lib/run-config.js';

const SYMBOL = { symbol: 'BTCUSDT', priceSteps: 600_000, priceDecimals: 1, qtyDecimals: 3 };
const SOURCE = syntheticBinance({
  ...{ market: 'usdm', seed: 21n, durationUs: 12_000_000, symbols: [SYMBOL] },
});
const LONG = { timeout: 300_000 };
let venue: BinanceVenue;

afterEach(async () => {
  await venue.close();
});

interface Live {
  readonly eventsSha256: string;
  readonly records: number;
  readonly resumed: boolean;
  readonly stats: { readonly deltas: number };
}

test(
  'a session captured live is traded on paper, replays equal and passes G0 and G1',
  LONG,
  async () => {
    // Times as they were made: a market moved to the present at a pace of its own has them in
    // disorder.
    venue = await binanceVenue({ source: SOURCE });
    await venue.release(1);
    const root = temporaryFolder();
    const program = await bundleCommand(root);
    const session = join(root, 'session');
    const capturer = startCapturer({
      program,
      venue,
      source: SOURCE,
      out: session,
      extra: ['--raw'],
    });
    await vi.waitUntil(
      () => {
        expect(capturer.child.exitCode, capturer.stderr()).toBeNull();
        return venue.connections.some((one) => one.subscriptions.length > 2);
      },
      { timeout: 60_000 },
    );
    while (!venue.finished) {
      await venue.release(20);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    await venue.settled();
    capturer.child.kill('SIGINT');
    expect(await capturer.exited, capturer.stderr()).toBe(0);
    const live = JSON.parse(capturer.stdout()) as Live;
    expect(live).toMatchObject({ resumed: false });
    expect(live.stats.deltas).toBeGreaterThan(100);

    expect(json<{ ok: boolean }>(['wal', 'verify', session]).document.ok).toBe(true);
    const stat = json<Live>(['wal', 'stat', session]);
    expect(stat.document.eventsSha256).toBe(live.eventsSha256);
    const raw = join(session, 'raw', '000001.rec.gz');
    const from = ['capture', 'binance', '--market', 'usdm', '--from', raw];
    const again = json<Live>([...from, '--out', join(root, 'again')]);
    expect(again.document.eventsSha256).toBe(live.eventsSha256);

    const run = join(session, 'runs', 'r');
    const config = writeRunConfig(join(root, 'config.json'));
    const given = ['--session', session, '--strategy', STRATEGY, '--config', config];
    expect(json(['paper', ...given, '--out', run]).code).toBe(0);
    const replay = json<ReplayDocument>(['replay', run]);
    expect(replay.document).toMatchObject({ equal: true });
    const gates = json<GatesDocument>(['gates', run, '--only', 'G0,G1']);
    const failed = gates.document.gates.flatMap(({ checks }) =>
      checks.filter(({ verdict }) => verdict === 'fail'),
    );
    expect(failed).toEqual([]);
    expect(gates.document.ok).toBe(true);
  },
);
