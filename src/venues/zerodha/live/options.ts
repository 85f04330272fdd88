/**
 * What a live feed from the ticker is made with.
 * @module
 */
import { type JsonValue, QuantlaxmiError, type Secret } from '../../../core/index.js';
import type { KiteCaptureOptions } from '../capture-types.js';
import { KITE_ROOTS, KITE_TICKER } from '../rest/limits.data.js';
import { kiteSegment } from '../segments.js';
import type { KiteMode } from '../ticks.js';
import type { TokenLimits } from './token-table.js';

/** An instrument by its token (`256265`) or its id (`NSE:FO:NIFTY26AUGFUT`). */
export type KiteInstrumentName = number | string;

/** One instrument to stream. */
export interface KiteSubscription {
  readonly instrument: KiteInstrumentName;
  readonly mode: KiteMode;
}

/** Options of {@link kiteProtocol}. */
export interface KiteProtocolOptions {
  readonly apiKey: string;
  readonly accessToken: Secret<string>;
  /**
   * Session and limits of the capture. It is given no instruments: they come in answers, so that
   * the raw record holds all that the capture was told.
   */
  readonly capture: Omit<KiteCaptureOptions, 'instruments'>;
  /** What to stream from the start. */
  readonly subscriptions: readonly KiteSubscription[];
  /**
   * Exchanges whose instruments are asked for before connecting: `NFO`, ..., or `` (empty) for the
   * dump of all. Default: those of the subscriptions.
   */
  readonly dumps?: readonly string[];
  /** Root of the REST addresses; default the venue's. */
  readonly restRoot?: string;
  /** Root of the ticker's address; default the venue's. */
  readonly tickerRoot?: string;
  /** Tokens per connection and connections; default what the venue allows. */
  readonly limits?: TokenLimits;
  /** Longest silence of a connection that lives, µs; default {@link KITE_TICKER}`.silenceUs`. */
  readonly silenceUs?: number;
}

/** Kite's name of the exchange of our ids `<venue>:<segment>:<symbol>`. */
const DUMP_OF: Readonly<Record<string, string>> = {
  'NSE:FO': 'NFO',
  'BSE:FO': 'BFO',
  'NSE:CD': 'CDS',
  'BSE:CD': 'BCD',
};

/** Dumps by the low byte of a token; indices are listed by both exchanges. */
const DUMP_OF_SEGMENT: Readonly<Record<string, readonly string[]>> = {
  nse: ['NSE'],
  nfo: ['NFO'],
  cds: ['CDS'],
  bse: ['BSE'],
  bfo: ['BFO'],
  bcd: ['BCD'],
  mcx: ['MCX'],
  mcxsx: ['MCX'],
  indices: ['NSE', 'BSE'],
};

/**
 * Exchanges whose instruments dump lists the instrument.
 *
 * @throws QuantlaxmiError QL_BAD_INPUT when the name is no token and no instrument id
 */
export const dumpsOf = (instrument: KiteInstrumentName): readonly string[] => {
  if (typeof instrument === 'number') {
    const segment = kiteSegment(instrument);
    const dumps = segment === null ? undefined : DUMP_OF_SEGMENT[segment.name];
    if (dumps !== undefined) return dumps;
    throw new QuantlaxmiError(
      'QL_BAD_INPUT',
      `instrument token ${instrument}: its low byte names no segment of Kite; take instrument_token ` +
        'of the instruments dump, not exchange_token',
    );
  }
  const parts = /^([A-Z]{2,10}):([A-Z]{2,10}):(.+)$/.exec(instrument);
  const [, venue = '', segment = ''] = parts ?? [];
  if (parts === null) {
    throw new QuantlaxmiError(
      'QL_BAD_INPUT',
      `instrument ${JSON.stringify(instrument.slice(0, 60))}: expected a token or an id such as ` +
        'NSE:FO:NIFTY26AUGFUT or NSE:EQ:INFY',
    );
  }
  return [DUMP_OF[`${venue}:${segment}`] ?? venue];
};

/** What the capture is made with: tokens asked for by number are declared at once. */
export const captureOptionsOf = (options: KiteProtocolOptions): KiteCaptureOptions => {
  const { capture, subscriptions } = options;
  const numbers = subscriptions.flatMap(({ instrument }) =>
    typeof instrument === 'number' ? [instrument] : [],
  );
  return { ...capture, tokens: [...new Set([...(capture.tokens ?? []), ...numbers])] };
};

/** What makes the same capture again, for the head of a raw record. */
export const settingsOf = (options: KiteCaptureOptions): { readonly [key: string]: JsonValue } => {
  const { sessionId: _, instruments: __, ...rest } = options;
  return { ...rest };
};

/** Options with every default filled in. */
export interface KitePlan {
  readonly restRoot: string;
  readonly tickerRoot: string;
  readonly limits: TokenLimits;
  readonly silenceUs: number;
  readonly dumps: readonly string[];
}

/** Fills in the defaults. */
export const planOf = (options: KiteProtocolOptions): KitePlan => {
  const needed = (): string[] => [
    ...new Set(options.subscriptions.flatMap(({ instrument }) => dumpsOf(instrument))),
  ];
  return {
    restRoot: options.restRoot ?? KITE_ROOTS.rest,
    tickerRoot: options.tickerRoot ?? KITE_ROOTS.ticker,
    limits: options.limits ?? KITE_TICKER,
    silenceUs: options.silenceUs ?? KITE_TICKER.silenceUs,
    dumps: options.dumps ?? needed(),
  };
};
