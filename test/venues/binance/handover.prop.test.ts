import fc from 'fast-check';
import type { EventInput, SessionBody } from 'quantlaxmi/events';
import { type BinanceCapture, createBinanceCapture } from 'quantlaxmi/venues/binance';
import type { RawRecord } from 'quantlaxmi/venues/feed';
import { describe, expect, test } from 'vitest';
import { RX, USDM_BTC, utf8 } from './messages.js';

const STREAMS = ['depth', 'trade', 'quote', 'mark'] as const;
type Stream = (typeof STREAMS)[number];

/** A message of a stream: its number there, and when the venue made it. */
interface Made {
  readonly stream: Stream;
  readonly number: number;
  readonly at: number;
}

function textOf({ stream, number }: Made): string {
  const at = `"E":${1_723_161_254_000 + number},"s":"BTCUSDT"`;
  const u = number * 10;
  switch (stream) {
    case 'depth':
      return (
        `{"stream":"btcusdt@depth","data":{"e":"depthUpdate",${at},"U":${u - 9},"u":${u},` +
        `"pu":${u - 10},"b":[["5.0","${number}"]],"a":[]}}`
      );
    case 'trade':
      return `{"e":"trade",${at},"T":1,"t":${number},"p":"5.0","q":"1","m":true}`;
    case 'quote':
      return `{"e":"bookTicker",${at},"u":${u},"b":"5.0","B":"1","a":"9","A":"1"}`;
    default:
      return `{"e":"markPriceUpdate",${at},"p":"5.0","r":"0.0001","T":0}`;
  }
}

/** Number of the message that an event came from. */
function numberOf(event: EventInput): readonly [Stream, number] | null {
  switch (event.t) {
    case 'BookDelta':
      return ['depth', event.body.lastSeq / 10];
    case 'Trade':
      return ['trade', event.body.venueSeq ?? 0];
    case 'Quote':
      return ['quote', (event.body.venueSeq ?? 0) / 10];
    case 'Funding':
      return ['mark', (event.ts ?? 0) / 1000 - 1_723_161_254_000];
    default:
      return null;
  }
}

/** When one connection gives way to the next, and how. */
interface Change {
  /** The newer one is open from here on. */
  readonly openAt: number;
  readonly doneAt: number;
  /** So far the newer one is behind: it still brings what was made before it was open. */
  readonly lag: number;
  /** The older one dies instead of being closed in order. */
  readonly dies: boolean;
}

interface Scenario {
  readonly streams: readonly Stream[];
  /** Delay of every message on every connection; connections keep the order of messages. */
  readonly delays: readonly number[];
  readonly changes: readonly Change[];
}

const MAX_DELAY = 12;

const scenario: fc.Arbitrary<Scenario> = fc
  .record({
    streams: fc.array(fc.constantFrom(...STREAMS), { minLength: 30, maxLength: 150 }),
    delays: fc.array(fc.nat({ max: MAX_DELAY }), { minLength: 40, maxLength: 40 }),
    gaps: fc.array(
      fc.record({
        wait: fc.nat({ max: 40 }),
        overlap: fc.nat({ max: 30 }),
        lag: fc.nat({ max: 25 }),
        dies: fc.boolean(),
      }),
      { minLength: 1, maxLength: 4 },
    ),
  })
  .map(({ streams, delays, gaps }) => {
    let at = 0;
    const changes = gaps.map(({ wait, overlap, lag, dies }) => {
      const openAt = at + wait;
      // The overlap outlasts every delay: what the older one still carried, the newer one has.
      at = openAt + MAX_DELAY + 1 + overlap;
      return { openAt, doneAt: at, lag, dies };
    });
    return { streams, delays, changes };
  });

function makeAll(streams: readonly Stream[]): Made[] {
  const counts = new Map<Stream, number>();
  return streams.map((stream, i) => {
    const number = (counts.get(stream) ?? 0) + 1;
    counts.set(stream, number);
    return { stream, number, at: i + 1 };
  });
}

const fact = (rx: number, kind: SessionBody['kind'], code: string, conn: number): RawRecord => {
  const details = { conn, closed: conn - 1, link: '0', attempt: 1 };
  return { kind: 'fact', rx: RX + rx, body: { kind, code, inst: null, details } };
};

interface Timed {
  readonly at: number;
  /** Facts before frames of the same moment. */
  readonly rank: number;
  readonly record: RawRecord;
}

/** Frames of all connections and facts of the feed, in the order in which they come. */
function recordsOf({ streams, delays, changes }: Scenario): RawRecord[] {
  const made = makeAll(streams);
  const timed: Timed[] = [{ at: 0, rank: 0, record: fact(0, 'connected', '', 1) }];
  for (let conn = 1; conn <= changes.length + 1; conn++) {
    const opened = changes[conn - 2];
    const closing = changes[conn - 1];
    let arrival = 0;
    made.forEach((one, i) => {
      const { lag = 0, openAt = -1 } = opened ?? {};
      if (one.at <= openAt - lag) return;
      arrival = Math.max(
        arrival,
        openAt,
        one.at + (delays[(i * 7 + conn * 3) % delays.length] ?? 0),
      );
      if (arrival >= (closing?.doneAt ?? Number.MAX_SAFE_INTEGER)) return;
      const bytes = utf8(textOf(one));
      const rx = RX + arrival;
      const record: RawRecord = { kind: 'frame', rx, conn, binary: false, bytes };
      timed.push({ at: arrival, rank: conn, record });
    });
    if (opened === undefined) continue;
    const { openAt, doneAt, dies } = opened;
    const code = 'QL_FEED_HANDOVER';
    timed.push({ at: openAt, rank: 0, record: fact(openAt, 'connected', code, conn) });
    const done = dies
      ? fact(doneAt, 'disconnected', 'QL_FEED_CLOSED', conn - 1)
      : fact(doneAt, 'config', code, conn);
    timed.push({ at: doneAt, rank: 0, record: done });
  }
  return timed.sort((a, b) => a.at - b.at || a.rank - b.rank).map(({ record }) => record);
}

const captureOf = (handoverBytesMax?: number): BinanceCapture =>
  createBinanceCapture({
    market: 'usdm',
    sessionId: 's',
    instruments: [USDM_BTC],
    ...(handoverBytesMax === undefined ? {} : { handoverBytesMax }),
  });

/** Numbers by stream in the order in which they were recorded. */
function recorded(events: readonly EventInput[]): Map<Stream, number[]> {
  const out = new Map<Stream, number[]>(STREAMS.map((stream) => [stream, []]));
  for (const event of events) {
    const number = numberOf(event);
    if (number !== null) out.get(number[0])?.push(number[1]);
  }
  return out;
}

/** What was made, once each and in order: the model. */
function expected(streams: readonly Stream[]): Map<Stream, number[]> {
  const out = new Map<Stream, number[]>(STREAMS.map((stream) => [stream, []]));
  for (const { stream, number } of makeAll(streams)) out.get(stream)?.push(number);
  return out;
}

const isFrame = (record: RawRecord): boolean => record.kind === 'frame';

describe('two connections as one', () => {
  test('BINANCE-11: over hand-overs every message is recorded once, in order per stream', () => {
    let repeated = 0;
    let heldMost = 0;
    fc.assert(
      fc.property(scenario, (one) => {
        const capture = captureOf();
        const events: EventInput[] = [];
        for (const record of recordsOf(one)) {
          events.push(...capture.record(record));
          heldMost = Math.max(heldMost, capture.held());
        }
        expect(recorded(events)).toEqual(expected(one.streams));
        expect(capture.held()).toBe(0);
        expect(events.filter((e) => e.t === 'Session' && e.body.kind === 'gap')).toEqual([]);
        const times = events.map((event) => event.rx);
        expect(times).toEqual(times.toSorted((a, b) => a - b));
        repeated += capture.stats.repeated;
      }),
      { numRuns: 300, seed: 11 },
    );
    expect(repeated).toBeGreaterThan(1000);
    expect(heldMost).toBeGreaterThan(10);
  });

  test('BINANCE-11: without the merge messages are doubled, without overlap lost (control)', () => {
    let doubled = 0;
    let lost = 0;
    fc.assert(
      fc.property(scenario, (one) => {
        const all = recordsOf(one);
        const model = [...expected(one.streams).values()].flat().length;
        const count = (records: readonly RawRecord[]): number => {
          const capture = captureOf();
          const events = records.flatMap((record) => capture.record(record));
          return [...recorded(events).values()].flat().length;
        };
        doubled += count(all.filter(isFrame)) - model;
        // The newer connection is read only from the hand-over on.
        let conn = 1;
        const switched = all.filter((record) => {
          if (record.kind === 'fact' && record.body.kind !== 'connected') conn += 1;
          return record.kind === 'frame' && record.conn === conn;
        });
        lost +=
          model - new Set(switched.map((r) => (r as { bytes: Uint8Array }).bytes.join())).size;
      }),
      { numRuns: 50, seed: 12 },
    );
    expect(doubled).toBeGreaterThan(100);
    expect(lost).toBeGreaterThan(10);
  });

  test('BINANCE-11: what is held is bounded; a stalled older connection is taken over from', () => {
    const made = makeAll(Array.from({ length: 4000 }, (_, i) => STREAMS[i % 4] as Stream));
    const frame = (conn: number, one: Made): RawRecord => {
      const bytes = utf8(textOf(one));
      return { kind: 'frame', rx: RX + one.at, conn, binary: false, bytes };
    };
    const capture = captureOf(20_000);
    const events: EventInput[] = [];
    const take = (record: RawRecord): void => {
      events.push(...capture.record(record));
    };
    let heldMost = 0;
    take(fact(0, 'connected', '', 1));
    for (const one of made.slice(0, 100)) take(frame(1, one));
    take(fact(100, 'connected', 'QL_FEED_HANDOVER', 2));
    for (const one of made.slice(100)) {
      take(frame(2, one));
      heldMost = Math.max(heldMost, capture.held());
      // The older one wakes up late and brings it all as well.
      if (one.at > 3000) take(frame(1, made[one.at - 2900] as Made));
    }
    take(fact(5000, 'config', 'QL_FEED_HANDOVER', 2));
    expect(recorded(events)).toEqual(expected(made.map((one) => one.stream)));
    expect(heldMost).toBeGreaterThan(50);
    expect(heldMost).toBeLessThan(400);
  });

  test.each([
    ['dies', fact(20, 'disconnected', 'QL_FEED_CLOSED', 2)],
    ['is given up', fact(20, 'config', 'QL_FEED_HANDOVER', 1)],
  ])('BINANCE-11: a newer connection that %s before its turn leaves the older alone', (_, end) => {
    const made = makeAll(Array.from({ length: 40 }, (_, i) => STREAMS[i % 4] as Stream));
    const capture = captureOf();
    const events: EventInput[] = [];
    const take = (record: RawRecord): void => {
      events.push(...capture.record(record));
    };
    take(fact(0, 'connected', '', 1));
    take(fact(0, 'connected', 'QL_FEED_HANDOVER', 2));
    for (const one of made) {
      const bytes = utf8(textOf(one));
      const rx = RX + one.at;
      if (one.at < 20) take({ kind: 'frame', rx, conn: 2, binary: false, bytes });
      if (one.at === 20) take(end);
      take({ kind: 'frame', rx, conn: 1, binary: false, bytes });
    }
    expect(recorded(events)).toEqual(expected(made.map((one) => one.stream)));
    expect([capture.held(), capture.stats.repeated]).toEqual([0, 19]);
  });
});
