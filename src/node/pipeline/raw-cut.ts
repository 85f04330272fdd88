/**
 * Where the log of a process ends in its raw record: what it had received but not got into the log
 * when it was killed was never in the session.
 * @module
 */
import { isQuantlaxmiError } from '../../core/index.js';
import { createEncoder, type Event, type EventInput } from '../../events/index.js';
import type { RawCapture, RawHead, RawRecord } from '../../venues/feed/index.js';
import { firstHeadOf, readRawPart } from '../raw/read-parts.js';
import { isOfLog, type RawCut, type Restart, restartOf } from './restart.js';

const isFact = (bytes: Uint8Array, start: number, end: number): boolean => {
  const mark = bytes.indexOf(0x20, start) + 1;
  return mark > start && mark + 1 < end && bytes[mark] === 0x40 && bytes[mark + 1] === 0x66;
};

/** A restart, and the part whose process it begins. */
export interface RestartAt {
  readonly part: number;
  readonly restart: Restart;
}

/** The restarts of a raw record, in order: one for each process but the first. */
export const restartsOf = async (files: readonly string[]): Promise<RestartAt[]> => {
  const found: RestartAt[] = [];
  for (const [part, file] of files.entries()) {
    await readRawPart(file, {
      wanted: isFact,
      lines: async (lines) => {
        for (const line of lines) {
          const restart = line.kind === 'fact' ? restartOf(line.body) : null;
          if (restart !== null) found.push({ part, restart });
        }
      },
    });
  }
  return found;
};

async function* capturedOf(log: AsyncIterable<readonly Event[]>): AsyncGenerator<Event> {
  for await (const batch of log) for (const event of batch) if (!isOfLog(event)) yield event;
}

/** Holds what a capture makes to the events of a log, one by one. */
class Comparison {
  readonly #log: AsyncGenerator<Event>;
  readonly #made = createEncoder(4096);
  readonly #logged = createEncoder(4096);
  #next: Event | null = null;
  events = 0;
  differs = false;

  constructor(log: AsyncIterable<readonly Event[]>) {
    this.#log = capturedOf(log);
  }

  /** Every event of the log was met. */
  get done(): boolean {
    return this.#next === null;
  }

  /** Tells the capture what the log held when its process began; false when the log is shorter. */
  async begin(events: number, capture: RawCapture): Promise<boolean> {
    await this.#step();
    while (this.events < events && this.#next !== null) {
      capture.restore(this.#next);
      this.events += 1;
      await this.#step();
    }
    return this.events === events;
  }

  /** How many of these the log holds. */
  async meet(events: readonly EventInput[]): Promise<number> {
    let met = 0;
    for (const event of events) {
      if (this.#next === null) break;
      if (!this.#same(event, this.#next)) {
        this.differs = true;
        break;
      }
      met += 1;
      this.events += 1;
      await this.#step();
    }
    return met;
  }

  async end(): Promise<void> {
    await this.#log.return(undefined);
  }

  async #step(): Promise<void> {
    const step: IteratorResult<Event, unknown> = await this.#log.next();
    this.#next = step.done === true ? null : step.value;
  }

  #same(made: EventInput, logged: Event): boolean {
    try {
      const line = this.#made.encode(made, 1);
      return Buffer.compare(line, this.#logged.encode(logged, 1)) === 0;
    } catch (error) {
      if (isQuantlaxmiError(error)) return false;
      throw error;
    }
  }
}

/** Ends the reading of parts where what was looked for is found. */
const FOUND = new Error('found');

/** Calls `take` with each record, until it says that it has enough. */
const eachRecord = async (
  files: readonly string[],
  take: (record: RawRecord) => Promise<boolean>,
): Promise<void> => {
  try {
    for (const file of files) {
      await readRawPart(file, {
        async lines(lines) {
          for (const line of lines) {
            if (line.kind === 'head' || line.kind === 'bad') continue;
            if (await take(line)) throw FOUND;
          }
        },
      });
    }
  } catch (error) {
    if (error !== FOUND) throw error;
  }
};

/** What {@link cutOfLog} compares. */
export interface CutOptions {
  /** Parts of the raw record, in order. */
  readonly files: readonly string[];
  /** The log that was made of them. */
  readonly log: AsyncIterable<readonly Event[]>;
  /** A new capture, for the head of the last process. */
  readonly capture: (head: RawHead) => RawCapture;
}

/**
 * Where the log ends in the records of the last process. Its records are played through a new
 * capture and held to the log, event by event, with flat memory.
 *
 * @returns null when the capture does not make the events of the log: then nobody can tell
 * @throws QuantlaxmiError what reading parts and log throws
 */
export const cutOfLog = async (options: CutOptions): Promise<RawCut | null> => {
  const last = (await restartsOf(options.files)).at(-1);
  const files = options.files.slice(last?.part ?? 0);
  const head = await firstHeadOf(files);
  if (head === null) return null;
  const capture = options.capture(head);
  const log = new Comparison(options.log);
  try {
    if (!(await log.begin(last?.restart.events ?? 0, capture))) return null;
    let records = 0;
    let partial = 0;
    const meet = async (events: readonly EventInput[]): Promise<boolean> => {
      const met = await log.meet(events);
      if (met === events.length) records += 1;
      else partial = met;
      return log.differs || log.done;
    };
    if (!log.done) await eachRecord(files, (record) => meet(capture.record(record)));
    // A process that failed while it ended has its stop in the log; no record says that.
    if (!log.done && !log.differs) partial = await log.meet(capture.stop());
    return log.done ? { events: log.events, records, partial } : null;
  } finally {
    await log.end();
  }
};
