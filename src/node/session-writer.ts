/**
 * Recording a session: a folder with a log and a draft manifest, sealed at the end.
 * @module
 */
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type Clock, deriveId, QuantlaxmiError } from '../core/index.js';
import {
  bindSchemas,
  bindUniverse,
  bindUpcasters,
  type CaptureEvidence,
  type ClockEvidence,
  encodeManifest,
  reviseManifest,
  SESSION_MANIFEST_FORMAT,
  type SessionManifest,
  sealManifest,
} from '../manifest/index.js';
import {
  openWalWriter,
  readWal,
  type WalPolicy,
  type WalRotation,
  type WalStallOptions,
  type WalWriter,
} from '../wal/index.js';
import { systemAlarm } from './alarm.js';
import { writeOnce } from './atomic-write.js';
import { systemClock } from './clock.js';
import { codeHash } from './code-hash.js';
import { bindSealedLog, emptyBinding } from './internal/log-binding.js';
import {
  readSessionManifest,
  replaceManifest,
  SESSION_MANIFEST_FILE,
} from './internal/manifest-file.js';
import { takeSealLock, underSealLock } from './internal/seal-lock.js';
import { SessionFacts } from './internal/session-facts.js';
import { bindRaw, emptyRaw } from './raw/bind.js';
import { runtimeVersions } from './runtime.js';
import { type Session, sessionOf, sessionStore } from './session.js';
import { nodeSha256 } from './sha256.js';
import { makeFolder } from './wal-store/file-store.js';

/** What is captured, as far as it is known beforehand. */
export interface CaptureSettings {
  readonly feed: { readonly name: string; readonly version: string };
  /** Default: those of the instruments found in the log. */
  readonly venues?: readonly string[];
  /** Host of the feed, without path or credentials; null for a recording. Default null. */
  readonly endpoint?: string | null;
  readonly subscriptions?: readonly string[];
  /** Time zone of calendar dates, default `UTC`. */
  readonly timezone?: string;
  /** Where receive times come from, default the system clock with no claim of its error. */
  readonly clock?: ClockEvidence;
}

/** Options of {@link createSession}. */
export interface CreateSessionOptions {
  readonly capture: CaptureSettings;
  /** When appended events count as kept. */
  readonly policy: WalPolicy;
  /** Segment size; default 64 MiB or a million events. */
  readonly rotate?: WalRotation;
  /**
   * When a disk that does not answer ends the log: warned of after 5 s, ended after 30 s, by this
   * machine's timers, unless stated otherwise.
   */
  readonly stall?: WalStallOptions;
  /**
   * Space held in reserve for ending in order on a full disk, bytes. Default 0: an import can be
   * run again. `captureLive` holds one segment.
   */
  readonly ballastBytes?: number;
  /** Time of the manifest and of the log's headers; default the system's. */
  readonly clock?: Clock;
  /** Random by default; 32 hex digits. */
  readonly walId?: string;
  /** Derived from the log's id by default. */
  readonly sessionId?: string;
  readonly parentSessionId?: string;
  /** SHA-256 of the trading calendar, where there is one. */
  readonly calendarSha256?: string;
  /**
   * A raw record is kept in `raw` of the folder: its parts are bound when the session is sealed.
   * Whoever captures writes it, before the log. Default false.
   */
  readonly raw?: boolean;
}

/** Options of {@link resumeSession}. */
export type ResumeSessionOptions = Pick<
  CreateSessionOptions,
  'ballastBytes' | 'clock' | 'policy' | 'rotate' | 'stall'
>;

/** A session being recorded. The log's lock is held until it is sealed or abandoned. */
export interface SessionWriter {
  readonly dir: string;
  readonly id: string;
  readonly manifest: SessionManifest;
  readonly wal: WalWriter;
  /**
   * Closes and verifies the log, counts its facts, writes the universe and the final manifest.
   * Nobody else can open the log meanwhile.
   * @throws QuantlaxmiError QL_RUN_STATE when called twice; WAL_LOCKED when another process has
   * kept the folder's `SEAL` for half a minute, nothing is done then and it can be called again;
   * what the log and the files throw
   */
  seal(): Promise<Session>;
  /** Releases the log without sealing the session: it stays `running` and can be resumed. */
  abandon(): Promise<void>;
}

const WAL_DIR = 'wal';
/** The format's own bounds. */
export const ROTATION: WalRotation = { bytes: 67_108_864, events: 1_000_000 };

function captureOf(settings: CaptureSettings, policy: WalPolicy): CaptureEvidence {
  return {
    clock: settings.clock ?? { errorMaxUs: null, kind: 'system', offsetUs: null },
    durability: policy,
    endpoint: settings.endpoint ?? null,
    feed: settings.feed,
    gaps: 0,
    malformed: 0,
    reconnects: 0,
    recoveredDroppedBytes: 0,
    scales: [],
    subscriptions: settings.subscriptions ?? [],
    timezone: settings.timezone ?? 'UTC',
    venues: settings.venues ?? [],
  };
}

async function draftManifest(
  dir: string,
  options: CreateSessionOptions,
  createdAt: number,
): Promise<SessionManifest> {
  const walId = options.walId ?? randomBytes(16).toString('hex');
  const upcasters = bindUpcasters();
  return sealManifest({
    calendar: options.calendarSha256 === undefined ? null : { sha256: options.calendarSha256 },
    capture: captureOf(options.capture, options.policy),
    code: await codeHash({ strategyModule: null, upcastersSha256: upcasters.sha256 }),
    createdAt,
    env: await runtimeVersions(dir),
    fmt: SESSION_MANIFEST_FORMAT,
    parentSessionId: options.parentSessionId ?? null,
    prevManifestHash: null,
    ...(options.raw === true ? { raw: emptyRaw() } : {}),
    revision: 1,
    schemas: bindSchemas(),
    sealedAt: null,
    sessionId: options.sessionId ?? deriveId('ses-', walId),
    status: 'running',
    universe: null,
    wal: emptyBinding(WAL_DIR, walId),
  });
}

async function sealSession(
  dir: string,
  draft: SessionManifest,
  clock: Clock,
): Promise<SessionManifest> {
  const store = sessionStore(dir, draft.wal.dir);
  const wal = await bindSealedLog(store, draft.wal.dir);
  const facts = new SessionFacts();
  for await (const batch of readWal(store, { hasher: nodeSha256 })) facts.add(batch);
  const { binding, bytes } = bindUniverse(facts.instruments.values(), facts.asOfUs);
  await writeOnce(join(dir, binding.path), bytes);
  const raw = draft.raw === undefined ? {} : { raw: await bindRaw(dir, draft.raw) };
  const venues = draft.capture.venues.length > 0 ? draft.capture.venues : facts.venues();
  const sealed = reviseManifest(draft, {
    capture: { ...draft.capture, ...facts.counted(), venues },
    ...raw,
    sealedAt: clock.nowUs(),
    status: facts.status(),
    universe: binding,
    wal,
  });
  await replaceManifest(dir, sealed);
  return sealed;
}

async function openWriter(
  dir: string,
  draft: SessionManifest,
  options: ResumeSessionOptions,
): Promise<SessionWriter> {
  const clock = options.clock ?? systemClock();
  const wal = await openWalWriter(sessionStore(dir, draft.wal.dir), {
    walId: draft.wal.walId,
    clock,
    hasher: nodeSha256,
    policy: options.policy,
    rotate: options.rotate ?? ROTATION,
    stall: { alarm: systemAlarm(), ...options.stall },
    ballastBytes: options.ballastBytes ?? 0,
  });
  let done = false;
  const once = (what: string): void => {
    if (done) {
      throw new QuantlaxmiError(
        'QL_RUN_STATE',
        `session ${draft.sessionId}: ${what} a second time`,
        {
          context: { dir, sessionId: draft.sessionId },
        },
      );
    }
    done = true;
  };
  return {
    dir,
    id: draft.sessionId,
    manifest: draft,
    wal,
    async seal() {
      once('sealed');
      const { walId } = draft.wal;
      const lock = await takeSealLock(dir, { walId, wait: true }).catch((error: unknown) => {
        // Nothing was done yet: it may be tried again.
        done = false;
        throw error;
      });
      try {
        await wal.close();
        return sessionOf(dir, await sealSession(dir, draft, clock));
      } finally {
        await lock.release();
      }
    },
    async abandon() {
      once('closed');
      await wal.close();
    },
  };
}

/**
 * Starts a session in a new folder: a draft manifest, then its log.
 *
 * @param dir - folder to make; it may exist, but not hold a session
 * @param options - what is captured, and how durably
 * @throws QuantlaxmiError QL_SESSION_EXISTS, QL_FILE_WRITE, WAL_LOCKED, and what the log throws
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
 * session.manifest.wal.totalEvents; // => 1
 * ```
 */
export async function createSession(
  dir: string,
  options: CreateSessionOptions,
): Promise<SessionWriter> {
  const path = resolve(dir);
  if (existsSync(join(path, SESSION_MANIFEST_FILE))) {
    throw new QuantlaxmiError(
      'QL_SESSION_EXISTS',
      `${path} holds a session already; choose another folder. An unsealed live capture is gone on ` +
        'with by the same command and --resume (captureLive({ resume: true }), resumeSession(dir)); ' +
        'what a failed attempt left and nobody needs: delete the folder and start again',
      { context: { dir: path } },
    );
  }
  await makeFolder(path);
  const draft = await draftManifest(path, options, (options.clock ?? systemClock()).nowUs());
  return await underSealLock(path, { walId: draft.wal.walId, wait: false }, async () => {
    await writeOnce(join(path, SESSION_MANIFEST_FILE), encodeManifest(draft));
    return await openWriter(path, draft, options);
  });
}

/**
 * Goes on with a session whose writer was killed or abandoned it. The log recovers first: what was
 * acknowledged is there, an uncommitted tail is set aside.
 *
 * @param dir - folder of the session
 * @param options - durability of what is appended from now on
 * @throws QuantlaxmiError QL_SESSION_EXISTS when it is sealed, WAL_LOCKED while its writer runs or
 * somebody seals it
 * @example
 * ```ts
 * import { mkdtempSync } from 'node:fs';
 * import { tmpdir } from 'node:os';
 * import { join } from 'node:path';
 * import { createSession, resumeSession } from 'quantlaxmi/node';
 *
 * const dir = join(mkdtempSync(join(tmpdir(), 'ql-')), 'session');
 * const capture = { feed: { name: 'example', version: '1' } };
 * const first = await createSession(dir, { capture, policy: { kind: 'always' } });
 * await first.abandon();
 * const again = await resumeSession(dir, { policy: { kind: 'always' } });
 * (await again.seal()).manifest.status; // => 'ended'
 * ```
 */
export async function resumeSession(
  dir: string,
  options: ResumeSessionOptions,
): Promise<SessionWriter> {
  const path = resolve(dir);
  const { walId } = (await readDraft(path)).wal;
  // Read again under the lock: whoever held it may have sealed the session.
  return await underSealLock(path, { walId, wait: false }, async () =>
    openWriter(path, await readDraft(path), options),
  );
}

async function readDraft(path: string): Promise<SessionManifest> {
  const draft = await readSessionManifest(path);
  if (draft.status === 'running') return draft;
  throw new QuantlaxmiError(
    'QL_SESSION_EXISTS',
    `session ${path} is sealed (${draft.status}); nothing can be added to it`,
    { context: { dir: path, status: draft.status } },
  );
}
