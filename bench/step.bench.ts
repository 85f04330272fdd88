/**
 * The step and the runner around it, against `JSON.parse` of the very same session events.
 *
 *     npx tsx bench/step.bench.ts
 *
 * Prints events per second of process CPU time (best of the rounds) and the ratio to the baseline
 * of the same process; the ratio is the figure to trust, the machine is not.
 * @module
 */
import { encodeEventJson, type Event, type EventInput } from '../src/events/index.js';
import type { Venue } from '../src/execution/index.js';
import { nodeSha256 } from '../src/node/index.js';
import {
  evaluateIntent,
  maxNotional,
  maxOrderRate,
  maxPosition,
  quoteAge,
  type RiskView,
  riskPolicy,
  UNKNOWN_VIEW,
  sanitizeIntent,
} from '../src/risk/index.js';
import { constantLatency, makerTakerFees, simVenue } from '../src/sim/index.js';
import { createRunner, createStep, defineStrategy, limitOrder } from '../src/strategy/index.js';
import { sessionOf, testInstrument } from '../src/testing/index.js';

const EVENTS = 5_000;
const ROUNDS = 5;
const inst = testInstrument().instrumentId;

/** Quotes of a calm market, one every 100 µs, and a snapshot to begin with. */
function session(): Event[] {
  const levels = (best: number, by: number) =>
    Array.from({ length: 20 }, (_, i) => [best + i * by, 100 + i] as const);
  const snapshot = { asks: levels(1_001, 1), bids: levels(1_000, -1), inst, venueSeq: 1 };
  const quotes = Array.from({ length: EVENTS }, (_, i) => {
    const sizes = { askQty: 100 + (i % 37), bidQty: 100 + (i % 41) };
    const body = { ask: 1_001, bid: 1_000, inst, venueSeq: 2 + i, ...sizes };
    return { t: 'Quote' as const, rx: 1_000 + i * 100, body };
  });
  return sessionOf([
    { t: 'Instrument', rx: 0, body: testInstrument() },
    { t: 'BookSnapshot', rx: 1, body: snapshot },
    ...quotes,
  ]);
}

const policy = riskPolicy({
  checks: [
    maxNotional({ notionalMax: { USDT: '1000000' } }),
    maxPosition({ qtyMax: { [inst]: '1000' } }),
    quoteAge({ ageMaxUs: 1_000_000 }),
    maxOrderRate({ orders: 1_000_000, perUs: 1_000 }),
  ],
});

/** Wants one order per `every` quotes, turning side each time, so that it stays near flat. */
const trader = (every: number) =>
  defineStrategy<number, null>({
    id: 'bench',
    version: '1',
    parseConfig: () => null,
    init: () => 0,
    onEvent: (n, event) => {
      if (event.t !== 'Quote') return null;
      const state = n + 1;
      if (state % every !== 0) return { state };
      const buying = (state / every) % 2 === 1;
      const price = buying ? event.body.ask : event.body.bid;
      if (price === null) return { state };
      const side = buying ? 'buy' : 'sell';
      const parts = { inst, intentId: `i${state}`, qty: 1, tif: 'ioc' } as const;
      return { state, intents: [limitOrder({ ...parts, price, side })], features: { state } };
    },
  });

const optionsOf = (every: number) => ({
  strategy: trader(every),
  config: null,
  risk: policy,
  runId: 'bench',
  seed: 1n,
});

/** Least CPU seconds over the rounds: other work on the machine only adds. */
async function seconds(run: () => unknown): Promise<number> {
  let least = Number.POSITIVE_INFINITY;
  for (let i = 0; i < ROUNDS; i += 1) {
    const from = process.cpuUsage();
    await run();
    const { user, system } = process.cpuUsage(from);
    least = Math.min(least, (user + system) / 1e6);
  }
  return least;
}

const events = session();
const lines = events.map((event) => encodeEventJson(event));
let sink = 0;

function parseAll(): void {
  for (const line of lines) sink += (JSON.parse(line) as { seq: number }).seq;
}

function stepAll(): void {
  const step = createStep(optionsOf(1_000_000));
  for (const event of events) sink += step.onInput(event).length;
}

async function runAll(every: number): Promise<void> {
  let seq = 0;
  const log = { append: (_: EventInput) => (seq += 1), durable: async () => {} };
  const runner = createRunner({ ...optionsOf(every), venue: sim(), log, hasher: nodeSha256 });
  for (let from = 0; from < events.length; from += 256) {
    await runner.push(events.slice(from, from + 256));
  }
  sink += (await runner.finish()).fills;
}

const sim = (): Venue =>
  simVenue({
    latency: constantLatency({ entryUs: 30, responseUs: 20 }),
    fees: makerTakerFees({ makerPpm: 200, takerPpm: 500, feeExponent: -8 }),
  });

function evaluateAll(): void {
  const instrument = testInstrument();
  const touch = { ask: 1_001, askQty: 100, bid: 1_000, bidQty: 100, rx: 0 };
  const working = { buyQty: 3, sellQty: 4 };
  const view: RiskView = {
    ...UNKNOWN_VIEW,
    log: 'ok',
    reconcile: 'none',
    nowUs: 10,
    killSwitch: 'released',
    halted: '',
    memory: {},
    instrument: () => instrument,
    touch: () => touch,
    bookState: () => 'synced',
    sweepPrice: () => 1_001,
    position: () => 5,
    working: () => working,
    order: () => null,
  };
  const ids = { clientOrderId: 'c', decisionId: 'd', orderId: 'o', riskDecisionId: 'r' };
  const raw = limitOrder({ inst, intentId: 'i', price: 1_001, qty: 1, side: 'buy' });
  for (let i = 0; i < EVENTS; i += 1) {
    sink += evaluateIntent(policy, { ...sanitizeIntent(raw), ...ids }, view).checks.length;
  }
}

const rows: [name: string, run: () => unknown][] = [
  ['JSON.parse of the same lines (baseline)', parseAll],
  ['step, strategy called, no decision', stepAll],
  ['runner + sim, an order in 100 events', () => runAll(100)],
  ['runner + sim, an order in every event', () => runAll(1)],
  ['evaluateIntent alone, 17 checks', evaluateAll],
];

let baseline = 0;
for (const [name, run] of rows) {
  const perSecond = EVENTS / (await seconds(run));
  if (baseline === 0) baseline = perSecond;
  const us = (1e6 / perSecond).toFixed(2);
  const ratio = (perSecond / baseline).toFixed(2);
  const rate = Math.round(perSecond).toLocaleString('en-US').padStart(10);
  console.log(
    `${name.padEnd(44)} ${rate}/s  ${us.padStart(7)} µs  ${ratio.padStart(6)} × baseline`,
  );
}
if (sink === 0) throw new Error('nothing was done');
