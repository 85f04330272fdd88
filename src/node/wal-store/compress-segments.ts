/**
 * Compressing the sealed segments of a log. A segment is there under one name or the other at every
 * moment and after a crash at any step, so that a writer and readers may be at work meanwhile.
 * @module
 */
import { join } from 'node:path';
import { escapeControl, QuantlaxmiError, toHex } from '../../core/index.js';
import type { SegmentCheck, SegmentName, WalFile, WalStore } from '../../wal/index.js';
import { parseSegmentName, verifySegment } from '../../wal/index.js';
import { lockFile } from '../lock.js';
import { nodeSha256 } from '../sha256.js';
import { compressedFile } from './compressed-file.js';
import type { CompressedKind, Engine } from './compressed-format.js';
import {
  COMPRESSED_SUFFIX,
  COMPRESSING,
  compressor,
  hasZstd,
  zstdMissing,
} from './compressed-format.js';
import type { FileStoreOptions } from './file-store.js';
import { rawFileStore } from './file-store.js';

/** Options of `compressSegments`. */
export interface CompressOptions extends FileStoreOptions {
  /** Default `gzip`, which every runtime reads; `zstd` needs Node 22.15 or 23.8 and later. */
  readonly kind?: CompressedKind;
  /**
   * 1 to 9 for gzip, 1 to 19 for zstd; default 1. On quotes, gzip 1 is 5.8 times smaller at 150
   * MB/s and gzip 6 is 6.7 times smaller at 60 MB/s.
   */
  readonly level?: number;
  /** How many of the newest segments that could be compressed are left plain. Default 0. */
  readonly keep?: number;
  /**
   * Compress the last segment of a closed log too. It takes the writer's lock meanwhile; without
   * it the last segment is never touched. Default false.
   */
  readonly includeLast?: boolean;
  /** Ends the work before the next segment. An `AbortSignal` fits. */
  readonly signal?: { readonly aborted: boolean };
  /** Told after each segment: how many are done, and how many there are to do. */
  readonly onSegment?: (done: number, total: number) => void;
}

/** A segment that was compressed. */
export interface CompressedSegment {
  readonly name: string;
  /** Name of the compressed file. */
  readonly compressed: string;
  readonly bytes: number;
  readonly compressedBytes: number;
}

interface Target {
  readonly kind: CompressedKind;
  readonly level: number;
}

const LEVEL_MAX: Readonly<Record<CompressedKind, number>> = { gzip: 9, zstd: 19 };
const CHUNK_BYTES = 65_536;

function refuse(message: string): QuantlaxmiError {
  return new QuantlaxmiError('WAL_OPTIONS', message);
}

function targetOf({ kind = 'gzip', level = 1, keep = 0 }: CompressOptions): Target {
  if (!(kind in LEVEL_MAX)) throw refuse(`compression ${String(kind)} is not gzip or zstd`);
  if (kind === 'zstd' && !hasZstd()) throw zstdMissing('WAL_OPTIONS', 'compression zstd');
  if (!Number.isInteger(level) || level < 1 || level > LEVEL_MAX[kind]) {
    throw refuse(`${kind} level ${level} is not 1 to ${LEVEL_MAX[kind]}`);
  }
  if (!Number.isInteger(keep) || keep < 0) throw refuse(`keep is ${keep}; give 0 or more`);
  return { kind, level };
}

async function* chunksOf(file: WalFile): AsyncGenerator<Uint8Array> {
  const size = await file.size();
  for (let at = 0; at < size; ) {
    const into = new Uint8Array(Math.min(CHUNK_BYTES, size - at));
    const got = await file.read(into, at);
    if (got === 0) return;
    at += got;
    yield into.subarray(0, got);
  }
}

/** Hashes of a segment: of the bytes its footer covers, and of all. */
interface Digest {
  readonly bytes: number;
  readonly covered: string;
  readonly all: string;
}

/** Hashes a segment while handing its chunks on. */
async function digestOf(
  file: WalFile,
  coveredBytes: number,
  each: (chunk: Uint8Array) => Promise<void>,
): Promise<Digest> {
  const [covered, all] = [nodeSha256(), nodeSha256()];
  let bytes = 0;
  for await (const chunk of chunksOf(file)) {
    const part = chunk.subarray(0, Math.max(0, coveredBytes - bytes));
    if (part.length > 0) covered.update(part);
    all.update(chunk);
    bytes += chunk.length;
    await each(chunk);
  }
  return { bytes, covered: toHex(covered.digest()), all: toHex(all.digest()) };
}

async function withFile<T>(file: WalFile, use: (file: WalFile) => Promise<T>): Promise<T> {
  try {
    return await use(file);
  } finally {
    await file.close();
  }
}

/** Gives what the engine makes to `file`, one write at a time. */
async function pump(engine: Engine, file: WalFile): Promise<number> {
  let position = 0;
  for await (const made of engine as AsyncIterable<Uint8Array>) {
    for (let done = 0; done < made.length; ) {
      const count = await file.write(made.subarray(done), position);
      if (count <= 0) throw new Error(`write took ${count} of ${made.length - done} bytes`);
      done += count;
      position += count;
    }
  }
  return position;
}

const nothing = async (): Promise<void> => undefined;

/** One segment on its way from plain to compressed, on a store that shows both names. */
class Compression {
  readonly #raw: WalStore;
  readonly #target: Target;
  readonly #check: SegmentCheck;
  readonly #name: string;
  readonly #compressed: string;

  constructor(raw: WalStore, target: Target, check: SegmentCheck) {
    this.#raw = raw;
    this.#target = target;
    this.#check = check;
    this.#name = check.segment.name;
    this.#compressed = `${this.#name}${COMPRESSED_SUFFIX[target.kind]}`;
  }

  /** Null when somebody removed the segment meanwhile. */
  async run(names: ReadonlySet<string>): Promise<CompressedSegment | null> {
    const { bytes } = this.#check.segment;
    const plain = await withFile(await this.#raw.open(this.#name), (f) =>
      digestOf(f, bytes, nothing),
    );
    if (plain.covered !== this.#check.segment.sha256) {
      throw this.#differs(this.#name, plain.covered);
    }
    // Left by an earlier run that ended between the two names, or by a recovery.
    const there = names.has(this.#compressed) && (await this.#holds(this.#compressed, plain));
    if (!there) await this.#make(plain);
    if (!(await this.#removePlain())) return null;
    const compressedBytes = await this.#sizeOf(this.#compressed);
    return { name: this.#name, compressed: this.#compressed, bytes: plain.bytes, compressedBytes };
  }

  async #sizeOf(name: string): Promise<number> {
    return withFile(await this.#raw.open(name), (file) => file.size());
  }

  /** Makes the compressed file, durable under its name only after it was read back. */
  async #make(plain: Digest): Promise<void> {
    const temporary = `${this.#compressed}.tmp`;
    const file = await this.#raw.create(temporary);
    await withFile(file, async () => {
      await this.#fill(file, plain);
      await file.sync();
    });
    if (!(await this.#holds(temporary, plain))) {
      await this.#raw.remove(temporary);
      throw new QuantlaxmiError(
        'WAL_IO',
        `${this.#raw.place}/${this.#compressed} did not read back as ${this.#name}; the plain ` +
          'segment was kept. Check the device and its memory',
        { context: { file: this.#compressed } },
      );
    }
    await this.#raw.seal(temporary);
    await this.#raw.rename(temporary, this.#compressed);
    await this.#raw.syncFolder('');
  }

  async #fill(file: WalFile, plain: Digest): Promise<void> {
    const engine = compressor(this.#target.kind, this.#target.level, plain.bytes);
    const writing = pump(engine, file);
    writing.catch(() => engine.destroy());
    const source = await this.#raw.open(this.#name);
    await withFile(source, async () => {
      for await (const chunk of chunksOf(source)) {
        if (engine.destroyed) break;
        if (!engine.write(chunk)) await Promise.race([drained(engine), writing]);
      }
    });
    engine.end();
    await writing;
  }

  /** True when compressed file `name` gives the plain segment's bytes. */
  async #holds(name: string, plain: Digest): Promise<boolean> {
    const { kind } = this.#target;
    const file = compressedFile({ file: await this.#raw.open(name), name, kind });
    try {
      const found = await digestOf(file, this.#check.segment.bytes, nothing);
      return found.bytes === plain.bytes && found.all === plain.all;
    } catch (error) {
      if ((error as { code?: unknown }).code === 'WAL_CORRUPT') return false;
      throw error;
    } finally {
      await file.close();
    }
  }

  async #removePlain(): Promise<boolean> {
    let there = true;
    try {
      await this.#raw.remove(this.#name);
    } catch (error) {
      if ((error as { code?: unknown }).code !== 'ENOENT') throw error;
      // It must not come back compressed; whoever removed it may have done that too.
      there = false;
      await this.#raw.remove(this.#compressed).catch((cause: { code?: unknown }) => {
        if (cause.code !== 'ENOENT') throw cause;
      });
    }
    await this.#raw.syncFolder('');
    return there;
  }

  #differs(file: string, found: string): QuantlaxmiError {
    return new QuantlaxmiError(
      'WAL_IO',
      `${file} read differently twice: SHA-256 ${found}, its footer says ` +
        `${this.#check.segment.sha256}; nothing was compressed. Check the device and its memory`,
      { context: { file } },
    );
  }
}

function drained(engine: Engine): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      engine.off('drain', done);
      engine.off('close', done);
      resolve();
    };
    engine.once('drain', done);
    engine.once('close', done);
  });
}

/** Throws what is wrong with a segment that is to be compressed. */
async function checkPlain(raw: WalStore, segment: SegmentName): Promise<SegmentCheck> {
  const check = await verifySegment(raw, segment, { hasher: nodeSha256, expectSealed: true });
  const { problem } = check;
  if (problem === null) return check;
  const { code, file, byte, seq } = problem;
  throw new QuantlaxmiError(code, `${problem.message}. It was not compressed`, {
    context: { file, byte, seq },
  });
}

/**
 * Compresses segments of a store that shows compressed files under their own names. Only one
 * caller at a time; the last segment only with the writer's lock held.
 */
export async function compressStore(
  raw: WalStore,
  options: CompressOptions,
  withLast: boolean,
): Promise<readonly CompressedSegment[]> {
  const target = targetOf(options);
  const names = await raw.list('');
  for (const name of names) if (COMPRESSING.test(name)) await raw.remove(name);
  const present = new Set(names);
  const all = new Map<number, SegmentName>();
  for (const name of names) {
    const segment = parseSegmentName(name.replace(/\.(gz|zst)$/, ''));
    if (segment !== null) all.set(segment.seg, segment);
  }
  const segments = [...all.values()].sort((a, b) => a.seg - b.seg);
  const sealed = withLast ? segments : segments.slice(0, -1);
  const due = sealed.slice(0, Math.max(0, sealed.length - (options.keep ?? 0)));
  const made: CompressedSegment[] = [];
  for (const segment of due) {
    if (options.signal?.aborted === true) break;
    if (!present.has(segment.name)) continue;
    const check = await checkPlain(raw, segment);
    const one = await new Compression(raw, target, check).run(present);
    if (one !== null) made.push(one);
    options.onSegment?.(made.length, due.length);
  }
  return made;
}

/** Locks are left only in the folder of a log: in a session's they would stand beside its own. */
async function assertLog(raw: WalStore, dir: string): Promise<void> {
  const names = await raw.list('');
  if (names.some((name) => parseSegmentName(name.replace(/\.(gz|zst)$/, '')) !== null)) return;
  throw new QuantlaxmiError(
    'QL_LOG_MISSING',
    `${dir} holds no segment; give the folder of *.wal.jsonl files, or a session or run folder to ` +
      'compressLog',
    { context: { file: dir } },
  );
}

/**
 * Compresses the sealed segments of a log, oldest first. Each is checked, compressed to a temporary
 * file, synced, read back and compared with the plain one, renamed, and only then is the plain one
 * removed. Reading goes on under the plain name: `fileStore` decompresses. Run again it finishes
 * what was interrupted and leaves what is done.
 *
 * It may run beside a live writer and readers; a second compression of the same log is refused.
 *
 * @param dir - the log's folder
 * @param options - see {@link CompressOptions}
 * @returns the segments compressed by this call
 * @throws QuantlaxmiError QL_LOG_MISSING for a folder without a segment, such as a session's;
 * WAL_LOCKED when another compression runs, or with `includeLast` a writer;
 * WAL_CORRUPT and the other classes of damage for a segment that does not hold; WAL_UNSEALED for a
 * segment without footer; WAL_OPTIONS; WAL_IO
 * @example
 * ```ts
 * import { mkdtempSync, readdirSync } from 'node:fs';
 * import { tmpdir } from 'node:os';
 * import { join } from 'node:path';
 * import { compressSegments, fileStore, nodeSha256 } from 'quantlaxmi/node';
 * import { openWalWriter, verifyWal } from 'quantlaxmi/wal';
 *
 * const dir = mkdtempSync(join(tmpdir(), 'wal-'));
 * const log = await openWalWriter(fileStore(dir), {
 *   walId: '0123456789abcdef0123456789abcdef',
 *   clock: { nowUs: () => 1_700_000_000_000_000 },
 *   hasher: nodeSha256,
 *   policy: { kind: 'always' },
 *   rotate: { bytes: 1_048_576, events: 1_000_000 },
 * });
 * await log.close();
 * (await compressSegments(dir, { includeLast: true })).length; // => 1
 * readdirSync(dir).filter((name) => name.endsWith('.gz')).length; // => 1
 * (await verifyWal(fileStore(dir), { hasher: nodeSha256 })).ok; // => true
 * ```
 */
export async function compressSegments(
  dir: string,
  options: CompressOptions = {},
): Promise<readonly CompressedSegment[]> {
  targetOf(options);
  try {
    return await compressLocked(dir, options);
  } catch (cause) {
    throw refusedBy(cause, dir);
  }
}

async function compressLocked(
  dir: string,
  options: CompressOptions,
): Promise<readonly CompressedSegment[]> {
  const raw = rawFileStore(dir, options);
  await assertLog(raw, dir);
  const one = lockFile(join(dir, 'COMPRESS'), options.lockKind);
  try {
    if (options.includeLast !== true) return await compressStore(raw, options, false);
    const writer = await raw.lock();
    try {
      return await compressStore(raw, options, true);
    } finally {
      await writer.release();
    }
  } finally {
    await one.release();
  }
}

/** What the platform refused, as an error of this package; every other error as it is. */
function refusedBy(cause: unknown, dir: string): unknown {
  const { code, path, syscall } = cause as NodeJS.ErrnoException;
  if (cause instanceof QuantlaxmiError || typeof code !== 'string') return cause;
  const file = escapeControl(path ?? dir);
  return new QuantlaxmiError(
    'WAL_IO',
    `${code} during ${syscall ?? 'compression'} on ${file}; no plain segment was removed without ` +
      'its compressed file. Check the device, its space and permissions, then compress again',
    { cause, context: { file, errno: code } },
  );
}
