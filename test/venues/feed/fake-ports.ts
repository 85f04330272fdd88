import { createRng, encodeUtf8, QuantlaxmiError } from 'quantlaxmi/core';
import type {
  FeedPorts,
  HttpAnswer,
  HttpRequest,
  SocketEnd,
  SocketHandlers,
  SocketLink,
  SocketOptions,
} from 'quantlaxmi/venues/feed';

export const START_US = 1_700_000_000_000_000;
export const SECOND = 1_000_000;

interface Timer {
  readonly at: number;
  readonly run: () => void;
}

/** One scripted connection: what the feed did to it, and what the venue does on it. */
export class FakeSocket implements SocketLink {
  readonly sent: { readonly at: number; readonly data: string | Uint8Array }[] = [];
  readonly pings: number[] = [];
  paused = false;
  phase: 'opening' | 'open' | 'closing' | 'over' = 'opening';
  terminated = false;
  /** A venue that answers no closing handshake. */
  ignoresClose = false;
  readonly openedAt: number;
  readonly url: string;
  readonly options: SocketOptions;
  readonly #handlers: SocketHandlers;
  readonly #machine: FakeMachine;

  constructor(
    machine: FakeMachine,
    how: { url: string; handlers: SocketHandlers; options: SocketOptions },
  ) {
    this.#machine = machine;
    this.url = how.url;
    this.options = how.options;
    this.#handlers = how.handlers;
    this.openedAt = machine.nowUs;
  }

  accept(): void {
    this.phase = 'open';
    this.#handlers.opened();
  }
  text(message: string): void {
    if (this.phase === 'open' || this.phase === 'closing') {
      this.#handlers.message(encodeUtf8(message), false);
    }
  }
  alive(): void {
    this.#handlers.alive();
  }
  end(end: Partial<SocketEnd>): void {
    if (this.phase === 'over') return;
    this.phase = 'over';
    this.#handlers.closed({ code: 1006, reason: '', error: '', ...end });
  }

  send(data: string | Uint8Array): void {
    this.sent.push({ at: this.#machine.nowUs, data });
  }
  ping(): void {
    this.pings.push(this.#machine.nowUs);
  }
  pause(): void {
    this.paused = true;
  }
  resume(): void {
    this.paused = false;
  }
  close(): void {
    this.phase = 'closing';
    if (!this.ignoresClose) this.#machine.network(() => this.end({ code: 1000 }));
  }
  terminate(): void {
    this.terminated = true;
    this.phase = 'closing';
    this.#machine.network(() => this.end({}));
  }
  get texts(): string[] {
    return this.sent.map(({ data }) => String(data));
  }
}

/** One request under way. */
export class FakeRequest {
  readonly at: number;
  readonly request: HttpRequest;
  readonly #settle: (answer: HttpAnswer | Error) => void;
  settled = false;

  constructor(at: number, request: HttpRequest, settle: (answer: HttpAnswer | Error) => void) {
    this.at = at;
    this.request = request;
    this.#settle = settle;
  }
  answer(status: number, body = '{}', headers: Record<string, string> = {}): void {
    this.settled = true;
    this.#settle({ status, headers, body: encodeUtf8(body) });
  }
  fail(reason: string): void {
    this.settled = true;
    this.#settle(new QuantlaxmiError('QL_FEED_REQUEST', reason));
  }
}

/** Clock, timers, sockets and requests under the test's hand. */
export class FakeMachine {
  /** What timers go by; the wall clock may step beside it. */
  #runUs = START_US;
  #stepUs = 0;
  readonly sockets: FakeSocket[] = [];
  readonly requests: FakeRequest[] = [];
  #timers: Timer[] = [];
  /** Called for each connection attempt, to answer at once. */
  onOpen: (socket: FakeSocket) => void = () => {};

  readonly ports: FeedPorts = {
    clock: { nowUs: () => this.nowUs },
    rng: createRng(7n, 1n),
    timers: {
      after: (delayUs, run) => {
        const timer = { at: this.#runUs + Math.max(0, Math.ceil(delayUs)), run };
        this.#timers.push(timer);
        return () => {
          this.#timers = this.#timers.filter((t) => t !== timer);
        };
      },
    },
    sockets: {
      open: (url, handlers, options) => {
        const socket = new FakeSocket(this, { url, handlers, options });
        this.sockets.push(socket);
        this.onOpen(socket);
        return socket;
      },
    },
    http: {
      request: (request) =>
        new Promise((resolve, reject) => {
          const settle = (answer: HttpAnswer | Error): void =>
            answer instanceof Error ? reject(answer) : resolve(answer);
          this.requests.push(new FakeRequest(this.nowUs, request, settle));
        }),
    },
  };

  /** Something that the network does a little later. */
  network(run: () => void): void {
    this.#timers.push({ at: this.#runUs + 1_000, run });
  }

  get nowUs(): number {
    return this.#runUs + this.#stepUs;
  }

  get timersLeft(): number {
    return this.#timers.length;
  }

  /** Moves the clock, running every timer at its time. */
  advance(us: number): void {
    const end = this.#runUs + us;
    for (;;) {
      let next: Timer | null = null;
      for (const timer of this.#timers) {
        if (timer.at <= end && (next === null || timer.at < next.at)) next = timer;
      }
      if (next === null) break;
      this.#timers = this.#timers.filter((t) => t !== next);
      this.#runUs = Math.max(this.#runUs, next.at);
      next.run();
    }
    this.#runUs = end;
  }

  /** Moves the clock as if the process had not run: timers are late. */
  stallFor(us: number): void {
    this.#runUs += us;
    this.advance(0);
  }

  /** Steps the wall clock, forward or back. */
  stepClock(us: number): void {
    this.#stepUs += us;
  }

  /** The newest connection. */
  get last(): FakeSocket {
    const socket = this.sockets.at(-1);
    if (socket === undefined) throw new Error('no connection was attempted');
    return socket;
  }

  /** Lets promises settle. */
  async settle(): Promise<void> {
    for (let i = 0; i < 20; i++) await Promise.resolve();
  }
}
