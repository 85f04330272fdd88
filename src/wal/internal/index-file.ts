/**
 * The sparse index of a segment: one line per stretch of it, `{"seq":…,"off":…,"rx":…}`. `off` is
 * the first byte of an event line with that `seq` and `rx` which a commit line follows. Nothing in
 * it is believed: the lines at `off` must be there and say the same.
 */
import { LIMITS } from '../../core/index.js';
import { TAIL_BYTES } from '../format.js';
import type { WalFile } from '../store.js';
import type { Envelope } from './envelope.js';
import { readEnvelope } from './envelope.js';
import { readFully } from './line-source.js';
import type { Commit } from './lines.js';
import {
  asciiText,
  hashAt,
  KIND_AT,
  KIND_COMMIT,
  KIND_EVENT,
  LF,
  lineHolds,
  parseCommit,
} from './lines.js';
import type { ScanStart } from './scan-types.js';

/** Ends the name of a segment's index. */
export const INDEX_SUFFIX = '.idx';
/** A larger index is not read: it has an entry for every megabyte of 20 GiB. */
const INDEX_BYTES_MAX = 1_048_576;
/** Enough for a line and its commit almost always. */
const PROOF_BYTES = 8_192;

/** The last event of a commit and where its line stands. */
export interface IndexEntry {
  readonly seq: number;
  readonly off: number;
  readonly rx: number;
}

const LINE = /^\{"seq":([1-9]\d{0,15}),"off":([1-9]\d{0,15}),"rx":(0|[1-9]\d{0,15})\}$/;

/** One entry as a line of the file. */
export function indexLine({ seq, off, rx }: IndexEntry): string {
  return `{"seq":${seq},"off":${off},"rx":${rx}}\n`;
}

/** Entries of an index, in order; none when any byte of it is not as {@link indexLine} writes. */
export function parseIndex(text: string): readonly IndexEntry[] {
  const entries: IndexEntry[] = [];
  let before: IndexEntry = { seq: 0, off: 0, rx: 0 };
  if (!text.endsWith('\n')) return [];
  for (const line of text.slice(0, -1).split('\n')) {
    const match = LINE.exec(line);
    if (match === null) return [];
    const entry = { seq: Number(match[1]), off: Number(match[2]), rx: Number(match[3]) };
    const follows = entry.seq > before.seq && entry.off > before.off && entry.rx >= before.rx;
    if (!follows || !Number.isSafeInteger(entry.off)) return [];
    entries.push(entry);
    before = entry;
  }
  return entries;
}

/** Reads an index; one that is too large or can not be read is as good as none. */
export async function readIndex(open: () => Promise<WalFile>): Promise<readonly IndexEntry[]> {
  try {
    const file = await open();
    try {
      const size = await file.size();
      if (size > INDEX_BYTES_MAX) return [];
      const bytes = new Uint8Array(size);
      const got = await readFully(file, bytes, 0);
      return parseIndex(asciiText(bytes, 0, got));
    } finally {
      await file.close();
    }
  } catch {
    return [];
  }
}

/** The last entry for which `before` holds; it must hold for a front part of the list. */
export function lastBefore(
  entries: readonly IndexEntry[],
  before: (entry: IndexEntry) => boolean,
): IndexEntry | null {
  let low = 0;
  let high = entries.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (before(entries[middle] as IndexEntry)) low = middle + 1;
    else high = middle;
  }
  return entries[low - 1] ?? null;
}

/**
 * What the segment's own lines at an entry's place state, or null when they are not the event and
 * commit that the entry names. The byte before must be a line end, so that text inside an event is
 * never taken for a line.
 */
export async function proveEntry(file: WalFile, entry: IndexEntry): Promise<ScanStart | null> {
  const small = await readAt(file, entry.off - 1, PROOF_BYTES);
  const found = provenIn(small, entry);
  if (found !== null || small.length < PROOF_BYTES) return found;
  return provenIn(await readAt(file, entry.off - 1, LIMITS.lineBytes + PROOF_BYTES), entry);
}

async function readAt(file: WalFile, position: number, length: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  return bytes.subarray(0, await readFully(file, bytes, position));
}

function provenIn(bytes: Uint8Array, { seq, off, rx }: IndexEntry): ScanStart | null {
  const eventLf = bytes.indexOf(LF, 1);
  const commitLf = bytes.indexOf(LF, eventLf + 1);
  if (bytes[0] !== LF || eventLf < 0 || commitLf < 0) return null;
  const envelope: Envelope = { seq: 0, rx: 0, typeStart: 0, typeEnd: 0 };
  if (bytes[1 + KIND_AT] !== KIND_EVENT || !lineHolds(bytes, 1, eventLf)) return null;
  if (!readEnvelope(bytes, 1, envelope) || envelope.seq !== seq || envelope.rx !== rx) return null;
  const start = eventLf + 1;
  const commit: Commit = { b: 0, d: 0, seq: 0, n: 0, chainEnd: 0 };
  if (bytes[start + KIND_AT] !== KIND_COMMIT || !lineHolds(bytes, start, commitLf)) return null;
  if (!parseCommit(bytes, start, commitLf + 1 - TAIL_BYTES, commit)) return null;
  const h = hashAt(bytes, commit.chainEnd + 6);
  if (commit.seq !== seq || commit.d >= commit.b || h === null) return null;
  return { seq, rx, b: commit.b, d: commit.d, h, offset: off + commitLf };
}
