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
 * by the number it has in its stream, or, where streams have none, by its bytes. What came shortly
 * before the newer one was open counts too: that one may be behind.
 * @module
 */
import { Brought, type MessageKey } from './brought.js';
import type { Run } from './instrument-state.js';

/** What to do with a message of a connection. */
export type Route = 'on' | 'overlap' | 'hold' | 'settle' | 'drop';

/** What a hand-over needs of its surroundings. */
export interface HandoverPorts {
  readonly bytesMax: number;
  /** Numbers handed on so far, by "type instrument". */
  runs(): ReadonlyMap<string, Run>;
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
  /** What the leader brought, for the follower. */
  noted: Brought;
  /** The same of the connection before the leader: the leader may still bring it. */
  owed: Brought;
  /** Messages without a number of the last seconds. */
  recent: { readonly digest: string; readonly rx: number }[];
  /** Until then the new leader may bring what the old one brought, µs. */
  settleUntil: number;
}

/** A connection is at most so far behind the one it took over from. */
const SETTLE_US = 60_000_000;
const PRUNE_AT = 1024;
const NOTED_MAX = 65_536;
/** A newer connection is at most so far behind the one it follows, for messages without number. */
const RECENT_US = 10_000_000;
const RECENT_MAX = 16_384;
const NONE = -1;
const NOTHING: ReadonlyMap<string, Run> = new Map();

export class Handover {
  readonly #ports: HandoverPorts;
  readonly #links = new Map<string, Link>();
  readonly #linkOf = new Map<number, Link>();

  constructor(ports: HandoverPorts) {
    this.#ports = ports;
  }

  /** A connection of the link is open; `follows` when the one before still is. */
  connected(
    name: string,
    conn: number,
    { follows, rx }: { readonly follows: boolean; readonly rx: number },
  ): void {
    const link = this.#link(name);
    if (link.follower !== NONE) this.#forget(link);
    if (follows && link.leader !== NONE && link.leader !== conn) {
      // The leader may still be behind the one it took over from: it goes on settling.
      link.follower = conn;
      link.noted = this.#soFar(link, rx);
    } else {
      this.#linkOf.delete(link.leader);
      link.leader = conn;
      link.settleUntil = 0;
      link.owed = new Brought(NOTHING);
      link.recent = [];
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
    const { held } = link;
    link.held = [];
    link.heldBytes = 0;
    link.owed = link.noted;
    link.noted = new Brought(NOTHING);
    for (const { bytes, key } of held) {
      if (link.owed.take(key)) this.#ports.repeated();
      else {
        this.#ports.handOn(bytes);
        if (key.type === null) this.#remember(link, key.digest, rx);
      }
    }
  }

  /** What was handed on of a link shortly before now. */
  #soFar(link: Link, rx: number): Brought {
    const brought = new Brought(this.#ports.runs());
    for (const one of link.recent) {
      if (one.rx >= rx - RECENT_US) brought.add({ type: null, digest: one.digest });
    }
    return brought;
  }

  /** A message without a number was handed on while there is no follower. */
  unnumbered(conn: number, bytes: Uint8Array, rx: number): void {
    const link = this.#linkOf.get(conn);
    if (link !== undefined) this.#remember(link, digestOf(bytes), rx);
  }

  #remember(link: Link, digest: string, rx: number): void {
    const { recent } = link;
    if (recent.length >= RECENT_MAX) {
      const kept = recent.slice(RECENT_MAX >> 1);
      link.recent = kept.filter((one) => one.rx >= rx - RECENT_US);
    }
    link.recent.push({ digest, rx });
  }

  /** The newer connection failed before its turn, or after an early one: the older goes on. */
  #goOn(link: Link, conn: number, rx: number): void {
    if (link.follower !== NONE) this.#forget(link);
    if (link.leader !== conn) {
      link.owed = this.#soFar(link, rx);
      link.settleUntil = rx + SETTLE_US;
      link.leader = conn;
    }
    if (link.retired === conn) link.retired = NONE;
  }

  /** True for one of two connections that are open: the other one goes on with its streams. */
  overlaps(conn: number): boolean {
    const link = this.#linkOf.get(conn);
    return link !== undefined && (link.follower !== NONE || link.retired === conn);
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
    link.owed = new Brought(NOTHING);
    link.noted = new Brought(NOTHING);
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
      link.owed = new Brought(NOTHING);
    }
    if (link.follower !== NONE) return 'overlap';
    return link.settleUntil === 0 ? 'on' : 'settle';
  }

  /** The leader brought this while a follower is open. */
  note(conn: number, key: MessageKey, rx: number): void {
    const link = this.#linkOf.get(conn) as Link;
    link.noted.add(key);
    if (key.type === null) this.#remember(link, key.digest, rx);
    if (link.noted.digests > NOTED_MAX) this.takeOver(link.follower, rx);
  }

  /** True when the old leader brought this message of the new one. */
  settled(conn: number, key: MessageKey): boolean {
    const link = this.#linkOf.get(conn) as Link;
    return link.settleUntil !== 0 && link.owed.take(key);
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
      const came = link.noted.take(key);
      if (came) ports.repeated();
      return !came;
    });
    link.held = left;
    link.heldBytes = left.reduce((sum, one) => sum + one.bytes.length, 0);
    link.pruneAt = Math.max(PRUNE_AT, 2 * left.length);
  }

  /** The follower is gone before its turn: the leader brings all it brought. */
  #forget(link: Link): void {
    for (const _ of link.held) this.#ports.repeated();
    this.#linkOf.delete(link.follower);
    link.follower = NONE;
    link.held = [];
    link.heldBytes = 0;
    link.noted = new Brought(NOTHING);
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
        noted: new Brought(NOTHING),
        owed: new Brought(NOTHING),
        recent: [],
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
