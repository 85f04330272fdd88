/**
 * Records a session from recorded frames of Kite, or makes one again from a raw record.
 * @module
 */
import { basename } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { QuantlaxmiError } from '../../core/index.js';
import type { RawHead } from '../../venues/feed/index.js';
import {
  type KiteCapture,
  type KiteCaptureOptions,
  type KiteCaptureStats,
  kiteCapture,
  parseKiteLine,
  readInstruments,
} from '../../venues/zerodha/index.js';
import { readFileCapped } from '../internal/read-file.js';
import { PACKAGE_VERSION } from '../package-version.js';
import { firstHeadOf } from '../raw/read-parts.js';
import type { Session } from '../session.js';
import { createSession } from '../session-writer.js';
import { captureRaw } from './capture-raw.js';
import { logAppender } from './log-appender.js';
import { readRecordingFile } from './recording-file.js';

/** A frame of 3,000 full packets has 558,002 bytes, in hex twice as many characters. */
const LINE_BYTES_MAX = 4 * 1024 * 1024;
/** The dump of all exchanges is about 10 MB. */
const DUMP_BYTES_MAX = 128 * 1024 * 1024;
const GZIP = [0x1f, 0x8b] as const;

/** What {@link captureKiteRecording} records, and where to. */
export interface CaptureKiteOptions {
  /** Recordings in order (gzip is detected), or the parts of one raw record. */
  readonly files: readonly string[];
  /** Instruments dump of that day, for recordings; a raw record holds its own. */
  readonly instruments?: string;
  /** Session folder; must not hold a session. */
  readonly out: string;
  /** Told after each piece: bytes read, events appended. */
  readonly onProgress?: (progress: { readonly bytes: number; readonly events: number }) => void;
  /** Called whenever events became durable, with the last durable `seq`. */
  readonly onDurable?: (seq: number) => void;
}

/** What was recorded. */
export interface CaptureKiteResult {
  readonly session: Session;
  readonly stats: KiteCaptureStats;
  /** Recordings that broke off; what came before was recorded. */
  readonly damage: readonly QuantlaxmiError[];
}

/**
 * Reads an instruments dump of Kite, plain or gzip.
 *
 * @param file - the dump
 * @returns the CSV
 * @throws QuantlaxmiError QL_FILE_READ, QL_FILE_SIZE; QL_RECORDING_DAMAGED when it is no whole gzip
 */
export const readKiteDump = async (file: string): Promise<Uint8Array> => {
  const bytes = await readFileCapped(file, { bytesMax: DUMP_BYTES_MAX, absent: 'throw' });
  if (bytes[0] !== GZIP[0] || bytes[1] !== GZIP[1]) return bytes;
  try {
    return new Uint8Array(gunzipSync(bytes, { maxOutputLength: DUMP_BYTES_MAX }));
  } catch (cause) {
    throw new QuantlaxmiError(
      'QL_RECORDING_DAMAGED',
      `${file}: the gzip is damaged, broken off or too long; fetch the dump again`,
      { cause, context: { file } },
    );
  }
};

const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && Number(value) >= 0;

/** Settings of a capture. One that is not known would be a capture that was made otherwise. */
const SETTINGS: Readonly<Record<string, (value: unknown) => boolean>> = {
  excerptBytes: isCount,
  factLimit: isCount,
  orders: (value) => typeof value === 'boolean',
  tokens: (value) => Array.isArray(value) && value.every(isCount),
};

/**
 * The capture that recorded a raw record of Kite.
 *
 * @param head - head of one of its parts
 * @throws QuantlaxmiError QL_BAD_INPUT when it is of another venue, or its settings are not those
 * of a capture of Kite
 */
const kiteCaptureOf = (head: RawHead): KiteCapture => {
  const { sessionId, settings, venue } = head;
  const wrong = Object.keys(settings).find((name) => SETTINGS[name]?.(settings[name]) !== true);
  if (venue !== 'zerodha' || wrong !== undefined) {
    throw new QuantlaxmiError(
      'QL_BAD_INPUT',
      `raw record of ${venue} ${sessionId}: ` +
        (venue === 'zerodha' ? `setting ${wrong} is not known here` : 'expected one of zerodha'),
      { context: { venue, sessionId } },
    );
  }
  return kiteCapture({ ...(settings as unknown as KiteCaptureOptions), sessionId });
};

const fromRawRecord = async (options: CaptureKiteOptions): Promise<CaptureKiteResult> => {
  const { files, out, onProgress, onDurable, instruments } = options;
  if (instruments !== undefined) {
    throw new QuantlaxmiError(
      'QL_BAD_INPUT',
      `${files[0]}: the raw record of a live capture holds its own instruments; give none`,
      { context: { files: [...files] } },
    );
  }
  let capture: KiteCapture | null = null;
  const { session, damage } = await captureRaw({
    ...{ files, out },
    capture: (head) => {
      capture = kiteCaptureOf(head);
      return capture;
    },
    ...(onProgress === undefined ? {} : { onProgress }),
    ...(onDurable === undefined ? {} : { onDurable }),
  });
  return { session, damage, stats: (capture as unknown as KiteCapture).stats };
};

const rxOf = (bytes: Uint8Array, start: number, end: number): number | null => {
  try {
    return parseKiteLine(bytes, start, end).rx;
  } catch {
    return null;
  }
};

/** Thrown to end reading where what was looked for is found. */
const FOUND = new Error('found');

/** True when a line of the files is one of a recording; reads up to the first. */
const holdFrames = async (files: readonly string[]): Promise<boolean> => {
  for (const file of files) {
    let found = false;
    const sink = {
      line: (bytes: Uint8Array, start: number, end: number) => {
        found ||= rxOf(bytes, start, end) !== null;
      },
      tooLong: () => undefined,
    };
    const afterPiece = async (): Promise<void> => {
      if (found) throw FOUND;
    };
    try {
      await readRecordingFile({ file, lineBytesMax: LINE_BYTES_MAX, sink, afterPiece });
    } catch (error) {
      if (error !== FOUND) throw error;
    }
    if (found) return true;
  }
  return false;
};

interface Playing {
  readonly options: CaptureKiteOptions;
  readonly capture: KiteCapture;
  readonly dump: Uint8Array;
  readonly appender: ReturnType<typeof logAppender>;
  /** Events appended so far. */
  readonly appended: () => number;
}

/** Plays files through a capture, the instruments first, at the receive time of the first frame. */
const play = async (playing: Playing): Promise<QuantlaxmiError[]> => {
  const { options, capture, dump, appender, appended } = playing;
  let declared = false;
  const declare = (rx: number): void => {
    declared = true;
    const answer = { kind: 'answer', tookUs: 0, status: 200, url: '/instruments' } as const;
    appender.collect(capture.record({ ...answer, rx, bytes: dump }));
  };
  const sink = {
    line: (bytes: Uint8Array, start: number, end: number) => {
      const rx = declared ? null : rxOf(bytes, start, end);
      if (rx !== null) declare(rx);
      appender.collect(capture.line(bytes, start, end));
    },
    tooLong: (byteLength: number, head: Uint8Array) =>
      appender.collect(capture.tooLong(byteLength, head)),
  };
  const damage: QuantlaxmiError[] = [];
  let before = 0;
  for (const file of options.files) {
    const afterPiece = async (bytes: number): Promise<void> => {
      await appender.drain();
      options.onProgress?.({ bytes: before + bytes, events: appended() });
    };
    const end = await readRecordingFile({ file, lineBytesMax: LINE_BYTES_MAX, sink, afterPiece });
    before += end.bytes;
    if (end.damage === null) continue;
    damage.push(end.damage);
    const { message, code } = end.damage;
    const details = { byte: end.bytes, file: basename(file), message };
    const rx = capture.stats.lastRx ?? 0;
    const body = { kind: 'malformed', code, inst: null, details } as const;
    appender.collect([{ t: 'Session', sv: 1, rx, ts: null, src: 'CAPTURE', body }]);
  }
  appender.collect(capture.stop());
  await appender.drain();
  return damage;
};

/**
 * Reads recorded frames of Kite into a new session and seals it. A line is
 * `<receive time> <binary frame in hex or base64>`, or a text frame as it is. Of the parts of a
 * live capture's raw record the same events are made again. What is wrong in a recording becomes
 * facts of the session; it never stops the capture.
 *
 * @param options - recordings, instruments of that day, target folder
 * @returns the sealed session, what was counted, and which files broke off
 * @throws QuantlaxmiError QL_BAD_INPUT without instruments, or with them for a raw record;
 * QL_FILE_READ, QL_KITE_INSTRUMENTS, QL_SESSION_EXISTS, QL_RECORDING_EMPTY, and what the log
 * throws; nothing is sealed then
 */
export const captureKiteRecording = async (
  options: CaptureKiteOptions,
): Promise<CaptureKiteResult> => {
  const { files } = options;
  if ((await firstHeadOf(files)) !== null) return await fromRawRecord(options);
  if (options.instruments === undefined) {
    throw new QuantlaxmiError(
      'QL_BAD_INPUT',
      `${files.join(', ')}: recorded frames name instruments by token; give the instruments dump ` +
        'of that day (--instruments FILE)',
      { context: { files: [...files] } },
    );
  }
  const dump = await readKiteDump(options.instruments);
  // Of a file that is no dump this throws; rows that cannot be used become facts.
  readInstruments(dump).next();
  if (!(await holdFrames(files))) {
    throw new QuantlaxmiError(
      'QL_RECORDING_EMPTY',
      `${files.join(', ')}: no frame of Kite; expected lines "<receive time> <frame in hex or base64>"`,
      { context: { files: [...files] } },
    );
  }
  const writer = await createSession(options.out, {
    capture: {
      feed: { name: 'zerodha-recording', version: PACKAGE_VERSION },
      clock: { errorMaxUs: null, kind: 'recording', offsetUs: null },
    },
    policy: { kind: 'always' },
  });
  const capture = kiteCapture({ sessionId: writer.id });
  const appender = logAppender(writer.wal, options.onDurable);
  try {
    const appended = (): number => writer.wal.appendedSeq;
    const damage = await play({ options, capture, dump, appender, appended });
    return { session: await writer.seal(), stats: capture.stats, damage };
  } catch (error) {
    await writer.abandon().catch(() => undefined);
    throw error;
  }
};
