/**
 * All links of a feed.
 * @module
 */
import { worstState } from '../link-state.js';
import type { FeedLink } from '../protocol.js';
import type { FeedState } from '../types.js';
import { twice } from './feed-errors.js';
import type { FeedHost } from './host.js';
import { LinkRunner } from './link-runner.js';

/** The links that the protocol wants, by name. */
export class LinkSet {
  readonly #host: FeedHost;
  readonly #links = new Map<string, LinkRunner>();

  constructor(host: FeedHost) {
    this.#host = host;
  }

  get size(): number {
    return this.#links.size;
  }

  get(id: string): LinkRunner | undefined {
    return this.#links.get(id);
  }

  /** Closes links that are no longer wanted, then opens those that are new. */
  sync(links: readonly FeedLink[]): void {
    const wanted = new Map<string, FeedLink>();
    for (const link of links) {
      if (wanted.has(link.id)) throw twice(this.#host.protocol.name, link.id);
      wanted.set(link.id, link);
    }
    for (const [id, runner] of [...this.#links]) {
      if (wanted.has(id)) continue;
      runner.remove();
      this.#links.delete(id);
    }
    const fresh: LinkRunner[] = [];
    for (const [id, link] of wanted) {
      const runner = this.#links.get(id);
      if (runner !== undefined) {
        runner.update(link);
        continue;
      }
      const added = new LinkRunner(this.#host, link);
      this.#links.set(id, added);
      fresh.push(added);
    }
    for (const runner of fresh) runner.start();
  }

  tick(): void {
    for (const link of this.#links.values()) link.tick();
  }

  setPaused(paused: boolean): void {
    for (const link of this.#links.values()) {
      if (paused) link.pause();
      else link.resume();
    }
  }

  end(): void {
    for (const link of this.#links.values()) link.end();
  }

  /** The worst state of the links that are not being removed. */
  state(): FeedState {
    const states = [...this.#links.values()].map((link) => link.state);
    return worstState(states.filter((state) => state !== 'closed'));
  }
}
