/** Limits a local Binance keeps: request weight, messages, attempts. @module */
import type { BinanceMarket } from '../../../../venues/binance/index.js';
import { type Answered, jsonAnswer } from '../dialect.js';

/** Limits of a local Binance; the defaults are the venue's own. */
export interface BinanceLimits {
  /** Request weight of a minute. */
  readonly weightPerMinute: number;
  /** Requests over the limit, each answered with 429, until the address is banned (418). */
  readonly bannedAfter: number;
  /** How long a ban holds, s. */
  readonly banS: number;
  /** Messages, pings and pongs of one connection in a second. */
  readonly messagesPerSecond: number;
  /** Attempts to connect in five minutes. */
  readonly attemptsPer5Minutes: number;
  /** Streams of one connection. */
  readonly streamsMax: number;
}

const MINUTE_MS = 60_000;

/** Documented limits: rest-api.md, web-socket-streams.md; developers.binance.com for futures. */
export function venueLimits(market: BinanceMarket): BinanceLimits {
  return {
    weightPerMinute: market === 'spot' ? 6000 : 2400,
    bannedAfter: 10,
    banS: 120,
    messagesPerSecond: market === 'spot' ? 5 : 10,
    attemptsPer5Minutes: 300,
    streamsMax: 1024,
  };
}

function depthWeight(market: BinanceMarket, limit: number): number {
  if (market === 'spot') return limit <= 100 ? 5 : limit <= 500 ? 25 : limit <= 1000 ? 50 : 250;
  return limit <= 50 ? 2 : limit <= 100 ? 5 : limit <= 500 ? 10 : 20;
}

/** Weight of a request by its endpoint. */
export function weightOf(market: BinanceMarket, endpoint: string, query: URLSearchParams): number {
  const limit = Number.parseInt(query.get('limit') ?? (market === 'spot' ? '100' : '500'), 10);
  if (endpoint === 'depth') return depthWeight(market, limit);
  if (endpoint === 'exchangeInfo') return market === 'spot' ? 20 : 1;
  if (endpoint === 'premiumIndex') return query.has('symbol') ? 1 : 10;
  return 1;
}

/** At most so many in a window that slides. */
export class SlidingLimit {
  readonly #count: number;
  readonly #perMs: number;
  readonly #times: number[] = [];

  constructor(count: number, perMs: number) {
    this.#count = count;
    this.#perMs = perMs;
  }

  /** Counts one; false when it is one too many. */
  take(nowMs: number): boolean {
    while (this.#times.length > 0 && (this.#times[0] as number) <= nowMs - this.#perMs) {
      this.#times.shift();
    }
    this.#times.push(nowMs);
    return this.#times.length <= this.#count;
  }
}

/** Weight used in the minute, and what follows when it is too much. */
export class WeightBudget {
  readonly #limits: BinanceLimits;
  #minute = -1;
  #used = 0;
  #over = 0;
  #bannedUntilMs = 0;

  constructor(limits: BinanceLimits) {
    this.#limits = limits;
  }

  /** The refusal of a request; null when there is weight for it. */
  take(weight: number, nowMs: number): Answered | null {
    const minute = Math.floor(nowMs / MINUTE_MS);
    if (minute !== this.#minute) {
      this.#minute = minute;
      this.#used = 0;
    }
    if (nowMs < this.#bannedUntilMs) return this.#banned(nowMs);
    this.#used += weight;
    if (this.#used <= this.#limits.weightPerMinute) return null;
    this.#over += 1;
    if (this.#over > this.#limits.bannedAfter) {
      this.#over = 0;
      this.#bannedUntilMs = nowMs + this.#limits.banS * 1000;
      return this.#banned(nowMs);
    }
    const waitS = Math.ceil(((minute + 1) * MINUTE_MS - nowMs) / 1000);
    const msg =
      `Too much request weight used; current limit is ${this.#limits.weightPerMinute} request ` +
      'weight per 1 MINUTE. Please use WebSocket Streams for live updates to avoid polling the API.';
    return jsonAnswer(429, { code: -1003, msg }, { 'retry-after': String(waitS) });
  }

  /** What the venue tells with each answer. */
  get headers(): Readonly<Record<string, string>> {
    const used = String(this.#used);
    return { 'x-mbx-used-weight': used, 'x-mbx-used-weight-1m': used };
  }

  #banned(nowMs: number): Answered {
    const until = Math.ceil(this.#bannedUntilMs);
    const msg = `Way too much request weight used; IP banned until ${until}.`;
    const waitS = Math.ceil((this.#bannedUntilMs - nowMs) / 1000);
    return jsonAnswer(418, { code: -1003, msg }, { 'retry-after': String(waitS) });
  }
}
