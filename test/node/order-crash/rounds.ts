import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { createRng, type Rng } from 'quantlaxmi/core';
import type { Event } from 'quantlaxmi/events';
import type { OrderQuery } from 'quantlaxmi/execution';
import { fileStore, nodeSha256 } from 'quantlaxmi/node';
import type { PlaceOrder } from 'quantlaxmi/risk';
import { readWal } from 'quantlaxmi/wal';
import { answersOf, Exchange } from '../../strategy/crash/exchange.js';
import { ofType } from '../../strategy/lib.js';
import { type DeathAt, type LifeSpec, linesOf, type Wrong } from './wire.js';

/** What runs that were killed again and again came to, summed. */
export interface CrashTally {
  kills: number;
  /** Of these, at a new order that had arrived and was never, or not yet, answered. */
  atOrders: number;
  runs: number;
  orders: number;
  executions: number;
  /** Orders of one intent beyond the first, and client order ids that arrived twice. */
  duplicates: number;
  /** Orders at the venue that the log did not hold when the process was gone. */
  unlogged: number;
  /** Executions at the venue that the finished log does not hold. */
  lost: number;
  /** Runs whose position at the end is not the venue's. */
  wrongPositions: number;
}

/** Lives of a run after which it is let finish. */
const KILLS_PER_RUN = 5;
const DEATHS: readonly DeathAt[] = ['beforeSend', 'received', 'executed', 'answered', 'anytime'];

interface Request {
  readonly op: 'submit' | 'query' | 'reconcile' | 'tick';
  readonly order: unknown;
}

/** A venue behind a socket. What it executed outlives every process that trades on it. */
class SocketVenue {
  readonly exchange = new Exchange();
  /** Clients that were killed at a new order. */
  atOrders = 0;
  readonly #server = createServer((socket) => this.#serve(socket));
  #closed: Promise<unknown> = Promise.resolve();
  /** Crossings until the client is killed; 0 for never. */
  #left = 0;
  #at: DeathAt = 'anytime';
  #kill: () => void = () => {};

  async listen(): Promise<number> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return (this.#server.address() as AddressInfo).port;
  }

  /** Sets where the next client dies. */
  arm(at: DeathAt, crossings: number, kill: () => void): void {
    this.#at = at;
    this.#left = crossings;
    this.#kill = kill;
  }

  /** Resolves when the last client's connection is gone, with all it had sent. */
  async gone(): Promise<void> {
    await this.#closed;
  }

  async close(): Promise<void> {
    this.#server.close();
    await once(this.#server, 'close');
  }

  #serve(socket: Socket): void {
    const answers = answersOf(this.exchange);
    // What happened while nobody listened is learned by asking.
    answers.news();
    this.#closed = new Promise((resolve) => socket.on('close', resolve));
    let dead = false;
    const take = linesOf((line) => {
      const request = JSON.parse(line) as Request;
      const dies = request.op !== 'tick' && this.#dies();
      if (dead) return;
      if (dies && request.op === 'submit') this.atOrders += 1;
      if (dies && this.#at === 'received') {
        dead = true;
        return this.#kill();
      }
      const facts = this.#answer(request, answers);
      if (dies && this.#at === 'executed') {
        dead = true;
        return this.#kill();
      }
      socket.write(`${JSON.stringify(facts)}\n`);
      if (dies && this.#at === 'answered') this.#kill();
    });
    socket.setEncoding('utf8').on('data', take);
    // A killed client resets its connection.
    socket.on('error', () => {});
  }

  #dies(): boolean {
    this.#left -= 1;
    return this.#left === 0;
  }

  #answer({ op, order }: Request, answers: ReturnType<typeof answersOf>): readonly unknown[] {
    switch (op) {
      case 'submit':
        this.exchange.accept(order as PlaceOrder);
        return answers.news();
      case 'query':
        return answers.query(order as OrderQuery);
      case 'reconcile':
        return answers.reconcile(order as number);
      default:
        this.exchange.breathe();
        return answers.news();
    }
  }
}

async function recorded(dir: string): Promise<Event[]> {
  const events: Event[] = [];
  for await (const batch of readWal(fileStore(dir), { hasher: nodeSha256, upTo: 'commit' })) {
    events.push(...batch);
  }
  return events;
}

interface Ended {
  readonly killed: boolean;
  readonly position: number | null;
}

async function live(
  program: string,
  venue: SocketVenue,
  plan: { readonly spec: LifeSpec; readonly at: DeathAt | null; readonly rng: Rng },
): Promise<Ended> {
  const { at, rng, spec } = plan;
  const crossing = 1 + rng.below(6);
  const diesBefore = at === 'beforeSend' ? crossing : 0;
  const child = spawn(process.execPath, [program, JSON.stringify({ ...spec, diesBefore })], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (part: string) => (text += part));
  const kill = (): void => void child.kill('SIGKILL');
  const counted = at !== null && at !== 'beforeSend' && at !== 'anytime';
  venue.arm(at ?? 'anytime', counted ? crossing : 0, kill);
  const timer = at === 'anytime' ? setTimeout(kill, 60 + rng.below(140)) : undefined;
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null];
  clearTimeout(timer);
  await venue.gone();
  if (signal === 'SIGKILL') return { killed: true, position: null };
  if (code !== 0) throw new Error(`the trading process ended with ${code}`);
  return { killed: false, position: (JSON.parse(text) as { position: number }).position };
}

/** Runs one session to its end over the kills that the seed brings. */
async function crashRun(program: string, seed: bigint, wrong: Wrong): Promise<CrashTally> {
  const root = mkdtempSync(join(tmpdir(), 'order-crash-'));
  const dir = join(root, 'wal');
  const rng = createRng(seed, 9n);
  const venue = new SocketVenue();
  const sum = emptyTally();
  try {
    const port = await venue.listen();
    for (let life = 0; ; life += 1) {
      const at = sum.kills >= KILLS_PER_RUN ? null : (DEATHS[rng.below(DEATHS.length)] ?? null);
      const spec = { dir, port, life, wrong, diesBefore: 0 };
      const { killed, position } = await live(program, venue, { spec, at, rng });
      const events = await recorded(dir).catch(() => []);
      sum.unlogged += unlogged(venue.exchange, events);
      if (killed) sum.kills += 1;
      else {
        const { atOrders, exchange } = venue;
        return finish(sum, exchange, { events, position, atOrders });
      }
      if (life >= 40) throw new Error('the run never came to its end');
    }
  } finally {
    await venue.close();
    rmSync(root, { recursive: true, force: true });
  }
}

function emptyTally(): CrashTally {
  return {
    ...{ kills: 0, atOrders: 0, runs: 0, orders: 0, executions: 0 },
    ...{ duplicates: 0, unlogged: 0, lost: 0, wrongPositions: 0 },
  };
}

function unlogged(exchange: Exchange, events: readonly Event[]): number {
  const known = new Set(ofType(events, 'Order').map(({ body }) => body.clientOrderId));
  return [...exchange.standing.keys()].filter((id) => !known.has(id)).length;
}

function finish(
  sum: CrashTally,
  exchange: Exchange,
  end: {
    readonly events: readonly Event[];
    readonly position: number | null;
    readonly atOrders: number;
  },
): CrashTally {
  const intents = [...exchange.standing.values()].map(({ order }) => order.intentId);
  const told = new Set(ofType(end.events, 'Fill').map(({ body }) => body.fillId));
  return {
    ...sum,
    runs: 1,
    atOrders: end.atOrders,
    orders: intents.length,
    executions: exchange.fills.length,
    duplicates: exchange.repeats + intents.length - new Set(intents).size,
    lost: exchange.fills.filter(({ id }) => !told.has(id)).length,
    wrongPositions: end.position === exchange.position() ? 0 : 1,
  };
}

/**
 * Kills trading processes, `least` times or more in all, each run up to five times and then let
 * finish, and compares what their logs hold with what the venue executed.
 */
export async function orderCrashes(
  least: number,
  options: { readonly seed: bigint; readonly wrong?: Wrong },
): Promise<CrashTally> {
  const root = mkdtempSync(join(tmpdir(), 'order-crash-child-'));
  const program = join(root, 'client.mjs');
  const sum = emptyTally();
  try {
    await build({
      entryPoints: [fileURLToPath(new URL('./client.ts', import.meta.url))],
      outfile: program,
      bundle: true,
      platform: 'node',
      format: 'esm',
      logLevel: 'silent',
    });
    for (let { seed } = options; sum.kills < least; seed += 1n) {
      const one = await crashRun(program, seed, options.wrong ?? null);
      for (const key of Object.keys(sum) as (keyof CrashTally)[]) sum[key] += one[key];
    }
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
  return sum;
}
