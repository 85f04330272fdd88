import { dataTruthScan, g0Defaults } from 'quantlaxmi/gates';
import type { BinanceMarket } from 'quantlaxmi/venues/binance';
import { expect, test } from 'vitest';
import type { Event } from '../../src/events/index.js';
import {
  COINM_1,
  COINM_2,
  captureAll,
  haveShared,
  loadRecording,
  SPOT_1,
  SPOT_2,
  USDM,
} from '../venues/binance/recordings.js';

/** `true` where the recording has no snapshot, so that no book can be rebuilt. */
const recordings: [BinanceMarket, string, boolean][] = [
  ['usdm', USDM, false],
  ['spot', SPOT_1, false],
  ['spot', SPOT_2, true],
  ['coinm', COINM_1, false],
  ['coinm', COINM_2, true],
];

test.skipIf(!haveShared(USDM)).each(recordings)(
  'GATES-10: %s %s warns about its clock and its inferred instrument',
  (market, path, bookless) => {
    const { events, instruments } = captureAll(market, [loadRecording(path)]);
    const scan = dataTruthScan(g0Defaults);
    events.forEach((event, i) => void scan.push({ ...event, seq: i + 1 } as Event));
    const turned = scan
      .checks(instruments.map((one) => one.instrumentId))
      .filter(({ verdict }) => verdict !== 'pass')
      .map(({ id, verdict }) => [id, verdict]);
    expect(turned).toEqual([
      ...(bookless ? [['book.rebuild', 'warn']] : []),
      ['clock.skew', 'warn'],
      ['instrument.inferred', 'warn'],
    ]);
  },
);
