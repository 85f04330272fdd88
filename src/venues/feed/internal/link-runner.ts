/**
 * Holds one link: connects, waits, connects again, hands over.
 * @module
 */
import { Backoff } from '../backoff.js';
import { nextLinkState } from '../link-state.js';
import type { SocketEnd } from '../ports.js';
import type { FeedLink } from '../protocol.js';
import type { FeedState } from '../types.js';
import { Connection, type ConnectionOwner } from './connection.js';
import type { FeedHost } from './host.js';
import { connectedFact, handOverFact, type LossCode, lossCode, lossFacts } from './link-facts.js';

/** Not a code of RFC 6455 on the wire: no closing handshake took place. */
const NO_HANDSHAKE = 1006;

/**
 * True when nothing can be missing between what the older connection brought and the newer one: the
 * older ended with a closing handshake, or showed life after the newer was subscribed.
 */
function isWhole(
  older: Connection,
  newer: Connection,
  how: { readonly code: LossCode; readonly end: SocketEnd },
): boolean {
  if (how.code === 'QL_FEED_REQUESTED') return false;
  if (how.code === 'QL_FEED_CLOSED' && how.end.code !== NO_HANDSHAKE) return true;
  return newer.subscribedBeat <= older.beat;
}

/**
 * One link. `#current` is the open connection whose data counts; `#next` is the one being made, or
 * the open one that is about to take over.
 */
export class LinkRunner implements ConnectionOwner {
  readonly #host: FeedHost;
  readonly #backoff: Backoff;
  #link: FeedLink;
  #state: FeedState = 'idle';
  #current: Connection | null = null;
  #next: Connection | null = null;
  #cancelWait: (() => void) | null = null;
  #attempt = 0;
  #wasOpen = false;
  #renewing = false;

  constructor(host: FeedHost, link: FeedLink) {
    this.#host = host;
    this.#link = link;
    this.#backoff = new Backoff(host.options.backoff, host.ports.rng);
  }

  get state(): FeedState {
    return this.#state;
  }

  get insts(): readonly string[] {
    return this.#link.insts;
  }

  get isConnected(): boolean {
    return this.#current !== null;
  }

  start(): void {
    this.#to('connecting');
    this.#connectIn(0);
  }

  /** Other instruments or another address; the address counts from the next connection on. */
  update(link: FeedLink): void {
    this.#link = link;
  }

  #to(state: FeedState): void {
    if (state === this.#state) return;
    this.#state = nextLinkState(this.#link.id, { from: this.#state, to: state });
    this.#host.linkChanged(this.#link.id);
  }

  /** Makes a connection after the wait, or later when the venue's limit asks for it. */
  #connectIn(waitUs: number): void {
    const { connects, time, timers } = this.#host;
    const limitUs = connects.waitUs(time.elapsedUs());
    if (waitUs <= 0 && limitUs <= 0) {
      this.#connect();
      return;
    }
    this.#cancelWait = timers.after(Math.max(waitUs, limitUs), () => {
      this.#cancelWait = null;
      // Another link may have taken what was left of the limit.
      this.#connectIn(0);
    });
  }

  #connect(): void {
    const { connects, time } = this.#host;
    connects.take(time.elapsedUs());
    this.#attempt += 1;
    const next = new Connection(this.#host, this.#link, this);
    this.#next = next;
    next.open();
  }

  opened(connection: Connection): void {
    const current = this.#current;
    const code = this.#wasOpen
      ? current === null
        ? 'QL_FEED_RECONNECTED'
        : 'QL_FEED_HANDOVER'
      : '';
    this.#host.fact(connectedFact(this.#link, connection, { code, attempt: this.#attempt }));
    this.#attempt = 0;
    this.#wasOpen = true;
    if (current === null) this.#promote(connection);
    for (const data of this.#host.protocol.greet(this.#link.id, connection.conn)) {
      connection.send(data);
    }
  }

  /** `connection` is the one whose data counts from here on. */
  #promote(connection: Connection): void {
    this.#current = connection;
    this.#next = null;
    this.#renewing = false;
    if (this.#state !== 'syncing') this.#to('syncing');
  }

  received(): void {
    if (this.#next !== null) this.#host.enter(() => this.checkHandOver());
  }

  closed(connection: Connection, end: SocketEnd): void {
    this.#lost(connection, end, lossCode(end));
    this.#host.command(this.#host.protocol.ended?.(this.#link.id, connection.conn, end) ?? []);
  }

  #lost(connection: Connection, end: SocketEnd, code: LossCode): void {
    if (connection.conn > 0) {
      this.#backoff.held(this.#host.time.elapsedUs() - connection.openedUs);
    }
    if (connection === this.#current) this.#lostCurrent(connection, end, code);
    else if (connection === this.#next) this.#lostNext(connection, end);
  }

  #lostCurrent(connection: Connection, end: SocketEnd, code: LossCode): void {
    this.#current = null;
    const next = this.#next;
    if (next?.isOpen === true && next.conn > 0) {
      if (this.#sawSubscribed(next) && isWhole(connection, next, { code, end })) {
        this.#host.fact(handOverFact(this.#link, next.conn, connection.conn));
        this.#takeOver(next);
        return;
      }
      this.#recordLoss(connection, end, code);
      this.#promote(next);
      return;
    }
    this.#recordLoss(connection, end, code);
    this.#renewing = false;
    this.#to('reconnecting');
    if (next === null && this.#cancelWait === null) this.#retry(end);
  }

  #recordLoss({ conn }: Connection, end: SocketEnd, code: LossCode): void {
    const { manyLinks } = this.#host;
    for (const body of lossFacts(this.#link, { code, conn, end, manyLinks })) {
      this.#host.fact(body);
    }
  }

  /** The newer one failed: the older goes on, and it is tried again. */
  #lostNext(connection: Connection, end: SocketEnd): void {
    this.#next = null;
    const current = this.#current;
    if (connection.conn > 0 && current !== null) {
      this.#host.fact(handOverFact(this.#link, current.conn, connection.conn));
    }
    this.#retry(end);
  }

  #retry(end: SocketEnd): void {
    const waitUs = this.#backoff.next();
    this.#host.retrying(this.#link.id, waitUs, end);
    this.#connectIn(waitUs);
  }

  /** Drops the connection, or the one of the two that is named, and makes a new one. */
  reconnect(reason: string, conn: number | undefined): void {
    const named = conn === undefined || this.#current?.conn === conn ? this.#current : this.#next;
    if (named === null || (conn !== undefined && named.conn !== conn)) return;
    named.retire(true);
    this.#lost(named, { code: 1000, reason, error: '' }, 'QL_FEED_REQUESTED');
  }

  /** Opens a second connection that takes over. */
  renew(): void {
    if (this.#current === null || this.#renewing) return;
    this.#renewing = true;
    this.#backoff.held(this.#host.time.elapsedUs() - this.#current.openedUs);
    if (this.#next === null && this.#cancelWait === null) this.#connectIn(0);
  }

  #sawSubscribed(next: Connection): boolean {
    if (next.subscribedBeat === 0 && this.#host.protocol.subscribed(next.conn)) {
      next.subscribedBeat = this.#host.nextBeat();
    }
    return next.subscribedBeat > 0;
  }

  /** Switches to the newer connection once it has flown beside the older one for long enough. */
  checkHandOver(): void {
    const current = this.#current;
    const next = this.#next;
    if (current === null || next === null || !next.isOpen || next.frames === 0) return;
    if (!this.#sawSubscribed(next)) return;
    const { activeUs } = this.#host.time;
    if (next.flowingUs < 0) next.flowingUs = activeUs;
    if (activeUs - next.flowingUs < this.#host.options.overlapUs) return;
    this.#host.fact(handOverFact(this.#link, next.conn, current.conn));
    current.retire(true);
    this.#takeOver(next);
  }

  #takeOver(next: Connection): void {
    this.#current = next;
    this.#next = null;
    this.#renewing = false;
  }

  /** Looks after silence, age and hand-over; about every 250 ms. */
  tick(): void {
    this.#watch(this.#current);
    this.#watch(this.#next);
    const current = this.#current;
    const { lifetimeUs } = this.#link;
    if (current !== null && lifetimeUs !== null) {
      if (this.#host.time.elapsedUs() - current.openedUs >= lifetimeUs) this.renew();
    }
    this.checkHandOver();
    this.assess();
  }

  #watch(connection: Connection | null): void {
    if (connection === null || !connection.isOpen) return;
    const { silenceUs } = this.#link;
    const silentUs = connection.silentUs();
    if (silentUs * 2 >= silenceUs) connection.askForLife();
    if (silentUs < silenceUs) return;
    connection.retire(false);
    const reason = `nothing for ${silentUs} µs, and no answer to a ping`;
    const end = { code: NO_HANDSHAKE, reason, error: '' };
    this.#lost(connection, end, 'QL_FEED_SILENT');
    this.#host.command(this.#host.protocol.ended?.(this.#link.id, connection.conn, end) ?? []);
  }

  /** Brings the state up to date while a connection is open. */
  assess(): void {
    const current = this.#current;
    if (current === null) return;
    const { id, silenceUs } = this.#link;
    const { protocol } = this.#host;
    // A ping goes out at half of the silence; at three quarters its answer is overdue.
    const silent = current.silentUs() * 4 >= silenceUs * 3 || this.#host.hasSilentStream(id);
    if (silent) this.#to('stale');
    else this.#to(protocol.subscribed(current.conn) && protocol.synced(id) ? 'live' : 'syncing');
  }

  send(data: string | Uint8Array): void {
    this.#current?.send(data);
    if (this.#next !== null && this.#next.conn > 0) this.#next.send(data);
  }

  pause(): void {
    this.#current?.pause();
    this.#next?.pause();
  }

  resume(): void {
    this.#current?.resume();
    this.#next?.resume();
  }

  /** The protocol no longer wants it. */
  remove(): void {
    const current = this.#current;
    this.end();
    if (current === null) return;
    const end = { code: 1000, reason: 'link removed', error: '' };
    this.#recordLoss(current, end, 'QL_FEED_REQUESTED');
  }

  /** Closes its connections; nothing is recorded. */
  end(): void {
    this.#cancelWait?.();
    this.#cancelWait = null;
    this.#current?.retire(true);
    this.#next?.retire(true);
    this.#current = null;
    this.#next = null;
    this.#to('closed');
  }
}
