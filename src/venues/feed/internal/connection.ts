/**
 * One connection: sends at the venue's pace, signs of life, closing.
 * @module
 */
import type { SocketEnd, SocketHandlers, SocketLink } from '../ports.js';
import type { FeedLink } from '../protocol.js';
import type { FeedHost } from './host.js';
import { RateWindow } from './rate-window.js';

/** How long a closing handshake may take before the connection is dropped, µs. */
const CLOSE_TIMEOUT_US = 2_000_000;

/** Told by a connection what its link must act on; not after {@link Connection.retire}. */
export interface ConnectionOwner {
  opened(connection: Connection): void;
  /** A message came and was processed. */
  received(): void;
  closed(connection: Connection, end: SocketEnd): void;
}

type Phase = 'opening' | 'open' | 'over';

/** What waits to be sent; null is a ping, which venues count as a message. */
type Outgoing = string | Uint8Array | null;

/** One connection of a link, from the attempt to its end. */
export class Connection implements SocketHandlers {
  /** Its number once it is open; 0 before. */
  conn = 0;
  /** Elapsed time at which it opened, µs. */
  openedUs = 0;
  /** Messages that came on it. */
  frames = 0;
  /** The feed's count of signs of life at its last one. */
  beat = 0;
  /** The feed's count when all subscriptions were first seen acknowledged; 0 before. */
  subscribedBeat = 0;
  /** Active time since which it flows with all subscriptions, µs; -1 before. */
  flowingUs = -1;
  readonly #host: FeedHost;
  readonly #link: FeedLink;
  readonly #owner: ConnectionOwner;
  readonly #sends: RateWindow;
  readonly #outgoing: Outgoing[] = [];
  #socket: SocketLink | null = null;
  #phase: Phase = 'opening';
  /** True when its owner wants to hear nothing more of it. */
  #retired = false;
  #seenUs = 0;
  #pinged = false;
  #waitsToSend = false;
  #cancelClose: (() => void) | null = null;

  constructor(host: FeedHost, link: FeedLink, owner: ConnectionOwner) {
    this.#host = host;
    this.#link = link;
    this.#owner = owner;
    this.#sends = new RateWindow('sends', host.protocol.limits.sends);
  }

  get isOpen(): boolean {
    return this.#phase === 'open' && !this.#retired;
  }

  /** Starts the handshake. */
  open(): void {
    const { headers, messageBytesMax, url } = this.#link;
    const { handshakeTimeoutUs } = this.#host.options;
    const socket = this.#host.ports.sockets.open(url, this, {
      headers,
      handshakeTimeoutUs,
      messageBytesMax,
    });
    this.#socket = socket;
    // A port may tell at once, before its answer is here.
    if (this.#isOpenPhase()) this.#begin();
  }

  #isOpenPhase(): boolean {
    return this.#phase === 'open';
  }

  opened(): void {
    if (this.#phase !== 'opening') return;
    this.#phase = 'open';
    if (this.#socket !== null) this.#host.enter(() => this.#begin());
  }

  #begin(): void {
    if (this.#retired) return;
    this.conn = this.#host.nextConn();
    this.openedUs = this.#host.time.elapsedUs();
    this.#alive();
    if (this.#host.paused) this.#socket?.pause();
    this.#owner.opened(this);
  }

  message(bytes: Uint8Array, binary: boolean): void {
    if (!this.isOpen) return;
    this.frames += 1;
    this.#host.frame(this.conn, bytes, binary);
    this.#alive();
    this.#owner.received();
  }

  alive(): void {
    if (!this.isOpen) return;
    this.#host.time.read();
    this.#alive();
  }

  #alive(): void {
    this.#seenUs = this.#host.time.activeUs;
    this.#pinged = false;
    this.beat = this.#host.nextBeat();
  }

  closed(end: SocketEnd): void {
    this.#cancelClose?.();
    this.#cancelClose = null;
    if (this.#phase === 'over') return;
    this.#phase = 'over';
    if (this.#retired) return;
    this.#host.enter(() => {
      if (!this.#retired) this.#owner.closed(this, end);
    });
  }

  /** Active time since the last sign of life, µs. */
  silentUs(): number {
    return this.#host.time.activeUs - this.#seenUs;
  }

  /** Pings once per silence, before all that waits to be sent. */
  askForLife(): void {
    if (this.#pinged || !this.isOpen) return;
    this.#pinged = true;
    this.#outgoing.unshift(null);
    this.#flush();
  }

  /** Sends as soon as the venue's limit allows, in order. */
  send(data: string | Uint8Array): void {
    if (!this.isOpen) return;
    this.#outgoing.push(data);
    this.#flush();
  }

  #flush(): void {
    if (this.#waitsToSend) return;
    const { time, timers } = this.#host;
    while (this.isOpen && this.#outgoing.length > 0) {
      const now = time.elapsedUs();
      const waitUs = this.#sends.waitUs(now);
      if (waitUs > 0) {
        this.#waitsToSend = true;
        timers.after(waitUs, () => {
          this.#waitsToSend = false;
          this.#flush();
        });
        return;
      }
      this.#sends.take(now);
      const data = this.#outgoing.shift() as Outgoing;
      if (data === null) this.#socket?.ping();
      else this.#socket?.send(data);
    }
  }

  pause(): void {
    if (this.isOpen) this.#socket?.pause();
  }

  resume(): void {
    if (this.isOpen) this.#socket?.resume();
  }

  /**
   * Ends it from this side; its owner hears nothing more. With `gently` the closing handshake is
   * made, and the connection is dropped when that takes too long.
   */
  retire(gently: boolean): void {
    if (this.#retired) return;
    this.#retired = true;
    this.#outgoing.length = 0;
    const socket = this.#socket;
    if (this.#phase === 'over' || socket === null) return;
    if (!gently) {
      socket.terminate();
      return;
    }
    this.#cancelClose = this.#host.closers.after(CLOSE_TIMEOUT_US, () => socket.terminate());
    // A paused socket would not read the answer to its closing handshake.
    socket.resume();
    socket.close();
  }
}
