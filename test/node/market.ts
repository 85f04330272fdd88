import { riskPolicy, maxNotional, maxPosition, quoteAge } from 'quantlaxmi/risk';
import type { EventInput, InstrumentBody } from 'quantlaxmi/events';
import { createRng, streamIdOf } from 'quantlaxmi/core';
import { constantLatency, makerTakerFees, simVenue } from 'quantlaxmi/sim';
import type { Venue } from 'quantlaxmi/execution';
import { defineStrategy, marketOrder, limitOrder } from 'quantlaxmi/strategy';

export const INST = 'TEST:SPOT:AAABBB';
const T0 = 1_700_000_000_000_000;

export const instrument: InstrumentBody = {
  base: 'AAA',
  class: 'spot',
  expiry: null,
  inferred: false,
  instrumentId: INST,
  inverse: false,
  lot: 1,
  maxQty: 1_000_000,
  minNotional: null,
  minQty: 1,
  multiplier: '1',
  priceExponent: -2,
  qtyExponent: -3,
  quote: 'BBB',
  right: null,
  segment: 'SPOT',
  settle: 'BBB',
  status: 'trading',
  strike: null,
  symbol: 'AAABBB',
  tick: 1,
  validTo: null,
  venue: 'TEST',
};

/** A small market: instrument, then quotes and trades of a random walk. */
export function* marketEvents(count: number, seed = 7n): Generator<EventInput> {
  const rng = createRng(seed, streamIdOf('test-market'));
  let mid = 10_000;
  let rx = T0;
  const head = (src: string) => ({ sv: 1, rx, ts: rx - 1000, src });
  yield {
    ...head('TEST'),
    t: 'Session',
    body: { code: '', details: {}, inst: null, kind: 'start' },
  };
  yield { ...head('TEST'), t: 'Instrument', body: instrument };
  for (let i = 0; i < count; i += 1) {
    rx += 1 + rng.below(5000);
    mid += rng.below(5) - 2;
    if (i % 3 === 2) {
      yield {
        ...head('TEST'),
        t: 'Trade',
        body: {
          aggressor: rng.below(2) === 0 ? 'buy' : 'sell',
          inst: INST,
          price: mid,
          qty: 1 + rng.below(50),
          tradeId: String(i),
          venueSeq: null,
        },
      };
      continue;
    }
    const quote = {
      ask: mid + 1,
      askQty: 10 + rng.below(90),
      bid: mid - 1,
      bidQty: 10 + rng.below(90),
      inst: INST,
      venueSeq: i,
    };
    yield { ...head('TEST'), t: 'Quote', body: quote };
  }
}

interface State {
  readonly last: number;
  readonly n: number;
}

/** Buys a rise, sells a fall, now and then at random; `edge` is the constant to change. */
export const momentum = (edge = 1, version = '1.0.0') =>
  defineStrategy<State, { readonly qty: number }>({
    id: 'momentum',
    version,
    parseConfig: (raw) => ({ qty: (raw as { qty: number }).qty }),
    init: () => ({ last: 0, n: 0 }),
    onEvent: (state, event, ctx) => {
      if (event.t !== 'Quote' || event.body.bid === null) return null;
      const move = state.last === 0 ? 0 : event.body.bid - state.last;
      const n = state.n + 1;
      const next = { last: event.body.bid, n };
      const common = { inst: INST, intentId: `i${n}`, qty: ctx.config.qty };
      if (move > edge) {
        return {
          state: next,
          features: { move },
          intents: [marketOrder({ ...common, side: 'buy' })],
        };
      }
      if (move < -edge) {
        const price = event.body.bid;
        return {
          state: next,
          features: { move },
          intents: [limitOrder({ ...common, side: 'sell', price })],
          timers: [{ id: `t${n}`, dueUs: ctx.nowUs + 7000 }],
        };
      }
      return ctx.rng.below(50) === 0 ? { state: next, decide: true } : { state: next };
    },
  });

export const risk = () =>
  riskPolicy({
    checks: [
      maxNotional({ notionalMax: { BBB: '100000' } }),
      maxPosition({ qtyMax: { [INST]: '1' } }),
      quoteAge({ ageMaxUs: 1_000_000 }),
    ],
  });

export const venue = (): Venue =>
  simVenue({
    latency: constantLatency({ entryUs: 1500, responseUs: 1000 }),
    fees: makerTakerFees({ makerPpm: 200, takerPpm: 500, feeExponent: -8 }),
  });
