/**
 * Kite on loopback: the ticker and the REST part a feed needs, with faults on a script.
 * @module
 */
import type { Clock } from '../../core/index.js';
import type { ScriptedFault } from './faults.js';
import { VenueCore } from './internal/core.js';
import { venueHandle } from './internal/handle.js';
import { KiteDialect, type KiteLimits } from './internal/kite/dialect.js';
import { presentTime } from './internal/present-time.js';
import type { KiteFrame, KiteSource } from './kite-source.js';
import type { LocalVenue } from './local-venue.js';

export type { KiteLimits } from './internal/kite/dialect.js';

/** Options of {@link kiteVenue}. */
export interface KiteVenueOptions {
  /** What is played. */
  readonly source: KiteSource;
  /** What goes wrong. */
  readonly script?: readonly ScriptedFault[];
  /** Seed of what a fault leaves open. Default 0. */
  readonly seed?: bigint;
  /** API key that is known. Default `local-key`. */
  readonly apiKey?: string;
  /** Its secret, for the checksum of a login. Default `local-secret`. */
  readonly apiSecret?: string;
  /** Access token valid from the start; null for none before a login. Default `local-token`. */
  readonly accessToken?: string | null;
  /** Request tokens that can be exchanged, each once. Default `local-request`. */
  readonly requestTokens?: readonly string[];
  /** Time of a login as the venue writes it, IST. Default `2026-01-05 08:00:00`. */
  readonly loginTime?: string;
  /** Instruments dump, CSV. Default: only its header. */
  readonly instruments?: string;
  /** Full quotes by `NSE:INFY`; `/quote/ohlc` and `/quote/ltp` are parts of them. */
  readonly quotes?: Readonly<Record<string, unknown>>;
  /** `data` of further paths: `/orders`, `/user/profile`, …. */
  readonly answers?: Readonly<Record<string, unknown>>;
  /** Limits that differ from the venue's: 3,000 tokens, 3 connections. */
  readonly limits?: Partial<KiteLimits>;
  /** Moves tick times to the present by this clock (`true`: the system's). Default: as given. */
  readonly retime?: boolean | Clock;
  /** Between two heartbeats, ms; null for none. Default 1,000. */
  readonly heartbeatMs?: number | null;
  /** False keeps no log of the frames sent. Default true. */
  readonly log?: boolean;
}

/** A running local Kite. */
export interface KiteVenue extends LocalVenue {
  /** Sends a heartbeat to all clients now. */
  heartbeat(): void;
  /** Sends a text message (`{"type":"order","data":…}`) to all clients, outside the playback. */
  text(message: string): void;
}

const HEADER =
  'instrument_token,exchange_token,tradingsymbol,name,last_price,expiry,strike,tick_size,' +
  'lot_size,instrument_type,segment,exchange\n';
const HEARTBEAT = Uint8Array.of(0);

interface Tokens {
  readonly token: () => string | null;
  readonly issue: () => string;
  readonly revoke: () => void;
}

function tokensFrom(first: string | null): Tokens {
  let current = first;
  let issued = 0;
  return {
    token: () => current,
    issue: () => {
      issued += 1;
      current = `local-token-${issued}`;
      return current;
    },
    revoke: () => {
      current = null;
    },
  };
}

function dialectOf(options: KiteVenueOptions, core: () => VenueCore<KiteFrame>): KiteDialect {
  const { apiKey = 'local-key', apiSecret = 'local-secret', accessToken = 'local-token' } = options;
  return new KiteDialect({
    rest: {
      ...tokensFrom(accessToken),
      apiKey,
      apiSecret,
      requestTokens: new Set(options.requestTokens ?? ['local-request']),
      instruments: options.instruments ?? HEADER,
      quotes: options.quotes ?? {},
      answers: options.answers ?? {},
      loginTime: options.loginTime ?? '2026-01-05 08:00:00',
    },
    limits: { tokensMax: 3_000, connectionsMax: 3, ...options.limits },
    retime: presentTime(options.retime),
    driftUs: () => core().driftUs,
    fault: () => core().commandFault(),
    open: () => core().connections.filter((conn) => conn.open).length,
  });
}

/**
 * Starts a local Kite on a free port of 127.0.0.1. Nothing is played until it is told to.
 *
 * Ticker: `/?api_key=…&access_token=…` (403 for a wrong or ended token, 429 for a connection too
 * many), subscribe, mode and unsubscribe; a new subscription streams `quote`. REST:
 * `/session/token` (the checksum is checked), `/instruments`, `/quote`, `/quote/ohlc`,
 * `/quote/ltp`, and what `answers` holds. A tick is sent in the mode asked for, or in its own where
 * it holds less. Sources: kite.trade/docs/connect/v3 (websocket, user, market-quotes, exceptions).
 *
 * @param options - source, script, credentials that are accepted
 * @returns a running venue; close it to free the port
 * @throws QuantlaxmiError QL_BAD_INPUT when a line of the script has no counter
 * @example
 * ```ts
 * import { kiteVenue, syntheticKite } from 'quantlaxmi/testing/node';
 *
 * const source = syntheticKite({ seed: 1n, tokens: [408065], durationUs: 1_000_000 });
 * const venue = await kiteVenue({ source, quotes: { 'NSE:INFY': { last_price: 1500.5 } } });
 * const headers = { authorization: 'token local-key:local-token' };
 * const answer = await fetch(`${venue.url.http}/quote/ltp?i=NSE:INFY`, { headers });
 * JSON.parse(await answer.text()).data['NSE:INFY'].last_price; // => 1500.5
 * await venue.close();
 * ```
 */
export async function kiteVenue(options: KiteVenueOptions): Promise<KiteVenue> {
  const dialect = dialectOf(options, () => core);
  const core: VenueCore<KiteFrame> = new VenueCore(dialect, {
    frames: options.source.frames,
    script: options.script ?? [],
    seed: options.seed ?? 0n,
    log: options.log ?? true,
    pingMs: null,
    pongTimeoutMs: Number.POSITIVE_INFINITY,
  });
  await core.open();
  const heartbeat = (): void => {
    for (const conn of core.connections) conn.keepAlive(HEARTBEAT);
  };
  const { heartbeatMs = 1_000 } = options;
  const timer = heartbeatMs === null ? null : setInterval(heartbeat, heartbeatMs);
  return Object.assign(venueHandle(core), {
    heartbeat,
    text: (message: string) => {
      for (const conn of core.connections) conn.answer(message);
    },
    close: () => {
      if (timer !== null) clearInterval(timer);
      return core.close();
    },
  });
}
