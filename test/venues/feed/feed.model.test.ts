import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeUtf8 } from 'quantlaxmi/core';
import { type FeedState, LINK_TRANSITIONS, worstState } from 'quantlaxmi/venues/feed';
import { FakeMachine, type FakeSocket, SECOND } from './fake-ports.js';
import { link, rig, type Rig } from './fake-venue.js';

const SILENCE = 10 * SECOND;
const LIFETIME = 45 * SECOND;
/** A tick is looked at up to half a second late, and the one after it counts as well. */
const SLACK = 1_500_000;

/** What must come out: each text that came while its connection counted, once and in order. */
interface Model {
  readonly expected: string[];
  /** µs without a sign of life in which the feed read, by socket. */
  readonly silent: Map<FakeSocket, number>;
  readonly links: Map<string, FeedState>;
  /** Changes of state that the table does not have. */
  readonly illegal: string[];
  stopped: boolean;
  sent: number;
}

interface Real {
  readonly r: Rig;
}

type Command = fc.AsyncCommand<Model, Real>;

const openSockets = (r: Rig): FakeSocket[] => r.machine.sockets.filter((s) => s.phase === 'open');
const pick = <T>(items: readonly T[], at: number): T | undefined => items[at % items.length];

/** What holds between any two steps. */
function check(m: Model, { r }: Real): void {
  expect(m.illegal).toEqual([]);
  const open = openSockets(r);
  for (const { id } of r.protocol.wanted) {
    const held = open.filter((s) => s.url.endsWith(`/${id}`));
    expect(held.length, 'connections of a link').toBeLessThanOrEqual(2);
  }
  if (m.stopped) {
    expect(open, 'a stop closes all').toEqual([]);
    expect(r.feed.state).toBe('closed');
    return;
  }
  expect(new Set(open.map((s) => s.paused)).size, 'all are paused or none').toBeLessThan(2);
  const states = r.protocol.wanted.map(({ id }) => m.links.get(id) ?? 'idle');
  expect(r.feed.state).toBe(worstState(states));
  for (const socket of open) {
    expect(m.silent.get(socket) ?? 0, 'silent connections are dropped').toBeLessThan(
      SILENCE + SLACK,
    );
  }
}

/** Steps of at most 250 ms, so that the model sees which sockets were read in which time. */
function advance(m: Model, { r }: Real, us: number): void {
  for (let left = us; left > 0; left -= 250_000) {
    const step = Math.min(left, 250_000);
    for (const s of openSockets(r)) {
      if (!s.paused) m.silent.set(s, (m.silent.get(s) ?? 0) + step);
    }
    r.machine.advance(step);
  }
}

const step = (name: string, run: (m: Model, real: Real) => void | Promise<void>): Command => ({
  check: () => true,
  run: async (m, real) => {
    await run(m, real);
    await real.r.machine.settle();
    check(m, real);
  },
  toString: () => name,
});

const say = (at: number, text: string): Command =>
  step(`say(${at},${text})`, (m, { r }) => {
    const socket = pick(
      r.machine.sockets.filter((s) => s.phase === 'open' || s.phase === 'closing'),
      at,
    );
    if (socket === undefined) return;
    const message = `${text} ${m.sent++}`;
    if (socket.phase === 'open') {
      m.expected.push(message);
      m.silent.set(socket, 0);
    }
    socket.text(message);
  });

const steps: fc.Arbitrary<Command>[] = [
  fc.nat(5).map((at) => say(at, 'data')),
  fc.nat(5).map((at) => say(at, 'data')),
  fc.nat(5).map((at) => say(at, 'ack')),
  fc.integer({ min: 1, max: 40 }).map((n) =>
    step(`burst(${n})`, async (m, real) => {
      for (let i = 0; i < n; i++) await say(i, 'burst').run(m, real);
    }),
  ),
  fc.nat(20 * SECOND).map((us) => step(`advance(${us})`, (m, real) => advance(m, real, us))),
  fc.nat(3 * SECOND).map((us) => step(`advance(${us})`, (m, real) => advance(m, real, us))),
  fc.nat(5).map((at) =>
    step(`accept(${at})`, (_, { r }) =>
      pick(
        r.machine.sockets.filter((s) => s.phase === 'opening'),
        at,
      )?.accept(),
    ),
  ),
  fc.nat(5).map((at) =>
    step(`refuse(${at})`, (_, { r }) =>
      pick(
        r.machine.sockets.filter((s) => s.phase === 'opening'),
        at,
      )?.end({ error: 'refused' }),
    ),
  ),
  fc
    .tuple(fc.nat(5), fc.constantFrom(1000, 1001, 1006))
    .map(([at, code]) =>
      step(`end(${at},${code})`, (_, { r }) => pick(openSockets(r), at)?.end({ code })),
    ),
  fc.nat(5).map((at) =>
    step(`alive(${at})`, (m, { r }) => {
      const socket = pick(openSockets(r), at);
      socket?.alive();
      if (socket !== undefined) m.silent.set(socket, 0);
    }),
  ),
  fc
    .integer({ min: -90 * SECOND, max: 90 * SECOND })
    .map((us) => step(`clock(${us})`, (_, { r }) => r.machine.stepClock(us))),
  fc.nat(90 * SECOND).map((us) => step(`stall(${us})`, (_, { r }) => r.machine.stallFor(us))),
  fc.constant(step('read', (_, { r }) => r.read())),
  fc
    .nat(1)
    .map((at) =>
      step(`reconnect(${at})`, (_, { r }) =>
        r.feed.command([{ t: 'reconnect', link: String(at), reason: 'asked' }]),
      ),
    ),
  fc
    .nat(1)
    .map((at) =>
      step(`renew(${at})`, (_, { r }) =>
        r.feed.command([{ t: 'renew', link: String(at), reason: 'asked' }]),
      ),
    ),
  fc.boolean().map((two) =>
    step(`links(${two ? 2 : 1})`, (m, { r }) => {
      if (m.stopped) return;
      r.protocol.wanted = ['0', '1'].slice(0, two ? 2 : 1).map(wanted);
      if (!two) m.links.delete('1');
      r.feed.command([{ t: 'links' }]);
      if (!two) m.links.delete('1');
    }),
  ),
  fc.nat(60).map((n) =>
    step(`stop(${n === 0})`, (m, { r }) => {
      if (n !== 0) return;
      m.stopped = true;
      r.feed.stop();
    }),
  ),
];

const wanted = (id: string) => link(id, { silenceUs: SILENCE, lifetimeUs: LIFETIME });

async function start(machine?: FakeMachine): Promise<{ model: Model; real: Real }> {
  const model: Model = {
    expected: [],
    silent: new Map(),
    links: new Map([['0', 'connecting']]),
    illegal: [],
    stopped: false,
    sent: 0,
  };
  const r = await rig({
    accept: false,
    reading: false,
    options: { queue: { recordsMax: 25, bytesMax: 10_000 }, batchRecordsMax: 7 },
    protocol: (p) => {
      p.wanted = [wanted('0')];
    },
    ...(machine === undefined ? {} : { machine }),
  });
  r.feed.on('link', (id, state) => {
    const before = model.links.get(id) ?? 'idle';
    if (!LINK_TRANSITIONS[before].includes(state)) model.illegal.push(`${before} to ${state}`);
    model.links.set(id, state);
  });
  return { model, real: { r } };
}

/** What must hold once the feed was stopped and all was read. */
async function finish(m: Model, { r }: Real): Promise<void> {
  const openAtStop = new Set<number>();
  if (!m.stopped) r.feed.stop();
  r.machine.advance(5 * SECOND);
  await r.read();
  expect(r.done, 'batches end').toBe(true);
  expect(r.error).toBe(null);
  expect(r.machine.timersLeft).toBe(0);
  const left = r.machine.sockets.filter((s) => s.phase !== 'over');
  expect(left, 'no connection is left').toEqual([]);
  const records = r.batches.flatMap((b) => b.records);
  const frames = records.flatMap((x) => (x.kind === 'frame' ? [decodeUtf8(x.bytes)] : []));
  expect(frames).toEqual(m.expected);
  expect(r.batches.at(-1)?.events.at(-1)?.body).toMatchObject({ kind: 'stop' });
  // Every connection is told of once when it opens, and at most once when it ends.
  const opened = new Set<number>();
  for (const record of records) {
    if (record.kind === 'frame') expect(opened).toContain(record.conn);
    if (record.kind !== 'fact') continue;
    const { code, details, kind } = record.body;
    const conn = details['conn'] as number;
    if (kind === 'connected') {
      expect(conn, 'numbers in the order of opening').toBe(opened.size + 1);
      opened.add(conn);
      openAtStop.add(conn);
    } else if (kind === 'disconnected') {
      if (!openAtStop.delete(conn)) {
        expect(record.body.inst, 'told twice only for two instruments').not.toBe(null);
      }
    } else if (code === 'QL_FEED_HANDOVER') {
      expect(openAtStop.delete(details['closed'] as number)).toBe(true);
      expect(openAtStop, 'the one that takes over is open').toContain(conn);
    }
  }
}

const run = async (cmds: Iterable<Command>, machine?: FakeMachine): Promise<Rig> => {
  const { model, real } = await start(machine);
  await fc.asyncModelRun(() => ({ model, real }), cmds);
  await finish(model, real);
  return real.r;
};

/** Facts and states that the steps led to: without these the property would say little. */
const TELLING = [
  ...['connected ', 'connected QL_FEED_RECONNECTED', 'connected QL_FEED_HANDOVER'],
  ...['config QL_FEED_HANDOVER', 'config QL_FEED_STALLED', 'config QL_FEED_FLOWING'],
  ...['disconnected QL_FEED_CLOSED', 'disconnected QL_FEED_SILENT'],
  ...['disconnected QL_FEED_REQUESTED', 'stale', 'reconnecting', 'live'],
];

test('FEED-8: nothing is lost, repeated or reordered, and all ends', async () => {
  const met = new Set<string>();
  await fc.assert(
    fc.asyncProperty(fc.commands(steps, { maxCommands: 120, size: 'max' }), async (cmds) => {
      const r = await run(cmds);
      for (const { code, kind } of r.facts) met.add(`${kind} ${code}`);
      for (const state of r.states) met.add(state);
    }),
    { seed: 4_008, numRuns: 80 },
  );
  expect(TELLING.filter((one) => !met.has(one))).toEqual([]);
}, 300_000);

/** Steps under which a feed with either defect below must be found out. */
const telling = (): Command[] => [
  step('accept', (_, { r }) => r.machine.last.accept()),
  say(0, 'ack'),
  ...Array.from({ length: 30 }, () => say(0, 'data')),
  step('read', (_, { r }) => r.read()),
  step('quiet', (m, real) => advance(m, real, 15 * SECOND)),
];

test('FEED-8: control: dropped messages, and a watchdog that is off, are caught', async () => {
  await run(telling());
  class Dropping extends FakeMachine {
    constructor() {
      super();
      this.onOpen = (socket) => {
        const text = socket.text.bind(socket);
        socket.text = (message) => {
          if (!socket.paused) text(message);
        };
      };
    }
  }
  await expect(run(telling(), new Dropping())).rejects.toThrow('to deeply equal');
  class Blind extends FakeMachine {
    constructor() {
      super();
      const { after } = this.ports.timers;
      const timers = {
        after: (us: number, go: () => void) => (us === 250_000 ? () => {} : after(us, go)),
      };
      Object.assign(this.ports, { timers });
    }
  }
  await expect(run(telling(), new Blind())).rejects.toThrow('silent connections are dropped');
});
