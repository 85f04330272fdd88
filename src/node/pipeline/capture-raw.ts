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
import { firstHeadOf, type RawLine, readRawPart } from '../raw/read-parts.js';
import { type Session, sessionStore } from '../session.js';
import { createSession, type SessionWriter } from '../session-writer.js';
import { logAppender } from './log-appender.js';
import { cutOfLog, restartsOf } from './raw-cut.js';
import { originOf, type RawOrigin } from './raw-origin.js';
import { type RawCut, type Restart, restartOf, restoreCapture } from './restart.js';
import { differentSetting } from './same-settings.js';

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
  /** Breaks that no kill explains, of parts or between them; what came before was recorded. */
  readonly damage: readonly QuantlaxmiError[];
}

/** What was found out of a raw record before it is played. */
interface Known {
  /** First head of the record. */
  readonly head: RawHead;
  /** By process: where its log ended. */
  readonly cuts: readonly (RawCut | null)[];
  readonly origin: RawOrigin | null;
}

/** Plays records through captures, one per process that wrote them. */
class Rederivation {
  readonly #options: CaptureRawOptions;
  readonly #writer: SessionWriter;
  readonly #known: Known;
  readonly #appender: ReturnType<typeof logAppender>;
  readonly damage: QuantlaxmiError[] = [];
  #capture: RawCapture;
  #process = 0;
  /** Head of the part that is read, and of the process that wrote it. */
  #part: RawHead;
  #head: RawHead;
  #records = 0;
  #events = 0;
  #lastRx: number;
  #brokenOff: { readonly error: QuantlaxmiError; readonly file: string } | null = null;

  constructor(options: CaptureRawOptions, writer: SessionWriter, known: Known) {
    this.#options = options;
    this.#writer = writer;
    this.#known = known;
    this.#appender = logAppender(writer.wal, options.onDurable);
    this.#head = known.head;
    this.#part = known.head;
    this.#capture = options.capture(known.head);
    this.#lastRx = known.head.rx;
  }

  async take(line: RawLine): Promise<void> {
    if (line.kind === 'head') {
      this.#follows(line);
      this.#part = line;
    } else if (line.kind === 'bad') {
      const { code, message } = line.error;
      this.#malformed(code, { message });
    } else {
      const restart = line.kind === 'fact' ? restartOf(line.body) : null;
      if (restart !== null) await this.#restart(restart);
      else if (this.#part !== this.#head) this.#goesOn();
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
    this.#brokenOff ??= { error, file };
  }

  /** The end of all parts; the stop fact where the last process came to its end. */
  async end(whole: boolean): Promise<void> {
    const { origin } = this.#known;
    const read = this.#cut !== null || (origin !== null && this.#lastRx >= origin.lastRx);
    // All that the log was made of could be read: the part breaks off behind it.
    if (read) this.#brokenOff = null;
    this.#settleBreak();
    if (this.#cut === null && (whole || origin?.stopped === true)) this.#keep(this.#capture.stop());
    await this.#appender.drain();
  }

  /** Where the log of this process ended before its records did; null: it did not, or unknown. */
  get #cut(): RawCut | null {
    return this.#known.cuts[this.#process] ?? null;
  }

  /** What a killed process received but did not get into its log was never in the session. */
  #record(record: RawRecord): void {
    this.#lastRx = Math.max(this.#lastRx, record.rx);
    const index = this.#records;
    this.#records += 1;
    const cut = this.#cut;
    if (cut === null || index < cut.records) this.#keep(this.#capture.record(record));
    else if (index === cut.records && cut.partial > 0) {
      this.#keepPart(this.#capture.record(record), cut);
    }
  }

  /** Of a record in the middle of which the log ended. Made otherwise, it is kept whole. */
  #keepPart(events: readonly EventInput[], { events: upTo, partial }: RawCut): void {
    this.#keep(this.#events === upTo - partial ? events.slice(0, partial) : events);
  }

  #keep(events: readonly EventInput[]): void {
    this.#events += events.length;
    this.#appender.collect(events);
  }

  async #restart(restart: Restart): Promise<void> {
    this.#endProcess(restart);
    await this.#appender.drain();
    await this.#writer.wal.flush();
    this.#process += 1;
    this.#records = 0;
    this.#head = this.#part;
    this.#capture = this.#options.capture(this.#head);
    const store = sessionStore(this.#writer.dir, this.#writer.manifest.wal.dir);
    await restoreCapture(store, this.#capture);
  }

  #endProcess({ cut, events, lastRx }: Restart): void {
    const read =
      cut === null
        ? this.#events >= events || this.#lastRx >= lastRx
        : this.#records >= cut.records;
    if (read) {
      this.#brokenOff = null;
      if (cut !== null && cut.partial > 0 && this.#records === cut.records) {
        this.#keepPart(this.#capture.stop(), cut);
      }
      return;
    }
    const { sessionId } = this.#head;
    const error = new QuantlaxmiError(
      'QL_RECORDING_DAMAGED',
      `raw record of ${sessionId}: a restart after ${events} events, but the parts before it ` +
        `end before that; give all parts, in order`,
      { context: { expected: events, found: this.#events } },
    );
    this.brokeOff(error, '');
    this.#settleBreak();
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

  /** A further part of the same process: it was made with the same settings. */
  #goesOn(): void {
    const differs = differentSetting(this.#head.settings, this.#part.settings);
    if (differs !== null) {
      throw new QuantlaxmiError(
        'QL_BAD_INPUT',
        `raw record of ${this.#head.sessionId}: ${differs}, in two parts of one process; ` +
          'give the parts of one record, all of them, in order',
        { context: { sessionId: this.#head.sessionId } },
      );
    }
    this.#part = this.#head;
  }

  /** A part broke off and nothing explains it: what is missing is a fact. */
  #settleBreak(): void {
    const broken = this.#brokenOff;
    if (broken === null) return;
    this.#brokenOff = null;
    this.damage.push(broken.error);
    const { code, message } = broken.error;
    const file = broken.file === '' ? {} : { file: basename(broken.file) };
    this.#malformed(code, { ...file, message });
  }

  /** A fact of the reading: no record of the process, and only where those before it were kept. */
  #malformed(code: string, details: Readonly<Record<string, string>>): void {
    const cut = this.#cut;
    if (cut !== null && this.#records > cut.records) return;
    const body = { code, details, inst: null, kind: 'malformed' } as const;
    this.#keep(this.#capture.record({ kind: 'fact', rx: this.#lastRx, body }));
  }
}

const play = async (work: Rederivation, options: CaptureRawOptions): Promise<void> => {
  let before = 0;
  let whole = true;
  for (const file of options.files) {
    let some = false;
    const end = await readRawPart(file, {
      async lines(lines, bytes) {
        some ||= lines.length > 0;
        for (const line of lines) await work.take(line);
        await work.drain();
        options.onProgress?.({ bytes: before + bytes, events: work.appended });
      },
    });
    before += end.bytes;
    whole = some && end.damage === null;
    if (end.damage !== null) work.brokeOff(end.damage, file);
  }
  await work.end(whole);
};

const look = async (options: CaptureRawOptions): Promise<Known> => {
  const { capture, files } = options;
  const [file = ''] = files;
  const head = await firstHeadOf(files);
  if (head === null) {
    throw new QuantlaxmiError(
      'QL_RECORDING_EMPTY',
      `${file}: no part of a raw record: it has no head`,
      { context: { file } },
    );
  }
  const origin = await originOf(dirname(dirname(resolve(file))), files);
  const cuts = (await restartsOf(files)).map(({ restart }) => restart.cut);
  // A session that came to its end holds all that its last process received.
  const unclean = origin !== null && !origin.stopped;
  if (unclean) cuts.push(await cutOfLog({ files, log: origin.read(), capture }));
  return { head, cuts, origin };
};

/**
 * Makes the events of a raw record again, in a new session whose parent is the one that was
 * recorded. The capture is the live one's own function of the records: the events are the same,
 * which {@link eventLinesSha256} of both shows.
 *
 * Where the capturer was killed, the record may hold more than its log did: what the log had lost
 * is left out again, from the record on that the fact of the restart names, whatever the codec of
 * today makes of those before it. A new capture is told what stands, as the live one was. Where a
 * session was ended unclean by `wal seal`, that record is found by comparing with its log; if the
 * codec makes other events, all is kept.
 *
 * @param options - parts, venue's capture, target folder
 * @throws QuantlaxmiError QL_RECORDING_EMPTY when no part has a head; QL_MANIFEST_HASH when a
 * part is not the one its session binds; QL_BAD_INPUT for parts of different records;
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
  const known = await look(options);
  const { head } = known;
  const writer = await createSession(options.out, {
    capture: {
      feed: { name: `${head.venue}-raw`, version: PACKAGE_VERSION },
      clock: { errorMaxUs: null, kind: 'recording', offsetUs: null },
    },
    policy: { kind: 'always' },
    parentSessionId: head.sessionId,
  });
  try {
    const work = new Rederivation(options, writer, known);
    await play(work, options);
    return { session: await writer.seal(), damage: work.damage };
  } catch (error) {
    await writer.abandon().catch(() => undefined);
    throw error;
  }
};
