/**
 * fast-check arbitraries for every event type: each value is accepted by the schema, and the edges
 * of the format (nulls, empty lists, 2^53-1, escapes, astral characters, integer-like keys) are
 * drawn often.
 * @module
 */

import fc from 'fast-check';
import type {
  EventBodies,
  EventInputOf,
  EventOf,
  EventType,
  Event as LoggedEvent,
} from '../events/index.js';
import { EVENT_TYPES, SCHEMA_VERSIONS } from '../events/index.js';

const MAX = Number.MAX_SAFE_INTEGER;
const US_2024 = 1_704_067_200_000_000;

const int = (): fc.Arbitrary<number> =>
  fc.oneof(
    fc.integer({ min: -1_000, max: 1_000_000 }),
    fc.maxSafeInteger().map((n) => (n === 0 ? 0 : n)),
    fc.constantFrom(0, -1, 999_999_999, 1_000_000_000, 100_000_000, 99_999_999, MAX, -MAX),
  );
const natural = (): fc.Arbitrary<number> =>
  fc.oneof(
    fc.integer({ min: 0, max: 1_000_000 }),
    fc.maxSafeNat(),
    fc.constantFrom(0, 9, 10, 999_999_999, 1_000_000_000, 10_000_000_000_000, MAX),
  );
const positive = (): fc.Arbitrary<number> => fc.oneof(fc.integer({ min: 1, max: 1_000 }), big());
const big = (): fc.Arbitrary<number> => fc.integer({ min: 1, max: MAX });
const exponent = (): fc.Arbitrary<number> => fc.integer({ min: -18, max: 18 });
/** Records with the usual prototype, as the decoder makes them. */
const record = <T>(fields: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> =>
  fc.record<T>(fields, { noNullPrototype: true });
const orNull = <T>(of: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(of, { nil: null });

/** Well-formed Unicode with the characters that need care: quotes, controls, DEL, astral. */
const text = (): fc.Arbitrary<string> =>
  fc.oneof(
    { weight: 4, arbitrary: fc.stringMatching(/^[A-Za-z0-9:_.-]{0,24}$/) },
    { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 12 }) },
    {
      weight: 1,
      arbitrary: fc.constantFrom(
        '"',
        '\\',
        '\u0000',
        '\b\t\n\f\r',
        '\u001f\u007f',
        '\ufeff',
        '₹ 𝄞',
      ),
    },
  );
const name = (): fc.Arbitrary<string> => text().map((value) => (value === '' ? 'x' : value));
const decimal = (): fc.Arbitrary<string> =>
  fc.oneof(
    fc.constantFrom('0', '-0', '1', '0.001', '-12.50'),
    fc.tuple(int(), fc.stringMatching(/^[0-9]{1,9}$/)).map(([whole, part]) => `${whole}.${part}`),
  );
const hex64 = (): fc.Arbitrary<string> => fc.stringMatching(/^[0-9a-f]{64}$/);
const FORBIDDEN = new Set(['__proto__', 'constructor', 'prototype']);
const key = (): fc.Arbitrary<string> =>
  fc
    .oneof(text(), fc.constantFrom('1', '10', '2', 'ﬀ', '𝄞', 'toString'))
    .filter((k) => !FORBIDDEN.has(k));
const map = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<Record<string, T>> =>
  fc
    .uniqueArray(fc.tuple(key(), value), { selector: ([k]) => k, maxLength: 5 })
    .map((entries) => Object.fromEntries(entries));
const numbersOrTexts = (): fc.Arbitrary<Record<string, number | string>> =>
  map(fc.oneof<fc.Arbitrary<number | string>[]>(int(), text()));
const levels = (): fc.Arbitrary<(readonly [number, number])[]> =>
  fc.array(fc.tuple(int(), natural()), { maxLength: 6 });
const side = (): fc.Arbitrary<'buy' | 'sell'> => fc.constantFrom('buy', 'sell');
const tif = (): fc.Arbitrary<'gtc' | 'ioc' | 'fok' | 'gtx'> =>
  fc.constantFrom('gtc', 'ioc', 'fok', 'gtx');
const orderKind = (): fc.Arbitrary<'limit' | 'market'> => fc.constantFrom('limit', 'market');

type BodyArbitraries = { readonly [T in EventType]: () => fc.Arbitrary<EventBodies[T]> };

const BODIES: BodyArbitraries = {
  Session: () =>
    record({
      code: text(),
      details: numbersOrTexts(),
      inst: orNull(name()),
      kind: fc.constantFrom(
        'start',
        'stop',
        'connected',
        'disconnected',
        'gap',
        'resync',
        'malformed',
        'clock',
        'recovered',
        'config',
        'killSwitch',
        'ladder',
        'operator',
      ),
    }),
  Timer: () => record({ cause: natural(), due: natural(), id: name() }),
  Instrument: () =>
    record({
      base: text(),
      class: fc.constantFrom('spot', 'perp', 'future', 'option', 'equity', 'index'),
      expiry: orNull(natural()),
      inferred: fc.boolean(),
      instrumentId: name(),
      inverse: fc.boolean(),
      lot: positive(),
      maxQty: orNull(natural()),
      minNotional: orNull(decimal()),
      minQty: natural(),
      multiplier: decimal(),
      priceExponent: exponent(),
      qtyExponent: exponent(),
      quote: text(),
      right: fc.constantFrom('call', 'put', null),
      segment: text(),
      settle: text(),
      status: fc.constantFrom('trading', 'halted', 'closed', 'unknown'),
      strike: orNull(int()),
      symbol: name(),
      tick: positive(),
      validTo: orNull(natural()),
      venue: name(),
    }),
  Quote: () =>
    record({
      ask: orNull(int()),
      askQty: natural(),
      bid: orNull(int()),
      bidQty: natural(),
      inst: name(),
      venueSeq: orNull(int()),
    }),
  Trade: () =>
    record({
      aggressor: fc.constantFrom('buy', 'sell', 'unknown'),
      inst: name(),
      price: int(),
      qty: natural(),
      tradeId: text(),
      venueSeq: orNull(int()),
    }),
  BookSnapshot: () => record({ asks: levels(), bids: levels(), inst: name(), venueSeq: int() }),
  BookDelta: () =>
    record({
      asks: levels(),
      bids: levels(),
      firstSeq: int(),
      inst: name(),
      lastSeq: int(),
      prevSeq: orNull(int()),
    }),
  Funding: () =>
    record({
      index: orNull(int()),
      inst: name(),
      intervalUs: orNull(natural()),
      mark: int(),
      nextFundingTs: orNull(natural()),
      rateE8: int(),
    }),
  Stats: () =>
    record({
      close: orNull(int()),
      high: orNull(int()),
      inst: name(),
      last: orNull(int()),
      low: orNull(int()),
      open: orNull(int()),
      openInterest: orNull(natural()),
      turnover: orNull(decimal()),
      volume: orNull(natural()),
    }),
  Bar: () =>
    record({
      close: int(),
      final: fc.boolean(),
      high: int(),
      inst: name(),
      intervalUs: positive(),
      low: int(),
      open: int(),
      openTs: natural(),
      trades: orNull(natural()),
      turnover: orNull(decimal()),
      volume: natural(),
    }),
  Liquidation: () =>
    record({
      avgPrice: orNull(int()),
      filledQty: natural(),
      inst: name(),
      price: int(),
      qty: natural(),
      side: side(),
      status: text(),
    }),
  Feature: () =>
    record({
      cause: natural(),
      hash: hex64(),
      id: name(),
      inst: name(),
      values: numbersOrTexts(),
    }),
  Regime: () =>
    record({
      cause: natural(),
      inst: name(),
      liquidity: text(),
      profile: text(),
      sinceSeq: natural(),
      trend: text(),
      volatility: text(),
    }),
  Decision: () =>
    record({
      cause: natural(),
      decisionId: name(),
      features: numbersOrTexts(),
      intents: fc.array(intent(), { maxLength: 3 }),
      profile: text(),
      regime: text(),
      strategyId: text(),
    }),
  Risk: () =>
    record({
      cause: natural(),
      checks: fc.array(
        record({ code: text(), id: name(), limit: text(), observed: text(), ok: fc.boolean() }),
        { maxLength: 3 },
      ),
      decisionId: text(),
      intentId: text(),
      ladder: fc.constantFrom('normal', 'warn', 'throttle', 'halt'),
      riskDecisionId: name(),
      verdict: fc.constantFrom('allow', 'reduce', 'throttle', 'reject', 'halt'),
    }),
  Order: () =>
    record({
      cause: natural(),
      clientOrderId: text(),
      inst: name(),
      orderId: name(),
      price: orNull(int()),
      qty: natural(),
      reason: text(),
      remaining: natural(),
      riskDecisionId: text(),
      side: side(),
      state: fc.constantFrom(
        'intent',
        'approved',
        'submitted',
        'acked',
        'partiallyFilled',
        'filled',
        'amendRequested',
        'cancelRequested',
        'cancelled',
        'rejected',
        'expired',
        'unknown',
      ),
      tif: tif(),
      type: orderKind(),
      venueOrderId: text(),
    }),
  Fill: () =>
    record({
      cause: natural(),
      fee: int(),
      feeCurrency: text(),
      feeExponent: exponent(),
      fillId: name(),
      inst: name(),
      liquidity: fc.constantFrom('maker', 'taker'),
      orderId: text(),
      price: int(),
      qty: natural(),
      side: side(),
    }),
  Account: () =>
    record({
      account: text(),
      balances: fc.array(record({ currency: name(), free: decimal(), total: decimal() }), {
        maxLength: 3,
      }),
      cause: natural(),
      margin: map(text()),
      positions: fc.array(record({ entryPrice: decimal(), inst: name(), qty: decimal() }), {
        maxLength: 3,
      }),
    }),
  CashFlow: () =>
    record({
      amount: decimal(),
      cause: natural(),
      currency: name(),
      flowId: name(),
      inst: orNull(name()),
      kind: fc.constantFrom(
        'funding',
        'dividend',
        'settlement',
        'interest',
        'transfer',
        'fee',
        'rebate',
      ),
      price: orNull(int()),
      qty: orNull(int()),
    }),
};

function intent(): fc.Arbitrary<EventBodies['Decision']['intents'][number]> {
  return record({
    action: fc.constantFrom('place', 'cancel', 'amend'),
    inst: name(),
    intentId: name(),
    price: orNull(int()),
    qty: natural(),
    reduceOnly: fc.boolean(),
    side: side(),
    tif: tif(),
    type: orderKind(),
  });
}

/**
 * Events of one type as they are before the log numbers them.
 *
 * @param t - event type
 * @example
 * ```ts
 * import fc from 'fast-check';
 * import { eventInputArbitrary } from 'quantlaxmi/testing';
 *
 * fc.sample(eventInputArbitrary('Quote'), 1)[0]?.t; // => 'Quote'
 * ```
 */
export function eventInputArbitrary<T extends EventType>(t: T): fc.Arbitrary<EventInputOf<T>> {
  const time = fc.oneof(fc.integer({ min: US_2024, max: US_2024 * 1.2 }), natural());
  const body: fc.Arbitrary<EventBodies[T]> = BODIES[t]();
  return record({
    t: fc.constant(t),
    sv: fc.constant(SCHEMA_VERSIONS[t]),
    rx: time,
    ts: orNull(time),
    src: fc.oneof(fc.constantFrom('BINANCE', 'SIM', 'RUNNER'), name()),
    body,
  });
}

/**
 * Logged events of one type.
 *
 * @param t - event type
 * @example
 * ```ts
 * import fc from 'fast-check';
 * import { decodeEvent, createEncoder } from 'quantlaxmi/events';
 * import { eventArbitrary } from 'quantlaxmi/testing';
 *
 * fc.assert(
 *   fc.property(eventArbitrary('Trade'), (event) => {
 *     const line = createEncoder(256).encode(event, event.seq);
 *     return decodeEvent(line, 0, line.length)?.seq === event.seq;
 *   }),
 * );
 * ```
 */
export function eventArbitrary<T extends EventType>(t: T): fc.Arbitrary<EventOf<T>> {
  return fc.tuple(positive(), eventInputArbitrary(t)).map(([seq, event]) => ({ seq, ...event }));
}

/**
 * Logged events of any type.
 *
 * @example
 * ```ts
 * import fc from 'fast-check';
 * import { anyEventArbitrary } from 'quantlaxmi/testing';
 *
 * fc.sample(anyEventArbitrary(), 5).length; // => 5
 * ```
 */
export function anyEventArbitrary(): fc.Arbitrary<LoggedEvent> {
  return fc.oneof(...EVENT_TYPES.map((t) => eventArbitrary(t) as fc.Arbitrary<LoggedEvent>));
}
