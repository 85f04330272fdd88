/**
 * Binance on loopback: real sockets, a recording instead of a market, faults on a script.
 * @module
 */
import type { Clock } from '../../core/index.js';
import type { BookView } from '../../market/index.js';
import type { BinanceFrame, BinanceSource } from './binance-source.js';
import type { ScriptedFault } from './faults.js';
import { BinanceDialect } from './internal/binance/dialect.js';
import { type BinanceLimits, venueLimits } from './internal/binance/limits.js';
import type { GivenAnswers } from './internal/binance/rest.js';
import { VenueCore } from './internal/core.js';
import { venueHandle } from './internal/handle.js';
import { presentTime } from './internal/present-time.js';
import type { LocalVenue } from './local-venue.js';

export type { BinanceLimits } from './internal/binance/limits.js';
export type { GivenAnswers } from './internal/binance/rest.js';

/** Options of {@link binanceVenue}. */
export interface BinanceVenueOptions {
  /** What is played. */
  readonly source: BinanceSource;
  /** What goes wrong. */
  readonly script?: readonly ScriptedFault[];
  /** Seed of what a fault leaves open: which bit, which order. Default 0. */
  readonly seed?: bigint;
  /** Limits that differ from the venue's own. */
  readonly limits?: Partial<BinanceLimits>;
  /** Answers to further paths, or instead of the made ones: JSON text by path. */
  readonly answers?: GivenAnswers;
  /** Moves event times to the present by this clock (`true`: the system's). Default: no. */
  readonly retime?: boolean | Clock;
  /** Monotonic time the limits are counted by, ms. Default: the system's. */
  readonly nowMs?: () => number;
  /** Between two pings to each client, ms; null for none. Default: the venue's, 20 s or 3 min. */
  readonly pingMs?: number | null;
  /** A client that answers no ping for this long is dropped, ms. Default: 1 min or 10 min. */
  readonly pongTimeoutMs?: number;
  /** False keeps no log of the frames sent. Default true. */
  readonly log?: boolean;
}

/** A running local Binance. */
export interface BinanceVenue extends LocalVenue {
  /**
   * The venue's own book at the present point of the playback: what a synced client must hold.
   * Undefined for a symbol that is not played.
   */
  book(symbol: string): BookView | undefined;
  /** What the venue's clock says, µs since the epoch. */
  nowUs(): number;
}

/**
 * Starts a local Binance on a free port of 127.0.0.1. Nothing is played until it is told to:
 * `release`, `stepTo` or `play`.
 *
 * WebSocket: `/ws`, `/ws/<stream>`, `/stream?streams=a/b`, `timeUnit=MICROSECOND`, SUBSCRIBE,
 * UNSUBSCRIBE, LIST_SUBSCRIPTIONS, SET_PROPERTY, GET_PROPERTY. REST under `/api/v3`, `/fapi/v1` or
 * `/dapi/v1`: ping, time, exchangeInfo, depth, and for futures premiumIndex, fundingRate,
 * openInterest. A diff-depth stream of any speed brings the recorded updates.
 * Sources: binance-spot-api-docs (web-socket-streams.md, rest-api.md); developers.binance.com.
 *
 * @param options - source, script, limits
 * @returns a running venue; close it to free the port
 * @throws QuantlaxmiError QL_BAD_INPUT when a line of the script has no counter
 * @example
 * ```ts
 * import { binanceFrames, binanceVenue } from 'quantlaxmi/testing/node';
 *
 * const venue = await binanceVenue({
 *   source: binanceFrames({
 *     market: 'spot',
 *     frames: [
 *       { atUs: 1, stream: 'btcusdt@depth', data: '{"U":1,"u":2,"b":[["9.50","1.0"]],"a":[]}' },
 *     ],
 *   }),
 *   script: [{ at: { requests: 1 }, fault: { kind: 'http5xx', status: 503, count: 1 } }],
 * });
 * await venue.release(1);
 * const ask = () => fetch(`${venue.url.http}/api/v3/depth?symbol=BTCUSDT`);
 * await (await ask()).json();
 * // => { lastUpdateId: 2, bids: [['9.50', '1.0']], asks: [] }
 * (await ask()).status; // => 503
 * venue.faults; // => { http5xx: 1 }
 * await venue.close();
 * ```
 */
export async function binanceVenue(options: BinanceVenueOptions): Promise<BinanceVenue> {
  const { source } = options;
  const spot = source.market === 'spot';
  const { pingMs = spot ? 20_000 : 180_000, pongTimeoutMs = spot ? 60_000 : 600_000 } = options;
  const dialect = new BinanceDialect({
    source,
    limits: { ...venueLimits(source.market), ...options.limits },
    answers: options.answers ?? {},
    retime: presentTime(options.retime),
    nowMs: options.nowMs ?? (() => performance.now()),
    driftUs: () => core.driftUs,
    fault: () => core.commandFault(),
  });
  const core: VenueCore<BinanceFrame> = new VenueCore(dialect, {
    frames: source.frames,
    script: options.script ?? [],
    seed: options.seed ?? 0n,
    log: options.log ?? true,
    pingMs,
    pongTimeoutMs,
  });
  await core.open();
  return Object.assign(venueHandle(core), {
    book: (symbol: string) => dialect.book(symbol),
    nowUs: () => dialect.nowUs(),
  });
}
