/** What a scan of a segment is told and what it reports. */
import type { HasherFactory } from '../../core/index.js';
import type { Event } from '../../events/index.js';
import type { WalErrorCode } from '../errors.js';
import type { Committed, Expected } from './segment-rules.js';

/**
 * Reads the event of the line `bytes[start..end)`, which ends before its checksum; null for one
 * that may be skipped. It throws for bytes that are not canonical, with WAL_UNKNOWN_TYPE for a type
 * or version that it does not know.
 */
export type EventDecoder = (bytes: Uint8Array, start: number, end: number) => Event | null;

/** Reason of the fault that a file is whose last line is not whole. */
export const NO_LINE_END = 'the last line has no LF';

/** The first thing wrong in a segment. */
export interface Fault {
  readonly code: WalErrorCode;
  /** First byte of the line concerned, and the byte after what was looked at. */
  readonly byte: number;
  readonly endByte: number;
  /** `seq` that was due there. */
  readonly seq: number;
  readonly reason: string;
  /** True when an interrupted write could have left it: the bytes fail their own checksum. */
  readonly tornLike: boolean;
  readonly cause?: unknown;
}

export interface ScanOptions {
  readonly seg: number;
  readonly first: number;
  readonly expected: Expected;
  readonly hasher: HasherFactory;
  /** Check every line's CRC. Without it damage is still found, by the chain, but not its place. */
  readonly crc: boolean;
  /** Check the footer's SHA-256 too. */
  readonly sha256: boolean;
  /** Count events by type. */
  readonly count: boolean;
  /** Null to look at envelopes only. */
  readonly decode: EventDecoder | null;
  /** Events before this `seq`, or received before this time (µs), are checked and not decoded. */
  readonly fromSeq: number;
  readonly fromRx?: number;
  /** Keep `durableSeq` up to date. */
  readonly trackDurable?: boolean;
  /** Called after the header and after each commit, with where the log then stands. */
  readonly onHead?: (committed: Committed) => void;
}

/** A commit to start reading behind, as the log's own lines state it. */
export interface ScanStart {
  readonly seq: number;
  readonly b: number;
  readonly d: number;
  /** Chain head after the commit: what the batches behind it are held against. */
  readonly h: Uint8Array;
  /** `rx` of the commit's last event. */
  readonly rx: number;
  /** Byte after the commit line. */
  readonly offset: number;
}
