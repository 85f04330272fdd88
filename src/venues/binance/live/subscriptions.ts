/**
 * SUBSCRIBE and UNSUBSCRIBE messages of each connection, and what the venue answered.
 * @module
 */
import type { ControlMessage } from './control.js';

type Method = 'SUBSCRIBE' | 'UNSUBSCRIBE';

interface Pending {
  readonly method: Method;
  readonly names: readonly string[];
  /** When an answer is overdue, µs; 0 until the first look at the clock after it was sent. */
  dueAt: number;
}

interface Connection {
  readonly link: string;
  readonly pending: Map<number, Pending>;
}

/** What to do after an answer. */
export interface ReplyOutcome {
  /** Streams the venue does not serve. */
  readonly refused: readonly string[];
  /** Messages to send on the link, to find out which of several streams was refused. */
  readonly again: readonly string[];
}

const NOTHING: ReplyOutcome = { refused: [], again: [] };

/** How messages are sent and waited for. */
export interface SubscriptionsOptions {
  /** Most streams named in one message. */
  readonly namesMax: number;
  /** Longest wait for an answer, µs. */
  readonly withinUs: number;
  /** Time between two messages: they are held back to the pace the venue allows, µs. */
  readonly paceUs: number;
}

export class Subscriptions {
  readonly #connections = new Map<number, Connection>();
  readonly #options: SubscriptionsOptions;
  #nextId = 1;

  constructor(options: SubscriptionsOptions) {
    this.#options = options;
  }

  /** A connection is open: what to send first on it. */
  open(link: string, conn: number, ask: readonly string[], drop: readonly string[]): string[] {
    const connection: Connection = { link, pending: new Map() };
    this.#connections.set(conn, connection);
    return [
      ...this.#messages([connection], 'SUBSCRIBE', ask),
      ...this.#messages([connection], 'UNSUBSCRIBE', drop),
    ];
  }

  closed(conn: number): void {
    this.#connections.delete(conn);
  }

  linkOf(conn: number): string | null {
    return this.#connections.get(conn)?.link ?? null;
  }

  /** True when a connection of the link brings all that was asked for. */
  flowing(link: string): boolean {
    for (const one of this.#connections.values()) {
      if (one.link === link && one.pending.size === 0) return true;
    }
    return false;
  }

  /** True when every message of the connection was answered. */
  ready(conn: number): boolean {
    return this.#connections.get(conn)?.pending.size === 0;
  }

  /** Messages for all connections of a link; none while it has none, for `open` asks then. */
  change(link: string, method: Method, names: readonly string[]): string[] {
    const all = [...this.#connections.values()].filter((one) => one.link === link);
    return all.length === 0 ? [] : this.#messages(all, method, names);
  }

  /** Takes an answer. Which of several streams was refused is found by asking for each half. */
  reply(conn: number, message: Extract<ControlMessage, { t: 'reply' }>): ReplyOutcome {
    const connection = this.#connections.get(conn);
    const { id, error } = message;
    const pending = id === null ? undefined : connection?.pending.get(id);
    if (connection === undefined || pending === undefined || id === null) return NOTHING;
    connection.pending.delete(id);
    const { method, names } = pending;
    // A stream that cannot be taken off goes on flowing; its messages are recorded as they come.
    if (error === null || method === 'UNSUBSCRIBE') return NOTHING;
    if (names.length === 1) return { refused: names, again: [] };
    const half = names.length >> 1;
    return {
      refused: [],
      again: [
        ...this.#messages([connection], method, names.slice(0, half)),
        ...this.#messages([connection], method, names.slice(half)),
      ],
    };
  }

  /** Connections with a message that was not answered in time. Each is told once. */
  overdue(nowUs: number): { readonly link: string; readonly conn: number }[] {
    const { paceUs, withinUs } = this.#options;
    const late: { link: string; conn: number }[] = [];
    for (const [conn, { link, pending }] of this.#connections) {
      const wait = withinUs + pending.size * paceUs;
      for (const one of pending.values()) {
        if (one.dueAt === 0) one.dueAt = nowUs + wait;
        else if (nowUs > one.dueAt) {
          late.push({ link, conn });
          this.#connections.delete(conn);
          break;
        }
      }
    }
    return late;
  }

  #messages(to: readonly Connection[], method: Method, names: readonly string[]): string[] {
    const { namesMax } = this.#options;
    const messages: string[] = [];
    for (let at = 0; at < names.length; at += namesMax) {
      const params = names.slice(at, at + namesMax);
      const id = this.#nextId;
      this.#nextId += 1;
      for (const { pending } of to) pending.set(id, { method, names: params, dueAt: 0 });
      messages.push(JSON.stringify({ method, params, id }));
    }
    return messages;
  }
}
