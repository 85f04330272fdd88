/**
 * What a capture takes, counts and gives.
 * @module
 */
import type { EventInput, InstrumentBody } from '../../events/index.js';
import type { RawCapture } from '../feed/index.js';
import type { KiteInstrument } from './instruments.js';
import type { KiteMode } from './ticks.js';

/** Options of `kiteCapture`. */
export interface KiteCaptureOptions {
  /** Id of the session, recorded in its first event. */
  readonly sessionId: string;
  /** Instruments known beforehand, declared before anything else; default none. */
  readonly instruments?: readonly KiteInstrument[];
  /**
   * Tokens declared as soon as an instruments answer names them. Any other token in it is declared
   * before its first tick. Default none.
   */
  readonly tokens?: readonly number[];
  /**
   * Record order updates as Order events; default false: they are counted, since a session of
   * market data holds nothing of an account.
   */
  readonly orders?: boolean;
  /** Facts recorded one by one per code; default 100. All are counted. */
  readonly factLimit?: number;
  /** Longest excerpt of a malformed message in its fact, in bytes; default 256. */
  readonly excerptBytes?: number;
}

/** What a capture counted so far. */
export interface KiteCaptureStats {
  /** Records and recording lines seen. */
  readonly records: number;
  /** Frames of one byte, which say that the connection lives. */
  readonly heartbeats: number;
  /** Packets of binary frames. */
  readonly packets: number;
  /** Text frames. */
  readonly texts: number;
  /** Answers over HTTP. */
  readonly answers: number;
  /** Stats events: one per tick and per quote of an answer. */
  readonly stats: number;
  /** Quote events: one per tick with depth. */
  readonly quotes: number;
  /** BookSnapshot events: one per tick with depth. */
  readonly snapshots: number;
  readonly bars: number;
  /** Order updates, recorded or not. */
  readonly orders: number;
  /** Frames, packets, texts, answers and lines that could not be read. */
  readonly malformed: number;
  readonly clockSteps: number;
  /** Packets of tokens without an instrument. */
  readonly unknownTokens: number;
  /** Text frames of unknown types. */
  readonly unknownTypes: number;
  /** Messages and errors that the venue told as text. */
  readonly notices: number;
  /** Answers that hold no market data. */
  readonly ignored: number;
  /** Frames of a connection that had not taken over yet, or had been taken over from. */
  readonly dropped: number;
  readonly firstRx: number | null;
  readonly lastRx: number | null;
}

/** A number of {@link KiteCaptureStats} that counts. */
export type KiteCounter = Exclude<keyof KiteCaptureStats, 'firstRx' | 'lastRx'>;

/** Turns raw records or recording lines into events; see `kiteCapture`. */
export interface KiteCapture extends RawCapture {
  /** Events of one recording line in bytes[start, end). Never throws for what the line holds. */
  line(bytes: Uint8Array, start: number, end: number): EventInput[];
  /** Events for a line that was longer than allowed; `head` is its start. */
  tooLong(byteLength: number, head: Uint8Array): EventInput[];
  /** Tokens with an instrument, in order of declaration. */
  tokens(): readonly number[];
  /** The instrument of a token as last declared; null when there is none. */
  instrument(token: number): InstrumentBody | null;
  /** The instrument that the dumps seen name for a token, declared or not; null when none does. */
  known(token: number): InstrumentBody | null;
  /** When the last tick of a token came, µs; 0 before the first. */
  lastRx(token: number): number;
  /** Mode of the token's last tick; null before the first. */
  mode(token: number): KiteMode | null;
  readonly stats: KiteCaptureStats;
}
