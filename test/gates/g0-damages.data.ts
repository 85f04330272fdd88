/** One damage per check of G0, each with exactly the checks it turns. */
import type { G0Config } from 'quantlaxmi/gates';
import type { BarBody, Event, EventInput, LiquidationBody } from '../../src/events/index.js';
import {
  cleanInputs,
  INST,
  nth,
  numbered,
  sessionFact,
  withBody,
  withEnvelope,
} from './session-builder.js';

export const clean = cleanInputs();
export const insert = (at: number, ...extra: EventInput[]): EventInput[] => [
  ...clean.slice(0, at),
  ...extra,
  ...clean.slice(at),
];
const without = (...places: number[]): EventInput[] =>
  clean.filter((_input, i) => !places.includes(i));
export const rxOf = (at: number): number => (clean[at] as EventInput).rx;
export const at = (t: EventInput['t'], n: number): number => nth(clean, t, n);
const gapFact = (before: number, code = 'QL_VENUE_SEQUENCE_GAP'): EventInput =>
  sessionFact(rxOf(before), { kind: 'gap', code, inst: INST, details: { lastSeq: 1 } });
/** Everything from `from` on happens `byUs` later. */
const delayed = (from: number, byUs: number): EventInput[] =>
  clean.map((input, i) => (i < from ? input : { ...input, rx: input.rx + byUs, ts: null }));
/** The n-th event of a type once more, received with the one after it. */
const again = (t: EventInput['t'], n: number): EventInput =>
  ({ ...(clean[at(t, n)] as EventInput), rx: rxOf(at(t, n + 1)) }) as EventInput;
/** Every third delta, so that ten single ones are missing. */
const TEN_MISSING = new Set(Array.from({ length: 10 }, (_, i) => 1020 + i * 30));
const crossed = { bids: [[616_020, 100]] };
const locked = { bids: [[616_010, 100]] };

/** The session with a bar and a liquidation in it. */
const withBar = (bar: Partial<BarBody>, liquidation: Partial<LiquidationBody> = {}) => {
  const rx = rxOf(at('Trade', 5));
  const head = { sv: 1, rx, ts: rx, src: 'BINANCE' } as const;
  const range = { open: 616_000, high: 616_020, low: 615_990, close: 616_010 };
  const rest = { final: true, inst: INST, intervalUs: 60_000_000, openTs: 0 };
  const sums = { trades: 3, turnover: null, volume: 12 };
  const order = { avgPrice: null, filledQty: 0, inst: INST, price: 616_000, qty: 100 };
  return insert(
    at('Trade', 5) + 1,
    { ...head, t: 'Bar', body: { ...range, ...rest, ...sums, ...bar } },
    {
      ...head,
      t: 'Liquidation',
      body: { ...order, side: 'sell', status: 'NEW', ...liquidation },
    },
  );
};

/** A fact of an account: it belongs into the log of a run. */
const cashFlow: EventInput = {
  t: 'CashFlow',
  sv: 1,
  rx: rxOf(at('Trade', 5)),
  ts: null,
  src: 'BINANCE',
  body: {
    ...{ amount: '-0.5', cause: 0, currency: 'USDT', flowId: 'f-1', inst: INST, kind: 'funding' },
    ...{ price: 616_000, qty: 100 },
  },
};

export interface Damage {
  readonly name: string;
  readonly events: readonly Event[];
  /** `[check, verdict, observed]` of every check that does not pass. */
  readonly expected: readonly (readonly [string, string, number | string])[];
  readonly universe?: readonly string[] | null;
  /** `seq` of the last event by the manifest; that of the whole session when not given. */
  readonly lastSeq?: number;
  readonly config?: Partial<G0Config>;
}

export const damages: readonly Damage[] = [
  {
    name: 'a deleted depth update, recorded as a gap',
    events: numbered(
      insert(at('BookDelta', 20), gapFact(at('BookDelta', 20))).filter(
        (input) => !(input.t === 'BookDelta' && input.body.lastSeq === 1200),
      ),
    ),
    expected: [['venue.sequence', 'fail', 1], ...unsynced(20)],
  },
  {
    name: 'a deleted depth update that the capture did not record',
    events: numbered(without(at('BookDelta', 19))),
    expected: [['venue.sequence', 'fail', 1], ['venue.gapRecorded', 'fail', 1], ...unsynced(20)],
  },
  {
    name: 'a gap fact without a hole in the deltas',
    events: numbered(insert(at('BookDelta', 20), gapFact(at('BookDelta', 20)))),
    expected: [
      ['venue.sequence', 'fail', 1],
      ['venue.gapRecorded', 'fail', 1],
    ],
  },
  {
    name: 'ten gaps of which one was recorded',
    events: numbered(
      insert(at('BookDelta', 2), gapFact(at('BookDelta', 2))).filter(
        (input) => !(input.t === 'BookDelta' && TEN_MISSING.has(input.body.lastSeq)),
      ),
    ),
    expected: [
      ['venue.sequence', 'fail', 10],
      ['venue.gapRecorded', 'fail', 9],
      // The book is lost at the first gap, behind the first delta.
      ['book.rebuild', 'warn', Math.floor((29 / 30) * 1_000_000)],
    ],
  },
  {
    name: 'two gap facts at one gap',
    events: numbered(
      insert(
        at('BookDelta', 20),
        gapFact(at('BookDelta', 20)),
        gapFact(at('BookDelta', 20)),
      ).filter((input) => !(input.t === 'BookDelta' && input.body.lastSeq === 1200)),
    ),
    expected: [['venue.sequence', 'fail', 2], ['venue.gapRecorded', 'fail', 1], ...unsynced(20)],
  },
  {
    name: 'a session cut short, whose manifest says so',
    events: numbered(clean).slice(0, 60),
    lastSeq: clean.length,
    expected: [['session.complete', 'fail', `seq 60, ${clean[59]?.t}`]],
  },
  {
    name: 'a session with events behind its end',
    events: numbered(clean),
    lastSeq: clean.length - 1,
    expected: [['session.complete', 'fail', `seq ${clean.length}, Session stop`]],
  },
  {
    name: 'a capture that never stopped',
    events: numbered(clean.slice(0, -1)),
    expected: [['session.complete', 'fail', `seq ${clean.length - 1}, Trade`]],
  },
  {
    name: 'a gap of another kind',
    events: numbered(
      insert(at('BookDelta', 20), gapFact(at('BookDelta', 20), 'QL_VENUE_TRADE_GAP')),
    ),
    expected: [['venue.sequence', 'fail', 1]],
  },
  {
    name: 'two depth updates swapped',
    events: numbered(swapBodies('BookDelta', 10)),
    expected: [
      ['venue.sequence', 'fail', 1],
      ['venue.gapRecorded', 'fail', 1],
      ...unsynced(30),
      ['venue.order', 'fail', 1],
    ],
  },
  {
    name: 'two trades swapped',
    events: numbered(swapBodies('Trade', 10)),
    expected: [['venue.order', 'fail', 1]],
  },
  {
    name: 'two quotes swapped',
    events: numbered(swapBodies('Quote', 10)),
    expected: [['venue.order', 'fail', 1]],
  },
  {
    name: 'a trade twice',
    events: numbered(insert(at('Trade', 10), again('Trade', 9))),
    expected: [['trade.duplicate', 'fail', 1]],
  },
  {
    name: 'a quote twice',
    events: numbered(insert(at('Quote', 10), again('Quote', 9))),
    expected: [['quote.duplicate', 'fail', 1]],
  },
  {
    name: 'a depth update twice',
    events: numbered(insert(at('BookDelta', 10), again('BookDelta', 9))),
    expected: [['delta.duplicate', 'fail', 1]],
  },
  {
    name: 'a missing record in the log',
    events: numbered(clean).filter((event) => event.seq !== 30),
    expected: [['seq.continuity', 'fail', 1]],
  },
  {
    name: 'a record that its schema refuses',
    events: numbered(withBody(clean, { t: 'Trade', n: 3 }, { aggressor: 'nobody' })),
    config: { schemaSampleEvery: 1 },
    expected: [['schema.validity', 'fail', 1]],
  },
  {
    name: 'a record of the engine in the session log',
    events: numbered(
      insert(10, {
        t: 'Timer',
        sv: 1,
        rx: rxOf(9),
        ts: null,
        src: 'RUNNER',
        body: { cause: 1, due: 1, id: 't' },
      }),
    ),
    expected: [['schema.validity', 'fail', 1]],
  },
  {
    name: 'a malformed message',
    events: numbered(
      insert(10, sessionFact(rxOf(9), { kind: 'malformed', code: 'QL_VENUE_NOT_JSON' })),
    ),
    expected: [['session.malformed', 'fail', 1]],
  },
  {
    name: 'malformed messages that only the last record counts',
    events: numbered(withBody(clean, { t: 'Session', n: 1 }, { details: { malformed: 7 } })),
    expected: [['session.malformed', 'fail', 7]],
  },
  {
    name: 'a message of an unknown stream',
    events: numbered(
      insert(10, sessionFact(rxOf(9), { kind: 'malformed', code: 'QL_VENUE_UNKNOWN_STREAM' })),
    ),
    expected: [['session.unknown', 'warn', 1]],
  },
  {
    name: 'a crossed quote',
    events: numbered(withBody(clean, { t: 'Quote', n: 5 }, { bid: 616_015 })),
    expected: [['quote.crossed', 'fail', 1]],
  },
  {
    name: 'a locked quote',
    events: numbered(withBody(clean, { t: 'Quote', n: 5 }, { bid: 616_010 })),
    expected: [['quote.locked', 'fail', 1]],
  },
  {
    name: 'a book crossed by its last update',
    events: numbered(withBody(clean, { t: 'BookDelta', n: 39 }, crossed)),
    expected: [['book.crossed', 'fail', 1]],
  },
  {
    name: 'a book locked by its last update',
    events: numbered(withBody(clean, { t: 'BookDelta', n: 39 }, locked)),
    expected: [['book.locked', 'fail', 1]],
  },
  {
    name: 'a snapshot that is crossed',
    events: numbered(
      withBody(clean, { t: 'BookSnapshot', n: 0 }, { bids: [[616_020, 100]] }).filter(
        (input) => input.t !== 'BookDelta',
      ),
    ),
    expected: [
      ['book.rebuild', 'notApplicable', 'no deltas'],
      ['book.crossed', 'fail', 1],
      ['silence.BookDelta', 'notApplicable', 'no such stream'],
    ],
  },
  {
    name: 'deltas without any snapshot',
    events: numbered(without(at('BookSnapshot', 0))),
    expected: [['book.rebuild', 'warn', 1_000_000]],
  },
  { name: 'a bar and a liquidation in order', events: numbered(withBar({})), expected: [] },
  {
    name: 'a bar whose high is below its close',
    events: numbered(withBar({ high: 615_990 })),
    expected: [['bar.range', 'fail', 1]],
  },
  {
    name: 'a bar and a liquidation off the tick',
    events: numbered(withBar({ open: 616_008 }, { price: 616_003 })),
    expected: [['price.tick', 'fail', 2]],
  },
  {
    name: 'a liquidation of nothing, at a price of zero',
    events: numbered(withBar({}, { price: 0, qty: 0 })),
    expected: [
      ['price.positive', 'fail', 1],
      ['qty.positive', 'fail', 1],
    ],
  },
  {
    name: 'a cash flow of the account in a session log',
    events: numbered(insert(at('Trade', 5) + 1, cashFlow)),
    expected: [['schema.validity', 'fail', 1]],
  },
  {
    name: 'a price of zero',
    events: numbered(withBody(clean, { t: 'Trade', n: 5 }, { price: 0 })),
    expected: [
      ['price.positive', 'fail', 1],
      ['trade.outsideBook', 'fail', 1],
    ],
  },
  {
    name: 'a negative price in a depth update',
    events: numbered(withBody(clean, { t: 'BookDelta', n: 5 }, { bids: [[-5, 10]] })),
    expected: [['price.positive', 'fail', 1]],
  },
  {
    name: 'a quantity of zero in a trade',
    events: numbered(withBody(clean, { t: 'Trade', n: 5 }, { qty: 0 })),
    expected: [['qty.positive', 'fail', 1]],
  },
  {
    name: 'a quantity of zero in a snapshot',
    events: numbered(
      withBody(
        clean,
        { t: 'BookSnapshot', n: 0 },
        {
          bids: [
            [616_000, 100],
            [615_995, 0],
          ],
        },
      ),
    ),
    expected: [['qty.positive', 'fail', 1]],
  },
  {
    name: 'a quoted side without quantity',
    events: numbered(withBody(clean, { t: 'Quote', n: 5 }, { bidQty: 0 })),
    expected: [['qty.positive', 'fail', 1]],
  },
  {
    name: 'a price off the tick',
    events: numbered(withBody(clean, { t: 'Trade', n: 5 }, { price: 616_008 })),
    expected: [['price.tick', 'fail', 1]],
  },
  {
    name: 'a quantity off the lot',
    events: numbered(withBody(clean, { t: 'Quote', n: 5 }, { askQty: 101 })),
    expected: [['qty.lot', 'fail', 1]],
  },
  {
    name: 'a receive time that steps back',
    events: numbered(
      withEnvelope(clean, { t: 'Session', n: 1 }, { rx: rxOf(clean.length - 1) - 100_000 }),
    ),
    expected: [['time.rxOrder', 'fail', 1]],
  },
  {
    name: 'a venue time that steps back within a stream',
    events: numbered(withEnvelope(clean, { t: 'Trade', n: 5 }, { ts: rxOf(3) - 700 })),
    expected: [['time.tsOrder', 'fail', 1]],
  },
  {
    name: 'a measured clock offset, which is no step',
    events: numbered(
      insert(10, sessionFact(rxOf(9), { kind: 'clock', code: 'QL_VENUE_CLOCK_OFFSET' })),
    ),
    expected: [],
  },
  {
    name: 'a clock step',
    events: numbered(insert(10, sessionFact(rxOf(9), { kind: 'clock', code: 'QL_CLOCK' }))),
    expected: [['time.clockSteps', 'warn', 1]],
  },
  {
    name: 'a receive clock that is behind the venue',
    events: numbered(
      clean.map((input) => ({ ...input, ts: input.ts === null ? null : input.rx + 1_270_000 })),
    ),
    expected: [['clock.skew', 'warn', -1_270_000]],
  },
  {
    name: 'the same where skew is a failure',
    events: numbered(
      clean.map((input) => ({ ...input, ts: input.ts === null ? null : input.rx + 1_270_000 })),
    ),
    config: { negativeLatencyUs: { max: 1000, over: 'fail' } },
    expected: [['clock.skew', 'fail', -1_270_000]],
  },
  {
    name: 'a feed that is two seconds late',
    events: numbered(
      clean.map((input) => ({ ...input, ts: input.ts === null ? null : input.rx - 2_000_000 })),
    ),
    expected: [['latency.median', 'warn', 2_000_000]],
  },
  {
    name: 'no venue time at all',
    events: numbered(clean.map((input) => ({ ...input, ts: null }))),
    expected: [
      ['clock.skew', 'notApplicable', 'no venue time'],
      ['latency.median', 'notApplicable', 'no venue time'],
    ],
  },
  {
    name: 'two minutes of silence in every stream',
    events: numbered(delayed(at('BookDelta', 20), 120_000_000)),
    expected: [
      ['silence.Quote', 'fail', 120_150_000],
      ['silence.BookDelta', 'fail', 120_150_000],
      ['staleness.share', 'warn', 947_892],
    ],
  },
  {
    name: 'quotes that stop a minute before the end',
    events: numbered(
      delayed(at('Trade', 39), 61_000_000).filter(
        (input) => input.t !== 'Quote' || input.body.venueSeq !== 5039,
      ),
    ),
    expected: [
      ['silence.Quote', 'fail', 61_250_000],
      ['silence.BookDelta', 'fail', 61_150_000],
      ['staleness.share', 'warn', 903_069],
    ],
  },
  {
    name: 'trades that begin six minutes after the rest',
    events: numbered(
      delayed(at('Trade', 30), 360_000_000).filter(
        (input) => input.t !== 'Trade' || Number(input.body.tradeId) >= 930,
      ),
    ),
    config: {
      silenceUs: { Trade: { max: 300_000_000, over: 'warn' } },
      stalePpm: { max: 1_000_000, over: 'warn' },
    },
    expected: [['silence.Trade', 'warn', 364_700_000]],
  },
  {
    name: 'a trade far outside the book',
    events: numbered(withBody(clean, { t: 'Trade', n: 5 }, { price: 620_000 })),
    expected: [['trade.outsideBook', 'fail', 1]],
  },
  {
    name: 'market data before its instrument',
    events: numbered(swap(1, 2)),
    expected: [['instrument.declared', 'fail', 1]],
  },
  {
    name: 'market data after the instrument has ended',
    events: numbered(
      withBody(clean, { t: 'Instrument', n: 0 }, { validTo: rxOf(clean.length - 2) }),
    ),
    expected: [['instrument.declared', 'fail', 1]],
  },
  {
    name: 'an instrument of the universe without data',
    events: numbered(clean),
    universe: [INST, 'BINANCE:USDM:ETHUSDT'],
    expected: [['instrument.coverage', 'fail', 1]],
  },
  {
    name: 'an instrument outside the universe',
    events: numbered(clean),
    universe: ['BINANCE:USDM:ETHUSDT'],
    expected: [
      ['instrument.coverage', 'fail', 1],
      ['instrument.extra', 'warn', 1],
    ],
  },
  {
    name: 'an empty universe',
    events: numbered(clean),
    universe: [],
    expected: [
      ['instrument.coverage', 'notApplicable', 'no universe'],
      ['instrument.extra', 'notApplicable', 'no universe'],
    ],
  },
  {
    name: 'no universe',
    events: numbered(clean),
    universe: null,
    expected: [
      ['instrument.coverage', 'notApplicable', 'no universe'],
      ['instrument.extra', 'notApplicable', 'no universe'],
    ],
  },
  {
    name: 'a log that was salvaged',
    events: numbered(insert(10, sessionFact(rxOf(9), { kind: 'operator', code: 'WAL_SALVAGED' }))),
    expected: [['session.salvaged', 'fail', 1]],
  },
  {
    name: 'an instrument inferred from the data',
    events: numbered(withBody(clean, { t: 'Instrument', n: 0 }, { inferred: true })),
    expected: [['instrument.inferred', 'warn', 1]],
  },
  {
    name: 'a session without market data',
    events: numbered(clean.filter((input) => input.t === 'Session' || input.t === 'Instrument')),
    expected: [
      ['session.substance', 'fail', 0],
      ['book.rebuild', 'notApplicable', 'no deltas'],
      ['clock.skew', 'notApplicable', 'no venue time'],
      ['latency.median', 'notApplicable', 'no venue time'],
      ['silence.Quote', 'notApplicable', 'no such stream'],
      ['silence.Trade', 'notApplicable', 'no such stream'],
      ['silence.BookDelta', 'notApplicable', 'no such stream'],
      ['instrument.coverage', 'fail', 1],
    ],
  },
];

/** Deltas that met a refused book: all after the one that broke the chain, in ppm of all. */
function unsynced(broken: number): (readonly [string, string, number])[] {
  const total = broken === 30 ? 40 : 39;
  const met = broken === 30 ? 30 : 20;
  return [['book.rebuild', 'warn', Math.floor((met / total) * 1_000_000)]];
}

function swap(a: number, b: number): EventInput[] {
  const out = clean.slice();
  const [x, y] = [out[a] as EventInput, out[b] as EventInput];
  out[a] = { ...y, rx: x.rx, ts: null } as EventInput;
  out[b] = { ...x, rx: y.rx, ts: null } as EventInput;
  return out;
}

/** Bodies of the n-th and the next event of a type change places, envelopes stay. */
function swapBodies(t: EventInput['t'], n: number): EventInput[] {
  const out = clean.slice();
  const [a, b] = [at(t, n), at(t, n + 1)];
  const [x, y] = [out[a] as EventInput, out[b] as EventInput];
  out[a] = { ...x, body: y.body } as EventInput;
  out[b] = { ...y, body: x.body } as EventInput;
  return out;
}
