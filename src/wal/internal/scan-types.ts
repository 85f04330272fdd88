/** What a scan of a segment is told and what it reports. */
import type { HasherFactory } from '../../core/index.js';
import type { Event } from '../../events/index.js';
import type { WalErrorCode } from '../errors.js';
import type { Expected } from './segment-rules.js';

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
  /** Decodes `[start, end)`; null to look at envelopes only. */
  readonly decode: ((bytes: Uint8Array, start: number, end: number) => Event | null) | null;
  /** Events before this `seq`, or received before this time (µs), are checked and not decoded. */
  readonly fromSeq: number;
  readonly fromRx?: number;
  /** Keep `durableSeq` up to date. */
  readonly trackDurable?: boolean;
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
