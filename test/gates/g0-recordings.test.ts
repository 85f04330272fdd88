import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { dataTruthScan, type GateCheck, g0Defaults, verdictOf } from 'quantlaxmi/gates';
import { describe, expect, test } from 'vitest';
import type { Event, EventInput } from '../../src/events/index.js';
import {
  bytesOf,
  captureAll,
  captureWith,
  createInstruments,
  haveShared,
  linesOf,
  loadRecording,
  SPOT_1,
} from '../venues/binance/recordings.js';
import { INST, instrument } from './session-builder.js';

function judge(events: readonly EventInput[], universe: readonly string[]) {
  const scan = dataTruthScan(g0Defaults);
  events.forEach((event, i) => void scan.push({ ...event, seq: i + 1 } as Event));
  return scan.checks(universe, { lastSeq: events.length });
}
const turned = (checks: readonly GateCheck[]): [string, string, number | string][] =>
  checks
    .filter(({ verdict }) => verdict !== 'pass')
    .map(({ id, verdict, observed }) => [id, verdict, observed]);

describe('real recordings', () => {
  test.skipIf(!haveShared(SPOT_1))(
    'GATES-10: spot warns about its clock and its inferred instrument, about nothing else',
    () => {
      const { events, instruments } = captureAll('spot', [loadRecording(SPOT_1)]);
      const checks = judge(
        events,
        instruments.map((one) => one.instrumentId),
      );
      expect(turned(checks).map(([id, verdict]) => [id, verdict])).toEqual([
        ['clock.skew', 'warn'],
        ['instrument.inferred', 'warn'],
      ]);
      const skew = checks.find(({ id }) => id === 'clock.skew');
      expect(skew?.detail).toContain('Negative latency (clock skew)');
      // Median of receive minus venue time of all depth updates, sorted: -1,271,985 µs.
      expect(Math.abs((skew?.observed as number) + 1_271_985)).toBeLessThan(1_271_985 / 1024);
      expect(verdictOf(checks)).toBe('warn');
    },
  );

  describe.skipIf(!haveShared(SPOT_1))('one line changed', () => {
    const lines = haveShared(SPOT_1) ? linesOf(loadRecording(SPOT_1)).slice(0, 6000) : [];
    const instruments = createInstruments('spot', lines);
    const place = (stream: string, n: number): number =>
      lines.flatMap((line, i) => (line.includes(`@${stream}`) ? [i] : []))[n] as number;
    const verdicts = (changed: readonly string[]) => {
      const { events } = captureWith('spot', [bytesOf(changed)], instruments);
      const checks = judge(
        events,
        instruments.map((one) => one.instrumentId),
      );
      return turned(checks).filter(([, verdict]) => verdict === 'fail');
    };

    test('GATES-10: unchanged, nothing fails', () => {
      expect(lines).toHaveLength(6000);
      expect(verdicts(lines)).toEqual([]);
    });

    test('GATES-10: a deleted depth line is exactly one recorded gap', () => {
      const at = place('depth', 200);
      expect(verdicts(lines.toSpliced(at, 1))).toEqual([['venue.sequence', 'fail', 1]]);
    });

    test('GATES-10: two swapped depth lines are a gap and an update out of order', () => {
      const [a, b] = [place('depth', 200), place('depth', 201)];
      const [x, y] = [lines[a] as string, lines[b] as string];
      const message = (line: string) => line.slice(line.indexOf(' '));
      const time = (line: string) => line.slice(0, line.indexOf(' '));
      const changed = lines.with(a, time(x) + message(y)).with(b, time(y) + message(x));
      expect(verdicts(changed)).toEqual([
        ['venue.sequence', 'fail', 1],
        ['time.tsOrder', 'fail', 1],
        ['venue.order', 'fail', 1],
      ]);
    });

    test('GATES-10: a repeated trade line is one duplicate', () => {
      const at = place('trade', 300);
      expect(verdicts(lines.toSpliced(at, 0, lines[at] as string))).toEqual([
        ['trade.duplicate', 'fail', 1],
      ]);
    });

    test('GATES-10: a deleted trade line is one gap', () => {
      expect(verdicts(lines.toSpliced(place('trade', 300), 1))).toEqual([
        ['venue.sequence', 'fail', 1],
      ]);
    });

    test('GATES-10: a line that is no message is malformed', () => {
      expect(verdicts(lines.toSpliced(3000, 0, 'garbage'))).toEqual([
        ['session.malformed', 'fail', 1],
      ]);
    });
  });
});

test('GATES-9: ten times as many events take the same memory', () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const rx0 = 1_723_161_254_000_000;
  const heapAfter = (events: number): number => {
    const scan = dataTruthScan(g0Defaults);
    const envelope = { sv: 1, src: 'BINANCE' };
    scan.push({ ...envelope, seq: 1, rx: rx0, ts: null, t: 'Instrument', body: instrument() });
    for (let i = 0; i < events; i++) {
      const rx = rx0 + i * 1000 + (i % 7) * 10;
      const body = { aggressor: 'buy', inst: INST, price: 616_010, qty: 10, venueSeq: i } as const;
      const trade = { ...body, tradeId: String(i) };
      scan.push({ ...envelope, seq: i + 2, rx, ts: rx - (i % 911), t: 'Trade', body: trade });
    }
    collect();
    const used = process.memoryUsage().heapUsed;
    // Read after the measurement, so that the pass is still alive while memory is measured.
    expect(scan.checks([INST]).length).toBeGreaterThan(20);
    return used;
  };
  heapAfter(1000);
  const small = heapAfter(5000);
  const large = heapAfter(50_000);
  expect(large - small).toBeLessThan(1_000_000);
});
