/**
 * All the parts of a paper run wired by hand, in memory: no files, no network, no clock.
 *
 *     npx tsx examples/paper-in-memory.ts
 *
 * A seeded random walk stands in for the recording; a bot would push the batches of a session log.
 */
import { createRng, streamIdOf } from 'quantlaxmi/core';
import type { Event, EventInput, InstrumentBody } from 'quantlaxmi/events';
import { maxNotional, maxOrderRate, maxPosition, quoteAge, riskPolicy } from 'quantlaxmi/risk';
import { constantLatency, makerTakerFees, simVenue } from 'quantlaxmi/sim';
import { createRunner, createStep } from 'quantlaxmi/strategy';
import imbalance from './imbalance.js';

const inst = 'BINANCE:USDM:BTCUSDT';

const instrument: InstrumentBody = {
  base: 'BTC',
  class: 'perp',
  expiry: null,
  inferred: false,
  instrumentId: inst,
  inverse: false,
  lot: 1,
  maxQty: 1_000_000,
  minNotional: '5',
  minQty: 1,
  multiplier: '1',
  priceExponent: -1,
  qtyExponent: -3,
  quote: 'USDT',
  right: null,
  segment: 'USDM',
  settle: 'USDT',
  status: 'trading',
  strike: null,
  symbol: 'BTCUSDT',
  tick: 1,
  validTo: null,
  venue: 'BINANCE',
};

/** A session: the instrument, then quotes of a random walk every 20 ms. */
export function session(quotes: number): Event[] {
  const rng = createRng(7n, streamIdOf('example/walk'));
  const envelope = { sv: 1, ts: null, src: 'BINANCE' } as const;
  const startUs = 1_723_075_200_000_000;
  const events: Event[] = [{ ...envelope, t: 'Instrument', rx: startUs, seq: 1, body: instrument }];
  let bid = 616_597;
  for (let i = 1; i <= quotes; i += 1) {
    const up = rng.below(100);
    bid += up < 20 ? -1 : up >= 80 ? 1 : 0;
    const body = {
      ask: bid + 1,
      askQty: 1 + rng.below(5_000),
      bid,
      bidQty: 1 + rng.below(5_000),
      inst,
      venueSeq: i,
    };
    events.push({ ...envelope, t: 'Quote', rx: startUs + i * 20_000, seq: i + 1, body });
  }
  return events;
}

/** Everything the run is a function of, besides the session. */
export const parts = {
  strategy: imbalance,
  config: { inst, qty: '0.010', style: 'taker', enterPpm: 800_000 },
  risk: riskPolicy({
    checks: [
      maxNotional({ notionalMax: { USDT: '5000' } }),
      maxPosition({ qtyMax: { [inst]: '0.05' } }),
      quoteAge({ ageMaxUs: 1_000_000 }),
      maxOrderRate({ orders: 10, perUs: 1_000_000 }),
    ],
  }),
  runId: 'paper-in-memory',
  seed: 42n,
  cash: { USDT: '1000' },
};

/** A log that keeps its records: enough for a test or a notebook. */
export function memoryLog() {
  const records: EventInput[] = [];
  return {
    records,
    append: (record: EventInput) => records.push(record),
    durable: async () => {},
  };
}

export async function paper(events: readonly Event[]) {
  const log = memoryLog();
  const venue = simVenue({
    latency: constantLatency({ entryUs: 3_000, responseUs: 2_000 }),
    fees: makerTakerFees({ makerPpm: 200, takerPpm: 500, feeExponent: -8 }),
  });
  const runner = createRunner({ ...parts, venue, log });
  for (let from = 0; from < events.length; from += 100) {
    await runner.push(events.slice(from, from + 100));
  }
  const summary = await runner.finish();
  return { summary, records: log.records, portfolio: runner.step.portfolio() };
}

/** The session event after which a record was made; Session records keep it in their details. */
function causeOf(record: EventInput): unknown {
  if (record.t === 'Session') return record.body.details['cause'];
  return 'cause' in record.body ? record.body.cause : undefined;
}

/** The same step over the session and the recorded venue facts: it must decide the same again. */
export function decideAgain(events: readonly Event[], records: readonly EventInput[]) {
  const step = createStep(parts);
  const facts = records.filter((record) => record.src !== 'RUNNER');
  const again: EventInput[] = [];
  let next = 0;
  const inject = (cause: number) => {
    for (let fact = facts[next]; fact !== undefined; fact = facts[next]) {
      if (causeOf(fact) !== cause) return;
      again.push(...step.onVenue(fact));
      next += 1;
    }
  };
  for (const event of events) {
    again.push(...step.onInput(event));
    inject(event.seq);
  }
  return { records: again, stateHash: step.stateHash() };
}

const events = session(20_000);
const { summary, records, portfolio } = await paper(events);
const again = decideAgain(events, records);
const same = again.stateHash === summary.stateHash;
console.log(`decisions ${summary.decisions}, orders ${summary.orders}, fills ${summary.fills}`);
console.log(`cash ${portfolio.snapshot().cash['USDT']} USDT`);
console.log(`trace ${summary.traceHash}`);
console.log(`decided again: ${same ? 'the same, byte for byte' : 'DIFFERENT'}`);
if (!same) process.exitCode = 1;
