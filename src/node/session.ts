/** Sealed sessions: opening, reading, verifying. @module */
import { join, resolve } from 'node:path';
import { LIMITS, QuantlaxmiError } from '../core/index.js';
import type { Event, InstrumentBody } from '../events/index.js';
import {
  expiredSegments,
  type FieldDifference,
  type InputsBinding,
  parseUniverse,
  type SessionManifest,
} from '../manifest/index.js';
import type { WalStore, WalVerification } from '../wal/index.js';
import { compareLog, removedFront } from './internal/log-binding.js';
import { readSessionManifest, SESSION_MANIFEST_FILE } from './internal/manifest-file.js';
import { readBound } from './internal/read-bound.js';
import { readFileCapped, resolveInside } from './internal/read-file.js';
import { rawDifferences } from './raw/bind.js';
import { fileStore } from './wal-store/file-store.js';

/** Part of a session to read; whole by default. */
export interface SessionRange {
  readonly fromSeq?: number;
  readonly toSeq?: number;
}

/** A log, and the raw record where one was kept, held against their manifest. */
export interface SessionVerification {
  /** True when the log is whole, and it and the raw record are those that the manifest binds. */
  readonly ok: boolean;
  /** Where they differ from the manifest: `left` is the manifest's value. */
  readonly differences: readonly FieldDifference[];
  readonly wal: WalVerification;
}

/** A recorded session. Nothing is held open between calls. */
export interface Session {
  /** Absolute path of its folder. */
  readonly dir: string;
  readonly id: string;
  readonly manifest: SessionManifest;
  readonly store: WalStore;
  /**
   * Its facts in order, in batches; stops with the log's own error at the first damage, and with
   * WAL_ROLLBACK where the log ends before what the manifest binds.
   */
  read(range?: SessionRange): AsyncIterable<readonly Event[]>;
  /** Checks every byte of log and raw record, and that they are those the manifest binds. */
  verify(): Promise<SessionVerification>;
  /** Last record of each instrument, from the bound universe file. */
  universe(): Promise<readonly InstrumentBody[]>;
  /** What a run that reads it binds. */
  inputs(): InputsBinding;
}

/** Store of a session's log; its lock stands in the session's folder. */
export function sessionStore(dir: string, walDir: string): WalStore {
  return fileStore(join(dir, walDir), { lockPath: join(dir, 'LOCK') });
}

/** The binding of a log as a run's input. */
export function inputsOf(manifest: SessionManifest): InputsBinding {
  const { wal } = manifest;
  return {
    chainHead: wal.chainHead,
    fromSeq: (removedFront(wal)?.last ?? 0) + 1,
    toSeq: wal.lastSeq,
    walId: wal.walId,
    walPath: wal.dir,
    walSha256: wal.segments.slice(expiredSegments(wal).length).map((segment) => segment.sha256),
  };
}

/** A session over a manifest that was read already. */
export function sessionOf(dir: string, manifest: SessionManifest): Session {
  const store = sessionStore(dir, manifest.wal.dir);
  const bound = { dir, source: SESSION_MANIFEST_FILE, log: manifest.wal };
  return {
    dir,
    id: manifest.sessionId,
    manifest,
    store,
    read: (range) => readBound(store, bound, range),
    async verify() {
      const found = await compareLog(store, manifest.wal);
      const changed = await rawDifferences(dir, manifest.raw);
      const differences = [...found.differences, ...changed];
      return { ...found, ok: found.ok && changed.length === 0, differences };
    },
    async universe() {
      if (manifest.universe === null) return [];
      const path = await resolveInside(dir, manifest.universe.path);
      const bytes = await readFileCapped(path, {
        bytesMax: LIMITS.manifestBytes,
        absent: 'throw',
      });
      return parseUniverse(bytes, manifest.universe);
    },
    inputs: () => inputsOf(manifest),
  };
}

/**
 * Opens a sealed session for reading. The manifest is checked in full; the log is checked as it is
 * read, and in full by {@link Session.verify}.
 *
 * @param dir - folder of the session
 * @throws QuantlaxmiError QL_SESSION_UNSEALED for one that is still running or was killed;
 * QL_FILE_READ without a manifest; QL_MANIFEST_* and QL_JSON_* for one that was changed;
 * QL_PATH_UNSAFE when the log's folder is a link that leads out
 * @example
 * ```ts
 * import { mkdtempSync } from 'node:fs';
 * import { tmpdir } from 'node:os';
 * import { join } from 'node:path';
 * import { createSession, openSession } from 'quantlaxmi/node';
 *
 * const dir = join(mkdtempSync(join(tmpdir(), 'ql-')), 'session');
 * const writer = await createSession(dir, {
 *   capture: { feed: { name: 'example', version: '1' } },
 *   policy: { kind: 'always' },
 * });
 * const body = { code: '', details: {}, inst: null, kind: 'start' } as const;
 * writer.wal.append({ t: 'Session', sv: 1, rx: 1_000, ts: null, src: 'TEST', body });
 * await writer.seal();
 *
 * const session = await openSession(dir);
 * let events = 0;
 * for await (const batch of session.read()) events += batch.length;
 * events; // => 1
 * (await session.verify()).ok; // => true
 * ```
 */
export async function openSession(dir: string): Promise<Session> {
  const path = resolve(dir);
  const manifest = await readSessionManifest(path);
  if (manifest.status === 'running') {
    throw new QuantlaxmiError(
      'QL_SESSION_UNSEALED',
      `session ${path} was not sealed: its writer is still running or was killed. If it was ` +
        `killed, seal what it has: run "quantlaxmi wal seal ${path}", or call resumeSession(dir), ` +
        'then seal(), of quantlaxmi/node',
      { context: { dir: path, sessionId: manifest.sessionId } },
    );
  }
  await resolveInside(path, manifest.wal.dir);
  return sessionOf(path, manifest);
}
