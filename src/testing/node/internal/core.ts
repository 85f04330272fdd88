/** The part of a local venue that is the same for all dialects. @module */
import type { Buffer } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { VenueSocket } from './venue-socket.js';
import { createRng, type Rng, streamIdOf } from '../../../core/index.js';
import type { ConnectionFault, Fault, FaultKind, ScriptedFault } from '../faults.js';
import type { SentFrame, StreamCount, VenueRequest } from '../local-venue.js';
import { LOOPBACK } from '../loopback.js';
import { Connection } from './connection.js';
import {
  type Answered,
  type Asked,
  type Dialect,
  jsonAnswer,
  type PlayableFrame,
} from './dialect.js';
import { FaultScript, type ScriptCounter } from './fault-script.js';
import { FrameFaults } from './frame-faults.js';
import { type Host, openHost } from './host.js';
import { Keepalive, type KeepaliveOptions } from './keepalive.js';
import { Playback } from './playback.js';
import { type CommandFault, RequestFaults } from './request-faults.js';

/** Options that all dialects share. */
export interface CoreOptions<F> extends KeepaliveOptions {
  readonly frames: Iterable<F>;
  readonly script: readonly ScriptedFault[];
  readonly seed: bigint;
  readonly log: boolean;
}

interface StreamTally {
  played: number;
  delivered: number;
  last: PlayableFrame;
}

interface Ending {
  left: number;
  readonly conns: readonly Connection[];
}

/** Unsent bytes of one connection beyond which playback waits. */
const FULL_BYTES = 4 << 20;
/** RFC 6455, 7.4.1: the endpoint is going away. */
const GOING_AWAY = 1001;

export class VenueCore<F extends PlayableFrame> {
  readonly connections: Connection[] = [];
  readonly requests: VenueRequest[] = [];
  readonly playback: Playback<F>;
  attempts = 0;
  messages = 0;
  driftUs = 0;
  readonly rng: Rng;
  readonly script: FaultScript;
  readonly #dialect: Dialect<F>;
  readonly #log: boolean;
  readonly #frameFaults: FrameFaults;
  readonly #requestFaults: RequestFaults;
  readonly #keepalive: Keepalive;
  readonly #streams = new Map<string, StreamTally>();
  readonly #watchers = new Set<() => void>();
  readonly #endings: Ending[] = [];
  readonly #firstUs: number | null;
  #refusals: { left: number; status: number | 'reset' } = { left: 0, status: 'reset' };
  #burst = 0;
  #requested = 0;
  #host: Host | null = null;

  constructor(dialect: Dialect<F>, options: CoreOptions<F>) {
    this.#dialect = dialect;
    this.#log = options.log;
    this.script = new FaultScript(options.script);
    this.rng = createRng(options.seed, streamIdOf('local-venue'));
    const count = (kind: FaultKind): void => this.script.count(kind);
    this.#frameFaults = new FrameFaults(this.rng, count);
    this.#requestFaults = new RequestFaults(count, (status) => dialect.refusal(status));
    this.#keepalive = new Keepalive(options, () => this.connections);
    this.playback = new Playback(options.frames, {
      frame: (frame, index) => this.#frame(frame, index),
      finished: () => this.#frameFaults.flush((id, frame) => this.#byId(id)?.deliver(frame)),
      full: () => this.connections.some((c) => c.open && c.ws.bufferedAmount > FULL_BYTES),
      drained: () => this.#all((conn) => conn.drained()),
      bursting: () => this.#burst > 0,
    });
    this.#firstUs = this.playback.nextUs;
    this.#due('frames', 0);
    this.#due('us', 0);
  }

  /** Playback time since the first frame, µs. */
  get elapsedUs(): number {
    return (this.playback.nextUs ?? 0) - (this.#firstUs ?? 0);
  }

  get port(): number {
    return this.#host?.port ?? 0;
  }

  async open(): Promise<void> {
    this.#host = await openHost({
      attempt: (url, request) => this.#attempt(url, request),
      accepted: (ws, socket, url) => this.#accepted(ws, socket, url),
      request: (asked) => this.#request(asked),
    });
  }

  async close(): Promise<void> {
    this.playback.pause();
    this.#keepalive.stop();
    const host = this.#host;
    this.#host = null;
    await host?.close();
    this.#changed();
  }

  settled(): Promise<void> {
    return this.#all((conn) => this.#keepalive.settled(conn));
  }

  until(condition: () => boolean): Promise<void> {
    if (condition()) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const look = (): void => {
        try {
          if (!condition()) return;
          resolve();
        } catch (error) {
          reject(error);
        }
        this.#watchers.delete(look);
      };
      this.#watchers.add(look);
    });
  }

  sent(): ReadonlyMap<string, StreamCount> {
    const counts = new Map<string, StreamCount>();
    for (const [stream, { played, delivered, last }] of this.#streams) {
      counts.set(stream, { played, delivered, lastSeq: this.#dialect.sequence(last as F) });
    }
    return counts;
  }

  /** A command of a client: whether a fault takes its acknowledgement or refuses it. */
  commandFault(): CommandFault | null {
    return this.#requestFaults.command();
  }

  inject(fault: Fault): void {
    switch (fault.kind) {
      case 'duplicate':
      case 'drop':
      case 'reorder':
      case 'malform':
        this.#frameFaults.add(fault);
        break;
      case 'disconnect':
      case 'halfOpen':
      case 'stallReads':
      case 'close24h':
        this.#connectionFault(fault);
        break;
      case 'refuseConnect':
        this.#refusals = { left: fault.count, status: fault.status };
        break;
      case 'clockDrift':
        this.driftUs = fault.us;
        this.script.count('clockDrift');
        break;
      case 'burst':
        this.#burst += fault.frames;
        this.script.count('burst');
        break;
      case 'tokenExpired':
        this.#dialect.expire();
        this.script.count('tokenExpired');
        break;
      default:
        this.#requestFaults.add(fault, () => this.#dialect.freeze());
    }
  }

  #byId(id: number): Connection | undefined {
    return this.connections[id - 1];
  }

  async #all(wait: (conn: Connection) => Promise<void>): Promise<void> {
    await Promise.all(this.connections.map(wait));
  }

  #changed(): void {
    for (const look of [...this.#watchers]) look();
  }

  #due(counter: ScriptCounter, value: number): void {
    for (const { fault } of this.script.due(counter, value)) this.inject(fault);
  }

  #frame(frame: F, index: number): void {
    const { stream } = frame;
    this.#dialect.played(frame);
    this.#frameFaults.begin(stream);
    let delivered = false;
    for (const conn of this.connections) {
      if (!conn.open || conn.silent) continue;
      for (const payload of this.#dialect.payloads(frame, conn)) {
        const binary = typeof payload !== 'string';
        const sent: SentFrame = { index, stream, payload, binary, fault: null };
        for (const out of this.#frameFaults.apply(conn.id, sent)) {
          conn.deliver(out);
          delivered ||= out.fault !== 'malform';
        }
      }
    }
    this.#frameFaults.end((id, held) => this.#byId(id)?.deliver(held));
    this.#tally(frame, delivered);
    if (this.#burst > 0) this.#burst -= 1;
    this.#end();
    this.#due('frames', index + 1);
    this.#due('us', frame.atUs - (this.#firstUs ?? 0));
  }

  #tally(frame: F, delivered: boolean): void {
    const tally = this.#streams.get(frame.stream);
    const add = delivered ? 1 : 0;
    if (tally === undefined) {
      this.#streams.set(frame.stream, { played: 1, delivered: add, last: frame });
      return;
    }
    tally.played += 1;
    tally.delivered += add;
    tally.last = frame;
  }

  /** Closes what was announced to be closed. */
  #end(): void {
    for (const ending of [...this.#endings]) {
      ending.left -= 1;
      if (ending.left > 0) continue;
      this.#endings.splice(this.#endings.indexOf(ending), 1);
      for (const conn of ending.conns) this.#goAway(conn);
    }
  }

  #goAway(conn: Connection): void {
    if (!conn.open) return;
    this.script.count('close24h');
    conn.ws.close(GOING_AWAY, 'the connection is 24 hours old');
  }

  #connectionFault(fault: ConnectionFault): void {
    const conns = this.connections.filter(
      (conn) => conn.open && (fault.conn ?? conn.id) === conn.id,
    );
    if (fault.kind === 'close24h') {
      for (const conn of conns) {
        const text = fault.announce ? this.#dialect.announcement(conn) : null;
        if (text !== null) conn.answer(text);
        if (fault.noticeFrames === 0) this.#goAway(conn);
      }
      if (fault.noticeFrames > 0) this.#endings.push({ left: fault.noticeFrames, conns });
      return;
    }
    for (const conn of conns) {
      this.script.count(fault.kind);
      if (fault.kind === 'halfOpen') conn.fallSilent();
      else if (fault.kind === 'stallReads') conn.stallReads();
      else if (fault.code === 'reset') conn.reset();
      else conn.ws.close(fault.code, fault.reason ?? '');
    }
  }

  #attempt(url: URL, request: IncomingMessage): 'accept' | 'reset' | Answered {
    this.#due('attempts', this.attempts);
    this.attempts += 1;
    const refused = this.#refusals.left > 0;
    if (refused) {
      this.#refusals.left -= 1;
      this.script.count('refuseConnect');
    }
    queueMicrotask(() => this.#changed());
    if (!refused) return this.#dialect.admit(url, request.headers) ?? 'accept';
    const { status } = this.#refusals;
    return status === 'reset' ? 'reset' : jsonAnswer(status, '');
  }

  #accepted(ws: VenueSocket, socket: Socket, url: URL): void {
    const path = this.#dialect.shownPath(url);
    const id = this.connections.length + 1;
    const conn = new Connection(id, path, ws, { socket, log: this.#log });
    this.connections.push(conn);
    this.#keepalive.opened(conn);
    ws.on('error', () => {});
    ws.on('close', (code, reason) => {
      conn.closed = { code, reason: reason.toString() };
      this.#keepalive.closed(conn);
      this.#changed();
    });
    ws.on('ping', (data) => {
      conn.pings += 1;
      if (!conn.silent) {
        ws.pong(data);
        this.#dialect.control(conn);
      }
      this.#changed();
    });
    ws.on('pong', (data) => {
      if (!this.#keepalive.pong(conn, data.toString())) this.#dialect.control(conn);
    });
    ws.on('message', (data, binary) =>
      this.#message(conn, binary ? '' : (data as Buffer).toString()),
    );
    this.#dialect.opened(conn, url);
    this.#changed();
  }

  #message(conn: Connection, text: string): void {
    if (conn.silent) return;
    this.#due('messages', this.messages);
    this.messages += 1;
    conn.received.push(text);
    this.#dialect.message(conn, text);
    this.#changed();
  }

  #request(asked: Asked): Answered {
    this.#due('requests', this.#requested);
    this.#requested += 1;
    const answered = this.#requestFaults.apply(asked, () => this.#dialect.request(asked));
    const url = this.#dialect.shownPath(asked.url);
    this.requests.push({ method: asked.method, url, status: answered.status });
    queueMicrotask(() => this.#changed());
    return answered;
  }
}

/** Address parts of an open venue. */
export function urlOf(port: number): { ws: string; http: string } {
  return { ws: `ws://${LOOPBACK}:${port}`, http: `http://${LOOPBACK}:${port}` };
}
