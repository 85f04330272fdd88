/**
 * The numbers of a log that `capture` and `wal stat` print.
 * @module
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { WalSegment, WalVerification } from '../../wal/index.js';
import { readSessionManifest, SESSION_MANIFEST_FILE } from '../internal/manifest-file.js';
import { eventLines } from './event-lines.js';
import { readLog } from './read-log.js';

/** Counts and hashes of a log. */
export interface LogSummary {
  /** Null for a log that no session manifest stands beside. */
  readonly sessionId: string | null;
  readonly walId: string | null;
  readonly lastSeq: number;
  readonly chainHead: string;
  readonly counts: Readonly<Record<string, number>>;
  /** Session facts of kind `gap`. */
  readonly gaps: number;
  /** Session facts of kind `malformed`. */
  readonly malformed: number;
  /** Receive times of the first and last event, µs. */
  readonly rx: { readonly first: number | null; readonly last: number | null };
  readonly segments: readonly WalSegment[];
  /** Digest of the event lines without what belongs to the log; see `eventLinesSha256`. */
  readonly eventsSha256: string;
}

/**
 * Summarises a verified log; reads it once more to count gaps and malformed messages.
 *
 * @param dir - session folder, run folder or folder of segments
 * @param wal - what `walStat` or `verifyWal` found there
 */
export const logSummary = async (dir: string, wal: WalVerification): Promise<LogSummary> => {
  const isSession = existsSync(join(dir, SESSION_MANIFEST_FILE));
  const sessionId = isSession ? (await readSessionManifest(dir)).sessionId : null;
  let gaps = 0;
  let malformed = 0;
  let first: number | null = null;
  let last: number | null = null;
  const lines = eventLines();
  for await (const batch of readLog(dir)) {
    lines.add(batch);
    for (const event of batch) {
      first ??= event.rx;
      last = event.rx;
      if (event.t !== 'Session') continue;
      if (event.body.kind === 'gap') gaps += 1;
      else if (event.body.kind === 'malformed') malformed += 1;
    }
  }
  return {
    sessionId,
    walId: wal.walId,
    lastSeq: wal.lastSeq,
    chainHead: wal.chainHead,
    counts: wal.perType,
    gaps,
    malformed,
    rx: { first, last },
    segments: wal.segments,
    eventsSha256: lines.digest(),
  };
};
