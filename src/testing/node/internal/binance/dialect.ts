/** Binance's rules over a playback. @module */
import type { Book } from '../../../../market/index.js';
import type { BinanceMarket } from '../../../../venues/binance/index.js';
import type { BinanceFrame, BinanceSource } from '../../binance-source.js';
import type { Connection } from '../connection.js';
import { type Answered, type Asked, type Dialect, jsonAnswer } from '../dialect.js';
import { BinanceBooks, type DepthTexts } from './books.js';
import { type CommandState, canonicalStream, type NextFault, runCommand } from './commands.js';
import { type BinanceLimits, SlidingLimit, WeightBudget, weightOf } from './limits.js';
import {
  answerRest,
  endpointOf,
  type GivenAnswers,
  makeExchangeInfo,
  type RestState,
} from './rest.js';
import { eventTimeMs, microseconds, shiftTimes } from './times.js';

/** What the dialect needs of its venue. */
export interface BinanceDialectOptions {
  readonly source: BinanceSource;
  readonly limits: BinanceLimits;
  readonly answers: GivenAnswers;
  /** Present time for event times; null to leave them as recorded. */
  readonly retime: (() => number) | null;
  /** Monotonic time the limits are counted by, ms. */
  readonly nowMs: () => number;
  readonly driftUs: () => number;
  readonly fault: NextFault;
}

interface ConnectionState extends CommandState {
  readonly micro: boolean;
  readonly messages: SlidingLimit;
}

const DEPTH_MAX = 5000;
/** RFC 6455, 7.4.1: policy violation. The venue's own code and text for too many messages. */
const POLICY = 1008;
const STREAM_PATH = /^(?:\/[a-z]+)?\/(ws|stream)(?:\/(.*))?$/;
const SEQUENCE = {
  depthUpdate: /"u":(\d+)/,
  bookTicker: /"u":(\d+)/,
  trade: /"t":(\d+)/,
  aggTrade: /"a":(\d+)/,
} as const;

export class BinanceDialect implements Dialect<BinanceFrame> {
  readonly books: BinanceBooks;
  readonly #options: BinanceDialectOptions;
  readonly #market: BinanceMarket;
  readonly #states = new Map<Connection, ConnectionState>();
  readonly #attempts: SlidingLimit;
  readonly #budget: WeightBudget;
  readonly #rest: RestState;
  /** Last frame played that has an event time, else the last one. */
  #last: BinanceFrame | null = null;
  /** What one frame is sent as, made once for all connections. */
  #made = new Map<string, string>();

  constructor(options: BinanceDialectOptions) {
    const { source, limits, answers } = options;
    this.#options = options;
    this.#market = source.market;
    this.books = new BinanceBooks(source.market, source.symbols);
    this.#attempts = new SlidingLimit(limits.attemptsPer5Minutes, 300_000);
    this.#budget = new WeightBudget(limits);
    this.#rest = {
      market: source.market,
      books: this.books,
      exchangeInfo: source.exchangeInfo ?? makeExchangeInfo(source.market, source.symbols, 0),
      answers,
      nowUs: () => this.nowUs(),
      depth: (symbol, limit) => this.books.depth(symbol, limit),
    };
  }

  /** What the venue's clock says: the time of the playback, or the present. */
  nowUs(): number {
    const { retime, driftUs } = this.#options;
    if (retime !== null) return retime() + driftUs();
    const last = this.#last;
    if (last === null) return driftUs();
    const ms = eventTimeMs(last.data);
    return (ms === null ? last.atUs : ms * 1000) + driftUs();
  }

  book(symbol: string): Book | undefined {
    return this.books.book(symbol);
  }

  payloads(frame: BinanceFrame, conn: Connection): readonly string[] {
    const state = this.#states.get(conn);
    if (state === undefined || conn.asked.size === 0) return [];
    const name = canonicalStream(frame.stream);
    const out: string[] = [];
    for (const [asked, canonical] of conn.asked) {
      if (canonical === name) out.push(this.#text(frame, asked, state));
    }
    return out;
  }

  played(frame: BinanceFrame): void {
    this.#made.clear();
    this.books.played(frame);
    if (this.#last === null || eventTimeMs(frame.data.slice(0, 64)) !== null) this.#last = frame;
  }

  sequence(frame: BinanceFrame): number | null {
    const kind = /^\{"e":"(\w+)"/.exec(frame.data)?.[1] ?? 'bookTicker';
    const pattern = (SEQUENCE as Partial<Record<string, RegExp>>)[kind];
    const digits = pattern?.exec(frame.data)?.[1];
    return digits === undefined ? null : Number.parseInt(digits, 10);
  }

  admit(url: URL): Answered | null {
    const { nowMs } = this.#options;
    if (!this.#attempts.take(nowMs())) return jsonAnswer(429, '');
    return STREAM_PATH.test(url.pathname) ? null : jsonAnswer(404, '');
  }

  opened(conn: Connection, url: URL): void {
    const [, kind, rest = ''] = STREAM_PATH.exec(url.pathname) ?? [];
    const combined = kind === 'stream';
    const unit = url.searchParams.get('timeUnit')?.toUpperCase() ?? '';
    const perSecond = this.#options.limits.messagesPerSecond;
    this.#states.set(conn, {
      combined,
      micro: unit === 'MICROSECOND',
      messages: new SlidingLimit(perSecond, 1000),
    });
    const listed = combined ? (url.searchParams.get('streams') ?? '') : rest;
    for (const name of listed.split('/')) {
      if (name !== '') conn.asked.set(name, canonicalStream(name));
    }
    if (conn.asked.size > this.#options.limits.streamsMax)
      conn.ws.close(POLICY, 'Too many streams');
  }

  message(conn: Connection, text: string): void {
    const state = this.#states.get(conn);
    if (state === undefined || !this.#within(conn, state)) return;
    const { limits, fault } = this.#options;
    runCommand(conn, text, { state, max: limits.streamsMax, fault });
  }

  control(conn: Connection): void {
    const state = this.#states.get(conn);
    if (state !== undefined) this.#within(conn, state);
  }

  request(asked: Asked): Answered {
    return this.#answer(asked, this.#rest);
  }

  freeze(): (asked: Asked) => Answered {
    const kept = new Map<string, DepthTexts | null>();
    for (const { symbol } of this.books.symbols) {
      kept.set(symbol, this.books.depth(symbol, DEPTH_MAX));
    }
    const depth = (symbol: string, limit: number): DepthTexts | null => {
      const { lastUpdateId = 0, bids = [], asks = [] } = kept.get(symbol) ?? {};
      return { lastUpdateId, bids: bids.slice(0, limit), asks: asks.slice(0, limit) };
    };
    return (asked) => this.#answer(asked, { ...this.#rest, depth });
  }

  announcement(conn: Connection): string | null {
    const event = { e: 'serverShutdown', E: Math.floor(this.nowUs() / 1000) };
    const combined = this.#states.get(conn)?.combined === true;
    return JSON.stringify(combined ? { stream: '!serverShutdown', data: event } : event);
  }

  refusal(status: number): unknown {
    const busy = status === 429 || status === 418;
    return busy
      ? { code: -1003, msg: 'Too many requests.' }
      : { code: -1000, msg: 'An unknown error occurred while processing the request.' };
  }

  expire(): void {
    // Market data needs no token.
  }

  shownPath(url: URL): string {
    const query = url.search.replace(/([?&](?:listenKey|signature)=)[^&]*/g, '$1***');
    return url.pathname + query;
  }

  #within(conn: Connection, state: ConnectionState): boolean {
    if (state.messages.take(this.#options.nowMs())) return true;
    if (conn.open) conn.ws.close(POLICY, 'Too many requests');
    return false;
  }

  #answer(asked: Asked, rest: RestState): Answered {
    const { pathname, searchParams } = asked.url;
    const weight = weightOf(this.#market, endpointOf(this.#market, pathname) ?? '', searchParams);
    const refused = this.#budget.take(weight, this.#options.nowMs());
    const answered = refused ?? answerRest(rest, pathname, searchParams);
    return { ...answered, headers: { ...answered.headers, ...this.#budget.headers } };
  }

  #text(frame: BinanceFrame, asked: string, state: ConnectionState): string {
    const { combined, micro } = state;
    const key = `${combined ? 'c' : 'r'}${micro ? 'u' : 'm'}${combined ? asked : ''}`;
    const made = this.#made.get(key);
    if (made !== undefined) return made;
    const data = this.#data(frame, micro);
    const text = combined ? `{"stream":"${asked}","data":${data}}` : data;
    this.#made.set(key, text);
    return text;
  }

  #data(frame: BinanceFrame, micro: boolean): string {
    const { retime, driftUs } = this.#options;
    const shiftUs = driftUs() + (retime === null ? 0 : retime() - frame.atUs);
    const data = shiftTimes(frame.data, Math.round(shiftUs / 1000));
    return micro ? microseconds(data) : data;
  }
}
