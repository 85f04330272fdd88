import { createRng, type Rng } from 'quantlaxmi/core';
import type { Event } from 'quantlaxmi/events';
import { maxPosition, parseRiskPolicy, riskPolicy } from 'quantlaxmi/risk';
import {
  createRunner,
  defineStrategy,
  type RunLog,
  type Runner,
  resumeRunner,
} from 'quantlaxmi/strategy';
import { type SimStore, simStore } from 'quantlaxmi/testing';
import { openWalWriter, readWal, type WalWriter } from 'quantlaxmi/wal';
import { hasher, options } from '../../wal/support.js';
import { inst, ofType, optionsOf, place, policy, quotesAt } from '../lib.js';
import { type DeathAt, Exchange, outsideVenue } from './exchange.js';

/** What goes wrong on purpose, to show that it would be seen. */
export type Wrong = 'sendsBeforeDurable' | 'newIdsOnRestart' | null;

/** What a run that was killed again and again came to. */
export interface Outcome {
  crashes: number;
  /** Orders of one intent beyond the first, and client order ids that arrived twice. */
  duplicates: number;
  /** Orders at the exchange that the log did not hold when the process was gone. */
  unlogged: number;
  /** Executions at the exchange that the finished log does not hold once. */
  lost: number;
  positions: readonly [own: number, theirs: number];
  orders: number;
}

export const crashPolicy = parseRiskPolicy({
  ...riskPolicy({ checks: [maxPosition({ qtyMax: { [inst]: '0.500' } })] }).spec,
  orders: { ackTimeoutUs: 5_000, changeTimeoutUs: 5_000, queryEveryUs: 5_000 },
  reconcile: {
    before: 'firstOrderAndReconnect',
    foreignOrders: 'halt',
    missingOrders: 'halt',
    positions: 'halt',
    balances: 'adopt',
    balanceTolerance: '1000000000',
    timeoutUs: 1_000_000,
  },
});

/** One order with every quote, by turns long and short of even. */
export const eager = defineStrategy<number, unknown>({
  id: 'eager',
  version: '1',
  parseConfig: (raw) => raw,
  init: () => 0,
  onEvent: (n, event, ctx) => {
    if (event.t !== 'Quote') return null;
    const side = ctx.position(inst) > 20 || n % 3 === 2 ? 'sell' : 'buy';
    const intent = place({ intentId: `i${n}`, price: 1_000, qty: 2 + (n % 5), side, tif: 'gtc' });
    return { state: n + 1, intents: [intent] };
  },
});

const quotes = quotesAt(...Array.from({ length: 10 }, (_, i) => 1_000 + i * 1_000));

/** Ends with a fact on which nothing is ordered: what is under way arrives. */
export const market: readonly Event[] = [
  ...quotes,
  {
    ...{ t: 'Session', sv: 1, rx: 11_000, ts: null, src: 'SIM', seq: quotes.length + 1 },
    body: { code: '', details: {}, inst: null, kind: 'stop' },
  } as Event,
];

async function* session(): AsyncGenerator<readonly Event[]> {
  yield market;
}

/** The file system of one run, through its crashes. */
class Disk {
  store: SimStore = simStore();
  readonly #rng: Rng;

  constructor(rng: Rng) {
    this.#rng = rng;
  }

  /** The machine loses what was not synced, and starts again; it stops after `calls` calls. */
  restart(calls: number): void {
    const how = (['lost', 'torn', 'kept'] as const)[this.#rng.below(3)] ?? 'lost';
    const seed = BigInt(this.#rng.below(1_000_000) + 1);
    const files = this.store.crash(how, seed);
    let left = calls;
    const fault = () => {
      left -= 1;
      return left === 0 ? ('halt' as const) : null;
    };
    this.store = simStore({ files, seed, fault });
  }
}

async function readAll(store: SimStore): Promise<Event[]> {
  const events: Event[] = [];
  for await (const batch of readWal(store, { hasher, upTo: 'commit' })) events.push(...batch);
  return events;
}

/** The log as the runner has it; `sooner` says durable at once, nothing is older than `rx`. */
function logOf(wal: WalWriter, how: { readonly sooner: boolean; readonly rx: number }): RunLog {
  return {
    append: (event) => wal.append({ ...event, rx: Math.max(event.rx, how.rx) }),
    durable: how.sooner ? async () => {} : (seq) => wal.durable(seq),
  };
}

/** Finished when the whole session went in; throws where the process is killed. */
async function live(
  wal: WalWriter,
  store: SimStore,
  life: {
    readonly exchange: Exchange;
    readonly dies: () => DeathAt;
    readonly first: boolean;
    readonly wrong: Wrong;
    readonly name: string;
  },
): Promise<Runner> {
  const anew = life.wrong === 'newIdsOnRestart' && !life.first;
  const log = logOf(wal, { sooner: life.wrong === 'sendsBeforeDurable', rx: anew ? 11_000 : 0 });
  const venue = outsideVenue(life.exchange, life.dies);
  // With its policy a run that knows nothing finds the venue's position differ, and halts.
  const risk = life.wrong === 'newIdsOnRestart' ? policy : crashPolicy;
  const runId = anew ? life.name : 'run-1';
  const parts = optionsOf(eager, { risk, venue, log, runId });
  let runner: Runner;
  if (life.first || anew) runner = createRunner(parts);
  else {
    const recorded = async function* () {
      yield await readAll(store);
    };
    runner = await resumeRunner(parts, {
      inputs: session(),
      recorded: recorded(),
      venue: 'outside',
    });
  }
  await runner.push(market.slice(runner.step.cause));
  return runner;
}

/** Runs one session to its end over as many crashes as the seed brings. */
export async function crashRun(seed: bigint, wrong: Wrong = null): Promise<Outcome> {
  const rng = createRng(seed, 5n);
  const exchange = new Exchange();
  const disk = new Disk(rng);
  const outcome: Outcome = {
    ...{ crashes: 0, duplicates: 0, unlogged: 0, lost: 0, positions: [0, 0], orders: 0 },
  };
  for (let attempt = 0; attempt < 40; attempt += 1) {
    const calm = attempt >= 6;
    let crossings = calm ? -1 : rng.below(9);
    const dies = (): DeathAt => {
      crossings -= 1;
      if (crossings !== -1 || calm) return null;
      return rng.below(2) === 0 ? 'before' : 'after';
    };
    disk.restart(calm || rng.below(2) === 0 ? -1 : 30 + rng.below(120));
    try {
      const wal = await openWalWriter(disk.store, options());
      const events = await readAll(disk.store);
      outcome.unlogged += unlogged(exchange, events);
      const first = events.every(({ src, t }) => src !== 'RUNNER' && t !== 'Order');
      const life = { exchange, dies, first, wrong, name: `run-${attempt}` };
      const runner = await live(wal, disk.store, life);
      await runner.finish();
      await wal.close();
      return finish(outcome, exchange, { events: await readAll(disk.store), runner });
    } catch (error) {
      if (calm) throw error;
      outcome.crashes += 1;
    }
  }
  return outcome;
}

function unlogged(exchange: Exchange, events: readonly Event[]): number {
  const known = new Set(ofType(events, 'Order').map(({ body }) => body.clientOrderId));
  return [...exchange.standing.keys()].filter((id) => !known.has(id)).length;
}

function finish(
  outcome: Outcome,
  exchange: Exchange,
  end: { readonly events: readonly Event[]; readonly runner: Runner },
): Outcome {
  const intents = [...exchange.standing.values()].map(({ order }) => order.intentId);
  const told = ofType(end.events, 'Fill').map(({ body }) => body.fillId);
  return {
    ...outcome,
    duplicates: exchange.repeats + intents.length - new Set(intents).size,
    lost: exchange.fills.filter(({ id }) => !told.includes(id)).length,
    positions: [end.runner.step.portfolio().qty(inst), exchange.position()],
    orders: intents.length,
  };
}
