import type { SessionBody } from '../../events/index.js';

/** Which feeds are connected, as the session log tells. */
export class Feeds {
  /** Source → false while its connection is lost. */
  readonly #connected = new Map<string, boolean>();

  onSession(src: string, body: SessionBody): void {
    if (body.kind === 'connected') this.#connected.set(src, true);
    if (body.kind === 'disconnected') this.#connected.set(src, false);
  }

  /** True while a feed that was connected is not. */
  get broken(): boolean {
    for (const connected of this.#connected.values()) if (!connected) return true;
    return false;
  }

  snapshot(): unknown {
    return [...this.#connected].sort(([a], [b]) => (a < b ? -1 : 1));
  }
}
