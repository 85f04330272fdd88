/**
 * Two connections that carry the same instruments, handed on as one. Kite numbers nothing, so a
 * message (a packet or a text) is known again by its bytes; one that came n times is told n times.
 *
 * While both are open the older one is handed on and the newer one held. When the older one is
 * closed, what it did not bring follows, and the newer one goes on.
 * @module
 */

/** A packet or a text of a connection, with bytes of its own. */
export interface HeldMessage {
  readonly bytes: Uint8Array;
  readonly binary: boolean;
}

/** What to do with a frame: hand it on, note its messages too, hold them, or drop what came. */
export type Route = 'on' | 'note' | 'hold' | 'settle' | 'drop';

interface Link {
  leader: number;
  /** Newer connection whose messages are held; 0 when there is none. */
  follower: number;
  /** Connection that was taken over from. */
  retired: number;
  held: (HeldMessage & { readonly key: string })[];
  heldBytes: number;
  /** Messages of the leader since the follower is open, with how often they came. */
  readonly noted: Map<string, number>;
  /** Until then the new leader may bring what the old one brought, µs. */
  settleUntil: number;
}

/** A connection is at most so far behind the one it took over from. */
const SETTLE_US = 60_000_000;
/** More different messages of the leader are not remembered: the follower takes over early. */
const NOTED_MAX = 65_536;

function keyOf(message: HeldMessage): string {
  let key = message.binary ? 'b' : 't';
  for (const byte of message.bytes) key += String.fromCharCode(byte);
  return key;
}

export class Handover {
  readonly #links = new Map<string, Link>();
  readonly #byConn = new Map<number, Link>();
  readonly #bytesMax: number;
  /** Messages that both connections brought. */
  repeated = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  /** A connection of the link is open; `follows` when it is to take over from the one before. */
  connected(name: string, conn: number, follows: boolean): void {
    const link = this.#link(name);
    this.#forgetFollower(link);
    link.settleUntil = 0;
    link.noted.clear();
    if (follows && link.leader !== 0 && link.leader !== conn) link.follower = conn;
    else {
      this.#byConn.delete(link.leader);
      link.leader = conn;
    }
    this.#byConn.set(conn, link);
  }

  /** The follower takes over; what is left of its messages is to be handed on now, in order. */
  takeOver(conn: number, rx: number): readonly HeldMessage[] {
    const link = this.#byConn.get(conn);
    if (link === undefined) return [];
    if (link.follower !== conn) return this.#goOn(link, conn);
    this.#byConn.delete(link.retired);
    link.retired = link.leader;
    link.leader = conn;
    link.follower = 0;
    link.settleUntil = rx + SETTLE_US;
    const left = link.held.filter(({ key }) => !this.#consume(link, key));
    link.held = [];
    link.heldBytes = 0;
    return left;
  }

  /** The newer connection failed before its turn, or after an early one: the older goes on. */
  #goOn(link: Link, conn: number): readonly HeldMessage[] {
    this.#forgetFollower(link);
    link.leader = conn;
    if (link.retired === conn) link.retired = 0;
    return [];
  }

  /** A connection is over. Messages of its follower, if it has one, are to be handed on now. */
  disconnected(conn: number, rx: number): readonly HeldMessage[] {
    const link = this.#byConn.get(conn);
    if (link === undefined) return [];
    const left = link.leader === conn ? this.takeOver(link.follower, rx) : [];
    if (link.follower === conn) this.#forgetFollower(link);
    if (link.leader === conn) link.leader = 0;
    if (link.retired === conn) link.retired = 0;
    this.#byConn.delete(conn);
    return left;
  }

  route(conn: number, rx: number): Route {
    const link = this.#byConn.get(conn);
    if (link === undefined) return 'on';
    if (conn === link.follower) return 'hold';
    if (conn === link.retired) return 'drop';
    if (link.follower !== 0) return 'note';
    if (link.settleUntil === 0) return 'on';
    if (rx <= link.settleUntil) return 'settle';
    link.settleUntil = 0;
    link.noted.clear();
    return 'on';
  }

  /** The leader brought this while a follower is open. */
  note(conn: number, message: HeldMessage, rx: number): readonly HeldMessage[] {
    const link = this.#byConn.get(conn) as Link;
    const key = keyOf(message);
    link.noted.set(key, (link.noted.get(key) ?? 0) + 1);
    return link.noted.size > NOTED_MAX ? this.takeOver(link.follower, rx) : [];
  }

  /** Keeps a message of the follower. */
  hold(conn: number, message: HeldMessage, rx: number): readonly HeldMessage[] {
    const link = this.#byConn.get(conn) as Link;
    link.held.push({ ...message, key: keyOf(message) });
    link.heldBytes += message.bytes.length;
    return link.heldBytes > this.#bytesMax ? this.takeOver(conn, rx) : [];
  }

  /** True when the connection before this one brought the message. */
  settled(conn: number, message: HeldMessage): boolean {
    return this.#consume(this.#byConn.get(conn) as Link, keyOf(message));
  }

  /** Forgets all connections: their numbers start again. */
  reset(): void {
    this.#links.clear();
    this.#byConn.clear();
    this.repeated = 0;
  }

  #consume(link: Link, key: string): boolean {
    const count = link.noted.get(key);
    if (count === undefined) return false;
    if (count === 1) link.noted.delete(key);
    else link.noted.set(key, count - 1);
    this.repeated += 1;
    return true;
  }

  /** The follower is gone before its turn: the leader brings all it brought. */
  #forgetFollower(link: Link): void {
    if (link.follower === 0) return;
    this.repeated += link.held.length;
    this.#byConn.delete(link.follower);
    link.follower = 0;
    link.held = [];
    link.heldBytes = 0;
    link.noted.clear();
  }

  #link(name: string): Link {
    let link = this.#links.get(name);
    if (link === undefined) {
      link = {
        leader: 0,
        follower: 0,
        retired: 0,
        held: [],
        heldBytes: 0,
        noted: new Map(),
        settleUntil: 0,
      };
      this.#links.set(name, link);
    }
    return link;
  }
}
