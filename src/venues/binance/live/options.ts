/**
 * Options of a live Binance feed, checked and completed.
 * @module
 */
import { QuantlaxmiError } from '../../../core/index.js';
import type { BinanceMarket } from '../market.js';
import { BINANCE_ENDPOINTS, BINANCE_LIMITS, type BinanceEndpoint } from './limits.data.js';
import type { BinanceKey } from './requests.js';
import { DEFAULT_STREAMS, isDiffDepth, type StreamOf, streamOf } from './streams.js';

/** Longest silence of a stream that is normal, µs; null: its silence is not told. */
export interface BinanceSilence {
  /** Depth changes; default 60 s. */
  readonly depthUs?: number | null;
  /** Mark prices; default 60 s. */
  readonly markPriceUs?: number | null;
  /** Book ticker; default null: an illiquid symbol is silent for long. */
  readonly bookTickerUs?: number | null;
}

/** Options of `binanceProtocol`. */
export interface BinanceProtocolOptions {
  readonly market: BinanceMarket;
  /** Id of the session, recorded in its first event. */
  readonly sessionId: string;
  /** Symbols as exchangeInfo writes them: `BTCUSDT`, `BTCUSD_PERP`. At least one. */
  readonly symbols: readonly string[];
  /**
   * Streams of each symbol, without its name; default `depth@100ms`, `bookTicker`, and `trade`
   * (spot) or `aggTrade` (futures). Others: `markPrice@1s`, `forceOrder`, `kline_1m`,
   * `depth20@100ms`, …
   */
  readonly streams?: readonly string[];
  /** Streams of symbols that differ from the rest. */
  readonly streamsBySymbol?: Readonly<Record<string, readonly string[]>>;
  /** Addresses; default production. See {@link BINANCE_ENDPOINTS}. */
  readonly endpoint?: BinanceEndpoint;
  /** Messages with their stream's name around them (default), or as they are. */
  readonly framing?: 'combined' | 'raw';
  /** Streams asked for by message (default: each is acknowledged) or named in the address. */
  readonly subscribeBy?: 'message' | 'url';
  /** Unit of the venue's times; default `ms`. `us` on spot only. */
  readonly timeUnit?: 'ms' | 'us';
  /** Levels of a depth snapshot, each side; default 1000; at most 5000 on spot, 1000 on futures. */
  readonly depthLimit?: number;
  /** Streams on one connection; default what the venue allows. */
  readonly streamsPerLink?: number;
  /** Time between two measurements of the venue's clock, µs; default 10 minutes. */
  readonly timeEveryUs?: number;
  /** Time between two looks at the instruments, µs; default 1 hour; null for never. */
  readonly instrumentsEveryUs?: number | null;
  /** Time between two looks at the open interest of a contract, µs; default null: none. */
  readonly openInterestEveryUs?: number | null;
  /** Time between two looks at the premium index of a contract, µs; default null: none. */
  readonly premiumIndexEveryUs?: number | null;
  /** Past fundings of each contract to ask for once, at most 1000; default 0. */
  readonly fundingHistory?: number;
  /** Key of an account: asks for its `leverageBracket` once. Market data needs no key. */
  readonly key?: BinanceKey | null;
  readonly silence?: BinanceSilence;
  /** Longest wait for an answer to SUBSCRIBE, µs; then a new connection is made. Default 10 s. */
  readonly acknowledgeUs?: number;
}

/** The options with every default filled in. */
export interface BinancePlan {
  readonly market: BinanceMarket;
  readonly sessionId: string;
  readonly endpoint: BinanceEndpoint;
  readonly framing: 'combined' | 'raw';
  readonly subscribeBy: 'message' | 'url';
  readonly timeUnit: 'ms' | 'us';
  readonly depthLimit: number;
  readonly streamsPerLink: number;
  readonly timeEveryUs: number;
  readonly instrumentsEveryUs: number | null;
  readonly openInterestEveryUs: number | null;
  readonly premiumIndexEveryUs: number | null;
  readonly fundingHistory: number;
  readonly key: BinanceKey | null;
  readonly silence: Required<BinanceSilence>;
  readonly acknowledgeUs: number;
  readonly defaultKinds: readonly string[];
}

function refuse(what: string, found: unknown, expected: string): never {
  throw new QuantlaxmiError(
    'QL_BAD_INPUT',
    `binanceProtocol, ${what}: ${JSON.stringify(found) ?? 'undefined'}; expected ${expected}.`,
    { context: { what, expected } },
  );
}

function whole(what: string, value: number, min: number, max: number): number {
  if (!Number.isSafeInteger(value) || value < min || value > max) {
    return refuse(what, value, `a whole number from ${min} to ${max}`);
  }
  return value;
}

function every(what: string, value: number | null): number | null {
  // Requests of a thousand contracts at this pace are within every budget.
  return value === null ? null : whole(what, value, 1_000_000, 86_400_000_000);
}

function contractOnly(plan: BinancePlan): void {
  const asked =
    plan.openInterestEveryUs !== null ||
    plan.premiumIndexEveryUs !== null ||
    plan.fundingHistory > 0;
  if (plan.market === 'spot' && (asked || plan.key !== null)) {
    refuse('market', 'spot', 'usdm or coinm for open interest, funding and margin brackets');
  }
}

/** @throws QL_BAD_INPUT naming the option and what it may be */
export function planOf(options: BinanceProtocolOptions): BinancePlan {
  const { market } = options;
  const limits = BINANCE_LIMITS[market];
  if (limits === undefined) refuse('market', market, 'spot, usdm or coinm');
  const streamsMax = limits.streamsPerConnection.value;
  const depthMax = market === 'spot' ? 5000 : 1000;
  const { silence = {} } = options;
  const plan: BinancePlan = {
    market,
    sessionId: options.sessionId,
    endpoint: options.endpoint ?? BINANCE_ENDPOINTS.production[market],
    framing: options.framing ?? 'combined',
    subscribeBy: options.subscribeBy ?? 'message',
    timeUnit: options.timeUnit ?? 'ms',
    depthLimit: whole('depthLimit', options.depthLimit ?? 1000, 5, depthMax),
    streamsPerLink: whole('streamsPerLink', options.streamsPerLink ?? streamsMax, 1, streamsMax),
    timeEveryUs: whole(
      'timeEveryUs',
      options.timeEveryUs ?? 600_000_000,
      1_000_000,
      86_400_000_000,
    ),
    instrumentsEveryUs: every(
      'instrumentsEveryUs',
      options.instrumentsEveryUs === undefined ? 3_600_000_000 : options.instrumentsEveryUs,
    ),
    openInterestEveryUs: every('openInterestEveryUs', options.openInterestEveryUs ?? null),
    premiumIndexEveryUs: every('premiumIndexEveryUs', options.premiumIndexEveryUs ?? null),
    fundingHistory: whole('fundingHistory', options.fundingHistory ?? 0, 0, 1000),
    key: options.key ?? null,
    silence: {
      depthUs: silence.depthUs === undefined ? 60_000_000 : silence.depthUs,
      markPriceUs: silence.markPriceUs === undefined ? 60_000_000 : silence.markPriceUs,
      bookTickerUs: silence.bookTickerUs ?? null,
    },
    acknowledgeUs: whole(
      'acknowledgeUs',
      options.acknowledgeUs ?? 10_000_000,
      100_000,
      600_000_000,
    ),
    defaultKinds: options.streams ?? DEFAULT_STREAMS[market],
  };
  if (plan.timeUnit === 'us' && market !== 'spot') refuse('timeUnit', 'us', 'ms; only spot has µs');
  if (options.symbols.length === 0) refuse('symbols', [], 'at least one symbol');
  contractOnly(plan);
  return plan;
}

/**
 * Streams of symbols, in the order asked for, each once.
 *
 * @throws QL_BAD_INPUT when the market has no such stream, or one symbol two speeds of depth
 */
export function streamsOf(
  market: BinanceMarket,
  symbols: readonly string[],
  kindsOf: (symbol: string) => readonly string[],
): StreamOf[] {
  const streams = new Map<string, StreamOf>();
  for (const symbol of new Set(symbols)) {
    const kinds = kindsOf(symbol);
    if (kinds.length === 0) refuse(`streams of ${symbol}`, kinds, 'at least one stream');
    if (kinds.filter(isDiffDepth).length > 1) {
      // Two speeds of one book would interleave in one chain of updates.
      refuse(`streams of ${symbol}`, kinds, 'depth at one speed only');
    }
    if (kinds.includes('trade') && kinds.includes('aggTrade')) {
      refuse(`streams of ${symbol}`, kinds, 'trade or aggTrade: they say the same twice');
    }
    for (const kind of kinds) {
      const stream = streamOf(market, symbol, kind);
      streams.set(stream.name, stream);
    }
  }
  return [...streams.values()];
}
