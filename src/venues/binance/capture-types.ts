/**
 * What a capture takes, counts and gives.
 * @module
 */
import type { EventInput, EventType, InstrumentBody } from '../../events/index.js';
import type { RawCapture } from '../feed/index.js';
import type { BinanceMarket } from './market.js';

/** Options of `createBinanceCapture`. */
export interface BinanceCaptureOptions {
  readonly market: BinanceMarket;
  /** Id of the session, recorded in its first event. */
  readonly sessionId: string;
  /** Instruments known beforehand, declared before anything else; default none. */
  readonly instruments?: readonly InstrumentBody[];
  /**
   * Symbols to record. Those without an instrument are declared when an `exchangeInfo` answer names
   * them; data that comes before is counted as of an unknown symbol. Default: those of
   * {@link BinanceCaptureOptions.instruments}.
   */
  readonly symbols?: readonly string[];
  /** Symbol of REST depth snapshots that name none; default: the only instrument's. */
  readonly snapshotSymbol?: string;
  /** Record `aggTrade` messages as trades; default false, since they repeat `trade`. */
  readonly aggTrades?: boolean;
  /**
   * Symbols whose book comes as partial depth (`@depth5`, `@depth10`, `@depth20`), each message a
   * whole snapshot; default none. For any other symbol partial depth is left out: it would cut the
   * book that the updates build.
   */
  readonly partialDepth?: readonly string[];
  /**
   * Mark prices are recorded: price exponents reach the 8 decimals in which the venue prints them
   * from the first declaration on (ADR 0012); default false. The tick keeps its value.
   */
  readonly marks?: boolean;
  /**
   * What to do about digits finer than an instrument's exponents: `refuse` the message (default;
   * a recording has its first pass), or `redeclare` the instrument with finer exponents, at most 8
   * decimals, and read the message again. Its book is refused from there until a snapshot.
   */
  readonly finerDigits?: 'refuse' | 'redeclare';
  /** Most bytes held of a second connection during a hand-over; default 64 MiB. */
  readonly handoverBytesMax?: number;
  /** Facts recorded one by one per code (gaps always are); default 100. All are counted. */
  readonly factLimit?: number;
  /** Longest excerpt of a malformed message in its fact, in bytes; default 256. */
  readonly excerptBytes?: number;
}

/** What a capture counted so far. */
export interface CaptureStats {
  /** Lines, frames and answers seen. */
  readonly lines: number;
  readonly quotes: number;
  readonly trades: number;
  readonly deltas: number;
  readonly snapshots: number;
  /** Mark prices and funding rates. */
  readonly fundings: number;
  readonly bars: number;
  readonly liquidations: number;
  /** Open interest. */
  readonly stats: number;
  /** Missing depth updates, unusable snapshots and missing trade ids. */
  readonly gaps: number;
  /** Lines that are no message, messages and answers that could not be read. */
  readonly malformed: number;
  readonly duplicateTrades: number;
  readonly outOfOrder: number;
  readonly clockSteps: number;
  readonly unknownStreams: number;
  readonly unknownSymbols: number;
  /** Well-formed messages left out on purpose: aggregated trades, answers to requests. */
  readonly ignored: number;
  /** Well-formed answers of metadata, server time, mark prices, funding and open interest. */
  readonly answers: number;
  /** Messages that both connections of a hand-over brought, counted once each. */
  readonly repeated: number;
  readonly firstRx: number | null;
  readonly lastRx: number | null;
}

/** A number of {@link CaptureStats} that counts. */
export type Counter = Exclude<keyof CaptureStats, 'firstRx' | 'lastRx'>;

/** Turns raw records or recording lines into events; see `createBinanceCapture`. */
export interface BinanceCapture extends RawCapture {
  /** Events of one recording line in bytes[start, end). Never throws for what the line holds. */
  line(bytes: Uint8Array, start: number, end: number): EventInput[];
  /** Events for a line that was longer than allowed; `head` is its start. */
  tooLong(byteLength: number, head: Uint8Array): EventInput[];
  /** Events of one message received at `rx` µs; `symbol` for a snapshot that names none. */
  message(bytes: Uint8Array, rx: number, symbol: string | null): EventInput[];
  /** Symbols with an instrument, in order of declaration. */
  symbols(): readonly string[];
  /** The instrument of a symbol as last declared; null when there is none. */
  instrument(symbol: string): InstrumentBody | null;
  /** Symbols whose book needs a snapshot, and for which a depth update waits. */
  unsynced(): readonly string[];
  /** True when a reader of the log has a usable book of the symbol. */
  synced(symbol: string): boolean;
  /** Highest `u` of the symbol's depth updates; -1 before the first. */
  lastUpdate(symbol: string): number;
  /** When the last event of the type came for the symbol, µs; 0 before the first. */
  lastRx(symbol: string, type: EventType): number;
  /** Messages of newer connections held during hand-overs, not yet recorded. */
  held(): number;
  readonly stats: CaptureStats;
}
