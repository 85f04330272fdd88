/**
 * Makes a session again from the raw record of another: after a mistake in a codec was repaired, or
 * to show that the same records give the same events.
 * @module
 */
import { basename, dirname, resolve } from 'node:path';
import { QuantlaxmiError } from '../../core/index.js';
import type { EventInput } from '../../events/index.js';
import type { RawCapture, RawHead, RawRecord } from '../../venues/feed/index.js';
import { PACKAGE_VERSION } from '../package-version.js';
import { type RawLine, rawHeadOf, readRawPart } from '../raw/read-parts.js';
import { type Session, sessionStore } from '../session.js';
import { createSession, type SessionWriter } from '../session-writer.js';
import { logAppender } from './log-appender.js';
import { eventsOfOrigin } from './raw-origin.js';
import { eventsBefore, restoreCapture } from './restart.js';

/** Options of {@link captureRaw}. */
export interface CaptureRawOptions {
  /** Parts of one raw record, in order. */
  readonly files: readonly string[];
  /** Session folder; must not hold a session. */
  readonly out: string;
  /** Makes the venue's capture from what the head states. */
  readonly capture: (head: RawHead) => RawCapture;
  /** Told after each piece: bytes read, events appended. */
  readonly onProgress?: (progress: { readonly bytes: number; readonly events: number }) => void;
  /** Called whenever events became durable, with the last durable `seq`. */
  readonly onDurable?: (seq: number) => void;
}

/** What was made. */
export interface RawCaptureResult {
  readonly session: Session;
  /** Parts that break off where no restart follows; what came before was recorded. */
  readonly damage: readonly QuantlaxmiError[];
}

const isFact = (bytes: Uint8Array, start: number, end: number): boolean => {
  const mark = bytes.indexOf(0x20, start) + 1;
  return mark > start && mark + 1 < end && bytes[mark] === 0x40 && bytes[mark + 1] === 0x66;
};

/** Of each process but the last: how many events of the session its log kept. */
const keptByRestarts = async (files: readonly string[]): Promise<number[]> => {
  const kept: number[] = [];
  for (const file of files) {
    await readRawPart(file, {
      wanted: isFact,
      lines: async (lines) => {
        for (const line of lines) {
          const events = line.kind === 'fact' ? eventsBefore(line.body) : null;
          if (events !== null) kept.push(events);
        }
      },
    });
  }
  return kept;
};

/** Plays records through captures, one per process that wrote them. */
class Rederivation {
  readonly #options: CaptureRawOptions;
  readonly #writer: SessionWriter;
  readonly #head: RawHead;
  readonly #limits: readonly number[];
  readonly #appender: ReturnType<typeof logAppender>;
  readonly damage: QuantlaxmiError[] = [];
  #capture: RawCapture;
  #process = 0;
  #events = 0;
  #lastRx: number;
  #brokenOff: { readonly error: QuantlaxmiError; readonly file: string } | null = null;

  constructor(
    options: CaptureRawOptions,
    writer: SessionWriter,
    head: RawHead,
    limits: readonly number[],
  ) {
    this.#options = options;
    this.#writer = writer;
    this.#head = head;
    this.#limits = limits;
    this.#appender = logAppender(writer.wal, options.onDurable);
    this.#capture = options.capture(head);
    this.#lastRx = head.rx;
  }

  async take(line: RawLine): Promise<void> {
    if (line.kind === 'head') this.#follows(line);
    else if (line.kind === 'bad') {
      const { code, message } = line.error;
      this.#malformed(code, { message });
    } else {
      if (line.kind === 'fact' && eventsBefore(line.body) !== null) await this.#restart(line);
      this.#settleBreak();
      this.#record(line);
    }
  }

  /** Events in the new log. */
  get appended(): number {
    return this.#writer.wal.appendedSeq;
  }

  async drain(): Promise<void> {
    await this.#appender.drain();
  }

  brokeOff(error: QuantlaxmiError, file: string): void {
    this.#brokenOff = { error, file };
  }

  /** The end of all parts; the stop fact where the last process came to its end. */
  async end(whole: boolean): Promise<void> {
    if (whole) this.#keep(this.#capture.stop());
    else this.#settleBreak();
    await this.#appender.drain();
  }

  #record(record: RawRecord): void {
    this.#lastRx = record.rx;
    this.#keep(this.#capture.record(record));
  }

  /** What a killed process made but did not get into its log was never part of the session. */
  #keep(events: readonly EventInput[]): void {
    const room = (this.#limits[this.#process] ?? Number.POSITIVE_INFINITY) - this.#events;
    const kept = events.length <= room ? events : events.slice(0, room);
    this.#events += kept.length;
    this.#appender.collect(kept);
  }

  async #restart(record: Extract<RawRecord, { kind: 'fact' }>): Promise<void> {
    this.#brokenOff = null;
    await this.#appender.drain();
    await this.#writer.wal.flush();
    this.#process += 1;
    this.#capture = this.#options.capture(this.#head);
    const store = sessionStore(this.#writer.dir, this.#writer.manifest.wal.dir);
    const { events } = await restoreCapture(store, this.#capture);
    const before = eventsBefore(record.body);
    if (events === before) return;
    throw new QuantlaxmiError(
      'QL_RECORDING_DAMAGED',
      `raw record of ${this.#head.sessionId}: a restart after ${before} events, but the parts ` +
        `before it give ${events}; give all parts, in order`,
      { context: { expected: before, found: events } },
    );
  }

  #follows(head: RawHead): void {
    const { sessionId, venue } = this.#head;
    if (head.sessionId === sessionId && head.venue === venue) return;
    throw new QuantlaxmiError(
      'QL_BAD_INPUT',
      `raw parts of different records: ${venue} ${sessionId} and ${head.venue} ${head.sessionId}`,
      { context: { first: sessionId, found: head.sessionId } },
    );
  }

  /** A part broke off and nothing explains it: what is missing is a fact. */
  #settleBreak(): void {
    const broken = this.#brokenOff;
    if (broken === null) return;
    this.#brokenOff = null;
    this.damage.push(broken.error);
    const { code, message } = broken.error;
    this.#malformed(code, { file: basename(broken.file), message });
  }

  #malformed(code: string, details: Readonly<Record<string, string>>): void {
    this.#record({
      kind: 'fact',
      rx: this.#lastRx,
      body: { code, details, inst: null, kind: 'malformed' },
    });
  }
}

const play = async (work: Rederivation, options: CaptureRawOptions): Promise<void> => {
  let before = 0;
  let whole = true;
  for (const file of options.files) {
    const end = await readRawPart(file, {
      async lines(lines, bytes) {
        for (const line of lines) await work.take(line);
        await work.drain();
        options.onProgress?.({ bytes: before + bytes, events: work.appended });
      },
    });
    before += end.bytes;
    whole = end.damage === null;
    if (end.damage !== null) work.brokeOff(end.damage, file);
  }
  await work.end(whole);
};

const firstHead = async (files: readonly string[]): Promise<RawHead> => {
  const [file = ''] = files;
  const head = await rawHeadOf(file);
  if (head !== null) return head;
  throw new QuantlaxmiError(
    'QL_RECORDING_EMPTY',
    `${file}: no part of a raw record: it has no head`,
    {
      context: { file },
    },
  );
};

/**
 * Makes the events of a raw record again, in a new session whose parent is the one that was
 * recorded. The capture is the live one's own function of the records: the events are the same,
 * which {@link eventLinesSha256} of both shows.
 *
 * Where the capturer was killed and went on, the record holds more than its log did: what the log
 * had lost is left out again, and a new capture is told what stands, as the live one was.
 *
 * @param options - parts, venue's capture, target folder
 * @throws QuantlaxmiError QL_RECORDING_EMPTY when the first file is no part; QL_MANIFEST_HASH when
 * a part is not the one its session binds; QL_RECORDING_DAMAGED when parts are missing;
 * QL_FILE_READ, QL_SESSION_EXISTS, and what the log throws; nothing is sealed then
 * @example
 * ```ts no-run
 * import { captureRaw } from 'quantlaxmi/node';
 * import { type BinanceCaptureOptions, createBinanceCapture } from 'quantlaxmi/venues/binance';
 *
 * await captureRaw({
 *   files: ['sessions/today/raw/000001.rec.gz'],
 *   out: 'sessions/again',
 *   capture: ({ sessionId, settings }) =>
 *     createBinanceCapture({ ...(settings as unknown as BinanceCaptureOptions), sessionId }),
 * });
 * ```
 */
export const captureRaw = async (options: CaptureRawOptions): Promise<RawCaptureResult> => {
  const head = await firstHead(options.files);
  const [file = ''] = options.files;
  const logged = await eventsOfOrigin(dirname(dirname(resolve(file))), options.files);
  const limits = await keptByRestarts(options.files);
  if (logged !== null) limits.push(logged);
  const writer = await createSession(options.out, {
    capture: {
      feed: { name: `${head.venue}-raw`, version: PACKAGE_VERSION },
      clock: { errorMaxUs: null, kind: 'recording', offsetUs: null },
    },
    policy: { kind: 'always' },
    parentSessionId: head.sessionId,
  });
  try {
    const work = new Rederivation(options, writer, head, limits);
    await play(work, options);
    return { session: await writer.seal(), damage: logged === null ? work.damage : [] };
  } catch (error) {
    await writer.abandon().catch(() => undefined);
    throw error;
  }
};
