/**
 * Removing the front of a sealed session's log: whole segments, which its manifest goes on listing.
 * @module
 */
import type { Dirent } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { QuantlaxmiError } from '../core/index.js';
import {
  expiredSegments,
  expireSegments,
  type SegmentBinding,
  type SessionManifest,
} from '../manifest/index.js';
import { RUN_MANIFEST_FILE, replaceManifest } from './internal/manifest-file.js';
import { openSession, type Session } from './session.js';

/** Which segments may go. */
export interface RetentionOptions {
  /** Segments whose last event was received before this time may go, µs since the epoch. */
  readonly beforeRx: number;
  /** Keep every segment from the one with this `seq` on: something outside still reads it. */
  readonly pinnedFromSeq?: number;
}

/** What {@link expireSession} removed. */
export interface ExpiredSession {
  readonly manifest: SessionManifest;
  /** Segments that expired now; those of earlier calls are not among them. */
  readonly expired: readonly SegmentBinding[];
  /** Files removed now, also those that an interrupted call had left. */
  readonly removed: readonly string[];
}

/** A revision lists at most so many changes. */
const SEGMENTS_AT_ONCE = 500;

/** A bound that is no number holds nothing back: every comparison with NaN is false. */
function assertBounds({ beforeRx, pinnedFromSeq }: RetentionOptions): void {
  const whole = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 0;
  const bad = !whole(beforeRx)
    ? `beforeRx is ${String(beforeRx)}`
    : pinnedFromSeq !== undefined && !whole(pinnedFromSeq)
      ? `pinnedFromSeq is ${String(pinnedFromSeq)}`
      : null;
  if (bad === null) return;
  throw new QuantlaxmiError(
    'WAL_OPTIONS',
    `${bad}; give a whole number from 0 to 2^53 - 1. Nothing was removed`,
  );
}

function pinned(dir: string, why: string): QuantlaxmiError {
  return new QuantlaxmiError(
    'QL_SESSION_PINNED',
    `session ${dir}: ${why}; its segments are kept. Move or remove that run first`,
    { context: { dir } },
  );
}

/**
 * A run beside the session binds its manifest, which a revision would change, and replays its log.
 *
 */
async function assertNoRuns(dir: string): Promise<void> {
  let entries: readonly Dirent[];
  try {
    entries = await readdir(join(dir, 'runs'), { withFileTypes: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  for (const entry of entries) {
    const run = join(dir, 'runs', entry.name);
    const files = entry.isDirectory() ? await readdir(run) : [];
    if (!files.includes(RUN_MANIFEST_FILE)) continue;
    throw pinned(dir, `the run in ${run} reads it`);
  }
}

/** How many of the first segments may go. The last one stays, for it says where the log ended. */
function countOf({ wal }: SessionManifest, options: RetentionOptions): number {
  const { beforeRx, pinnedFromSeq = Infinity } = options;
  const before = expiredSegments(wal).length;
  const most = Math.min(wal.segments.length - 1, before + SEGMENTS_AT_ONCE);
  let count = before;
  for (const { last, rx1, why } of wal.segments.slice(before, most)) {
    if (why === null || last >= pinnedFromSeq || (rx1 ?? 0) >= beforeRx) break;
    count += 1;
  }
  return count;
}

/** Nothing is removed from a log that is not the one its manifest binds. */
async function assertSound(session: Session): Promise<void> {
  const { ok, differences, wal } = await session.verify();
  if (ok) return;
  const [problem] = wal.problems;
  if (problem !== undefined) {
    const { code, message, file, byte, seq } = problem;
    throw new QuantlaxmiError(code, message, { context: { file, byte, seq } });
  }
  throw new QuantlaxmiError(
    'QL_MANIFEST_HASH',
    `session ${session.dir}: ${differences[0]?.path ?? 'the log'} is not what the manifest binds; ` +
      'nothing was removed',
    { context: { dir: session.dir, field: differences[0]?.path ?? '' } },
  );
}

/** Removes the files of segments that the manifest says are gone. */
async function removeFiles({ manifest, store }: Session): Promise<readonly string[]> {
  const removed: string[] = [];
  const lock = await store.lock();
  try {
    const present = new Set(await store.list(''));
    // From the front, so that what is left never has a hole.
    for (const { name } of expiredSegments(manifest.wal)) {
      for (const file of [`${name}.idx`, name]) {
        if (!present.has(file)) continue;
        await store.remove(file);
        removed.push(file);
      }
    }
    if (removed.length > 0) await store.syncFolder('');
  } finally {
    await lock.release();
  }
  return removed;
}

/**
 * Removes the segments at the front of a sealed session's log that are older than a time. The
 * manifest lists them still, with their checksums and chain values and `status: 'expired'`, so that
 * the rest is checked as before: its first segment must follow from the last one removed.
 *
 * The whole log is verified first. The manifest's revision is durable before the first file goes:
 * interrupted anywhere, and called again, it ends in the same state, and readers that know the
 * manifest take no notice of files that are still there. Without the manifest, what is left is
 * WAL_SEGMENT_MISSING.
 *
 * @param dir - folder of the session
 * @param options - see {@link RetentionOptions}
 * @throws QuantlaxmiError WAL_OPTIONS for a bound that is no whole number of 0 or more, before
 * anything is read; QL_SESSION_PINNED when a run stands in the session's `runs`;
 * QL_SESSION_UNSEALED; what the log's verification finds; QL_MANIFEST_HASH when it is not the bound
 * one; WAL_LOCKED
 * @example
 * ```ts
 * import { mkdtempSync } from 'node:fs';
 * import { tmpdir } from 'node:os';
 * import { join } from 'node:path';
 * import { createSession, expireSession } from 'quantlaxmi/node';
 *
 * const dir = join(mkdtempSync(join(tmpdir(), 'ql-')), 'session');
 * const writer = await createSession(dir, {
 *   capture: { feed: { name: 'example', version: '1' } },
 *   policy: { kind: 'always' },
 *   rotate: { bytes: 1_048_576, events: 1 },
 * });
 * const body = { code: '', details: {}, inst: null, kind: 'connected' } as const;
 * for (const rx of [1_000, 2_000, 3_000]) {
 *   writer.wal.append({ t: 'Session', sv: 1, rx, ts: null, src: 'TEST', body });
 *   await writer.wal.flush();
 * }
 * await writer.seal();
 * const { expired } = await expireSession(dir, { beforeRx: 2_500 });
 * expired.map((segment) => segment.last); // => [1, 2]
 * ```
 */
export async function expireSession(
  dir: string,
  options: RetentionOptions,
): Promise<ExpiredSession> {
  assertBounds(options);
  const path = resolve(dir);
  const session = await openSession(path);
  const before = expiredSegments(session.manifest.wal).length;
  const count = countOf(session.manifest, options);
  if (count === before) {
    return { manifest: session.manifest, expired: [], removed: await removeFiles(session) };
  }
  await assertNoRuns(path);
  await assertSound(session);
  const manifest = expireSegments(session.manifest, count);
  await replaceManifest(path, manifest);
  const removed = await removeFiles({ ...session, manifest });
  return { manifest, expired: manifest.wal.segments.slice(before, count), removed };
}
