/**
 * Which of two connections of a link counts. Kite numbers nothing, and on subscribing it repeats
 * the state of each instrument, so what a newer connection brings cannot be put in order with what
 * the older one brings: the older counts until the take-over, the newer from there on.
 * @module
 */

interface Link {
  /** Connection that counts; 0 when there is none. */
  leader: number;
  /** Newer connection that is to take over; 0 when there is none. */
  follower: number;
  /** Connection that was taken over from, or failed before its turn. */
  retired: number;
}

export class Handover {
  readonly #links = new Map<string, Link>();

  /** A connection of the link is open; `follows` when it is to take over from the one before. */
  connected(name: string, conn: number, follows: boolean): void {
    const link = this.#links.get(name);
    if (follows && link !== undefined && link.leader !== 0) link.follower = conn;
    else this.#links.set(name, { leader: conn, follower: 0, retired: 0 });
  }

  /** The connection counts from here on, and the other one of its link no more. */
  takeOver(conn: number): void {
    for (const link of this.#links.values()) {
      if (link.leader !== conn && link.follower !== conn) continue;
      link.retired = link.leader === conn ? link.follower : link.leader;
      link.leader = conn;
      link.follower = 0;
    }
  }

  /** A connection is over; the one that was to take over from it counts from here on. */
  disconnected(conn: number): void {
    for (const link of this.#links.values()) {
      if (link.leader === conn) {
        link.leader = link.follower;
        link.follower = 0;
      } else if (link.follower === conn) link.follower = 0;
    }
  }

  /** True for what counts: a leader, or a connection of which no fact told. */
  takes(conn: number): boolean {
    for (const { follower, retired } of this.#links.values()) {
      if (conn === follower || conn === retired) return false;
    }
    return true;
  }

  /** Forgets all connections: their numbers start again. */
  reset(): void {
    this.#links.clear();
  }
}
