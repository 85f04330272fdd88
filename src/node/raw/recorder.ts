/** Keeps what came from a venue beside the log made of it. @module */
import { join } from 'node:path';
import { type Clock, QuantlaxmiError } from '../../core/index.js';
import { encodeRawLine, type RawHead, type RawRecord } from '../../venues/feed/index.js';
import { makeFolder } from '../wal-store/file-store.js';
import { PartFile } from './part-file.js';
import { RAW_PARTS_MAX, rawPartName, rawParts } from './raw-file.js';

const LINE_FEED = 0x0a;
const PART_BYTES = 64 * 1024 * 1024;

/** Options of {@link openRawRecorder}. */
export interface RawRecorderOptions {
  /** What the head of each part says. */
  readonly head: Pick<RawHead, 'fmt' | 'sessionId' | 'settings' | 'venue'>;
  readonly clock: Clock;
  /** Makes each flush durable, not only visible to other processes. */
  readonly sync: boolean;
  /** A part this long is ended and the next one begun, compressed bytes; default 64 MiB. */
  readonly partBytes?: number;
}

/** The one writer of a raw record. */
export interface RawRecorder {
  /** Takes records; they are in memory only until a flush. */
  write(records: readonly RawRecord[]): void;
  /**
   * Writes what was taken so that it can be read back whatever becomes of this process.
   * @throws QuantlaxmiError QL_FILE_WRITE; nothing more is taken then
   */
  flush(): Promise<void>;
  /** Flushes and ends the part with its checksum. */
  close(): Promise<void>;
  /** Leaves the part as it stands: what was flushed can be read. */
  abandon(): Promise<void>;
}

/** A buffer longer than this is not kept: one list of all instruments has megabytes. */
const KEPT_BYTES = 1024 * 1024;
const FIRST_BYTES = 64 * 1024;

/** Lines waiting to be written, in one growing buffer. */
class LineBuffer {
  #bytes = new Uint8Array(FIRST_BYTES);
  #length = 0;

  add(line: Uint8Array): void {
    const end = this.#length + line.length + 1;
    if (end > this.#bytes.length) {
      const wider = new Uint8Array(Math.max(end, this.#bytes.length * 2));
      wider.set(this.#bytes.subarray(0, this.#length));
      this.#bytes = wider;
    }
    this.#bytes.set(line, this.#length);
    this.#bytes[end - 1] = LINE_FEED;
    this.#length = end;
  }

  get length(): number {
    return this.#length;
  }

  /** Its bytes, to be used before anything is added. */
  take(): Uint8Array {
    const bytes = this.#bytes;
    const { length } = this;
    this.#length = 0;
    if (bytes.length <= KEPT_BYTES) return bytes.slice(0, length);
    this.#bytes = new Uint8Array(FIRST_BYTES);
    return bytes.subarray(0, length);
  }
}

class PartRecorder implements RawRecorder {
  readonly #dir: string;
  readonly #options: RawRecorderOptions;
  readonly #lines = new LineBuffer();
  #part: PartFile;
  #number: number;

  constructor(dir: string, options: RawRecorderOptions, part: PartFile, number: number) {
    this.#dir = dir;
    this.#options = options;
    this.#part = part;
    this.#number = number;
  }

  write(records: readonly RawRecord[]): void {
    for (const record of records) this.#lines.add(encodeRawLine(record));
  }

  async flush(): Promise<void> {
    this.#part.assertSound();
    if (this.#lines.length === 0) return;
    await this.#part.flush(this.#lines.take(), this.#options.sync);
    if (this.#part.bytes < (this.#options.partBytes ?? PART_BYTES)) return;
    await this.#part.end();
    this.#number += 1;
    this.#part = await nextPart(this.#dir, this.#number, this.#options);
  }

  async close(): Promise<void> {
    if (this.#lines.length > 0) await this.#part.flush(this.#lines.take(), false);
    await this.#part.end();
  }

  async abandon(): Promise<void> {
    await this.#part.abandon();
  }
}

/** A part with its head, which is durable before anything that follows: it says how to read on. */
async function nextPart(
  dir: string,
  number: number,
  { clock, head }: RawRecorderOptions,
): Promise<PartFile> {
  if (number > RAW_PARTS_MAX) {
    throw new QuantlaxmiError(
      'QL_FILE_WRITE',
      `${dir}: ${RAW_PARTS_MAX} parts are the most; start another session`,
      { context: { path: dir } },
    );
  }
  const part = await PartFile.create(join(dir, rawPartName(number)));
  const line = encodeRawLine({ kind: 'head', rx: clock.nowUs(), ...head });
  const lines = new Uint8Array(line.length + 1);
  lines.set(line);
  lines[line.length] = LINE_FEED;
  try {
    await part.flush(lines, true);
  } catch (error) {
    await part.abandon().catch(() => undefined);
    throw error;
  }
  return part;
}

/**
 * Starts the next part of a raw record. Parts that stand there are left alone: one whose writer was
 * killed lacks its end, what it flushed can be read.
 *
 * @param dir - folder of the parts
 * @param options - head, clock, durability, size of a part
 * @throws QuantlaxmiError QL_FILE_WRITE, QL_FILE_READ
 * @example
 * ```ts
 * import { mkdtempSync } from 'node:fs';
 * import { tmpdir } from 'node:os';
 * import { join } from 'node:path';
 * import { openRawRecorder, rawHeadOf } from 'quantlaxmi/node';
 * import { RAW_FORMAT } from 'quantlaxmi/venues/feed';
 *
 * const dir = join(mkdtempSync(join(tmpdir(), 'ql-')), 'raw');
 * const recorder = await openRawRecorder(dir, {
 *   head: { fmt: RAW_FORMAT, sessionId: 'ses-1', settings: {}, venue: 'example' },
 *   clock: { nowUs: () => 1_000 },
 *   sync: true,
 * });
 * const bytes = new TextEncoder().encode('{"e":"trade"}');
 * recorder.write([{ kind: 'frame', rx: 1_001, conn: 1, binary: false, bytes }]);
 * await recorder.close();
 * (await rawHeadOf(join(dir, '000001.rec.gz')))?.venue; // => 'example'
 * ```
 */
export async function openRawRecorder(
  dir: string,
  options: RawRecorderOptions,
): Promise<RawRecorder> {
  await makeFolder(dir);
  const last = (await rawParts(dir)).at(-1);
  const number = last === undefined ? 1 : Number.parseInt(last, 10) + 1;
  return new PartRecorder(dir, options, await nextPart(dir, number, options), number);
}
