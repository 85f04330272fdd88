/** One part of a raw record while it is written. @module */
import { constants as fileFlags } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { constants, createGzip, type Gzip } from 'node:zlib';
import { QuantlaxmiError } from '../../core/index.js';
import { syncDirectory } from '../atomic-write.js';

/** Evidence: owner writes, group reads. */
const FILE_MODE = 0o640;
/** Of nine: a third of the work of the usual six, for a tenth more bytes of market data. */
const LEVEL = 3;

const failure = (path: string, step: string, cause: unknown): QuantlaxmiError => {
  const errno = (cause as NodeJS.ErrnoException | null)?.code ?? 'unknown error';
  return new QuantlaxmiError(
    'QL_FILE_WRITE',
    `${path}: ${errno} during ${step} of the raw record; what was flushed before can be read; free space or permissions, then go on with the session`,
    { cause, context: { path, step, errno } },
  );
};

/**
 * A gzip file that grows by whole pieces. After each flush everything before it can be inflated,
 * whatever becomes of the process.
 */
export class PartFile {
  readonly path: string;
  readonly #handle: FileHandle;
  readonly #gzip: Gzip;
  #packed: Uint8Array[] = [];
  #bytes = 0;
  #failed: QuantlaxmiError | null = null;

  private constructor(path: string, handle: FileHandle) {
    this.path = path;
    this.#handle = handle;
    this.#gzip = createGzip({ level: LEVEL });
    this.#gzip.on('data', (piece: Uint8Array) => this.#packed.push(piece));
    this.#gzip.on('error', (cause) => {
      this.#failed ??= failure(path, 'compression', cause);
    });
  }

  /** Makes the file, which must not exist; its name is durable then. */
  static async create(path: string): Promise<PartFile> {
    const flags = fileFlags.O_WRONLY | fileFlags.O_CREAT | fileFlags.O_EXCL | fileFlags.O_NOFOLLOW;
    try {
      const part = new PartFile(path, await open(path, flags, FILE_MODE));
      await syncDirectory(dirname(path));
      return part;
    } catch (cause) {
      throw failure(path, 'creation', cause);
    }
  }

  /** Throws what failed before: nothing may be added behind it. */
  assertSound(): void {
    if (this.#failed !== null) throw this.#failed;
  }

  /** Bytes in the file so far. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Writes `lines` so that they can be read back, and makes them durable if asked to. */
  async flush(lines: Uint8Array, sync: boolean): Promise<void> {
    await this.#inflatable(lines);
    await this.#write(sync);
  }

  /** Ends the stream with its checksum and closes the file. */
  async end(): Promise<void> {
    try {
      await new Promise<void>((resolve) => {
        this.#gzip.once('close', resolve);
        this.#gzip.once('end', resolve);
        this.#gzip.end();
      });
      await this.#write(true);
    } finally {
      await this.#handle.close();
    }
  }

  /** Closes the file as it stands: its end is missing, what was flushed can be read. */
  async abandon(): Promise<void> {
    this.#failed ??= failure(this.path, 'write', new Error('closed'));
    this.#gzip.destroy();
    await this.#handle.close();
  }

  async #inflatable(lines: Uint8Array): Promise<void> {
    this.assertSound();
    await new Promise<void>((resolve) => {
      this.#gzip.write(lines);
      this.#gzip.flush(constants.Z_SYNC_FLUSH, resolve);
    });
    // The last piece may be handed on a turn later than the flush is told done.
    while (this.#gzip.readableLength > 0) await new Promise((resolve) => setImmediate(resolve));
  }

  async #write(sync: boolean): Promise<void> {
    this.assertSound();
    const pieces = this.#packed;
    this.#packed = [];
    try {
      for (const piece of pieces) await this.#writeAll(piece);
      if (sync) await this.#handle.datasync();
    } catch (cause) {
      // Pages of a file whose sync failed count as clean: nothing may be added behind them.
      this.#failed = failure(this.path, 'write', cause);
      throw this.#failed;
    }
  }

  async #writeAll(piece: Uint8Array): Promise<void> {
    let at = 0;
    while (at < piece.length) {
      const left = piece.length - at;
      const { bytesWritten } = await this.#handle.write(piece, at, left, this.#bytes);
      if (bytesWritten === 0) throw new Error(`short write: ${at} of ${piece.length} bytes`);
      at += bytesWritten;
      this.#bytes += bytesWritten;
    }
  }
}
