/**
 * Records a session from files of the NSE: bhavcopies and option chains.
 * @module
 */
import { resolve, sep } from 'node:path';
import { deriveId, QuantlaxmiError, toHex } from '../../core/index.js';
import type { InstrumentBody } from '../../events/index.js';
import {
  NSE_FILE_KINDS,
  type NseFileKind,
  type NseStats,
  nseCapture,
  nseFileKind,
  nseFileTime,
} from '../../venues/nse/index.js';
import { readFileCapped } from '../internal/read-file.js';
import { PACKAGE_VERSION } from '../package-version.js';
import type { Session } from '../session.js';
import { createSession } from '../session-writer.js';
import { nodeSha256 } from '../sha256.js';
import { logAppender } from './log-appender.js';

/** A bhavcopy of the whole F&O segment has 8 MB. */
const FILE_BYTES_MAX = 64 * 1024 * 1024;

/** What {@link captureFiles} records, and where to. */
export interface CaptureFilesOptions {
  /** Bhavcopies and chains in any order: they are recorded in the order of their times. */
  readonly files: readonly string[];
  /** Session folder; must not hold a session. */
  readonly out: string;
  /** What all files are; default: told by the content of each. */
  readonly kind?: NseFileKind;
  /** Receive time of files that say none, µs since the epoch. */
  readonly atUs?: number;
  /** Instruments whose lots turn contracts of chains into units. */
  readonly instruments?: readonly InstrumentBody[];
  /** Told after each file: bytes read, events appended. */
  readonly onProgress?: (progress: { readonly bytes: number; readonly events: number }) => void;
  /** Called whenever events became durable, with the last durable `seq`. */
  readonly onDurable?: (seq: number) => void;
}

/** What was recorded. */
export interface CaptureFilesResult {
  readonly session: Session;
  readonly stats: NseStats;
}

interface DatedFile {
  readonly path: string;
  /** Folder and name: what facts call it. */
  readonly name: string;
  readonly rx: number;
  readonly sha256: string;
}

const readWhole = (path: string): Promise<Uint8Array> =>
  readFileCapped(path, { bytesMax: FILE_BYTES_MAX, absent: 'throw' });

const hashOf = (bytes: Uint8Array): string => {
  const hasher = nodeSha256();
  hasher.update(bytes);
  return toHex(hasher.digest());
};

async function dated(path: string, options: CaptureFilesOptions): Promise<DatedFile> {
  const bytes = await readWhole(path);
  const kind = options.kind ?? nseFileKind(bytes);
  if (kind === null) {
    throw new QuantlaxmiError(
      'QL_NSE_FILE',
      `${path}: neither a known header nor JSON; expected one of ${NSE_FILE_KINDS.join(', ')}; ` +
        'where a header was changed say what it is with --kind',
      { context: { file: path } },
    );
  }
  const rx = nseFileTime(bytes, kind) ?? options.atUs;
  if (rx === undefined) {
    throw new QuantlaxmiError(
      'QL_NSE_STAMP',
      `${path}: this ${kind} says no time; give the time at which it was fetched with --at`,
      { context: { file: path, kind } },
    );
  }
  const name = resolve(path).split(sep).slice(-2).join('/');
  return { path, name, rx, sha256: hashOf(bytes) };
}

const before = (a: DatedFile, b: DatedFile): number => {
  if (a.rx !== b.rx) return a.rx - b.rx;
  const [x, y] = a.name === b.name ? [a.sha256, b.sha256] : [a.name, b.name];
  return x < y ? -1 : 1;
};

/**
 * Reads files of the NSE into a new session and seals it. The receive time of a file is the time it
 * states (`nseFileTime`), and files are recorded in that order whatever the order given: the same
 * files give the same events. One file is in memory at a time. What is wrong in a file becomes
 * facts of the session.
 *
 * @param options - files, target folder
 * @returns the sealed session, and what was counted
 * @throws QuantlaxmiError QL_FILE_READ, QL_FILE_SIZE, QL_NSE_FILE when a file is of no known kind,
 * QL_NSE_STAMP when one says no time and none was given, QL_RECORDING_DAMAGED when one changed
 * while it was read, QL_SESSION_EXISTS, and what the log throws; nothing is sealed then
 */
export const captureFiles = async (options: CaptureFilesOptions): Promise<CaptureFilesResult> => {
  const files: DatedFile[] = [];
  for (const path of options.files) files.push(await dated(path, options));
  files.sort(before);
  const hashes = files.map((file) => file.sha256);
  const writer = await createSession(options.out, {
    capture: {
      feed: { name: 'nse-files', version: PACKAGE_VERSION },
      clock: { errorMaxUs: null, kind: 'recording', offsetUs: null },
    },
    policy: { kind: 'always' },
    // Of the files alone, so that the start fact is the same each time.
    sessionId: deriveId('s-', 'nse-files', ...hashes),
  });
  const { kind = null, instruments = [] } = options;
  const capture = nseCapture({ sessionId: writer.id, kind, instruments });
  const appender = logAppender(writer.wal, options.onDurable);
  let read = 0;
  try {
    for (const { path, name, rx, sha256 } of files) {
      const bytes = await readWhole(path);
      if (hashOf(bytes) !== sha256) {
        throw new QuantlaxmiError(
          'QL_RECORDING_DAMAGED',
          `${path}: changed while it was read; record again when nothing writes it`,
          { context: { file: path } },
        );
      }
      const answer = { kind: 'answer', rx, tookUs: 0, status: 200, url: name, bytes } as const;
      appender.collect(capture.record(answer));
      await appender.drain();
      read += bytes.length;
      options.onProgress?.({ bytes: read, events: writer.wal.appendedSeq });
    }
    appender.collect(capture.stop());
    await appender.drain();
    return { session: await writer.seal(), stats: capture.stats };
  } catch (error) {
    await writer.abandon().catch(() => undefined);
    throw error;
  }
};
