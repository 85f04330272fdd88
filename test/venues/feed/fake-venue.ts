import { decodeUtf8 } from 'quantlaxmi/core';
import type { EventInput, SessionBody } from 'quantlaxmi/events';
import {
  createFeed,
  type Feed,
  type FeedBatch,
  type FeedCommand,
  type FeedLink,
  type FeedOptions,
  type FeedProtocol,
  type FeedRequest,
  feedDefaults,
  type RawRecord,
  type SocketEnd,
  type WatchedStream,
} from 'quantlaxmi/venues/feed';
import { FakeMachine, SECOND } from './fake-ports.js';

export const link = (id: string, more: Partial<FeedLink> = {}): FeedLink => ({
  id,
  url: `wss://venue.example/${id}`,
  headers: {},
  insts: [`V:SPOT:${id}`],
  lifetimeUs: null,
  silenceUs: 60 * SECOND,
  messageBytesMax: 1_000,
  ...more,
});

export const request = (key: string, more: Partial<FeedRequest> = {}): FeedRequest => ({
  key,
  method: 'GET',
  url: `https://venue.example/${key}?secret=1`,
  headers: {},
  body: null,
  timeoutUs: SECOND,
  bytesMax: 1_000,
  recordedUrl: `/${key}`,
  weight: 1,
  retry: true,
  ...more,
});

const session = (rx: number, body: SessionBody): EventInput => ({
  t: 'Session',
  sv: 1,
  rx,
  ts: null,
  src: 'FAKE',
  body,
});

/** A venue whose every record becomes one event, and whose data is complete when it says `ack`. */
export class FakeProtocol implements FeedProtocol {
  readonly name = 'fake';
  readonly settings = {};
  readonly limits = {
    connects: { count: 1_000, perUs: SECOND },
    sends: { count: 1_000, perUs: SECOND },
    requests: { count: 100, perUs: 60 * SECOND },
  };
  wanted: FeedLink[] = [link('0')];
  first: FeedRequest[] = [];
  streams: WatchedStream[] = [];
  readonly acknowledged = new Set<number>();
  readonly unsynced = new Set<string>();
  readonly ends: { readonly link: string; readonly conn: number; readonly end: SocketEnd }[] = [];
  /** What it answers to a record. */
  react: (record: RawRecord) => readonly FeedCommand[] = () => [];
  onEnd: (end: SocketEnd) => readonly FeedCommand[] = () => [];
  onTick: () => readonly FeedCommand[] = () => [];
  greeting: (link: string) => readonly string[] = (id) => [`hello ${id}`];
  stops = 0;
  #busy = false;

  readonly capture = {
    record: (record: RawRecord): EventInput[] => {
      const text = record.kind === 'fact' ? record.body.code : decodeUtf8(record.bytes);
      const body: SessionBody =
        record.kind === 'fact'
          ? record.body
          : { code: text, details: {}, inst: null, kind: 'operator' };
      return [session(record.rx, body)];
    },
    restore: (): void => {},
    stop: (): EventInput[] => {
      this.stops += 1;
      return [session(0, { code: '', details: {}, inst: null, kind: 'stop' })];
    },
  };
  opening = (): readonly FeedRequest[] => this.first;
  links = (): readonly FeedLink[] => this.wanted;
  greet = (id: string): readonly string[] => this.greeting(id);
  after = (record: RawRecord): readonly FeedCommand[] => {
    if (this.#busy) throw new Error('called concurrently');
    this.#busy = true;
    if (record.kind === 'frame' && decodeUtf8(record.bytes).startsWith('ack')) {
      this.acknowledged.add(record.conn);
    }
    const commands = this.react(record);
    this.#busy = false;
    return commands;
  };
  tick = (): readonly FeedCommand[] => this.onTick();
  subscribed = (conn: number): boolean => this.acknowledged.has(conn);
  synced = (id: string): boolean => !this.unsynced.has(id);
  watched = (): readonly WatchedStream[] => this.streams;
  ended = (id: string, conn: number, end: SocketEnd): readonly FeedCommand[] => {
    this.ends.push({ link: id, conn, end });
    return this.onEnd(end);
  };
  usedWeight = (headers: Readonly<Record<string, string>>): number | null => {
    const used = headers['x-used'];
    return used === undefined ? null : Number(used);
  };
}

/** Everything a test of a feed looks at. */
export interface Rig {
  readonly machine: FakeMachine;
  readonly protocol: FakeProtocol;
  readonly feed: Feed;
  readonly facts: SessionBody[];
  readonly states: string[];
  readonly batches: FeedBatch[];
  /** Reads what waits; `done` once the batches have ended. */
  read(): Promise<void>;
  done: boolean;
  error: unknown;
}

export interface RigOptions {
  readonly protocol?: (protocol: FakeProtocol) => void;
  readonly options?: Partial<FeedOptions>;
  /** Accept every connection at once, and acknowledge it; default true. */
  readonly accept?: boolean;
  readonly machine?: FakeMachine;
  /** Read all the time; default true. */
  readonly reading?: boolean;
}

/** Options with waits that are exact. */
export const exact: FeedOptions = {
  ...feedDefaults,
  backoff: { baseUs: SECOND, maxUs: 8 * SECOND, jitter: 0, resetAfterUs: 60 * SECOND },
  overlapUs: 2 * SECOND,
};

export async function rig(how: RigOptions = {}): Promise<Rig> {
  const machine = how.machine ?? new FakeMachine();
  const protocol = new FakeProtocol();
  how.protocol?.(protocol);
  if (how.accept !== false) {
    machine.onOpen = (socket) =>
      machine.network(() => {
        if (socket.phase !== 'opening') return;
        socket.accept();
        socket.text('ack');
      });
  }
  const feed = createFeed(protocol, machine.ports, { ...exact, ...how.options });
  const facts: SessionBody[] = [];
  const states: string[] = [];
  feed.on('fact', (body) => facts.push(body));
  feed.on('state', (state) => states.push(state));
  const iterator = feed.batches()[Symbol.asyncIterator]();
  const batches: FeedBatch[] = [];
  const self: Rig = {
    machine,
    protocol,
    feed,
    facts,
    states,
    batches,
    read,
    done: false,
    error: null,
  };
  let waiting = false;
  async function take(): Promise<void> {
    try {
      const next = await iterator.next();
      if (next.done === true) self.done = true;
      else batches.push(next.value);
    } catch (error) {
      self.error = error;
      self.done = true;
    }
    waiting = false;
  }
  async function read(): Promise<void> {
    for (let quiet = 0; quiet < 3 && !self.done; ) {
      const before = batches.length;
      if (!waiting) {
        waiting = true;
        void take();
      }
      await machine.settle();
      quiet = batches.length === before ? quiet + 1 : 0;
    }
  }
  await machine.settle();
  machine.advance(SECOND);
  if (how.reading !== false) await read();
  return self;
}

export const factsOf = (r: Rig): string[] => r.facts.map((f) => [f.kind, f.code].join(' ').trim());

/** Texts of all frames and answers handed on, in order. */
export const texts = (r: Rig): string[] =>
  r.batches.flatMap((batch) =>
    batch.records.flatMap((x) => (x.kind === 'fact' ? [] : [decodeUtf8(x.bytes)])),
  );
