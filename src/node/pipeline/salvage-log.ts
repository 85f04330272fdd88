/**
 * What can still be read of a damaged log, as a new log that says of itself that it is salvaged.
 * @module
 */
import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync, realpathSync } from 'node:fs';
import { basename, dirname, join, resolve, sep } from 'node:path';
import { QuantlaxmiError } from '../../core/index.js';
import type { Event, EventInput } from '../../events/index.js';
import { SESSION_MANIFEST_FORMAT, type SessionManifest } from '../../manifest/index.js';
import { type Gap, openWalWriter, salvageWal, type WalWriter } from '../../wal/index.js';
import { systemClock } from '../clock.js';
import { manifestIn } from '../internal/log-owner.js';
import { SALVAGED_CODE } from '../internal/session-facts.js';
import { createSession, ROTATION } from '../session-writer.js';
import { nodeSha256 } from '../sha256.js';
import { fileStore, makeFolder } from '../wal-store/file-store.js';
import { findLog } from './find-log.js';
import { type LogProgress, watchedStore } from './read-log.js';

/** Options of {@link salvageLog}. */
export interface SalvageLogOptions {
  /** Folder of the new log; empty or missing. */
  readonly out: string;
  /** Told after every read of a file. */
  readonly onProgress?: (progress: LogProgress) => void;
}

/** What {@link salvageLog} could read and what not. */
export interface SalvagedLog {
  readonly out: string;
  /** Id of the new log, and of the damaged one where its name could be read. */
  readonly walId: string;
  readonly sourceWalId: string | null;
  /** Events taken over. */
  readonly events: number;
  /** Events known to be missing; what was behind the last one read may be more. */
  readonly missing: number;
  /** The first stretches that could not be read, with how many there are in all. */
  readonly gaps: readonly Gap[];
  readonly gapCount: number;
}

const GAPS_SHOWN = 1000;
const POLICY = { kind: 'interval', ms: 1000, bytes: 8_388_608 } as const;

/** Writes salvaged events and the facts about what is missing between them, in order. */
class SalvageWriter {
  readonly #wal: WalWriter;
  readonly #mark: Readonly<Record<string, string | number>>;
  /** Facts that wait for a receive time. */
  #rx: number | null = null;
  events = 0;
  missing = 0;
  gapCount = 0;
  lastSeq = 0;
  readonly gaps: Gap[] = [];

  constructor(wal: WalWriter, mark: Readonly<Record<string, string | number>>) {
    this.#wal = wal;
    this.#mark = mark;
  }

  #fact(kind: 'gap' | 'operator', details: Readonly<Record<string, string | number>>): void {
    const body = { code: SALVAGED_CODE, details, inst: null, kind };
    this.#wal.append({ t: 'Session', sv: 1, rx: this.#rx ?? 0, ts: null, src: 'WAL', body });
  }

  /** The first record of the log: what it is. */
  #start(rx: number): void {
    if (this.#rx !== null) return;
    this.#rx = rx;
    this.#fact('operator', this.#mark);
  }

  gap(gap: Gap): void {
    this.gapCount += 1;
    this.missing += Math.max(0, gap.seqTo - gap.seqFrom + 1);
    if (this.gaps.length < GAPS_SHOWN) this.gaps.push(gap);
    const { file, fromByte, toByte, seqFrom, seqTo } = gap;
    const reason = gap.reason.slice(0, 400);
    this.#fact('gap', { file, fromByte, toByte, reason, seqFrom, seqTo });
  }

  #event(event: Event): void {
    const { seq, ...input } = event;
    this.lastSeq = seq;
    if (event.rx < (this.#rx ?? 0)) {
      const place = { file: '', fromByte: 0, toByte: 0, seqFrom: seq, seqTo: seq };
      this.gap({ ...place, reason: `rx ${event.rx} is before the event that precedes it` });
      return;
    }
    this.#rx = event.rx;
    this.#wal.append(input as EventInput);
    this.events += 1;
  }

  /** Events and gaps come apart; a gap belongs before the first event behind it. */
  async add(events: readonly Event[], gaps: readonly Gap[]): Promise<void> {
    this.#start(events[0]?.rx ?? 0);
    let next = 0;
    for (const event of events) {
      for (let gap = gaps[next]; gap !== undefined && gap.seqFrom <= event.seq; gap = gaps[next]) {
        this.gap(gap);
        next += 1;
      }
      this.#event(event);
    }
    for (const gap of gaps.slice(next)) this.gap(gap);
    await this.#wal.flush();
  }

  /** Ends the log; `lastSeq` is where a manifest says that the damaged one ended. */
  async end(lastSeq: number | null): Promise<void> {
    this.#start(0);
    if (lastSeq !== null && lastSeq > this.lastSeq) {
      const place = { file: '', fromByte: 0, toByte: 0, seqFrom: this.lastSeq + 1, seqTo: lastSeq };
      this.gap({ ...place, reason: `the manifest binds events up to seq ${lastSeq}` });
    }
    await this.#wal.flush();
  }
}

async function sessionManifestIn(dir: string): Promise<SessionManifest | null> {
  const manifest = await manifestIn(dir);
  return manifest?.fmt === SESSION_MANIFEST_FORMAT ? manifest : null;
}

/** Where a path leads once every link on it is followed; what is not there yet has no links. */
function realPathOf(path: string): string {
  if (existsSync(path)) return realpathSync(path);
  const parent = dirname(path);
  return parent === path ? path : join(realPathOf(parent), basename(path));
}

function assertFree(dir: string, log: string, out: string): void {
  const to = realPathOf(resolve(out));
  const from = [dir, log].map((path) => realPathOf(resolve(path)));
  if (from.some((path) => to === path || to.startsWith(path + sep))) {
    throw new QuantlaxmiError(
      'QL_BAD_INPUT',
      `--out ${out} lies inside ${dir}, which is only read; give a folder beside it`,
    );
  }
  if (existsSync(to) && readdirSync(to).length > 0) {
    throw new QuantlaxmiError('QL_FILE_EXISTS', `${to} is not empty; give a new folder`, {
      context: { path: to },
    });
  }
}

interface Target {
  readonly wal: WalWriter;
  end(): Promise<unknown>;
}

async function sessionTarget(out: string, source: SessionManifest): Promise<Target> {
  const { clock, endpoint, feed, subscriptions, timezone, venues } = source.capture;
  const writer = await createSession(out, {
    capture: { clock, endpoint, feed, subscriptions, timezone, venues },
    parentSessionId: source.sessionId,
    policy: POLICY,
  });
  return { wal: writer.wal, end: () => writer.seal() };
}

async function logTarget(out: string): Promise<Target> {
  await makeFolder(resolve(out));
  const wal = await openWalWriter(fileStore(resolve(out)), {
    walId: randomBytes(16).toString('hex'),
    clock: systemClock(),
    hasher: nodeSha256,
    policy: POLICY,
    rotate: ROTATION,
  });
  return { wal, end: () => wal.close() };
}

/**
 * Reads every event of a damaged log whose own checksum holds, committed or not, and writes them
 * into a new log with an id and numbers of its own. Its first record, and one for every stretch
 * that could not be read, is a Session fact with code `WAL_SALVAGED`; of a session the manifest
 * says `quarantined` and names the damaged one as its parent. No run can be made on it and G0
 * refuses it. The damaged log is only read.
 *
 * @param dir - session folder, run folder or folder of segments
 * @param options - where the new log goes
 * @throws QuantlaxmiError QL_LOG_MISSING; QL_FILE_EXISTS when `out` is not empty; QL_BAD_INPUT when
 * it lies inside `dir`; QL_MANIFEST_* when the session's manifest can not be read: give its log's
 * folder then; WAL_IO
 */
export async function salvageLog(dir: string, options: SalvageLogOptions): Promise<SalvagedLog> {
  const { out, onProgress } = options;
  const log = findLog(dir);
  const plain = fileStore(log);
  assertFree(dir, log, out);
  const manifest = await sessionManifestIn(dir);
  const store = onProgress === undefined ? plain : watchedStore(plain, onProgress);
  const target = manifest === null ? await logTarget(out) : await sessionTarget(out, manifest);
  const sourceWalId = manifest?.wal.walId ?? null;
  const { wal } = target;
  const salvage = new SalvageWriter(wal, { sourceWalId: sourceWalId ?? '' });
  try {
    for await (const { events, gaps } of salvageWal(store)) await salvage.add(events, gaps);
    await salvage.end(
      manifest === null || manifest.status === 'running' ? null : manifest.wal.lastSeq,
    );
  } catch (error) {
    await wal.close().catch(() => undefined);
    throw error;
  }
  await target.end();
  const { events, missing, gaps, gapCount } = salvage;
  return { out, walId: wal.walId, sourceWalId, events, missing, gaps, gapCount };
}
