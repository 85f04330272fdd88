/**
 * Reads a recording, plain or gzip, line by line with flat memory.
 * @module
 */
import { type FileHandle, open } from 'node:fs/promises';
import { createGunzip, type Gunzip } from 'node:zlib';
import { QuantlaxmiError } from '../../core/index.js';
import { createLineSplitter, type LineSink } from '../../venues/binance/index.js';

/** Compressed bytes inflated at once: bounds what one step can hand on. */
const CHUNK_BYTES = 32 * 1024;

/** How reading a recording ended. */
export interface RecordingEnd {
  /** Bytes of the file that were read, compressed if it is. */
  readonly bytes: number;
  /** Set when the compressed stream broke off or is damaged; all lines before it were handed on. */
  readonly damage: QuantlaxmiError | null;
}

/** What {@link readRecordingFile} needs. */
export interface ReadRecordingOptions {
  readonly file: string;
  /** Longest line handed on, bytes; of longer ones only the start is kept. */
  readonly lineBytesMax: number;
  readonly sink: LineSink;
  /**
   * What becomes of a last line without line feed: `hand` it on (default), or `drop` it, where each
   * whole line has one.
   */
  readonly unfinished?: 'hand' | 'drop';
  /** Awaited after each piece, so that the sink's consumer can catch up. */
  readonly afterPiece: (bytesRead: number) => Promise<void>;
}

const openRecording = async (file: string): Promise<FileHandle> => {
  try {
    const handle = await open(file, 'r');
    if ((await handle.stat()).isFile()) return handle;
    await handle.close();
  } catch (cause) {
    throw new QuantlaxmiError(
      'QL_FILE_READ',
      `${file}: the recording cannot be opened (${(cause as NodeJS.ErrnoException).code ?? 'unknown'}); check the path and its permissions`,
      { cause, context: { file } },
    );
  }
  throw new QuantlaxmiError('QL_FILE_READ', `${file}: expected a regular file`, {
    context: { file },
  });
};

/** What the inflater itself reported; anything else is not damage of the file. */
class InflateError extends Error {}

/**
 * Feeds a piece to the inflater and waits until all its output has been seen. Output is taken in
 * flowing mode, so what was inflated before a damaged byte has reached the sink when it throws.
 */
const inflate = (gunzip: Gunzip, piece: Uint8Array | null): Promise<void> =>
  new Promise((resolve, reject) => {
    const failed = (cause: Error): void => reject(new InflateError(cause.message, { cause }));
    const done = (): void => {
      gunzip.off('error', failed);
      resolve();
    };
    gunzip.once('error', failed);
    if (piece === null) gunzip.once('end', done).end();
    // A write that fails also emits 'error'.
    else gunzip.write(piece, (error) => (error ? failed(error) : done()));
  });

const isGzip = (head: Uint8Array): boolean => head[0] === 0x1f && head[1] === 0x8b;

const readError = (file: string, cause: unknown): QuantlaxmiError =>
  new QuantlaxmiError(
    'QL_FILE_READ',
    `${file}: ${(cause as NodeJS.ErrnoException).code ?? 'unknown error'} while reading the recording; check the disk and try again`,
    { cause, context: { file } },
  );

const damaged = (file: string, byte: number, cause: Error): QuantlaxmiError =>
  new QuantlaxmiError(
    'QL_RECORDING_DAMAGED',
    `${file}: the gzip stream breaks near byte ${byte} (${cause.message}); every line before it was read; fetch the file again`,
    { cause, context: { file, byte } },
  );

/**
 * Reads one recording to its end.
 *
 * @throws QuantlaxmiError QL_FILE_READ when it cannot be opened or read; what the sink and
 * `afterPiece` throw
 */
export const readRecordingFile = async (options: ReadRecordingOptions): Promise<RecordingEnd> => {
  const { file, sink, afterPiece } = options;
  const handle = await openRecording(file);
  const splitter = createLineSplitter(options.lineBytesMax, sink);
  const buffer = new Uint8Array(CHUNK_BYTES);
  let bytes = 0;
  let gunzip: Gunzip | null = null;
  // The sink is called inside the inflater: what it throws is kept apart from damage.
  let thrown: { readonly error: unknown } | null = null;
  const push = (chunk: Uint8Array): void => {
    try {
      if (thrown === null) splitter.push(chunk);
    } catch (error) {
      thrown = { error };
    }
  };
  const step = async (piece: Uint8Array | null): Promise<QuantlaxmiError | null> => {
    try {
      if (gunzip !== null) await inflate(gunzip, piece);
      else if (piece !== null) push(piece);
    } catch (error) {
      if (!(error instanceof InflateError)) throw error;
      return damaged(file, bytes, error);
    }
    if (thrown !== null) throw (thrown as { readonly error: unknown }).error;
    return null;
  };
  try {
    let damage: QuantlaxmiError | null = null;
    while (damage === null) {
      const { bytesRead } = await handle.read(buffer, 0, buffer.length).catch((cause: unknown) => {
        throw readError(file, cause);
      });
      const piece = bytesRead === 0 ? null : buffer.subarray(0, bytesRead);
      if (bytes === 0 && piece !== null && isGzip(piece)) {
        gunzip = createGunzip();
        gunzip.on('data', push);
      }
      bytes += bytesRead;
      damage = await step(piece);
      if (piece === null) break;
      if (damage === null) await afterPiece(bytes);
    }
    if (options.unfinished !== 'drop') splitter.end();
    await afterPiece(bytes);
    return { bytes, damage };
  } finally {
    (gunzip as Gunzip | null)?.destroy();
    await handle.close();
  }
};
