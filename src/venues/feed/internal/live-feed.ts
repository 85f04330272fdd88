/**
 * The feed itself: one place through which everything goes, in order.
 * @module
 */
import { EventEmitter } from 'eventemitter3';
import { isQuantlaxmiError, QuantlaxmiError } from '../../../core/index.js';
import type { EventInput, SessionBody } from '../../../events/index.js';
import type { FeedPorts, HttpAnswer, SocketEnd } from '../ports.js';
import type { FeedCommand, FeedProtocol, FeedRequest } from '../protocol.js';
import type { RawRecord } from '../raw-record.js';
import type { Feed, FeedBatch, FeedEvents, FeedOptions, FeedState } from '../types.js';
import { BatchQueue } from './batch-queue.js';
import { broken, notOpened } from './feed-errors.js';
import { FeedTime, TICK_US } from './feed-time.js';
import type { FeedHost } from './host.js';
import { LinkSet } from './link-set.js';
import { RateWindow } from './rate-window.js';
import { RequestScheduler, type RequestSink } from './request-scheduler.js';
import { StreamWatch } from './stream-watch.js';
import { TimerSet } from './timer-set.js';

/** Streams are looked at every so many ticks: protocols list them anew each time. */
const WATCH_TICKS = 4;

type Phase = 'idle' | 'opening' | 'running' | 'ended';

/** See {@link Feed}. */
export class LiveFeed implements Feed, FeedHost, RequestSink {
  readonly ports: FeedPorts;
  readonly options: FeedOptions;
  readonly protocol: FeedProtocol;
  readonly time: FeedTime;
  readonly timers: TimerSet;
  readonly closers: TimerSet;
  readonly connects: RateWindow;
  readonly #emitter = new EventEmitter();
  readonly #queue: BatchQueue;
  readonly #requests: RequestScheduler;
  readonly #streams = new StreamWatch();
  readonly #links: LinkSet;
  /** Records that wait for the one being processed. */
  readonly #inbox: RawRecord[] = [];
  readonly #commands: FeedCommand[] = [];
  /** Opening requests that are not answered. */
  readonly #opening = new Set<string>();
  #phase: Phase = 'idle';
  #state: FeedState = 'idle';
  #paused = false;
  #depth = 0;
  #stopping = false;
  #failure: QuantlaxmiError | null = null;
  #conns = 0;
  #beats = 0;
  #ticks = 0;
  #taken = false;

  constructor(protocol: FeedProtocol, ports: FeedPorts, options: FeedOptions) {
    this.protocol = protocol;
    this.ports = ports;
    this.options = options;
    this.time = new FeedTime(ports.clock);
    this.timers = new TimerSet(ports.timers, (run) => this.enter(run));
    this.closers = new TimerSet(ports.timers, (run) => run());
    this.connects = new RateWindow('connects', protocol.limits.connects);
    this.#queue = new BatchQueue(options.queue, options.batchRecordsMax);
    this.#links = new LinkSet(this);
    this.#requests = new RequestScheduler(this, this);
  }

  get state(): FeedState {
    return this.#state;
  }

  get paused(): boolean {
    return this.#paused;
  }

  get manyLinks(): boolean {
    return this.#links.size > 1;
  }

  on<E extends keyof FeedEvents>(event: E, listener: (...args: FeedEvents[E]) => void): () => void {
    const call = listener as (...args: unknown[]) => void;
    this.#emitter.on(event, call);
    return () => {
      this.#emitter.off(event, call);
    };
  }

  #emit<E extends keyof FeedEvents>(event: E, ...args: FeedEvents[E]): void {
    try {
      this.#emitter.emit(event, ...args);
    } catch (cause) {
      this.#fail(cause);
    }
  }

  batches(): AsyncIterable<FeedBatch> {
    if (this.#taken) {
      throw new QuantlaxmiError(
        'QL_BAD_INPUT',
        'the batches of a feed were asked for twice; a feed has one reader',
      );
    }
    this.#taken = true;
    if (this.#phase === 'idle') this.enter(() => this.#start());
    const iterator: AsyncIterator<FeedBatch> = {
      next: async () => {
        const batch = await this.#queue.next();
        if (batch === null) return { done: true, value: undefined };
        this.#relieve();
        return { done: false, value: batch };
      },
      return: async () => {
        this.stop();
        return { done: true, value: undefined };
      },
    };
    return { [Symbol.asyncIterator]: () => iterator };
  }

  stop(): void {
    if (this.#phase === 'ended') return;
    this.enter(() => {
      this.#stopping = true;
    });
  }

  command(commands: readonly FeedCommand[]): void {
    if (commands.length === 0 || this.#phase === 'ended') return;
    this.#depth += 1;
    this.#commands.push(...commands);
    this.#leave();
  }

  enter(run: () => void): void {
    this.#depth += 1;
    try {
      run();
    } catch (cause) {
      this.#fail(cause);
    }
    this.#leave();
  }

  frame(conn: number, bytes: Uint8Array, binary: boolean): void {
    if (this.#phase === 'ended') return;
    this.#depth += 1;
    this.#inbox.push({ kind: 'frame', rx: this.time.read(), conn, binary, bytes });
    this.#leave();
  }

  fact(body: SessionBody): void {
    if (this.#phase === 'ended') return;
    this.#depth += 1;
    this.#inbox.push({ kind: 'fact', rx: this.time.read(), body });
    this.#leave();
  }

  /** The outermost call works off what it and all inner ones led to. */
  #leave(): void {
    if (this.#depth === 1 && this.#phase !== 'ended') {
      try {
        this.#workOff();
      } catch (cause) {
        this.#fail(cause);
      }
    }
    this.#depth -= 1;
    if (this.#depth === 0 && (this.#failure !== null || this.#stopping)) this.#end();
  }

  #fail(cause: unknown): void {
    this.#failure ??= isQuantlaxmiError(cause) ? cause : broken(this.protocol.name, cause);
  }

  /** Commands first: they answer the record before, and their facts come before the next one. */
  #workOff(): void {
    for (;;) {
      const command = this.#commands.shift();
      if (command !== undefined) {
        if (this.#failure === null && !this.#stopping) this.#execute(command);
        continue;
      }
      const record = this.#inbox.shift();
      if (record !== undefined) {
        this.#process(record);
        continue;
      }
      const opens = this.#phase === 'opening' && this.#opening.size === 0;
      if (!opens || this.#failure !== null || this.#stopping) return;
      this.#phase = 'running';
      this.#syncLinks();
    }
  }

  #process(record: RawRecord): void {
    const events = this.protocol.capture.record(record);
    this.#queue.push(record, events);
    if (record.kind === 'fact') this.#emit('fact', record.body);
    const commands = this.protocol.after(record, events);
    if (commands.length > 0) this.#commands.push(...commands);
    if (!this.#paused && this.#queue.full) this.#setPaused(true);
  }

  /** Pauses reading, or goes on with it; what is on its way inside this process still comes. */
  #setPaused(paused: boolean): void {
    this.#paused = paused;
    this.time.setPaused(paused);
    this.#links.setPaused(paused);
    const { bytes, records } = this.#queue;
    const code = paused ? 'QL_FEED_STALLED' : 'QL_FEED_FLOWING';
    this.fact({ code, details: { bytes, records }, inst: null, kind: 'config' });
    this.#emit('stalled', paused);
  }

  #relieve(): void {
    if (!this.#paused || this.#phase === 'ended' || !this.#queue.low) return;
    this.enter(() => this.#setPaused(false));
  }

  #execute(command: FeedCommand): void {
    switch (command.t) {
      case 'send':
        this.#links.get(command.link)?.send(command.data);
        break;
      case 'request':
        this.#requests.add(command.request);
        break;
      case 'reconnect':
        this.#links.get(command.link)?.reconnect(command.reason, command.conn);
        break;
      case 'renew':
        this.#links.get(command.link)?.renew();
        break;
      case 'fact':
        this.fact(command.body);
        break;
      case 'links':
        if (this.#phase === 'running') this.#syncLinks();
        break;
      case 'fail':
        this.#fail(command.error);
        break;
    }
  }

  #start(): void {
    this.#phase = 'opening';
    this.#refresh();
    this.#tickLater();
    const requests = this.protocol.opening();
    for (const { key } of requests) this.#opening.add(key);
    for (const request of requests) this.#requests.add(request);
  }

  #tickLater(): void {
    this.timers.after(TICK_US, () => {
      this.#tickLater();
      this.#tick();
    });
  }

  #tick(): void {
    const now = this.time.read();
    this.command(this.protocol.tick(now));
    if (this.#phase !== 'running') return;
    this.#ticks += 1;
    if (this.#ticks % WATCH_TICKS === 0) {
      const isConnected = (link: string): boolean => this.#links.get(link)?.isConnected === true;
      const watched = this.protocol.watched();
      const facts = this.#streams.check(watched, this.time.activeUs, isConnected);
      for (const body of facts) this.fact(body);
    }
    this.#links.tick();
  }

  #syncLinks(): void {
    this.#links.sync(this.protocol.links());
    this.#refresh();
  }

  answered(request: FeedRequest, answer: HttpAnswer, tookUs: number): void {
    const { key, recordedUrl, retry } = request;
    const { body, status } = answer;
    const rx = this.time.read();
    this.#inbox.push({ kind: 'answer', rx, tookUs, status, url: recordedUrl, bytes: body });
    if (status === 200) this.#opening.delete(key);
    else if (!retry && this.#opening.has(key)) this.#fail(notOpened(request, `status ${status}`));
  }

  unanswered(request: FeedRequest, reason: string, again: boolean): void {
    const { key } = request;
    this.fact({
      code: 'QL_FEED_REQUEST',
      details: { key, reason },
      inst: null,
      kind: 'malformed',
    });
    if (!again && this.#opening.has(key)) this.#fail(notOpened(request, reason));
  }

  nextConn(): number {
    this.#conns += 1;
    return this.#conns;
  }

  nextBeat(): number {
    this.#beats += 1;
    return this.#beats;
  }

  hasSilentStream(link: string): boolean {
    return this.#streams.hasSilent(link);
  }

  linkChanged(link: string): void {
    const state = this.#links.get(link)?.state;
    if (state !== undefined) this.#emit('link', link, state);
    this.#refresh();
  }

  retrying(link: string, waitUs: number, end: SocketEnd): void {
    this.#emit('retry', link, waitUs, end);
  }

  #refresh(): void {
    const before = this.#state;
    const state = this.#stateNow();
    if (state === before) return;
    this.#state = state;
    this.#emit('state', state, before);
  }

  #stateNow(): FeedState {
    if (this.#phase === 'ended') return 'closed';
    if (this.#phase !== 'running') return this.#phase === 'idle' ? 'idle' : 'connecting';
    return this.#links.state();
  }

  #end(): void {
    if (this.#phase === 'ended') return;
    this.#phase = 'ended';
    this.#requests.end();
    this.timers.cancelAll();
    let events: readonly EventInput[] = [];
    try {
      this.#links.end();
      if (this.#failure === null) events = this.protocol.capture.stop();
    } catch (cause) {
      this.#fail(cause);
    }
    this.#queue.end(events, this.#failure);
    this.#refresh();
    if (this.#failure !== null) this.#emit('failed', this.#failure);
  }
}
