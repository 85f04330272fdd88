/** A trading process over a log on disk and a venue behind a socket. Killed, it goes on. */
import { connect, type Socket } from 'node:net';
import { once } from 'node:events';
import type { OrderQuery, Venue, VenueEffects, VenueFact } from 'quantlaxmi/execution';
import { fileStore, nodeSha256, systemClock } from 'quantlaxmi/node';
import { createRunner, type RunLog, type Runner, resumeRunner } from 'quantlaxmi/strategy';
import { openWalWriter, readWal, type WalWriter } from 'quantlaxmi/wal';
import type { Event } from 'quantlaxmi/events';
import { crashPolicy, eager, market } from '../../strategy/crash/life.js';
import { inst, optionsOf, policy } from '../../strategy/lib.js';
import { type LifeSpec, linesOf } from './wire.js';

const spec = JSON.parse(process.argv[2] ?? '{}') as LifeSpec;

/** The way to the venue: requests leave at once, answers are facts of the next event or timer. */
class Link {
  readonly #socket: Socket;
  readonly #inbox: VenueFact[] = [];
  #asked = 0;
  #answered = 0;
  #crossings = 0;
  #wake: () => void = () => {};

  constructor(socket: Socket) {
    this.#socket = socket;
    const take = linesOf((line) => {
      this.#inbox.push(...(JSON.parse(line) as VenueFact[]));
      this.#answered += 1;
      this.#wake();
    });
    socket.setEncoding('utf8').on('data', take);
    socket.on('close', () => process.exit(3));
  }

  ask(op: string, order: unknown = null): void {
    if (op !== 'tick') {
      this.#crossings += 1;
      if (this.#crossings === spec.diesBefore) process.kill(process.pid, 'SIGKILL');
    }
    this.#asked += 1;
    this.#socket.write(`${JSON.stringify({ op, order })}\n`);
  }

  /** Everything the venue said since the last call. */
  heard(): VenueFact[] {
    return this.#inbox.splice(0);
  }

  get waiting(): boolean {
    return this.#inbox.length > 0;
  }

  async idle(): Promise<void> {
    while (this.#answered < this.#asked) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}

function venueOver(link: Link): Venue {
  let polls = 0;
  const asked = (op: string, order: unknown, nowUs: number): VenueEffects => {
    link.ask(op, order);
    polls += 1;
    return { events: [], timers: [{ id: `poll/${spec.life}/${polls}`, dueUs: nowUs + 1 }] };
  };
  return {
    id: 'OUTSIDE',
    submit: (order, nowUs) => asked('submit', order, nowUs),
    cancel: () => ({ events: [], timers: [] }),
    amend: () => ({ events: [], timers: [] }),
    query: (query: OrderQuery, nowUs) => asked('query', query, nowUs),
    reconcile: (nowUs, question) => asked('reconcile', question, nowUs),
    onMarket: () => ({ events: link.heard(), timers: [] }),
    onTimer: () => ({ events: link.heard(), timers: [] }),
  };
}

async function* session(): AsyncGenerator<readonly Event[]> {
  yield market;
}

function logOf(wal: WalWriter, anew: boolean): RunLog {
  const from = anew ? 11_000 : 0;
  return {
    append: (event) => wal.append({ ...event, rx: Math.max(event.rx, from) }),
    durable: spec.wrong === 'sendsBeforeDurable' ? async () => {} : (seq) => wal.durable(seq),
  };
}

async function runnerOf(wal: WalWriter, link: Link): Promise<Runner> {
  const anew = spec.wrong === 'newIdsOnRestart' && spec.life > 0;
  const risk = spec.wrong === 'newIdsOnRestart' ? policy : crashPolicy;
  const runId = anew ? `run-${spec.life}` : 'run-1';
  const parts = optionsOf(eager, { risk, runId, log: logOf(wal, anew), venue: venueOver(link) });
  if (anew) return createRunner(parts);
  const recorded: Event[] = [];
  for await (const batch of readWal(fileStore(spec.dir), { hasher: nodeSha256, upTo: 'commit' })) {
    recorded.push(...batch);
  }
  if (recorded.every(({ src }) => src !== 'RUNNER')) return createRunner(parts);
  const told = async function* () {
    yield recorded;
  };
  return await resumeRunner(parts, { inputs: session(), recorded: told(), venue: 'outside' });
}

/** Lets every answer in, and what follows from it, until nothing is under way. */
async function settle(runner: Runner, link: Link, nowUs: number): Promise<number> {
  let now = nowUs;
  do {
    await link.idle();
    now += 2;
    await runner.advance(now);
    await link.idle();
  } while (link.waiting);
  return now;
}

const socket = connect(spec.port, '127.0.0.1');
await once(socket, 'connect');
const link = new Link(socket);
const wal = await openWalWriter(fileStore(spec.dir), {
  walId: '0123456789abcdef0123456789abcdef',
  clock: systemClock(),
  hasher: nodeSha256,
  policy: { kind: 'always' },
  rotate: { bytes: 1_048_576, events: 1_000_000 },
});
const runner = await runnerOf(wal, link);
await link.idle();
for (const event of market.slice(runner.step.cause)) {
  link.ask('tick');
  await link.idle();
  await runner.push([event]);
  await settle(runner, link, event.rx);
}
// Orders in doubt are asked for once more per interval of the policy.
let now = market.at(-1)?.rx ?? 0;
for (let i = 0; i < 4; i += 1) {
  link.ask('tick');
  now = await settle(runner, link, now + 5_000);
}
await runner.finish();
await wal.close();
const position = runner.step.portfolio().qty(inst);
process.stdout.write(`${JSON.stringify({ position })}\n`, () => process.exit(0));
