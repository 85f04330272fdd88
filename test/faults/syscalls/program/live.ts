/**
 * Trades a market that never waits: facts go into one log while a runner decides over them into
 * another. A line each for what happens, with the ms since the start: `O` open, `B` backpressure,
 * `S` a stall, `P` a poisoned log, `H` trading halted, `M` resident MiB, `R <json>` the end.
 */
import { writeSync } from 'node:fs';
import { join } from 'node:path';
import type { Event, EventInput, InstrumentBody } from '../../../../src/events/index.js';
import type { Venue } from '../../../../src/execution/index.js';
import { createRun, createSession, nodeSha256 } from '../../../../src/node/index.js';
import { maxPosition, quoteAge, riskPolicy } from '../../../../src/risk/index.js';
import { constantLatency, makerTakerFees, simVenue } from '../../../../src/sim/index.js';
import { createRunner, defineStrategy, marketOrder } from '../../../../src/strategy/index.js';
import type { WalWriter } from '../../../../src/wal/index.js';
import type { LiveReport, LiveSpec } from './live-spec.js';

const spec = JSON.parse(process.argv[2] ?? '{}') as LiveSpec;
const started = performance.now();
const say = (line: string): void => {
  writeSync(1, `${line.replace(' ', ` ${Math.round(performance.now() - started)} `)}\n`);
};
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const codeOf = (error: unknown): string => (error as { code?: string }).code ?? String(error);

const INST = 'TEST:SPOT:AAABBB';
const TURN_EVENTS = 64;
const ORDER_EVERY = 97;
const LEVELS = 150;

const instrument: InstrumentBody = {
  ...{ base: 'AAA', class: 'spot', expiry: null, inferred: false, instrumentId: INST },
  ...{ inverse: false, lot: 1, maxQty: 1_000_000, minNotional: null, minQty: 1 },
  ...{ multiplier: '1', priceExponent: -2, qtyExponent: -3, quote: 'BBB', right: null },
  ...{ segment: 'SPOT', settle: 'BBB', status: 'trading', strike: null, symbol: 'AAABBB' },
  ...{ tick: 1, validTo: null, venue: 'TEST' },
};

const levels = (from: number, step: number): (readonly [number, number])[] =>
  Array.from({ length: LEVELS }, (_, i) => [from + i * step, 1_000_000 + i] as const);

/** The market: an instrument, then quotes and snapshots of books for ever. */
function marketEvent(i: number): EventInput {
  const rx = 1_700_000_000_000_000 + i * 100;
  const head = { sv: 1, rx, ts: rx, src: 'TEST' } as const;
  if (i === 0) return { ...head, t: 'Instrument', body: instrument };
  const mid = 100_000 + (i % 50);
  if (i % 4 === 0) {
    const book = { asks: levels(mid + 1, 1), bids: levels(mid - 1, -1), inst: INST, venueSeq: i };
    return { ...head, t: 'BookSnapshot', body: book };
  }
  const sizes = { askQty: 1_000_000, bidQty: 1_000_000, inst: INST, venueSeq: i };
  return { ...head, t: 'Quote', body: { ask: mid + 1, bid: mid - 1, ...sizes } };
}

/** Buys and sells in turn, for ever. */
const strategy = defineStrategy<number, null>({
  id: 'in-turn',
  version: '1.0.0',
  parseConfig: () => null,
  init: () => 0,
  onEvent: (n, event) => {
    if (event.t !== 'Quote') return null;
    if ((n + 1) % ORDER_EVERY !== 0) return { state: n + 1 };
    const side = ((n + 1) / ORDER_EVERY) % 2 === 1 ? 'buy' : 'sell';
    const order = marketOrder({ inst: INST, intentId: `i${n}`, qty: 5, side });
    return { state: n + 1, intents: [order] };
  },
});

let rssMax = 0;
let samples = 0;
const sampling = setInterval(() => {
  const rss = process.memoryUsage.rss();
  rssMax = Math.max(rssMax, rss);
  samples += 1;
  if (samples % 25 === 0) say(`M ${Math.round(rss / 2 ** 20)}`);
}, 20);

const policy = { kind: 'always' } as const;
const stall = { warnUs: spec.warnUs, haltUs: spec.haltUs };
const rotate = { bytes: 67_108_864, events: 1_000_000 };
const capture = { feed: { name: 'live', version: '1' } };
const past = await createSession(join(spec.dir, 'past'), { capture, policy, rotate });
past.wal.append(marketEvent(0));
const session = await past.seal();
const live = await createSession(join(spec.dir, 'live'), { capture, policy, rotate, stall });
const run = await createRun(join(spec.dir, 'run'), {
  ...{ session, strategy, config: {}, seed: 1n, policy, rotate, stall },
  risk: riskPolicy({
    checks: [maxPosition({ qtyMax: { [INST]: '1' } }), quoteAge({ ageMaxUs: 1e6 })],
  }),
});

const watch = (name: string, log: WalWriter): void => {
  log.on('stall', (ageUs) => say(`S ${name} ${ageUs}`));
  log.on('poison', (error) => say(`P ${name} ${error.message}`));
};
watch('facts', live.wal);
watch('run', run.wal);

let sent = 0;
let sentAtHalt: number | null = null;
let early = 0;
let sentSeq = 0;
const seqOf = new Map<string, number>();
const sim = simVenue({
  latency: constantLatency({ entryUs: 1_500, responseUs: 1_000 }),
  fees: makerTakerFees({ makerPpm: 200, takerPpm: 500, feeExponent: -8 }),
});
const venue: Venue = {
  id: sim.id,
  cancel: (order, nowUs) => sim.cancel(order, nowUs),
  amend: (order, nowUs) => sim.amend(order, nowUs),
  query: (order, nowUs) => sim.query(order, nowUs),
  reconcile: (nowUs, question) => sim.reconcile(nowUs, question),
  onMarket: (event) => sim.onMarket(event),
  onTimer: (id, nowUs) => sim.onTimer(id, nowUs),
  submit(order, nowUs) {
    const seq = seqOf.get(order.clientOrderId) ?? Number.MAX_SAFE_INTEGER;
    const isDurable = seq <= run.wal.durableSeq && runner.step.cause <= live.wal.durableSeq;
    if (!isDurable) early += 1;
    sent += 1;
    sentSeq = Math.max(sentSeq, seq);
    return sim.submit(order, nowUs);
  },
};
const hasty = { append: (event: EventInput) => run.wal.append(event), durable: async () => {} };
const runner = createRunner({
  ...run.step,
  venue,
  hasher: nodeSha256,
  observer: (record, seq) => {
    if (record.t === 'Order' && record.src === 'RUNNER') seqOf.set(record.body.clientOrderId, seq);
  },
  ...(spec.hasty === true ? { log: hasty } : { log: run.wal, inputs: live.wal }),
});

let factsEnd = '';
let tradingEnd: string[] = [];
const queue: Event[][] = [];
let noMore = false;

/** The market does not wait; only the log's refusal holds it up. */
async function feed(): Promise<void> {
  for (let i = 1; spec.events === 0 || i <= spec.events; i += TURN_EVENTS) {
    const batch: Event[] = [];
    for (let k = i; k < i + TURN_EVENTS; k += 1) {
      const event = marketEvent(k);
      batch.push({ ...event, seq: await appended(event) });
    }
    queue.push(batch);
    live.wal.flush().catch(() => undefined);
    await turn();
  }
}

async function appended(event: EventInput): Promise<number> {
  try {
    return live.wal.append(event);
  } catch (error) {
    if (codeOf(error) !== 'WAL_BACKPRESSURE') throw error;
    say('B facts');
    await live.wal.ready();
    return live.wal.append(event);
  }
}

async function trade(): Promise<void> {
  while (!noMore || queue.length > 0) {
    const batch = queue.shift();
    if (batch === undefined) await turn();
    else await runner.push(batch);
  }
  await runner.finish();
}

const [first] = [marketEvent(0)];
const declared = { ...first, seq: live.wal.append(first) } as Event;
await live.wal.flush();
await runner.push([declared]);
say('O open');
const trading = trade().then(
  () => {
    tradingEnd = ['finished'];
  },
  (error: unknown) => {
    sentAtHalt = sent;
    tradingEnd = [codeOf(error), codeOf((error as { cause?: unknown }).cause)];
    say(`H ${tradingEnd.join(' ')}`);
  },
);
const feeding = feed().then(
  () => {
    factsEnd = 'finished';
  },
  (error: unknown) => {
    factsEnd = codeOf(error);
  },
);
await feeding;
noMore = true;
await trading;
clearInterval(sampling);
// Nothing may be sent after the halt.
for (let i = 0; i < 200; i += 1) await turn();
const report: LiveReport = {
  ...{ sent, early, afterHalt: sent - (sentAtHalt ?? sent), sentSeq },
  ...{ factsDurable: live.wal.durableSeq, runDurable: run.wal.durableSeq },
  ...{ factsAppended: live.wal.appendedSeq, rssMaxMiB: Math.round(rssMax / 2 ** 20) },
  ...{ trading: tradingEnd, facts: factsEnd },
};
say(`R ${JSON.stringify(report)}`);
if (factsEnd === 'finished' && tradingEnd[0] === 'finished') {
  await live.seal();
  await run.seal();
  say('C closed');
}
