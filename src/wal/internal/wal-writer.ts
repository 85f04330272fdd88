/** The writer: numbering, group commit, durability, rotation, and one way to fail. */
import { EventEmitter } from 'eventemitter3';
import type { QuantlaxmiError } from '../../core/index.js';
import type { EventInput } from '../../events/index.js';
import { SCHEMA_VERSIONS } from '../../events/index.js';
import { isDiskFull, walError } from '../errors.js';
import { BALLAST, dropBallast } from './ballast.js';
import { BatchBuffer } from './batch-buffer.js';
import type { Head, WriterParts } from './segment-writer.js';
import { SegmentWriter } from './segment-writer.js';
import { StallWatch } from './stall-watch.js';
import { Waiters } from './waiters.js';
import { WriteGuard } from './write-guard.js';
import { WAL_LIMITS } from '../limits.js';
import type { RecoveredInfo, Recovery } from '../recover.js';
import type { WalLock, WalStore } from '../store.js';
import type { FooterInfo, WalWriter, WalWriterEvents, WalWriterOptions } from '../writer-types.js';

const DAY_US = 86_400_000_000;
/** Room for a commit line and a footer in a segment's size. */
const LINE_ROOM = 768;

/** The state behind a `WalWriter`. */
export class Writer implements WalWriter {
  readonly walId: string;
  readonly epoch: number;
  readonly recovered: RecoveredInfo | null;
  readonly #store: WalStore;
  readonly #options: WalWriterOptions;
  readonly #lock: WalLock;
  readonly #events = new EventEmitter<WalWriterEvents>();
  readonly #head: Head;
  readonly #parts: WriterParts;
  #state: 'open' | 'poisoned' | 'closed' = 'open';
  #closing: Promise<FooterInfo> | null = null;
  #segment: SegmentWriter | null = null;
  #pending = new BatchBuffer();
  #spare = new BatchBuffer();
  #appendedSeq: number;
  #durableSeq: number;
  #rx: number;
  #durableBatch: number;
  #inFlightEvents = 0;
  #inFlightBytes = 0;
  #unsyncedBytes = 0;
  #syncedAtUs: number;
  readonly #waiters = new Waiters();
  readonly #guard: WriteGuard;
  readonly #watch: StallWatch;
  #pumping: Promise<void> | null = null;
  #ballast: boolean;
  #dropping: Promise<void> | null = null;

  constructor(store: WalStore, options: WalWriterOptions, lock: WalLock, recovery: Recovery) {
    const { next } = recovery;
    this.#store = store;
    this.#options = options;
    this.#lock = lock;
    this.walId = next.walId ?? '';
    this.epoch = next.epoch + 1;
    this.recovered = recovery.recovered;
    this.#appendedSeq = next.seq ?? 0;
    this.#durableSeq = this.#appendedSeq;
    this.#rx = next.rx;
    this.#head = {
      seg: recovery.segments,
      seq: this.#appendedSeq,
      b: next.b ?? 0,
      h: next.h ?? new Uint8Array(32),
    };
    this.#durableBatch = this.#head.b;
    this.#syncedAtUs = options.clock.nowUs();
    this.#ballast = (options.ballastBytes ?? 0) > 0;
    this.#guard = new WriteGuard({
      durableSeq: () => this.#durableSeq,
      failed: (error, cause) => this.#failed(error, cause),
    });
    this.#watch = new StallWatch(options.clock, options.stall, {
      warn: (ageUs) => this.#emit('stall', ageUs),
      halt: (ageUs) => this.#guard.stall(ageUs, store.place),
    });
    this.#parts = {
      store,
      hasher: options.hasher,
      guard: this.#guard.run,
      walId: this.walId,
      epoch: this.epoch,
      schemas: options.schemas ?? SCHEMA_VERSIONS,
    };
  }

  get appendedSeq(): number {
    return this.#appendedSeq;
  }

  get durableSeq(): number {
    return this.#durableSeq;
  }

  get state(): 'open' | 'poisoned' | 'closed' {
    return this.#state;
  }

  /** Makes the first segment of this epoch, and logs the recovery if there was one. */
  async start(): Promise<void> {
    const nowUs = this.#options.clock.nowUs();
    const opening = () => SegmentWriter.open(this.#parts, this.#head, nowUs);
    this.#segment = await this.#watched(opening);
    if (this.recovered === null) return;
    const { lastSeq, droppedBytes, quarantine } = this.recovered;
    const found = { droppedBytes, lastSeq, quarantine: quarantine ?? '' };
    const details = { atUs: nowUs, epoch: this.epoch, ...found };
    // rx can not be "now": an imported recording is older than its import.
    this.append({
      ...{ t: 'Session', sv: SCHEMA_VERSIONS.Session, rx: this.#rx, ts: null, src: 'WAL' },
      body: { code: '', details, inst: null, kind: 'recovered' },
    });
    await this.durable(this.#appendedSeq);
  }

  append(event: EventInput): number {
    this.#checkOpen();
    this.#checkRoom();
    const seq = this.#appendedSeq + 1;
    this.#pending.add(event, seq, this.#rx);
    this.#appendedSeq = seq;
    this.#rx = this.#pending.rx1;
    return seq;
  }

  appendBatch(events: readonly EventInput[]): { readonly first: number; readonly last: number } {
    this.#checkOpen();
    this.#checkRoom();
    const mark = this.#pending.mark();
    const first = this.#appendedSeq + 1;
    let rx = this.#rx;
    let seq = this.#appendedSeq;
    try {
      for (const event of events) {
        this.#pending.add(event, seq + 1, rx);
        seq += 1;
        rx = this.#pending.rx1;
        if (
          this.#pending.length - mark.length > WAL_LIMITS.unflushedBytes ||
          this.#pending.n - mark.n > WAL_LIMITS.unflushedEvents
        ) {
          throw batchTooLarge(events.length);
        }
      }
    } catch (error) {
      this.#pending.rollBack(mark);
      throw error;
    }
    this.#appendedSeq = seq;
    this.#rx = rx;
    return { first, last: seq };
  }

  async flush(): Promise<number> {
    await this.#await(this.#appendedSeq, this.#options.policy.kind === 'always');
    return this.#durableSeq;
  }

  async durable(seq: number): Promise<void> {
    if (!Number.isSafeInteger(seq) || seq < 0 || seq > this.#appendedSeq) {
      throw walError(
        'WAL_OPTIONS',
        `durable(${seq}) was asked for, but seq ${this.#appendedSeq} is the last one given out; ` +
          'await the seq that append returned',
        { context: { seq, appendedSeq: this.#appendedSeq } },
      );
    }
    await this.#await(seq, true);
  }

  async ready(): Promise<void> {
    this.#checkOpen();
    while (this.#isFull()) await this.flush();
  }

  close(): Promise<FooterInfo> {
    // Set before the first step: whoever asks from then on starts nothing beside it.
    this.#closing ??= Promise.resolve().then(() => this.#close());
    return this.#closing;
  }

  on<K extends keyof WalWriterEvents>(name: K, listener: WalWriterEvents[K]): () => void {
    const target = this.#events as unknown as EventEmitter;
    target.on(name, listener as (...args: unknown[]) => void);
    return () => {
      target.off(name, listener as (...args: unknown[]) => void);
    };
  }

  #emit<K extends keyof WalWriterEvents>(name: K, ...args: Parameters<WalWriterEvents[K]>): void {
    try {
      (this.#events as unknown as EventEmitter).emit(name, ...args);
    } catch (error) {
      // Not the log's failure, and not to be hidden either: it becomes an unhandled rejection.
      void Promise.reject(error);
    }
  }

  #isFull(): boolean {
    return (
      this.#pending.length + this.#inFlightBytes > WAL_LIMITS.unflushedBytes ||
      this.#pending.n + this.#inFlightEvents >= WAL_LIMITS.unflushedEvents
    );
  }

  #checkOpen(): void {
    if (this.#guard.poison !== null) throw this.#guard.poison;
    if (this.#state === 'closed' || this.#closing !== null) throw closedError();
  }

  #checkRoom(): void {
    this.#watch.check();
    this.#checkOpen();
    if (!this.#isFull()) return;
    const events = this.#pending.n + this.#inFlightEvents;
    const bytes = this.#pending.length + this.#inFlightBytes;
    throw walError(
      'WAL_BACKPRESSURE',
      `${events} events (${bytes} bytes) are appended and not flushed; the limit is ` +
        `${WAL_LIMITS.unflushedEvents} or ${WAL_LIMITS.unflushedBytes} bytes. Await ready()`,
      { context: { events, bytes } },
    );
  }

  #failed(error: QuantlaxmiError, cause: unknown): void {
    this.#state = 'poisoned';
    this.#watch.end();
    // What the next opening has to write needs the room; the segment itself is not touched.
    if (this.#ballast && isDiskFull(cause)) {
      this.#dropping = dropBallast(this.#store).catch(() => undefined);
    }
    this.#waiters.rejectAll(error);
    this.#emit('poison', error);
  }

  /** As `#reach`; beside a closing nothing is started, for it makes everything durable itself. */
  async #await(seq: number, durable: boolean): Promise<void> {
    const settled = this.#guard.poison !== null || this.#isReached(seq, durable);
    if (this.#closing === null || settled) await this.#reach(seq, durable);
    else await this.#closing;
  }

  #reach(seq: number, durable: boolean): Promise<void> {
    if (this.#guard.poison !== null) return Promise.reject(this.#guard.poison);
    if (this.#isReached(seq, durable)) return Promise.resolve();
    if (this.#state === 'closed') return Promise.reject(closedError());
    return new Promise((resolve, reject) => {
      this.#waiters.add({ seq, durable, resolve, reject });
      this.#pumping ??= this.#pump();
    });
  }

  #isReached(seq: number, durable: boolean): boolean {
    if (durable) return seq <= this.#durableSeq;
    return seq <= this.#head.seq && this.#inFlightEvents === 0;
  }

  async #pump(): Promise<void> {
    try {
      while (this.#waiters.size > 0) {
        await this.#watched(this.#flushOnce);
        this.#waiters.settle((seq, durable) => this.#isReached(seq, durable));
      }
    } catch (cause) {
      // The guard has already told everybody; anything else is a defect, and as final.
      this.#guard.fail(cause, { op: 'flush', file: this.#segment?.name ?? this.#store.place });
    } finally {
      this.#pumping = null;
    }
  }

  readonly #flushOnce = async (): Promise<void> => {
    if (this.#pending.n > 0) await this.#commitPending();
    if (!this.#mustSync()) return;
    await this.#segment?.sync();
    this.#nowDurable();
  };

  /** Does it while its age is watched. */
  async #watched<T>(work: () => Promise<T>): Promise<T> {
    this.#watch.begin();
    try {
      return await work();
    } finally {
      this.#watch.end();
    }
  }

  async #commitPending(): Promise<void> {
    const batch = this.#pending;
    this.#pending = this.#spare;
    this.#spare = batch;
    this.#inFlightEvents = batch.n;
    this.#inFlightBytes = batch.length;
    if (this.#mustRotate(batch)) await this.#rotate();
    await this.#segment?.commit(batch, this.#head, this.#durableBatch);
    this.#unsyncedBytes += batch.length;
    this.#inFlightEvents = 0;
    this.#inFlightBytes = 0;
    batch.clear();
  }

  #mustSync(): boolean {
    if (this.#durableSeq === this.#head.seq) return false;
    const { policy, clock } = this.#options;
    if (policy.kind === 'always' || this.#waiters.wantDurable) return true;
    if (policy.kind === 'os') return false;
    if (this.#unsyncedBytes >= policy.bytes) return true;
    return clock.nowUs() - this.#syncedAtUs >= policy.ms * 1000;
  }

  #nowDurable(): void {
    this.#durableBatch = this.#head.b;
    this.#unsyncedBytes = 0;
    this.#syncedAtUs = this.#options.clock.nowUs();
    if (this.#durableSeq === this.#head.seq) return;
    this.#durableSeq = this.#head.seq;
    this.#emit('durable', this.#durableSeq);
  }

  #mustRotate(batch: BatchBuffer): boolean {
    const segment = this.#segment;
    if (segment === null || segment.n === 0) return false;
    const { bytes, events, utcDay } = this.#options.rotate;
    const size = segment.bytes + batch.length + LINE_ROOM;
    if (size > bytes || segment.n + batch.n > events) return true;
    if (utcDay !== true || segment.rx1 === null) return false;
    return Math.floor(segment.rx1 / DAY_US) !== Math.floor(batch.rx0 / DAY_US);
  }

  async #rotate(): Promise<void> {
    const footer = await this.#finish('rotate');
    this.#nowDurable();
    const nowUs = this.#options.clock.nowUs();
    this.#segment = await SegmentWriter.open(this.#parts, this.#head, nowUs);
    this.#emit('rotate', footer);
    const { place } = this.#store;
    const free = await this.#guard.run(place, 'freeBytes', () => this.#store.freeBytes());
    if (free !== null && free < 2 * this.#options.rotate.bytes) this.#emit('lowSpace', free);
  }

  async #finish(why: 'rotate' | 'close'): Promise<FooterInfo> {
    const segment = this.#segment as SegmentWriter;
    const footer = await segment.finish(why, this.#head);
    return { ...footer, name: segment.name, seg: this.#head.seg };
  }

  /** Lets go of file and lock after a failure; not before the store's last call came back. */
  async abandon(): Promise<void> {
    await this.#guard.whenAnswered(async () => {
      await this.#dropping;
      await this.#segment?.abandon().catch(() => undefined);
      await this.#lock.release();
    });
  }

  async #close(): Promise<FooterInfo> {
    try {
      while (this.#pumping !== null) await this.#pumping;
      await this.#reach(this.#appendedSeq, false);
      // eslint-disable-next-line @typescript-eslint/await-thenable -- reaching starts another pump
      while (this.#pumping !== null) await this.#pumping;
      const footer = await this.#watched(() => this.#seal());
      this.#nowDurable();
      this.#state = 'closed';
      await this.#lock.release();
      return footer;
    } catch (error) {
      await this.abandon();
      throw error;
    }
  }

  /** The reserve goes first: on a full disk the footer needs its room. */
  async #seal(): Promise<FooterInfo> {
    if (this.#ballast) {
      await this.#guard.run(BALLAST, 'remove', () => dropBallast(this.#store));
      this.#ballast = false;
    }
    return this.#finish('close');
  }
}

function closedError(): QuantlaxmiError {
  return walError('WAL_CLOSED', 'the writer is closed; open the log again to append');
}

function batchTooLarge(events: number): QuantlaxmiError {
  return walError(
    'WAL_BATCH_TOO_LARGE',
    `a batch of ${events} events is beyond ${WAL_LIMITS.unflushedEvents} events or ` +
      `${WAL_LIMITS.unflushedBytes} bytes; nothing was appended. Split it`,
    { context: { events } },
  );
}
