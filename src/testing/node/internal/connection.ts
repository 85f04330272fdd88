/** One client of a local venue: its socket, and the log of what it got. @module */
import type { Socket } from 'node:net';
import type { VenueSocket } from './venue-socket.js';
import type { SentFrame, VenueConnection } from '../local-venue.js';

const NOTHING = new Uint8Array(0);

export class Connection implements VenueConnection {
  readonly id: number;
  readonly path: string;
  readonly ws: VenueSocket;
  readonly socket: Socket;
  readonly sent: SentFrame[] = [];
  readonly answers: string[] = [];
  readonly received: string[] = [];
  /** What the client asked for; its meaning is the dialect's. */
  readonly asked = new Map<string, string>();
  sentCount = 0;
  pings = 0;
  closed: { code: number; reason: string } | null = null;
  /** Nothing goes out and nothing is answered any more. */
  silent = false;
  /** Nothing is read any more. */
  stalled = false;
  readonly #keepLog: boolean;
  #gathering = false;

  constructor(
    id: number,
    path: string,
    ws: VenueSocket,
    options: { socket: Socket; log: boolean },
  ) {
    this.id = id;
    this.path = path;
    this.ws = ws;
    this.socket = options.socket;
    this.#keepLog = options.log;
  }

  get open(): boolean {
    return this.closed === null && this.ws.readyState === this.ws.OPEN;
  }

  get subscriptions(): readonly string[] {
    return [...this.asked.keys()];
  }

  /** Sends a frame of the playback. */
  deliver(frame: SentFrame): void {
    if (this.silent || !this.open) return;
    this.sentCount += 1;
    if (this.#keepLog) this.sent.push(frame);
    this.#gather();
    // A damaged text frame stays a text frame, though its payload is bytes by now.
    this.ws.send(frame.payload, { binary: frame.binary });
  }

  /** Sends what is not of the playback: an acknowledgement, an announcement. */
  answer(text: string): void {
    if (this.silent || !this.open) return;
    this.answers.push(text);
    this.ws.send(text);
  }

  /** Sends a heartbeat, which no log holds. */
  keepAlive(bytes: Uint8Array): void {
    if (!this.silent && this.open) this.ws.send(bytes);
  }

  /** Ends once all that was sent is with the system, or the connection is over. */
  drained(): Promise<void> {
    if (!this.open || this.ws.bufferedAmount === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const done = (): void => {
        this.socket.off('close', done);
        resolve();
      };
      this.socket.once('close', done);
      this.socket.write(NOTHING, done);
    });
  }

  /** Frames sent in one go leave in one write: a system call for each would halve the rate. */
  #gather(): void {
    if (this.#gathering) return;
    this.#gathering = true;
    this.socket.cork();
    queueMicrotask(() => this.#flush());
  }

  #flush(): void {
    if (!this.#gathering) return;
    this.#gathering = false;
    this.socket.uncork();
  }

  /** Like a cable that was pulled: the socket is there, and nothing comes through it. */
  fallSilent(): void {
    this.#flush();
    this.silent = true;
    this.socket.pause();
  }

  /** Stops reading. */
  stallReads(): void {
    this.stalled = true;
    this.socket.pause();
  }

  /** Ends the connection by TCP reset. */
  reset(): void {
    this.#flush();
    this.socket.resetAndDestroy();
  }
}
