/**
 * Two connections that carry the same streams, handed on as one: every message once, in order.
 *
 * ```text
 *   older:  ──1──2──3──4──5──6┤ closed             handed on: 1 2 3 4 5 6 (older)
 *   newer:           ·──4──5──6──7──8──9──            held: 4 5 6 7, of which 7 is left,
 *                    └ held ───┘└ settling ──         then 8 9
 * ```
 *
 * While both are open the older one is handed on and the newer one is held. When the older one is
 * closed, what it did not bring itself follows, and the newer one goes on. A message is known again
 * by the number it has in its stream, or, where streams have none, by its bytes.
 * @module
 */
import type { NumberedType } from './instrument-state.js';

/** What tells a message from all others. */
export type MessageKey =
  | { readonly type: NumberedType; readonly inst: string; readonly seq: number }
  | { readonly type: null; readonly digest: string };

/** What to do with a message of a connection. */
export type Route = 'on' | 'overlap' | 'hold' | 'settle' | 'drop';

/** What a hand-over needs of its surroundings. */
export interface HandoverPorts {
  readonly bytesMax: number;
  /** Number of the last message handed on of a stream. */
  last(type: NumberedType, inst: string): number;
  /** Remembers where all streams stand. */
  mark(): void;
  /** Where a stream stood at the last {@link HandoverPorts.mark}. */
  marked(type: NumberedType, inst: string): number;
  /** Takes a held message as if it came now. */
  handOn(bytes: Uint8Array): void;
  /** A message was dropped because it came on the other connection too. */
  repeated(): void;
}

interface Held {
  readonly bytes: Uint8Array;
  readonly key: MessageKey;
}

interface Link {
  readonly name: string;
  leader: number;
  /** Newer connection whose messages are held; -1 when there is none. */
  follower: number;
  /** Connection that was taken over from; what still comes of it came on the newer one too. */
  retired: number;
  held: Held[];
  heldBytes: number;
  pruneAt: number;
  /** Messages without a number that the leader brought since the follower is open, with counts. */
  noted: Map<string, number>;
  /** The same of the connection before the leader: the leader may still bring them. */
  owed: Map<string, number>;
  /** Until then the new leader may bring what the old one brought, µs. */
  settleUntil: number;
}

/** A connection is at most so far behind the one it took over from. */
const SETTLE_US = 60_000_000;
const PRUNE_AT = 1024;
const NOTED_MAX = 65_536;
const NONE = -1;

export class Handover {
  readonly #ports: HandoverPorts;
  readonly #links = new Map<string, Link>();
  readonly #linkOf = new Map<number, Link>();

  constructor(ports: HandoverPorts) {
    this.#ports = ports;
  }

  /** A connection of the link is open; `follows` when the one before still is. */
  connected(name: string, conn: number, follows: boolean): void {
    const link = this.#link(name);
    if (link.follower !== NONE) this.#forget(link);
    if (follows && link.leader !== NONE && link.leader !== conn) {
      // The leader may still be behind the one it took over from: it goes on settling.
      link.follower = conn;
    } else {
      this.#linkOf.delete(link.leader);
      link.leader = conn;
      link.settleUntil = 0;
      link.owed.clear();
    }
    if (link.retired === conn) link.retired = NONE;
    this.#linkOf.set(conn, link);
  }

  /** The follower becomes the leader: what is left of its messages is handed on. */
  takeOver(conn: number, rx: number): void {
    const link = this.#linkOf.get(conn);
    if (link === undefined) return;
    if (link.follower !== conn) {
      this.#goOn(link, conn, rx);
      return;
    }
    this.#linkOf.delete(link.retired);
    link.retired = link.leader;
    link.leader = conn;
    link.follower = NONE;
    link.settleUntil = rx + SETTLE_US;
    this.#ports.mark();
    const { held } = link;
    link.held = [];
    link.heldBytes = 0;
    link.owed = link.noted;
    link.noted = new Map();
    for (const one of held) {
      if (this.#cameBefore(link, one.key)) this.#ports.repeated();
      else this.#ports.handOn(one.bytes);
    }
  }

  /** The newer connection failed before its turn, or after an early one: the older goes on. */
  #goOn(link: Link, conn: number, rx: number): void {
    if (link.follower !== NONE) this.#forget(link);
    if (link.leader !== conn) {
      this.#ports.mark();
      link.settleUntil = rx + SETTLE_US;
      link.leader = conn;
    }
    if (link.retired === conn) link.retired = NONE;
  }

  /** A connection is over. */
  disconnected(conn: number, rx: number): void {
    const link = this.#linkOf.get(conn);
    if (link === undefined) return;
    if (link.leader === conn && link.follower !== NONE) this.takeOver(link.follower, rx);
    if (link.follower === conn) this.#forget(link);
    if (link.leader === conn) link.leader = NONE;
    if (link.retired === conn) link.retired = NONE;
    this.#linkOf.delete(conn);
    if (link.leader === NONE) this.#release(link);
  }

  /** No connection is open: one that comes begins anew, and a link given up has no other. */
  #release(link: Link): void {
    link.owed.clear();
    link.noted.clear();
    if (link.retired === NONE) this.#links.delete(link.name);
  }

  /** Messages held at present. */
  held(): number {
    let count = 0;
    for (const link of this.#links.values()) count += link.held.length;
    return count;
  }

  /** Forgets all connections: their numbers start again. */
  reset(): void {
    this.#links.clear();
    this.#linkOf.clear();
  }

  route(conn: number, rx: number): Route {
    const link = this.#linkOf.get(conn);
    if (link === undefined) return 'on';
    if (conn === link.follower) return 'hold';
    if (conn === link.retired) return 'drop';
    if (link.settleUntil !== 0 && rx > link.settleUntil) {
      link.settleUntil = 0;
      link.owed.clear();
    }
    if (link.follower !== NONE) return 'overlap';
    return link.settleUntil === 0 ? 'on' : 'settle';
  }

  /** The leader brought this while a follower is open. */
  note(conn: number, key: MessageKey, rx: number): void {
    if (key.type !== null) return;
    const link = this.#linkOf.get(conn) as Link;
    link.noted.set(key.digest, (link.noted.get(key.digest) ?? 0) + 1);
    if (link.noted.size > NOTED_MAX) this.takeOver(link.follower, rx);
  }

  /** True when the old leader brought this message of the new one. */
  settled(conn: number, key: MessageKey): boolean {
    const link = this.#linkOf.get(conn) as Link;
    return link.settleUntil !== 0 && this.#cameBefore(link, key);
  }

  /**
   * Keeps a message of the follower. When more is held than allowed, though all that the leader
   * brought too was dropped, the leader has all but stopped: the follower takes over early.
   */
  hold(
    conn: number,
    bytes: Uint8Array,
    at: { readonly key: MessageKey; readonly rx: number },
  ): void {
    const link = this.#linkOf.get(conn) as Link;
    link.held.push({ bytes: bytes.slice(), key: at.key });
    link.heldBytes += bytes.length;
    const full = link.heldBytes > this.#ports.bytesMax;
    if (!full && link.held.length < link.pruneAt) return;
    this.#prune(link);
    if (link.heldBytes > this.#ports.bytesMax) this.takeOver(conn, at.rx);
  }

  #prune(link: Link): void {
    const ports = this.#ports;
    const left = link.held.filter(({ key }) => {
      const came =
        key.type === null
          ? this.#consume(link.noted, key.digest)
          : key.seq <= ports.last(key.type, key.inst);
      if (came) ports.repeated();
      return !came;
    });
    link.held = left;
    link.heldBytes = left.reduce((sum, one) => sum + one.bytes.length, 0);
    link.pruneAt = Math.max(PRUNE_AT, 2 * left.length);
  }

  #cameBefore(link: Link, key: MessageKey): boolean {
    if (key.type === null) return this.#consume(link.owed, key.digest);
    return key.seq <= this.#ports.marked(key.type, key.inst);
  }

  #consume(counts: Map<string, number>, digest: string): boolean {
    const count = counts.get(digest);
    if (count === undefined) return false;
    if (count === 1) counts.delete(digest);
    else counts.set(digest, count - 1);
    return true;
  }

  /** The follower is gone before its turn: the leader brings all it brought. */
  #forget(link: Link): void {
    for (const _ of link.held) this.#ports.repeated();
    this.#linkOf.delete(link.follower);
    link.follower = NONE;
    link.held = [];
    link.heldBytes = 0;
    link.noted.clear();
  }

  #link(name: string): Link {
    let link = this.#links.get(name);
    if (link === undefined) {
      link = {
        name,
        leader: NONE,
        follower: NONE,
        retired: NONE,
        held: [],
        heldBytes: 0,
        pruneAt: PRUNE_AT,
        noted: new Map(),
        owed: new Map(),
        settleUntil: 0,
      };
      this.#links.set(name, link);
    }
    return link;
  }
}

/** Identity of bytes: length and two 32-bit FNV-1a sums with different starts. */
export function digestOf(bytes: Uint8Array): string {
  let one = 0x811c9dc5;
  let two = 0x5bd1e995;
  for (const byte of bytes) {
    one = Math.imul(one ^ byte, 0x01000193);
    two = Math.imul(two ^ byte, 0x01000193);
    two ^= two >>> 15;
  }
  return `${bytes.length}:${one >>> 0}:${two >>> 0}`;
}
