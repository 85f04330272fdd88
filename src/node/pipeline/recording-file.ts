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

/**
 * Feeds a piece to the inflater and waits until all its output has been seen. Output is taken in
 * flowing mode, so what was inflated before a damaged byte has reached the sink when it throws.
 */
const inflate = (gunzip: Gunzip, piece: Uint8Array): Promise<void> =>
  new Promise((resolve, reject) => {
    gunzip.once('error', reject);
    gunzip.write(piece, (error) => {
      gunzip.off('error', reject);
      if (error) reject(error);
      else resolve();
    });
  });

const finish = (gunzip: Gunzip): Promise<void> =>
  new Promise((resolve, reject) => {
    gunzip.once('error', reject);
    gunzip.once('end', resolve);
    gunzip.end();
  });

const isGzip = (head: Uint8Array): boolean => head[0] === 0x1f && head[1] === 0x8b;

/**
 * Reads one recording to its end.
 *
 * @throws QuantlaxmiError QL_FILE_READ when it cannot be opened or read
 */
export const readRecordingFile = async (options: ReadRecordingOptions): Promise<RecordingEnd> => {
  const { file, sink, afterPiece } = options;
  const handle = await openRecording(file);
  const splitter = createLineSplitter(options.lineBytesMax, sink);
  let bytes = 0;
  let gunzip: Gunzip | null = null;
  const damaged = (cause: unknown): QuantlaxmiError =>
    new QuantlaxmiError(
      'QL_RECORDING_DAMAGED',
      `${file}: the gzip stream breaks near byte ${bytes} (${(cause as Error).message}); every line before it was read; fetch the file again`,
      { cause, context: { file, byte: bytes } },
    );
  try {
    const buffer = new Uint8Array(CHUNK_BYTES);
    for (;;) {
      const { bytesRead } = await handle.read(buffer, 0, buffer.length);
      if (bytesRead === 0) break;
      const piece = buffer.subarray(0, bytesRead);
      if (bytes === 0 && isGzip(piece)) {
        gunzip = createGunzip();
        gunzip.on('data', (chunk: Uint8Array) => splitter.push(chunk));
      }
      bytes += bytesRead;
      if (gunzip === null) splitter.push(piece);
      else await inflate(gunzip, piece);
      await afterPiece(bytes);
    }
    if (gunzip !== null) await finish(gunzip);
  } catch (cause) {
    if (gunzip === null || cause instanceof QuantlaxmiError) throw cause;
    splitter.end();
    await afterPiece(bytes);
    return { bytes, damage: damaged(cause) };
  } finally {
    gunzip?.destroy();
    await handle.close();
  }
  splitter.end();
  await afterPiece(bytes);
  return { bytes, damage: null };
};
