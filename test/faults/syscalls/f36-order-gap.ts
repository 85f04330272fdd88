/** F36: a crash between a durable order and the venue's acknowledgement of it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { createRng } from '../../../src/core/index.js';
import { fileStore, nodeSha256 } from '../../../src/node/index.js';
import { readWal, verifyWal } from '../../../src/wal/index.js';
import type { Control, FaultCase, FaultContext, FaultOutcome } from '../lib/case.js';
import { bundle } from './bundle.js';
import { Tally } from './tally.js';

/** Where the next kill falls. */
type Moment = 'durable' | 'filled' | 'never';

/** A venue that fills each client order id once; it lives on when the trader dies. */
class Venue {
  readonly fills = new Map<string, string>();
  resent = 0;
  /** Called with a new order after it is filled and before the answer; true: do not answer. */
  onFill: () => boolean = () => false;
  readonly #server: Server;

  constructor() {
    this.#server = createServer((socket) => {
      let text = '';
      socket.on('error', () => undefined);
      socket.setEncoding('utf8').on('data', (part: string) => {
        text += part;
        for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n')) {
          const [, id = ''] = text.slice(0, end).split(' ');
          text = text.slice(end + 1);
          if (this.fills.has(id)) this.resent += 1;
          else {
            this.fills.set(id, `f-${this.fills.size + 1}`);
            if (this.onFill()) continue;
          }
          socket.write(`${this.fills.get(id)}\n`);
        }
      });
    });
  }

  async listen(): Promise<number> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', () => resolve()));
    return (this.#server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

interface Life {
  readonly killed: boolean;
  readonly lines: readonly string[];
}

interface Bench {
  readonly program: string;
  readonly venue: Venue;
  readonly spec: { readonly dir: string; readonly port: number; readonly wrong?: string };
}

/** One life of the trader; killed at its `n`-th `moment`. */
async function live(
  { program, venue, spec }: Bench,
  { moment, n, orders }: { readonly moment: Moment; readonly n: number; readonly orders: number },
): Promise<Life> {
  const child: ChildProcess = spawn(
    process.execPath,
    [program, JSON.stringify({ ...spec, orders })],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let text = '';
  let errors = '';
  let fills = 0;
  venue.onFill = () => {
    fills += 1;
    if (moment !== 'filled' || fills < n) return false;
    child.kill('SIGKILL');
    return true;
  };
  child.stderr?.setEncoding('utf8').on('data', (part: string) => (errors += part));
  child.stdout?.setEncoding('utf8').on('data', (part: string) => {
    text += part;
    if (moment !== 'durable') return;
    if (text.split('\n').filter((line) => line.startsWith('D ')).length >= n) child.kill('SIGKILL');
  });
  const signal = await new Promise((resolve) => child.on('close', (_, by) => resolve(by)));
  venue.onFill = () => false;
  const lines = text.split('\n').slice(0, -1);
  return { killed: signal === 'SIGKILL', lines: errors === '' ? lines : [...lines, `U ${errors}`] };
}

interface Books {
  readonly orders: number;
  /** Durable orders that the venue never filled. */
  readonly lost: number;
  /** Venue fills of an order beyond its first, or of an order that the log does not know. */
  readonly excess: number;
  readonly problems: readonly string[];
}

/** The trader's log against the venue's fills. */
async function compare({ venue, spec }: Bench): Promise<Books> {
  const store = fileStore(spec.dir);
  const known = new Map<string, string>();
  const filled = new Set<string>();
  const { problems } = await verifyWal(store, { hasher: nodeSha256 });
  const said = problems.map(({ message }) => message);
  for await (const batch of readWal(store, { hasher: nodeSha256 })) {
    for (const event of batch) {
      if (event.t === 'Order') known.set(event.body.clientOrderId, event.body.orderId);
      if (event.t !== 'Fill') continue;
      if (filled.has(event.body.orderId)) said.push(`two fills of ${event.body.orderId}`);
      filled.add(event.body.orderId);
    }
  }
  const lost = [...known].filter(([id, order]) => !venue.fills.has(id) || !filled.has(order));
  const excess = [...venue.fills.keys()].filter((id) => !known.has(id));
  return { orders: known.size, lost: lost.length, excess: excess.length, problems: said };
}

const CONTROLS = [
  ['sends again under a new client order id', 'freshIds', 'filled'],
  ['sends before the order is durable', 'sendsFirst', 'filled'],
] as const;

async function control(
  context: FaultContext,
  program: string,
  [name, wrong, moment]: (typeof CONTROLS)[number],
): Promise<Control> {
  const venue = new Venue();
  const port = await venue.listen();
  const bench = { program, venue, spec: { dir: join(context.scratch, wrong), port, wrong } };
  for (let i = 0; i < 3; i += 1) await live(bench, { moment, n: 2, orders: 0 });
  // The end of the last life of a trader that sends first may never be in its log.
  const { excess } = await compare(bench).catch(() => ({ excess: venue.fills.size }));
  await venue.close();
  return { name, caught: excess > 0, detail: `${excess} fills beyond those of the log` };
}

async function run(context: FaultContext): Promise<FaultOutcome> {
  const { scale, scratch, seed, say } = context;
  const program = await bundle(scratch, 'trader');
  const rng = createRng(BigInt(seed), 36n);
  const tally = new Tally();
  const venue = new Venue();
  const bench = { program, venue, spec: { dir: join(scratch, 'log'), port: await venue.listen() } };
  const rounds = scale === 'full' ? 200 : 2;
  for (let round = 1; round <= rounds; round += 1) {
    const moment: Moment = rng.below(2) === 0 ? 'durable' : 'filled';
    const life = await live(bench, { moment, n: 1 + rng.below(3), orders: 0 });
    if (life.killed) tally.injected += 1;
    tally.count(`killed when ${moment}`, life.killed ? 1 : 0);
    for (const line of life.lines) if (line.startsWith('U ')) tally.fail(`${round}: ${line}`);
    if (round % 50 === 0) say(`${round} kills, ${venue.fills.size} orders`);
  }
  const last = await live(bench, { moment: 'never', n: 0, orders: 1 });
  if (!last.lines.includes('C')) tally.fail(`the last life did not end: ${last.lines.join(' / ')}`);
  const { orders, lost, excess, problems } = await compare(bench);
  await venue.close();
  tally.acknowledged = orders;
  tally.lost = lost;
  tally.undetected = excess;
  for (const problem of problems) tally.fail(problem);
  for (const one of CONTROLS) tally.controls.push(await control(context, program, one));
  return tally.finish(
    `${orders} orders, ${venue.fills.size} fills, ${venue.resent} sent again and not filled again; ` +
      'log and derived ids, not a resumed strategy',
  );
}

export const F36: FaultCase = {
  id: 'F36',
  title: 'A crash between a durable order and the acknowledgement of the venue',
  method: 'kill -9 when the order is durable, or filled and unanswered; a venue of its own process',
  expected:
    'The log names what was under way; sent again under the same derived client order id it is ' +
    'filled once: no fill twice, none lost.',
  needs: ['linux'],
  injectedMin: 200,
  slice: true,
  run,
};
