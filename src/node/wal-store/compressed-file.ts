/**
 * Reading a compressed segment as if it were the plain one. The bytes are decompressed as a stream:
 * memory does not grow with the segment, a position further on is reached by decompressing up to
 * it, a position before by starting again.
 * @module
 */
import { Readable } from 'node:stream';
import { crc32 } from 'node:zlib';
import { QuantlaxmiError } from '../../core/index.js';
import type { WalFile } from '../../wal/index.js';
import type { Engine, Layout, CompressedKind } from './compressed-format.js';
import {
  gzipLayout,
  HEADER_BYTES_MAX,
  DECOMPRESSED_BYTES_MAX,
  decompressor,
  zstdLayout,
} from './compressed-format.js';

/** A compressed file and how it is called. */
export interface CompressedSource {
  readonly file: WalFile;
  readonly name: string;
  readonly kind: CompressedKind;
  /** Bytes beyond which nothing is decompressed; default the longest segment there can be. */
  readonly bytesMax?: number;
}

const INPUT_BYTES = 65_536;

async function readPart(file: WalFile, from: number, to: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(to - from);
  let got = 0;
  while (got < bytes.length) {
    const count = await file.read(bytes.subarray(got), from + got);
    if (count === 0) break;
    got += count;
  }
  return bytes.subarray(0, got);
}

/** The platform's refusal to read, kept apart from what the engine says of the bytes. */
class SourceError extends Error {
  readonly refusal: unknown;
  constructor(refusal: unknown) {
    super('the compressed file could not be read');
    this.refusal = refusal;
  }
}

async function* compressedBytes(file: WalFile, { from, to }: Layout): AsyncGenerator<Uint8Array> {
  for (let at = from; at < to; ) {
    let part: Uint8Array;
    try {
      part = await readPart(file, at, Math.min(to, at + INPUT_BYTES));
    } catch (cause) {
      throw new SourceError(cause);
    }
    if (part.length === 0) return;
    at += part.length;
    yield part;
  }
}

/** One pass over the compressed data, from its start. */
class Pass {
  /** Decompressed bytes before `chunk`. */
  at = 0;
  chunk: Uint8Array = new Uint8Array(0);
  readonly engine: Engine;
  readonly #input: Readable;
  readonly #chunks: AsyncIterator<Uint8Array>;
  #crc = 0;

  constructor({ file, kind, name }: CompressedSource, layout: Layout) {
    this.engine = decompressor(kind, name);
    this.#input = Readable.from(compressedBytes(file, layout), {
      objectMode: true,
      highWaterMark: 1,
    });
    this.#input.on('error', (error) => this.engine.destroy(error));
    this.#input.pipe(this.engine);
    this.#chunks = this.engine[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>;
  }

  /** Moves to the next chunk; false at the end. */
  async next(): Promise<boolean> {
    const { done, value } = (await this.#chunks.next()) as IteratorResult<Uint8Array, undefined>;
    if (done === true) return false;
    this.at += this.chunk.length;
    this.chunk = value;
    this.#crc = crc32(value, this.#crc);
    return true;
  }

  /** Decompressed bytes so far. */
  get end(): number {
    return this.at + this.chunk.length;
  }

  get crc(): number {
    return this.#crc;
  }

  stop(): void {
    this.#input.destroy();
    this.engine.destroy();
  }
}

class CompressedFile implements WalFile {
  readonly #source: CompressedSource;
  readonly #bytesMax: number;
  #layout: Layout | null = null;
  #pass: Pass | null = null;
  /** Where decompressing failed, and why. */
  #damage: { readonly at: number; readonly error: QuantlaxmiError } | null = null;

  constructor(source: CompressedSource) {
    this.#source = source;
    this.#bytesMax = source.bytesMax ?? DECOMPRESSED_BYTES_MAX;
  }

  /** Decompressed length, as the file states it; held against the truth when the end is read. */
  async size(): Promise<number> {
    return Math.min((await this.#find()).size, this.#bytesMax);
  }

  async read(into: Uint8Array, position: number): Promise<number> {
    const size = await this.size();
    if (position >= size || into.length === 0) return 0;
    if (this.#damage !== null && position >= this.#damage.at) throw this.#damage.error;
    const pass = await this.#passAt(position);
    const from = position - pass.at;
    const count = Math.min(into.length, pass.chunk.length - from, size - position);
    into.set(pass.chunk.subarray(from, from + count));
    if (position + count < size) return count;
    // Nothing asks for more behind the last byte, so the end is judged before it is given out.
    await this.#finish(pass, size);
    if (this.#damage === null) return count;
    if (count === 1) throw (this.#damage as { error: QuantlaxmiError }).error;
    return count - 1;
  }

  async write(): Promise<number> {
    throw Object.assign(new Error(`${this.#source.name} is compressed and read-only`), {
      code: 'EROFS',
      syscall: 'write',
    });
  }

  datasync(): Promise<void> {
    return this.#source.file.datasync();
  }

  sync(): Promise<void> {
    return this.#source.file.sync();
  }

  async close(): Promise<void> {
    this.#pass?.stop();
    this.#pass = null;
    await this.#source.file.close();
  }

  async #find(): Promise<Layout> {
    if (this.#layout !== null) return this.#layout;
    const { file, kind } = this.#source;
    const bytes = await file.size();
    const head = await readPart(file, 0, Math.min(bytes, HEADER_BYTES_MAX));
    const end = await readPart(file, Math.max(0, bytes - 8), bytes);
    const found = kind === 'gzip' ? gzipLayout(head, end, bytes) : zstdLayout(head, bytes);
    if (typeof found === 'string') throw this.#error(found, 0);
    // Taken for an empty file it would look like a segment that never was.
    if (found.size === 0) throw this.#error('it states no bytes', bytes);
    this.#layout = found;
    return found;
  }

  /** A pass whose chunk holds `position`. */
  async #passAt(position: number): Promise<Pass> {
    const layout = await this.#find();
    let pass = this.#pass;
    if (pass === null || position < pass.at) {
      pass?.stop();
      pass = new Pass(this.#source, layout);
      this.#pass = pass;
    }
    while (position >= pass.end) {
      if (!(await this.#step(pass))) {
        this.#fail(`it ends after ${pass.end} bytes, ${layout.size} are stated`, pass);
      }
      if (this.#damage !== null) throw this.#damage.error;
    }
    return pass;
  }

  /** One chunk further; what the engine says against the bytes is noted as damage. */
  async #step(pass: Pass): Promise<boolean> {
    try {
      return await pass.next();
    } catch (cause) {
      pass.stop();
      this.#pass = null;
      if (cause instanceof SourceError) throw cause.refusal;
      const { code, message } = cause as { code?: unknown; message: string };
      if (code === 'Z_MEM_ERROR' || code === 'ZSTD_error_memory_allocation') throw cause;
      this.#fail(message, pass);
      return true;
    }
  }

  /** Judges what stands behind the last decompressed byte. */
  async #finish(pass: Pass, size: number): Promise<void> {
    const layout = await this.#find();
    let more = pass.end > size;
    while (!more && this.#damage === null && (await this.#step(pass))) more = pass.end > size;
    if (this.#damage !== null) {
      this.#damage = { ...this.#damage, at: size - 1 };
    } else if (more || layout.size > size) {
      this.#fail(`it decompresses to more than ${size} bytes`, pass, size - 1);
    } else if (pass.engine.bytesWritten !== layout.to - layout.from) {
      const after = layout.to - layout.from - pass.engine.bytesWritten;
      this.#fail(`${after} bytes stand after the compressed data`, pass, size - 1);
    } else if (layout.crc32 !== null && layout.crc32 !== pass.crc) {
      this.#fail('the CRC-32 of its trailer does not match', pass, size - 1);
    }
  }

  #fail(reason: string, pass: Pass, at = pass.end): void {
    const compressedByte = (this.#layout?.from ?? 0) + pass.engine.bytesWritten;
    this.#damage = { at, error: this.#error(reason, compressedByte) };
  }

  #error(reason: string, compressedByte: number): QuantlaxmiError {
    const { name } = this.#source;
    return new QuantlaxmiError(
      'WAL_CORRUPT',
      `the compressed file ${name} is damaged at its byte ${compressedByte}: ${reason}`,
      { context: { file: name, byte: compressedByte, seq: 0, reason } },
    );
  }
}

/**
 * A compressed segment as a read-only file of its decompressed bytes.
 *
 * @throws QuantlaxmiError WAL_CORRUPT, from reading, when the compressed bytes do not hold; WAL_IO
 * for zstd where the runtime has none
 */
export function compressedFile(source: CompressedSource): WalFile {
  return new CompressedFile(source);
}
