/** Pings of a venue: to see who lives, and to see what was read. @module */
import type { Connection } from './connection.js';

/** How a venue finds clients that are gone. */
export interface KeepaliveOptions {
  /** Between two pings, ms; null for none. */
  readonly pingMs: number | null;
  /** A connection that answered no ping for this long is dropped, ms. */
  readonly pongTimeoutMs: number;
}

const MARK = 'settled-';

export class Keepalive {
  readonly #options: KeepaliveOptions;
  readonly #connections: () => readonly Connection[];
  readonly #waiting = new Map<string, () => void>();
  readonly #lastPong = new Map<Connection, number>();
  readonly #timer: NodeJS.Timeout | null;
  #marks = 0;

  constructor(options: KeepaliveOptions, connections: () => readonly Connection[]) {
    this.#options = options;
    this.#connections = connections;
    const { pingMs } = options;
    this.#timer = pingMs === null ? null : setInterval(() => this.#ping(), pingMs);
  }

  opened(conn: Connection): void {
    this.#lastPong.set(conn, performance.now());
  }

  closed(conn: Connection): void {
    this.#lastPong.delete(conn);
  }

  /** A pong came; true when it only says that a client read everything. */
  pong(conn: Connection, payload: string): boolean {
    this.#lastPong.set(conn, performance.now());
    const wake = this.#waiting.get(`${conn.id} ${payload}`);
    if (wake === undefined) return false;
    wake();
    return true;
  }

  /** Ends when the client answered a ping that was sent after everything else. */
  settled(conn: Connection): Promise<void> {
    if (!conn.open || conn.silent || conn.stalled) return Promise.resolve();
    this.#marks += 1;
    const mark = `${MARK}${this.#marks}`;
    return new Promise((resolve) => {
      const done = (): void => {
        this.#waiting.delete(`${conn.id} ${mark}`);
        conn.socket.off('close', done);
        resolve();
      };
      this.#waiting.set(`${conn.id} ${mark}`, done);
      conn.socket.once('close', done);
      conn.ws.ping(mark);
    });
  }

  stop(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
  }

  #ping(): void {
    const now = performance.now();
    for (const conn of this.#connections()) {
      if (!conn.open || conn.silent) continue;
      const quiet = now - (this.#lastPong.get(conn) ?? now);
      if (quiet > this.#options.pongTimeoutMs) conn.socket.destroy();
      else conn.ws.ping();
    }
  }
}
