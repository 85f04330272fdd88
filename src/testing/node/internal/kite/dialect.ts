/** Kite's rules over a playback. @module */
import type { KiteMode, KiteTick } from '../../../../venues/zerodha/index.js';
import { encodeTick, kiteFrame } from '../../../kite-frames.js';
import type { KiteFrame } from '../../kite-source.js';
import type { Connection } from '../connection.js';
import type { Answered, Asked, Dialect } from '../dialect.js';
import type { CommandFault } from '../request-faults.js';
import { answerKite, kiteError, type KiteRestState } from './rest.js';

/** Limits of a local Kite. */
export interface KiteLimits {
  /** Tokens of one connection. */
  readonly tokensMax: number;
  /** Open connections of the API key. */
  readonly connectionsMax: number;
}

/** What the dialect needs of its venue. */
export interface KiteDialectOptions {
  readonly rest: KiteRestState;
  readonly limits: KiteLimits;
  /** Present time for ticks, µs; null to leave them as they are. */
  readonly retime: (() => number) | null;
  readonly driftUs: () => number;
  readonly fault: () => CommandFault | null;
  readonly open: () => number;
}

const MODES: readonly KiteMode[] = ['ltp', 'quote', 'full'];
const SECRET = /([?&](?:access_token|api_key|request_token|checksum)=)[^&]*/g;

function tokensOf(value: unknown): number[] | null {
  if (!Array.isArray(value)) return null;
  const tokens = value.filter((token) => Number.isSafeInteger(token)) as number[];
  return tokens.length === value.length ? tokens : null;
}

export class KiteDialect implements Dialect<KiteFrame> {
  readonly #options: KiteDialectOptions;
  /** Packets of the present frame by token and mode, made once for all connections. */
  readonly #packets = new Map<string, Uint8Array>();

  constructor(options: KiteDialectOptions) {
    this.#options = options;
  }

  payloads(frame: KiteFrame, conn: Connection): readonly (string | Uint8Array)[] {
    if (frame.stream === 'text') return [frame.text];
    const packets: Uint8Array[] = [];
    for (const tick of frame.ticks) {
      const mode = conn.asked.get(String(tick.token));
      if (mode !== undefined) packets.push(this.#packet(tick, mode as KiteMode, frame.atUs));
    }
    return packets.length === 0 ? [] : [kiteFrame(packets)];
  }

  played(): void {
    this.#packets.clear();
  }

  sequence(): number | null {
    return null;
  }

  admit(url: URL): Answered | null {
    const { rest, limits, open } = this.#options;
    const token = rest.token();
    const known = url.searchParams.get('api_key') === rest.apiKey;
    if (!known || token === null || url.searchParams.get('access_token') !== token) {
      return kiteError(403, 'TokenException', 'Incorrect `api_key` or `access_token`.');
    }
    if (open() < limits.connectionsMax) return null;
    return kiteError(429, 'NetworkException', 'Too many connections');
  }

  opened(): void {
    // Nothing is subscribed until the client asks.
  }

  message(conn: Connection, text: string): void {
    const fault = this.#options.fault();
    const wrong = fault?.kind === 'subscribeError' ? fault.message : this.#run(conn, text);
    if (wrong !== null) conn.answer(JSON.stringify({ type: 'error', data: wrong }));
  }

  control(): void {
    // Kite has no limit on messages of a client.
  }

  request(asked: Asked): Answered {
    return answerKite(this.#options.rest, asked);
  }

  freeze(): (asked: Asked) => Answered {
    return (asked) => this.request(asked);
  }

  announcement(): string | null {
    return null;
  }

  refusal(status: number): unknown {
    const [type, message] =
      status === 429
        ? ['NetworkException', 'Too many requests']
        : ['GeneralException', 'Something went wrong'];
    return { status: 'error', message, error_type: type };
  }

  expire(): void {
    this.#options.rest.revoke();
  }

  shownPath(url: URL): string {
    return url.pathname + url.search.replace(SECRET, '$1***');
  }

  /** Carries out a command; what is wrong with it, or null. */
  #run(conn: Connection, text: string): string | null {
    let command: { readonly a?: unknown; readonly v?: unknown };
    try {
      command = JSON.parse(text) as typeof command;
    } catch {
      return 'Invalid JSON';
    }
    const { a, v } = command;
    if (a === 'mode') return this.#mode(conn, v);
    const tokens = tokensOf(v);
    if ((a !== 'subscribe' && a !== 'unsubscribe') || tokens === null) return 'Invalid request';
    if (a === 'unsubscribe') {
      for (const token of tokens) conn.asked.delete(String(token));
      return null;
    }
    const fresh = new Set(tokens.map(String).filter((token) => !conn.asked.has(token)));
    const { tokensMax } = this.#options.limits;
    if (conn.asked.size + fresh.size > tokensMax) {
      return `Maximum of ${tokensMax} instruments can be subscribed`;
    }
    for (const token of fresh) conn.asked.set(token, 'quote');
    return null;
  }

  #mode(conn: Connection, v: unknown): string | null {
    const [mode, list] = Array.isArray(v) ? (v as unknown[]) : [];
    const tokens = tokensOf(list);
    if (!MODES.includes(mode as KiteMode) || tokens === null) return 'Invalid mode';
    for (const token of tokens) {
      const name = String(token);
      if (conn.asked.has(name)) conn.asked.set(name, mode as KiteMode);
    }
    return null;
  }

  /** A tick in the mode asked for, or in its own where it does not hold that much. */
  #packet(tick: KiteTick, asked: KiteMode, atUs: number): Uint8Array {
    const mode = MODES.indexOf(asked) > MODES.indexOf(tick.mode) ? tick.mode : asked;
    const key = `${tick.token} ${mode}`;
    const made = this.#packets.get(key);
    if (made !== undefined) return made;
    const packet = encodeTick(this.#timed({ ...tick, mode }, atUs));
    this.#packets.set(key, packet);
    return packet;
  }

  #timed(tick: KiteTick, atUs: number): KiteTick {
    const { retime, driftUs } = this.#options;
    const shift = Math.round((driftUs() + (retime === null ? 0 : retime() - atUs)) / 1_000_000);
    if (shift === 0) return tick;
    const moved = (time: number | null): number | null => (time === null ? null : time + shift);
    return {
      ...tick,
      exchangeTime: moved(tick.exchangeTime),
      lastTradeTime: moved(tick.lastTradeTime),
    };
  }
}
