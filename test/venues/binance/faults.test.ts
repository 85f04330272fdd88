import type { EventInput } from 'quantlaxmi/events';
import { createMarketView } from 'quantlaxmi/market';
import { describe, expect, test } from 'vitest';
import {
  bytesOf,
  type Captured,
  captureWith,
  createInstruments,
  COINM_1,
  factsOf,
  haveShared,
  linesOf,
  loadRecording,
  SPOT_1,
} from './recordings.js';

const has = [SPOT_1, COINM_1].every(haveShared);
const spot = has ? linesOf(loadRecording(SPOT_1)).slice(0, 4_000) : [];
const coinm = has ? linesOf(loadRecording(COINM_1)).slice(0, 4_000) : [];

/** Line numbers of messages of a stream, from the hundredth on: the book is in sync by then. */
const linesWith = (lines: readonly string[], mark: string): number[] =>
  lines.flatMap((line, i) => (i > 100 && line.includes(mark) ? [i] : []));

const lastId = (line: string | undefined): number =>
  JSON.parse(/"u":(\d+)/.exec(line ?? '')?.[1] ?? '0') as number;

/** True where the book of the log may be read, after each depth update. */
function syncedAfter(events: readonly EventInput[]): { u: number; synced: boolean }[] {
  const view = createMarketView();
  const out: { u: number; synced: boolean }[] = [];
  for (const event of events) {
    view.onEvent(event);
    if (event.t !== 'BookDelta') continue;
    out.push({ u: event.body.lastSeq, synced: view.book(event.body.inst).synced });
  }
  return out;
}

describe.runIf(has).each([
  ['spot', spot],
  ['coinm', coinm],
] as const)('damaged copies of the %s recording', (market, lines) => {
  const instruments = createInstruments(market, lines);
  const captureLines = (copy: readonly string[]): Captured =>
    captureWith(market, [bytesOf(copy)], instruments);
  const depth = linesWith(lines, '@depth');
  const picks = [0, 37, depth.length - 20].map((n) => depth[n] as number);

  const depthCount = lines.filter((line) => line.includes('@depth')).length;

  test('BINANCE-3: the untouched copy has no fact (control)', () => {
    const { events, stats } = captureLines(lines);
    expect(factsOf(events)).toEqual([]);
    expect(stats.gaps).toBe(0);
    expect(syncedAfter(events).at(-1)?.synced).toBe(true);
  });

  test('BINANCE-3: one missing depth line is exactly one gap, at that u', () => {
    for (const pick of picks) {
      const u = lastId(lines[pick]);
      const { events, stats } = captureLines(lines.toSpliced(pick, 1));
      const facts = factsOf(events);
      expect(facts.map((fact) => [fact.kind, fact.code, fact.details['missingTo']])).toEqual([
        ['gap', 'QL_VENUE_SEQUENCE_GAP', u],
      ]);
      expect(stats.gaps).toBe(1);
      const states = syncedAfter(events);
      const refusedFrom = states.findIndex((state) => state.u > u);
      expect(states[refusedFrom - 1]?.synced).toBe(true);
      expect(states.slice(refusedFrom).some((state) => state.synced)).toBe(false);
      const fact = events.findIndex((e) => e.t === 'Session' && e.body.kind === 'gap');
      expect(events[fact + 1]?.t).toBe('BookDelta');
    }
  });

  test('BINANCE-4: two swapped depth lines are reported, both still recorded', () => {
    for (const pick of picks) {
      const next = depth[depth.indexOf(pick) + 1] as number;
      const swapped = lines.with(pick, lines[next] as string).with(next, lines[pick] as string);
      const { events, stats } = captureLines(swapped);
      const codes = factsOf(events).map((fact) => fact.code);
      // Receive times of the two lines are swapped as well.
      expect(codes).toContain('QL_VENUE_SEQUENCE_GAP');
      expect(codes).toContain('QL_VENUE_OUT_OF_ORDER');
      expect(codes).toContain('QL_VENUE_CLOCK_STEP');
      expect([stats.gaps, stats.outOfOrder, stats.deltas]).toEqual([1, 1, depthCount]);
    }
  });

  test('BINANCE-4: a depth line that comes twice is reported and does not stop the book', () => {
    const pick = picks[1] as number;
    const twice = lines.toSpliced(pick, 0, lines[pick] as string);
    const { events, stats } = captureLines(twice);
    expect(factsOf(events).map((fact) => fact.code)).toEqual(['QL_VENUE_OUT_OF_ORDER']);
    expect(stats.gaps).toBe(0);
    expect(syncedAfter(events).at(-1)?.synced).toBe(true);
  });

  test('BINANCE-4: a trade that comes twice is reported with its id, and recorded', () => {
    const trades = linesWith(lines, '@trade');
    const pick = trades[trades.length >> 1] as number;
    const id = /"t":(\d+)/.exec(lines[pick] ?? '')?.[1];
    const count = captureLines(lines).stats.trades;
    for (const later of [0, 500]) {
      const twice = lines.toSpliced(pick + later, 0, lines[pick] as string);
      const { events, stats } = captureLines(twice);
      const facts = factsOf(events).filter((fact) => fact.kind !== 'clock');
      expect(facts.map((fact) => [fact.code, fact.details['tradeId']])).toEqual([
        ['QL_VENUE_DUPLICATE_TRADE', id],
      ]);
      expect([stats.duplicateTrades, stats.trades]).toEqual([1, count + 1]);
    }
  });

  test('BINANCE-3: a missing trade is a gap; a late one is out of order', () => {
    const trades = linesWith(lines, '@trade');
    const pick = trades[20] as number;
    const missing = captureLines(lines.toSpliced(pick, 1));
    expect(factsOf(missing.events).map((fact) => fact.code)).toEqual(['QL_VENUE_TRADE_GAP']);
    expect(syncedAfter(missing.events).at(-1)?.synced).toBe(true);
    const moved = lines.toSpliced(pick, 1).toSpliced((trades[25] as number) + 1, 0, lines[pick]!);
    const late = captureLines(moved);
    const codes = factsOf(late.events).map((fact) => fact.code);
    expect(codes.filter((code) => code !== 'QL_VENUE_CLOCK_STEP')).toEqual([
      'QL_VENUE_TRADE_GAP',
      'QL_VENUE_OUT_OF_ORDER',
    ]);
  });

  test('BINANCE-3: a snapshot after the gap makes the book readable, as a resync fact', () => {
    const gapAt = picks[1] as number;
    const cut = lines.toSpliced(gapAt, 1);
    const at = cut.findIndex((line, i) => i > gapAt + 200 && line.includes('@depth'));
    const id = lastId(cut[at]);
    const snapshot =
      `${(cut[at] as string).split(' ')[0]} {"lastUpdateId":${id},` +
      '"bids":[["61000.0","1"]],"asks":[["99000.0","1"]]}';
    const { events, stats } = captureLines(cut.toSpliced(at + 1, 0, snapshot));
    expect(factsOf(events).map((fact) => [fact.kind, fact.code])).toEqual([
      ['gap', 'QL_VENUE_SEQUENCE_GAP'],
      ['resync', ''],
    ]);
    expect(stats.snapshots).toBe(2);
    const states = syncedAfter(events);
    expect(states.find((state) => state.u === id)?.synced).toBe(false);
    expect(states.at(-1)?.synced).toBe(true);
  });

  test('BINANCE-3: a snapshot that is too old for the updates received is a gap', () => {
    const first = lines.findIndex((line) => line.includes('"lastUpdateId"'));
    const old = (lines[first] as string).replace(/"lastUpdateId":\d+/, '"lastUpdateId":1');
    const { events } = captureLines(lines.with(first, old));
    expect(factsOf(events).map((fact) => fact.code)).toEqual(['QL_VENUE_SNAPSHOT_UNUSABLE']);
    expect(syncedAfter(events).some((state) => state.synced)).toBe(false);
  });
});
