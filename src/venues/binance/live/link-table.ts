/**
 * Which connection carries which stream. A stream stays where it was put while it is wanted.
 * @module
 */
import type { StreamOf, StreamRoute } from './streams.js';

/** One connection's share. */
export interface LinkShare {
  readonly id: string;
  readonly route: StreamRoute;
  /** Streams by name. */
  readonly streams: Map<string, StreamOf>;
}

export class LinkTable {
  readonly #shares: LinkShare[] = [];
  readonly #byStream = new Map<string, LinkShare>();
  readonly #max: number;
  readonly #split: boolean;
  #next = 0;

  /**
   * @param max - most streams of one connection
   * @param split - true when `public` and `market` streams have different addresses
   */
  constructor(max: number, split: boolean) {
    this.#max = max;
    this.#split = split;
  }

  get shares(): readonly LinkShare[] {
    return this.#shares;
  }

  share(id: string): LinkShare | null {
    return this.#shares.find((one) => one.id === id) ?? null;
  }

  of(name: string): LinkShare | null {
    return this.#byStream.get(name) ?? null;
  }

  /**
   * Puts streams on connections. Those of one symbol and address go together where there is room,
   * so that a lost connection takes as few books with it as possible.
   *
   * @returns streams that were added, by the connection they were put on
   */
  add(streams: readonly StreamOf[]): ReadonlyMap<LinkShare, readonly StreamOf[]> {
    const added = new Map<LinkShare, StreamOf[]>();
    const groups = new Map<string, StreamOf[]>();
    for (const stream of streams) {
      if (this.#byStream.has(stream.name)) continue;
      const key = `${stream.symbol} ${this.#routeOf(stream)}`;
      const group = groups.get(key) ?? [];
      if (group.some((one) => one.name === stream.name)) continue;
      group.push(stream);
      groups.set(key, group);
    }
    for (const group of groups.values()) {
      for (let at = 0; at < group.length; ) {
        const part = group.slice(at, at + this.#max);
        const share = this.#roomFor(part[0] as StreamOf, part.length);
        for (const stream of part) {
          share.streams.set(stream.name, stream);
          this.#byStream.set(stream.name, share);
        }
        added.set(share, [...(added.get(share) ?? []), ...part]);
        at += part.length;
      }
    }
    return added;
  }

  /** Takes a stream off; true when its connection has none left and is given up. */
  remove(name: string): boolean {
    const share = this.#byStream.get(name);
    if (share === undefined) return false;
    this.#byStream.delete(name);
    share.streams.delete(name);
    if (share.streams.size > 0) return false;
    this.#shares.splice(this.#shares.indexOf(share), 1);
    return true;
  }

  #routeOf(stream: StreamOf): StreamRoute {
    return this.#split ? stream.route : 'public';
  }

  #roomFor(stream: StreamOf, count: number): LinkShare {
    const route = this.#routeOf(stream);
    const room = (s: LinkShare): boolean =>
      s.route === route && s.streams.size + count <= this.#max;
    const own = (s: LinkShare): boolean =>
      room(s) && [...s.streams.values()].some((one) => one.symbol === stream.symbol);
    // Most feeds have one or two connections; looking for the symbol's own is for later additions.
    const found = this.#shares.find(own) ?? this.#shares.find(room);
    if (found !== undefined) return found;
    const share: LinkShare = { id: this.#next.toString(), route, streams: new Map() };
    this.#next += 1;
    this.#shares.push(share);
    return share;
  }
}
