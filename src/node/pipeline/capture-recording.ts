/**
 * Records a session from raw recordings: the same events a live capture would have logged.
 * @module
 */
import { basename } from 'node:path';
import { decodeUtf8, QuantlaxmiError } from '../../core/index.js';
import type { InstrumentBody } from '../../events/index.js';
import {
  type BinanceCapture,
  type BinanceMarket,
  type CaptureStats,
  createBinanceCapture,
  createRecordingScan,
  type LineSink,
  parseExchangeInfo,
  type RecordingScan,
} from '../../venues/binance/index.js';
import { PACKAGE_VERSION } from '../package-version.js';
import { readFileCapped } from '../internal/read-file.js';
import type { Session } from '../session.js';
import { createSession, type SessionWriter } from '../session-writer.js';
import { firstHeadOf } from '../raw/read-parts.js';
import { captureRaw } from './capture-raw.js';
import { logAppender } from './log-appender.js';
import { binanceCaptureOf } from './raw-captures.js';
import { readRecordingFile } from './recording-file.js';

/** Longest line of a recording that is read in full: a snapshot of 5,000 levels has 400 KB. */
const LINE_BYTES_MAX = 4 * 1024 * 1024;
const EXCHANGE_INFO_BYTES_MAX = 64 * 1024 * 1024;

/** What {@link captureRecording} records, and where to. */
export interface CaptureRecordingOptions {
  readonly market: BinanceMarket;
  /** Raw recordings in order; gzip is detected. A later one goes on where the one before ends. */
  readonly files: readonly string[];
  /** Session folder; must not hold a session. */
  readonly out: string;
  /** Symbols to record; default: all of the recording. */
  readonly symbols?: readonly string[];
  /** `exchangeInfo` answer; default: the one in the recording, else exponents are inferred. */
  readonly exchangeInfo?: string;
  /** REST depth snapshots, `FILE` or `SYMBOL=FILE`, for recordings without one. */
  readonly snapshots?: readonly string[];
  /** Told after each piece: bytes read, events appended. */
  readonly onProgress?: (progress: { readonly bytes: number; readonly events: number }) => void;
  /** Called whenever events became durable, with the last durable `seq`. */
  readonly onDurable?: (seq: number) => void;
}

/** What was recorded. */
export interface CaptureResult {
  readonly session: Session;
  readonly stats: CaptureStats;
  /** Compressed recordings that broke off; what came before was recorded. */
  readonly damage: readonly QuantlaxmiError[];
}

const scanFiles = async (options: CaptureRecordingOptions): Promise<RecordingScan> => {
  const scan = createRecordingScan(options.market);
  const sink: LineSink = {
    line: (bytes, start, end) => scan.line(bytes, start, end),
    tooLong: () => undefined,
  };
  const afterPiece = async (): Promise<void> => undefined;
  for (const file of options.files) {
    await readRecordingFile({ file, lineBytesMax: LINE_BYTES_MAX, sink, afterPiece });
  }
  return scan;
};

const unknownSymbol = (symbol: string, where: string): QuantlaxmiError =>
  new QuantlaxmiError(
    'QL_VENUE_UNKNOWN_SYMBOL',
    `${symbol}: not in ${where}; check the spelling (upper case, as the venue writes it) and --market`,
    { context: { symbol } },
  );

/** Instruments to declare: from the venue's metadata where there is one, else inferred. */
const instrumentsOf = async (
  options: CaptureRecordingOptions,
): Promise<readonly InstrumentBody[]> => {
  const scan = await scanFiles(options);
  for (const one of await readSnapshots(options.snapshots ?? [])) {
    scan.message(one.bytes, one.symbol);
  }
  const seen = scan.instruments();
  const wanted = options.symbols === undefined ? null : new Set(options.symbols);
  const known = new Set(seen.map((one) => one.symbol));
  for (const symbol of wanted ?? []) {
    if (!known.has(symbol))
      throw unknownSymbol(symbol, `the recording ${options.files.join(', ')}`);
  }
  const chosen = seen.filter((one) => wanted === null || wanted.has(one.symbol));
  if (options.exchangeInfo === undefined) return chosen;
  const bytes = await readFileCapped(options.exchangeInfo, {
    bytesMax: EXCHANGE_INFO_BYTES_MAX,
    absent: 'throw',
  });
  const symbols = new Set(chosen.map((one) => one.symbol));
  const declared = parseExchangeInfo(decodeUtf8(bytes), options.market, symbols);
  for (const symbol of wanted ?? []) {
    if (!declared.some((one) => one.symbol === symbol)) {
      throw unknownSymbol(symbol, options.exchangeInfo);
    }
  }
  // The scan makes their exponents reach the finest digits of the recording.
  scan.declare(declared);
  const names = new Set(declared.map((one) => one.symbol));
  return scan.instruments().filter((one) => names.has(one.symbol));
};

interface RestSnapshot {
  readonly bytes: Uint8Array;
  readonly symbol: string | null;
}

const readSnapshots = async (specs: readonly string[]): Promise<RestSnapshot[]> => {
  const out: RestSnapshot[] = [];
  for (const spec of specs) {
    const named = /^([A-Z0-9_]+)=(.+)$/.exec(spec);
    const file = named?.[2] ?? spec;
    const bytes = await readFileCapped(file, { bytesMax: LINE_BYTES_MAX, absent: 'throw' });
    out.push({ bytes, symbol: named?.[1] ?? null });
  }
  return out;
};

interface Feeding {
  readonly options: CaptureRecordingOptions;
  readonly writer: SessionWriter;
  readonly capture: BinanceCapture;
}

const feed = async ({ options, writer, capture }: Feeding): Promise<QuantlaxmiError[]> => {
  const appender = logAppender(writer.wal, options.onDurable);
  let snapshots = await readSnapshots(options.snapshots ?? []);
  const sink: LineSink = {
    line: (bytes, start, end) => {
      appender.collect(capture.line(bytes, start, end));
      // A snapshot fetched apart has no receive time of its own: it takes that of the first line
      // that has one.
      const rx = capture.stats.firstRx;
      if (rx === null) return;
      for (const one of snapshots) appender.collect(capture.message(one.bytes, rx, one.symbol));
      snapshots = [];
    },
    tooLong: (byteLength, head) => appender.collect(capture.tooLong(byteLength, head)),
  };
  const damage: QuantlaxmiError[] = [];
  let before = 0;
  for (const file of options.files) {
    const afterPiece = async (bytes: number): Promise<void> => {
      await appender.drain();
      options.onProgress?.({ bytes: before + bytes, events: writer.wal.appendedSeq });
    };
    const end = await readRecordingFile({ file, lineBytesMax: LINE_BYTES_MAX, sink, afterPiece });
    before += end.bytes;
    if (end.damage === null) continue;
    damage.push(end.damage);
    const rx = capture.stats.lastRx ?? 0;
    const details = { byte: end.bytes, file: basename(file), message: end.damage.message };
    const body = { kind: 'malformed', code: end.damage.code, inst: null, details } as const;
    appender.collect([{ t: 'Session', sv: 1, rx, ts: null, src: 'CAPTURE', body }]);
  }
  appender.collect(capture.stop());
  await appender.drain();
  return damage;
};

/** The raw record of a live capture says itself what it was made with. */
const fromRawRecord = async (options: CaptureRecordingOptions): Promise<CaptureResult> => {
  const { market, files, out, onProgress, onDurable } = options;
  const { exchangeInfo, snapshots, symbols } = options;
  if (exchangeInfo !== undefined || snapshots !== undefined || symbols !== undefined) {
    throw new QuantlaxmiError(
      'QL_BAD_INPUT',
      `${files[0]}: the raw record of a live capture holds its own symbols, snapshots and exchangeInfo; give none`,
      { context: { files: [...files] } },
    );
  }
  let capture: BinanceCapture | null = null;
  const { session, damage } = await captureRaw({
    ...{ files, out },
    capture: (head) => {
      capture = binanceCaptureOf(head, market);
      return capture;
    },
    ...(onProgress === undefined ? {} : { onProgress }),
    ...(onDurable === undefined ? {} : { onDurable }),
  });
  return { session, damage, stats: (capture as unknown as BinanceCapture).stats };
};

/**
 * Reads raw Binance recordings into a new session and seals it. Memory does not grow with the
 * recording. What is wrong in the recording becomes facts of the session; it never stops the
 * capture. Of the parts of a live capture's raw record the same events are made again.
 *
 * @param options - recordings, market, target folder
 * @returns the sealed session, what was counted, and which files broke off
 * @throws QuantlaxmiError QL_FILE_READ, QL_VENUE_UNKNOWN_SYMBOL, QL_VENUE_EXCHANGE_INFO,
 * QL_SESSION_EXISTS, QL_RECORDING_EMPTY, and what the log throws; nothing is sealed then
 */
export const captureRecording = async (
  options: CaptureRecordingOptions,
): Promise<CaptureResult> => {
  if ((await firstHeadOf(options.files)) !== null) return await fromRawRecord(options);
  const instruments = await instrumentsOf(options);
  if (instruments.length === 0) {
    throw new QuantlaxmiError(
      'QL_RECORDING_EMPTY',
      `${options.files.join(', ')}: no message of a known kind; expected lines "<receive time> <raw message>" of market ${options.market}`,
      { context: { files: [...options.files] } },
    );
  }
  const writer = await createSession(options.out, {
    capture: {
      feed: { name: `binance-${options.market}-recording`, version: PACKAGE_VERSION },
      // What was asked for, so that gates can hold the session against it; nothing asked, no claim.
      subscriptions:
        options.symbols === undefined ? [] : instruments.map((one) => one.instrumentId),
      clock: { errorMaxUs: null, kind: 'recording', offsetUs: null },
    },
    policy: { kind: 'always' },
  });
  const { market } = options;
  const capture = createBinanceCapture({ market, sessionId: writer.id, instruments });
  try {
    const damage = await feed({ options, writer, capture });
    return { session: await writer.seal(), stats: capture.stats, damage };
  } catch (error) {
    await writer.abandon().catch(() => undefined);
    throw error;
  }
};
