/**
 * Records a session from a live feed: sockets → raw record → log, until it is told to stop.
 * @module
 */
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { deriveId, isQuantlaxmiError, QuantlaxmiError } from '../../core/index.js';
import {
  createFeed,
  type Feed,
  feedDefaults,
  type FeedOptions,
  type FeedPorts,
  type FeedProtocol,
  type FeedState,
  RAW_FORMAT,
} from '../../venues/feed/index.js';
import {
  readWal,
  type WalPolicy,
  type WalRotation,
  type WalStallOptions,
} from '../../wal/index.js';
import { SESSION_MANIFEST_FILE } from '../internal/manifest-file.js';
import { livePorts } from '../net/live-ports.js';
import { PACKAGE_VERSION } from '../package-version.js';
import { rawParts } from '../raw/raw-file.js';
import { firstHeadOf } from '../raw/read-parts.js';
import { openRawRecorder, type RawRecorder } from '../raw/recorder.js';
import { type Session, sessionStore } from '../session.js';
import {
  type CaptureSettings,
  createSession,
  resumeSession,
  ROTATION,
  type SessionWriter,
} from '../session-writer.js';
import { nodeSha256 } from '../sha256.js';
import { liveSink } from './live-sink.js';
import { cutOfLog } from './raw-cut.js';
import { type RawCut, restartedFact, restoreCapture } from './restart.js';
import { assertSameCapture } from './same-settings.js';

/** Told after every commit of {@link captureLive}. */
export interface LiveProgress {
  /** Last durable `seq`. */
  readonly seq: number;
  /** Frames, answers and facts so far. */
  readonly records: number;
  readonly state: FeedState;
}

/** Options of {@link captureLive}. */
export interface CaptureLiveOptions {
  /**
   * Makes the venue's part, for the id of the session: a new one's, or that of the session that is
   * gone on with. Of the latter two are made: the first is held to what was recorded.
   */
  readonly protocol: (sessionId: string) => FeedProtocol;
  /** Session folder. */
  readonly out: string;
  /** Ends the capture in order: connections closed, session sealed. */
  readonly signal?: AbortSignal;
  /** Ends it in order after so long, µs; default null: it goes on until the signal. */
  readonly durationUs?: number | null;
  /**
   * Goes on with an unsealed session in `out`, whose capturer was killed or failed; a new one is
   * made where there is none. Default false: then a session in `out` is refused.
   */
  readonly resume?: boolean;
  /** Keeps every frame and answer as it came, in `raw` of the folder. Default false. */
  readonly raw?: boolean;
  /** Compressed size at which the next part of the raw record begins, bytes; default 64 MiB. */
  readonly rawPartBytes?: number;
  /** Sockets, requests, timers and clock; default those of this process. */
  readonly ports?: FeedPorts;
  /** Waits, queue and overlap that differ from `feedDefaults`. */
  readonly feed?: Partial<FeedOptions>;
  /** What else the manifest says of the capture. */
  readonly capture?: Omit<CaptureSettings, 'feed'>;
  /** When events count as kept; default at every flush. */
  readonly policy?: WalPolicy;
  /**
   * Pause between two flushes where little comes, µs: what comes in it is written together. Under
   * load each batch is flushed as it is. Default 20 ms.
   */
  readonly flushEveryUs?: number;
  readonly rotate?: WalRotation;
  readonly stall?: WalStallOptions;
  /** Space held for ending in order on a full disk, bytes; default one segment. */
  readonly ballastBytes?: number;
  /** Told after every commit. */
  readonly onProgress?: (progress: LiveProgress) => void;
  /** Handed the feed before it starts, for its lifecycle events and for commands. */
  readonly onFeed?: (feed: Feed) => void;
}

/** What was recorded. */
export interface LiveResult {
  readonly session: Session;
  /** Frames, answers and facts of this process. */
  readonly records: number;
  /** The session had been begun by another process. */
  readonly resumed: boolean;
}

const FLUSH_EVERY_US = 20_000;

interface Opened {
  readonly writer: SessionWriter;
  readonly protocol: FeedProtocol;
  readonly resumed: boolean;
  /** Where the log ends in the raw record of the process before; null where it is not known. */
  readonly cut: RawCut | null;
}

const logOptions = (options: CaptureLiveOptions, ports: FeedPorts) => {
  const rotate = options.rotate ?? ROTATION;
  return {
    policy: options.policy ?? { kind: 'always' as const },
    rotate,
    ballastBytes: options.ballastBytes ?? rotate.bytes,
    clock: ports.clock,
    ...(options.stall === undefined ? {} : { stall: options.stall }),
  };
};

const begin = async (options: CaptureLiveOptions, ports: FeedPorts): Promise<Opened> => {
  const walId = randomBytes(16).toString('hex');
  const sessionId = deriveId('ses-', walId);
  // Made first: wrong options leave no folder behind.
  const protocol = options.protocol(sessionId);
  const writer = await createSession(options.out, {
    ...logOptions(options, ports),
    ...{ walId, sessionId, raw: options.raw === true },
    capture: { ...options.capture, feed: { name: protocol.name, version: PACKAGE_VERSION } },
  });
  return { writer, protocol, resumed: false, cut: null };
};

const sameRaw = (writer: SessionWriter, options: CaptureLiveOptions): void => {
  const kept = writer.manifest.raw !== undefined;
  if (options.raw === undefined || options.raw === kept) return;
  throw new QuantlaxmiError(
    'QL_BAD_INPUT',
    `${writer.dir}: was begun ${kept ? 'with' : 'without'} a raw record and has to go on so: ` +
      'a record of a part could not give the whole session again',
    { context: { dir: writer.dir } },
  );
};

const partsOf = async (dir: string): Promise<string[]> =>
  (await rawParts(dir)).map((name) => join(dir, name));

const goOn = async (options: CaptureLiveOptions, ports: FeedPorts): Promise<Opened> => {
  const writer = await resumeSession(options.out, logOptions(options, ports));
  try {
    sameRaw(writer, options);
    const { dir, id, manifest } = writer;
    const files = manifest.raw === undefined ? [] : await partsOf(join(dir, manifest.raw.dir));
    const protocol = options.protocol(id);
    const begun = { dir, manifest, head: await firstHeadOf(files) };
    assertSameCapture(begun, protocol, options.capture?.subscriptions);
    if (files.length === 0) return { writer, protocol, resumed: true, cut: null };
    const store = sessionStore(dir, manifest.wal.dir);
    const log = readWal(store, { hasher: nodeSha256, upTo: 'commit' });
    const cut = await cutOfLog({ files, log, capture: () => protocol.capture });
    // The first one was spent on what is there.
    return { writer, protocol: options.protocol(id), resumed: true, cut };
  } catch (error) {
    await writer.abandon().catch(() => undefined);
    throw error;
  }
};

/** Runs the feed to its end, batch by batch. */
const pump = async (
  feed: Feed,
  { writer }: Opened,
  raw: RawRecorder | null,
  options: CaptureLiveOptions,
): Promise<number> => {
  const sink = liveSink(writer.wal, raw);
  const few = { ...feedDefaults, ...options.feed }.batchRecordsMax / 2;
  const pauseMs = Math.ceil((options.flushEveryUs ?? FLUSH_EVERY_US) / 1000);
  let records = 0;
  for await (const batch of feed.batches()) {
    const seq = await sink.commit(batch);
    records += batch.records.length;
    options.onProgress?.({ seq, records, state: feed.state });
    // What comes meanwhile waits in the feed's own bounded queue.
    if (batch.records.length < few && feed.state !== 'closed' && pauseMs > 0) await wait(pauseMs);
  }
  return records;
};

const run = async (
  opened: Opened,
  ports: FeedPorts,
  options: CaptureLiveOptions,
  recorder: (raw: RawRecorder) => void,
): Promise<number> => {
  const { writer, protocol } = opened;
  const held = opened.resumed
    ? await restoreCapture(sessionStore(writer.dir, writer.manifest.wal.dir), protocol.capture)
    : null;
  const raw = writer.manifest.raw === undefined ? null : await rawOf(opened, ports, options);
  if (raw !== null) recorder(raw);
  const feed = createFeed(protocol, ports, { ...feedDefaults, ...options.feed });
  const stop = (): void => feed.stop();
  options.signal?.addEventListener('abort', stop, { once: true });
  const { durationUs = null } = options;
  const callOff = durationUs === null ? null : ports.timers.after(durationUs, stop);
  try {
    if (held !== null) feed.command([{ t: 'fact', body: restartedFact(held, opened.cut) }]);
    options.onFeed?.(feed);
    if (options.signal?.aborted === true) feed.stop();
    const records = await pump(feed, opened, raw, options);
    await raw?.close();
    return records;
  } finally {
    callOff?.();
    options.signal?.removeEventListener('abort', stop);
    // Where the disk failed the feed still runs.
    feed.stop();
  }
};

const rawOf = async (
  { writer, protocol }: Opened,
  ports: FeedPorts,
  options: CaptureLiveOptions,
): Promise<RawRecorder> => {
  const { name: venue, settings } = protocol;
  const { raw } = writer.manifest;
  return await openRawRecorder(join(writer.dir, raw?.dir ?? ''), {
    head: { fmt: RAW_FORMAT, sessionId: writer.id, settings, venue },
    clock: ports.clock,
    sync: (options.policy?.kind ?? 'always') === 'always',
    ...(options.rawPartBytes === undefined ? {} : { partBytes: options.rawPartBytes }),
  });
};

/** The failure, and what can be done about the session it left. */
const left = (error: unknown, dir: string): QuantlaxmiError => {
  const code = isQuantlaxmiError(error) ? error.code : 'QL_FEED_BROKEN';
  const message = error instanceof Error ? error.message : String(error);
  return new QuantlaxmiError(
    code,
    `${message} (the session ${dir} is kept as far as it came: go on with it by --resume ` +
      'or captureLive({ resume: true }), or close it with "quantlaxmi wal seal")',
    { cause: error, context: { dir } },
  );
};

/**
 * Records a live feed into a session and seals it when it is told to stop. Every batch goes to the
 * raw record, if one is kept, then to the log, and is flushed; while the disk is slow the feed's
 * queue fills and its sockets are paused: nothing is dropped.
 *
 * On a failure (of the disk, or one the venue's part gives up on) the session stays as it is: what
 * was flushed can be read, and `resume` goes on with it. Then the log recovers, the new capture is
 * told all its events, and a gap with code `QL_FEED_RESTARTED` marks what is missing: no book holds
 * until its next snapshot.
 *
 * @param options - venue's part, folder, when to end, what to keep
 * @returns the sealed session
 * @throws QuantlaxmiError QL_SESSION_EXISTS, WAL_LOCKED; QL_BAD_INPUT before anything is recorded,
 * also where a session would go on by another capture than began it;
 * what the feed failed with, the files or the log, with what to do about the session
 * @example
 * ```ts
 * import { mkdtempSync } from 'node:fs';
 * import { tmpdir } from 'node:os';
 * import { join } from 'node:path';
 * import { captureLive } from 'quantlaxmi/node';
 * import { binanceVenue, syntheticBinance } from 'quantlaxmi/testing/node';
 * import { binanceProtocol } from 'quantlaxmi/venues/binance';
 *
 * const source = syntheticBinance({ market: 'usdm', seed: 7n, durationUs: 1_000_000 });
 * const venue = await binanceVenue({ source, retime: true });
 * const { http: rest, ws } = venue.url;
 * const endpoint = { rest, publicStreams: ws, marketStreams: ws };
 * const stop = new AbortController();
 * const done = captureLive({
 *   out: join(mkdtempSync(join(tmpdir(), 'live-')), 'session'),
 *   protocol: (sessionId) =>
 *     binanceProtocol({ market: 'usdm', sessionId, symbols: ['BTCUSDT'], endpoint }),
 *   signal: stop.signal,
 * });
 * await venue.until(() => venue.connections.some((one) => one.subscriptions.length === 3));
 * await venue.release(100);
 * await venue.settled();
 * stop.abort();
 * (await done).session.manifest.status; // => 'ended'
 * await venue.close();
 * ```
 */
export const captureLive = async (options: CaptureLiveOptions): Promise<LiveResult> => {
  const ports = options.ports ?? livePorts();
  const exists = existsSync(join(resolve(options.out), SESSION_MANIFEST_FILE));
  const opened = await (options.resume === true && exists ? goOn : begin)(options, ports);
  const { writer, resumed } = opened;
  let raw: RawRecorder | null = null;
  let records: number;
  try {
    records = await run(opened, ports, options, (made) => {
      raw = made;
    });
  } catch (error) {
    await (raw as RawRecorder | null)?.abandon().catch(() => undefined);
    await writer.abandon().catch(() => undefined);
    throw left(error, writer.dir);
  }
  try {
    return { session: await writer.seal(), records, resumed };
  } catch (error) {
    // Where sealing did not come to close the log its lock is let go.
    await writer.abandon().catch(() => undefined);
    throw left(error, writer.dir);
  }
};
