/** Feeds a scan from a file, a chunk at a time, keeping the piece of line at the end. */
import { isQuantlaxmiError, LIMITS } from '../../core/index.js';
import { ioError } from '../errors.js';
import { WAL_LIMITS } from '../limits.js';
import type { WalFile } from '../store.js';
import type { SegmentScan } from './segment-scan.js';

/** Reads exactly `into.length` bytes unless the file ends before; returns the count. */
export async function readFully(
  file: WalFile,
  into: Uint8Array,
  position: number,
): Promise<number> {
  let got = 0;
  while (got < into.length) {
    try {
      const count = await file.read(got === 0 ? into : into.subarray(got), position + got);
      if (count === 0) break;
      got += count;
    } catch (cause) {
      // What came before is given out first; the next call meets the failure again.
      if (got === 0) throw cause;
      break;
    }
  }
  return got;
}

/** A file's bytes from `position` on, in a window that is never longer than chunk + line. */
export class LineSource {
  /** Bytes read and not yet dropped. */
  length = 0;
  readonly #file: WalFile;
  readonly #label: string;
  #bytes = new Uint8Array(0);
  #position: number;
  /** Length of the file when last asked. */
  #size = -1;

  constructor(file: WalFile, label: string, position: number) {
    this.#file = file;
    this.#label = label;
    this.#position = position;
  }

  get view(): Uint8Array {
    return this.#bytes.subarray(0, this.length);
  }

  /** Reads more behind what is left; false at the end of the file. */
  async fill(): Promise<boolean> {
    try {
      if (this.#position >= this.#size) this.#size = await this.#file.size();
      const want = Math.min(WAL_LIMITS.chunkBytes, this.#size - this.#position);
      if (want <= 0) return false;
      this.#makeRoom(this.length + want);
      const into = this.#bytes.subarray(this.length, this.length + want);
      const got = await readFully(this.#file, into, this.#position);
      this.#position += got;
      this.length += got;
      return got > 0;
    } catch (cause) {
      throw ioError(cause, this.#label);
    }
  }

  /** Forgets the first `count` bytes. */
  drop(count: number): void {
    this.#bytes.copyWithin(0, count, this.length);
    this.length -= count;
  }

  /** Small files get a small buffer; a long one gets the largest at once. */
  #makeRoom(bytes: number): void {
    if (bytes <= this.#bytes.length) return;
    const most = WAL_LIMITS.chunkBytes + LIMITS.lineBytes;
    const long = this.#size - this.#position > WAL_LIMITS.chunkBytes || this.length > 0;
    const grown = new Uint8Array(long ? Math.max(most, bytes) : bytes);
    grown.set(this.view);
    this.#bytes = grown;
  }
}

/**
 * Message of a file's own finding that its bytes are damaged, as a compressed one has; else null.
 *
 */
export function damageOf(error: unknown): string | null {
  return isQuantlaxmiError(error, 'WAL_CORRUPT') ? error.message : null;
}

/** Reads more for `scan`; false at the end, and where the file finds itself damaged. */
async function filled(source: LineSource, scan: SegmentScan): Promise<boolean> {
  try {
    return await source.fill();
  } catch (error) {
    const damage = damageOf(error);
    if (damage === null) throw error;
    scan.endsWithin(Math.max(1, source.length), damage);
    return false;
  }
}

/**
 * Runs `scan` over the file from the scan's own offset to the end or the first fault. Yields after
 * each chunk, so that the caller can hand on what was committed in it.
 *
 * @param live - true when the file may still grow: an incomplete last line is then no fault
 */
export async function* scanFile(
  scan: SegmentScan,
  file: WalFile,
  label: string,
  live = false,
): AsyncGenerator<void> {
  const source = new LineSource(file, label, scan.offset);
  while (await filled(source, scan)) {
    source.drop(scan.consume(source.view));
    if (scan.fault === null && source.length > LIMITS.lineBytes) scan.tooLong(source.length);
    yield;
    if (scan.fault !== null) return;
  }
  if (scan.fault !== null) {
    yield;
  } else if (source.length > 0 && !live) {
    scan.endsWithin(source.length);
    yield;
  }
}

/** Runs `scan` to its end. */
export async function scanWhole(scan: SegmentScan, file: WalFile, label: string): Promise<void> {
  for await (const _ of scanFile(scan, file, label));
}
