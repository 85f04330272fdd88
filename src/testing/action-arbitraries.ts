/**
 * fast-check arbitraries for strategies, risk and venues: consistent market sessions, sound and
 * unsound intents, fills.
 * @module
 */
import fc from 'fast-check';
import type {
  EventInput,
  FillBody,
  InstrumentBody,
  IntentBody,
  Level,
  Event as LoggedEvent,
} from '../events/index.js';

/** An instrument for tests: a linear perpetual with tick 1, lot 1 and no surprises. */
export function testInstrument(part: Partial<InstrumentBody> = {}): InstrumentBody {
  return {
    base: 'BTC',
    class: 'perp',
    expiry: null,
    inferred: false,
    instrumentId: 'SIM:X:BTCUSDT',
    inverse: false,
    lot: 1,
    maxQty: 1_000_000,
    minNotional: null,
    minQty: 1,
    multiplier: '1',
    priceExponent: -1,
    qtyExponent: -3,
    quote: 'USDT',
    right: null,
    segment: 'X',
    settle: 'USDT',
    status: 'trading',
    strike: null,
    symbol: 'BTCUSDT',
    tick: 1,
    validTo: null,
    venue: 'SIM',
    ...part,
  };
}

/** Numbers the events of a session and gives each its envelope; times must not step back. */
export function sessionOf(
  facts: readonly (Pick<EventInput, 't' | 'body'> & { readonly rx: number })[],
): LoggedEvent[] {
  return facts.map(
    (fact, i) => ({ sv: 1, ts: null, src: 'SIM', ...fact, seq: i + 1 }) as LoggedEvent,
  );
}

interface Move {
  readonly kind: 'quote' | 'trade' | 'snapshot' | 'delta';
  readonly waitUs: number;
  readonly step: number;
  readonly spread: number;
  readonly sizes: readonly number[];
  readonly aggressor: 'buy' | 'sell';
}

const START_US = 1_704_067_200_000_000;
const LEVELS = 4;

function moveArbitrary(): fc.Arbitrary<Move> {
  return fc.record(
    {
      kind: fc.constantFrom('quote', 'quote', 'trade', 'snapshot', 'delta'),
      waitUs: fc.oneof(fc.constantFrom(0, 1), fc.integer({ min: 0, max: 20_000 })),
      step: fc.integer({ min: -3, max: 3 }),
      spread: fc.integer({ min: 1, max: 3 }),
      sizes: fc.array(fc.integer({ min: 1, max: 50 }), {
        minLength: 2 * LEVELS,
        maxLength: 2 * LEVELS,
      }),
      aggressor: fc.constantFrom('buy', 'sell'),
    },
    { noNullPrototype: true },
  );
}

function ladder(best: number, direction: 1 | -1, sizes: readonly number[]): Level[] {
  return sizes.map((size, i) => [best + direction * i, size]);
}

/** Market data around a walking mid, with one sequence of venue numbers for quotes and books. */
function factsOf(instrument: InstrumentBody, moves: readonly Move[]) {
  const inst = instrument.instrumentId;
  const facts: (Pick<EventInput, 't' | 'body'> & { readonly rx: number })[] = [
    { t: 'Instrument', rx: START_US, body: instrument },
  ];
  let rx = START_US;
  let bid = 1_000;
  let venueSeq = 100;
  let synced = false;
  for (const { aggressor, kind, sizes, spread, step, waitUs } of moves) {
    rx += waitUs;
    // A delta only changes sizes: a moved book comes as a snapshot, so that it is never crossed.
    if (kind !== 'delta') bid = Math.max(20, bid + step);
    const ask = bid + spread;
    const [bidQty = 1, askQty = 1] = sizes;
    const bids = ladder(bid, -1, sizes.slice(0, LEVELS));
    const asks = ladder(ask, 1, sizes.slice(LEVELS));
    venueSeq += 1;
    if (kind === 'quote') {
      facts.push({ t: 'Quote', rx, body: { ask, askQty, bid, bidQty, inst, venueSeq } });
    } else if (kind === 'trade') {
      const price = aggressor === 'buy' ? ask : bid;
      const body = { aggressor, inst, price, qty: askQty, tradeId: String(venueSeq), venueSeq };
      facts.push({ t: 'Trade', rx, body });
    } else if (kind === 'snapshot' || !synced) {
      facts.push({ t: 'BookSnapshot', rx, body: { asks, bids, inst, venueSeq } });
      synced = true;
    } else {
      const { length } = facts;
      const last = facts.findLast((fact) => fact.t === 'BookSnapshot')?.body as {
        readonly asks: readonly Level[];
        readonly bids: readonly Level[];
      };
      const resize = (levels: readonly Level[], from: number): Level[] =>
        levels.map(([price], i) => [price, sizes[from + i] ?? 1]);
      const body = {
        asks: resize(last.asks, LEVELS),
        bids: resize(last.bids, 0),
        firstSeq: venueSeq,
        inst,
        lastSeq: venueSeq,
        prevSeq: null,
      };
      // Sequence numbers of the book run on; quotes and trades between them take part in it.
      facts[length] = { t: 'BookDelta', rx, body: { ...body, firstSeq: 1 } };
    }
  }
  return facts;
}

/**
 * Sessions of one instrument: its declaration, then quotes, trades, snapshots and deltas around a
 * walking price, some at the same microsecond. Books are never crossed and never out of sequence.
 *
 * @param options - `instrument`; `lengthMax`: most market events, 60 by default
 * @example
 * ```ts
 * import fc from 'fast-check';
 * import { sessionArbitrary } from 'quantlaxmi/testing';
 *
 * const [session] = fc.sample(sessionArbitrary(), 1);
 * session?.[0]?.t;
 * // => 'Instrument'
 * ```
 */
export function sessionArbitrary(
  options: { readonly instrument?: InstrumentBody; readonly lengthMax?: number } = {},
): fc.Arbitrary<LoggedEvent[]> {
  const instrument = options.instrument ?? testInstrument();
  return fc
    .array(moveArbitrary(), { maxLength: options.lengthMax ?? 60 })
    .map((moves) => sessionOf(factsOf(instrument, moves)));
}

/** Well-formed new orders of an instrument, near a price. */
export function placeIntentArbitrary(
  options: { readonly inst?: string; readonly price?: number; readonly qtyMax?: number } = {},
): fc.Arbitrary<IntentBody> {
  const price = options.price ?? 1_000;
  return fc
    .record(
      {
        intentId: fc.uuid(),
        price: fc.integer({ min: price - 5, max: price + 5 }),
        qty: fc.integer({ min: 1, max: options.qtyMax ?? 40 }),
        reduceOnly: fc.boolean(),
        side: fc.constantFrom('buy' as const, 'sell' as const),
        tif: fc.constantFrom('gtc' as const, 'ioc' as const, 'fok' as const, 'gtx' as const),
        type: fc.constantFrom('limit' as const, 'limit' as const, 'market' as const),
      },
      { noNullPrototype: true },
    )
    .map((parts) => {
      const market = parts.type === 'market';
      return {
        action: 'place',
        inst: options.inst ?? 'SIM:X:BTCUSDT',
        ...parts,
        price: market ? null : parts.price,
        tif: market && parts.tif === 'gtx' ? 'ioc' : parts.tif,
      };
    });
}

/**
 * What a broken strategy might return as an intent: a sound one with one field made NaN, a
 * fraction, an infinity, a wrong word, text that is no Unicode, missing or unknown; or no object.
 */
export function brokenIntentArbitrary(): fc.Arbitrary<unknown> {
  const junk: fc.Arbitrary<unknown> = fc.constantFrom<unknown>(
    Number.NaN,
    Number.POSITIVE_INFINITY,
    0.5,
    -0,
    Number.MAX_SAFE_INTEGER + 1,
    '\ud800',
    '',
    undefined,
    {},
    [],
    'BUY',
    10n,
  );
  const fields = [
    'action',
    'inst',
    'intentId',
    'price',
    'qty',
    'reduceOnly',
    'side',
    'tif',
    'type',
  ];
  const spoiled = fc
    .tuple(placeIntentArbitrary(), fc.constantFrom(...fields, 'stopPrice'), junk)
    .map(([intent, field, value]) => ({ ...intent, [field]: value }));
  return fc.oneof({ weight: 8, arbitrary: spoiled }, { weight: 1, arbitrary: junk });
}

/** Executions of one instrument, with fees and rebates. */
export function fillArbitrary(inst = 'SIM:X:BTCUSDT'): fc.Arbitrary<FillBody> {
  return fc.record(
    {
      cause: fc.constant(1),
      fee: fc.integer({ min: -1_000, max: 1_000_000 }),
      feeCurrency: fc.constantFrom('USDT', 'BNB'),
      feeExponent: fc.constantFrom(-8, -4),
      fillId: fc.uuid(),
      inst: fc.constant(inst),
      liquidity: fc.constantFrom('maker', 'taker'),
      orderId: fc.constant('o-1'),
      price: fc.integer({ min: 1, max: 1_000_000 }),
      qty: fc.oneof(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 1_000_000_000 })),
      side: fc.constantFrom('buy', 'sell'),
    },
    { noNullPrototype: true },
  );
}
