/**
 * WAL v1 on disk. One JSON object per line, UTF-8, LF; every line ends in its own CRC-32C.
 *
 * ```
 * file   = header *(*event commit) [footer]          name {seg:08d}-{first:016d}.wal.jsonl
 * line   = prefix ,"crc":"hhhhhhhh"} LF              CRC-32C of prefix, lower-case hex
 * header {"k":"H","v":1,"fmt":"quantlaxmi-wal","wal":"<32hex>","seg":1,"first":1,"b0":0,"epoch":1,
 *         "prev":"<64hex>","ts":<us>,"schemas":{"Quote":1,...}
 * event  {"k":"E","seq":1,"t":"Quote","sv":1,"rx":<us>,"ts":<us>|null,"src":"...","body":{...}
 * commit {"k":"C","b":1,"d":0,"seq":1,"n":1,"h":"<64hex>"
 * footer {"k":"F","why":"rotate|close|recovered","n":1,"first":1,"last":1,"b":1,"rx0":<us>|null,
 *         "rx1":<us>|null,"bytes":1,"sha256":"<64hex>","h":"<64hex>"
 *
 * h(0)      = SHA-256("quantlaxmi-wal/v1\n" + wal id as text)     = "prev" of the first header
 * h(header) = SHA-256(prev + header line with its LF)
 * h(commit) = SHA-256(h before + event lines with their LFs + commit line up to ,"h")
 * footer.h  = h of the last commit (or header) = "prev" of the next header
 * footer.sha256 = SHA-256 of the `bytes` bytes before the footer
 * ```
 *
 * `b` numbers batches through the whole log, `b0` is the last batch before the segment, `d` the
 * highest batch known durable when the commit was written: what tells a torn tail from rot.
 * @module
 */

/** Value of `fmt` in a header. */
export const WAL_FORMAT = 'quantlaxmi-wal';
/** Format version this code reads and writes. */
export const WAL_FORMAT_VERSION = 1;

/** Bytes from `,"crc":"` to the LF. */
export const TAIL_BYTES = 19;

/** First line of a segment. */
export interface WalHeader {
  readonly wal: string;
  readonly seg: number;
  /** `seq` the segment's first event has or will have. */
  readonly first: number;
  /** Last batch number before this segment. */
  readonly b0: number;
  /** +1 at every open for writing. */
  readonly epoch: number;
  /** Chain head before this segment, hex. */
  readonly prev: string;
  /** When the segment was made, µs. Informational. */
  readonly ts: number;
  /** Schema version of each event type the writer knows. */
  readonly schemas: Readonly<Record<string, number>>;
}

/** Why a segment ended. */
export type FooterReason = 'rotate' | 'close' | 'recovered';

/** Last line of a sealed segment. */
export interface WalFooter {
  readonly why: FooterReason;
  /** Events in the segment. */
  readonly n: number;
  readonly first: number;
  /** Last `seq`; `first - 1` when the segment has no event. */
  readonly last: number;
  /** Last batch number. */
  readonly b: number;
  /** `rx` of the first and last event, µs; null when there is none. */
  readonly rx0: number | null;
  readonly rx1: number | null;
  /** Bytes before the footer. */
  readonly bytes: number;
  /** SHA-256 of those bytes, hex. */
  readonly sha256: string;
  /** Chain head, hex. */
  readonly h: string;
}

/**
 * The last segment that retention removed from the front of a log, as the log's manifest keeps it.
 * What is left is held against it: the next segment must follow from `h` and `last`.
 */
export interface RemovedFront {
  /** Id of the log (32 hex digits). */
  readonly walId: string;
  readonly seg: number;
  /** Last `seq` of it. */
  readonly last: number;
  /** Chain head at its end (64 hex digits). */
  readonly h: string;
}

/** A segment's file name and what it says. */
export interface SegmentName {
  readonly name: string;
  readonly seg: number;
  readonly first: number;
}

const SEGMENT_NAME = /^(\d{8})-(\d{16})\.wal\.jsonl$/;

/** Name of segment `seg` whose first event is `first`. */
export function segmentName(seg: number, first: number): string {
  return `${String(seg).padStart(8, '0')}-${String(first).padStart(16, '0')}.wal.jsonl`;
}

/** Reads a segment name; null when `name` is not one. */
export function parseSegmentName(name: string): SegmentName | null {
  const match = SEGMENT_NAME.exec(name);
  if (match === null) return null;
  return { name, seg: Number(match[1]), first: Number(match[2]) };
}
