/** The segment being written: its file, its place in the chain, its running SHA-256. */
import type { Hasher, HasherFactory } from '../../core/index.js';
import { toHex } from '../../core/index.js';
import type { FooterReason, WalFooter, WalHeader } from '../format.js';
import { segmentName } from '../format.js';
import type { WalFile, WalStore } from '../store.js';
import type { BatchBuffer } from './batch-buffer.js';
import { chainHeader, chainStart } from './chain.js';
import {
  asciiBytes,
  commitPrefix,
  footerPrefix,
  headerPrefix,
  lineOf,
  writeTail,
} from './lines.js';
import type { Guard } from './publish.js';
import { createSegment, guardedWrites, writeFully } from './publish.js';

/** Where the log stands. */
export interface Head {
  seg: number;
  seq: number;
  b: number;
  h: Uint8Array;
}

/** What a writer is made of that never changes. */
export interface WriterParts {
  readonly store: WalStore;
  readonly hasher: HasherFactory;
  readonly guard: Guard;
  readonly walId: string;
  readonly epoch: number;
  readonly schemas: Readonly<Record<string, number>>;
}

/** Puts ASCII text into `out` at `pos`; returns the position after it. */
function put(out: Uint8Array, pos: number, text: string): number {
  for (let i = 0; i < text.length; i += 1) out[pos + i] = text.charCodeAt(i);
  return pos + text.length;
}

export class SegmentWriter {
  readonly name: string;
  readonly first: number;
  n = 0;
  bytes: number;
  rx0: number | null = null;
  rx1: number | null = null;
  readonly #parts: WriterParts;
  readonly #file: WalFile;
  readonly #writes: Pick<WalFile, 'write'>;
  readonly #sha: Hasher;
  #unsynced = false;

  private constructor(parts: WriterParts, name: string, file: WalFile, header: Uint8Array) {
    this.#parts = parts;
    this.name = name;
    this.first = Number(name.slice(9, 25));
    this.#file = file;
    this.#writes = guardedWrites(file, name, parts.guard);
    this.bytes = header.length;
    this.#sha = parts.hasher();
    this.#sha.update(header);
  }

  /** Creates the segment after `head` and moves `head` over its header. */
  static async open(parts: WriterParts, head: Head, tsUs: number): Promise<SegmentWriter> {
    const { walId, hasher } = parts;
    const prev = head.seg === 0 ? chainStart(hasher, walId) : head.h;
    const header: WalHeader = {
      wal: walId,
      seg: head.seg + 1,
      first: head.seq + 1,
      b0: head.b,
      epoch: parts.epoch,
      prev: toHex(prev),
      ts: tsUs,
      schemas: parts.schemas,
    };
    const line = lineOf(headerPrefix(header));
    const name = segmentName(header.seg, header.first);
    const file = await createSegment(parts.store, name, { header: line, guard: parts.guard });
    head.seg = header.seg;
    head.h = chainHeader(hasher, prev, line);
    return new SegmentWriter(parts, name, file, line);
  }

  /** Commits a batch: its lines, then a line that binds them to everything before. */
  async commit(batch: BatchBuffer, head: Head, durableBatch: number): Promise<void> {
    const hash = this.#parts.hasher();
    hash.update(head.h);
    hash.update(batch.bytes.subarray(0, batch.length));
    const b = head.b + 1;
    const prefix = commitPrefix(b, durableBatch, head.seq + batch.n, batch.n);
    hash.update(asciiBytes(prefix));
    const h = hash.digest();
    const start = batch.length;
    const pos = put(batch.bytes, start, `${prefix},"h":"${toHex(h)}"`);
    const end = writeTail(batch.bytes, start, pos);
    const all = batch.bytes.subarray(0, end);
    const at = this.bytes;
    head.b = b;
    head.h = h;
    head.seq += batch.n;
    this.bytes += end;
    this.n += batch.n;
    this.rx0 ??= batch.rx0;
    this.rx1 = batch.rx1;
    this.#unsynced = true;
    const writing = writeFully(this.#writes, all, at);
    // While the bytes are on their way: this hash is not needed before the footer.
    this.#sha.update(all);
    await writing;
  }

  /** Makes everything written durable. */
  async sync(): Promise<void> {
    await this.#parts.guard(this.name, 'datasync', () => this.#file.datasync());
    this.#unsynced = false;
  }

  /**
   * Writes the footer, makes it durable, and closes the file. Commits not yet synced are synced
   * before: a footer proves what stands before it, also when a crash keeps it and loses them.
   */
  async finish(why: FooterReason, head: Head): Promise<WalFooter> {
    if (this.#unsynced) await this.sync();
    const footer: WalFooter = {
      why,
      n: this.n,
      first: this.first,
      last: this.first + this.n - 1,
      b: head.b,
      rx0: this.rx0,
      rx1: this.rx1,
      bytes: this.bytes,
      sha256: toHex(this.#sha.digest()),
      h: toHex(head.h),
    };
    const { guard, store } = this.#parts;
    const line = lineOf(footerPrefix(footer));
    await writeFully(this.#writes, line, footer.bytes);
    await guard(this.name, 'datasync', () => this.#file.datasync());
    await guard(this.name, 'close', () => this.#file.close());
    await guard(this.name, 'seal', () => store.seal(this.name));
    return footer;
  }

  /** Lets go of the file without a footer, after a failure. */
  abandon(): Promise<void> {
    return this.#file.close();
  }
}
